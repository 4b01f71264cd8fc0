"""The studio's camera: high on a wall, tilted down, as a box in a care home or gym hangs."""

import math
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from edge.capture.studio.rotation import Array

HORIZONTAL_FOV_DEG: Final = 72.0
"""Between the Raspberry Pi Camera Module 3 (66°) and common USB webcams (78°)."""

HEIGHT_M: Final = 2.2
TILT_DEG: Final = 17.0
"""Hung above a door: sees a standing person from 2.3 m and the floor from 2.0 m on, in a 4:3 picture."""

NEAR_M: Final = 0.15
"""Nothing nearer is drawn: projection degenerates there."""


@dataclass(frozen=True, slots=True, eq=False)
class Camera:
    """A pinhole camera at (0, 0, `HEIGHT_M`) that looks along the room's y axis, tilted down.

    Attributes:
        width: Picture width in pixels.
        height: Picture height in pixels.
    """

    width: int
    height: int
    focal_px: float = field(init=False)
    centre: Array = field(init=False)
    rotation: Array = field(init=False)

    def __post_init__(self) -> None:
        tilt = math.radians(TILT_DEG)
        sine, cosine = math.sin(tilt), math.cos(tilt)
        focal = self.width / 2 / math.tan(math.radians(HORIZONTAL_FOV_DEG) / 2)
        object.__setattr__(self, "focal_px", focal)
        object.__setattr__(self, "centre", np.array([0.0, 0.0, HEIGHT_M]))
        object.__setattr__(self, "rotation", np.array([[1, 0, 0], [0, -sine, -cosine], [0, cosine, -sine]]))

    def scaled(self, factor: int) -> "Camera":
        """The same view in a picture `factor` times as wide and high."""
        return Camera(width=self.width * factor, height=self.height * factor)

    def project(self, points: Array) -> tuple[Array, Array]:
        """Room points to picture points.

        Args:
            points: `(..., 3)` metres in the room.

        Returns:
            `(..., 2)` pixels, the origin at the picture's top left corner, and `(...)` depth in metres along the
            optical axis. Points nearer than `NEAR_M` are projected as if at that depth.
        """
        seen = (points - self.centre) @ self.rotation.T
        depth = seen[..., 2]
        scale = self.focal_px / np.maximum(depth, NEAR_M)
        pixels = seen[..., :2] * scale[..., None] + (self.width / 2, self.height / 2)
        return pixels, depth
