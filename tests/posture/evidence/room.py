"""The resident's room: its furniture, and the floor that it leaves free."""

from typing import Final

from edge.capture.studio.furniture import Bed

BED: Final = Bed(0.95, 4.0)
BED_LENGTH_M: Final = 2.1
BED_WIDTH_M: Final = 1.05

SOFA: Final = Bed(-1.35, 4.45)
"""Lain and sat on as a bed is; it stands at the back wall."""

CHAIR: Final = (-1.35, 3.0, 30.0)
"""Where to stand, and the heading, to sit down on it."""

SPOTS: Final = ((-0.4, 2.9), (0.3, 2.8), (-0.5, 3.6), (0.9, 2.9), (-0.9, 3.3), (0.0, 3.2))
"""Where chores are done: the free floor."""

FALL_SPOTS: Final = ((-0.3, 3.2), (0.3, 2.8), (-0.6, 3.4), (0.8, 2.8))
"""Where somebody may lie down on the floor, some way or other."""

_FREE_X_M: Final = 1.7
_FREE_Y_M: Final = (2.15, 4.9)
_CLEARANCE_M: Final = 0.3
"""Floor in the picture, and how far from furniture the middle of a body has to be."""


def free_floor(x: float, y: float) -> bool:
    """Whether a point is free floor in the picture."""
    if abs(x) > _FREE_X_M or not _FREE_Y_M[0] <= y <= _FREE_Y_M[1]:
        return False
    return all(
        abs(x - bed.x) > BED_LENGTH_M / 2 + _CLEARANCE_M or abs(y - bed.y) > BED_WIDTH_M / 2 + _CLEARANCE_M
        for bed in (BED, SOFA)
    )
