"""What live landmarkers have in common: one frame in flight, its answer taken when it is there, and a deadline."""

import queue
from abc import ABC, abstractmethod
from collections.abc import Callable
from types import TracebackType
from typing import Final, Self

from edge.errors import DetectorStalledError
from edge.flow import Frame, Poses

_NS_PER_S: Final = 1_000_000_000


class OneInFlight(ABC):
    """Submit the newest frame, take its poses, submit the next.

    Args:
        result_timeout_s: How long one frame may take. A landmarker that is later than this never comes back.
        clock: Monotonic nanoseconds, the clock of `Frame.t_ns`.
    """

    def __init__(self, *, result_timeout_s: float, clock: Callable[[], int]) -> None:
        self._result_timeout_s = result_timeout_s
        self._clock = clock
        # Holds one answer at most, as one frame at most is in flight.
        self._answers: queue.SimpleQueue[Poses | Exception] = queue.SimpleQueue()
        self._submitted_ns: int | None = None

    @property
    def busy(self) -> bool:
        """Whether a frame was submitted and its poses not yet taken."""
        return self._submitted_ns is not None

    def submit(self, frame: Frame) -> None:
        """Give a frame to the model; only when not `busy`."""
        self._submitted_ns = self._clock()
        self._begin(frame)

    def take(self) -> Poses | None:
        """The poses of the frame in flight, or None if they are not there yet.

        Raises:
            DetectorStalledError: They are later than `result_timeout_s`; this landmarker must not be used again.
        """
        if self._submitted_ns is None:
            return None
        if self._answers.empty():
            if self._clock() - self._submitted_ns > self._result_timeout_s * _NS_PER_S:
                raise self._stalled()
            return None
        return self._taken(self._answers.get())

    def detect(self, frame: Frame) -> Poses:
        """Find the people of one frame and wait for the answer.

        Raises:
            DetectorStalledError: No answer within `result_timeout_s`; this landmarker must not be used again.
        """
        self.submit(frame)
        return self._taken(self._await())

    @abstractmethod
    def close(self) -> None:
        """Release the landmarker. Not to be called after `DetectorStalledError`: MediaPipe would wait for ever."""

    @abstractmethod
    def _begin(self, frame: Frame) -> None:
        """See that the answer to this frame comes into `_answers`."""

    def _await(self) -> Poses | Exception:
        """Wait for the answer and take it out."""
        try:
            return self._answers.get(timeout=self._result_timeout_s)
        except queue.Empty:
            raise self._stalled() from None

    def _taken(self, answer: Poses | Exception) -> Poses:
        self._submitted_ns = None
        if isinstance(answer, Exception):
            raise answer
        return answer

    def _stalled(self) -> DetectorStalledError:
        return DetectorStalledError(
            f"The landmarker did not answer within {self._result_timeout_s:g} s (detect.result_timeout_s): "
            "leaving, so that the service starts anew"
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not isinstance(error, DetectorStalledError):
            self.close()
