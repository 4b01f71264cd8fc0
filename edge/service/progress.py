"""Whether the box makes progress. The watchdog is fed by this and by nothing else."""

from dataclasses import dataclass
from typing import Final

_NS_PER_S: Final = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Signs:
    """Counters that rise while the box works.

    Attributes:
        frames: Frames captured so far.
        results: Model runs so far.
        link_alive: Whether the thread that talks to the broker is there; being offline is no fault of the box.
        paused: Whether watching is paused on purpose.
    """

    frames: int
    results: int
    link_alive: bool
    paused: bool = False


class Progress:
    """Notes when each counter last rose.

    Args:
        frames_s: Longest time without a frame, in seconds.
        results_s: Longest time without a model run: an empty room has one with every heartbeat.
        now_ns: Monotonic time of the start, from which the first of each is waited for.
    """

    def __init__(self, *, frames_s: float, results_s: float, now_ns: int) -> None:
        self._frames_ns = round(frames_s * _NS_PER_S)
        self._results_ns = round(results_s * _NS_PER_S)
        self._signs = Signs(0, 0, link_alive=True)
        self._framed_ns = self._resulted_ns = now_ns

    @property
    def ready(self) -> bool:
        """Whether the first result has come."""
        return self._signs.results > 0

    def update(self, signs: Signs, now_ns: int) -> None:
        """Take in the counters as they stand."""
        if signs.frames != self._signs.frames or signs.paused:
            self._framed_ns = now_ns
        if signs.results != self._signs.results or signs.paused:
            self._resulted_ns = now_ns
        self._signs = signs

    def stuck(self, now_ns: int) -> str | None:
        """What stands still, or None while all goes on."""
        if now_ns - self._framed_ns > self._frames_ns:
            return f"no frame for {(now_ns - self._framed_ns) // _NS_PER_S} s"
        if now_ns - self._resulted_ns > self._results_ns:
            return f"no result for {(now_ns - self._resulted_ns) // _NS_PER_S} s"
        if not self._signs.link_alive:
            return "the broker's thread is gone"
        return None
