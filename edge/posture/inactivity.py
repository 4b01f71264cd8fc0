"""Whether somebody in view has not moved for too long."""

import math
from types import MappingProxyType
from typing import Final

import numpy as np

from edge.flow import Event
from edge.posture.body import NS_PER_S, Body, Points

_UPPER_BODY: Final = np.array((0, 11, 12, 13, 14, 15, 16, 23, 24))
"""Nose, shoulders, elbows, wrists, hips. Legs are left out: folded or hidden ones wander by 0.35 torso lengths."""

_SMOOTH_S: Final = 2.0
"""Time constant over which positions and distances are averaged."""

_DRIFT_S: Final = 10.0
"""Time constant of the position that counts as rest: what the light does to landmarks over minutes is no movement."""

_FARTHEST: Final = np.array((0.2, 0.15, 0.15, 0.18, 0.18, 0.3, 0.3, 0.12, 0.12))
"""How far each of them may be from rest, in torso lengths, as a root mean square. Still people's hips wander by 0.005
to 0.022, their wrists by 0.035 to 0.086."""

_MOST: Final = 1.5
"""A landmark counts as no farther away than so many times that: then the model may see the whole body elsewhere for a
second, as it does now and then, and it takes longer than that to be a movement."""

_TINY: Final = 1e-12

_FEWEST: Final = 2
"""How many must be farther: one alone is the model's mistake."""

_STEP_NS: Final = NS_PER_S // 5
"""More often is not worth the time."""

_LONGEST_STEP_NS: Final = NS_PER_S // 2
"""What one look counts for at most, after looks that saw nobody as well: as long as between two looks at still people.
One that sees the body elsewhere is the model's mistake, however long it had lost the person before."""

_RESUME_NS: Final = 10 * NS_PER_S
"""Somebody unseen for longer may have moved."""


class InactivityWatch:
    """Follows one person.

    Args:
        after_s: Seconds without movement that are too long.
    """

    def __init__(self, *, after_s: float = 1800.0) -> None:
        self._after_ns = round(after_s * NS_PER_S)
        self._now: Points | None = None
        self._rest: Points = np.zeros((len(_UPPER_BODY), 2))
        self._away2: Points = np.zeros(len(_UPPER_BODY))
        self._seen_ns = 0
        self._still_ns = 0
        self._said = False

    def update(self, body: Body, *, asleep: bool) -> tuple[Event, ...]:
        """Take in one instant.

        Args:
            body: `t_ns` rises from call to call.
            asleep: Whether the person is where people sleep: stillness is no news there.
        """
        if not body.seen:
            return ()
        if body.t_ns - self._seen_ns < _STEP_NS and self._now is not None:
            return ()
        if self._moves(body) or asleep:
            self._still_ns, self._said = body.t_ns, False
        still_ns = body.t_ns - self._still_ns
        if self._said or still_ns < self._after_ns:
            return ()
        self._said = True
        return (
            Event(
                type="inactivity",
                t_ns=body.t_ns,
                track=body.track,
                confidence=body.confidence,
                data=MappingProxyType({"still_s": round(still_ns / NS_PER_S, 1)}),
            ),
        )

    def _moves(self, body: Body) -> bool:
        here = body.xy[_UPPER_BODY]
        if not np.isfinite(here).all():
            return False
        passed_ns, self._seen_ns = body.t_ns - self._seen_ns, body.t_ns
        if self._now is None or passed_ns > _RESUME_NS:
            self._now = self._rest = here
            return True
        step_s = min(passed_ns, _LONGEST_STEP_NS) / NS_PER_S
        soon = 1.0 - math.exp(-step_s / _SMOOTH_S)
        self._now = self._now + (here - self._now) * soon
        away = (here - self._rest) / (body.scale * _FARTHEST[:, None])
        away2 = (away * away).sum(axis=1)
        counted2 = np.minimum(away2, _MOST**2)
        self._away2 = self._away2 + (counted2 - self._away2) * soon
        if np.count_nonzero(self._away2 > 1.0) >= _FEWEST:
            self._rest = self._now
            return True
        counted = np.sqrt(counted2 / np.maximum(away2, _TINY))[:, None]
        self._rest = self._rest + (here - self._rest) * counted * (1.0 - math.exp(-step_s / _DRIFT_S))
        return False
