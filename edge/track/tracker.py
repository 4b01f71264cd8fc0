"""Gives every person one id while in view: across frames, losses and crossings, and never to furniture."""

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np

from edge.flow import Missing, Poses, Track, Tracks
from edge.track.assignment import MOST_POSES, best_pairs
from edge.track.encounter import Encounters
from edge.track.follower import Bodies, ways
from edge.track.geometry import NS_PER_S, Points, trunk_centre
from edge.track.motion import HORIZON_NS
from edge.track.person import PAST_NS, Person, Place
from edge.track.picture_motion import Moved
from edge.track.plausible import plausible
from edge.track.sighting import Sighting
from edge.track.similarity import similarity

_SAME_PERSON: Final = 0.3
"""Lowest similarity of a person's next pose to the one expected. In recordings of one person, at 10 and at 30 looks a
second, it is above 0.7 in 99 % of frames and above 0.3 in 99.9 %."""

_PLAINLY_THE_SAME: Final = 0.8
"""Similarity to the last pose from which on it need not be asked where the person was expected."""

_SLACK_TORSOS: Final = 0.05
_SLACK_TORSOS_PER_S: Final = 2.5
"""How wrong a prediction may be: jitter, and what a fall or a start adds to the expected way."""

_MOST_SLACK_TORSOS: Final = 1.0
"""However long unseen: farther away it is somebody else, or has to prove to be a person first."""

_BACK: Final = 1.2
"""In place of a similarity, of a pose plainly where somebody at rest was just before they seemed to leap: the leap was
the model's. More than any similarity, and less than what somebody else's fitting pose adds."""

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

_SLOW_NS: Final = round(0.2 * NS_PER_S)
_WALK_TORSOS: Final = 1.5
_WALK_TORSOS_PER_S: Final = 4.5
_MOST_WALK_TORSOS: Final = 4.5
"""With looks farther apart than this on average, as on a starved box, the model loses people just because they walk,
and finds them a few looks later some torso lengths away (the studio's walker: 2.6 to 3.1 after 0.3 to 0.9 s, once 5.2).
Whoever walks on like that is who was lost, unless they were going down: their place must not be given away."""

_FALL_NS: Final = 3 * NS_PER_S
"""How soon after a loss a body that lies near there, even unmoving, is who was lost: falls take under two seconds."""

_SAME_SIZE: Final = 1.6
"""Ratio of torso lengths up to which two sightings may be the same person, without a walk to or from the camera
between."""

_PERIOD_NEWEST: Final = 0.25
"""Weight of the newest gap in the average time between two looks."""

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
        self._period_ns = 0.0
        """Time between two looks, averaged over some."""
        self._missing: tuple[Missing, ...] | None = ()

    @property
    def missing(self) -> tuple[Missing, ...]:
        """Who was lost while probably still there, as of the last update: where a second look is worth its cost."""
        if self._missing is None:
            self._missing = self._who_is_missing()
        return self._missing

    def _who_is_missing(self) -> tuple[Missing, ...]:
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

    def past(self, track: int) -> tuple[Track, ...]:
        """How somebody who has just become real was seen before, oldest first, without the last sighting.

        Empty of whoever was real `PAST_NS` ago. Nobody hears of candidates that never become real.
        """
        since_ns = self._frame[0] - PAST_NS
        return tuple(
            earlier
            for person in self._people
            if person.id and person.id == track
            for earlier in person.past
            if earlier.seen_ns >= since_ns
        )

    def update(self, poses: Poses) -> Tracks:
        """Take in one frame's poses; `poses.t_ns` must rise from call to call."""
        gap_ns = min(poses.t_ns - self._frame[0], NS_PER_S) if self._frame[0] else 0
        self._period_ns += _PERIOD_NEWEST * (gap_ns - self._period_ns)
        self._frame = (poses.t_ns, poses.seq, poses.width, poses.height)
        self._missing = None
        seen = _worth_pairing(poses)
        pairs = self._pair(poses.t_ns, seen)
        for person, column in pairs:
            person.see(seen[column])
        paired = {column for _, column in pairs}
        self._people += [Person(pose, smooth=self._smooth) for n, pose in enumerate(seen) if n not in paired]
        self._bury(poses.t_ns)
        self._confirm(poses.t_ns)
        self._encounters.update(self._people, poses.t_ns)
        return self._listed(poses.t_ns)

    def follow(self, since_update: Callable[[Points], Moved], t_ns: int) -> None:
        """Take in how far people have moved in the picture since the last update, for what `at` says until the next.

        Who is who, who is there and what the next update finds do not depend on it.

        Args:
            since_update: Tells what became of bodies that were at these `(n, 33, 2)` points, in frame heights.
            t_ns: When; later than the last update, and rising from call to call.
        """
        bodies = self.bodies(since_update, t_ns)
        if bodies is None:
            return
        for person, way in zip(self._seen_last(), ways(bodies), strict=True):
            person.motion.follow(way, scale=person.scale, t_ns=t_ns)

    def bodies(self, since_update: Callable[[Points], Moved], t_ns: int) -> Bodies | None:
        """What `follow` takes in of those whom the last update saw; None if there is nobody to follow."""
        updated_ns = self._frame[0]
        people = self._seen_last()
        if not people or t_ns - updated_ns > HORIZON_NS:
            return None
        xy = np.array([person.motion.seen for person in people])
        return Bodies(
            xy=xy,
            scale=np.array([person.scale for person in people]),
            expected=np.array([person.motion.on_its_way(t_ns) for person in people]),
            came=np.array([person.motion.came for person in people]),
            ahead_s=(t_ns - updated_ns) / NS_PER_S,
            moved=since_update(xy),
        )

    def _seen_last(self) -> list[Person]:
        """The real people whom the last update saw."""
        return [person for person in self._people if person.id and person.seen_ns == self._frame[0]]

    def at(self, t_ns: int) -> Tracks:
        """Everyone as they probably are at `t_ns`, after the last update. Changes nothing.

        Landmarks in the picture move on with each part's own velocity, or as they were followed; world landmarks stay
        as last seen.
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

    def _pair(self, t_ns: int, seen: Sequence[Sighting]) -> list[tuple[Person, int]]:
        """Pair people with poses, by index into `seen`, so that they fit best as a whole."""
        if not (self._people and seen):
            return []
        if len(self._people) == len(seen) == 1:
            # Most frames of most rooms. Nobody can have been met, and hardly anybody has moved.
            person, pose = self._people[0], seen[0]
            if similarity(person.rows, pose.rows, scale=person.scale, slack=_SLACK_TORSOS) >= _PLAINLY_THE_SAME:
                return [(person, 0)]
            if self._similarities(person, t_ns, seen)[0] < _SAME_PERSON:
                return []
            _note_leap(person, pose)
            return [(person, 0)]
        score = [self._similarities(person, t_ns, seen) for person in self._people]
        shared = self._shared(score)
        for row, person in enumerate(self._people):
            bonus = _REAL_FIRST if person.id else 0.0
            doubts = self._encounters.doubts(person.id, t_ns, seen)
            shared[row] = [
                max(value + bonus - _PER_DOUBT * doubt, _ANY_FIT) if value >= _SAME_PERSON else 0.0
                for value, doubt in zip(shared[row], doubts, strict=True)
            ]
        pairs = [(self._people[row], column) for row, column in best_pairs(shared)]
        for person, column in pairs:
            _note_leap(person, seen[column])
        return pairs

    @staticmethod
    def _similarities(person: Person, t_ns: int, seen: Sequence[Sighting]) -> list[float]:
        """Of one person to each pose."""
        expected = person.motion.whereabouts(t_ns).tolist()
        unseen_s = (t_ns - person.seen_ns) / NS_PER_S
        slack = min(_SLACK_TORSOS + _SLACK_TORSOS_PER_S * unseen_s, _MOST_SLACK_TORSOS)
        found = [similarity(expected, pose.rows, scale=person.scale, slack=slack) for pose in seen]
        before = person.before_leap(t_ns)
        if before is None:
            return found
        return [_BACK if _is_there(before, pose) else value for value, pose in zip(found, seen, strict=True)]

    def _shared(self, score: list[list[float]]) -> list[list[float]]:
        """While people meet, either may be where the other is expected: who is who is for the encounter to say."""
        rows = {person.id: row for row, person in enumerate(self._people) if person.id}
        shared = list(score)
        for track, row in rows.items():
            met = [rows[other] for other in self._encounters.partners(track) if other in rows]
            if len(met) > 1:
                best = [max(values) for values in zip(*(score[other] for other in met), strict=True)]
                shared[row] = [
                    _OWN_PLACE * own + (1.0 - _OWN_PLACE) * other for own, other in zip(score[row], best, strict=True)
                ]
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
            if self._period_ns >= _SLOW_NS and not lost.held and unseen_s * NS_PER_S <= self._occlusion_ns:
                reach = min(_WALK_TORSOS + _WALK_TORSOS_PER_S * unseen_s, _MOST_WALK_TORSOS)
        return unseen_s > 0 and 1 / _SAME_SIZE <= ratio <= _SAME_SIZE and self._gap_torsos(lost, candidate) <= reach

    def _gap_torsos(self, lost: Person, candidate: Person) -> float:
        """How far somebody new turned up from where the lost one was, or would be walking on."""
        born_ns = candidate.born_ns
        places = (lost.centre(lost.seen_ns), lost.centre(born_ns), *self._encounters.expected(lost.id, born_ns))
        return min(float(np.hypot(*(trunk_centre(candidate.born_xy) - place))) for place in places) / lost.scale


def _worth_pairing(poses: Poses) -> list[Sighting]:
    """The poses that can be bodies, each body once, the best seen first."""
    possible = [pose for pose in (Sighting(poses, index) for index in range(len(poses))) if plausible(pose)]
    possible.sort(key=lambda pose: -pose.presence)
    kept: list[Sighting] = []
    for pose in possible:
        if not any(
            similarity(other.rows, pose.rows, scale=other.torso_scale, slack=0.0) >= _SAME_POSE for other in kept
        ):
            kept.append(pose)
    return kept[:MOST_POSES]


def _note_leap(person: Person, pose: Sighting) -> None:
    """Before a person takes a pose: whether somebody at rest seems to leap to it, or is back from there."""
    if not person.id:
        return
    before = person.before_leap(pose.t_ns)
    if before is not None:
        if _is_there(before, pose):
            person.came_back()
    elif person.at_rest and similarity(person.rows, pose.rows, scale=person.scale, slack=_SLACK_TORSOS) < _SAME_PERSON:
        person.leaps(pose.t_ns)


def _is_there(place: Place, pose: Sighting) -> bool:
    return similarity(place.rows, pose.rows, scale=place.scale, slack=_SLACK_TORSOS) >= _PLAINLY_THE_SAME


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
