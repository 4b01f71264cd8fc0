"""Time in a recording: timestamps made to rise, and their place on the monotonic clock when it is played."""

from typing import Final

NS_PER_S: Final = 1_000_000_000
_NS_PER_MS: Final = 1_000_000

MIN_STEP_NS: Final = _NS_PER_MS
"""MediaPipe counts in whole milliseconds, so a smaller step would give two frames the same time."""

MAX_GAP_NS: Final = 60 * NS_PER_S
"""A recorder that writes on motion pauses for seconds; a step longer than this is taken for a damaged timestamp."""

MAX_BACK_NS: Final = NS_PER_S
"""Frames out of order go back by a few periods; further back means the recording's clock started anew."""

LATE_LIMIT_NS: Final = NS_PER_S // 2
"""Later than this (a slow decoder, a process that was stopped) a frame is no news: playback jumps to now."""

_MOST_MS: Final = 1e12
"""Thirty years; containers fill 64 bits with ones where they know nothing."""

_SANE_FPS: Final = (1.0, 240.0)
_USUAL_FPS: Final = 30.0


def is_sane(fps: float) -> bool:
    """Whether a container's frame rate can be believed."""
    low, high = _SANE_FPS
    return low <= fps <= high


class Timeline:
    """Repairs the timestamps of a recording, so that they start at 0 and rise by at least a millisecond.

    Good timestamps pass unchanged, whatever their spacing. A missing or repeated one, or one that goes back a little,
    becomes the time before plus one frame period. One that jumps (back by more than `MAX_BACK_NS`, ahead by more than
    `MAX_GAP_NS`) is bridged by one period, and those after it are counted from there.
    """

    def __init__(self, *, fps: float) -> None:
        """Start a timeline.

        Args:
            fps: Nominal frame rate; replaced by 30 where the container says nonsense.
        """
        self._period_ns = round(NS_PER_S / (fps if is_sane(fps) else _USUAL_FPS))
        self._offset_ns: int | None = None
        self._last_ns: int | None = None

    @property
    def period_ns(self) -> int:
        """The nominal frame period in nanoseconds."""
        return self._period_ns

    def next_ns(self, stamp_ms: float) -> int:
        """Give the time of the next frame.

        Args:
            stamp_ms: What the container says, in milliseconds; negative or not finite where it says nothing.

        Returns:
            Nanoseconds since the first frame; strictly rising.
        """
        # Cut off, not rounded: the whole milliseconds are then those of any program that takes them from OpenCV's
        # number, which is 3699.9999999999995 for some frames at 3700.
        stamp_ns = int(stamp_ms * _NS_PER_MS) if 0 <= stamp_ms < _MOST_MS else None  # never true of NaN
        if self._last_ns is None:
            self._last_ns = 0
            if stamp_ns is not None:
                self._offset_ns = -stamp_ns
            return 0
        self._last_ns = self._step(self._last_ns, stamp_ns)
        return self._last_ns

    def restart(self) -> None:
        """Say that the recording begins again: its stamps start anew, the time given goes on rising."""
        self._offset_ns = None

    def _step(self, last_ns: int, stamp_ns: int | None) -> int:
        bridged = last_ns + self._period_ns
        if stamp_ns is None:
            return bridged
        if self._offset_ns is None:
            self._offset_ns = bridged - stamp_ns
            return bridged
        t_ns = stamp_ns + self._offset_ns
        if last_ns + MIN_STEP_NS <= t_ns <= last_ns + MAX_GAP_NS:
            return t_ns
        if not last_ns - MAX_BACK_NS <= t_ns <= last_ns + MAX_GAP_NS:
            self._offset_ns = bridged - stamp_ns
        return bridged


class Playback:
    """Maps a recording's time onto the monotonic clock, as if a camera saw it now."""

    def __init__(self) -> None:
        self._start_ns: int | None = None

    def due_ns(self, t_ns: int, now_ns: int) -> int:
        """Say when a frame is due.

        Args:
            t_ns: The frame's time in the recording.
            now_ns: Monotonic time.

        Returns:
            Monotonic time at which to deliver it. It may be a little past; more than `LATE_LIMIT_NS` late, the rest of
            the recording is moved, so that motion keeps its speed and nothing is skipped.
        """
        if self._start_ns is None:
            self._start_ns = now_ns - t_ns
        due_ns = self._start_ns + t_ns
        if now_ns - due_ns > LATE_LIMIT_NS:
            self._start_ns = now_ns - t_ns
            return now_ns
        return due_ns
