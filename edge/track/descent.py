"""Notices that somebody goes down, or is down: the tracker must not let go of such a person.

This is no fall detection, which is for the posture rules. It errs on the side of "down": sitting down counts.
"""

import math
from collections import deque
from typing import Final

from edge.track.geometry import NS_PER_S, Rows

_WINDOW_NS: Final = round(1.5 * NS_PER_S)
"""A fall takes less; a slow slide from a chair takes longer and shows as tilt."""

_DROP_TORSOS: Final = 0.6
"""How far the shoulders sink in that time. Sitting down is 0.7 or more, walking 0.1, a squat 0.7, a fall 1.5."""

_RISEN_TORSOS: Final = 0.3
"""Back up to so much below where the shoulders were before."""

_LYING_SINE: Final = 0.64
"""Height of the trunk over its length below which it lies: 50 degrees from upright, as somebody who bends far does
too."""

_SEEN_ALONG: Final = 0.4
"""Trunk length over torso scale below which the trunk points at the camera and its tilt means nothing."""


class Descent:
    """Follows the height of one person's shoulders."""

    def __init__(self) -> None:
        self._heights: deque[tuple[int, float]] = deque()
        self._upright_y: float | None = None
        self.lying = False
        """Whether the trunk lies in the last sighting."""

    @property
    def low(self) -> bool:
        """Whether the person is going down, sits after having stood, or lies."""
        return self._upright_y is not None or self.lying

    def see(self, rows: Rows, *, scale: float, t_ns: int) -> None:
        """Take in a sighting.

        Args:
            rows: The 33 points in frame heights.
            scale: Torso length in frame heights.
            t_ns: Capture time.
        """
        (ax, ay), (bx, by), (cx, cy), (dx, dy) = rows[11], rows[12], rows[23], rows[24]
        shoulder_y = (ay + by) / 2
        hip_y = (cy + dy) / 2
        length = math.hypot((ax + bx - cx - dx) / 2, (ay + by - cy - dy) / 2)
        self.lying = length > _SEEN_ALONG * scale and hip_y - shoulder_y < _LYING_SINE * length
        self._heights.append((t_ns, shoulder_y))
        while t_ns - self._heights[0][0] > _WINDOW_NS:
            self._heights.popleft()
        if self._upright_y is None:
            highest = min(y for _, y in self._heights)
            if shoulder_y - highest >= _DROP_TORSOS * scale:
                self._upright_y = highest
        elif shoulder_y - self._upright_y <= _RISEN_TORSOS * scale:
            self._upright_y = None
