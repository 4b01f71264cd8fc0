"""A ceiling lamp that is switched, and the camera's exposure that follows it a little later."""

import math
from bisect import bisect_right
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from edge.flow import Image

_GLIDE_S: Final = 0.12
"""How long a lamp takes from dark to bright."""

_EXPOSURE_S: Final = 0.5
"""Time constant of automatic exposure: cameras take one to two seconds to settle."""

_DUSK: Final = (0.24, 0.26, 0.30)
"""Red, green, blue left in the middle of the room without the lamp: what comes through the window is bluish."""

_DUSK_SLOPE: Final = 0.5
"""By this share it is brighter at the window's side of the picture, and darker at the other: no single factor turns the
lit picture into the dark one."""

_DARK_GAIN: Final = 2.0
"""How much the camera brightens the dark picture, and its noise with it."""

_FULL: Final = 255


@dataclass(frozen=True, slots=True)
class Lamp:
    """The room's light over a scene: on at first, then switched.

    Attributes:
        switched_s: When it is switched, off first, in the order of time and some seconds apart.
    """

    switched_s: tuple[float, ...]

    def level(self, t_s: float) -> float:
        """How bright the lamp is, 0..1."""
        since_s, lit = self._last_switch(t_s)
        way = min(1.0, since_s / _GLIDE_S)
        return way if lit else 1.0 - way

    def gain(self, t_s: float) -> float:
        """By how much the camera brightens the picture, 1 and more."""
        since_s, lit = self._last_switch(t_s)
        before, after = (_DARK_GAIN, 1.0) if lit else (1.0, _DARK_GAIN)
        return after + (before - after) * math.exp(-since_s / _EXPOSURE_S)

    def _last_switch(self, t_s: float) -> tuple[float, bool]:
        """Seconds since the switch was last touched, and whether the lamp is on since."""
        index = bisect_right(self.switched_s, t_s)
        return (t_s - self.switched_s[index - 1] if index else math.inf), index % 2 == 0


class Lighting:
    """Applies a lamp to pictures of one size.

    Args:
        lamp: The lamp.
        width: Picture width in pixels.
        height: Picture height in pixels.
    """

    def __init__(self, lamp: Lamp, *, width: int, height: int) -> None:
        self._lamp = lamp
        slope = np.linspace(1 + _DUSK_SLOPE, 1 - _DUSK_SLOPE, width)[None, :, None] * np.array(_DUSK)
        self._dusk = np.broadcast_to(slope * _FULL, (height, width, 3)).astype(np.uint8)
        self._lit = np.full_like(self._dusk, _FULL)

    def light(self, image: Image, t_s: float) -> None:
        """Darken the scene in `image`, in place, by as much as the lamp is off."""
        level = self._lamp.level(t_s)
        if level < 1:
            light = cv2.addWeighted(self._lit, level, self._dusk, 1 - level, 0)
            cv2.multiply(image, light, dst=image, scale=1 / _FULL)

    def amplify(self, image: Image, t_s: float) -> None:
        """Brighten the exposed `image`, in place, noise and all, as the camera does."""
        gain = self._lamp.gain(t_s)
        if gain > 1 + 1 / _FULL:
            cv2.convertScaleAbs(image, dst=image, alpha=gain)
