"""The `pose-edge` command. Every subcommand is a small module of this package, imported cheaply; its work is not."""

import argparse
import importlib
import os
import sys
from collections.abc import Sequence
from types import ModuleType
from typing import Final

from edge import __version__
from edge.errors import EdgeError, ExitCode

COMMANDS: Final = (
    "run",
    "demo",
    "analyze",
    "replay",
    "models",
    "config",
    "bench",
    "doctor",
    "configure-egress",
    "watch",
    "simulate",
    "fleet",
)
"""Modules of this package. Each has `SUMMARY`, `configure(parser)` and `run(args) -> int`."""

_EPILOG: Final = """\
Start with `pose-edge demo`: it needs no camera and no broker.
Exit codes: 0 done, 2 configuration or usage, 3 model, 4 source, 5 source lost, 6 detector stalled, 7 processor,
8 output, 9 something is not well; docs/exit-codes.md says more.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code.

    Args:
        arguments: Without the program's name; `sys.argv` when None.
    """
    args = _parser().parse_args(arguments)
    command: ModuleType = args.command
    try:
        code: int = command.run(args)
        sys.stdout.flush()
    except EdgeError as error:
        from edge.service.log import last_words  # noqa: PLC0415 - for failures alone

        last_words(str(error))
        return error.exit_code
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # The reader (head, less) has gone: nothing is left to say, not even while Python flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ExitCode.OK
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="pose-edge",
        description="Sees people, never films them, and tells the building over MQTT.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"pose-edge {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for name in COMMANDS:
        module = importlib.import_module("edge.cli." + name.replace("-", "_"))
        sub = commands.add_parser(
            name,
            help=module.SUMMARY,
            description=module.__doc__,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        module.configure(sub)
        sub.set_defaults(command=module)
    return parser
