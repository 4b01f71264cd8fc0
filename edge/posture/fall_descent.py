"""How far and how fast somebody has sunk of late."""

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
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

_HEADLONG_DEG: Final = 150.0
"""Skeletons stand on their heads for some frames when the model loses a body, or has hardly found it: 157 to 176
degrees in the model's metres. Somebody who lies with the head to a camera on high reads up to 138."""

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


def upended(now: Features) -> bool:
    """Whether a skeleton stands on its head, as people never do: the body is there, the other way up."""
    return now.tilt_world >= _HEADLONG_DEG


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
        seen.append(replace(now, shoulder_y=now.hip_y, hip_y=now.shoulder_y) if upended(now) else now)
        if self._first_ns is None:
            self._first_ns = now.t_ns
        while now.t_ns - seen[0].t_ns > _WINDOW_NS:
            seen.popleft()
        top = min(seen, key=_shoulder_y)
        if now.shoulder_y - top.shoulder_y < _NOTEWORTHY_TORSOS * top.scale:
            return None
        upright = [sighting for sighting in seen if not upended(sighting)] or [top]
        scales = sorted([one.scale for one in upright if one.t_ns <= top.t_ns] or [one.scale for one in upright])
        start = Height(
            t_ns=top.t_ns,
            shoulder_y=top.shoulder_y,
            hip_y=top.hip_y,
            scale=scales[len(scales) // 2],
            sinking=top.t_ns - self._first_ns <= _STEP_NS and top.hip_up < _FOLDED_M and not upended(top),
        )
        speeds = [speed / start.scale for speed in self._speeds(start.t_ns)]
        return Drop(
            start=start,
            speed=max(speeds, default=0.0),
            falling=speeds[-1] if speeds else 0.0,
        )

    def _speeds(self, since_ns: int) -> list[float]:
        """How fast the shoulders sank up to each sighting since, in frame heights a second."""
        seen = list(self._seen)
        upright = [sighting for sighting in seen if not upended(sighting)]
        from_upended: list[float] = []
        if len(upright) < len(seen):
            from_upended = [speed for earlier, speed in _speeds(seen, since_ns) if upended(earlier)]
        return [*from_upended, *(speed for _, speed in _speeds(upright, since_ns))]


def _speeds(seen: Sequence[Features], since_ns: int) -> Iterator[tuple[Features, float]]:
    """From which sighting on, and how fast, the shoulders sank up to each later one."""
    start = 0
    for later in seen:
        while later.t_ns - seen[start].t_ns > _STEP_NS and seen[start + 1].t_ns < later.t_ns:
            start += 1
        earlier = seen[start]
        if earlier.t_ns < since_ns or later.t_ns - earlier.t_ns < _STEP_NS // 2:
            continue
        if upended(earlier) and later.hip_y < earlier.hip_y:
            continue  # of a body that is seen on its head for a moment, where it is, one end rises again
        took_ns = min(later.t_ns - earlier.t_ns, _MOST_GAP_NS)
        yield earlier, (later.shoulder_y - earlier.shoulder_y) / took_ns * NS_PER_S


def _shoulder_y(sighting: Features) -> float:
    return sighting.shoulder_y
