"""Whether a person has fallen."""

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import Enum, auto
from math import hypot
from statistics import median
from types import MappingProxyType
from typing import Final

from edge.flow import Event
from edge.posture.body import NS_PER_S, Body
from edge.posture.fall_descent import Descent, Drop, Height, upended
from edge.posture.fall_rise import Rise
from edge.posture.fall_score import collapsing, lies, likelihood, propped
from edge.posture.features import Features, features_of
from edge.posture.floor import Floor
from edge.posture.stance import Posture, Stance

_LIKELY: Final = 0.5
"""Likelihood from which a fall is suspected, and detected if it stays."""

_LOST_NS: Final = round(0.4 * NS_PER_S)
"""How long somebody must be unseen to be lost: longer than one bad frame at 8 frames a second, short enough that the
suspicion comes within a second."""

_SEEN_DOWN_NS: Final = round(0.2 * NS_PER_S)
"""How long somebody must have been seen low, unless they were seen collapsing and then lost: bad poses of one or two
frames look like anything."""

_MOST_STEP_NS: Final = round(0.4 * NS_PER_S)
"""A time between two sightings counts as seen up to this."""

_CARRIED_NS: Final = NS_PER_S
"""Who carries themselves on hands and feet, or on their legs, for so long in all has got down on purpose. In labelled
falls, noise added, it is 0.4 s at most."""

_ON_LEGS: Final = (Posture.STANDING, Posture.CROUCHING, Posture.BENDING)

_GIVE_UP_NS: Final = 10 * NS_PER_S
"""A suspicion that is neither confirmed nor denied is dropped after so long."""

_FOUND_GAP_NS: Final = 3 * NS_PER_S
"""Who lies may read otherwise for so long and still count as lying all the time."""

_ON_FLOOR_TORSOS: Final = 0.8
"""Hips so high above the floor at most: on the floor they are 0 to 0.5 torsos, on a sofa or a bed 1.1 to 1.4; measuring
adds about 0.3."""

_SAME_PLACE_TORSOS: Final = 3.5
"""So near to where somebody lay after a fall and was lost, it is they who turn up lying: a body's length. Nobody else
comes into a room lying, and helpers stand."""

_FOUND_CONFIDENCE: Final = 0.5


class _Phase(Enum):
    UPRIGHT = auto()
    SUSPECTED = auto()
    FALLEN = auto()


@dataclass(slots=True)
class _Fall:
    """What is known of one fall.

    Attributes:
        fall_id: Names it in all its events.
        how: `seen`, `lost` (the model lost the person on the way down) or `found` (already on the floor).
        down_ns: Since when the person is down.
        start: From where they fell; None if found.
        speed: The fastest descent, in torso lengths a second.
        torsos: How far down the shoulders are, in torso lengths.
        last: The last sighting.
        lay: The last sighting in which the person lay.
        scores: Time and likelihood of each sighting of late.
        seen_ns: How long the person was seen low.
        carried_ns: How long they carried themselves, on hands and feet or on their legs.
        collapsing: Whether they were seen collapsing: lost after that, they are down.
    """

    fall_id: str
    how: str
    down_ns: int
    start: Height | None
    speed: float
    torsos: float
    last: Features
    lay: Features
    scores: deque[tuple[int, float]] = field(default_factory=deque)
    seen_ns: int = 0
    carried_ns: int = 0
    collapsing: bool = False

    @property
    def sunk(self) -> float | None:
        """How far the shoulders are down, in torso lengths; None if found."""
        return self.torsos if self.start else None


class FallWatch:
    """Follows one person: upright, suspected (going down), fallen, and up again.

    Args:
        confirm_s: How long somebody must stay down for `fall_detected`, in seconds.
        long_lie_s: How long somebody must be down after a fall for `long_lie`, in seconds.
        found_s: How long somebody must lie on the floor for `fall_detected` when no descent was seen, in seconds.
        before: Somebody who was lost near the place where this person turns up, shortly before: probably the same,
            whom the tracker did not know again.
        floor: Of the room, shared by all who are watched in it: learns from whoever stands, and tells a floor from a
            bed. Without it the watch learns one of its own.
    """

    def __init__(
        self,
        *,
        confirm_s: float = 3.0,
        long_lie_s: float = 60.0,
        found_s: float = 90.0,
        before: Body | None = None,
        floor: Floor | None = None,
    ) -> None:
        self._floor = floor or Floor()
        self._confirm_ns = round(confirm_s * NS_PER_S)
        self._long_lie_ns = round(long_lie_s * NS_PER_S)
        self._found_ns = round(found_s * NS_PER_S)
        self._phase = _Phase.UPRIGHT
        self._falls = 0
        self._fall: _Fall | None = None
        self._untold = False
        self._long = False
        self._rise = Rise()
        self._lying_ns: int | None = None
        self._lay_ns = 0
        self._exercising_ns: int | None = None
        self._descent = Descent()
        self._drop: Drop | None = None
        self._last: Features | None = None
        if before and (features := features_of(before)):
            self._last = features
            self._drop = self._descent.see(features)

    @property
    def down(self) -> bool:
        """Whether the person is down after a fall: `fall_detected` was said and not yet cleared."""
        return self._phase is _Phase.FALLEN

    @property
    def suspected(self) -> bool:
        """Whether `fall_suspected` was said, and it is not decided yet."""
        return self._phase is _Phase.SUSPECTED

    @property
    def urgent(self) -> bool:
        """Whether the person may be falling or is down: no time to save model runs."""
        return self._phase is not _Phase.UPRIGHT or self._drop is not None

    def recall(self, past: Iterable[tuple[Body, Stance]]) -> None:
        """Take in what was seen of the person before they were known to be one, before the first update.

        A fall that began there is told by that update, as of then, if the person is down still.

        Args:
            past: Each instant and the posture then, in the order of time.
        """
        for body, stance in past:
            self.update(body, stance, resting=False, exercising=False)
        if self._fall:
            self._phase, self._untold = _Phase.SUSPECTED, True

    def update(self, body: Body, stance: Stance, *, resting: bool, exercising: bool) -> tuple[Event, ...]:
        """Take in one instant.

        Args:
            body: `t_ns` rises from call to call.
            stance: The posture at this instant.
            resting: Whether the person is in a bed or on a sofa, where lying is no fall.
            exercising: Whether the person is in the middle of a floor exercise.
        """
        now = features_of(body) if body.seen else None
        if now and upended(now):
            # Where the body is may count if it sinks; how it lies is not to be told from it.
            self._descent.see(now)
            now = None
        if now:
            self._floor.learn(now, body)
        if not exercising:
            self._exercising_ns = None
        elif self._exercising_ns is None:
            self._exercising_ns = body.t_ns
        if self._fall is None:
            events = self._watch(body, now, stance, resting=resting)
        elif self._phase is _Phase.SUSPECTED:
            events = self._confirm(body, now, self._fall, stance, resting=resting)
        else:
            events = self._attend(body, now, self._fall, stance)
        said = tuple(events)
        self._last = now or self._last
        return said

    def is_of(self, newcomer: Body) -> bool:
        """Whether somebody who turns up while the person is unseen is the person, fallen and found again."""
        now = features_of(newcomer)
        if self._fall is None or not self.down or now is None or not lies(now):
            return False
        lay = self._fall.lay
        gap = hypot(now.x - lay.x, (now.shoulder_y + now.hip_y - lay.shoulder_y - lay.hip_y) / 2)
        return gap <= _SAME_PLACE_TORSOS * max(now.scale, lay.scale)

    def _watch(self, body: Body, now: Features | None, stance: Stance, *, resting: bool) -> Iterator[Event]:
        if now:
            self._drop = self._descent.see(now)
        drop, last = self._drop, now or self._last
        if resting or last is None:
            self._lying_ns = None
            return
        if drop and not self._exercised(drop.start.t_ns):
            fell = now and likelihood(now, drop.start, drop.speed, on_floor=_on_floor(stance)) >= _LIKELY
            lost = not now and body.t_ns - last.t_ns >= _LOST_NS and collapsing(last, drop)
            if fell or lost:
                yield self._suspect(body, last, drop, stance, how="seen" if fell else "lost")
                return
        if self._exercising_ns is not None:
            self._lying_ns = None
        elif now and self._lies(body, now, stance):
            yield self._find(body, now)

    def _exercised(self, t_ns: int) -> bool:
        """Whether the person was exercising before they sank. Afterwards, a fallen body can look like a plank."""
        return self._exercising_ns is not None and self._exercising_ns < t_ns

    def _suspect(self, body: Body, last: Features, drop: Drop, stance: Stance, *, how: str) -> Event:
        self._falls += 1
        self._fall = _Fall(
            fall_id=f"{body.track}-{self._falls}",
            how=how,
            down_ns=last.t_ns,
            start=drop.start,
            speed=drop.speed,
            torsos=drop.start.shoulders_sunk(last),
            last=last,
            lay=last,
            collapsing=collapsing(last, drop),
        )
        self._phase, self._rise = _Phase.SUSPECTED, Rise()
        likely = likelihood(last, drop.start, drop.speed, on_floor=_on_floor(stance))
        return self._event("fall_suspected", body, self._fall, likely)

    def _confirm(
        self, body: Body, now: Features | None, fall: _Fall, stance: Stance, *, resting: bool
    ) -> Iterator[Event]:
        if now:
            self._weigh(now, fall, stance)
            self._rise.see(now, stance, sunk=fall.sunk)
            resting = resting or self._rise.risen or fall.carried_ns >= _CARRIED_NS
        if resting:
            yield from self._dismiss(body, fall)
            return
        if self._untold and now and fall.scores[-1][1] >= _LIKELY:
            yield self._tell(body, fall, fall.scores[-1][1])
        while fall.scores and fall.scores[0][0] < body.t_ns - self._confirm_ns:
            fall.scores.popleft()
        down_ns = body.t_ns - fall.down_ns
        if down_ns < self._confirm_ns or self._rise.begun:
            return
        believable = fall.collapsing or fall.seen_ns >= _SEEN_DOWN_NS
        likely = median(score for _, score in fall.scores) if fall.scores else _LIKELY
        if believable and likely >= _LIKELY:
            if self._untold:
                yield self._tell(body, fall, likely)
            self._phase, self._long = _Phase.FALLEN, False
            yield self._event("fall_detected", body, fall, likely)
        elif down_ns >= _GIVE_UP_NS:
            yield from self._dismiss(body, fall)

    def _tell(self, body: Body, fall: _Fall, likely: float) -> Event:
        self._untold = False
        return self._event("fall_suspected", body, fall, likely)

    def _dismiss(self, body: Body, fall: _Fall) -> Iterator[Event]:
        """It was no fall. Nothing need be taken back of what was never told."""
        told, self._untold = not self._untold, False
        cleared = self._clear(body, fall)
        if told:
            yield cleared

    def _weigh(self, now: Features, fall: _Fall, stance: Stance) -> None:
        """Take in one sighting of somebody who may have fallen."""
        step_ns = min(now.t_ns - fall.last.t_ns, _MOST_STEP_NS)
        fall.last = now
        if fall.start:
            fall.torsos = fall.start.shoulders_sunk(now)
        if fall.seen_ns < _SEEN_DOWN_NS:
            drop = self._descent.see(now)
            fall.collapsing = fall.collapsing or (drop is not None and collapsing(now, drop))
        on_hands, score = propped(now), 0.0
        if fall.start and not on_hands:
            score = likelihood(now, fall.start, fall.speed, on_floor=_on_floor(stance))
        if score >= _LIKELY:
            fall.seen_ns += step_ns
        elif on_hands or stance.posture in _ON_LEGS:
            fall.carried_ns += step_ns
        fall.scores.append((now.t_ns, score))

    def _attend(self, body: Body, now: Features | None, fall: _Fall, stance: Stance) -> Iterator[Event]:
        if now:
            fall.last = now
            if lies(now):
                fall.lay = now
            if fall.start:
                fall.torsos = fall.start.shoulders_sunk(now)
            self._rise.see(now, stance, sunk=fall.sunk)
            if self._rise.helped:
                yield self._clear(body, fall)
                return
        if not self._long and body.t_ns - fall.down_ns >= self._long_lie_ns:
            self._long = True
            yield self._event("long_lie", body, fall, 0.9)

    def _lies(self, body: Body, now: Features, stance: Stance) -> bool:
        """Whether somebody has lain on the floor for so long that they need help, however they came there."""
        if lies(now) and not propped(now) and self._on_floor(body, stance):
            self._lying_ns = now.t_ns if self._lying_ns is None else self._lying_ns
            self._lay_ns = now.t_ns
        elif self._lying_ns is not None and now.t_ns - self._lay_ns > _FOUND_GAP_NS:
            self._lying_ns = None
        return self._lying_ns is not None and now.t_ns - self._lying_ns >= self._found_ns

    def _on_floor(self, body: Body, stance: Stance) -> bool:
        if stance.on_floor is not None:
            return stance.on_floor
        height = self._floor.height(body)
        return height is not None and height < _ON_FLOOR_TORSOS

    def _find(self, body: Body, now: Features) -> Event:
        self._falls += 1
        self._fall = _Fall(
            fall_id=f"{body.track}-{self._falls}",
            how="found",
            down_ns=self._lying_ns or now.t_ns,
            start=None,
            speed=0.0,
            torsos=0.0,
            last=now,
            lay=now,
        )
        self._phase, self._long, self._rise = _Phase.FALLEN, False, Rise()
        return self._event("fall_detected", body, self._fall, _FOUND_CONFIDENCE)

    def _clear(self, body: Body, fall: _Fall) -> Event:
        self._phase, self._fall, self._rise, self._lying_ns = _Phase.UPRIGHT, None, Rise(), None
        self._descent, self._drop = Descent(), None
        return self._event("fall_cleared", body, fall, 1.0)

    def _event(self, kind: str, body: Body, fall: _Fall, confidence: float) -> Event:
        data = {
            "fall_id": fall.fall_id,
            "how": fall.how,
            "drop": round(fall.torsos, 2),
            "drop_speed": round(fall.speed, 2),
            "angle": round(fall.last.tilt),
            "height": round(fall.last.head_up, 2),
            "down_s": round((body.t_ns - fall.down_ns) / NS_PER_S, 1),
            "unseen_s": round(body.unseen_s, 1),
        }
        return Event(
            type=kind,
            t_ns=body.t_ns,
            track=body.track,
            confidence=round(confidence, 2),
            data=MappingProxyType(data),
        )


def _on_floor(stance: Stance) -> bool:
    return stance.posture is Posture.LYING and stance.on_floor is True
