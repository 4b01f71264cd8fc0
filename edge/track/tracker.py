"""Gives every person one id while in view, across short losses: nearest torso, hit counters, held landmarks."""

from dataclasses import dataclass
from itertools import permutations
from typing import Final

import numpy as np

from edge.flow import FloatArray, Poses, Track, Tracks

NS_PER_S: Final = 1_000_000_000

_SHOULDERS_AND_HIPS: Final = (11, 12, 23, 24)
_SHOULDERS: Final = (11, 12)
_HIPS: Final = (23, 24)

_SAME_PERSON_TORSOS: Final = 1.0
"""How far, in torso lengths, a person's torso may be from where it was one frame ago. Real falls move at most 6.6 torso
lengths a second, which is 0.7 at 10 frames a second."""

_GATE_GROWTH_TORSOS_PER_S: Final = 4.0
"""How fast that distance grows while a person is unseen: a brisk walk of 2 m/s at a torso of 0.5 m."""

_SHORTEST_TORSO: Final = 0.02
"""Torso length, in frame heights, below which a pose is taken as this long: seen end-on a torso shrinks to nothing."""


@dataclass(slots=True)
class _Person:
    """What the tracker remembers of somebody. `id` is 0 until the person is confirmed."""

    landmarks: FloatArray
    world: FloatArray
    seen_ns: int
    presence: float
    hits: int = 1
    id: int = 0


class Tracker:
    """Assigns poses to people, frame by frame.

    A person becomes real after `birth_hits` sightings; every frame without a sighting takes one off again, so that a
    flicker never gets an id. A confirmed person stays listed, with the last landmarks and `predicted` set, until unseen
    for `occlusion_s`.

    Args:
        birth_hits: Sightings before somebody gets an id, at least 1. More means fewer phantoms and a later entry.
        occlusion_s: How long a person may be unseen and keep the id, in seconds.
    """

    def __init__(self, *, birth_hits: int = 3, occlusion_s: float = 1.5) -> None:
        self._birth_hits = birth_hits
        self._occlusion_ns = round(occlusion_s * NS_PER_S)
        self._people: list[_Person] = []
        self._last_id = 0

    def update(self, poses: Poses) -> Tracks:
        """Take in one frame's poses; `poses.t_ns` must rise from call to call."""
        for person, index in self._assign(poses):
            _see(person, poses, index)
        self._bury(poses.t_ns)
        self._confirm()
        return Tracks(
            t_ns=poses.t_ns,
            seq=poses.seq,
            width=poses.width,
            height=poses.height,
            people=tuple(self._track(person, poses.t_ns) for person in self._people if person.id),
        )

    def _assign(self, poses: Poses) -> list[tuple[_Person, int]]:
        """Pair people with poses so that as many as possible are paired, at the least total distance."""
        known = list(self._people)
        aspect = poses.width / poses.height
        distance = np.array(
            [[_distance(p, poses, i, aspect) for i in range(len(poses))] for p in known], dtype=np.float64
        ).reshape(len(known), len(poses))
        pairs = _best_pairs(distance)
        taken = {index for _, index in pairs}
        born = []
        for index in range(len(poses)):
            if index not in taken:
                person = _Person(
                    landmarks=poses.landmarks[index], world=poses.world[index], seen_ns=poses.t_ns, presence=0.0, hits=0
                )
                self._people.append(person)
                born.append((person, index))
        return [(known[row], index) for row, index in pairs] + born

    def _bury(self, t_ns: int) -> None:
        for person in self._people:
            if not person.id and person.seen_ns < t_ns:
                person.hits -= 1
        self._people = [
            person
            for person in self._people
            if (t_ns - person.seen_ns <= self._occlusion_ns if person.id else person.hits > 0)
        ]

    def _confirm(self) -> None:
        for person in self._people:
            if not person.id and person.hits >= self._birth_hits:
                self._last_id += 1
                person.id = self._last_id

    def _track(self, person: _Person, t_ns: int) -> Track:
        unseen = (t_ns - person.seen_ns) / self._occlusion_ns if self._occlusion_ns else 0.0
        return Track(
            id=person.id,
            landmarks=person.landmarks,
            world=person.world,
            seen_ns=person.seen_ns,
            predicted=person.seen_ns < t_ns,
            confidence=person.presence * max(0.0, 1.0 - unseen),
        )


def _see(person: _Person, poses: Poses, index: int) -> None:
    person.landmarks = poses.landmarks[index]
    person.world = poses.world[index]
    person.seen_ns = poses.t_ns
    person.presence = float(np.clip(np.nan_to_num(poses.landmarks[index, :, 4]).mean(), 0.0, 1.0))
    person.hits += 1


def _distance(person: _Person, poses: Poses, index: int, aspect: float) -> float:
    """How far shoulders and hips moved, over what one person may move in the time; from 1 on it is somebody else."""
    scale = np.array([aspect, 1.0], dtype=np.float32)  # both in frame heights
    before = person.landmarks[:, :2] * scale
    now = poses.landmarks[index, :, :2] * scale
    torso = max(_torso_length(before), _torso_length(now), _SHORTEST_TORSO)
    moved = np.linalg.norm(now[_SHOULDERS_AND_HIPS, :] - before[_SHOULDERS_AND_HIPS, :], axis=1).mean() / torso
    unseen_s = (poses.t_ns - person.seen_ns) / NS_PER_S
    return float(moved / (_SAME_PERSON_TORSOS + _GATE_GROWTH_TORSOS_PER_S * unseen_s))


def _torso_length(points: FloatArray) -> float:
    return float(np.linalg.norm(points[_SHOULDERS, :].mean(axis=0) - points[_HIPS, :].mean(axis=0)))


def _best_pairs(distance: np.ndarray[tuple[int, int], np.dtype[np.float64]]) -> list[tuple[int, int]]:
    """All ways to pair at most four poses are few; the one with the most pairs below 1, then the shortest, wins."""
    rows, columns = distance.shape
    best: tuple[int, float, list[tuple[int, int]]] = (0, 0.0, [])
    for order in permutations([*range(rows), *([None] * columns)], columns):
        pairs = [(row, column) for column, row in enumerate(order) if row is not None and distance[row, column] < 1.0]
        total = sum(float(distance[pair]) for pair in pairs)
        if (-len(pairs), total) < (-best[0], best[1]):
            best = (len(pairs), total, pairs)
    return best[2]
