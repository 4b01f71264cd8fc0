"""Judges the posture room on a grid of studio scenes that the real model has looked at.

    python -m tests.posture.evidence.grid
    python -m tests.posture.evidence.grid --only 'fall|bed' --json

Falls in three directions, and daily life and exercises that are none, each toward eight headings at three distances.
What the model sees of a scene is kept in the user's cache folder, so only the first run takes long (some ten minutes).
What goes wrong is reported with its trace: `pose-edge replay TRACE` repeats it.
"""

import argparse
import json
import re
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from .cells import Cell, cells, scene_of
from .judging import said_of
from .seeing import default_config, seen_scene, trace_path

EARLY_S: Final = 0.5
"""A fall that is said this long before it begins is said of something else."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one cell.

    Attributes:
        cell: Which.
        true: Repetitions that were done.
        counted: Repetitions that were said, by exercise.
        latency_s: From landing to `fall_detected`; None if there was no fall or it was missed.
        alarms: Falls that were said and were none.
        seen: Share of frames with a pose.
    """

    cell: Cell
    true: int
    counted: dict[str, int]
    latency_s: float | None
    alarms: int
    seen: float

    @property
    def missed(self) -> bool:
        """Whether there was a fall that was not said."""
        return self.cell.falls and self.latency_s is None

    @property
    def exact(self) -> bool:
        """Whether every repetition was counted, and nothing else."""
        return self.counted == ({self.cell.counted: self.true} if self.cell.counted else {})


def judged(cell: Cell, *, fresh: bool = False) -> Verdict:
    """Judge one cell; renders it if that was not done before, or is to be `fresh`."""
    scene = scene_of(cell)
    frames = seen_scene(scene, fresh=fresh)
    said = said_of(frames, default_config())
    fall_s, landed_s = (
        next((event.t_s for event in scene.events if event.name == name), float("inf")) for name in ("fall", "landed")
    )
    true_falls = [t_s for t_s in said.falls_s() if t_s >= fall_s - EARLY_S]
    return Verdict(
        cell=cell,
        true=scene.reps,
        counted=said.counted(),
        latency_s=round(max(0.0, true_falls[0] - landed_s), 2) if true_falls else None,
        alarms=len(said.falls_s()) - len(true_falls),
        seen=round(sum(len(poses) > 0 for poses in frames) / len(frames), 3),
    )


def report(verdicts: Sequence[Verdict]) -> dict[str, Any]:
    """The figures of the grid, as far as it was judged."""
    falls = [one for one in verdicts if one.cell.falls]
    quiet = [one for one in verdicts if not one.cell.falls]
    counted = [one for one in quiet if one.cell.counted]
    latencies = sorted(one.latency_s for one in falls if one.latency_s is not None)
    return {
        "cells": len(verdicts),
        "falls": len(falls),
        "fall_recall": _share(sum(not one.missed for one in falls), len(falls)),
        "fall_latency_s": {"median": latencies[len(latencies) // 2], "most": latencies[-1]} if latencies else None,
        "false_falls": sum(one.alarms for one in verdicts),
        "counted": len(counted),
        "exact": _share(sum(one.exact for one in counted), len(counted)),
        "ghosts": sum(not one.exact for one in verdicts if not one.cell.counted),
        "by_kind": {kind: _by_kind([one for one in verdicts if one.cell.what == kind]) for kind in _kinds(verdicts)},
        "wrong": [_told(one) for one in verdicts if one.missed or one.alarms or not one.exact],
    }


def _kinds(verdicts: Sequence[Verdict]) -> list[str]:
    return list(dict.fromkeys(one.cell.what for one in verdicts))


def _by_kind(verdicts: Sequence[Verdict]) -> str:
    good = sum(not one.missed and not one.alarms and one.exact for one in verdicts)
    return f"{good} of {len(verdicts)} right, seen {sum(one.seen for one in verdicts) / len(verdicts):.1%}"


def _told(one: Verdict) -> str:
    words = [f"{one.cell.name}:"]
    if one.missed:
        words.append("fall missed;")
    if one.alarms:
        words.append(f"{one.alarms} false falls;")
    if not one.exact:
        words.append(f"{one.true} repetitions done, {one.counted} counted;")
    return " ".join([*words, f"seen {one.seen:.0%};", str(trace_path(scene_of(one.cell)))])


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default="", metavar="REGEX", help="cells to judge, e.g. fall, squats_090, 4.2m")
    parser.add_argument("--fresh", action="store_true", help="render and look anew")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--jobs", type=int, default=1, help="processes (default: 1)")
    args = parser.parse_args()
    chosen = [cell for cell in cells() if re.search(args.only, cell.name)]
    verdicts = []
    with ProcessPoolExecutor(args.jobs) as pool:
        for number, verdict in enumerate(pool.map(partial(judged, fresh=args.fresh), chosen), start=1):
            verdicts.append(verdict)
            if sys.stderr.isatty():
                sys.stderr.write(f"\r{number}/{len(chosen)} {verdict.cell.name:40}")
    found = report(verdicts)
    wrong = found["wrong"]
    lines = [f"{key}: {value}" for key, value in found.items() if key != "wrong"]
    sys.stdout.write((json.dumps(found) if args.json else "\n".join([*lines, "wrong:", *wrong])) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
