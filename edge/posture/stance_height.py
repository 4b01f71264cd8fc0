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


class Drop(NamedTuple):
    """Against the same person standing, in torso lengths as of then.

    Attributes:
        sunk: How far the shoulders are lower in the picture.
        trunk_up: How far the shoulders are above the hips.
    """

    sunk: float
    trunk_up: float

    def doubts(self) -> dict[str, float]:
        """What this takes off the log-odds of each posture."""
        low = _ramp(self.sunk, *_LOW)
        flat = _FLAT_DOUBT * low * (1.0 - _ramp(self.trunk_up, *_TRUNK_STANDS))
        against = {posture: _DOUBT * _ramp(self.sunk, *limits, most=2.0) for posture, limits in _LOWEST.items()}
        against["sitting"] += flat
        against["crouching"] += flat
        return against | {"lying": _DOUBT * (1.0 - _ramp(self.sunk, *_HIGHEST))}


class Height:
    """Follows how high one person's shoulders are in the picture, against where they are when that person stands."""

    def __init__(self) -> None:
        self._place: tuple[float, float, float] | None = None
        self._scale = 0.0
        self._t_ns = 0

    def stand(self, body: Body) -> None:
        """Take in an instant at which the person stands."""
        place = (_middle(body, HIPS, 0), _middle(body, SHOULDERS, 1), _feet(body))
        if self._place is None:
            self._place, self._scale = place, body.scale
        else:
            share = 1.0 - math.exp(-(body.t_ns - self._t_ns) / NS_PER_S / _SETTLE_S)
            x, y, feet = self._place
            self._place = (x + share * (place[0] - x), y + share * (place[1] - y), feet + share * (place[2] - feet))
            self._scale += share * (body.scale - self._scale)
        self._t_ns = body.t_ns

    def drop(self, body: Body) -> Drop | None:
        """How much lower the person is than when standing; None if that cannot be said."""
        if self._place is None:
            return None
        x, y, _ = self._place
        if abs(_middle(body, HIPS, 0) - x) > _SAME_PLACE_TORSOS * self._scale:
            return None
        shoulders = _middle(body, SHOULDERS, 1)
        return Drop((shoulders - y) / self._scale, (_middle(body, HIPS, 1) - shoulders) / self._scale)

    def on_floor(self, body: Body) -> bool | None:
        """Whether somebody who lies does so on the floor on which they stood; None if that cannot be said."""
        if self._place is None:
            return None
        x, _, feet = self._place
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
