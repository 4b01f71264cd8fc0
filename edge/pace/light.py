"""Tells a change of the light from a change of the scene."""

from typing import Final

import numpy as np

from edge.flow import FloatArray

_EVERY: Final = 3
"""The fit asks every third cell, which takes half the time; in 40 columns those lie on diagonals, so that no column and
no row is left out. Two numbers are fitted, and 400 cells tell them."""

_ROUNDS: Final = 2
"""Each round leaves out what the one before did not explain."""

_OUTLIER_SIGMAS: Final = 2.5
_FINEST_LEVELS: Final = 1.0
"""A fit better than this is not asked for: cells are rounded to whole grey levels."""

_GAINS: Final = (0.2, 5.0)
"""Beyond this a camera has no detail left in the dark or in the bright, and the fit means nothing."""

_ALIKE_LEVELS: Final = 4.0
"""Pictures that differ nowhere by more are taken to be in one light; the gate asks for 5 to call it a change."""

_MAD_TO_SIGMA: Final = 1.4826


def relight(before: FloatArray, now: FloatArray) -> tuple[FloatArray, float]:
    """The scene of `before` in the light and exposure of `now`.

    Lamps, clouds and automatic exposure scale and shift all grey levels alike; people change some of them. So one gain
    and one offset are fitted to what most of the picture agrees on.

    Args:
        before: `(n,)` float32 grey levels, 0..255.
        now: `(n,)` float32 grey levels of the same places.

    Returns:
        `(n,)` float32, `before` in the new light; and the spread of what is left, as a standard deviation in grey
        levels, which is the noise where nothing moves.
    """
    left = now - before
    if max(float(left.max()), -float(left.min())) < _ALIKE_LEVELS:
        # Most frames of a quiet room: nothing to fit, and a quarter of the cost.
        return before, _MAD_TO_SIGMA * float(_median(np.abs(left)))
    asked, answer = before[::_EVERY], now[::_EVERY]
    middle_asked, middle_answer = float(_median(asked)), float(_median(answer))
    gain = min(_GAINS[1], max(_GAINS[0], (middle_answer + 1.0) / (middle_asked + 1.0)))
    lit = asked * np.float32(gain)
    offset = 0.0
    for _ in range(_ROUNDS):
        left = answer - lit
        off = np.abs(left - _median(left))
        sigma = max(_FINEST_LEVELS, _MAD_TO_SIGMA * float(_median(off)))
        agreed = off <= _OUTLIER_SIGMAS * sigma
        gain, offset = _fitted(asked[agreed], answer[agreed])
        lit = _in_light(asked, gain, offset)
    spread = _MAD_TO_SIGMA * float(_median(np.abs(answer - lit)))
    return _in_light(before, gain, offset), spread


def _fitted(x: FloatArray, y: FloatArray) -> tuple[float, float]:
    """Gain and offset from `x` to `y`, by least squares."""
    # Sums: a mean takes four times as long, and this is done for most frames in which somebody walks.
    x_mean, y_mean = float(x.sum()) / len(x), float(y.sum()) / len(y)
    x_off = x - x_mean
    variance = float(x_off @ x_off)
    # A picture of one grey level fits any gain: only the offset can be told.
    gain = float(x_off @ (y - y_mean)) / variance if variance > len(x) else 1.0
    gain = min(_GAINS[1], max(_GAINS[0], gain))
    return gain, y_mean - gain * x_mean


def _in_light(before: FloatArray, gain: float, offset: float) -> FloatArray:
    return before * np.float32(gain) + np.float32(offset)


def _median(values: FloatArray) -> np.float32:
    """The upper median; several times faster than numpy's own."""
    middle = len(values) // 2
    picked: np.float32 = np.partition(values, middle)[middle]
    return picked
