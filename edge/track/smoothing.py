"""Smoothing for landmarks that MediaPipe leaves raw, as it does when it follows more than one person.

The One Euro filter (Casiez, Roussel and Vogel, "1€ Filter: A Simple Speed-based Low-pass Filter for Noisy Input in
Interactive Systems", CHI 2012): a low-pass filter whose cutoff rises with speed, so that a body at rest is calm and a
fast one is not late.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from edge.track.geometry import NS_PER_S

_MIN_CUTOFF_HZ: Final = 1.5
"""At rest. With what jitter counts as speed, halves jitter of 2 % of the torso at 30 sightings a second, and takes a
third off at 10."""

_CUTOFF_PER_SPEED: Final = 3.0
"""Hz per torso length a second. From 1 to 7 of them a body is then late by 0.02 to 0.05 torso lengths."""

_SPEED_CUTOFF_HZ: Final = 2.0
"""Of the low-pass filter on the speed itself, so that jitter does not count as speed."""


class OneEuro:
    """Filters the points of one skeleton, all at once."""

    def __init__(self, first: NDArray[np.float64], *, t_ns: int) -> None:
        self._value = first
        self._speed = np.zeros_like(first)
        self._t_ns = t_ns

    def __call__(self, raw: NDArray[np.float64], *, scale: float, t_ns: int) -> NDArray[np.float64]:
        """The filtered points.

        Args:
            raw: Of the shape of the first; the unit is free.
            scale: Torso length in that unit.
            t_ns: Later than at the last call.
        """
        step_s = (t_ns - self._t_ns) / NS_PER_S
        self._speed = self._speed + _share(_SPEED_CUTOFF_HZ, step_s) * ((raw - self._value) / step_s - self._speed)
        speed = np.sqrt((self._speed * self._speed).sum(axis=-1, keepdims=True)) / scale
        self._value = self._value + _share(_MIN_CUTOFF_HZ + _CUTOFF_PER_SPEED * speed, step_s) * (raw - self._value)
        self._t_ns = t_ns
        return self._value


def _share(cutoff_hz: float | NDArray[np.float64], step_s: float) -> NDArray[np.float64]:
    """How much of a new value an exponential low-pass filter takes in."""
    turn = 2.0 * np.pi * np.asarray(cutoff_hz) * step_s
    return turn / (turn + 1.0)
