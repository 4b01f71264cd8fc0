"""Stick figures for posture rules: bodies whose every joint a test puts where it wants."""

from typing import Final, TypeAlias

import numpy as np

from edge.posture.body import Body, Points

S: Final = 1_000_000_000
TORSO: Final = 0.2
"""Length of the trunk, in frame heights."""

XY: TypeAlias = tuple[float, float]

DOWN: Final[XY] = (0.0, -0.9)
"""A hand that hangs, in torso lengths from its shoulder, y up."""

UP: Final[XY] = (0.0, 1.1)
"""A hand stretched over the head."""


def standing(
    x: float = 0.6, floor: float = 0.9, *, left: XY = DOWN, right: XY = DOWN, stride: float = 0.3, sink: float = 0.0
) -> Points:
    """Somebody upright, seen from the front.

    Args:
        x: Middle of the body, in frame heights.
        floor: Where the ankles are, in frame heights.
        left: The left hand, in torso lengths from its shoulder, y up.
        right: The same of the right hand.
        stride: How far apart the ankles are, in torso lengths.
        sink: How much lower than standing the hips are, in torso lengths.
    """
    xy = np.zeros((33, 2))
    hips, shoulders = 1.7 - sink, 2.7 - sink
    xy[:11] = [0.0, shoulders + 0.45]
    for side, hand, first in ((0.2, left, 0), (-0.2, right, 1)):
        shoulder, wrist = np.array([side, shoulders]), np.array([side, shoulders]) + hand
        xy[11 + first] = shoulder
        xy[13 + first] = (shoulder + wrist) / 2
        xy[[15 + first, 17 + first, 19 + first, 21 + first]] = wrist
        foot = np.sign(side) * stride / 2
        xy[23 + first] = [side / 2, hips]
        xy[25 + first] = [(side / 2 + foot) / 2, hips / 2]
        xy[[27 + first, 29 + first, 31 + first]] = [foot, 0.0]
    return np.asarray([x, floor] + xy * [TORSO, -TORSO])


def lying(x: float = 0.6, y: float = 0.9) -> Points:
    """Somebody on their back along the picture, the middle of the trunk at x, y."""
    turned = (standing(0.0, 0.0) @ np.array([[0.0, -0.2], [-1.0, 0.0]])) * [1.0, 1.0]
    return np.asarray(turned - (turned[11] + turned[12] + turned[23] + turned[24]) / 4 + [x, y])


def body(t_s: float, xy: Points, *, seen: bool = True, track: int = 1, visibility: float = 1.0) -> Body:
    """`xy` at a time, in a picture of 4 by 3."""
    t_ns = round(t_s * S)
    return Body(
        track=track,
        t_ns=t_ns,
        seen_ns=t_ns if seen else t_ns - S // 10,
        xy=xy,
        world=np.zeros((33, 3)),
        visibility=np.full(33, visibility),
        scale=TORSO,
        aspect=4 / 3,
        confidence=0.9,
    )
