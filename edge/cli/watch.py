"""Shows boxes from MQTT alone: all of them as a table, or one with its skeletons, people, health and events.

Broker, login and topic prefix come from the configuration's table [mqtt]. Without a terminal, and with --json, lines
are printed instead. Ctrl-C ends it.

  pose-edge watch --broker broker.local          all boxes, those that need somebody first
  pose-edge watch --broker broker.local --device hall
  pose-edge watch --json | jq -c 'select(.kind == "event") | .message'
"""

import argparse
import signal
from typing import Final

from edge.cli.options import add_config, load_config

SUMMARY: Final = "live view of one box or all, from MQTT, in a terminal"


def configure(parser: argparse.ArgumentParser) -> None:
    """Add this command's arguments."""
    add_config(parser)
    parser.add_argument("--broker", metavar="HOST[:PORT]", help="MQTT broker instead of the configured one")
    parser.add_argument("--device", metavar="ID", help="one box, with its skeletons (default: a table of all)")
    parser.add_argument("--json", action="store_true", help="every message, decoded, as a JSON line")


def run(args: argparse.Namespace) -> int:
    """Watch until told to stop."""
    config = load_config(args, {"mqtt.broker": args.broker})
    # Blocked here, before numpy starts threads that would take the signals, and looked for in between.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT})
    from edge.publish.listener import Access  # noqa: PLC0415 - paho, numpy and rich are for this command alone
    from edge.watch.watch import watch  # noqa: PLC0415

    access = Access.configured(config.mqtt)
    return watch(access, prefix=config.mqtt.topic_prefix, device=args.device, as_json=args.json)
