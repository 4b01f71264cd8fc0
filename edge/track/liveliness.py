"""Tells people from furniture by how they move.

The model sees chairs, pillows and curtains as people, some with full confidence and for minutes. Such a pose rests,
jitters, jumps to another reading of the same thing, or drifts; it does not carry several landmarks steadily one way. A
person does, with the first step or the first movement of an arm; or sinks as a whole, however badly seen.
"""

from collections import deque
from typing import Final

import numpy as np

from edge.track.geometry import BODY, NS_PER_S, TRUNK, Points

WINDOW_NS: Final = NS_PER_S
"""Movement is looked for within the last second: an arm or a step takes less, and a drift of seconds is no movement."""

_FEWEST: Final = 3
"""Sightings. With fewer, a movement cannot be told from a jump."""

_LANDMARKS: Final = 4
"""How many must move: a hand has four (wrist, thumb, index and little finger), so one moving forearm is enough."""

_FAR: Final = 0.12
"""How far each of them must get, in torso lengths. Wrists of people at rest jitter by 0.04 to 0.09, hips by 0.02."""

_STRAIGHT: Final = 0.7
"""Shortest way over the way taken. Jitter comes back to where it was."""

_JUMP: Final = 0.5
_JUMP_STEPS: Final = 1.5
"""The largest share of the way in one step, and the same times the number of steps when they are few. A pose that
changes its mind about a chair does it all at once."""

_STEADY: Final = 5.0
"""Distance over the mean second difference of the positions. With 3 a sixth more of the poses found in furniture pass,
with 8 people wait longer."""

_ACCELERATION: Final = 6.0
"""Torso lengths a second squared that a second difference may hold without being unsteady: of a hand or foot in daily
life."""

_SUNK: Final = 0.8
_SUNK_STEP: Final = 0.4
_SUNK_STEPS: Final = 4
"""How far the trunk's middle sinks, in torso lengths, the largest share of that in one step, and the fewest steps. A
body that falls is often seen so badly that no landmark moves steadily: upside down, then upright again, at 320 by 240
pixels. Of 239 crops of furniture none sinks by more than 0.45 like this; sitting down is 0.8, a fall 1 to 2."""

_TRUNK: Final = tuple(BODY.index(landmark) for landmark in TRUNK)
"""Where shoulders and hips are among `BODY`."""


class Liveliness:
    """Watches one candidate until it has moved like a person."""

    def __init__(self) -> None:
        self._sightings: deque[tuple[int, Points]] = deque()
        self.moved = False
        """Whether it has, ever."""

    def see(self, xy: Points, *, scale: float, t_ns: int) -> None:
        """Take in a sighting.

        Args:
            xy: `(33, 2)` in frame heights.
            scale: Torso length in frame heights.
            t_ns: Capture time.
        """
        self._sightings.append((t_ns, xy[BODY, :]))
        while t_ns - self._sightings[0][0] > WINDOW_NS:
            self._sightings.popleft()
        if not self.moved and len(self._sightings) >= _FEWEST:
            step_s = (t_ns - self._sightings[0][0]) / NS_PER_S / (len(self._sightings) - 1)
            way = np.array([points for _, points in self._sightings]) / scale
            self.moved = _moved(way, step_s=step_s) or _sunk(way)


def _moved(way: Points, *, step_s: float) -> bool:
    """Whether enough landmarks moved steadily from some sighting to the last.

    Args:
        way: `(k, landmarks, 2)`, the sightings in torso lengths.
        step_s: Mean time between two of them.
    """
    steps = np.diff(way, axis=0)
    lengths = np.sqrt((steps * steps).sum(axis=2))[::-1]
    bends = np.diff(steps, axis=0)
    unsteady = np.sqrt((bends * bends).sum(axis=2)).mean(axis=0)
    unsteady = np.maximum(0.0, unsteady - _ACCELERATION * step_s**2)
    gaps = way[-1] - way[-2::-1]
    distance = np.sqrt((gaps * gaps).sum(axis=2))
    jump = np.maximum(_JUMP, _JUMP_STEPS / np.arange(1, len(gaps) + 1))[:, None]
    moves = (
        (distance >= np.maximum(_FAR, _STEADY * unsteady))
        & (distance >= _STRAIGHT * lengths.cumsum(axis=0))
        & (np.maximum.accumulate(lengths, axis=0) <= jump * distance)
    )
    return bool((moves[1:].sum(axis=1) >= _LANDMARKS).any())


def _sunk(way: Points) -> bool:
    """Whether the trunk sank steadily from some sighting to the last.

    Args:
        way: As for `_moved`.
    """
    trunk = way[:, _TRUNK, :].mean(axis=1)
    steps = np.diff(trunk, axis=0)
    lengths = np.sqrt((steps * steps).sum(axis=1))[::-1]
    gaps = trunk[-1] - trunk[-2::-1]
    distance = np.sqrt((gaps * gaps).sum(axis=1))
    sinks = (
        (gaps[:, 1] >= _SUNK)
        & (distance >= _STRAIGHT * lengths.cumsum())
        & (np.maximum.accumulate(lengths) <= _SUNK_STEP * distance)
    )
    return bool(sinks[_SUNK_STEPS - 1 :].any())
