"""Whether somebody moves through the room, and whether they are on their way up or down."""

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

_UP_DOWN_NS: Final = round(0.25 * NS_PER_S)
_SETTLED: Final = 0.6
"""Over which time, and below which speed of the shoulders in torso lengths a second, somebody stays as high as they
are: sitting down and rising are 1 and more on average, walking and breathing 0.2."""

_STARTS: Final = 0.6
_STOPS: Final = 0.3
"""In torso lengths a second: a slow walk of 0.3 m/s; less than a shuffle."""


class Motion:
    """Follows how fast one person moves, across the picture and toward or away from the camera."""

    def __init__(self) -> None:
        self._past: deque[tuple[int, float, float]] = deque()
        self._heights: deque[tuple[int, float]] = deque()
        self.speed = 0.0
        """In torso lengths a second."""
        self.moving = False
        self.settled = True
        """Whether the shoulders neither rise nor sink."""

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
        self._see_height(body)

    def _see_height(self, body: Body) -> None:
        height = float(sum(body.xy[joint, 1] for joint in SHOULDERS)) / 2
        while self._heights and body.t_ns - self._heights[0][0] > _UP_DOWN_NS:
            self._heights.popleft()
        if self._heights:
            then_ns, then = self._heights[0]
            speed = abs(height - then) / body.scale * NS_PER_S / (body.t_ns - then_ns)
            self.settled = speed < _SETTLED
        self._heights.append((body.t_ns, height))
