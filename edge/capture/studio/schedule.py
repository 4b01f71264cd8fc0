"""When frames are due: an even schedule that a late reader can not bend."""

from dataclasses import dataclass
from typing import Final

_NS: Final = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Schedule:
    """Frame times of a camera that runs by itself.

    Attributes:
        start_ns: Time of the first frame.
        fps: Frames a second.
        first: Number of the first frame.
    """

    start_ns: int
    fps: float
    first: int = 0

    def due_ns(self, index: int) -> int:
        """When frame `index` is taken. Computed from the start, so that rounding never adds up."""
        return self.start_ns + round((index - self.first) * _NS / self.fps)

    def elapsed_s(self, index: int, since_ns: int) -> float:
        """Seconds from `since_ns` to when frame `index` is taken, exact in the frame's number."""
        return (self.start_ns - since_ns) / _NS + (index - self.first) / self.fps

    def changed(self, fps: float, *, after: int) -> "Schedule":
        """The schedule at another rate from frame `after` on (-1 before any frame was taken)."""
        if fps == self.fps:
            return self
        if after < self.first:
            return Schedule(start_ns=self.start_ns, fps=fps, first=self.first)
        return Schedule(start_ns=self.due_ns(after), fps=fps, first=after)

    def next_index(self, last: int, now_ns: int) -> int:
        """The frame to deliver after `last` (-1 before the first) to a reader that asks at `now_ns`.

        The next one if the reader is in time; if it is late, the newest that was taken: what lies between is lost, as a
        camera's newest-frame buffer loses it.
        """
        newest = self.first + int((now_ns - self.start_ns) * self.fps // _NS)
        # Float division may land one beside the exact boundary.
        newest += (self.due_ns(newest + 1) <= now_ns) - (self.due_ns(newest) > now_ns)
        return max(last + 1, newest)
