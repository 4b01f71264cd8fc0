"""Frame sources that change another source's frames before anybody sees them."""

from abc import abstractmethod

from edge.capture.source import FrameSource
from edge.flow import Frame


class WrappedSource(FrameSource):
    """Stands before another source and changes each frame it delivers; everything else is that source's own.

    The source inside must not be read by anybody else.
    """

    def __init__(self, source: FrameSource) -> None:
        """Wrap a source that is not open yet."""
        self.name = source.name
        self._source = source

    @abstractmethod
    def change(self, frame: Frame) -> Frame:
        """Change a frame that belongs to the caller; keeps its class, time and number."""

    @property
    def frame_count_hint(self) -> int | None:
        """As the source inside says."""
        return self._source.frame_count_hint

    @property
    def frame_rate_hint(self) -> float | None:
        """As the source inside says."""
        return self._source.frame_rate_hint

    def open(self) -> None:
        """Open the source inside."""
        self._source.open()

    def read(self, timeout_s: float) -> Frame | None:
        """Read the source inside and change what it delivers."""
        frame = self._source.read(timeout_s)
        return None if frame is None else self.change(frame)

    def set_rate(self, fps: float) -> None:
        """Ask the source inside."""
        self._source.set_rate(fps)

    def close(self) -> None:
        """Close the source inside."""
        self._source.close()
