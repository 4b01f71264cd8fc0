"""Says whether those who fell are still known after they landed, second by second.

    python -m tests.posture.evidence.films CLIPS TRACES OUT
    python -m tests.posture.evidence.landings OUT

OUT holds labels.json and NAME.jsonl.gz. A second counts if half of its frames or more have a pose, or half or more a
track; the last, which is cut short, counts as well if half of it is there.
"""

import argparse
import json
import sys
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edge.flow import Poses
from edge.posture.body import NS_PER_S
from edge.trace import read_trace
from edge.understanding import Understanding

from .seeing import default_config


@dataclass(frozen=True, slots=True)
class Second:
    """What is known of the fallen in one second.

    Attributes:
        frames: Frames in it.
        posed: Of these, frames in which the model or a second look found somebody.
        known: Of these, frames in which somebody is real, seen or held.
    """

    frames: int
    posed: int
    known: int

    @property
    def held(self) -> bool:
        """Whether somebody on the floor was there, for whoever asks."""
        return 2 * max(self.posed, self.known) >= self.frames


def after(landed_s: float, trace: Iterable[Poses]) -> list[Second]:
    """The seconds of a recording from the landing on; its times count from 0."""
    understanding = Understanding(default_config())
    counted: dict[int, list[tuple[bool, bool]]] = defaultdict(list)
    last_s = 0.0
    for poses in trace:
        tracks, _ = understanding.update(poses)
        last_s = poses.t_ns / NS_PER_S
        if last_s >= landed_s:
            counted[int(last_s - landed_s)].append((len(poses) > 0, len(tracks.people) > 0))
    if counted and (last_s - landed_s) % 1.0 < 0.5:
        del counted[max(counted)]
    return [
        Second(len(frames), sum(posed for posed, _ in frames), sum(known for _, known in frames))
        for frames in counted.values()
    ]


def landed_s(label: dict[str, Any]) -> float | None:
    """When the fall in a recording was over; None if there is none."""
    ends: list[float] = [end for _, end, what in label["segments"] if what == "falling"]
    return ends[-1] if label["fall"] and ends else None


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("traces", type=Path)
    args = parser.parse_args()
    labels: dict[str, Any] = json.loads((args.traces / "labels.json").read_text(encoding="utf-8"))
    every: list[Second] = []
    for name, label in sorted(labels.items()):
        landed = landed_s(label)
        if landed is None:
            continue
        seconds = after(landed, read_trace(args.traces / f"{name}.jsonl.gz"))
        every += seconds
        _say(name, seconds)
    if not every:
        sys.stderr.write(f"no recording of a fall in {args.traces}\n")
        return 1
    _say("all", every)
    return 0


def _say(name: str, seconds: list[Second]) -> None:
    frames = max(1, sum(second.frames for second in seconds))
    posed, known = sum(second.posed for second in seconds), sum(second.known for second in seconds)
    sys.stdout.write(
        f"{name:<24} held in {sum(second.held for second in seconds)} of {len(seconds)} seconds; "
        f"a pose in {posed / frames:.1%} of the frames, a track in {known / frames:.1%}\n"
    )


if __name__ == "__main__":
    sys.exit(main())
