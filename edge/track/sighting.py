"""One pose of one frame, with what the tracker asks of it worked out once.

Plain Python on the 33 points: a call of numpy costs as much as the sums of ten of them, and several times that when a
model run has just emptied the processor's caches.
"""

import math
from typing import Final

import numpy as np

from edge.flow import FloatArray, Poses
from edge.track.geometry import Points, measured

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
        rows: The 33 points in frame heights, as plain pairs.
        finite: Whether all numbers are. If not, the lengths below mean nothing.
        extent: Diagonal of the skeleton's box, as `edge.track.geometry.extent`.
        torso_length: As `edge.track.geometry.torso_length`.
        torso_scale: As `edge.track.geometry.torso_scale`.
        farthest: How far from the picture's middle the farthest landmark lies, in frame widths or heights.
        share_in_frame: Of the landmarks.
        presence: Mean presence of the landmarks, 0..1.
    """

    __slots__ = (
        "aspect",
        "extent",
        "farthest",
        "finite",
        "landmarks",
        "presence",
        "rows",
        "share_in_frame",
        "t_ns",
        "torso_length",
        "torso_scale",
        "world",
    )

    def __init__(self, poses: Poses, index: int) -> None:
        self.t_ns = poses.t_ns
        self.aspect = aspect = poses.width / poses.height
        self.landmarks: FloatArray = poses.landmarks[index]
        self.world: FloatArray = poses.world[index]
        numbers = self.landmarks.ravel().tolist()
        self.rows: list[tuple[float, float]] = [
            (x * aspect, y) for x, y in zip(numbers[::5], numbers[1::5], strict=True)
        ]
        # Sums of 32-bit numbers in 64 bits: they cannot overflow, and what is not finite stays so.
        self.finite = math.isfinite(sum(numbers) + sum(self.world.ravel().tolist()))
        if self.finite:
            self._measure()
            self.presence = min(1.0, max(0.0, sum(numbers[4::5]) / len(self.rows)))

    @property
    def xy(self) -> Points:
        """`(33, 2)`, `rows` as an array: a new one with each call."""
        return np.array(self.rows)

    def _measure(self) -> None:
        rows, aspect = self.rows, self.aspect
        left, top, right, bottom, self.extent, self.torso_length, self.torso_scale = measured(rows)
        self.farthest = max(max(right, aspect - left) / aspect, bottom, 1.0 - top) - _MIDDLE
        if left >= 0.0 and top >= 0.0 and right <= aspect and bottom <= 1.0:
            self.share_in_frame = 1.0
        else:
            self.share_in_frame = sum(0.0 <= x <= aspect and 0.0 <= y <= 1.0 for x, y in rows) / len(rows)
