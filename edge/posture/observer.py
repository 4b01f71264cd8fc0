"""The posture room's front: tracks in, events out, for everybody in view."""

from edge.flow import Event, Tracks
from edge.posture.body import body_of
from edge.posture.person import PersonObserver
from edge.posture.presence import Presence


class Observer:
    """Follows everybody in view. Knows no clock: time comes with the tracks.

    Args:
        left_after_s: How long somebody must be unseen to have left, in seconds.
    """

    def __init__(self, *, left_after_s: float = 3.0) -> None:
        self._presence = Presence(left_after_s=left_after_s)
        self._persons: dict[int, PersonObserver] = {}

    @property
    def people(self) -> tuple[int, ...]:
        """Track ids of the people in the room, the longest-known first."""
        return self._presence.people

    @property
    def urgent(self) -> bool:
        """Whether somebody may be falling or is down."""
        return any(person.urgent for person in self._persons.values())

    def update(self, tracks: Tracks) -> tuple[Event, ...]:
        """Take in one instant's tracks; returns what it decided."""
        presence = self._presence.update(tracks)
        events = [event for event in presence if event.type == "person_entered"]
        for track in tracks.people:
            person = self._persons.setdefault(track.id, PersonObserver())
            events.extend(person.update(body_of(track, tracks)))
        for event in presence:
            if event.type == "person_left":
                events.extend(self._farewell(event))
        return tuple(events)

    def end(self, t_ns: int) -> tuple[Event, ...]:
        """The recording is over: everybody leaves."""
        return tuple(event for left in self._presence.end(t_ns) for event in self._farewell(left))

    def _farewell(self, left: Event) -> list[Event]:
        person = self._persons.pop(left.track, None) if left.track else None
        return [*(person.end(left.t_ns) if person else ()), left]
