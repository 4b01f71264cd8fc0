"""Runs the daemon in the foreground until SIGTERM or Ctrl-C; what systemd starts.

SIGHUP (systemctl reload pose-edge) reads the configuration again; a wrong one is refused and the old one stays.

pose-edge run                                             as configured in /etc/pose-edge/pose-edge.toml
pose-edge run --source studio --broker 127.0.0.1 --device bar1
pose-edge run --source file:kitchen.mp4 --broker broker.local:1883
"""

import argparse
import signal
import sys
from typing import Final

from edge.cli.options import add_box, add_config, load_config

SUMMARY: Final = "watch the camera and publish: the daemon"


def configure(parser: argparse.ArgumentParser) -> None:
    """Add this command's arguments."""
    add_config(parser)
    add_box(parser)
    parser.add_argument("--broker", metavar="HOST[:PORT]", help="MQTT broker instead of the configured one")


def run(args: argparse.Namespace) -> int:
    """Run until told to stop, or until the work ends by itself."""
    overrides = {"source.uri": args.source, "device.id": args.device, "mqtt.broker": args.broker}
    config = load_config(args, overrides)
    # MediaPipe and OpenCV: for this command alone
    from edge.supervisor import SIGNALS, STOP_SIGNALS, Supervisor  # noqa: PLC0415

    # Blocked here, before any thread exists, and waited for by the supervisor: no handler can interrupt anything.
    # Where a terminal started it, SIGHUP is the terminal's end, and this command's as always.
    signal.pthread_sigmask(signal.SIG_BLOCK, STOP_SIGNALS if sys.stdin.isatty() else SIGNALS)
    from edge.service.log import set_up  # noqa: PLC0415
    from edge.service.notify import Notifier  # noqa: PLC0415
    from edge.service.restarts import Restarts  # noqa: PLC0415

    set_up(level=config.service.log_level, style=config.service.log_format)
    notifier = Notifier.from_environment()
    try:
        return Supervisor(
            config,
            read_config=lambda: load_config(args, overrides),
            notifier=notifier,
            restarts=Restarts.from_environment(),
        ).run()
    finally:
        notifier.close()
