"""One pose of one frame, with what the tracker asks of it worked out once.

Plain Python on the 33 points wherever numpy would be called many times for a few numbers each: a call costs as much as
the sums of ten points, and several times that when a model run has just emptied the processor's caches.
"""

import math
from functools import cached_property
from typing import Final

import numpy as np

from edge.flow import FloatArray, Poses
from edge.track.geometry import SHORTEST_TORSO, TORSO_PER_EXTENT, Points, points

_MIDDLE: Final = 0.5


class Sighting:
    """A pose.

    Args:
        poses: The frame's poses.
        index: Which of them.

    Attributes:
        t_ns: Capture time.
        aspect: Frame width over frame height.
        landmarks: `(33, 5)` as in `Poses`.
        world: `(33, 4)` as in `Poses`.
        xy: `(33, 2)` in frame heights.
    """

    def __init__(self, poses: Poses, index: int) -> None:
        self.t_ns = poses.t_ns
        self.aspect = poses.width / poses.height
        self.landmarks: FloatArray = poses.landmarks[index]
        self.world: FloatArray = poses.world[index]
        self.xy: Points = points(self.landmarks, width=poses.width, height=poses.height)

    @cached_property
    def rows(self) -> list[list[float]]:
        """The points as 33 plain pairs."""
        rows: list[list[float]] = self.xy.tolist()
        return rows

    @cached_property
    def box(self) -> tuple[float, float, float, float]:
        """Left, top, right and bottom of the skeleton, in frame heights."""
        xs, ys = zip(*self.rows, strict=True)
        return min(xs), min(ys), max(xs), max(ys)

    @cached_property
    def finite(self) -> bool:
        """Whether all numbers are."""
        return bool(np.isfinite(self.landmarks).all() and np.isfinite(self.world).all())

    @cached_property
    def extent(self) -> float:
        """Diagonal of the box."""
        left, top, right, bottom = self.box
        return math.hypot(right - left, bottom - top)

    @cached_property
    def torso_length(self) -> float:
        """From the middle of the shoulders to the middle of the hips."""
        (ax, ay), (bx, by), (cx, cy), (dx, dy) = self._trunk
        return math.hypot((ax + bx - cx - dx) / 2, (ay + by - cy - dy) / 2)

    @cached_property
    def torso_scale(self) -> float:
        """As `edge.track.geometry.torso_scale`."""
        return max(self.torso_length, TORSO_PER_EXTENT * self.extent, SHORTEST_TORSO)

    @cached_property
    def farthest(self) -> float:
        """How far from the picture's middle the farthest landmark lies, in frame widths or heights."""
        left, top, right, bottom = self.box
        across = max(right, self.aspect - left) / self.aspect
        return max(across, bottom, 1.0 - top) - _MIDDLE

    @cached_property
    def share_in_frame(self) -> float:
        """Of the landmarks."""
        left, top, right, bottom = self.box
        if left >= 0.0 and top >= 0.0 and right <= self.aspect and bottom <= 1.0:
            return 1.0
        return sum(0.0 <= x <= self.aspect and 0.0 <= y <= 1.0 for x, y in self.rows) / len(self.rows)

    @cached_property
    def presence(self) -> float:
        """Mean presence of the landmarks, 0..1."""
        return min(1.0, max(0.0, float(self.landmarks[:, 4].mean())))

    @property
    def _trunk(self) -> list[list[float]]:
        rows = self.rows
        return [rows[11], rows[12], rows[23], rows[24]]
