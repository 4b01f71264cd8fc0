"""The posture room's front: tracks in, events out, for everybody in view."""

import math
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import time
from typing import Final

from edge.flow import Event, Track, Tracks
from edge.posture.body import NS_PER_S, Body, body_of
from edge.posture.fall import FallWatch
from edge.posture.fall_score import lies
from edge.posture.features import features_of
from edge.posture.floor import Floor
from edge.posture.person import Patience, PersonNow, PersonObserver
from edge.posture.presence import Presence
from edge.posture.stance_height import Height
from edge.posture.zones import Reflections, Zone
from edge.track.geometry import trunk_centre

_LOST_FOR_NS: Final = 3 * NS_PER_S
_NEAR_TORSOS: Final = 3.5
"""Somebody lost for no longer, and no farther from where somebody new turns up, is probably the same: falls take less
than two seconds, and who falls lands within a body's length."""

_STOOD_FOR_NS: Final = 60 * NS_PER_S
"""For so long after somebody was seen last, whoever turns up lying near there has come down from where they stood.
Falls that nobody sees, in the dark say, are found like this."""

_MOST_LEFT: Final = 4


class Observer:
    """Follows everybody in view. Knows no clock: time comes with the tracks.

    Args:
        left_after_s: How long somebody must be unseen to have left, in seconds.
        zones: The room's zones.
        patience: How long other things may take before they are told.
        floor: Of the room, as far as it is known; learns from whoever stands.
        past: Tells how somebody was seen before their track was listed, oldest first: a fall may lie there.
    """

    def __init__(
        self,
        *,
        left_after_s: float = 3.0,
        zones: Sequence[Zone] = (),
        patience: Patience | None = None,
        floor: Floor | None = None,
        past: Callable[[int], Sequence[Track]] = lambda _: (),
    ) -> None:
        self._past = past
        self._presence = Presence(left_after_s=left_after_s)
        self._zones = zones
        self._patience = patience or Patience()
        self._floor = floor or Floor()
        self._reflections = Reflections(zones)
        self._persons: dict[int, PersonObserver] = {}
        self._left: deque[tuple[int, Height]] = deque(maxlen=_MOST_LEFT)

    @property
    def people(self) -> tuple[PersonNow, ...]:
        """Everyone in the room, the longest-known first."""
        return tuple(self._persons[person].now for person in self._presence.people)

    @property
    def urgent(self) -> bool:
        """Whether somebody may be falling or is down."""
        return any(person.urgent for person in self._persons.values())

    def retune(self, *, zones: Sequence[Zone], patience: Patience) -> None:
        """Judge whoever comes from now on by these; people in the room keep the rules they came with."""
        self._zones = zones
        self._patience = patience
        self._reflections = Reflections(zones)

    def update(self, tracks: Tracks, *, time_of_day: time | None = None) -> tuple[Event, ...]:
        """Take in one instant's tracks; returns what it decided.

        Args:
            tracks: `t_ns` rises from call to call.
            time_of_day: Local, for rules that depend on it; None where nobody knows it.
        """
        bodies = self._real([body_of(track, tracks) for track in tracks.people])
        here = {body.track for body in bodies}
        real = tuple(track for track in tracks.people if track.id in here)
        presence = self._presence.update(tracks if len(real) == len(tracks.people) else replace(tracks, people=real))
        events = [event for event in presence if event.type == "person_entered"]
        for body in bodies:
            person = self._persons.get(body.track)
            if person is None:
                person = self._newcomer(body, bodies, tracks)
            events.extend(person.update(body, time_of_day=time_of_day))
        for event in presence:
            if event.type == "person_left":
                events.extend(self._farewell(event))
        return tuple(events)

    def end(self, t_ns: int) -> tuple[Event, ...]:
        """The recording is over: everybody leaves."""
        return tuple(event for left in self._presence.end(t_ns) for event in self._farewell(left))

    def _real(self, bodies: list[Body]) -> list[Body]:
        """Those who are not in a mirror or on a screen."""
        self._reflections.forget_all_but(body.track for body in bodies)
        return [body for body in bodies if not self._reflections.ignored(body, down=self._is_urgent(body.track))]

    def _newcomer(self, body: Body, bodies: Sequence[Body], tracks: Tracks) -> PersonObserver:
        past = [
            body_of(track, replace(tracks, t_ns=track.seen_ns))
            for track in self._past(body.track)
            if track.seen_ns < body.t_ns
        ]
        fall = self._fall_of(body, bodies)
        person = PersonObserver(
            body.track,
            zones=self._zones,
            patience=self._patience,
            floor=self._floor,
            before=self._lost_near(past[0] if past else body),
            fall=fall,
            height=self._height_near(body),
        )
        if not fall:
            person.recall(past)
        self._persons[body.track] = person
        return person

    def _lost_near(self, body: Body) -> Body | None:
        """Who was lost shortly before, near where somebody turns up whom the tracker does not know."""
        lost = [
            (gap, seen)
            for person in self._persons.values()
            if (seen := person.seen) is not None
            and 0 < body.t_ns - seen.t_ns <= _LOST_FOR_NS
            and (gap := _gap_torsos(seen, body)) <= _NEAR_TORSOS
        ]
        return min(lost, key=lambda one: one[0])[1] if lost else None

    def _fall_of(self, body: Body, bodies: Sequence[Body]) -> FallWatch | None:
        """The fall of somebody who was lost after it, if it is they who turn up."""
        seen = {one.track for one in bodies if one.seen}
        fallen = (person for track, person in self._persons.items() if track not in seen and person.fell_as(body))
        person = next(fallen, None)
        return person.hand_over_fall() if person else None

    def _height_near(self, body: Body) -> Height | None:
        """How high whoever was seen last stood near where somebody turns up lying: the floor there is the same."""
        now = features_of(body)
        if now is None or not lies(now):
            return None
        stood = [(person.seen.t_ns, person.height) for person in self._persons.values() if person.seen]
        recent = [
            (seen_ns, height)
            for seen_ns, height in (*self._left, *stood)
            if 0 < body.t_ns - seen_ns <= _STOOD_FOR_NS and height.drop(body) is not None
        ]
        return max(recent, key=lambda one: one[0])[1].copy() if recent else None

    def _is_urgent(self, track: int) -> bool:
        person = self._persons.get(track)
        return person is not None and person.urgent

    def _farewell(self, left: Event) -> list[Event]:
        person = self._persons.pop(left.track, None) if left.track else None
        if person and person.seen:
            self._left.append((person.seen.t_ns, person.height))
        return [*(person.end(left.t_ns) if person else ()), left]


def _gap_torsos(one: Body, other: Body) -> float:
    """How far apart two bodies are, in torso lengths of the larger."""
    across, down = trunk_centre(one.xy) - trunk_centre(other.xy)
    return math.hypot(across, down) / max(one.scale, other.scale)
