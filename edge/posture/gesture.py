"""The call for help without a word: both hands over the head, held there or waved."""

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from edge.flow import Event
from edge.posture.body import NS_PER_S, Body
from edge.posture.stance import Posture, Stance

_HELD_OVER: Final = 0.25
"""Wrists above the nose, in torso lengths, to be held over the head: its top. Hands at the ears or behind the head
reach 0.1 and flicker to 0.2, stretched arms reach 0.45."""

_WAVED_OVER: Final = 0.15
"""The same for a wave, whose highest point falls between two looks."""

_BESIDE: Final = 0.25
"""How far both wrists may be to the same side of the nose, in torso lengths: who reaches up to a shelf holds them in
front of the head, at 0.3 and more; over the head they stay within 0.2 even when seen from the side."""

_UPRIGHT: Final = 0.5
"""Height of the trunk in torso lengths: 0.75 and more of those who stand or sit, seen from as high as a ceiling. Arms
that lie stretched beyond the head call nobody."""

_CALLING: Final = frozenset({Posture.STANDING, Posture.SITTING, Posture.UNKNOWN})
"""Who lies, bends or crouches with the arms up does an exercise, or reaches for something."""

_GAP_NS: Final = round(0.45 * NS_PER_S)
"""How long the hands may be lower in between: a wave from the elbow, or a few readings gone wrong. The hands of a
shoulder press are down for 0.7 s and more."""

_SHARE: Final = 0.6
"""Share of a hold that the hands must really be over the head."""

_LOW: Final = -0.7
"""Both wrists this far below the nose, in torso lengths, between two waves of whole arms: lower than the shoulders,
where a press begins, at 0.4. Recorded waving reaches 1.3."""

_WAVES: Final = 3
"""Waves of whole arms that call for help: stretching is one, or two."""

_BEAT_NS: Final = 2 * NS_PER_S
"""Longest time from wave to wave; recorded waving takes 1.3 s."""

_BOUNCE: Final = 1.0
_SPREAD: Final = 0.3
"""How far, in torso lengths, hips may rise and fall, and feet part, meanwhile. Recorded waving: 0.75 with an unsteady
camera, and 0.12. Jumping jacks: 0.7 to 1.1, and 1.0 and more; squats with raised hands 1.7."""

_REARM_NS: Final = 2 * NS_PER_S
"""For how long the hands must be down for the next gesture to be another one."""


@dataclass(slots=True)
class _Range:
    low: float = float("inf")
    high: float = float("-inf")

    def take(self, value: float) -> None:
        self.low, self.high = min(self.low, value), max(self.high, value)

    @property
    def width(self) -> float:
        return self.high - self.low


@dataclass(slots=True)
class _Stillness:
    """How far the lower body has moved since some instant, in torso lengths."""

    hips: _Range = field(default_factory=_Range)
    feet: _Range = field(default_factory=_Range)

    def take(self, hips: float, feet: float) -> None:
        self.hips.take(hips)
        self.feet.take(feet)

    @property
    def still(self) -> bool:
        return self.hips.width <= _BOUNCE and self.feet.width <= _SPREAD


@dataclass(slots=True)
class _Hold:
    """Hands over the head since `start_ns`, gaps included."""

    start_ns: int
    last_ns: int
    over_ns: int = 0
    stillness: _Stillness = field(default_factory=_Stillness)


@dataclass(slots=True)
class _Wave:
    """One rise of both hands over the head."""

    t_ns: int
    stillness: _Stillness = field(default_factory=_Stillness)


class GestureWatch:
    """Follows one person's hands.

    Args:
        hold_s: Seconds for which the hands must be held or waved over the head.
    """

    def __init__(self, *, hold_s: float = 2.0) -> None:
        self._hold_ns = round(hold_s * NS_PER_S)
        self._hold: _Hold | None = None
        self._waves: list[_Wave] = []
        self._was_low = False
        self._last_ns = 0
        self._over_ns = 0
        self._calling = False

    def update(self, body: Body, stance: Stance, *, exercising: bool) -> tuple[Event, ...]:
        """Take in one instant.

        Args:
            body: `t_ns` rises from call to call.
            stance: The posture at this instant.
            exercising: Whether the person is in the middle of an exercise, which may be one with the arms up.
        """
        if not body.seen:
            return ()
        passed_ns, self._last_ns = min(body.t_ns - self._last_ns, _GAP_NS), body.t_ns
        if exercising or stance.posture not in _CALLING or not _upright(body):
            self._hold, self._was_low = None, False
            self._waves.clear()
            return ()
        rise = _rise(body)
        if rise[0] > _WAVED_OVER:
            self._over_ns = body.t_ns
        elif body.t_ns - self._over_ns >= _REARM_NS:
            self._calling = False
        hips, feet = _lower_body(body)
        self._follow_hold(body.t_ns, passed_ns, over=rise[0] > _HELD_OVER and _above(body))
        self._follow_waves(body.t_ns, rise)
        for stillness in self._stillnesses():
            stillness.take(hips, feet)
        return self._judge(body)

    def _follow_hold(self, t_ns: int, passed_ns: int, *, over: bool) -> None:
        hold = self._hold
        if over:
            if hold is None:
                self._hold = _Hold(t_ns, t_ns)
            else:
                hold.over_ns += passed_ns
                hold.last_ns = t_ns
        elif hold is not None and t_ns - hold.last_ns > _GAP_NS:
            self._hold = None

    def _follow_waves(self, t_ns: int, rise: tuple[float, float]) -> None:
        if self._waves and t_ns - self._waves[-1].t_ns > _BEAT_NS:
            self._waves.clear()
        if rise[0] > _WAVED_OVER and self._was_low:
            self._waves.append(_Wave(t_ns))
            self._was_low = False
        elif rise[1] < _LOW:
            self._was_low = True

    def _stillnesses(self) -> list[_Stillness]:
        return [*([self._hold.stillness] if self._hold else []), *(wave.stillness for wave in self._waves)]

    def _judge(self, body: Body) -> tuple[Event, ...]:
        """Say so once for every gesture."""
        how, since_ns = "held", self._held_since(body.t_ns)
        if since_ns is None:
            how, since_ns = "waved", self._waved_since(body.t_ns)
        if since_ns is None or self._calling:
            return ()
        self._calling = True
        return (
            Event(
                type="help_gesture",
                t_ns=body.t_ns,
                track=body.track,
                confidence=body.confidence,
                data=MappingProxyType({"how": how, "seconds": round((body.t_ns - since_ns) / NS_PER_S, 1)}),
            ),
        )

    def _held_since(self, t_ns: int) -> int | None:
        hold = self._hold
        if hold is None or t_ns - hold.start_ns < self._hold_ns:
            return None
        if not hold.stillness.still:
            self._hold = None
            return None
        return hold.start_ns if hold.over_ns >= _SHARE * (t_ns - hold.start_ns) else None

    def _waved_since(self, t_ns: int) -> int | None:
        if len(self._waves) < _WAVES:
            return None
        # The first wave that is old enough, so that somebody who came running and then waves is understood too.
        for wave in reversed(self._waves[: -_WAVES + 1]):
            if t_ns - wave.t_ns >= self._hold_ns:
                return wave.t_ns if wave.stillness.still else None
        return None


def _upright(body: Body) -> bool:
    xy = body.xy
    return float(xy[23, 1] + xy[24, 1] - xy[11, 1] - xy[12, 1]) / 2 >= _UPRIGHT * body.scale


def _rise(body: Body) -> tuple[float, float]:
    """How far the lower and the higher wrist is above the nose, in torso lengths."""
    left, right = (float(body.xy[0, 1] - body.xy[wrist, 1]) / body.scale for wrist in (15, 16))
    return min(left, right), max(left, right)


def _above(body: Body) -> bool:
    """Whether the wrists are over the head, and not both to one side of it."""
    left, right = (float(body.xy[wrist, 0] - body.xy[0, 0]) / body.scale for wrist in (15, 16))
    return min(left, right) < _BESIDE and max(left, right) > -_BESIDE


def _lower_body(body: Body) -> tuple[float, float]:
    """Height of the hips, and how far apart the ankles are, in torso lengths."""
    xy = body.xy
    return float(xy[23, 1] + xy[24, 1]) / 2 / body.scale, abs(float(xy[27, 0] - xy[28, 0])) / body.scale
