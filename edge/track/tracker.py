"""Gives every person one id while in view: across frames, losses and crossings, and never to furniture."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from edge.flow import Missing, Poses, Track, Tracks
from edge.track.assignment import MOST_POSES, best_pairs
from edge.track.encounter import Encounters
from edge.track.geometry import NS_PER_S, Points, points, torso_scale, trunk_centre
from edge.track.person import Person
from edge.track.plausible import plausible
from edge.track.similarity import similarity

_SAME_PERSON: Final = 0.3
"""Lowest similarity of a person's next pose to the one expected. In recordings of one person, at 10 and at 30 looks a
second, it is above 0.7 in 99 % of frames and above 0.3 in 99.9 %."""

_SLACK_TORSOS: Final = 0.05
_SLACK_TORSOS_PER_S: Final = 2.5
"""How wrong a prediction may be: jitter, and what a fall or a start adds to the expected way."""

_MOST_SLACK_TORSOS: Final = 1.0
"""However long unseen: farther away it is somebody else, or has to prove to be a person first."""

_REAL_FIRST: Final = 0.1
"""Bonus in similarity for those who are real: a candidate born from their own double must not take their pose."""

_PER_DOUBT: Final = 0.1
"""What each sign takes off that a pose is not whom it fits best but whom that one met: half of the scale at most."""

_OWN_PLACE: Final = 0.2
"""How much somebody's own expected place still counts while they meet somebody."""

_ANY_FIT: Final = 0.01
"""Left of a pair that is possible, however doubtful."""

_SAME_POSE: Final = 0.75
"""Similarity of two poses of one frame from which on they are the same body found twice."""

_REACH_TORSOS: Final = 0.75
_REACH_TORSOS_PER_S: Final = 2.0
_MOST_REACH_TORSOS: Final = 2.0
"""How far from where a person was lost somebody new may turn up and be that person: more with the time, to two
steps."""

_FALL_NS: Final = 3 * NS_PER_S
"""How soon after a loss a body that lies near there, even unmoving, is who was lost: falls take under two seconds."""

_SAME_SIZE: Final = 1.6
"""Ratio of torso lengths up to which two sightings may be the same person, without a walk to or from the camera
between."""

_LOOK_MARGIN: Final = 0.25
"""Margin of the box around a lost person's last pose, as a share of its sides."""

_LOOK_BELOW_TORSOS: Final = 1.5
"""How much farther down and to the sides to look for somebody who was going down: the floor is about there."""


class Tracker:
    """Assigns poses to people, frame by frame.

    A pose that belongs to nobody begins a candidate. It becomes real, and gets an id, once it was seen `birth_hits`
    times, looks like a body and has moved like one; every frame without a sighting takes one hit off again. A real
    person who is not seen stays listed as `predicted` for `occlusion_s`, and for minutes if lost while going down or
    down. Who was lost inside the picture, and is found in the same place soon after, is the same person.

    Args:
        birth_hits: Sightings before somebody gets an id, at least 1. More means fewer phantoms and a later entry.
        occlusion_s: How long a person may be hidden and stay listed, in seconds.
        smooth: Whether to smooth landmarks. MediaPipe does so itself when it looks for one person only.
    """

    def __init__(self, *, birth_hits: int = 3, occlusion_s: float = 1.5, smooth: bool = False) -> None:
        self._birth_hits = birth_hits
        self._occlusion_ns = round(occlusion_s * NS_PER_S)
        self._smooth = smooth
        self._people: list[Person] = []
        self._encounters = Encounters()
        self._last_id = 0
        self._frame = (0, 0, 0, 0)

    @property
    def missing(self) -> tuple[Missing, ...]:
        """Who was lost while probably still there, as of the last update: where a second look is worth its cost."""
        t_ns, _, width, height = self._frame
        return tuple(
            Missing(
                track=person.id,
                box=_where_to_look(person, t_ns, aspect=width / height),
                seen_ns=person.seen_ns,
                going_down=person.held,
            )
            for person in self._people
            if person.id and person.seen_ns < t_ns and not person.leaving
        )

    def update(self, poses: Poses) -> Tracks:
        """Take in one frame's poses; `poses.t_ns` must rise from call to call."""
        xy = points(poses.landmarks, width=poses.width, height=poses.height)
        self._frame = (poses.t_ns, poses.seq, poses.width, poses.height)
        usable = _worth_pairing(poses, xy)
        pairs = self._pair(poses.t_ns, xy[usable])
        for person, column in pairs:
            person.see(poses, usable[column], xy[usable[column]])
        paired = {column for _, column in pairs}
        for column, index in enumerate(usable):
            if column not in paired:
                self._people.append(Person(poses, index, xy[index], smooth=self._smooth))
        self._bury(poses.t_ns)
        self._confirm(poses.t_ns)
        self._encounters.update(self._people, poses.t_ns)
        return self._listed(poses.t_ns)

    def at(self, t_ns: int) -> Tracks:
        """Everyone as they probably are at `t_ns`, after the last update. Changes nothing.

        Landmarks in the picture move on with each part's own velocity; world landmarks stay as last seen.
        """
        return self._listed(t_ns)

    def _listed(self, t_ns: int) -> Tracks:
        _, seq, width, height = self._frame
        return Tracks(
            t_ns=t_ns,
            seq=seq,
            width=width,
            height=height,
            people=tuple(
                Track(
                    id=person.id,
                    landmarks=person.landmarks(t_ns),
                    world=person.world,
                    seen_ns=person.seen_ns,
                    predicted=person.seen_ns < t_ns,
                    confidence=person.confidence(t_ns, occlusion_ns=self._occlusion_ns),
                )
                for person in self._people
                if person.id and person.listed(t_ns, occlusion_ns=self._occlusion_ns)
            ),
        )

    def _pair(self, t_ns: int, xy: Points) -> list[tuple[Person, int]]:
        """Pair people with poses, by index into `xy`, so that they fit best as a whole."""
        if not (self._people and len(xy)):
            return []
        unseen_s = np.array([(t_ns - person.seen_ns) / NS_PER_S for person in self._people])
        score = similarity(
            np.array([person.motion.whereabouts(t_ns) for person in self._people]),
            xy,
            scale=np.array([person.scale for person in self._people]),
            slack=np.minimum(_SLACK_TORSOS + _SLACK_TORSOS_PER_S * unseen_s, _MOST_SLACK_TORSOS),
        )
        real = np.array([[person.id > 0] for person in self._people])
        doubts = np.array([self._encounters.doubts(person.id, t_ns, xy) for person in self._people])
        score = self._shared(score)
        fit = np.maximum(score + _REAL_FIRST * real - _PER_DOUBT * doubts, _ANY_FIT)
        score = np.where(score >= _SAME_PERSON, fit, 0.0)
        return [(self._people[row], column) for row, column in best_pairs(score.tolist())]

    def _shared(self, score: NDArray[np.float64]) -> NDArray[np.float64]:
        """While people meet, either may be where the other is expected: who is who is for the encounter to say."""
        rows = {person.id: row for row, person in enumerate(self._people) if person.id}
        shared = score.copy()
        for track, row in rows.items():
            met = [rows[other] for other in self._encounters.partners(track) if other in rows]
            if len(met) > 1:
                shared[row] = _OWN_PLACE * score[row] + (1.0 - _OWN_PLACE) * score[met].max(axis=0)
        return shared

    def _bury(self, t_ns: int) -> None:
        for person in self._people:
            if not person.id and person.seen_ns < t_ns:
                person.hits -= 1
        self._people = [
            person
            for person in self._people
            if (person.remembered(t_ns, occlusion_ns=self._occlusion_ns) if person.id else person.hits > 0)
        ]

    def _confirm(self, t_ns: int) -> None:
        for candidate in [person for person in self._people if not person.id and person.seen_ns == t_ns]:
            if candidate.hits < self._birth_hits or not (candidate.likely() or candidate.descent.lying):
                continue
            lost = [person for person in self._people if person.id and self._may_be(person, candidate)]
            if not candidate.likely():
                # Who falls unseen lies there without moving, and need not prove to be a person again.
                lost = [person for person in lost if candidate.born_ns - person.seen_ns <= _FALL_NS]
                if not lost:
                    continue
            if lost:
                nearest = min(lost, key=lambda person: self._gap_torsos(person, candidate))
                self._people.remove(candidate)
                nearest.adopt(candidate)
            else:
                self._last_id += 1
                candidate.id = self._last_id

    def _may_be(self, lost: Person, candidate: Person) -> bool:
        """Whether somebody new is somebody lost: turned up after the loss, near where expected, and as large."""
        ratio = candidate.scale / lost.scale
        unseen_s = (candidate.born_ns - lost.seen_ns) / NS_PER_S
        meeting = len(self._encounters.partners(lost.id)) > 1
        reach = _MOST_REACH_TORSOS
        if not meeting:
            reach = min(_REACH_TORSOS + _REACH_TORSOS_PER_S * unseen_s, reach)
        return unseen_s > 0 and 1 / _SAME_SIZE <= ratio <= _SAME_SIZE and self._gap_torsos(lost, candidate) <= reach

    def _gap_torsos(self, lost: Person, candidate: Person) -> float:
        """How far somebody new turned up from where the lost one was, or would be walking on."""
        born_ns = candidate.born_ns
        places = (lost.centre(lost.seen_ns), lost.centre(born_ns), *self._encounters.expected(lost.id, born_ns))
        return min(float(np.hypot(*(trunk_centre(candidate.born_xy) - place))) for place in places) / lost.scale


def _worth_pairing(poses: Poses, xy: Points) -> list[int]:
    """Indices of the poses that can be bodies, each body once, the best seen first."""
    if not len(poses):
        return []
    possible = np.flatnonzero(plausible(poses, xy))
    if len(possible) > 1:
        presence = poses.landmarks[possible, :, 4].mean(axis=1)
        possible = possible[np.argsort(-presence, kind="stable")]
    kept: list[int] = []
    for index in possible.tolist():
        if kept:
            alike = similarity(xy[kept], xy[[index]], scale=torso_scale(xy[kept]), slack=np.zeros(len(kept)))
            if alike.max() >= _SAME_POSE:
                continue
        kept.append(index)
    return kept[:MOST_POSES]


def _where_to_look(person: Person, t_ns: int, *, aspect: float) -> tuple[float, float, float, float]:
    xy = person.motion.landmarks(t_ns)
    low, high = xy.min(axis=0), xy.max(axis=0)
    margin = _LOOK_MARGIN * (high - low)
    low, high = low - margin, high + margin
    if person.held:
        reach = _LOOK_BELOW_TORSOS * person.scale
        low, high = low - np.array([reach, 0.0]), high + reach
    (x0, x1), (y0, y1) = np.clip([low[0] / aspect, high[0] / aspect], 0, 1), np.clip([low[1], high[1]], 0, 1)
    return float(x0), float(y0), float(x1), float(y1)
