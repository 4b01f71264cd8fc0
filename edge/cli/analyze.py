"""Looks at a recording with the stages of the daemon: every frame, as fast as it goes, the same result every time.

Events go to standard output, one JSON object a line; a summary goes to standard error. A recording knows no date, so
its times count from 1970-01-01T00:00:00Z.

  pose-edge analyze kitchen.mp4
  pose-edge analyze kitchen.mp4 --trace kitchen.jsonl.gz --overlay kitchen-seen.mp4
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Final

from edge.cli.options import add_config, load_config
from edge.errors import ConfigError

SUMMARY: Final = "find people and events in a recording"


def configure(parser: argparse.ArgumentParser) -> None:
    """Add this command's arguments."""
    parser.add_argument("video", metavar="VIDEO", type=Path, help="the recording: any video file that OpenCV reads")
    parser.add_argument(
        "--trace", metavar="OUT", type=Path, help="write every landmark as JSON lines (.gz: compressed)"
    )
    parser.add_argument(
        "--overlay", metavar="OUT.mp4", type=Path, help="write the video with what was found drawn on it"
    )
    parser.add_argument(
        "--mode",
        choices=("video", "image"),
        default="video",
        help="video follows people from frame to frame; image looks at every frame alone (default: video)",
    )
    parser.add_argument("--json", action="store_true", help="the summary as a last JSON line instead of readable text")
    add_config(parser)


def run(args: argparse.Namespace) -> int:
    """Analyse one recording."""
    from edge.analysis import Outputs, analyze  # noqa: PLC0415 - OpenCV and MediaPipe are for this command alone

    config = load_config(args, {"source.uri": f"file:{args.video}"})
    outputs = Outputs(trace=args.trace, overlay=args.overlay)
    if args.overlay and args.overlay.suffix.lower() != ".mp4":
        raise ConfigError(f"--overlay {args.overlay}: the name has to end in .mp4")
    for path in (args.trace, args.overlay):
        if path and path.resolve() == args.video.resolve():
            raise ConfigError(f"{path} is the recording itself: choose another name for the output")
    summary = analyze(
        config, mode=args.mode, outputs=outputs, on_event=lambda message: print(message.to_json().decode(), flush=True)
    )
    if args.json:
        print(json.dumps({"summary": summary.as_dict()}, ensure_ascii=False))
    else:
        print(summary.text(), file=sys.stderr)
    return 0
