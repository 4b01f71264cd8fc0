"""Furniture of the room: boxes that figures sit and lie on."""

from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np

from edge.capture.studio.look import Colour
from edge.capture.studio.rotation import Array, about_vertical

_CHAIR_WOOD: Final = (140, 105, 70)
_BED_WOOD: Final = (140, 110, 80)
_MATTRESS: Final = (210, 205, 205)
_PILLOW: Final = (225, 225, 225)
_BLANKET: Final = (95, 120, 150)
_PARCEL: Final = (190, 70, 60)

MATTRESS_TOP_M: Final = 0.45
"""Height of the bed's surface, blanket included."""

SEAT_BEHIND_FEET_M: Final = 0.44
"""How far behind the feet of somebody sitting upright the middle of the seat is."""


@dataclass(frozen=True, slots=True, eq=False)
class Box:
    """A cuboid.

    Attributes:
        centre: Metres in the room.
        size: Extents in metres along its own x, y, z.
        turn: Degrees about the vertical.
        colour: Under full light.
    """

    centre: tuple[float, float, float]
    size: tuple[float, float, float]
    turn: float
    colour: Colour

    def sides(self) -> Array:
        """The six sides, `(6, 4, 3)` metres in the room, counter-clockwise seen from outside."""
        rotation, half = about_vertical(self.turn), np.array(self.size) / 2
        sides = []
        for axis in range(3):
            u, v = (axis + 1) % 3, (axis + 2) % 3
            for sign in (-1, 1):
                corners = np.zeros((4, 3))
                corners[:, axis] = sign
                corners[:, u] = (-sign, sign, sign, -sign)
                corners[:, v] = (-1, -1, 1, 1)
                sides.append((corners * half) @ rotation.T + self.centre)
        return np.array(sides)


@dataclass(frozen=True, slots=True)
class Chair:
    """A wooden chair; `heading` as for a figure: 0 faces the camera."""

    x: float
    y: float
    heading: float

    @classmethod
    def under(cls, x: float, y: float, heading: float) -> "Chair":
        """The chair for somebody who stands at (x, y) with `heading` and sits down straight back."""
        back = about_vertical(heading) @ np.array([0.0, SEAT_BEHIND_FEET_M, 0.0])
        return cls(x=x + float(back[0]), y=y + float(back[1]), heading=heading)

    def groups(self) -> tuple[tuple[Box, ...], ...]:
        """Its boxes in the order in which to paint them."""
        legs = tuple(self._box((x, y, 0.21), (0.04, 0.04, 0.42)) for x in (-0.19, 0.19) for y in (-0.18, 0.18))
        seat = self._box((0.0, 0.0, 0.435), (0.44, 0.43, 0.05))
        posts = tuple(self._box((x, 0.2, 0.68), (0.04, 0.04, 0.46)) for x in (-0.19, 0.19))
        rail = self._box((0.0, 0.2, 0.80), (0.42, 0.03, 0.20))
        return ((*legs, seat), (*posts, rail))

    def _box(self, middle: tuple[float, float, float], size: tuple[float, float, float]) -> Box:
        x, y, z = about_vertical(self.heading) @ np.array(middle)
        return Box((self.x + float(x), self.y + float(y), float(z)), size, self.heading, _CHAIR_WOOD)


@dataclass(frozen=True, slots=True)
class Bed:
    """A bed; not turned it stands along the room's x axis, its head to the right.

    Attributes:
        x: Its middle, room metres.
        y: Its middle, room metres.
        turn: Degrees about the vertical.
    """

    x: float
    y: float
    turn: float = 0.0

    def groups(self) -> tuple[tuple[Box, ...], ...]:
        """Its boxes in the order in which to paint them."""
        frame = self._box((0.0, 0.0, 0.13), (2.10, 1.05, 0.22), _BED_WOOD)
        mattress = self._box((0.0, 0.0, 0.34), (2.05, 1.00, 0.20), _MATTRESS)
        board = self._box((1.07, 0.0, 0.45), (0.06, 1.05, 0.90), _BED_WOOD)
        pillow = self._box((0.78, 0.0, 0.46), (0.38, 0.60, 0.09), _PILLOW)
        blanket = self._box((-0.55, 0.0, 0.445), (0.90, 1.02, 0.02), _BLANKET)
        board_is_nearest = board.centre[1] < min(pillow.centre[1], blanket.centre[1])
        bedding = ((pillow,), (blanket,))
        return ((frame,), (mattress,), *((*bedding, (board,)) if board_is_nearest else ((board,), *bedding)))

    def _box(self, middle: tuple[float, float, float], size: tuple[float, float, float], colour: Colour) -> Box:
        x, y, z = about_vertical(self.turn) @ np.array(middle)
        return Box((self.x + float(x), self.y + float(y), float(z)), size, self.turn, colour)


@dataclass(frozen=True, slots=True)
class Parcel:
    """A small box on the floor, to be picked up."""

    x: float
    y: float

    def groups(self) -> tuple[tuple[Box, ...], ...]:
        """Its boxes in the order in which to paint them."""
        return ((Box((self.x, self.y, 0.06), (0.12, 0.12, 0.12), 20.0, _PARCEL),),)


Furniture: TypeAlias = Chair | Bed | Parcel
