"""Bodies for the moments in which the model lost the person: the way on that both ends of a short gap point to."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

import numpy as np

from edge.posture.body import NS_PER_S, Body

SHORTEST_S: Final = 0.25
"""Between two sightings, for it to be a gap; less costs no turn of any movement, the quickest of which takes 0.5 s."""

_LONGEST_S: Final = 0.8
"""Of a gap that can be bridged: a jumping jack. What happens in a longer one, its ends do not tell."""

_LONGEST_HALF_KNOWN_S: Final = 0.5
"""The same where only one end tells how the person moved."""

_STEP_S: Final = 0.1
"""From one body to the next that is filled in: somebody who exercises is looked at as often."""


class Bridge:
    """Follows one person. Each body is passed on at once or, when it is the first after a gap, with the next."""

    def __init__(self) -> None:
        self._before: Body | None = None
        self._last: Body | None = None
        self._landed: Body | None = None

    def update(self, body: Body) -> list[Body]:
        """Take in a body that was seen; returns those to go on with, by time. What is filled in is not `seen`."""
        ready = self._cross(body)
        if self._last is not None and SHORTEST_S < _passed_s(self._last, body) <= _LONGEST_S:
            self._landed = body
            return ready
        self._before, self._last = self._last, body
        return [*ready, body]

    def end(self) -> list[Body]:
        """No more will come; returns what was held back."""
        return self._cross(None)

    def _cross(self, after: Body | None) -> list[Body]:
        """What lies in the gap, and its far end."""
        if self._last is None or self._landed is None:
            return []
        crossed = [*_between(self._before, self._last, self._landed, after), self._landed]
        self._before, self._last, self._landed = self._last, self._landed, None
        return crossed


def _between(before: Body | None, last: Body, landed: Body, after: Body | None) -> Iterator[Body]:
    """On a cubic through both ends that leaves and arrives as they move; a parabola where only one is seen to."""
    gap_s = _passed_s(last, landed)
    leaving_s = _passed_s(before, last) if before else gap_s
    arriving_s = _passed_s(landed, after) if after else gap_s
    leaves, arrives = leaving_s <= SHORTEST_S, arriving_s <= SHORTEST_S
    if not (leaves or arrives) or (gap_s > _LONGEST_HALF_KNOWN_S and not (leaves and arrives)):
        return
    for number in range(1, round(gap_s / _STEP_S)):
        share = number * _STEP_S / gap_s
        done = share**2 * (3 - 2 * share)
        leave, arrive = share * (1 - share) ** 2, -(share**2) * (1 - share)
        if not leaves:
            done, leave, arrive = done + 2 * leave, 0.0, arrive - leave
        elif not arrives:
            done, leave, arrive = done + 2 * arrive, leave - arrive, 0.0
        leave, arrive = leave * gap_s / leaving_s, arrive * gap_s / arriving_s
        weights = np.array([-leave, 1 - done + leave, done - arrive, arrive])
        bodies = (before or last, last, landed, after or landed)
        yield replace(
            last,
            t_ns=last.t_ns + round(share * gap_s * NS_PER_S),
            xy=np.tensordot(weights, [body.xy for body in bodies], axes=1),
            world=np.tensordot(weights, [body.world for body in bodies], axes=1),
        )


def _passed_s(earlier: Body, later: Body) -> float:
    return (later.t_ns - earlier.t_ns) / NS_PER_S
