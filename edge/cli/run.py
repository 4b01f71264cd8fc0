"""Runs the daemon in the foreground until SIGTERM or Ctrl-C; what systemd starts.

pose-edge run                                             as configured in /etc/pose-edge/pose-edge.toml
pose-edge run --source studio --broker 127.0.0.1 --device bar1
pose-edge run --source file:kitchen.mp4 --broker broker.local:1883
"""

import argparse
import signal
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
    config = load_config(args, {"source.uri": args.source, "device.id": args.device, "mqtt.broker": args.broker})
    from edge.supervisor import STOP_SIGNALS, Supervisor  # noqa: PLC0415 - MediaPipe and OpenCV: for this command alone

    # Blocked here, before any thread exists, and waited for by the supervisor: no handler can interrupt anything.
    signal.pthread_sigmask(signal.SIG_BLOCK, STOP_SIGNALS)
    from edge.service.log import set_up  # noqa: PLC0415
    from edge.service.notify import Notifier  # noqa: PLC0415
    from edge.service.restarts import Restarts  # noqa: PLC0415

    set_up(level=config.service.log_level, style=config.service.log_format)
    notifier = Notifier.from_environment()
    try:
        return Supervisor(config, notifier=notifier, restarts=Restarts.from_environment()).run()
    finally:
        notifier.close()
