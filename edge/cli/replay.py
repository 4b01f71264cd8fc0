"""Runs tracking and everything behind it over a landmark trace: events without a model or a camera.

Events go to standard output, one JSON object a line; a summary goes to standard error. Traces come from
`pose-edge analyze --trace`. As in a recording, times count from 1970-01-01T00:00:00Z.

  pose-edge replay kitchen.jsonl.gz
  pose-edge replay kitchen.jsonl.gz --config care-home.toml --begins 23:10
  pose-edge replay kitchen.jsonl.gz --explain --plot kitchen.png
"""

import argparse
import json
import sys
from datetime import datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Final

from edge.cli.options import add_config, load_config

if TYPE_CHECKING:
    from edge.posture.explain import Explanation

SUMMARY: Final = "find events in a landmark trace"


def configure(parser: argparse.ArgumentParser) -> None:
    """Add this command's arguments."""
    parser.add_argument(
        "trace", metavar="TRACE", type=Path, help="the trace: JSON lines as docs/trace.md describes (.gz: compressed)"
    )
    parser.add_argument(
        "--explain",
        action="store_true",
        help="also say what was measured around each event, on standard error (with --json as further JSON lines)",
    )
    parser.add_argument("--plot", metavar="OUT.png", type=Path, help="draw postures, heights, angles and events")
    parser.add_argument(
        "--begins",
        metavar="HH:MM",
        type=_time_of_day,
        help="local time of day at which the trace begins, for the hours of beds (default: unknown)",
    )
    parser.add_argument("--json", action="store_true", help="the summary as a last JSON line instead of readable text")
    add_config(parser)


def run(args: argparse.Namespace) -> int:
    """Replay one trace."""
    from edge.plotting import check_plot  # noqa: PLC0415
    from edge.posture.explain import Explainer  # noqa: PLC0415 - numpy is for this command alone
    from edge.replay import replay  # noqa: PLC0415
    from edge.replay_plot import Plot  # noqa: PLC0415

    config = load_config(args, {})
    plot = Plot() if args.plot else None
    if plot:
        check_plot(args.plot)
    explainer = Explainer(_as_json if args.json else _as_text) if args.explain else None
    summary = replay(
        config,
        args.trace,
        on_event=lambda message: print(message.to_json().decode()),
        watchers=[watcher for watcher in (explainer, plot) if watcher],
        begins=args.begins,
    )
    if plot:
        plot.draw(args.plot, title=str(args.trace))
    if args.json:
        print(json.dumps({"summary": summary.as_dict()}, ensure_ascii=False))
    else:
        print(summary.text(), file=sys.stderr)
    return 0


def _as_text(explanation: "Explanation") -> None:
    print(explanation.text(), file=sys.stderr)


def _as_json(explanation: "Explanation") -> None:
    print(json.dumps({"explanation": explanation.as_dict()}, ensure_ascii=False))


def _time_of_day(text: str) -> time:
    try:
        return datetime.strptime(text, "%H:%M").time()  # noqa: DTZ007 - of any day
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a time of day: write it like 23:10") from None
