"""Whether somebody moves through the room."""

import math
from collections import deque
from typing import Final

from edge.posture.body import NS_PER_S, Body
from edge.track.geometry import HIPS, SHOULDERS

_WINDOW_NS: Final = round(0.8 * NS_PER_S)
"""Long enough for a step, so that swaying averages out; short enough to notice within a second."""

_SHORTEST_NS: Final = round(0.3 * NS_PER_S)
"""Over less than that a speed is jitter."""

_DISTANCE_TORSOS: Final = 7.0
"""How far from the camera people typically are, 3.5 m: turns growth in the picture into a speed."""

_SETTLE_S: Final = 0.25
"""Time constant of the average that takes jitter off places and sizes."""

_STARTS: Final = 0.7
_STOPS: Final = 0.35
"""In torso lengths a second: a slow walk of 0.35 m/s; less than a shuffle."""


class Motion:
    """Follows how fast one person moves, across the picture and toward or away from the camera."""

    def __init__(self) -> None:
        self._past: deque[tuple[int, float, float]] = deque()
        self.speed = 0.0
        """In torso lengths a second."""
        self.moving = False

    def see(self, body: Body) -> None:
        """Take in an instant."""
        x = float(sum(body.xy[joint, 0] for joint in (*SHOULDERS, *HIPS))) / 4
        size = math.log(body.scale)
        if self._past:
            before_ns, before_x, before_size = self._past[-1]
            share = 1.0 - math.exp(-(body.t_ns - before_ns) / NS_PER_S / _SETTLE_S)
            x, size = before_x + share * (x - before_x), before_size + share * (size - before_size)
        self._past.append((body.t_ns, x, size))
        while body.t_ns - self._past[0][0] > _WINDOW_NS:
            self._past.popleft()
        then_ns, then_x, then_size = self._past[0]
        span_ns = body.t_ns - then_ns
        if span_ns >= _SHORTEST_NS:
            across = (x - then_x) / math.exp(size)
            along = (size - then_size) * _DISTANCE_TORSOS
            self.speed = math.hypot(across, along) * NS_PER_S / span_ns
        else:
            self.speed = 0.0
        self.moving = self.speed >= (_STOPS if self.moving else _STARTS)
