"""Where each part of a body is in a later picture, from what became of points on it and from where it was going.

Points lead astray where there is more background than limb around them, where one leg passes the other, and where a
limb turns. So a small neural network corrects what they say. It is learnt from rendered people alone
(`python -m edge.track.learn`): what the landmarker finds in every frame is what it should have said between two looks.
docs/tracking.md has what this gains on people it has never seen.
"""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final, NamedTuple, Self, TypeAlias

import numpy as np
from numpy.typing import NDArray

from edge.track.body_parts import PART_MEAN
from edge.track.geometry import TRUNK, Points
from edge.track.picture_motion import FOLLOWED, PART_OF, Moved

WEIGHTS_FILE: Final = "follower_weights.npz"

Array: TypeAlias = NDArray[np.float32]
"""Inputs and weights."""

_DOUBT: Final = 0.05
"""Share of the points of a part at which the part is trusted by half."""

_PICTURE: Final = 0.75
"""Share of the way seen in the picture, where it is trusted in full; the rest is the velocity's. The model's landmarks
follow what is seen in the picture a little late, and not everything that moves there is the limb."""

_FOUND: Final = np.array(FOLLOWED)


def _belonging() -> NDArray[np.float64]:
    """`(33, 27)`: from points to the mean of each landmark's part."""
    belong = (PART_MEAN[:, PART_OF] > 0.0).astype(np.float64)
    return np.asarray(belong / belong.sum(axis=1, keepdims=True))


_BELONG: Final = _belonging()


class Bodies(NamedTuple):
    """What is known of some people in a picture after the last look.

    Attributes:
        xy: `(n, 33, 2)`, where the look saw them, in frame heights.
        scale: `(n,)`, torso lengths in frame heights.
        expected: `(n, 33, 2)`, how far their velocity alone leads since, in frame heights.
        came: `(n, 33, 2)`, how far they had come there since the look before, in frame heights; 0 if nothing is known.
        ahead_s: Seconds since.
        moved: What became of points on them.
    """

    xy: Points
    scale: NDArray[np.float64]
    expected: Points
    came: Points
    ahead_s: float
    moved: Moved


@dataclass(frozen=True, slots=True, eq=False)
class Layers:
    """Two hidden layers of rectifiers, and what they add up to.

    Attributes:
        first: `(229, h)` float32.
        first_bias: `(h,)` float32.
        second: `(h, h)` float32.
        second_bias: `(h,)` float32.
        last: `(h, 66)` float32.
        last_bias: `(66,)` float32.
    """

    first: Array
    first_bias: Array
    second: Array
    second_bias: Array
    last: Array
    last_bias: Array

    def __call__(self, inputs: Array) -> NDArray[np.float32]:
        """`(n, 33, 2)` in torso lengths, of `(n, 229)` inputs."""
        hidden = inputs @ self.first
        hidden += self.first_bias
        np.maximum(hidden, 0.0, out=hidden)
        hidden = hidden @ self.second
        hidden += self.second_bias
        np.maximum(hidden, 0.0, out=hidden)
        found = hidden @ self.last
        found += self.last_bias
        return np.asarray(found.reshape(-1, 33, 2))

    @classmethod
    @cache
    def shipped(cls) -> Self:
        """Those that come with the package."""
        with (files("edge.track") / WEIGHTS_FILE).open("rb") as stream, np.load(stream) as stored:
            return cls(**{name: stored[name].astype(np.float32) for name in cls.__slots__})


def ways(bodies: Bodies, layers: Layers | None = None) -> Points:
    """How far each landmark has gone since the look, `(n, 33, 2)` in frame heights."""
    start, inputs = seen(bodies)
    if not bodies.moved.good.any():
        return start
    return np.asarray(start + (layers or Layers.shipped())(inputs) * bodies.scale[:, None, None])


def seen(bodies: Bodies) -> tuple[Points, Array]:
    """What the points and the velocity say without being corrected, and what the correction depends on.

    Returns:
        The way of each landmark, `(n, 33, 2)` in frame heights, and `(n, 229)` float32: the followed landmarks about
        the trunk, their way by velocity alone and as the points say, the way of each point, how far the landmarks had
        come when they were looked at (all in torso lengths), how well each point was found again, how much the picture
        has changed where it was, and the time.
    """
    xy, scale, expected, came, ahead_s, moved = bodies
    # Where a picture has changed and the point's square fits its new place no better than the old, it was not found.
    explained = np.maximum(1.0 - moved.differs / (moved.changed + 1.0), 1e-3)
    weight = (moved.good * explained)[..., None]
    share = _BELONG @ weight
    by = (_BELONG @ (weight * moved.by)) / np.maximum(share, 1e-9)
    start = expected + _PICTURE * (share / (share + _DOUBT)) * (by - expected)
    people = len(xy)
    centre = xy[:, TRUNK].sum(axis=1, keepdims=True) * (1.0 / len(TRUNK))
    ways = np.concatenate(
        (xy[:, _FOUND] - centre, expected[:, _FOUND], start[:, _FOUND], moved.by, came[:, _FOUND]), axis=1
    )
    ways /= scale[:, None, None]
    time = np.full((people, 1), ahead_s)
    inputs = np.concatenate((ways.reshape(people, -1), moved.good, moved.changed, time), axis=1, dtype=np.float32)
    return start, inputs
