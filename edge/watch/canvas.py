"""People as lines of braille: every character holds two by four dots, which a terminal shows about square."""

from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray
from rich.text import Text

from edge.publish.wire import LandmarkMessage, WirePerson
from edge.skeleton import LEFT, RIGHT, TORSO

Point: TypeAlias = tuple[float, float]

_FIRST: Final = 0x2800
_DOTS: Final = np.array([[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]], dtype=np.uint8)
"""Bits of a braille character by row and column of the dot (Unicode 15, block 2800)."""

_ACROSS, _DOWN = 2, 4

_NOSE, _LEFT_EAR, _RIGHT_EAR = 0, 7, 8
_LEFT_SHOULDER, _RIGHT_SHOULDER = 11, 12

_VISIBLE: Final = 0.25
"""Below it the model is guessing. The wire has steps of 1/15."""

_MOST_PEOPLE: Final = 16
"""More in one view are not told apart on a screen."""

_STYLES: Final = ("white", "cyan", "yellow")
"""Of trunk and head, the left side, the right side."""

_FRAME_STYLE: Final = "dim"


class Canvas:
    """A sheet of dots.

    Args:
        columns: Width in characters.
        rows: Height in characters.
    """

    def __init__(self, columns: int, rows: int) -> None:
        self._cells: NDArray[np.uint8] = np.zeros((max(1, rows), max(1, columns)), np.uint8)
        self._styles: dict[tuple[int, int], str] = {}

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in dots."""
        rows, columns = self._cells.shape
        return columns * _ACROSS, rows * _DOWN

    def line(self, start: Point, end: Point, style: str) -> None:
        """Draw from one place in dots to another; what lies outside the sheet is left out."""
        places = np.array((start, end), dtype=np.float64)
        if not np.isfinite(places).all():
            return
        longest = max(self.size)
        steps = int(min(np.abs(places[1] - places[0]).max(), 4 * longest)) + 2
        self._dots(np.linspace(places[0], places[1], steps), style)

    def circle(self, centre: Point, radius: float, style: str) -> None:
        """Draw a circle, in dots."""
        if not np.isfinite((*centre, radius)).all():
            return
        angles = np.linspace(0, 2 * np.pi, int(min(8 * radius, 4 * max(self.size))) + 8)
        self._dots(np.column_stack((np.cos(angles), np.sin(angles))) * radius + centre, style)

    def _dots(self, places: NDArray[np.float64], style: str) -> None:
        inside = places[((places >= 0) & (places < self.size)).all(axis=1)].astype(np.intp)
        for x, y in inside:
            cell = (int(y) // _DOWN, int(x) // _ACROSS)
            self._cells[cell] |= _DOTS[y % _DOWN, x % _ACROSS]
            self._styles[cell] = style

    def text(self) -> Text:
        """The sheet as lines."""
        sheet = Text(no_wrap=True)
        for row, cells in enumerate(self._cells):
            if row:
                sheet.append("\n")
            for column, cell in enumerate(cells):
                sheet.append(chr(_FIRST + int(cell)) if cell else " ", self._styles.get((row, column)))
        return sheet


def draw(message: LandmarkMessage | None, columns: int, rows: int) -> Text:
    """Everyone in a message, in the largest upright picture of the frame's shape that fits."""
    canvas = Canvas(columns, rows)
    if message is None or not (message.width and message.height):
        return canvas.text()
    across, down = canvas.size
    scale = min((across - 1) / message.width, (down - 1) / message.height)
    width, height = message.width * scale, message.height * scale
    left, top = (across - 1 - width) / 2, (down - 1 - height) / 2
    corners = [(left, top), (left + width, top), (left + width, top + height), (left, top + height)]
    for start, end in zip(corners, corners[1:] + corners[:1], strict=True):
        canvas.line(start, end, _FRAME_STYLE)
    for person in message.people[:_MOST_PEOPLE]:
        places = person.landmarks[:, :2].astype(np.float64)
        _draw_person(canvas, person, places * (width, height) + (left, top))
    return canvas.text()


def _draw_person(canvas: Canvas, person: WirePerson, dots: NDArray[np.float64]) -> None:
    trunk, left, right = (f"dim {style}" if person.predicted else style for style in _STYLES)
    seen = (person.landmarks[:, 3] >= _VISIBLE) & np.isfinite(dots).all(axis=1)
    for bones, style in ((LEFT, left), (RIGHT, right), (TORSO, trunk)):
        for start, end in bones:
            if seen[start] and seen[end]:
                canvas.line(tuple(dots[start]), tuple(dots[end]), style)
    if seen[[_NOSE, _LEFT_EAR, _RIGHT_EAR, _LEFT_SHOULDER, _RIGHT_SHOULDER]].all():
        shoulders = float(np.hypot(*(dots[_LEFT_SHOULDER] - dots[_RIGHT_SHOULDER])))
        ears = float(np.hypot(*(dots[_LEFT_EAR] - dots[_RIGHT_EAR])))
        # Seen from the side the ears are one; a head is about a third as wide as the shoulders.
        canvas.circle(tuple((dots[_LEFT_EAR] + dots[_RIGHT_EAR]) / 2), max(ears / 2, shoulders / 6, 1.5), trunk)
