"""How far and how fast somebody has sunk of late."""

from collections import deque
from dataclasses import dataclass
from typing import Final

from edge.posture.body import NS_PER_S
from edge.posture.features import Features

_WINDOW_NS: Final = 2 * NS_PER_S
"""Labelled falls take 0.3 to 1.5 s from the first loss of balance to the floor. Whoever sits down on a bed and then
lies down takes longer for both together."""

_STEP_NS: Final = round(0.3 * NS_PER_S)
"""Over which a speed is measured: noise of 2 % of a torso in each landmark becomes 0.1 torsos a second."""

_MOST_GAP_NS: Final = round(0.8 * NS_PER_S)
"""Who was unseen for longer did not sink all that time: falls take 0.3 to 0.9 s once the body has lost its balance."""

_FOLDED_M: Final = 0.42
"""Hips above the ankles: 0.5 to 0.7 m standing, less when seated, crouched or on the way to the floor."""

_NOTEWORTHY_TORSOS: Final = 0.5
"""Less is walking, turning and jitter; measured no further."""


@dataclass(frozen=True, slots=True)
class Height:
    """Where somebody was before they sank.

    Attributes:
        t_ns: When the shoulders were highest.
        shoulder_y: Their height then, in frame heights, down.
        hip_y: The hips' height then, in frame heights, down.
        scale: Torso length until then, in frame heights.
        sinking: Whether they were first seen so, with the legs folded: the hips had begun to sink before.
    """

    t_ns: int
    shoulder_y: float
    hip_y: float
    scale: float
    sinking: bool

    def shoulders_sunk(self, now: Features) -> float:
        """How far the shoulders are below it now, in torso lengths."""
        return (now.shoulder_y - self.shoulder_y) / self.scale

    def hips_sunk(self, now: Features) -> float:
        """How far the hips are below it now, in torso lengths."""
        return (now.hip_y - self.hip_y) / self.scale


@dataclass(frozen=True, slots=True)
class Drop:
    """A descent, as of one sighting.

    Attributes:
        start: From where.
        speed: The fastest that the shoulders sank, in torso lengths a second.
        falling: How fast they sink now, in torso lengths a second.
    """

    start: Height
    speed: float
    falling: float


class Descent:
    """Follows the height of one person's shoulders over two seconds."""

    def __init__(self) -> None:
        self._seen: deque[Features] = deque()
        self._first_ns: int | None = None

    def see(self, now: Features) -> Drop | None:
        """Take in a sighting; returns how the person has sunk, None when they have hardly.

        Args:
            now: `t_ns` rises from call to call.
        """
        seen = self._seen
        seen.append(now)
        if self._first_ns is None:
            self._first_ns = now.t_ns
        while now.t_ns - seen[0].t_ns > _WINDOW_NS:
            seen.popleft()
        top = min(seen, key=_shoulder_y)
        if now.shoulder_y - top.shoulder_y < _NOTEWORTHY_TORSOS * top.scale:
            return None
        scales = sorted(sighting.scale for sighting in seen if sighting.t_ns <= top.t_ns)
        start = Height(
            t_ns=top.t_ns,
            shoulder_y=top.shoulder_y,
            hip_y=top.hip_y,
            scale=scales[len(scales) // 2],
            sinking=top.t_ns - self._first_ns <= _STEP_NS and top.hip_up < _FOLDED_M,
        )
        speeds = [speed / start.scale for speed in self._speeds(start.t_ns)]
        return Drop(
            start=start,
            speed=max(speeds, default=0.0),
            falling=speeds[-1] if speeds else 0.0,
        )

    def _speeds(self, since_ns: int) -> list[float]:
        """How fast the shoulders sank up to each sighting since, in frame heights a second."""
        speeds, start = [], 0
        seen = list(self._seen)
        for later in seen:
            while later.t_ns - seen[start].t_ns > _STEP_NS and seen[start + 1].t_ns < later.t_ns:
                start += 1
            earlier = seen[start]
            if earlier.t_ns >= since_ns and later.t_ns - earlier.t_ns >= _STEP_NS // 2:
                took_ns = min(later.t_ns - earlier.t_ns, _MOST_GAP_NS)
                speeds.append((later.shoulder_y - earlier.shoulder_y) / took_ns * NS_PER_S)
        return speeds


def _shoulder_y(sighting: Features) -> float:
    return sighting.shoulder_y
