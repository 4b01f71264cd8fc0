"""Motion in the picture, cheaply: is it worth having the model look?

The picture is averaged to about 40 by 30 cells and compared with a background that follows it within a second. Changes
of the light are taken out first. What moves where looks find nobody (a television, a curtain) has to move more from
then on to count.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.flow import FloatArray, Image
from edge.pace.light import relight

Box: TypeAlias = tuple[float, float, float, float]
"""Left, top, right, bottom, normalised to the frame."""

_ROWS: Final = 30
"""Cells from top to bottom: 16 pixels at 640 by 480, a hand at 4 m."""

_MOST_COLUMNS: Final = 120
"""No picture is so wide that square cells would cost more than four times the usual."""

_SAMPLES: Final = 4
"""Each cell is the mean of 4 by 4 pixels: a quarter of the noise for a quarter of the reading."""

_LEAST_LEVELS: Final = 5.0
"""A change below this is none. Noise of 3 levels a pixel leaves 0.75 a cell; the edge of a breathing chest, 1 px on a
contrast of 60, makes 4."""

_NOISE_SIGMAS: Final = 6.0
"""Nor is one below this many standard deviations of the noise: once in 10^8 cells, and two side by side are needed."""

_NOISE_S: Final = 3.0
"""Time constant of the noise. A lamp that is switched leaves a bad fit for a moment; that must not hide who did it."""

_LEAST_CELLS: Final = 2
"""Neighbouring cells that must change: a reflection or a dead pixel changes one, a foot at 4 m two."""

_FOLLOW_S: Final = 1.0
"""Time constant of the background. Shorter, and slow walkers vanish in it; longer, and the place where somebody was
goes on counting as motion."""

_RAISE: Final = 2.0
"""What was found not to be worth a look has to change this much more to be worth another. With 1.5 a curtain keeps
active up to half as much longer."""

_RAISE_MOST_LEVELS: Final = 90.0
"""Highest bar: somebody in light clothes against a dark screen still passes it."""

_RAISE_NEAR_PEOPLE: Final = 2.0
"""Where people are the bar rises to at most this many times its least, enough for breathing and flickering screens:
the first movement of somebody still must be seen."""

_ALL_AT_ONCE: Final = 0.25
"""Share of the picture beyond which a change is the light's, or the camera's: it says nothing about what moves there,
and no bar rises. The studio's curtain fills up to 0.03, a large screen nearby may fill 0.15."""

_FORGIVE_S: Final = 2.0
"""Looks less than this apart belong together: who comes in is found only once most of the body is in the picture, and
what the looks before that have raised at the door comes down again."""

_LEAVING_S: Final = 3.0
"""So long after people were found, a look that finds nobody teaches nothing: most often they are on their way out, with
an arm or a leg still in the picture, and the next to come in will do so at the same place."""

RESTLESS: Final = 0.15
"""Torso lengths a second. People who move less are still; see `edge.pace.movement` for what still people measure."""

_FORGET_S: Final = 150.0
"""Time constant with which bars fall: what was learned is half gone after two minutes without it."""

_KEPT_BY: Final = 0.4
"""A bar does not fall while what it was raised for still reaches this share of it."""

_CLIPPED_LEVELS: Final = 240.0
"""A cell as bright as this has pixels that the sensor could not measure."""

_NS_PER_S: Final = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Motion:
    """What moves in one frame.

    Attributes:
        moving: Whether it is worth a look.
        share: Share of the picture that changed by more than its bar, 0..1.
        strength: The largest change against its bar; above 1 counts.
    """

    moving: bool
    share: float
    strength: float


STILL: Final = Motion(moving=False, share=0.0, strength=0.0)


class MotionGate:
    """Watches every captured frame for motion. Holds no picture, only averages of 16 by 16 pixels."""

    def __init__(self) -> None:
        self._shape = (0, 0)
        self._t_ns = 0
        self._background: FloatArray = np.zeros(0, np.float32)
        self._now: FloatArray = self._background
        self._change: FloatArray = self._background
        self._raised: FloatArray = self._background
        self._bars_before: FloatArray | None = None
        self._looked_ns = 0
        self._found_ns = -round(_LEAVING_S * _NS_PER_S)
        self._noise: float | None = None
        self._least = _LEAST_LEVELS

    def update(self, image: Image, t_ns: int) -> Motion:
        """Compare a frame with what came before.

        Args:
            image: `(h, w, 3)` uint8, RGB.
            t_ns: When it was taken.

        Returns:
            What moves; nothing in the first frame, or the first of another size.
        """
        now = _cells(image)
        if now.shape != self._shape:
            self._begin(now, t_ns)
            return STILL
        passed_s = max(0.0, (t_ns - self._t_ns) / _NS_PER_S)
        self._t_ns = t_ns
        self._now = now.ravel()
        lit, noise = relight(self._background, self._now)
        self._change = _unexcused(self._background, lit, self._now)
        if self._noise is None:
            self._noise = noise
        self._noise += (noise - self._noise) * (1.0 - math.exp(-passed_s / _NOISE_S))
        self._least = max(_LEAST_LEVELS, _NOISE_SIGMAS * self._noise)
        size = np.abs(self._change)
        falling = size < self._raised * np.float32(_KEPT_BY)
        if falling.any():
            self._raised = np.where(falling, self._raised * np.float32(math.exp(-passed_s / _FORGET_S)), self._raised)
        against_bar = size / np.maximum(self._raised, np.float32(self._least))
        self._background = lit + self._change * np.float32(1.0 - math.exp(-passed_s / _FOLLOW_S))
        over = against_bar > 1.0
        return Motion(
            moving=_touching(over.reshape(self._shape)),
            share=float(np.count_nonzero(over)) / over.size,
            strength=float(against_bar.max()),
        )

    def looked(self, people: Sequence[Box], speed: float = 0.0) -> None:
        """Learn from a look at the latest frame.

        What changed outside of all the people found, while they are still, was not worth it: its bar rises, and the
        background takes it in.

        Args:
            people: Around each pose that the look found, none if it found nobody.
            speed: How much the liveliest person moves, torso lengths a second.
        """
        self._forgive(found=bool(people))
        if people:
            self._found_ns = self._t_ns
        if speed >= RESTLESS or (not people and self._t_ns - self._found_ns < _LEAVING_S * _NS_PER_S):
            return
        over = np.abs(self._change) > np.maximum(self._raised, np.float32(self._least))
        if not over.any():
            return
        there = self._around(people)
        if np.count_nonzero(over) < _ALL_AT_ONCE * over.size:
            self._raise(over, there)
        taken_in = over & ~there
        self._background[taken_in] = self._now[taken_in]

    def _forgive(self, *, found: bool) -> None:
        """Lower the bars that looks shortly before raised, if somebody is found now."""
        if self._t_ns - self._looked_ns >= _FORGIVE_S * _NS_PER_S:
            self._bars_before = None
        self._looked_ns = self._t_ns
        if found and self._bars_before is not None:
            self._raised = np.minimum(self._raised, self._bars_before)
            self._bars_before = None

    def _raise(self, over: NDArray[np.bool_], there: NDArray[np.bool_]) -> None:
        """Raise the bars of cells that are `over`, less in those where people are `there`."""
        if self._bars_before is None and not there.any():
            self._bars_before = self._raised
        change = np.where(over, np.abs(self._change), np.float32(0)).reshape(self._shape)
        # It will move into the cells around as well. With one cell around, a curtain holds active for longer.
        spread = cv2.dilate(change, np.ones((5, 5), np.uint8)).ravel()
        bar = np.minimum(spread * np.float32(_RAISE), np.float32(_RAISE_MOST_LEVELS))
        near = np.minimum(bar, np.float32(_RAISE_NEAR_PEOPLE * _LEAST_LEVELS))
        self._raised = np.maximum(self._raised, np.where(there, near, bar))

    def _begin(self, cells: FloatArray, t_ns: int) -> None:
        self._shape = (cells.shape[0], cells.shape[1])
        self._t_ns = t_ns
        self._background = cells.ravel()
        self._now = self._background
        self._change = np.zeros_like(self._background)
        self._raised = np.zeros_like(self._background)
        self._bars_before = None
        self._noise = None
        self._least = _LEAST_LEVELS

    def _around(self, people: Sequence[Box]) -> NDArray[np.bool_]:
        """Which cells are at people."""
        rows, columns = self._shape
        there = np.zeros(self._shape, np.bool_)
        for left, top, right, bottom in people:
            across = slice(max(0, math.floor(left * columns)), max(0, math.ceil(right * columns)))
            down = slice(max(0, math.floor(top * rows)), max(0, math.ceil(bottom * rows)))
            there[down, across] = True
        return there.ravel()


def _cells(image: Image) -> FloatArray:
    """Mean grey levels of the picture's cells, `(rows, columns)` float32."""
    height, width = image.shape[:2]
    columns = min(_MOST_COLUMNS, max(1, round(_ROWS * width / height)))
    grey = cv2.cvtColor(_sampled(image, _ROWS * _SAMPLES, columns * _SAMPLES), cv2.COLOR_RGB2GRAY)
    return cv2.resize(grey, (columns, _ROWS), interpolation=cv2.INTER_AREA).astype(np.float32)


def _sampled(image: Image, rows: int, columns: int) -> Image:
    """`(rows, columns, 3)` or, with a byte that means nothing, `(rows, columns, 4)` of the picture's pixels.

    Sampled, not averaged: reading all pixels takes seven times as long, and noise of 3 levels is far below the bar.
    """
    height, width = image.shape[:2]
    if (height, width) == (4 * rows, 4 * columns) and image.flags.c_contiguous:
        # 640 by 480: the same pixels, picked as the first four of each twelve bytes, in a third of the time.
        words = image.reshape(-1).view(np.uint32).reshape(height, columns, 3)[::4, :, 0]
        return np.ascontiguousarray(words).view(np.uint8).reshape(rows, columns, 4)
    sampled: Image = cv2.resize(image, (columns, rows), interpolation=cv2.INTER_NEAREST)  # type: ignore[assignment]
    return sampled


def _unexcused(before: FloatArray, lit: FloatArray, now: FloatArray) -> FloatArray:
    """What changed, in grey levels, apart from what overexposed cells could not show before, or cannot show now."""
    change = now - lit
    if max(before.max(), now.max()) < _CLIPPED_LEVELS:
        return change
    clipped_before = (before >= _CLIPPED_LEVELS) & (change > 0)
    clipped_now = (now >= _CLIPPED_LEVELS) & (change < 0)
    change[clipped_before | clipped_now] = 0
    return change


def _touching(over: NDArray[np.bool_]) -> bool:
    """Whether `_LEAST_CELLS` cells side by side or one above the other are over their bars."""
    if np.count_nonzero(over) < _LEAST_CELLS:
        return False
    return bool((over[:, 1:] & over[:, :-1]).any() or (over[1:] & over[:-1]).any())
