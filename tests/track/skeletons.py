"""Poses for tests: recorded ones, and those moved, scaled, mirrored and removed."""

from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

import numpy as np

from edge.flow import FloatArray, Poses, Tracks
from edge.trace import read_trace
from edge.track.tracker import Tracker

TRACES = Path(__file__).parents[1] / "data" / "traces"
MS = 1_000_000

_MIRRORED = [0, 4, 5, 6, 1, 2, 3, 8, 7, 10, 9, *(i + 1 if i % 2 else i - 1 for i in range(11, 33))]


@cache
def trace(name: str) -> tuple[Poses, ...]:
    return tuple(read_trace(TRACES / f"{name}.jsonl.gz"))


def standing() -> Poses:
    """A recorded person, whole in the picture."""
    return trace("gmd_s3_adl_07")[0]


def frame(t_ms: int, *people: tuple[FloatArray, FloatArray]) -> Poses:
    n = len(people)
    return Poses(
        t_ns=t_ms * MS,
        seq=t_ms,
        width=640,
        height=480,
        landmarks=np.array([pose for pose, _ in people], dtype=np.float32).reshape(n, 33, 5),
        world=np.array([world for _, world in people], dtype=np.float32).reshape(n, 33, 4),
        done_ns=t_ms * MS,
    )


def person(x: float, y: float = 0.5, *, height: float = 0.6, lying: bool = False) -> tuple[FloatArray, FloatArray]:
    """The recorded person with the middle of the body at `x`, `y`, so tall; optionally turned by 90 degrees."""
    pose, world = standing().landmarks[0].copy(), standing().world[0]
    xy = pose[:, :2] * [4 / 3, 1.0]
    xy = (xy - xy.mean(axis=0)) * height / np.ptp(xy[:, 1])
    if lying:
        xy = xy[:, ::-1]
    pose[:, :2] = xy / [4 / 3, 1.0] + [x, y]
    return pose, world


def follow(tracker: Tracker, frames: Iterable[Poses]) -> list[Tracks]:
    return [tracker.update(poses) for poses in frames]


def ids(tracks: Tracks) -> list[int]:
    return [track.id for track in tracks.people]


def walking(start_ms: int = 0, *, frames: int = 12, x: float = 0.3, step: float = 0.02) -> Iterator[Poses]:
    """Somebody walks to the right, one pose every 100 ms."""
    for i in range(frames):
        yield frame(start_ms + 100 * i, person(x + step * i))


def without_people(poses: Poses) -> Poses:
    return changed(poses, poses.landmarks[:0], poses.world[:0])


def mirrored(poses: Poses) -> Poses:
    landmarks = poses.landmarks[:, _MIRRORED, :].copy()
    landmarks[:, :, 0] = 1.0 - landmarks[:, :, 0]
    world = poses.world[:, _MIRRORED, :].copy()
    world[:, :, 0] *= -1.0
    return changed(poses, landmarks, world)


def changed(poses: Poses, landmarks: FloatArray, world: FloatArray) -> Poses:
    return Poses(
        t_ns=poses.t_ns,
        seq=poses.seq,
        width=poses.width,
        height=poses.height,
        landmarks=landmarks,
        world=world,
        done_ns=poses.done_ns,
    )
