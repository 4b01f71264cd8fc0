"""A day as it is played, and what ought to be said of it."""

from dataclasses import dataclass, field
from typing import NamedTuple

from edge.capture.studio.script import Script


@dataclass(frozen=True, slots=True)
class Episode:
    """A stretch of one figure's day.

    Attributes:
        start_s: Seconds from midnight.
        script: What it does, from then on.
        size: Of the figure against an adult's; a cat is seen as a very small person.
        find: Share of frames in which the model takes it for a person at all, 1 for people.
    """

    start_s: float
    script: Script
    size: float = 1.0
    find: float = 1.0

    @property
    def end_s(self) -> float:
        """When it is over; the figure is then gone, or its next episode begins."""
        return self.start_s + self.script.duration_s


class Expected(NamedTuple):
    """Something that ought to be said.

    Attributes:
        name: What happens, for people to read.
        type: Event type.
        from_s: Earliest time, seconds from midnight.
        until_s: Latest time.
        exercise: Of `rep`: which; all of them are to be counted.
        times: How many events there ought to be.
    """

    name: str
    type: str
    from_s: float
    until_s: float
    exercise: str | None = None
    times: int = 1


@dataclass
class Day:
    """What happens, and what is true of it.

    Attributes:
        resident: Episodes in the order of time, without overlap.
        guests: Episodes of others.
        dark: Times from, until in which nothing is seen: the light is off, or the camera adapts.
        expected: What ought to be said.
        down: Times from, until in which somebody lies after a fall; a fall said then is none too many.
        sets: Times from, until in which repetitions are done.
    """

    resident: list[Episode] = field(default_factory=list)
    guests: list[Episode] = field(default_factory=list)
    dark: list[tuple[float, float]] = field(default_factory=list)
    expected: list[Expected] = field(default_factory=list)
    down: list[tuple[float, float]] = field(default_factory=list)
    sets: list[tuple[float, float]] = field(default_factory=list)
