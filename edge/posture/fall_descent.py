"""How far and how fast somebody has sunk of late."""

from collections import deque
from dataclasses import dataclass
from typing import Final

from edge.posture.body import NS_PER_S
from edge.posture.features import Features

_WINDOW_NS: Final = 2 * NS_PER_S
_STEP_NS: Final = round(0.3 * NS_PER_S)


@dataclass(frozen=True, slots=True)
class Drop:
    """A descent.

    Attributes:
        torsos: How far the shoulders have sunk, in torso lengths.
        hips: How far the hips have sunk, in torso lengths.
        speed: The fastest that the shoulders sank, in torso lengths a second.
        since_ns: When they were highest.
    """

    torsos: float
    hips: float
    speed: float
    since_ns: int


class Descent:
    """Follows the height of one person's shoulders."""

    def __init__(self) -> None:
        self._seen: deque[Features] = deque()
        self.drop: Drop | None = None

    @property
    def sinking(self) -> bool:
        return self.drop is not None and self.drop.torsos > 0.6

    @property
    def plunging(self) -> bool:
        """Whether the shoulders were sinking fast at the last sighting."""
        if self.drop is None or self.drop.torsos < 0.7 or len(self._seen) < 3:
            return False
        now = self._seen[-1]
        before = next(f for f in self._seen if now.t_ns - f.t_ns <= _STEP_NS)
        if before is now:
            return False
        return (now.shoulder_y - before.shoulder_y) / self._scale / ((now.t_ns - before.t_ns) / NS_PER_S) > 1.2

    def see(self, f: Features) -> None:
        seen = self._seen
        seen.append(f)
        while f.t_ns - seen[0].t_ns > _WINDOW_NS:
            seen.popleft()
        top = min(seen, key=lambda s: s.shoulder_y)
        scales = sorted(s.scale for s in seen if s.t_ns <= top.t_ns)
        self._scale = scale = scales[len(scales) // 2]
        torsos = (f.shoulder_y - top.shoulder_y) / scale
        if torsos < 0.5:
            self.drop = None
            return
        hip = min(s.hip_y for s in seen if s.t_ns <= top.t_ns + _STEP_NS)
        self.drop = Drop(torsos, (f.hip_y - hip) / scale, self._speed(top.t_ns) / scale, top.t_ns)

    def _speed(self, since_ns: int) -> float:
        best, start = 0.0, 0
        seen = self._seen
        for later in seen:
            while later.t_ns - seen[start].t_ns > _STEP_NS:
                start += 1
            earlier = seen[start]
            if earlier.t_ns >= since_ns and later.t_ns - earlier.t_ns >= _STEP_NS // 2:
                best = max(best, (later.shoulder_y - earlier.shoulder_y) / (later.t_ns - earlier.t_ns))
        return best * NS_PER_S
