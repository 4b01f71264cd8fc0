"""How far somebody has sunk since they last stood: tells the low postures apart when the body itself is seen badly.

The model fits small upright skeletons to people who lie with head or feet to the camera. One instant cannot tell; that
the person was twice as large a moment ago, and higher, can.
"""

import math
from collections.abc import Mapping
from typing import Final, NamedTuple

from edge.posture.body import NS_PER_S, Body
from edge.track.geometry import ANKLES, HIPS, SHOULDERS

_SETTLE_S: Final = 0.4
"""Time constant with which the height of somebody who stands is learned: a few steps even out."""

_DROPPED: Final = 0.5
_DROPPED_FOR_NS: Final = 5 * NS_PER_S
"""Whoever walks toward the camera or away from it is higher or lower in the picture by 0.3 torso lengths at most than
the average follows. So much lower, the body has dropped, however upright the model sees it; but after so long it does
stand, only elsewhere."""

_SAME_PLACE_TORSOS: Final = 3.5
"""How far to the side somebody may get from where they stood, more than a fall to the side takes them: farther away the
floor may be at another height of the picture."""

_DOUBT: Final = 3.0
"""What a height that a posture cannot have takes off its log-odds: much, yet less than a body seen well says. Twice as
much where it is as far beyond the limit again."""

_HIGHEST: Final = (0.4, 0.9)
_LOWEST: Final[Mapping[str, tuple[float, float]]] = {
    "standing": (0.5, 0.9),
    "bending": (1.3, 1.8),
    "crouching": (1.6, 2.1),
    "sitting": (1.7, 2.2),
}
"""Between which drops of the shoulders, in torso lengths, a posture goes from possible to impossible. Shoulders are
1.4 m above the floor when standing, 0.9 to 1.0 on a chair or bent over, 0.75 in a squat, 0.55 seated on the floor, 0.6
lying on a bed and 0.15 on the floor, and a torso is half a metre."""

_FEET_BELOW_SHOULDERS: Final = 2.4
"""In torso lengths, of whoever stands: median of recordings. Used where the feet are not in the picture."""

_ON_FLOOR: Final = 0.75
_OFF_FLOOR: Final = 0.95
"""How far trunk and feet of somebody who lies are above where the feet stood, half and half, in torso lengths. On the
floor that is 0.2, and 0.5 more if the trunk fell a metre away from a camera under the ceiling; on a bed it is 1.1."""

_FLAT_DOUBT: Final = 6.0
_LOW: Final = (1.1, 1.5)
_TRUNK_STANDS: Final = (0.35, 0.65)
"""Who has sunk so far and whose trunk is no higher in the picture than this, measured by the torso as it was when
standing, does not hold the trunk upright, however upright a skeleton the model fits: someone bent double on a chair
still has 0.5, and has not sunk so far."""

_LEGS_CARRY: Final = (0.35, 0.6)
"""How far the hips sink of somebody who only bends, in torso lengths: 0.2 at most. Who lies with the feet to the camera
looks bent over stretched legs, and the hips have sunk by 0.65 and more."""


class Drop(NamedTuple):
    """Against the same person standing, in torso lengths as of then.

    Attributes:
        sunk: How far the shoulders are lower in the picture.
        hips_sunk: The same of the hips.
        trunk_up: How far the shoulders are above the hips.
    """

    sunk: float
    hips_sunk: float
    trunk_up: float

    def doubts(self) -> dict[str, float]:
        """What this takes off the log-odds of each posture."""
        low = _ramp(self.sunk, *_LOW)
        flat = _FLAT_DOUBT * low * (1.0 - _ramp(self.trunk_up, *_TRUNK_STANDS))
        against = {posture: _DOUBT * _ramp(self.sunk, *limits, most=2.0) for posture, limits in _LOWEST.items()}
        against["sitting"] += flat
        against["crouching"] += flat
        against["bending"] += _FLAT_DOUBT * _ramp(self.hips_sunk, *_LEGS_CARRY)
        return against | {"lying": _DOUBT * (1.0 - _ramp(self.sunk, *_HIGHEST))}


class Height:
    """Follows how high one person's shoulders are in the picture, against where they are when that person stands."""

    def __init__(self) -> None:
        self._place: tuple[float, float, float, float] | None = None
        self._scale = 0.0
        self._t_ns = 0

    def copy(self) -> "Height":
        """The same, to go on from on its own."""
        twin = Height()
        twin._place, twin._scale, twin._t_ns = self._place, self._scale, self._t_ns
        return twin

    def stand(self, body: Body) -> None:
        """Take in an instant at which the person seems to stand."""
        drop = self.drop(body)
        if drop is not None and drop.sunk > _DROPPED and body.t_ns - self._t_ns < _DROPPED_FOR_NS:
            return
        place = (_middle(body, HIPS, 0), _middle(body, SHOULDERS, 1), _middle(body, HIPS, 1), _feet(body))
        if self._place is None:
            self._place, self._scale = place, body.scale
        else:
            share = 1.0 - math.exp(-(body.t_ns - self._t_ns) / NS_PER_S / _SETTLE_S)
            x, shoulders, hips, feet = (old + share * (new - old) for old, new in zip(self._place, place, strict=True))
            self._place = (x, shoulders, hips, feet)
            self._scale += share * (body.scale - self._scale)
        self._t_ns = body.t_ns

    def drop(self, body: Body) -> Drop | None:
        """How much lower the person is than when standing; None if that cannot be said."""
        if self._place is None:
            return None
        x, stood_shoulders, stood_hips, _ = self._place
        if abs(_middle(body, HIPS, 0) - x) > _SAME_PLACE_TORSOS * self._scale:
            return None
        shoulders, hips = _middle(body, SHOULDERS, 1), _middle(body, HIPS, 1)
        sunk, hips_sunk = shoulders - stood_shoulders, hips - stood_hips
        return Drop(sunk / self._scale, hips_sunk / self._scale, (hips - shoulders) / self._scale)

    def on_floor(self, body: Body) -> bool | None:
        """Whether somebody who lies does so on the floor on which they stood; None if that cannot be said."""
        if self._place is None:
            return None
        x, _, _, feet = self._place
        if abs(_middle(body, HIPS, 0) - x) > _SAME_PLACE_TORSOS * self._scale:
            return None
        trunk = (_middle(body, HIPS, 1) + _middle(body, SHOULDERS, 1)) / 2
        above = (feet - (trunk + _middle(body, ANKLES, 1)) / 2) / self._scale
        if _ON_FLOOR < above < _OFF_FLOOR:
            return None
        return above <= _ON_FLOOR


def _feet(body: Body) -> float:
    """How far down in the picture the feet are, or would be."""
    lowest = max(float(body.xy[ankle, 1]) for ankle in ANKLES)
    if lowest <= 1.0:
        return lowest
    return _middle(body, SHOULDERS, 1) + _FEET_BELOW_SHOULDERS * body.scale


def _middle(body: Body, pair: tuple[int, int], axis: int) -> float:
    return float(body.xy[pair[0], axis] + body.xy[pair[1], axis]) / 2


def _ramp(value: float, low: float, high: float, *, most: float = 1.0) -> float:
    return min(most, max(0.0, (value - low) / (high - low)))
