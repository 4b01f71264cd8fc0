"""A camera made of memory: plays given pictures at a camera's pace, and pauses when told."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from typing import Final

from edge.bench.reel import Pictures, there_and_back
from edge.capture.source import FrameOverdueError, FrameSource
from edge.flow import Frame

_NS_PER_S: Final = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Shown:
    """What became of the frames so far.

    Attributes:
        read: Frames that were read.
        missed: Frames that were due and replaced by a newer one before anybody read them.
    """

    read: int = 0
    missed: int = 0


class MemorySource(FrameSource):
    """Frames are due on an absolute schedule; capture time is when a frame was due; a late reader gets the newest.

    Begins paused. While it is paused a read waits and is overdue, as with a camera that has stopped. Asked for another
    rate it shows fewer pictures, as a Pi's camera does; what they show goes on at its own speed.

    Args:
        fps: Frames a second, and the speed of what they show.
        clock: Monotonic time in nanoseconds.
    """

    name = "memory"

    def __init__(self, *, fps: float, clock: Callable[[], int] = time.monotonic_ns) -> None:
        self._picture_ns = round(_NS_PER_S / fps)
        self._period_ns = self._picture_ns
        self._clock = clock
        # A condition's wait would take several times as long, and that in every contender.
        self._lock = Lock()
        self._bell = Lock()
        self._bell.acquire()
        self._pictures: Pictures | None = None
        self._lead = 0
        self._start_ns = 0
        self._due_ns = 0
        self._shown = Shown()
        self._closed = False

    def play(self, pictures: Pictures, *, lead: int = 0, start: int = 0) -> None:
        """Begin to play: the lead once, the rest there and back without end; the first picture is due now.

        Args:
            pictures: What to show.
            lead: How many of them come once.
            start: How many places of that play are left out.
        """
        with self._lock:
            self._pictures, self._lead = pictures, lead
            self._due_ns = self._clock()
            self._start_ns = self._due_ns - start * self._picture_ns
            self._ring()

    def pause(self) -> None:
        """Show nothing until `play`."""
        with self._lock:
            self._pictures = None
            self._ring()

    @property
    def shown(self) -> Shown:
        """What became of the frames so far."""
        with self._lock:
            return self._shown

    def open(self) -> None:
        """There is nothing to acquire."""

    def read(self, timeout_s: float) -> Frame | None:
        """See `FrameSource.read`; None once closed."""
        deadline_ns = self._clock() + round(timeout_s * _NS_PER_S)
        while True:
            with self._lock:
                if self._closed:
                    return None
                now_ns = self._clock()
                if self._pictures is not None and self._due_ns <= now_ns:
                    return self._take(self._pictures, now_ns)
                if now_ns >= deadline_ns:
                    raise FrameOverdueError(f"{self.name}: no frame within {timeout_s:g} s: it is paused")
                wake_ns = deadline_ns if self._pictures is None else min(self._due_ns, deadline_ns)
            self._bell.acquire(timeout=(wake_ns - now_ns) / _NS_PER_S)

    def _ring(self) -> None:
        """Let a waiting `read` look anew; with the lock held."""
        if self._bell.locked():
            self._bell.release()

    def _take(self, pictures: Pictures, now_ns: int) -> Frame:
        missed = (now_ns - self._due_ns) // self._period_ns
        t_ns = self._due_ns + missed * self._period_ns
        self._due_ns = t_ns + self._period_ns
        self._shown = Shown(self._shown.read + 1, self._shown.missed + missed)
        index = (t_ns - self._start_ns) // self._picture_ns
        return Frame(
            image=pictures[there_and_back(index, len(pictures), self._lead)],
            t_ns=t_ns,
            seq=self._shown.read + self._shown.missed - 1,
        )

    def set_rate(self, fps: float) -> None:
        """See `FrameSource.set_rate`."""
        with self._lock:
            last_ns = self._due_ns - self._period_ns
            self._period_ns = max(self._picture_ns, round(_NS_PER_S / fps))
            self._due_ns = max(last_ns + self._period_ns, self._start_ns)
            self._ring()

    def close(self) -> None:
        """End a waiting `read` and every later one."""
        with self._lock:
            self._closed = True
            self._ring()
