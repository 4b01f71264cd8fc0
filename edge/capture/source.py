"""The contract every frame source keeps."""

from abc import ABC, abstractmethod
from types import TracebackType
from typing import Self

from edge.errors import EdgeError
from edge.flow import Frame


class FrameOverdueError(EdgeError):
    """No frame came within the time allowed, but the source is still trying: report it and read again."""


class FrameSource(ABC):
    """Delivers frames, one at a time, to one reading thread.

    Use as a context manager: entering opens the device or file, leaving releases it. A source may be opened once.
    `name` says in log lines and messages what is being read, e.g. `file:kitchen.mp4`.
    """

    name: str

    @abstractmethod
    def open(self) -> None:
        """Acquire the device, stream or file.

        Raises:
            SourceError: It cannot be used as given; the text says what to do.
            SourceLostError: It should work but does not answer now; a restart may help.
        """

    @abstractmethod
    def read(self, timeout_s: float) -> Frame | None:
        """Wait for the next frame.

        Args:
            timeout_s: The longest wait, in seconds. Every wait inside a source has a deadline.

        Returns:
            The frame, or None once a finite source has ended.

        Raises:
            FrameOverdueError: Nothing came in time; the source goes on trying (reconnects with backoff).
            SourceLostError: The source is gone and cannot be brought back in this process.
        """

    @abstractmethod
    def close(self) -> None:
        """Release everything; may be called from another thread to end a waiting `read`, and more than once."""

    def set_rate(self, fps: float) -> None:  # noqa: B027 - most sources cannot
        """Ask for another frame rate, from any thread, while the source is open.

        A source that can goes over to it within a few frames; the others go on as they are. Nobody may rely on it.

        Args:
            fps: Frames a second; never more than the source was made for.
        """

    @property
    def frame_count_hint(self) -> int | None:
        """About how many frames there are, once open; None when endless or unknown. For progress bars only."""
        return None

    @property
    def frame_rate_hint(self) -> float | None:
        """Frames a second as the recording states them, once open; None when unknown."""
        return None

    def __enter__(self) -> Self:
        self.open()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
