"""Who is in the room: `person_entered` and `person_left`."""

from types import MappingProxyType
from typing import Final

from edge.flow import Event, Tracks

NS_PER_S: Final = 1_000_000_000


class Presence:
    """Turns tracks into entries and departures.

    A person whose track ends is reported as gone only when unseen for `left_after_s`, so that lights and counts do
    not flicker with the model.

    Args:
        left_after_s: How long somebody must be unseen to have left, in seconds; not shorter than the tracker's
            occlusion.
    """

    def __init__(self, *, left_after_s: float = 3.0) -> None:
        self._left_after_ns = round(left_after_s * NS_PER_S)
        self._entered_ns: dict[int, int] = {}
        self._seen_ns: dict[int, int] = {}

    @property
    def people(self) -> tuple[int, ...]:
        """Track ids of those in the room, the longest-known first."""
        return tuple(self._entered_ns)

    def update(self, tracks: Tracks) -> tuple[Event, ...]:
        """Take in one frame's tracks; returns what it decided, oldest track first."""
        entered = []
        for track in tracks.people:
            self._seen_ns[track.id] = track.seen_ns
            if track.id not in self._entered_ns:
                self._entered_ns[track.id] = tracks.t_ns
                entered.append(
                    Event(type="person_entered", t_ns=tracks.t_ns, track=track.id, confidence=track.confidence)
                )
        present = {track.id for track in tracks.people}
        gone = [
            person
            for person, seen_ns in self._seen_ns.items()
            if person not in present and tracks.t_ns - seen_ns >= self._left_after_ns
        ]
        return (*entered, *(self._leave(person, tracks.t_ns) for person in gone))

    def end(self, t_ns: int) -> tuple[Event, ...]:
        """The recording is over: everybody leaves."""
        return tuple(self._leave(person, t_ns) for person in list(self._seen_ns))

    def _leave(self, person: int, t_ns: int) -> Event:
        stayed_ns = self._seen_ns.pop(person) - self._entered_ns.pop(person)
        return Event(
            type="person_left",
            t_ns=t_ns,
            track=person,
            confidence=1.0,
            data=MappingProxyType({"stayed_s": round(stayed_ns / NS_PER_S, 1)}),
        )
