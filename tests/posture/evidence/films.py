"""Looks at labelled recordings anew, as they are or made smaller, and writes labelled traces of what is seen.

    python -m tests.posture.evidence.films CLIPS TRACES OUT
    python -m tests.posture.evidence.films CLIPS TRACES OUT --width 320 --height 240

CLIPS holds NAME.mp4, TRACES the labels.json that knows them; OUT gets both as traces, to be scored like all others.
Unlike `pose-edge analyze --trace`, which writes what the main landmarker saw, these traces hold the second looks too.
"""

import argparse
import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from edge.capture.video import FileSource
from edge.flow import Frame

from .degrade import write_frames
from .seeing import default_config, seen

_READ_S = 30.0


def frames(film: Path, *, fit: tuple[int, int] | None = None) -> Iterator[Frame]:
    """The frames of a recording, made to fit into a width and height if given; never enlarged."""
    with FileSource(film, paced=False) as source:
        while (frame := source.read(_READ_S)) is not None:
            share = min(fit[0] / frame.width, fit[1] / frame.height) if fit else 1.0
            if share < 1.0:
                size = (round(frame.width * share), round(frame.height * share))
                small = cv2.resize(frame.image, size, interpolation=cv2.INTER_AREA)
                frame = replace(frame, image=np.asarray(small, dtype=np.uint8))
            yield frame


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("clips", type=Path)
    parser.add_argument("traces", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--width", type=int, help="most pixels across (with --height)")
    parser.add_argument("--height", type=int, help="most pixels down")
    args = parser.parse_args()
    fit = (args.width, args.height) if args.width and args.height else None
    labels: dict[str, Any] = json.loads((args.traces / "labels.json").read_text(encoding="utf-8"))
    chosen = {film.stem: labels[film.stem] for film in sorted(args.clips.glob("*.mp4")) if film.stem in labels}
    args.out.mkdir(parents=True, exist_ok=True)
    for name in chosen:
        sys.stderr.write(f"{name}\n")
        write_frames(args.out / f"{name}.jsonl.gz", seen(frames(args.clips / f"{name}.mp4", fit=fit), default_config()))
    (args.out / "labels.json").write_text(json.dumps(chosen, indent=1), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
