"""How much a body that sank looks like one that fell."""

from typing import Final

from edge.posture.fall_descent import Drop, Height
from edge.posture.features import Features

_HIP_UP_M: Final = 0.42
"""Hips so far above the ankles are carried by legs, however far the trunk bends: picking up 0.7, sitting on a chair
0.4 to 0.5, crouching 0.2 to 0.35; the highest of 48 labelled falls to the floor 0.31."""

_HEAD_UP_M: Final = (0.75, 0.35)
"""Nose above the ankles from where a body begins to be low, and where it is surely: sitting 0.95, crouching 0.6 to
0.8, 90 % of falls below 0.4."""

_TILT_DEG: Final = (45.0, 75.0)
"""Tilt of the trunk from where it begins to lie, and where it does surely."""

_ON_SEAT_M: Final = (0.2, 0.0)
_SITTING_ON_FLOOR: Final = 0.6
"""Hips at the height of the ankles: sitting on the floor, which counts less than lying."""

_LEAST_TORSOS: Final = 1.0
"""Sitting down lowers the shoulders by 0.7 to 0.9 torsos, a fall from standing by 1.7 to 3.8, from a chair by 1.6,
out of a bed by 1.3."""

_LEAST_HIPS: Final = 0.4
"""The hips sink as well, by 0.7 torsos at least in labelled falls to the floor. Whoever lies down in the bed on which
they sit keeps them where they are, while a head that comes towards the camera sinks in the picture by 2 torsos."""

_LEAST_SPEED: Final = 1.4
"""The slowest labelled fall has 1.6 torsos a second; lying down 0.6 to 1.4."""

_USUAL_TORSOS: Final = 1.4
_PER_TORSO: Final = 0.5
_USUAL_SPEED: Final = 2.0
_PER_SPEED: Final = 0.3
_CAREFUL: Final = 0.4
"""Weights: each torso of depth beyond lying on a bed, and each torso a second beyond sitting down hard."""

_PROPPED_M: Final = 0.22
_PROPPED_KNEE_DEG: Final = 135.0
_PROPPED_TILT_DEG: Final = (55.0, 112.0)
"""On the hands with a leg stretched and the trunk about level, as in a plank, a push-up, a burpee. Wrists below the
shoulders: 0.25 to 0.5 m in 27 such clips, below 0.16 in falls but for those who land on hands and knees, with bent
knees."""

_FOLDED_TORSOS: Final = 1.0
_FOLDED_SPEED: Final = 1.8
_FOLDED_LOW: Final = 0.2
_WHOLE: Final = 0.6
"""Share of a body in the picture, and of its size kept, that make a last sighting believable: the last pose of
somebody who walks out of the picture often looks like a fall, but small or half outside."""

_LIES: Final = 0.8
"""Lowness of a body that lies."""


def lowness(now: Features) -> float:
    """How low and how level a body is: 0 carried by its legs, 1 lying."""
    if now.hip_up > _HIP_UP_M:
        return 0.0
    return max(
        _ramp(now.head_up, *_HEAD_UP_M),
        _ramp(now.tilt, *_TILT_DEG),
        _ramp(now.tilt_world, *_TILT_DEG),
        _SITTING_ON_FLOOR * _ramp(now.hip_up, *_ON_SEAT_M),
    )


def lies(now: Features) -> bool:
    """Whether a body lies, when nothing is known of how it came to."""
    return lowness(now) >= _LIES


def propped(now: Features) -> bool:
    """Whether the body carries itself on its hands and feet, as nobody does who has fallen."""
    low, high = _PROPPED_TILT_DEG
    return now.propped > _PROPPED_M and now.knee > _PROPPED_KNEE_DEG and low < now.tilt_world < high


def likelihood(now: Features, start: Height, speed: float, *, on_floor: bool = False) -> float:
    """How much this looks like a fall: 0 not at all, from 0.5 on it does, 1 surely.

    Args:
        now: The body.
        start: Where it was before it sank.
        speed: How fast its shoulders sank, in torso lengths a second.
        on_floor: Whether the person lies on the floor on which they stood, going by their height against that.
    """
    low, torsos = lowness(now), start.shoulders_sunk(now)
    if on_floor:
        # However upright a body the model sees: with the feet to the camera a trunk has no length and no tilt, and the
        # model's metres keep the hips over the feet.
        low = 1.0
    if torsos < _LEAST_TORSOS or speed < _LEAST_SPEED or not low:
        return 0.0
    if not _hips_sank(now, start):
        return 0.0
    depth = _PER_TORSO * min(1.0, torsos - _USUAL_TORSOS)
    haste = _PER_SPEED * min(2.0, speed - _USUAL_SPEED)
    return max(0.0, min(1.0, low + depth + haste - _CAREFUL))


def collapsing(now: Features, drop: Drop) -> bool:
    """Whether somebody who is lost at this instant was falling, with the legs already folded, and believably seen."""
    return (
        drop.start.shoulders_sunk(now) > _FOLDED_TORSOS
        and _hips_sank(now, drop.start)
        and drop.falling > _FOLDED_SPEED
        and lowness(now) >= _FOLDED_LOW
        and now.inside >= _WHOLE
        and now.scale >= _WHOLE * drop.start.scale
    )


def _hips_sank(now: Features, start: Height) -> bool:
    return start.sinking or start.hips_sunk(now) >= _LEAST_HIPS


def _ramp(value: float, none: float, full: float) -> float:
    return max(0.0, min(1.0, (value - none) / (full - none)))
