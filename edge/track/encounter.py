"""Who is who after two people have passed each other.

While one hides the other the model sees one body, standing between the two or jumping from one to the other, so
whatever follows poses from frame to frame may leave the encounter with the wrong one. What both were like before —
where they were going, how fast, how large they looked — is kept, and once they are apart again the ids go to where
they fit best.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final

import numpy as np

from edge.track.geometry import NS_PER_S, Points, trunk_centre
from edge.track.person import Person
from edge.track.sighting import Sighting

_NEAR_TORSOS: Final = 1.3
"""Distance of two trunks within which the model may confuse them: their arms and legs overlap."""

_SIGHTINGS_APART: Final = 3
"""Of both, in the same frames, until who they are is decided: their new pace has to show."""

_FRESH_NS: Final = NS_PER_S // 2
"""Both must have been seen so recently for an encounter to begin: who is passed while lost is only a guess."""

_LONGEST_NS: Final = 10 * NS_PER_S
"""After which two people who stay together are taken for who they seem to be: what they were like says nothing any
more."""

_PLACE_TORSOS: Final = 0.7
_PLACE_PER_WAY: Final = 0.35
"""How wrong the expected place may be: about a step, and a third of the expected way."""

_PACE_TORSOS_PER_S: Final = 1.0
_SIZE_LOG: Final = 0.3
"""How much pace and size of one person may differ before and after. Size says least: it changes with the stride and
with arms that are hidden. Of 20 studio crossings 5 were swapped with 0.12, 1 with 0.2, none with 0.35."""

_MOST_DOUBT: Final = 6.0
"""What a single sign can add: people do stop and turn round, and then the others decide."""

_CLEAR: Final = 1.0
"""How much better an exchange of ids has to fit."""


@dataclass(frozen=True, slots=True, eq=False)
class Likeness:
    """What somebody was like at one instant; lengths in frame heights."""

    t_ns: int
    centre: Points
    walk: Points
    scale: float

    @classmethod
    def of(cls, person: Person, t_ns: int) -> "Likeness":
        """Of a person as expected at `t_ns`."""
        return cls(t_ns, person.centre(t_ns), person.motion.walk, person.scale)

    def centre_at(self, t_ns: int) -> Points:
        """Where the trunk would be, walking on."""
        return self.centre + self.walk * ((t_ns - self.t_ns) / NS_PER_S)

    def doubt(self, later: "Likeness") -> float:
        """How unlike a later one is: 0 for the same, about 1 for each sign that differs as it commonly does."""
        pace = float(np.hypot(*(later.walk - self.walk))) / self.scale / _PACE_TORSOS_PER_S
        return min(pace * pace, _MOST_DOUBT) + self.doubt_at_sight(later.t_ns, later.centre, later.scale)

    def doubt_at_sight(self, t_ns: int, centre: Points, scale: float) -> float:
        """The same for a single pose, whose pace is not known."""
        expected = self.centre_at(t_ns)
        way = float(np.hypot(*(expected - self.centre))) / self.scale
        place = float(np.hypot(*(centre - expected))) / self.scale / (_PLACE_TORSOS + _PLACE_PER_WAY * way)
        size = float(np.log(scale / self.scale)) / _SIZE_LOG
        return sum(min(sign * sign, _MOST_DOUBT) for sign in (place, size))


@dataclass(slots=True)
class _Encounter:
    before: dict[int, Likeness]
    since_ns: int
    apart: int = 0


class Encounters:
    """Watches all pairs of real people; gives ids back to whom they belong."""

    def __init__(self) -> None:
        self._open: dict[frozenset[int], _Encounter] = {}

    def partners(self, track: int) -> frozenset[int]:
        """Whom somebody has met and not parted from, including themselves."""
        return frozenset({track}.union(*(pair for pair in self._open if track in pair)))

    def expected(self, track: int, t_ns: int) -> Iterable[Points]:
        """Further places where somebody in an encounter may turn up, as `(2,)` in frame heights."""
        for pair, encounter in self._open.items():
            if track in pair:
                for before in encounter.before.values():
                    yield before.centre_at(t_ns)

    def doubts(self, track: int, t_ns: int, poses: Sequence[Sighting]) -> list[float]:
        """How unlike somebody before an encounter each pose is; 0 for whoever is in none.

        Args:
            track: Track id.
            t_ns: Time of the poses.
            poses: The poses.
        """
        open_for = [encounter.before[track] for pair, encounter in self._open.items() if track in pair]
        if not open_for:
            return [0.0] * len(poses)
        first = min(open_for, key=lambda before: before.t_ns)
        return [first.doubt_at_sight(t_ns, trunk_centre(pose.xy), pose.torso_scale) for pose in poses]

    def update(self, people: Iterable[Person], t_ns: int) -> None:
        """Look at everybody after a frame; may exchange ids."""
        known = {person.id: person for person in people if person.id}
        if len(known) < 2 and not self._open:  # noqa: PLR2004 - nobody to meet
            return
        for pair in [pair for pair in self._open if not pair <= known.keys()]:
            self._outlived(pair, self._open.pop(pair), known, t_ns)
        for one, other in combinations(known.values(), 2):
            pair = frozenset((one.id, other.id))
            gap = np.hypot(*(one.centre(t_ns) - other.centre(t_ns))) / max(one.scale, other.scale)
            encounter = self._open.get(pair)
            if encounter is None:
                if gap < _NEAR_TORSOS and min(one.seen_ns, other.seen_ns) >= t_ns - _FRESH_NS:
                    before = {person.id: Likeness.of(person, t_ns) for person in (one, other)}
                    self._open[pair] = _Encounter(before, since_ns=t_ns)
            elif gap < _NEAR_TORSOS:
                encounter.apart = 0
            elif one.seen_ns == other.seen_ns == t_ns:
                encounter.apart += 1
                if encounter.apart >= _SIGHTINGS_APART:
                    del self._open[pair]
                    if t_ns - encounter.since_ns <= _LONGEST_NS:
                        _settle(encounter, one, other, t_ns)

    def _outlived(self, pair: frozenset[int], encounter: _Encounter, known: dict[int, Person], t_ns: int) -> None:
        """One of the two is gone: whoever is left may be the other one."""
        left = [known[track] for track in pair if track in known]
        if len(left) != 1 or left[0].seen_ns != t_ns or t_ns - encounter.since_ns > _LONGEST_NS:
            return
        person = left[0]
        (gone,) = pair - {person.id}
        now = Likeness.of(person, t_ns)
        if encounter.before[gone].doubt(now) + _CLEAR < encounter.before[person.id].doubt(now):
            person.id = gone


def _settle(encounter: _Encounter, one: Person, other: Person, t_ns: int) -> None:
    now = {person.id: Likeness.of(person, t_ns) for person in (one, other)}
    before = encounter.before
    kept = before[one.id].doubt(now[one.id]) + before[other.id].doubt(now[other.id])
    exchanged = before[one.id].doubt(now[other.id]) + before[other.id].doubt(now[one.id])
    if exchanged + _CLEAR < kept:
        one.id, other.id = other.id, one.id
