"""A picture in a few numbers, once a second: enough to say whether the camera still sees the room."""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.flow import Image

GLANCE_S: Final = 1.0
"""Time between two glances: what they tell of happens over seconds."""

_ROWS: Final = 60
_SAMPLES: Final = 4
"""A glance sees 60 rows of cells of 4 by 4 sampled pixels: noise of 3 levels a pixel leaves 0.75 a cell."""

_MOST_COLUMNS: Final = 240

_BLOCK: Final = 10
"""Cells a side of the blocks in which now is compared with before."""

_STRUCTURE_LEVELS: Final = 3.0
"""Standard deviation within a block from which it shows something that can be known again."""

_FEWEST_BLOCKS: Final = 6
"""With fewer that show something nobody can tell whether the camera has moved."""

_SAME: Final = 0.5
"""Correlation from which a block shows what it showed before, in whatever light."""

_LEARN: Final = 0.04
"""Share by which each good glance changes what is remembered: half of it in 17 seconds."""

_NS_PER_S: Final = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Glance:
    """One picture in numbers.

    Attributes:
        t_ns: When it was taken.
        brightness: Mean grey level of what is not masked, 0..255.
        texture: Mean difference of neighbouring cells, grey levels.
        repeated: Whether the picture is the last one to the bit.
        likeness: Share of the parts that show something which show the same as before; None if there are too few.
    """

    t_ns: int
    brightness: float
    texture: float
    repeated: bool
    likeness: float | None


class Eye:
    """Glances at pictures. Remembers averages of 8 by 8 pixels, no picture."""

    def __init__(self) -> None:
        self._due_ns = 0
        self._last: NDArray[np.float32] | None = None
        self._known: NDArray[np.float32] | None = None

    def glance(self, image: Image, t_ns: int) -> Glance | None:
        """Look, if it is time to.

        Args:
            image: `(h, w, 3)` uint8, RGB.
            t_ns: When it was taken.
        """
        if t_ns < self._due_ns:
            return None
        self._due_ns = t_ns + round(GLANCE_S * _NS_PER_S)
        cells = _cells(image)
        repeated = self._last is not None and np.array_equal(self._last, cells)
        self._last = cells
        return Glance(
            t_ns=t_ns,
            brightness=_brightness(cells),
            texture=_texture(cells),
            repeated=repeated,
            likeness=self._likeness(cells),
        )

    def learn(self, *, anew: bool) -> None:
        """Remember what the last glance showed.

        Args:
            anew: Whether to forget what was known before.
        """
        if self._last is None:
            return
        if anew or self._known is None or self._known.shape != self._last.shape:
            self._known = self._last
        else:
            self._known = self._known + (self._last - self._known) * np.float32(_LEARN)

    def _likeness(self, cells: NDArray[np.float32]) -> float | None:
        if self._known is None or self._known.shape != cells.shape:
            return None
        before, now = _blocks(self._known), _blocks(cells)
        strength = np.einsum("ij,ij->i", before, before)
        shows = strength > _STRUCTURE_LEVELS**2 * _BLOCK**2
        if np.count_nonzero(shows) < _FEWEST_BLOCKS:
            return None
        both = np.einsum("ij,ij->i", before, now)
        alike = both > _SAME * np.sqrt(strength * np.einsum("ij,ij->i", now, now))
        return float(alike[shows].mean())


def _cells(image: Image) -> NDArray[np.float32]:
    """Mean grey levels of the picture's cells, `(rows, columns)`, both multiples of a block's side."""
    height, width = image.shape[:2]
    columns = min(_MOST_COLUMNS, max(1, round(_ROWS * width / height / _BLOCK)) * _BLOCK)
    sampled = cv2.resize(image, (columns * _SAMPLES, _ROWS * _SAMPLES), interpolation=cv2.INTER_NEAREST)
    grey = cv2.cvtColor(sampled, cv2.COLOR_RGB2GRAY).astype(np.float32)
    return np.asarray(cv2.resize(grey, (columns, _ROWS), interpolation=cv2.INTER_AREA), np.float32)


def _lit(cells: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Which cells see anything: a privacy mask is black to the last pixel, which no sensor is."""
    return cells > 0


def _brightness(cells: NDArray[np.float32]) -> float:
    lit = cells[_lit(cells)]
    return float(lit.mean()) if lit.size else 0.0


def _texture(cells: NDArray[np.float32]) -> float:
    lit = _lit(cells)
    down, across = np.abs(np.diff(cells, axis=0)), np.abs(np.diff(cells, axis=1))
    steps = np.concatenate((down[lit[1:] & lit[:-1]], across[lit[:, 1:] & lit[:, :-1]]))
    return float(steps.mean()) if steps.size else 0.0


def _blocks(cells: NDArray[np.float32]) -> NDArray[np.float32]:
    """Cells by block, `(blocks, cells)`, each block's mean taken away."""
    rows, columns = (size // _BLOCK for size in cells.shape)
    blocks = cells.reshape(rows, _BLOCK, columns, _BLOCK).swapaxes(1, 2).reshape(rows * columns, _BLOCK**2)
    return np.asarray(blocks - blocks.mean(axis=1, keepdims=True))
