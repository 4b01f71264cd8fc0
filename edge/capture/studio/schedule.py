"""When frames are due: an even schedule that a late reader can not bend."""

from dataclasses import dataclass
from typing import Final

_NS: Final = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Schedule:
    """Frame times of a camera that runs by itself.

    Attributes:
        start_ns: Time of frame 0.
        fps: Frames a second.
    """

    start_ns: int
    fps: float

    def due_ns(self, index: int) -> int:
        """When frame `index` is taken. Computed from the start, so that rounding never adds up."""
        return self.start_ns + round(index * _NS / self.fps)

    def next_index(self, last: int, now_ns: int) -> int:
        """The frame to deliver after `last` (-1 before the first) to a reader that asks at `now_ns`.

        The next one if the reader is in time; if it is late, the newest that was taken: what lies between is lost, as a
        camera's newest-frame buffer loses it.
        """
        newest = int((now_ns - self.start_ns) * self.fps // _NS)
        # Float division may land one beside the exact boundary.
        newest += (self.due_ns(newest + 1) <= now_ns) - (self.due_ns(newest) > now_ns)
        return max(last + 1, newest)
