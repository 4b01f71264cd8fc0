"""Plays a day to the box: what its model would give of it, at the rates at which the governor would have it look.

Where somebody moves it looks 10 times a second, at somebody who lies on the floor 5 times, at people who stay still
twice, at somebody asleep once, into an empty room every 3 s; a movement wakes it within a tenth of a second.
"""

from collections.abc import Iterator
from typing import Final

import numpy as np

from edge.capture.studio import Label
from edge.capture.studio.camera import Camera
from edge.capture.studio.rotation import facing, matrix
from edge.capture.studio.skeleton import landmarks, place
from edge.capture.studio.stance import SITTING, Stance
from edge.flow import LANDMARKS, FloatArray, Poses

from .agenda import Day, Episode
from .faults import FALLING, LYING, LYING_BED, ON_HANDS, STANDING, WALKING, Eye, Faults
from .faults import SITTING as SEATED
from .projection import Projected, projected
from .routine import HOUR_S
from .seeing import HEIGHT_PX, WIDTH_PX

NS_PER_S: Final = 1_000_000_000

ACTIVE_S: Final = 0.1
DOWN_S: Final = 0.2
CALM_S: Final = 0.5
ASLEEP_S: Final = 1.0
EMPTY_S: Final = 3.0
_ACTIVE_FOR_S: Final = 2.0

_SLEEP_STEP_S: Final = 30.0
"""A sleeper's body is placed anew this often; breathing is less than the model's jitter."""

MOST_POSES: Final = 2
"""As config/care-home.toml has it."""

_CALM: Final = frozenset({Label.STANDING, Label.SITTING, Label.SITTING_FLOOR, Label.LYING_BED})
_FAULTS: Final = {
    Label.WALKING: WALKING,
    Label.FALLING: FALLING,
    Label.LYING: LYING,
    Label.PLANK: ON_HANDS,
    Label.PUSHUP: ON_HANDS,
    Label.LYING_BED: LYING_BED,
    Label.SITTING: SEATED,
    Label.SITTING_FLOOR: SEATED,
}

_EVENING_H: Final = (17.0, 21.5)
_EVENING_WORSE: Final = 1.5
"""Jitter and losses by lamplight against daylight; a guess."""

_CAT_LOST_S: Final = 1.0

_JUMPS_PER_S: Final = {Label.WALKING: 0.05}
_JUMPS_ELSE_PER_S: Final = 0.003
"""How often the pose of somebody is somewhere else for a frame or two: 18 times in 150 s of walking, coming and going
with losses most often; twice in 370 s of people who stay where they are."""

_PHANTOM_AT: Final = (-2.2, 4.6)
_PHANTOM_SHARE: Final = 0.4
"""Share of frames with a pose of a plastic chair or a sofa: 38 of 38, 30 of 76."""

_PHANTOM_CHANGES_S: Final = 120.0
_PHANTOM: Final = Faults(
    jitter=(0.6,) * 9, world=STANDING.world, depth=STANDING.depth, lost=1 - _PHANTOM_SHARE, lost_s=_PHANTOM_CHANGES_S
)


def watched(day: Day, seed: int, *, until_s: float = 24 * HOUR_S, from_s: float = 0.0) -> Iterator[Poses]:
    """What the box is given of a day, frame by frame; `t_ns` is from midnight."""
    player = _Player(day, seed)
    t_s, seq = from_s, 0
    while t_s < until_s:
        found, step_s = player.look(t_s)
        t_ns = round(t_s * 1000) * 1_000_000
        yield Poses(
            t_ns=t_ns,
            seq=seq,
            width=WIDTH_PX,
            height=HEIGHT_PX,
            landmarks=np.array([pose for pose, _ in found], dtype=np.float32).reshape(-1, LANDMARKS, 5),
            world=np.array([world for _, world in found], dtype=np.float32).reshape(-1, LANDMARKS, 4),
            done_ns=t_ns,
        )
        seq += 1
        t_s += step_s


class _Player:
    def __init__(self, day: Day, seed: int) -> None:
        self._day = day
        self._seed = seed
        self._camera = Camera(width=WIDTH_PX, height=HEIGHT_PX)
        self._episodes = sorted((*day.resident, *day.guests), key=lambda episode: episode.start_s)
        self._next = 0
        self._on: list[tuple[int, Episode]] = []
        self._eyes: dict[int, Eye] = {}
        self._chance = np.random.default_rng([seed, 0])
        self._active_until_s = 0.0
        self._elsewhere_until_s = -1.0
        self._phantom = _phantom(self._camera)
        self._phantom_eye = Eye(np.random.default_rng([seed, 1]), aspect=WIDTH_PX / HEIGHT_PX)
        self._last_s = 0.0
        self._asleep: tuple[float, float, Projected] | None = None

    def look(self, t_s: float) -> tuple[list[tuple[FloatArray, FloatArray]], float]:
        """The poses at a time, and how long until the next look."""
        self._come_and_go(t_s)
        found, calm_s, wakes_s = [], EMPTY_S, self._wakes_s()
        passed_s, self._last_s = t_s - self._last_s, t_s
        dark = any(a <= t_s < b for a, b in self._day.dark)
        for number, episode in self._on:
            label = episode.script.label_at(t_s - episode.start_s)
            body = self._body(episode, label, t_s)
            if body is None:
                continue
            if label not in _CALM:
                self._active_until_s = t_s + (0.0 if label is Label.LYING else _ACTIVE_FOR_S)
            calm_s = min(calm_s, _calm_s(label))
            wakes_s = min(wakes_s, episode.start_s + _label_ends_s(episode, t_s - episode.start_s))
            pose = self._seen(number, episode, label, body, t_s, passed_s)
            if pose is not None and not dark:
                found.append(pose)
        ghost = self._phantom_eye.look(self._phantom, _PHANTOM, t_s)
        if ghost is not None and not dark:
            found.append(ghost)
        if t_s < self._active_until_s:
            return found[:MOST_POSES], ACTIVE_S
        return found[:MOST_POSES], max(ACTIVE_S, min(calm_s, wakes_s + ACTIVE_S / 2 - t_s))

    def _come_and_go(self, t_s: float) -> None:
        while self._next < len(self._episodes) and self._episodes[self._next].start_s <= t_s:
            episode = self._episodes[self._next]
            self._on.append((self._number(episode), episode))
            self._next += 1
        self._on = [(number, episode) for number, episode in self._on if t_s < episode.end_s]

    def _number(self, episode: Episode) -> int:
        """The resident is always the same; everybody else is somebody new."""
        return 0 if episode in self._day.resident else 1 + self._day.guests.index(episode)

    def _wakes_s(self) -> float:
        return self._episodes[self._next].start_s if self._next < len(self._episodes) else float("inf")

    def _body(self, episode: Episode, label: Label, t_s: float) -> Projected | None:
        at_s = t_s - episode.start_s
        if label is Label.LYING_BED:
            at_s -= at_s % _SLEEP_STEP_S
            if self._asleep is not None and self._asleep[:2] == (episode.start_s, at_s):
                return self._asleep[2]
        pose = episode.script.at(at_s)
        if pose is None:
            return None
        places = landmarks(place(*pose))
        if episode.size != 1.0:
            foot = np.array([pose[0].x, pose[0].y, 0.0])
            places = foot + (places - foot) * episode.size
        body = projected(places, self._camera)
        if label is Label.LYING_BED:
            self._asleep = (episode.start_s, at_s, body)
        return body

    def _seen(
        self, number: int, episode: Episode, label: Label, body: Projected, t_s: float, passed_s: float
    ) -> tuple[FloatArray, FloatArray] | None:
        if number not in self._eyes:
            self._eyes[number] = Eye(np.random.default_rng([self._seed, 2 + number]), aspect=WIDTH_PX / HEIGHT_PX)
        faults = _FAULTS.get(label, STANDING)
        if episode.find < 1.0:
            faults = _cat_faults(episode.find)
        worse = _EVENING_WORSE if _EVENING_H[0] <= t_s / HOUR_S < _EVENING_H[1] else 1.0
        pose = self._eyes[number].look(body, faults, t_s, worse=worse)
        if self._chance.random() < _JUMPS_PER_S.get(label, _JUMPS_ELSE_PER_S) * min(passed_s, ACTIVE_S):
            self._elsewhere_until_s = t_s + self._chance.uniform(0.5, 1.5) * ACTIVE_S
        if pose is not None and t_s <= self._elsewhere_until_s:
            return self._eyes[number].look(self._phantom, _ELSEWHERE, t_s)
        return pose


_ELSEWHERE: Final = Faults(jitter=STANDING.jitter, world=STANDING.world, depth=STANDING.depth, lost=0.0, lost_s=1.0)


def _cat_faults(find: float) -> Faults:
    return _CATS.setdefault(
        find,
        Faults(jitter=LYING.jitter, world=LYING.world, depth=LYING.depth, lost=1 - find, lost_s=_CAT_LOST_S),
    )


_CATS: Final[dict[float, Faults]] = {}


def _calm_s(label: Label) -> float:
    if label is Label.LYING:
        return DOWN_S
    if label is Label.LYING_BED:
        return ASLEEP_S
    return CALM_S


def _label_ends_s(episode: Episode, at_s: float) -> float:
    """When what is done at `at_s` is over, both in the script's time."""
    return next((span.end_s for span in episode.script.labels if span.end_s > at_s), episode.script.duration_s)


def _phantom(camera: Camera) -> Projected:
    """Something in a corner that the model takes for somebody seated."""
    x, y = _PHANTOM_AT
    stance = Stance(x=x, y=y).changed(SITTING)
    return projected(landmarks(place(stance, matrix(facing(20.0)))), camera)
