"""Runs tracking and everything behind it over a landmark trace: events without a model or a camera.

Events go to standard output, one JSON object a line; a summary goes to standard error. Traces come from
`pose-edge analyze --trace`. As in a recording, times count from 1970-01-01T00:00:00Z.

  pose-edge replay kitchen.jsonl.gz
  pose-edge replay kitchen.jsonl.gz --config care-home.toml
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Final

from edge.cli.options import add_config, load_config

SUMMARY: Final = "find events in a landmark trace"


def configure(parser: argparse.ArgumentParser) -> None:
    """Add this command's arguments."""
    parser.add_argument(
        "trace", metavar="TRACE", type=Path, help="the trace: JSON lines as docs/trace.md describes (.gz: compressed)"
    )
    parser.add_argument("--json", action="store_true", help="the summary as a last JSON line instead of readable text")
    add_config(parser)


def run(args: argparse.Namespace) -> int:
    """Replay one trace."""
    from edge.replay import replay  # noqa: PLC0415 - numpy is for this command alone

    config = load_config(args, {})
    summary = replay(config, args.trace, on_event=lambda message: print(message.to_json().decode()))
    if args.json:
        print(json.dumps({"summary": summary.as_dict()}, ensure_ascii=False))
    else:
        print(summary.text(), file=sys.stderr)
    return 0
