"""Makes worse copies of labelled landmark traces: fewer frames, noise, losses, other views. The labels stay true.

    python -m tests.posture.evidence.degrade TRACES OUT --fps 10
    python -m tests.posture.evidence.degrade TRACES OUT --noise 0.02 --drop 0.1 --gap 0.5 --seed 1
    python -m tests.posture.evidence.degrade TRACES OUT --mirror --scale 0.8 --shift 0.05 -0.03

TRACES holds labels.json and NAME.jsonl.gz; OUT gets the same, so whatever scores the one scores the other. Each trace
has its own randomness, made of the seed and its name: a part of the set is degraded as the whole would be.
"""

import argparse
import json
import math
import random
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np

from edge.flow import LANDMARKS, FloatArray, Poses
from edge.trace import open_trace, read_trace
from edge.track.geometry import points, torso_scale

NS_PER_S: Final = 1_000_000_000
NS_PER_MS: Final = 1_000_000

_DECIMALS: Final = 5
"""A hundredth of a pixel."""

TIME_STEP_NS: Final = 1_000_000
"""Times in traces are whole milliseconds: a frame that is late by less is on time."""

GAP_EVERY_S: Final = 10.0
"""Mean time from one gap to the next; they come at random."""

SPARED_END_S: Final = 0.6
"""No gap lies at the very end of a trace of somebody who stays down: what scores it may hold the last half second for
longer, and would make a gap of half a second one of ten."""

MIRRORED: Final = (0, 4, 5, 6, 1, 2, 3, 8, 7, 10, 9, *(i + 1 if i % 2 else i - 1 for i in range(11, LANDMARKS)))
"""Which landmark is which in a mirror."""


@dataclass(frozen=True, slots=True)
class Degradation:
    """What is done to a trace, in this order.

    Attributes:
        fps: Frames a second, taken from those that are there; None keeps all.
        mirror: Whether left and right are exchanged.
        scale: Size of the picture against the original's, about its middle.
        shift: By how much the picture moves, x and y in 0..1 of the frame.
        noise: Standard deviation of independent noise on each coordinate, in torso lengths.
        drop: Share of frames that are missing.
        gap_s: Seconds for which nobody is found, about every `GAP_EVERY_S`; 0 for never.
    """

    fps: float | None = None
    mirror: bool = False
    scale: float = 1.0
    shift: tuple[float, float] = (0.0, 0.0)
    noise: float = 0.0
    drop: float = 0.0
    gap_s: float = 0.0


def degraded(frames: Sequence[Poses], how: Degradation, seed: str, *, spare_end: bool = False) -> list[Poses]:
    """A worse copy of a trace's frames.

    Args:
        frames: In the order of time.
        how: What to do.
        seed: The same text gives the same copy.
        spare_end: Whether the last `SPARED_END_S` stay without a gap.
    """
    chance = np.random.default_rng(list(seed.encode()))
    frames = frames if how.fps is None else list(_resampled(frames, how.fps))
    kept = [_noisy(_seen_otherwise(poses, how), how.noise, chance) for poses in frames]
    if how.drop:
        # The last frame stays: it says how long the recording is.
        lost = chance.random(len(kept)) < how.drop
        kept = [poses for poses, gone in zip(kept, lost, strict=True) if not gone or poses is kept[-1]]
    if how.gap_s:
        end_ns = kept[-1].t_ns - (round(SPARED_END_S * NS_PER_S) if spare_end else 0)
        gaps = list(_gaps(kept[0].t_ns, end_ns, how.gap_s, random.Random(seed)))  # noqa: S311 - no secret
        kept = [_nobody(poses) if any(a <= poses.t_ns < b for a, b in gaps) else poses for poses in kept]
    return kept


def _resampled(frames: Sequence[Poses], fps: float) -> Iterator[Poses]:
    """For each tick the last frame at or before it, with its own time; a frame is given once."""
    start_ns, tick = frames[0].t_ns, 0
    for poses, after in zip(frames, [*frames[1:], None], strict=True):
        if after is None:
            yield poses
        elif start_ns + tick * NS_PER_S / fps + TIME_STEP_NS < after.t_ns:
            yield poses
            tick = math.ceil((after.t_ns - TIME_STEP_NS - start_ns) * fps / NS_PER_S)


def _seen_otherwise(poses: Poses, how: Degradation) -> Poses:
    landmarks, world = poses.landmarks.copy(), poses.world.copy()
    if how.mirror:
        landmarks, world = landmarks[:, MIRRORED], world[:, MIRRORED]
        landmarks[..., 0] = 1.0 - landmarks[..., 0]
        world[..., 0] *= -1.0
    landmarks[..., :2] = 0.5 + (landmarks[..., :2] - 0.5) * how.scale + how.shift
    landmarks[..., 2] *= how.scale
    return replace(poses, landmarks=landmarks, world=world)


def _noisy(poses: Poses, noise: float, chance: np.random.Generator) -> Poses:
    if not noise or not len(poses):
        return poses
    torso = torso_scale(points(poses.landmarks, width=poses.width, height=poses.height))[:, None, None]
    aspect = poses.width / poses.height
    landmarks, world = poses.landmarks.copy(), poses.world.copy()
    # Torso lengths are in frame heights, x and z in frame widths.
    landmarks[..., :3] += (
        noise * torso * (1 / aspect, 1.0, 1 / aspect) * chance.standard_normal(landmarks[..., :3].shape)
    )
    world[..., :3] += noise * _torso_metres(world) * chance.standard_normal(world[..., :3].shape)
    return replace(poses, landmarks=landmarks, world=world)


def _torso_metres(world: FloatArray) -> FloatArray:
    """Torso lengths, `(n, 33, 4)` gives `(n, 1, 1)`."""
    line = (world[:, 11, :3] + world[:, 12, :3] - world[:, 23, :3] - world[:, 24, :3]) / 2
    return np.asarray(np.linalg.norm(line, axis=-1)[:, None, None], dtype=np.float32)


def _gaps(start_ns: int, end_ns: int, gap_s: float, chance: random.Random) -> Iterator[tuple[int, int]]:
    at_ns = start_ns
    while True:
        at_ns += round(chance.expovariate(1 / GAP_EVERY_S) * NS_PER_S)
        until_ns = at_ns + round(gap_s * NS_PER_S)
        if until_ns > end_ns:
            return
        yield at_ns, until_ns
        at_ns = until_ns


def _nobody(poses: Poses) -> Poses:
    return replace(poses, landmarks=poses.landmarks[:0], world=poses.world[:0])


def write_frames(path: Path, frames: Iterable[Poses]) -> None:
    """Write a trace of frames alone: what scores labelled traces takes no line of facts before them."""
    with open_trace(path) as file:
        for poses in frames:
            line = {
                "t": poses.t_ns // NS_PER_MS,
                "w": poses.width,
                "h": poses.height,
                "poses": np.round(poses.landmarks.astype(np.float64), _DECIMALS).tolist(),
                "world": np.round(poses.world.astype(np.float64), _DECIMALS).tolist(),
            }
            file.write(json.dumps(line, separators=(",", ":")) + "\n")


def degrade_folder(traces: Path, out: Path, how: Degradation, *, seed: int = 0, only: str = "") -> int:
    """Degrade every labelled trace of a folder into another.

    Returns:
        How many.
    """
    labels: dict[str, Any] = json.loads((traces / "labels.json").read_text(encoding="utf-8"))
    chosen = {name: label for name, label in labels.items() if re.search(only, name)}
    out.mkdir(parents=True, exist_ok=True)
    for name, label in chosen.items():
        frames = list(read_trace(traces / f"{name}.jsonl.gz"))
        stays_down = bool(label.get("stays_down_to_end"))
        worse = degraded(frames, how, f"{seed}/{name}", spare_end=stays_down)
        write_frames(out / f"{name}.jsonl.gz", worse)
    (out / "labels.json").write_text(json.dumps(chosen, indent=1), encoding="utf-8")
    return len(chosen)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("traces", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--fps", type=float, help="frames a second (default: all there are)")
    parser.add_argument("--noise", type=float, default=0.0, help="torso lengths")
    parser.add_argument("--drop", type=float, default=0.0, help="share of frames that are missing")
    parser.add_argument("--gap", type=float, default=0.0, help=f"seconds without poses, every {GAP_EVERY_S:g} s or so")
    parser.add_argument("--mirror", action="store_true")
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--shift", type=float, nargs=2, default=(0.0, 0.0), metavar=("DX", "DY"))
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", default="", metavar="REGEX", help="names of the traces to take")
    args = parser.parse_args()
    how = Degradation(
        fps=args.fps,
        mirror=args.mirror,
        scale=args.scale,
        shift=(args.shift[0], args.shift[1]),
        noise=args.noise,
        drop=args.drop,
        gap_s=args.gap,
    )
    count = degrade_folder(args.traces, args.out, how, seed=args.seed, only=args.only)
    sys.stderr.write(f"{count} traces in {args.out}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
