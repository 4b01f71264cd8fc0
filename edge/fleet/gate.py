"""Whether a box does its work, as its broker hears it: what a rollout waits for before it goes on to the next box."""

from dataclasses import dataclass
from typing import Final

from edge.watch.box import Box
from edge.watch.reading import Message, number

HEALTH_OVERDUE: Final = 3.0
"""Health messages that may be missing in a row before the last counts as old."""

MOST_STARTS: Final = 2
"""A box may start once more by itself (a camera that was still held by the service before); then it is a loop."""


@dataclass(frozen=True, slots=True)
class Demands:
    """What a box has to do to pass.

    Attributes:
        version: It says it runs this.
        least_fps: Frames a second from the camera.
        for_s: Seconds without a break for which all of it must hold.
        health_interval_s: Seconds between its health messages.
        people: Somebody must be seen; for boxes that saw somebody just before.
        least_uptime_s: It has not started anew for so long; for boxes that were left to themselves for a while.
    """

    version: str
    least_fps: float
    for_s: float
    health_interval_s: float = 10.0
    people: bool = False
    least_uptime_s: float = 0.0


class Gate:
    """Judges one box from its messages. Time is given with each call, in seconds.

    Args:
        device: Which box.
        demands: What it has to do.
    """

    def __init__(self, device: str, demands: Demands) -> None:
        self._box = Box(device)
        self._demands = demands
        self._health_s: float | None = None
        self._uptime_s: float | None = None
        self._well_since_s: float | None = None
        self._seen = 0
        self.starts = 0
        """Starts of the demanded version that were heard of."""

    def take(self, message: Message) -> None:
        """Take in a message of any box."""
        if message.device != self._box.device:
            return
        self._box.take(message)
        if message.kind == "health" and not message.retained and not message.fault:
            self._take_health(message.at_s)
        if message.kind == "state" and not message.retained:
            self._seen = max(self._seen, self._box.people or 0)

    def _take_health(self, at_s: float) -> None:
        if self._box.health.get("version") != self._demands.version:
            return
        uptime_s = number(self._box.health.get("uptime_s"))
        if uptime_s is None:
            return
        if self._uptime_s is None or uptime_s < self._uptime_s:
            self.starts += 1
            self._well_since_s = None
        self._uptime_s = uptime_s
        self._health_s = at_s

    def passed(self, now_s: float) -> bool:
        """Whether all demands have held for long enough."""
        if self.missing(now_s):
            self._well_since_s = None
            return False
        if self._well_since_s is None:
            self._well_since_s = now_s
        return now_s - self._well_since_s >= self._demands.for_s

    @property
    def hopeless(self) -> bool:
        """Whether waiting longer is of no use: the box starts again and again."""
        return self.starts > MOST_STARTS

    def missing(self, now_s: float) -> list[str]:
        """What the box does not do, in words; empty when it does all."""
        box, demands = self._box, self._demands
        if box.status != "online":
            return [f"it is {box.status or 'unknown'} at the broker"]
        if self.hopeless:
            return [f"it has started {self.starts} times"]
        if self._health_s is None:
            version = box.health.get("version")
            said = f"it runs version {version}" if version not in (None, demands.version) else "it has sent no health"
            return [f"{said}, {demands.version} is wanted"]
        problems = []
        if self._uptime_s is not None and self._uptime_s < demands.least_uptime_s:
            problems.append(f"it has started anew {self._uptime_s:.0f} s ago")
        if now_s - self._health_s > HEALTH_OVERDUE * demands.health_interval_s:
            problems.append(f"its last health message is {now_s - self._health_s:.0f} s old")
        if box.camera != "online":
            problems.append("no fresh pictures or results (camera offline)")
        fps = number(box.health.get("fps_in")) or 0.0
        if fps < demands.least_fps:
            problems.append(f"{fps:.1f} frames a second from the camera, {demands.least_fps:g} are wanted")
        if demands.people and not self._seen:
            problems.append("it finds nobody where somebody was seen before")
        return problems
