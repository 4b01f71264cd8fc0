"""What a camera's sensor adds to a scene: softness and noise."""

from typing import Final

import cv2
import numpy as np

from edge.flow import Image

_NOISE_LEVELS: Final = 3.0
"""Standard deviation in grey levels: a small sensor in an evening-lit room."""

_BANK_MARGIN: Final = 64
"""The noise bank is this much larger than the picture each way: 4096 different cut-outs."""

_SOFTNESS: Final = 0.6
"""Sigma in pixels of the blur that lens and demosaicing leave."""

_BANK_SEED: Final = 1

# SplitMix64 (Steele, Lea, Flood 2014): neighbouring frame numbers give unrelated values, without state.
_SPLITMIX_STEP: Final = 0x9E3779B97F4A7C15
_SPLITMIX_FIRST: Final = 0xBF58476D1CE4E5B9
_SPLITMIX_SECOND: Final = 0x94D049BB133111EB
_WORD: Final = (1 << 64) - 1


class Sensor:
    """Turns a clean picture into a camera's. Holds a bank of noise, so that a frame costs no random numbers.

    Args:
        width: Picture width in pixels.
        height: Picture height in pixels.
        seed: Different seeds give different noise.
    """

    def __init__(self, *, width: int, height: int, seed: int) -> None:
        self._width, self._height, self._seed = width, height, seed
        shape = (height + _BANK_MARGIN, width + _BANK_MARGIN, 3)
        random = np.random.default_rng(_BANK_SEED)
        noise = np.round(random.standard_normal(shape, dtype=np.float32) * _NOISE_LEVELS)
        # Two unsigned halves: saturating bytes are several times faster to add than 16-bit numbers.
        self._brighter = np.maximum(noise, 0).astype(np.uint8)
        self._darker = np.maximum(-noise, 0).astype(np.uint8)

    def soften(self, image: Image) -> Image:
        """The picture as a lens draws it."""
        return np.asarray(cv2.GaussianBlur(image, (3, 3), _SOFTNESS), dtype=np.uint8)

    def expose(self, image: Image, index: int) -> None:
        """Add the noise of frame `index` to `image`, in place."""
        place = _mix(_mix(self._seed) ^ index)
        top, left = place % _BANK_MARGIN, place // _BANK_MARGIN % _BANK_MARGIN
        rows, columns = slice(top, top + self._height), slice(left, left + self._width)
        cv2.add(image, self._brighter[rows, columns], dst=image)
        cv2.subtract(image, self._darker[rows, columns], dst=image)


def _mix(number: int) -> int:
    """SplitMix64's output for a state of `number`."""
    z = (number + _SPLITMIX_STEP) & _WORD
    z = ((z ^ (z >> 30)) * _SPLITMIX_FIRST) & _WORD
    z = ((z ^ (z >> 27)) * _SPLITMIX_SECOND) & _WORD
    return z ^ (z >> 31)
