"""What the studio's day must make Home Assistant show, and when.

From the scene's truth, and from how long the rules wait by themselves, as docs/events.md says.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from edge.capture.studio import ActorTruth, Label, Studio, build_scene

DAY, SQUATS = "day", "squats"
"""The scenes."""

RESIDENT, VISITOR = 1, 2
REPETITIONS: Final = 5
"""In either scene."""

LEFT_AFTER_S, FALL_AFTER_S, UP_S = 3.0, 3.0, 1.0
"""What the rules wait for before they say that somebody has left, has fallen, or is up again."""

FOUND: Final = 0.7
"""Share of somebody's landmarks in the picture from which the model is to find them: docs/studio.md."""

_NOSE_UP_M: Final = 0.8
_TILT_DEG: Final = 45.0
"""Who is up: the nose so high above the ankles, the trunk that near to upright."""

_STEP_S: Final = 0.05
_NOSE, _SHOULDERS, _HIPS, _ANKLES = 0, (11, 12), (23, 24), (27, 28)


@dataclass(frozen=True, slots=True)
class Moment:
    """Something that has to be shown.

    Attributes:
        what: In words.
        entity: Its kind and name in Home Assistant.
        key: Where the box's state says it.
        told: What the box's state says.
        from_s: When what leads to it begins, in seconds of the scene, and the rules' waiting is over. Earlier, the same
            state belongs to something else.
        due_s: When it is complete, and the rules' waiting is over.
    """

    what: str
    entity: str
    key: str
    told: str | int
    from_s: float
    due_s: float

    @property
    def state(self) -> str:
        """What Home Assistant has to show."""
        return str(self.told).lower()


class Truth:
    """A scene's truth about everybody, every 50 ms."""

    def __init__(self, scene: str) -> None:
        self._scene = build_scene(scene)
        studio = Studio(self._scene, width=640, height=480)
        self._truths = [
            (step * _STEP_S, studio.truth(step * _STEP_S)) for step in range(int(self._scene.duration_s / _STEP_S))
        ]

    @property
    def duration_s(self) -> float:
        return self._scene.duration_s

    def mark(self, actor: int, name: str, number: int = 1) -> float:
        """When an actor did something for so many times."""
        times = [event.t_s for event in self._scene.events if (event.actor, event.name) == (actor, name)]
        return times[number - 1]

    def first(self, actor: int, is_so: Callable[[ActorTruth], bool], after_s: float = 0.0) -> float:
        """When something first holds of an actor."""
        return next(t_s for t_s, truths in self._truths if t_s >= after_s and is_so(truths[actor - 1]))

    def last(self, actor: int, is_so: Callable[[ActorTruth], bool], before_s: float) -> float:
        """When something holds of an actor for the last time before an instant."""
        return max(t_s for t_s, truths in self._truths if t_s < before_s and is_so(truths[actor - 1]))

    def entry(self, actor: int, after_s: float = 0.0) -> tuple[float, float]:
        """When the first bit of an actor is in the picture, and when enough to be found."""
        seen_s = self.first(actor, lambda one: one.visible, after_s)
        return seen_s, self.first(actor, _can_be_found, seen_s)

    def exit(self, actor: int, after_s: float) -> tuple[float, float]:
        """When enough of an actor to be found is in the picture for the last time, and when nothing is left."""
        gone_s = self.first(actor, lambda one: not one.visible, after_s)
        return self.last(actor, _can_be_found, gone_s), gone_s

    def begun(self, actor: int, end_s: float) -> float:
        """When the movement between two postures began that ends at an instant."""
        return self.last(actor, lambda one: one.label is not Label.MOVING, end_s - _STEP_S)

    def most_people(self, since_s: float, until_s: float) -> int:
        """The most actors that were in the picture at all at some time."""
        around = [truths for t_s, truths in self._truths if since_s <= t_s <= until_s]
        return sum(any(truths[actor].visible for truths in around) for actor in range(len(self._scene.actors)))


def last_repetition(truth: Truth) -> Moment:
    """The last of the scene's squats, counted like all before it."""
    before_s, done_s = (truth.mark(RESIDENT, "rep", number) for number in (REPETITIONS - 1, REPETITIONS))
    return Moment("the last repetition", "sensor hall Repetitions", "reps", REPETITIONS, before_s, done_s)


def moments(truth: Truth) -> list[Moment]:
    """What must be shown of the day, in its order."""
    sat_s, stood_s = truth.mark(RESIDENT, "sat_down"), truth.mark(RESIDENT, "stood_up")
    goes_s, gone_s = truth.exit(RESIDENT, truth.mark(RESIDENT, "rep", REPETITIONS))
    back_s, found_s = truth.entry(RESIDENT, gone_s)
    lay_s = truth.mark(RESIDENT, "lay_down")
    guest_seen_s, guest_found_s = truth.entry(VISITOR)
    guest_goes_s, guest_gone_s = truth.exit(VISITOR, guest_found_s)
    fell_s, landed_s = truth.mark(RESIDENT, "fall"), truth.mark(RESIDENT, "landed")
    rises_s = truth.first(RESIDENT, lambda one: one.label is not Label.LYING, landed_s)
    risen_s = truth.mark(RESIDENT, "got_up", 2)
    up_s = truth.last(RESIDENT, lambda one: not _is_up(one), risen_s)
    leaves_s, left_s = truth.exit(RESIDENT, risen_s)

    presence, people, posture = "binary_sensor hall Presence", "sensor hall People", "sensor hall Posture"
    fall = "binary_sensor hall Fall"
    return [
        Moment("presence on as somebody enters", presence, "presence", "ON", *truth.entry(RESIDENT)),
        Moment("one person", people, "people", 1, *truth.entry(RESIDENT)),
        Moment("sitting", posture, "posture", "sitting", truth.begun(RESIDENT, sat_s), sat_s),
        Moment("standing again", posture, "posture", "standing", truth.begun(RESIDENT, stood_s), stood_s),
        last_repetition(truth),
        Moment("presence off", presence, "presence", "OFF", goes_s + LEFT_AFTER_S, gone_s + LEFT_AFTER_S),
        Moment("presence on as they return", presence, "presence", "ON", back_s, found_s),
        Moment("lying on the bed", posture, "posture", "lying", truth.begun(RESIDENT, lay_s), lay_s),
        Moment("two people", people, "people", 2, guest_seen_s, guest_found_s),
        Moment("one person again", people, "people", 1, guest_goes_s + LEFT_AFTER_S, guest_gone_s + LEFT_AFTER_S),
        Moment("a fall", fall, "fall", "ON", fell_s + FALL_AFTER_S, landed_s + FALL_AFTER_S),
        Moment("the fall is over", fall, "fall", "OFF", rises_s + UP_S, up_s + UP_S),
        Moment("nobody at the end", people, "people", 0, leaves_s + LEFT_AFTER_S, left_s + LEFT_AFTER_S),
    ]


def _can_be_found(one: ActorTruth) -> bool:
    return one.in_picture >= FOUND


def _is_up(one: ActorTruth) -> bool:
    places = one.landmarks_m
    shoulders, hips, ankles = (places[list(joints)].mean(axis=0) for joints in (_SHOULDERS, _HIPS, _ANKLES))
    trunk = shoulders - hips
    tilt_deg = np.degrees(np.arctan2(np.hypot(trunk[0], trunk[1]), trunk[2]))
    return bool(places[_NOSE, 2] - ankles[2] > _NOSE_UP_M and tilt_deg < _TILT_DEG)
