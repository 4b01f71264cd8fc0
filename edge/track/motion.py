"""Where a body will be in a moment: part-wise velocities that know how far they may be trusted.

Each landmark moves on with a velocity blended from its own, its part's (a hand, a foot, the face) and the trunk's,
because the mean of a part is less noisy than a landmark. How much of that velocity counts is learnt while watching: it
is the regression of each part's last displacement on the velocity before, so that a body at rest, whose velocity is
all jitter, is held. The velocity fades with time, so a prediction stays bounded. Where the body was followed in the
pictures since (`follower.py`), its way is taken from there. docs/tracking.md has the comparison with
other models.
"""

import math
from typing import Final, NamedTuple

import numpy as np

from edge.track.body_parts import PART_MEAN
from edge.track.geometry import NS_PER_S, TRUNK, Points, trunk_centre

_OWN, _PART, _TRUNK = 0.3, 0.6, 0.1
_BLEND: Final = _OWN * np.eye(33) + _PART * PART_MEAN
_BLEND[:, TRUNK] += _TRUNK / len(TRUNK)

_FADE_S: Final = 0.3
"""Time constant with which a velocity fades."""

HORIZON_NS: Final = 300_000_000
"""Landmarks move on for so long after the last sighting and then rest: beyond, a limb has turned round."""

_TRUST: Final = (0.2, 1.2)
"""Bounds of the share of the velocity that counts."""

_TRUST_MEMORY: Final = 0.8
"""What the regression keeps of its sums from sighting to sighting: about five sightings."""

_TRUST_PRIOR: Final = 0.3
"""Weight of "the velocity counts in full" in the regression, in torso lengths a second squared."""

_FASTEST: Final = 12.0
"""Torso lengths a second. Falls reach 6.6 at the shoulders; hands and feet twice that."""

_LONGEST_STEP_NS: Final = 500_000_000
"""Sightings farther apart give no velocity."""

_WALK_MEMORY_S: Final = 0.4
"""Over which the trunk's velocity is averaged to tell where somebody hidden will be: most of a stride."""

_WALK_FADE_S: Final = 3.0
"""Time constant with which that fades: people cross behind something in about half of that time, or stop."""


class Motion:
    """Follows one person's landmarks and predicts them."""

    def __init__(self, xy: Points, *, t_ns: int) -> None:
        self._xy = xy
        self._t_ns = t_ns
        self._came = np.zeros_like(xy)
        self._velocity: Points | None = None
        self._drift: Points | None = None
        self._followed: list[tuple[int, Points]] = []
        self._walk = np.zeros(2)
        self._walked_s = 0.0
        self._agree = np.zeros(33)
        self._power = np.zeros(33)
        self._trust = np.ones((33, 1))

    @property
    def walk(self) -> Points:
        """`(2,)`, velocity of the trunk in frame heights a second, averaged over most of a stride."""
        return self._walk

    def see(self, xy: Points, *, scale: float, t_ns: int) -> None:
        """Take in a sighting.

        Args:
            xy: `(33, 2)` in frame heights.
            scale: Torso length in frame heights.
            t_ns: Capture time, later than the last.
        """
        step_ns = t_ns - self._t_ns
        if step_ns == 0:  # the sighting it began with
            return
        if step_ns > _LONGEST_STEP_NS:
            self._velocity = self._drift = None
            self._came = np.zeros_like(xy)
            self._walk, self._walked_s = np.zeros(2), 0.0
        else:
            self._came = xy - self._xy
            self._learn(self._came, step_s=step_ns / NS_PER_S, scale=scale)
        self._xy = xy
        self._t_ns = t_ns
        self._followed = []

    @property
    def seen(self) -> Points:
        """`(33, 2)`, the landmarks as last sighted."""
        return self._xy

    @property
    def came(self) -> Points:
        """`(33, 2)`, how far the landmarks had come there since the sighting before; 0 if that was long ago."""
        return self._came

    def follow(self, way: Points, *, scale: float, t_ns: int) -> None:
        """Take in how far the body has come in a picture since the last sighting.

        Args:
            way: `(33, 2)` in frame heights.
            scale: Torso length in frame heights.
            t_ns: Capture time of that picture, later than the last; beyond `HORIZON_NS` it is not taken in.
        """
        ahead_ns = t_ns - self._t_ns
        if ahead_ns > HORIZON_NS:
            return
        self._followed.append((t_ns, _bounded(way, _FASTEST * scale * ahead_ns / NS_PER_S)))

    def landmarks(self, t_ns: int) -> Points:
        """`(33, 2)` in frame heights at `t_ns`, as followed in the pictures if they were; rests after `HORIZON_NS`."""
        if not self._followed or t_ns <= self._t_ns:
            return self.outlook.drifted(t_ns)
        before_ns, before = self._t_ns, np.zeros(2)
        for at_ns, way in self._followed:
            if t_ns <= at_ns:
                return self._xy + before + (way - before) * ((t_ns - before_ns) / (at_ns - before_ns))
            before_ns, before = at_ns, way
        way = self._xy + before
        if self._drift is None:
            return way
        return way + self._drift * (_faded_s(t_ns - self._t_ns) - _faded_s(before_ns - self._t_ns))

    def whereabouts(self, t_ns: int) -> Points:
        """`(33, 2)` in frame heights at `t_ns`, walking on: for finding somebody again, not for showing.

        Depends on the sightings alone, so that who is who does not depend on pictures.
        """
        return self.outlook.at(t_ns)

    @property
    def outlook(self) -> "Outlook":
        """Where the body is going, as of the last sighting."""
        return Outlook(self._t_ns, self._xy, self._drift, self._walk)

    def on_its_way(self, t_ns: int) -> Points:
        """How far the velocity alone leads from the last sighting, `(33, 2)` in frame heights."""
        if self._drift is None:
            return np.zeros_like(self._xy)
        return self._drift * _faded_s(t_ns - self._t_ns)

    def _learn(self, moved: Points, *, step_s: float, scale: float) -> None:
        raw = moved / step_s
        if self._velocity is not None:
            self._agree = _TRUST_MEMORY * self._agree + np.add.reduce(self._velocity * raw, axis=1) / scale**2
            self._power = _TRUST_MEMORY * self._power + np.add.reduce(self._velocity**2, axis=1) / scale**2
            of_parts = (PART_MEAN @ self._agree + _TRUST_PRIOR) / (PART_MEAN @ self._power + _TRUST_PRIOR)
            self._trust = np.minimum(np.maximum(of_parts, _TRUST[0]), _TRUST[1])[:, None]
        self._velocity = _bounded(_BLEND @ raw, _FASTEST * scale)
        self._drift = self._trust * self._velocity
        self._walked_s += step_s
        share = step_s / min(self._walked_s, _WALK_MEMORY_S) if step_s < _WALK_MEMORY_S else 1.0
        self._walk = self._walk + share * (trunk_centre(raw) - self._walk)


class Outlook(NamedTuple):
    """Where a body is going, as of one sighting.

    Attributes:
        t_ns: When that was.
        xy: `(33, 2)`, the landmarks then, in frame heights.
        drift: `(33, 2)`, their velocities in frame heights a second, as far as they are trusted; None if unknown.
        walk: `(2,)`, as `Motion.walk`.
    """

    t_ns: int
    xy: Points
    drift: Points | None
    walk: Points

    def drifted(self, t_ns: int) -> Points:
        """`(33, 2)` in frame heights at `t_ns`; rests after `HORIZON_NS`."""
        if self.drift is None or t_ns <= self.t_ns:
            return self.xy
        return self.xy + self.drift * _faded_s(t_ns - self.t_ns)

    def at(self, t_ns: int) -> Points:
        """The same, walking on after that."""
        xy = self.drifted(t_ns)
        beyond_s = (t_ns - self.t_ns - HORIZON_NS) / NS_PER_S
        if beyond_s <= 0.0:
            return xy
        return xy + self.walk * (_WALK_FADE_S * -math.expm1(-beyond_s / _WALK_FADE_S))


def _faded_s(ahead_ns: int) -> float:
    """For how many seconds at full velocity the way counts that is made in a time."""
    ahead_s = min(ahead_ns, HORIZON_NS) / NS_PER_S
    return _FADE_S * -math.expm1(-ahead_s / _FADE_S)


def _bounded(ways: Points, longest: float) -> Points:
    """`(33, 2)`, each no longer than that."""
    squares = np.add.reduce(ways * ways, axis=1, keepdims=True)
    if np.maximum.reduce(squares, axis=None) <= longest * longest:  # nearly always
        return ways
    return np.asarray(ways * np.minimum(1.0, longest / np.maximum(np.sqrt(squares), 1e-9)))
