"""How far a body has moved in the picture since the model saw it: sparse optical flow between two frames.

Lucas and Kanade's method as OpenCV has it (Bouguet, "Pyramidal implementation of the Lucas Kanade feature tracker",
2000), on small grey pictures. Points on the limbs are followed as well as the landmarks. What their ways mean for the
body is for `follower.py` to say. docs/tracking.md has what this gains, and what it costs.
"""

import math
from dataclasses import dataclass
from typing import Final, NamedTuple, Self, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.flow import Image
from edge.track.geometry import Points

_ROWS: Final = 80
"""Height of the pictures compared. Between 80 and 240 errors differ by 5 % on walking and squats, by less than 1 % on
falls, and time by a factor of three; with 60 they are 10 % larger."""

_WINDOW: Final = 9
"""Side of the squares compared, in pixels of the small picture: a limb at 2 m. 7 is no better and no faster."""

_LEVELS: Final = 1
"""Halvings of the small picture: squares are found again some 10 pixels away, an eighth of the picture's height, which
is faster than anybody falls. With two errors are the same."""

_STEPS: Final = (cv2.TERM_CRITERIA_COUNT | cv2.TERM_CRITERIA_EPS, 10, 0.03)

_GOOD_LEVELS: Final = 6.0
"""Mean difference in grey levels at which a square found again counts half. Noise leaves 1 to 3; a limb that has come
between leaves 10 to 40."""

FOLLOWED: Final = (0, 7, 8, 11, 12, 13, 14, 15, 16, 23, 24, 25, 26, 27, 28)
"""Landmarks whose points are followed. Each costs as much as it takes to compare one square, and the rest of a face, of
a hand or of a foot moves as one with them: errors are within 2 % the same as with all 33."""

_ON_LIMBS: Final = (
    (13, 11, 13, 0.5),
    (14, 12, 14, 0.5),
    (15, 13, 15, 0.7),
    (16, 14, 16, 0.7),
    (25, 23, 25, 0.6),
    (26, 24, 26, 0.6),
    (27, 25, 27, 0.75),
    (28, 26, 28, 0.75),
    (11, 11, 23, 0.25),
    (12, 12, 24, 0.25),
    (23, 11, 23, 0.8),
    (24, 12, 24, 0.8),
)
"""Further points: the landmark whose part each belongs to, the two landmarks it lies between, and how far along.
Landmarks lie at the edges of limbs and at their ends, where half of what is around them is background."""

_PIXEL_CENTRE: Final = 0.5
"""A picture's edge is at 0 and the middle of its first pixel at half a pixel; OpenCV counts from that middle."""

_MARGIN: Final = 0.15
"""How far around the bodies the picture is read, in frame heights: a fall takes 0.13 in a tenth of a second. Reading it
takes much of the time, and around one person it is about a third of the picture."""

_LEAST_CELLS: Final = 40
"""Least side of what is read, in pixels of the small picture: the pyramid needs some."""

Grey: TypeAlias = NDArray[np.uint8]
"""`(h, w)`."""


PART_OF: Final = (*FOLLOWED, *(landmark for landmark, *_ in _ON_LIMBS))
"""Of the 27 points: the landmark whose part each belongs to."""


def _points_on_body() -> NDArray[np.float64]:
    """`(27, 33)` from landmarks to points."""
    landmarks = np.eye(33)
    on_limbs = [(1.0 - along) * landmarks[start] + along * landmarks[end] for _, start, end, along in _ON_LIMBS]
    return np.vstack([landmarks[list(FOLLOWED)], *on_limbs])


_LIE: Final = _points_on_body()


class Moved(NamedTuple):
    """What became of points on people in the picture.

    Attributes:
        by: `(n, 27, 2)`, how far they have moved, in frame heights.
        good: `(n, 27)`, 0..1, how alike the squares around them are.
        differs: `(n, 27)`, mean difference between these squares in grey levels.
        changed: `(n, 27)`, mean difference between the pictures where the points were, in grey levels.
    """

    by: Points
    good: NDArray[np.float64]
    differs: NDArray[np.float32]
    changed: NDArray[np.uint8]

    @classmethod
    def nobody_knows(cls, people: int) -> Self:
        """Nothing was found again."""
        shape = people, len(PART_OF)
        return cls(
            np.zeros((*shape, 2)), np.zeros(shape), np.zeros(shape, dtype=np.float32), np.zeros(shape, dtype=np.uint8)
        )


class PictureMotion:
    """Compares frames with the one that the model saw last. Holds that one picture, and nothing else.

    Keeps OpenCV from starting threads in this process: for so few points, waking them takes as long as the work.
    """

    def __init__(self) -> None:
        cv2.setNumThreads(1)
        self._seen: Image | None = None
        self._before: _Before | None = None

    def look(self, image: Image) -> None:
        """Remember a frame that the model is given. Costs nothing until another is compared with it.

        Args:
            image: `(h, w, 3)` uint8, RGB; must not be written to later.
        """
        self._seen, self._before = image, None

    def since_look(self, image: Image, xy: Points) -> Moved:
        """How far the bodies have moved since the frame of the last look.

        Args:
            image: A later frame.
            xy: `(n, 33, 2)`, where they were in the frame of the last look, in frame heights; the same for all frames
                until the next look.

        Returns:
            What became of points on them; nothing is good if there was no look, or at a frame of another shape.
        """
        if self._seen is None or self._seen.shape != image.shape:
            return Moved.nobody_knows(len(xy))
        if self._before is None:
            self._before = _Before.of(self._seen, xy)
        return self._before.found_in(image)


@dataclass(frozen=True, slots=True)
class _Part:
    """The part of a picture with the bodies in it, made small: every so many pixels, one."""

    left: int
    top: int
    columns: int
    rows: int
    step: int

    @classmethod
    def around(cls, xy: Points, *, width: int, height: int) -> Self:
        step = max(1, round(height / _ROWS))
        cells = (width // step, height // step)
        start, end = [0, 0], [0, 0]
        lows, highs = xy.min(axis=(0, 1)).tolist(), xy.max(axis=(0, 1)).tolist()
        for axis, (most, low, high) in enumerate(zip(cells, lows, highs, strict=True)):
            first = math.floor((low - _MARGIN) * height / step)
            last = math.ceil((high + _MARGIN) * height / step)
            start[axis] = min(max(first, 0), max(0, most - _LEAST_CELLS))
            end[axis] = min(max(last, min(start[axis] + _LEAST_CELLS, most)), most)
        return cls(start[0] * step, start[1] * step, end[0] - start[0], end[1] - start[1], step)

    def of(self, image: Image) -> Grey:
        right, bottom = self.left + self.columns * self.step, self.top + self.rows * self.step
        # Sampled, not averaged: it takes most of the time to read the picture, and errors are within 1 % the same.
        sampled = cv2.resize(
            image[self.top : bottom, self.left : right], (self.columns, self.rows), interpolation=cv2.INTER_NEAREST
        )
        return cv2.cvtColor(sampled, cv2.COLOR_RGB2GRAY)  # type: ignore[return-value]

    def place(self, points: Points, *, height: int) -> Points:
        """Where points of the whole picture, in frame heights, are in this part, in its pixels."""
        origin = np.array((self.left + _PIXEL_CENTRE, self.top + _PIXEL_CENTRE)) / self.step
        return np.asarray(points * (height / self.step) - origin)


@dataclass(frozen=True, slots=True, eq=False)
class _Before:
    """What later frames are compared with.

    Attributes:
        part: Of the picture.
        grey: That part in the frame of the look.
        points: `(n, 27, 2)`, the points followed, in pixels of the part.
        corners: `(27 n, 1, 2)`, the same as OpenCV wants them.
        cells: Rows and columns of the pixels they are in, or of the nearest.
    """

    part: _Part
    grey: Grey
    points: Points
    corners: NDArray[np.float32]
    cells: tuple[NDArray[np.intp], NDArray[np.intp]]

    @classmethod
    def of(cls, image: Image, xy: Points) -> Self:
        part = _Part.around(xy, width=image.shape[1], height=image.shape[0])
        points = part.place(_LIE @ xy, height=image.shape[0])
        corners = points.astype(np.float32).reshape(-1, 1, 2)
        columns, rows = np.rint(corners[:, 0]).astype(np.intp).T
        cells = np.clip(rows, 0, part.rows - 1), np.clip(columns, 0, part.columns - 1)
        return cls(part, part.of(image), points, corners, cells)

    def found_in(self, image: Image) -> Moved:
        """What became of the points in a later frame."""
        grey = self.part.of(image)
        found, status, difference = cv2.calcOpticalFlowPyrLK(
            self.grey,
            grey,
            self.corners,
            None,
            winSize=(_WINDOW, _WINDOW),
            maxLevel=_LEVELS,
            criteria=_STEPS,  # type: ignore[call-overload]
        )
        people = len(self.points)
        differs = status * difference
        good = status / (1.0 + differs * differs * (1.0 / _GOOD_LEVELS**2))
        changed = cv2.blur(cv2.absdiff(self.grey, grey), (_WINDOW, _WINDOW))[self.cells]
        by = (found.reshape(people, -1, 2) - self.points) * (self.part.step / image.shape[0])
        return Moved(by, *(one.reshape(people, -1) for one in (good, differs, changed)))  # type: ignore[arg-type]
