"""Repetitions in a row: one set of one exercise."""

from bisect import insort
from dataclasses import dataclass, field
from types import MappingProxyType

from edge.flow import Event
from edge.posture.exercise.swing import Turn


@dataclass(frozen=True, slots=True)
class Attempt:
    """A swing that was judged to be a repetition, or to be likely one.

    Attributes:
        turn: The swing.
        confidence: 0..1.
        seen: Whether it was seen; else the rhythm of the others says that it was done.
    """

    turn: Turn
    confidence: float
    seen: bool = True


@dataclass(slots=True)
class Set:
    """A set under way.

    Attributes:
        exercise: What is done.
        attempts: Its repetitions so far, by time; the first and the last were seen.
    """

    exercise: str
    attempts: list[Attempt] = field(default_factory=list)

    @property
    def end_s(self) -> float:
        """When its last repetition ended, in seconds."""
        return self.attempts[-1].turn.end_s

    @property
    def seen(self) -> list[Turn]:
        """Its repetitions that were seen."""
        return [attempt.turn for attempt in self.attempts if attempt.seen]

    @property
    def hidden(self) -> list[Turn]:
        """Its repetitions that were not."""
        return [attempt.turn for attempt in self.attempts if not attempt.seen]

    @property
    def depth(self) -> float:
        """Mean range of motion of its repetitions so far, in the signal's unit."""
        return _mean([turn.depth for turn in self.seen])

    def add(self, attempt: Attempt) -> None:
        """Take in one more, wherever its time is."""
        insort(self.attempts, attempt, key=lambda one: one.turn.turn_s)

    def rep(self, attempt: Attempt, track: int, t_ns: int) -> Event:
        """The event of the repetition that was taken in last."""
        data = {"exercise": self.exercise, "count": len(self.attempts), **_details([attempt.turn])}
        return Event("rep", t_ns, track, attempt.confidence, MappingProxyType(data))

    def finished(self, track: int, t_ns: int) -> Event:
        """The event of its end."""
        turns = self.seen
        data = {
            "exercise": self.exercise,
            "count": len(self.attempts),
            **_details(turns),
            "rep_s": round(_mean([turn.duration_s for turn in turns]), 2),
            "duration_s": round(turns[-1].end_s - turns[0].start_s, 2),
        }
        confidence = round(_mean([attempt.confidence for attempt in self.attempts]), 2)
        return Event("set_finished", t_ns, track, confidence, MappingProxyType(data))


def held(exercise: str, hold_s: float, track: int, t_ns: int) -> Event:
    """The event of the end of a position that was held for so many seconds."""
    data = {"exercise": exercise, "count": 0, "hold_s": round(hold_s, 1), "duration_s": round(hold_s, 1)}
    return Event("set_finished", t_ns, track, 0.9, MappingProxyType(data))


def _details(turns: list[Turn]) -> dict[str, float]:
    return {
        "rom": round(_mean([turn.depth for turn in turns]), 2),
        "duration_s": round(_mean([turn.duration_s for turn in turns]), 2),
        "down_s": round(_mean([turn.turn_s - turn.start_s for turn in turns]), 2),
        "up_s": round(_mean([turn.end_s - turn.turn_s for turn in turns]), 2),
    }


def _mean(values: list[float]) -> float:
    return sum(values) / len(values)
