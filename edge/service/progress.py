"""Whether the box makes progress. The watchdog is fed by this and by nothing else."""

from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

_NS_PER_S: Final = 1_000_000_000


class Stuck(Enum):
    """What stands still."""

    CAPTURE = auto()
    RESULTS = auto()
    LINK = auto()


@dataclass(frozen=True, slots=True)
class Signs:
    """Counters that rise while the box works.

    Attributes:
        captures: How often the capturing thread came round: with a frame, or to say that the camera is waited for. A
            camera that is away is no reason to start anew; a driver that never returns is.
        frames: Frames captured so far.
        results: Model runs so far.
        link_alive: Whether the thread that talks to the broker is there; being offline is no fault of the box.
        paused: Whether watching is paused on purpose.
    """

    captures: int
    frames: int
    results: int
    link_alive: bool
    paused: bool = False


class Progress:
    """Notes when each counter last rose.

    Args:
        captures_s: Longest time in which the capturing thread may not come round, in seconds.
        results_s: Longest time in which frames may come without a model run; an empty room has one with each heartbeat.
        now_ns: Monotonic time of the start, from which the first of each is waited for.
    """

    def __init__(self, *, captures_s: float, results_s: float, now_ns: int) -> None:
        self._captures_ns = round(captures_s * _NS_PER_S)
        self._results_ns = round(results_s * _NS_PER_S)
        self._signs = Signs(0, 0, 0, link_alive=True)
        self._captured_ns = self._resulted_ns = now_ns

    @property
    def ready(self) -> bool:
        """Whether the first result has come, or none is wanted."""
        return self._signs.results > 0 or self._signs.paused

    def update(self, signs: Signs, now_ns: int) -> None:
        """Take in the counters as they stand."""
        if signs.captures != self._signs.captures or signs.paused:
            self._captured_ns = now_ns
        if signs.results != self._signs.results or signs.frames == self._signs.frames or signs.paused:
            self._resulted_ns = now_ns
        self._signs = signs

    def stuck(self, now_ns: int) -> tuple[Stuck, str] | None:
        """What stands still, and in words; None while all goes on."""
        capture_s = (now_ns - self._captured_ns) // _NS_PER_S
        result_s = (now_ns - self._resulted_ns) // _NS_PER_S
        if now_ns - self._captured_ns > self._captures_ns:
            return Stuck.CAPTURE, f"the camera's driver has not come back for {capture_s} s"
        if now_ns - self._resulted_ns > self._results_ns:
            return Stuck.RESULTS, f"frames come and no result for {result_s} s"
        if not self._signs.link_alive:
            return Stuck.LINK, "the broker's thread has ended"
        return None
