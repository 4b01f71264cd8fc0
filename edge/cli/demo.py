"""Shows the main job anywhere, without a camera or a broker: a rendered person, the real model, real MQTT messages.

Starts a broker of its own, the studio camera and the daemon, subscribes to everything the box says, and prints it.

  pose-edge demo                         30 seconds
  pose-edge demo --seconds 0             until Ctrl-C
  pose-edge demo --source v4l2:0         your webcam instead of the studio
  pose-edge demo --source studio:squats
"""

import argparse
import os
from typing import Final

from edge.cli.options import add_box, add_config, load_config
from edge.errors import ConfigError

SUMMARY: Final = "the main job anywhere: rendered person, real model, real MQTT"

_SECONDS_VARIABLE: Final = "POSE_EDGE_DEMO_SECONDS"
_DEFAULT_SECONDS: Final = 30.0


def configure(parser: argparse.ArgumentParser) -> None:
    """Add this command's arguments."""
    parser.add_argument(
        "--seconds",
        metavar="N",
        type=float,
        help=f"how long; 0 until Ctrl-C (default: {_SECONDS_VARIABLE} or {_DEFAULT_SECONDS:g})",
    )
    parser.add_argument("--json", action="store_true", help="every message as a JSON line, for scripts")
    add_config(parser)
    add_box(parser)


def run(args: argparse.Namespace) -> int:
    """Run the demo."""
    seconds = _seconds(args.seconds)
    config = load_config(
        args, {"source.uri": args.source or "studio:demo", "source.loop": True, "device.id": args.device or "demo"}
    )
    from edge.demo.show import show  # noqa: PLC0415 - MediaPipe and OpenCV are for this command alone

    return show(config, seconds=seconds, as_json=args.json)


def _seconds(given: float | None) -> float:
    text = os.environ.get(_SECONDS_VARIABLE)
    try:
        seconds = given if given is not None else float(text) if text else _DEFAULT_SECONDS
    except ValueError:
        raise ConfigError(f"{_SECONDS_VARIABLE}: must be a number of seconds, got {text!r}") from None
    if not 0 <= seconds < float("inf"):
        raise ConfigError(f"--seconds: must be 0 (until Ctrl-C) or more, got {seconds:g}")
    return seconds
