"""All that is observed of one person: posture, zones, exercises, falls and what care asks about, in this order."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import time
from types import MappingProxyType
from typing import Final

from edge.flow import Event
from edge.posture.body import NS_PER_S, Body
from edge.posture.exercise.counter import ExerciseCounter
from edge.posture.fall import FallWatch
from edge.posture.fall_seat import Seat
from edge.posture.floor import Floor
from edge.posture.gesture import GestureWatch
from edge.posture.inactivity import InactivityWatch
from edge.posture.stance import Posture, Stance, StanceReader
from edge.posture.stance_height import Height
from edge.posture.zones import Zone, ZoneKind, ZoneWatch

FLOOR_EXERCISES: Final = frozenset({"pushup", "situp", "plank"})

_ON_MAT_NS: Final = 120 * NS_PER_S
"""Lying on a mat is exercise, or the rest between two, for so long: a minute of rest is usual, two are long."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long things may take before they are told, in seconds.

    Attributes:
        fall_after_s: Staying down after a fall.
        found_on_floor_s: Lying on the floor without a fall that was seen.
        long_lie_s: Staying down after that.
        inactivity_s: In view without moving.
        help_gesture_s: Hands over the head.
        set_rest_s: Without a repetition, for a set to be over.
    """

    fall_after_s: float = 3.0
    found_on_floor_s: float = 90.0
    long_lie_s: float = 60.0
    inactivity_s: float = 1800.0
    help_gesture_s: float = 2.0
    set_rest_s: float = 8.0


@dataclass(frozen=True, slots=True)
class PersonNow:
    """What is the case with one person.

    Attributes:
        id: Track id.
        posture: As decided.
        on_floor: When lying, whether on the floor; None when not lying or not known.
        moving: Whether the person moves through the room.
        down: Whether the person has fallen and has not got up.
        zones: Names of the zones the person is in.
        exercise: What the person is in the middle of, or None.
        reps: Repetitions of the current set.
    """

    id: int
    posture: Posture = Posture.UNKNOWN
    on_floor: bool | None = None
    moving: bool = False
    down: bool = False
    zones: tuple[str, ...] = ()
    exercise: str | None = None
    reps: int = 0


class PersonObserver:
    """Follows one person from entry to departure.

    Args:
        track: The person's track id.
        zones: The room's zones.
        patience: How long things may take.
        floor: Of the room, shared by everybody in it.
        before: Who was lost shortly before near where this person turned up, and is probably the same.
        fall: What is known of this person's fall, if it is somebody who was lost after one.
        height: How high somebody stood where this person turned up, if that is known.
    """

    def __init__(
        self,
        track: int,
        *,
        zones: Sequence[Zone] = (),
        patience: Patience | None = None,
        floor: Floor | None = None,
        before: Body | None = None,
        fall: FallWatch | None = None,
        height: Height | None = None,
    ) -> None:
        self._track = track
        self._floor = floor or Floor()
        self._patience = patience = patience or Patience()
        self._reader = StanceReader(height=height)
        self._seat = Seat(self._floor)
        self._zones = ZoneWatch(zones)
        self._station: str | None = None
        self._counter = self._new_counter()
        self._counts = True
        self._withheld: list[Event] = []
        self._lies_ns: int | None = None
        self._fall = fall or self._new_fall(before)
        self._gesture = GestureWatch(hold_s=patience.help_gesture_s)
        self._inactivity = InactivityWatch(after_s=patience.inactivity_s)
        self._stance = Stance()
        self.seen: Body | None = None
        """The person when the model last saw them."""

    @property
    def now(self) -> PersonNow:
        """What is the case with the person, as of the last update."""
        return PersonNow(
            id=self._track,
            posture=self._stance.posture,
            on_floor=self._stance.on_floor,
            moving=self._stance.moving,
            down=self._fall.down,
            zones=tuple(zone.name for zone in self._zones.inside),
            exercise=self._counter.exercising,
            reps=self._counter.repetitions,
        )

    @property
    def height(self) -> Height:
        """How high the person stood, as far as that is known."""
        return self._reader.height

    @property
    def urgent(self) -> bool:
        """Whether the person may be falling or is down."""
        return self._fall.urgent

    def fell_as(self, newcomer: Body) -> bool:
        """Whether somebody who turns up while this person is unseen is this person, fallen and found again."""
        return self._fall.is_of(newcomer)

    def hand_over_fall(self) -> FallWatch:
        """This person is somebody else from now on, who takes the fall along."""
        fall, self._fall = self._fall, self._new_fall(None)
        return fall

    def recall(self, past: Iterable[Body]) -> None:
        """Take in how the person was seen before they were known to be one, before the first update.

        It counts for posture, falls and, unless they are falling, repetitions; nothing is told of it before that
        update.

        Args:
            past: All seen, `t_ns` rises from one to the next.
        """
        bodies = tuple(past)
        self._fall.recall((body, self._reader.update(body)) for body in bodies)
        if not self._fall.urgent:
            self._counter.recall(bodies)

    def update(self, body: Body, *, time_of_day: time | None = None) -> Iterator[Event]:
        """Take in one instant; yields what it decided.

        Args:
            body: `t_ns` rises from call to call.
            time_of_day: Local; None where nobody knows it.
        """
        if body.seen:
            self.seen = body
        before, self._stance = self._stance, self._reader.update(body)
        if self._seat.carries(body, self._stance.posture, self._reader.height.drop(body)):
            self._stance = replace(self._stance, on_floor=False)
        if (before.posture, before.on_floor) != (self._stance.posture, self._stance.on_floor):
            yield _changed(body, before, self._stance)
        yield from self._zones.update(body, self._stance, time_of_day=time_of_day)
        yield from self._count(body)
        exercising = self._counter.exercising
        yield from self._fall.update(
            body,
            self._stance,
            resting=self._zones.resting,
            exercising=exercising in FLOOR_EXERCISES or self._exercises_on_mat(body.t_ns),
        )
        yield from self._gesture.update(body, self._stance, exercising=exercising is not None)
        yield from self._inactivity.update(body, asleep=self._zones.holds(ZoneKind.BED))

    def end(self, t_ns: int) -> Iterator[Event]:
        """The person has left."""
        yield from self._withheld
        yield from self._counter.end(t_ns)
        yield from self._zones.end(t_ns, self._track)

    def _new_fall(self, before: Body | None) -> FallWatch:
        patience = self._patience
        return FallWatch(
            confirm_s=patience.fall_after_s,
            long_lie_s=patience.long_lie_s,
            found_s=patience.found_on_floor_s,
            before=before,
            floor=self._floor,
        )

    def _new_counter(self) -> ExerciseCounter:
        return ExerciseCounter(exercise=self._station, rest_s=self._patience.set_rest_s)

    def _count(self, body: Body) -> Iterator[Event]:
        """Count repetitions, of one exercise only while at a station for it; none of somebody who has fallen.

        What is done on the floor under suspicion of a fall is told once that is dismissed: who stirs does no sit-ups.
        """
        if self._fall.down:
            if self._counts:
                self._counts = False
                yield from _without(self._withheld, self._counter.end(body.t_ns, fell=True))
                self._withheld = []
                self._counter = self._new_counter()
            return
        self._counts = True
        if (station := self._zones.exercise) != self._station:
            yield from self._counter.end(body.t_ns)
            self._station = station
            self._counter = self._new_counter()
        if self._withheld and not self._fall.suspected:
            yield from (replace(event, t_ns=body.t_ns) for event in self._withheld)
            self._withheld = []
        for event in self._counter.update(body, self._stance):
            if self._fall.suspected and event.data["exercise"] in FLOOR_EXERCISES:
                self._withheld.append(event)
            else:
                yield event

    def _exercises_on_mat(self, t_ns: int) -> bool:
        """Whether the person is on a mat, and has not lain there for too long."""
        if not self._zones.holds(ZoneKind.MAT):
            return False
        if self._stance.posture is not Posture.LYING:
            self._lies_ns = None
        elif self._lies_ns is None:
            self._lies_ns = t_ns
        return self._lies_ns is None or t_ns - self._lies_ns < _ON_MAT_NS


def _without(withheld: Iterable[Event], ended: Iterable[Event]) -> Iterator[Event]:
    """What is left to tell of somebody who has fallen: sets, without the repetitions that were withheld."""
    withheld = tuple(withheld)
    none = sum(event.type == "rep" for event in withheld)
    yield from (event for event in withheld if event.type != "rep")
    for event in ended:
        count = event.data["count"] - none if event.type == "set_finished" else 0
        if count > 0:
            yield replace(event, data=MappingProxyType({**event.data, "count": count}))


def _changed(body: Body, before: Stance, after: Stance) -> Event:
    data: dict[str, object] = {"from": before.posture.value, "to": after.posture.value}
    if after.posture is Posture.LYING and after.on_floor is not None:
        data["on_floor"] = after.on_floor
    return Event(
        type="posture_changed",
        t_ns=body.t_ns,
        track=body.track,
        confidence=after.confidence,
        data=MappingProxyType(data),
    )
