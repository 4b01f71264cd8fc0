"""Repetitions in a row: one set of one exercise."""

from dataclasses import dataclass, field
from types import MappingProxyType

from edge.flow import Event
from edge.posture.exercise.swing import Turn


@dataclass(slots=True)
class Set:
    """A set under way.

    Attributes:
        exercise: What is done.
        turns: Its repetitions so far.
    """

    exercise: str
    turns: list[Turn] = field(default_factory=list)

    @property
    def end_s(self) -> float:
        """When its last repetition ended."""
        return self.turns[-1].end_s

    @property
    def depth(self) -> float:
        """Mean range of motion of its repetitions so far, in the signal's unit."""
        return sum(turn.depth for turn in self.turns) / len(self.turns)

    def rep(self, track: int, t_ns: int, confidence: float) -> Event:
        """The event of its last repetition."""
        turn = self.turns[-1]
        data = {"exercise": self.exercise, "count": len(self.turns), **_details([turn])}
        return Event("rep", t_ns, track, confidence, MappingProxyType(data))

    def finished(self, track: int, t_ns: int, confidence: float) -> Event:
        """The event of its end."""
        data = {
            "exercise": self.exercise,
            "count": len(self.turns),
            **_details(self.turns),
            "duration_s": round(self.turns[-1].end_s - self.turns[0].start_s, 2),
        }
        return Event("set_finished", t_ns, track, confidence, MappingProxyType(data))


def held(exercise: str, hold_s: float, track: int, t_ns: int) -> Event:
    """The event of the end of a position that was held."""
    data = {"exercise": exercise, "count": 0, "hold_s": round(hold_s, 1), "duration_s": round(hold_s, 1)}
    return Event("set_finished", t_ns, track, 1.0, MappingProxyType(data))


def _details(turns: list[Turn]) -> dict[str, float]:
    n = len(turns)
    return {
        "rom": round(sum(turn.depth for turn in turns) / n, 2),
        "duration_s": round(sum(turn.duration_s for turn in turns) / n, 2),
        "down_s": round(sum(turn.turn_s - turn.start_s for turn in turns) / n, 2),
        "up_s": round(sum(turn.end_s - turn.turn_s for turn in turns) / n, 2),
    }
