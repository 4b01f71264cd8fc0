"""What the landmarker finds in every frame of a rendered scene, against what is known of it from some looks alone."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np

from edge.capture.studio import studio_frames
from edge.detect.landmarker import OfflineLandmarker
from edge.flow import Frame, Poses
from edge.track.follower import Array, Bodies, seen
from edge.track.geometry import NS_PER_S, Points, points
from edge.track.picture_motion import PART_OF, Moved, PictureMotion
from edge.track.tracker import Tracker

FPS: Final = 30
_MOST_FRAMES: Final = 450

_FIRST_SEED: Final = 100
"""The nominal scenes and the first seeds are left to whoever measures."""

SCENES: Final[tuple[tuple[str, int], ...]] = (
    ("walk_across", 48),
    ("walk_toward", 36),
    ("squats", 36),
    ("jacks", 6),
    ("raise_hand", 6),
    ("sit_chair", 6),
    ("pickup", 6),
    ("fall_side", 6),
    ("fall_back", 6),
    ("get_up", 6),
    ("demo", 6),
    ("leave", 6),
)
"""Scenes with one person, and how many seeds of each."""


class Viewing(NamedTuple):
    """A way of looking at a scene.

    Attributes:
        speed: Frames of the scene a frame: people move as much faster.
        step: Frames from look to look.
        starts: The first looks.
        weight: How much its examples count.
    """

    speed: int
    step: int
    starts: tuple[int, ...]
    weight: float


VIEWINGS: Final = (
    Viewing(speed=1, step=3, starts=(0, 1, 2), weight=1.0),
    Viewing(speed=2, step=3, starts=(0, 1, 2), weight=0.7),
    Viewing(speed=3, step=3, starts=(0, 1, 2), weight=0.5),
    Viewing(speed=1, step=6, starts=(0, 4), weight=0.15),
    Viewing(speed=1, step=8, starts=(0, 4), weight=0.15),
)


class Examples(NamedTuple):
    """Some bodies.

    Attributes:
        inputs: `(n, 229)`, what the correction depends on.
        missing: `(n, 66)`, what it should be, in torso lengths.
        weight: `(n,)`.
    """

    inputs: Array
    missing: Array
    weight: Array

    @classmethod
    def of(cls, bodies: Sequence[Bodies], truth: Sequence[Poses], weight: float) -> "Examples":
        """Of bodies in frames in which the landmarker found these poses; each is learnt from in the mirror as well."""
        inputs, missing = [], []
        for body, poses in zip(bodies, truth, strict=True):
            way = points(poses.landmarks[:1], width=poses.width, height=poses.height) - body.xy
            for one, its_way in ((body, way), (_mirrored(body), _mirrored_points(way))):
                start, measures = seen(one)
                inputs.append(measures[0])
                missing.append(((its_way - start) / body.scale[:, None, None]).reshape(-1))
        shape = (len(inputs), -1)
        return cls(
            np.array(inputs, dtype=np.float32).reshape(shape) if inputs else np.zeros((0, 229), dtype=np.float32),
            np.array(missing, dtype=np.float32).reshape(shape) if missing else np.zeros((0, 66), dtype=np.float32),
            np.full(len(inputs), weight, dtype=np.float32),
        )

    @classmethod
    def joined(cls, parts: Sequence["Examples"]) -> "Examples":
        """All of them."""
        return cls(*(np.concatenate(arrays) for arrays in zip(*parts, strict=True)))


def scenes() -> list[tuple[str, int]]:
    """Names and seeds of all scenes that are learnt from."""
    return [(name, _FIRST_SEED + number) for name, count in SCENES for number in range(count)]


def of_scene(name: str, seed: int, bundle: Path) -> Examples:
    """All examples that a scene gives.

    Raises:
        ModelError: The bundle cannot be used.
    """
    frames = list(islice(studio_frames(name, fps=FPS, seed=seed), _MOST_FRAMES))
    with OfflineLandmarker(bundle=bundle, mode="video") as landmarker:
        poses = [landmarker.detect(frame) for frame in frames]
    return Examples.joined(list(_viewed(frames, poses)))


def _viewed(frames: Sequence[Frame], poses: Sequence[Poses]) -> Iterator[Examples]:
    for viewing in VIEWINGS:
        for first in range(viewing.speed):
            kept = slice(first, None, viewing.speed)
            times = [number * NS_PER_S // FPS for number in range(len(poses[kept]))]
            timed = [replace(one, t_ns=t_ns) for one, t_ns in zip(poses[kept], times, strict=True)]
            for start in viewing.starts:
                pairs = list(_between_looks(frames[kept][start:], timed[start:], viewing.step))
                yield Examples.of([body for body, _ in pairs], [truth for _, truth in pairs], viewing.weight)


def _between_looks(frames: Sequence[Frame], poses: Sequence[Poses], step: int) -> Iterator[tuple[Bodies, Poses]]:
    tracker, picture = Tracker(), PictureMotion()
    for number, (frame, now) in enumerate(zip(frames, poses, strict=True)):
        if number % step == 0:
            tracker.update(now)
            picture.look(frame.image)
        elif len(now):
            bodies = tracker.bodies(partial(picture.since_look, frame.image), now.t_ns)
            if bodies is not None and len(bodies.xy) == 1:
                yield bodies, now


_PAIRS: Final = ((1, 4), (2, 5), (3, 6), (7, 8), (9, 10), *((left, left + 1) for left in range(11, 33, 2)))


def _other_sides() -> list[int]:
    other = list(range(33))
    for left, right in _PAIRS:
        other[left], other[right] = right, left
    return other


_OTHER_SIDE: Final = _other_sides()


def _other_points() -> list[int]:
    """Of the 27 points. Those of one landmark stand in the same order as those of its opposite."""
    places: dict[int, list[int]] = {}
    for place, landmark in enumerate(PART_OF):
        places.setdefault(landmark, []).append(place)
    return [places[_OTHER_SIDE[one]][places[one].index(place)] for place, one in enumerate(PART_OF)]


_OTHER_POINT: Final = _other_points()
_FLIP: Final = np.array((-1.0, 1.0))


def _mirrored_points(xy: Points) -> Points:
    return np.asarray(xy[:, _OTHER_SIDE] * _FLIP)


def _mirrored(body: Bodies) -> Bodies:
    moved = body.moved
    return body._replace(
        xy=_mirrored_points(body.xy),
        expected=_mirrored_points(body.expected),
        came=_mirrored_points(body.came),
        moved=Moved(
            by=moved.by[:, _OTHER_POINT] * _FLIP,
            good=moved.good[:, _OTHER_POINT],
            differs=moved.differs[:, _OTHER_POINT],
            changed=moved.changed[:, _OTHER_POINT],
        ),
    )
