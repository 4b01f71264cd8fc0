"""Runs virtual boxes against a broker and measures what arrives: how many boxes does this broker carry?

Each box has a connection of its own and says what a real one says, landmarks with QoS 0, events with QoS 1, state and
health retained. A subscriber counts what is lost and how long it takes. What the broker keeps is removed at the end. No
fall is ever simulated. Run one simulation at a time against a broker, and not on the broker's own machine if you can.

Leaves with 0 if every box ran throughout and no event was lost, else with 9.

  pose-edge simulate --broker broker.local --boxes 200
  pose-edge simulate --boxes 1000 --rate 0                heartbeats only: nobody in view
  pose-edge simulate --boxes 50 --trace gym.jsonl.gz --json
"""

import argparse
import json
import signal
from pathlib import Path
from typing import Final

from edge.cli.options import add_config, load_config
from edge.errors import ConfigError, ExitCode

SUMMARY: Final = "virtual boxes against a broker: how many does it carry?"

_MOST_BOXES: Final = 5000
_HIGHEST_RATE_HZ: Final = 60.0


def configure(parser: argparse.ArgumentParser) -> None:
    """Add this command's arguments."""
    add_config(parser)
    parser.add_argument("--boxes", metavar="N", type=int, default=10, help="how many (default: 10)")
    parser.add_argument(
        "--rate", metavar="HZ", type=float, help="landmark messages a second of each box (default: as configured)"
    )
    parser.add_argument("--seconds", metavar="S", type=float, default=30.0, help="how long; 0 until Ctrl-C")
    parser.add_argument("--broker", metavar="HOST[:PORT]", help="MQTT broker instead of the configured one")
    parser.add_argument(
        "--trace",
        metavar="FILE",
        type=Path,
        nargs="+",
        default=[],
        help="what the boxes see, in turn: traces of `pose-edge analyze --trace` (default: somebody walks by)",
    )
    parser.add_argument("--json", action="store_true", help="the report as a JSON object")


def run(args: argparse.Namespace) -> int:
    """Simulate, and print the report."""
    config = load_config(args, {"mqtt.broker": args.broker})
    rate_hz = config.publish.landmark_rate_hz if args.rate is None else args.rate
    if not 1 <= args.boxes <= _MOST_BOXES:
        raise ConfigError(f"--boxes: must be 1 to {_MOST_BOXES}, got {args.boxes}")
    if not 0 <= rate_hz <= _HIGHEST_RATE_HZ:
        raise ConfigError(f"--rate: must be 0 to {_HIGHEST_RATE_HZ:g}, got {rate_hz:g}")
    if not 0 <= args.seconds < float("inf"):
        raise ConfigError(f"--seconds: must be 0 (until Ctrl-C) or more, got {args.seconds:g}")
    # Blocked here, before numpy starts threads that would take the signals, and looked for in between.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT})
    from edge.publish.listener import Access  # noqa: PLC0415 - paho and numpy are for this command alone
    from edge.simulate.box import Habits  # noqa: PLC0415
    from edge.simulate.reel import Reel  # noqa: PLC0415
    from edge.simulate.run import simulate  # noqa: PLC0415

    report = simulate(
        Access.configured(config.mqtt),
        prefix=config.mqtt.topic_prefix,
        boxes=args.boxes,
        seconds=args.seconds,
        habits=Habits(landmark_rate_hz=rate_hz, health_every_s=config.publish.health_interval_s),
        reels=[Reel.of_trace(path) for path in args.trace] or [Reel.walk()],
    )
    print(json.dumps(report.as_dict()) if args.json else report.text())
    return ExitCode.OK if report.passed else ExitCode.UNHEALTHY
