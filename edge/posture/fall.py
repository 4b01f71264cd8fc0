"""Whether a person has fallen."""

from collections import deque
from collections.abc import Iterator
from enum import Enum, auto
from types import MappingProxyType
from typing import Final

from edge.flow import Event
from edge.posture.body import NS_PER_S, Body
from edge.posture.fall_descent import Descent, Drop
from edge.posture.fall_score import likelihood, lowness, propped_up
from edge.posture.features import Features, features_of
from edge.posture.stance import Posture, Stance

SUSPECT = 0.5
LOST_AFTER_NS: Final = round(0.4 * NS_PER_S)
UP_NS: Final = round(1.0 * NS_PER_S)
GIVE_UP_NS: Final = 10 * NS_PER_S


class _Phase(Enum):
    UPRIGHT = auto()
    SUSPECTED = auto()
    FALLEN = auto()


class FallWatch:
    """Follows one person."""

    def __init__(self, *, confirm_s: float = 3.0, long_lie_s: float = 60.0, found_s: float = 90.0) -> None:
        self._confirm_ns = round(confirm_s * NS_PER_S)
        self._long_lie_ns = round(long_lie_s * NS_PER_S)
        self._found_ns = round(found_s * NS_PER_S)
        self._phase = _Phase.UPRIGHT
        self._descent = Descent()
        self._falls = 0
        self._drop: Drop | None = None
        self._down_ns = 0
        self._down: deque[tuple[int, float, bool]] = deque()
        self._up_ns: int | None = None
        self._propped_ns = 0
        self._last_ns = 0
        self._said_long = False

    @property
    def down(self) -> bool:
        """Whether the person is down after a fall: `fall_detected` was said and not yet cleared."""
        return self._phase is _Phase.FALLEN

    @property
    def urgent(self) -> bool:
        """Whether the person may be falling or is down: no time to save model runs."""
        return self._phase is not _Phase.UPRIGHT or self._descent.sinking

    def update(self, body: Body, stance: Stance, *, resting: bool, exercising: bool) -> tuple[Event, ...]:
        """Take in one instant.

        Args:
            body: `t_ns` rises from call to call.
            stance: The posture at this instant.
            resting: Whether the person is in a bed or on a sofa, where lying is no fall.
            exercising: Whether the person is in the middle of a floor exercise.
        """
        features = features_of(body) if body.seen else None
        return tuple(self._step(body, features, resting=resting, exercising=exercising))

    def _step(self, body: Body, f: Features | None, *, resting: bool, exercising: bool) -> Iterator[Event]:
        if self._phase is _Phase.UPRIGHT:
            yield from self._watch(body, f, resting=resting, exercising=exercising)
        elif self._phase is _Phase.SUSPECTED:
            yield from self._confirm(body, f, resting=resting, exercising=exercising)
        else:
            yield from self._attend(body, f)

    def _watch(self, body, f, *, resting, exercising):
        if f:
            self._descent.see(f)
            drop = self._descent.drop
            if resting or exercising or drop is None or likelihood(f, drop) < SUSPECT:
                return
            how = "seen"
        else:
            drop = self._descent.drop
            if drop is None or not self._descent.plunging or body.t_ns - body.seen_ns < LOST_AFTER_NS or resting or exercising:
                return
            how = "lost"
        self._drop = drop
        self._how = how
        self._phase = _Phase.SUSPECTED
        self._down_ns = body.t_ns if how == "seen" else body.seen_ns
        self._down.clear()
        self._up_ns = None
        self._propped_ns = 0
        self._last_ns = body.t_ns
        self._falls += 1
        yield self._event("fall_suspected", body, 0.5)

    def _confirm(self, body, f, *, resting, exercising):
        t = body.t_ns
        step = t - self._last_ns
        self._last_ns = t
        if f:
            self._down.append((t, likelihood(f, self._drop), propped_up(f)))
            if propped_up(f):
                self._propped_ns += step
            if self._risen(f) or self._propped_ns > NS_PER_S or resting or exercising:
                yield from self._clear(body)
                return
        while self._down and self._down[0][0] < t - self._confirm_ns:
            self._down.popleft()
        if t - self._down_ns >= self._confirm_ns:
            low = [score for _, score, propped in self._down]
            mean = sum(low) / len(low) if low else 1.0
            if mean >= 0.5 and self._up_ns is None:
                self._phase = _Phase.FALLEN
                self._said_long = False
                self._up_ns = None
                yield self._event("fall_detected", body, min(1.0, mean))
            elif t - self._down_ns >= GIVE_UP_NS:
                yield from self._clear(body)

    def _attend(self, body, f):
        if f and self._risen(f):
            yield from self._clear(body)
        elif not self._said_long and body.t_ns - self._down_ns >= self._long_lie_ns:
            self._said_long = True
            yield self._event("long_lie", body, 0.9)

    def _risen(self, f: Features) -> bool:
        up = f.head_up > 0.8 and f.tilt < 45 and f.tilt_world < 55
        if not up:
            self._up_ns = None
            return False
        if self._up_ns is None:
            self._up_ns = f.t_ns
        return f.t_ns - self._up_ns >= UP_NS

    def _clear(self, body):
        yield self._event("fall_cleared", body, 0.9)
        self._phase = _Phase.UPRIGHT
        self._descent = Descent()

    def _event(self, kind: str, body: Body, confidence: float) -> Event:
        return Event(
            type=kind,
            t_ns=body.t_ns,
            track=body.track,
            confidence=round(confidence, 2),
            data=MappingProxyType(
                {
                    "fall_id": f"{body.track}-{self._falls}",
                    "how": self._how,
                    "drop": round(self._drop.torsos, 2),
                    "drop_speed": round(self._drop.speed, 2),
                    "down_s": round((body.t_ns - self._down_ns) / NS_PER_S, 1),
                }
            ),
        )
