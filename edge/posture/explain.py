"""Why an event was said: what was measured on its person shortly before and after."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any, Final

from edge.flow import Event, Tracks
from edge.posture.body import NS_PER_S, body_of
from edge.posture.features import Features, features_of
from edge.posture.person import PersonNow

BEFORE_NS: Final = 2 * NS_PER_S
"""Falls take up to 1.5 s, and rules look back for 2."""

AFTER_NS: Final = NS_PER_S // 2

_STEP_NS: Final = NS_PER_S // 4
"""Between two lines; what changes faster is jitter."""

MEASURES: Final = tuple(field.name for field in fields(Features) if field.name != "t_ns")
"""What is measured on a body; `edge.posture.features.Features` says what each is."""


@dataclass(frozen=True, slots=True)
class Moment:
    """One person at one instant: what was measured, and what was made of it.

    Attributes:
        t_ns: The instant.
        seen: Whether the model saw the person in this frame; else all of this is predicted.
        now: What was decided so far.
        features: What was measured; None where the pose could not be measured.
    """

    t_ns: int
    seen: bool
    now: PersonNow
    features: Features | None

    def measured(self) -> dict[str, float]:
        """The measures, rounded for reading."""
        found = asdict(self.features) if self.features else {}
        return {name: round(found[name], 2) for name in MEASURES if name in found}

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "t_ms": self.t_ns // 1_000_000,
            "seen": self.seen,
            "posture": self.now.posture.value,
            "on_floor": self.now.on_floor,
            "moving": self.now.moving,
            "exercise": self.now.exercise,
            "reps": self.now.reps,
            "zones": list(self.now.zones),
            **self.measured(),
        }


def moments(tracks: Tracks, people: Iterable[PersonNow]) -> Iterator[Moment]:
    """Everyone at one instant.

    Args:
        tracks: Who is where.
        people: What was decided about them, at the same instant.
    """
    known: Mapping[int, PersonNow] = {person.id: person for person in people}
    for track in tracks.people:
        if track.id in known:
            body = body_of(track, tracks)
            yield Moment(t_ns=tracks.t_ns, seen=body.seen, now=known[track.id], features=features_of(body))


@dataclass(frozen=True, slots=True)
class Explanation:
    """What surrounds one event.

    Attributes:
        event: The event.
        moments: Of its person, in the order of time; empty for events about the whole view.
    """

    event: Event
    moments: tuple[Moment, ...]

    def text(self) -> str:
        """For people: the event, and a table below it with the event's instant marked."""
        data = ", ".join(f"{name} {value}" for name, value in self.event.data.items())
        head = (
            f"{self.event.t_ns / NS_PER_S:.2f} s {self.event.type} #{self.event.track} "
            f"confidence {self.event.confidence:.2f}{': ' * bool(data)}{data}"
        )
        table = [("", "s", "posture", *MEASURES), *(self._row(moment) for moment in self.moments)]
        widths = [max(map(len, column)) for column in zip(*table, strict=True)]
        lines = ("  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)) for row in table)
        return "\n".join((head, *lines, "")) if self.moments else f"{head}\n"

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "type": self.event.type,
            "t_ms": self.event.t_ns // 1_000_000,
            "track": self.event.track,
            "moments": [moment.as_dict() for moment in self.moments],
        }

    def _row(self, moment: Moment) -> tuple[str, ...]:
        measured = moment.measured()
        return (
            ">" if moment.t_ns == self.event.t_ns else "",
            f"{moment.t_ns / NS_PER_S:.2f}",
            moment.now.posture.value if moment.seen else f"({moment.now.posture.value})",
            *(f"{measured[name]:g}" if name in measured else "" for name in MEASURES),
        )


class Explainer:
    """Watches a replay, and tells what surrounds each event.

    Args:
        tell: Gets each explanation, a moment after its event.
    """

    def __init__(self, tell: Callable[[Explanation], None]) -> None:
        self._tell = tell
        self._past: dict[int, deque[Moment]] = {}
        self._open: deque[Event] = deque()

    def frame(self, tracks: Tracks, people: Sequence[PersonNow], events: Sequence[Event]) -> None:
        """Take in one frame, what is the case with everybody, and what was decided."""
        t_ns = tracks.t_ns
        for moment in moments(tracks, people):
            past = self._past.setdefault(moment.now.id, deque())
            past.append(moment)
            while t_ns - past[0].t_ns > BEFORE_NS + AFTER_NS:
                past.popleft()
        self._open.extend(events)
        while self._open and t_ns - self._open[0].t_ns >= AFTER_NS:
            self._tell(self._explained(self._open.popleft()))

    def end(self, events: Sequence[Event]) -> None:
        """Take in what was decided at the end."""
        for event in (*self._open, *events):
            self._tell(self._explained(event))
        self._open.clear()

    def _explained(self, event: Event) -> Explanation:
        past = self._past.get(event.track, ()) if event.track is not None else ()
        near = [moment for moment in past if -BEFORE_NS <= moment.t_ns - event.t_ns <= AFTER_NS]
        return Explanation(event=event, moments=tuple(_thinned(near, event.t_ns)))


def _thinned(near: list[Moment], t_ns: int) -> Iterator[Moment]:
    """One moment a step, and the event's own."""
    last_ns: int | None = None
    for moment in near:
        if moment.t_ns == t_ns or last_ns is None or moment.t_ns - last_ns >= _STEP_NS:
            yield moment
            last_ns = moment.t_ns
