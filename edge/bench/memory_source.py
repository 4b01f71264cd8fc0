"""A camera made of memory: plays given pictures at a camera's pace, and pauses when told."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from threading import Condition
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

    Begins paused. While it is paused a read waits and is overdue, as with a camera that has stopped.

    Args:
        fps: Frames a second.
        clock: Monotonic time in nanoseconds.
    """

    name = "memory"

    def __init__(self, *, fps: float, clock: Callable[[], int] = time.monotonic_ns) -> None:
        self._period_ns = round(_NS_PER_S / fps)
        self._clock = clock
        self._changed = Condition()
        self._pictures: Pictures | None = None
        self._start_ns = 0
        self._last = -1
        self._read = 0
        self._missed = 0
        self._closed = False

    def play(self, pictures: Pictures) -> None:
        """Begin to play, there and back without end; the first picture is due now."""
        with self._changed:
            self._pictures = pictures
            self._start_ns, self._last = self._clock(), -1
            self._changed.notify_all()

    def pause(self) -> None:
        """Show nothing until `play`."""
        with self._changed:
            self._pictures = None
            self._changed.notify_all()

    @property
    def shown(self) -> Shown:
        """What became of the frames so far."""
        with self._changed:
            return Shown(self._read, self._missed)

    def open(self) -> None:
        """There is nothing to acquire."""

    def read(self, timeout_s: float) -> Frame | None:
        """See `FrameSource.read`; None once closed."""
        deadline_ns = self._clock() + round(timeout_s * _NS_PER_S)
        with self._changed:
            while not self._closed:
                now_ns = self._clock()
                wake_ns = deadline_ns
                if self._pictures is not None:
                    index = max(self._last + 1, (now_ns - self._start_ns) // self._period_ns)
                    due_ns = self._start_ns + index * self._period_ns
                    if due_ns <= now_ns:
                        return self._take(self._pictures, index, due_ns)
                    wake_ns = min(due_ns, deadline_ns)
                if now_ns >= deadline_ns:
                    raise FrameOverdueError(f"{self.name}: no frame within {timeout_s:g} s: it is paused")
                self._changed.wait((wake_ns - now_ns) / _NS_PER_S)
        return None

    def _take(self, pictures: Pictures, index: int, due_ns: int) -> Frame:
        missed = index - self._last - 1
        self._missed += missed
        self._read += 1
        self._last = index
        picture = pictures[there_and_back(index, len(pictures))]
        return Frame(image=picture, t_ns=due_ns, seq=self._read + self._missed - 1)

    def close(self) -> None:
        """End a waiting `read` and every later one."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
