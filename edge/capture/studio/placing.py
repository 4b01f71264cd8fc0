"""The same scene elsewhere in the room, and turned: what a figure does, and the furniture it uses, move as one."""

import math
from dataclasses import dataclass, replace
from typing import TypeVar

from edge.capture.studio.furniture import Chair, Furniture, Parcel
from edge.capture.studio.rotation import turned_about_vertical
from edge.capture.studio.script import Keyframe, Script

_Piece = TypeVar("_Piece", bound=Furniture)


@dataclass(frozen=True, slots=True)
class Placing:
    """A turn about the vertical, then a move.

    Attributes:
        degrees: How far to turn, counter-clockwise seen from above, as headings count.
        about: The point to turn about, x and y in room metres.
        to: Where that point goes.
    """

    degrees: float
    about: tuple[float, float]
    to: tuple[float, float]

    def point(self, x: float, y: float) -> tuple[float, float]:
        """Where a point of the floor goes."""
        sine, cosine = math.sin(math.radians(self.degrees)), math.cos(math.radians(self.degrees))
        across, away = x - self.about[0], y - self.about[1]
        return self.to[0] + cosine * across - sine * away, self.to[1] + sine * across + cosine * away

    def script(self, script: Script) -> Script:
        """A figure that does the same there."""
        return replace(script, keyframes=tuple(self._keyframe(frame) for frame in script.keyframes))

    def furniture(self, piece: _Piece) -> _Piece:
        """The same piece there."""
        x, y = self.point(piece.x, piece.y)
        if isinstance(piece, Parcel):
            return replace(piece, x=x, y=y)
        if isinstance(piece, Chair):
            return replace(piece, x=x, y=y, heading=piece.heading + self.degrees)
        return replace(piece, x=x, y=y, turn=piece.turn + self.degrees)

    def _keyframe(self, frame: Keyframe) -> Keyframe:
        x, y = self.point(frame.stance.x, frame.stance.y)
        return replace(
            frame, stance=frame.stance.changed({"x": x, "y": y}), turn=turned_about_vertical(frame.turn, self.degrees)
        )
