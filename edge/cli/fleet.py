"""Shows all boxes of a site from MQTT, those that need somebody first: fallen, offline, blind, behind, hot, slow.

Broker, login and topic prefix come from the configuration's table [mqtt]. Ctrl-C ends it.

  pose-edge fleet --config operator.toml                     a table that stays up to date
  pose-edge fleet --config operator.toml --only behind,slow  boxes with one of these troubles
  pose-edge fleet --config operator.toml --json --for 15     one JSON object a box after 15 seconds, then the end
"""

import argparse
from typing import Final

from edge.cli.options import add_config, load_config
from edge.errors import ConfigError

SUMMARY: Final = "all boxes of a site, those in trouble first, from MQTT"

_LEAST_FPS: Final = 5.0
"""Fewer frames a second from the camera, and falls are missed."""

_LISTEN_S: Final = 12.0
"""A health message comes every ten seconds unless configured otherwise."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add this command's arguments."""
    add_config(parser)
    parser.add_argument("--broker", metavar="HOST[:PORT]", help="MQTT broker instead of the configured one")
    parser.add_argument(
        "--version", metavar="V", dest="wanted", help="version that boxes should run (default: the one most boxes run)"
    )
    parser.add_argument(
        "--least-fps", type=float, default=_LEAST_FPS, metavar="N", help="fewer from a camera is slow (%(default)g)"
    )
    parser.add_argument(
        "--only", metavar="WHAT", help="boxes with one of: fall, offline, blind, silent, behind, hot, slow, waiting"
    )
    parser.add_argument("--name", metavar="GLOB", help="boxes whose device id fits, such as 'floor2-*'")
    parser.add_argument("--json", action="store_true", help="print one JSON object for each box, and end")
    parser.add_argument(
        "--for",
        dest="for_s",
        type=float,
        default=_LISTEN_S,
        metavar="S",
        help="with --json, or without a terminal: seconds to listen (%(default)g)",
    )


def run(args: argparse.Namespace) -> int:
    """Show the fleet until told to stop, or once."""
    config = load_config(args, {"mqtt.broker": args.broker})
    from edge.fleet.show import show  # noqa: PLC0415 - paho, numpy and rich are for this command alone
    from edge.fleet.trouble import TROUBLES, Filter  # noqa: PLC0415
    from edge.publish.listener import Access  # noqa: PLC0415

    only = frozenset(args.only.split(",")) if args.only else frozenset()
    if unknown := sorted(only - set(TROUBLES)):
        raise ConfigError(f"--only {unknown[0]}: there is no such trouble: choose from {', '.join(TROUBLES)}")
    return show(
        Access.configured(config.mqtt),
        prefix=config.mqtt.topic_prefix,
        wanted=args.wanted,
        least_fps=args.least_fps,
        only=Filter(troubles=only, name=args.name),
        as_json=args.json,
        for_s=args.for_s,
    )
