"""All that is observed of one person: posture, falls and exercises, in this order."""

from collections.abc import Iterator
from types import MappingProxyType
from typing import Final

from edge.flow import Event
from edge.posture.body import Body
from edge.posture.exercise.counter import ExerciseCounter
from edge.posture.fall import FallWatch
from edge.posture.stance import Posture, Stance, StanceReader

FLOOR_EXERCISES: Final = frozenset({"pushup", "situp", "plank"})


class PersonObserver:
    """Follows one person from entry to departure."""

    def __init__(self) -> None:
        self._reader = StanceReader()
        self._fall = FallWatch()
        self._counter = ExerciseCounter()
        self.stance = Stance()

    @property
    def down(self) -> bool:
        """Whether the person is down after a fall."""
        return self._fall.down

    @property
    def urgent(self) -> bool:
        """Whether the person may be falling or is down."""
        return self._fall.urgent

    def update(self, body: Body) -> Iterator[Event]:
        """Take in one instant; yields what it decided."""
        before, self.stance = self.stance, self._reader.update(body)
        if (before.posture, before.on_floor) != (self.stance.posture, self.stance.on_floor):
            yield _changed(body, before, self.stance)
        yield from self._counter.update(body, self.stance)
        exercising = self._counter.exercising in FLOOR_EXERCISES
        yield from self._fall.update(body, self.stance, resting=False, exercising=exercising)

    def end(self, t_ns: int) -> Iterator[Event]:
        """The person has left."""
        yield from self._counter.end(t_ns)


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
