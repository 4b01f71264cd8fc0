"""Where the joints are and how long a torso is. All lengths are in frame heights, so that x and y weigh the same."""

import math
from collections.abc import Sequence
from typing import Final, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from edge.flow import FloatArray

Points: TypeAlias = NDArray[np.float64]
"""`(…, 33, 2)` or parts of it: x, y in frame heights."""

Rows: TypeAlias = Sequence[Sequence[float]]
"""One body's 33 points as plain pairs, in frame heights."""

NS_PER_S: Final = 1_000_000_000

NOSE: Final = 0
SHOULDERS: Final = (11, 12)
ELBOWS: Final = (13, 14)
WRISTS: Final = (15, 16)
HIPS: Final = (23, 24)
KNEES: Final = (25, 26)
ANKLES: Final = (27, 28)
TRUNK: Final = (*SHOULDERS, *HIPS)
JOINTS: Final = (NOSE, *SHOULDERS, *ELBOWS, *WRISTS, *HIPS, *KNEES, *ANKLES)
BODY: Final = (NOSE, *range(11, 33))
"""Everything but the rest of the face, which is one rigid thing."""

TORSO_PER_EXTENT: Final = 0.3
"""Torso length over the diagonal of the skeleton's box, for somebody upright: median 0.32 over 83,000 frames of
people."""

SHORTEST_TORSO: Final = 0.01
"""In frame heights. Keeps divisions sane; nobody so small is seen."""


def points(landmarks: FloatArray, *, width: int, height: int) -> Points:
    """Landmarks' x, y in frame heights.

    Args:
        landmarks: `(…, 33, 5)` as in `Poses`.
        width: Frame width in pixels.
        height: Frame height in pixels.
    """
    xy = landmarks[..., :2].astype(np.float64)
    xy[..., 0] *= width / height
    return xy


def extent(xy: Points) -> NDArray[np.float64]:
    """Diagonal of each skeleton's box; `(…, 33, 2)` gives `(…)`."""
    box = xy.max(axis=-2) - xy.min(axis=-2)
    return np.asarray(np.hypot(box[..., 0], box[..., 1]))


def torso_length(xy: Points) -> NDArray[np.float64]:
    """From the middle of the shoulders to the middle of the hips; `(…, 33, 2)` gives `(…)`."""
    line = (xy[..., 11, :] + xy[..., 12, :] - xy[..., 23, :] - xy[..., 24, :]) / 2
    return np.asarray(np.hypot(line[..., 0], line[..., 1]))


def torso_scale(xy: Points) -> NDArray[np.float64]:
    """Torso length as it would look from the side: seen end-on a torso shrinks to nothing, the whole body does not.

    Args:
        xy: `(…, 33, 2)`; gives `(…)`.
    """
    return np.maximum(np.maximum(torso_length(xy), TORSO_PER_EXTENT * extent(xy)), SHORTEST_TORSO)


class Measures(NamedTuple):
    """Lengths of one skeleton, in frame heights.

    Attributes:
        left: Smallest x.
        top: Smallest y.
        right: Largest x.
        bottom: Largest y.
        extent: As the function of that name.
        torso_length: Likewise.
        torso_scale: Likewise.
    """

    left: float
    top: float
    right: float
    bottom: float
    extent: float
    torso_length: float
    torso_scale: float


def measured(rows: Rows) -> Measures:
    """Of one body's 33 points as plain pairs: for one body, numpy takes several times as long."""
    xs, ys = [x for x, _ in rows], [y for _, y in rows]
    left, top, right, bottom = min(xs), min(ys), max(xs), max(ys)
    (ax, ay), (bx, by), (cx, cy), (dx, dy) = rows[11], rows[12], rows[23], rows[24]
    across = math.hypot(right - left, bottom - top)
    length = math.hypot((ax + bx - cx - dx) / 2, (ay + by - cy - dy) / 2)
    scale = max(length, TORSO_PER_EXTENT * across, SHORTEST_TORSO)
    return Measures(left, top, right, bottom, across, length, scale)


def trunk_centre(xy: Points) -> Points:
    """Middle of shoulders and hips; `(…, 33, 2)` gives `(…, 2)`."""
    return (xy[..., 11, :] + xy[..., 12, :] + xy[..., 23, :] + xy[..., 24, :]) / 4
