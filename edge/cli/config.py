"""Check, show or describe the configuration.

The file is TOML. Over it go variables named POSE_EDGE_<TABLE>_<KEY>, such as POSE_EDGE_MQTT_BROKER.
Without FILE the box's own is taken, /etc/pose-edge/pose-edge.toml; if there is none, the defaults count.

Examples:
  pose-edge config check gym.toml          every mistake at once, or one line that all is well
  pose-edge config show                    what is in force on this box, and where each value comes from
  pose-edge config show --json | jq .config.mqtt.broker
  POSE_EDGE_SOURCE_FPS=15 pose-edge config show gym.toml
  pose-edge config schema > pose-edge.schema.json      for editors that complete and check TOML
"""

import argparse
import json
import os
import sys
from pathlib import Path

from edge.errors import ExitCode

SUMMARY = "check, show or describe the configuration"


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the subcommands."""
    commands = parser.add_subparsers(title="what to do", metavar="check|show|schema", required=True)

    check = commands.add_parser(
        "check",
        help="say OK, or all that is wrong",
        description="Names everything that is wrong, one line each, and leaves with 2; or says OK. Opens no camera.",
        epilog="example: pose-edge config check gym.toml && scp gym.toml box:",
    )
    check.set_defaults(action=_check)

    show = commands.add_parser(
        "show",
        help="print the configuration in force",
        description="Prints every value in force and where it comes from. Secrets are masked.",
        epilog="example: POSE_EDGE_SOURCE_FPS=15 pose-edge config show gym.toml | grep POSE_EDGE_",
    )
    show.add_argument("--json", action="store_true", help="an object with file, config and origins instead of TOML")
    show.set_defaults(action=_show)

    for command in (check, show):
        command.add_argument(
            "file", nargs="?", type=Path, metavar="FILE", help="default: /etc/pose-edge/pose-edge.toml"
        )

    schema = commands.add_parser(
        "schema",
        help="print the file's JSON Schema",
        description="Prints the JSON Schema of the file, for editors that complete and check TOML.",
        epilog="example: pose-edge config schema > pose-edge.schema.json",
    )
    schema.set_defaults(action=_schema)


def run(args: argparse.Namespace) -> int:
    """Run the subcommand.

    Raises:
        ConfigError: With everything that is wrong, one problem a line.
    """
    args.action(args)
    return ExitCode.OK


def _check(args: argparse.Namespace) -> None:
    from edge.config import DEFAULT_PATH, resolve  # noqa: PLC0415 - heavy, and only needed here

    resolved = resolve(args.file, environ=os.environ, overrides={})
    what = resolved.file or f"the defaults ({DEFAULT_PATH} does not exist)"
    print(f"OK: {what}, device {resolved.config.device.id}")


def _show(args: argparse.Namespace) -> None:
    from edge.config import resolve, showing  # noqa: PLC0415

    write = showing.as_json if args.json else showing.as_toml
    sys.stdout.write(write(resolve(args.file, environ=os.environ, overrides={})))


def _schema(_: argparse.Namespace) -> None:
    from edge.config.keys import schema  # noqa: PLC0415

    print(json.dumps(schema(), indent=2))
