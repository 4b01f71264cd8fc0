"""Video files as a frame source: played like a camera, or read as fast as the machine can for analysis."""

import logging
import math
import time
from collections.abc import Callable
from pathlib import Path
from threading import Event, Lock
from typing import Final

from edge.capture.opencv import cv2
from edge.capture.source import FrameOverdueError, FrameSource
from edge.capture.timeline import NS_PER_S, Playback, Timeline, is_sane
from edge.errors import SourceError, SourceLostError
from edge.flow import Frame, Image

_log = logging.getLogger(__name__)

_STILL_MAGIC: Final = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF8", b"BM", b"RIFF", b"II*\x00", b"MM\x00*")
"""How JPEG, PNG, GIF, BMP, WebP and TIFF files begin. A MJPEG or GIF film begins so too, hence the count of frames."""

_SHORTFALL: Final = 0.95
"""Containers' frame counts and durations are estimates, good to a few per cent; below this share a file is cut off."""

_SLACK_FRAMES: Final = 2
"""Edit lists and encoder delay make whole files end a frame or two before the count."""

_MOST_FRAMES: Final = 100_000_000
"""A month at 30 a second; broken headers claim 2**63."""


class FileSource(FrameSource):
    """Reads a video file through OpenCV: upright (rotation metadata applied), RGB, in its own size and frame rate.

    A damaged or cut-off file delivers what can be decoded and then ends, with one warning that says how far it got.
    """

    def __init__(
        self,
        path: str | Path,
        *,
        paced: bool,
        loop: bool = False,
        clock_ns: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        """Describe the file; nothing is opened yet.

        Args:
            path: The video file.
            paced: True: frames come when they are due and carry monotonic times, like a camera's. False: frames come
                as fast as they are read and carry the recording's own time, from 0.
            loop: Start again at the end, for ever; time goes on rising.
            clock_ns: Monotonic clock.
        """
        self.name = f"file:{Path(path).name}"
        self._path = Path(path)
        self._loop = loop
        self._playback = Playback() if paced else None
        self._clock_ns = clock_ns
        self._closing = Event()
        self._lock = Lock()  # a capture must not be released while it decodes
        self._capture: cv2.VideoCapture | None = None
        self._timeline = Timeline(fps=0)
        self._waiting: tuple[Image, int] | None = None
        self._decoded = 0
        self._last_ns = 0
        self._reached_end = False
        self._count_hint: int | None = None
        self._rate_hint: float | None = None
        self.frames_read = 0
        """Frames delivered so far."""

    @property
    def frame_count_hint(self) -> int | None:
        """How many frames the file says it has; None before opening, when looping, or when it does not say."""
        return None if self._loop else self._count_hint

    @property
    def frame_rate_hint(self) -> float | None:
        """Frames a second as the file says, on average; None before opening, or when it says nonsense."""
        return self._rate_hint

    def open(self) -> None:
        """Open the file and decode its first frame.

        Raises:
            SourceError: No such file, not readable, not a video, or without a single frame that can be decoded.
        """
        head = self._read_head()
        capture = self._open_capture()
        if capture is None:
            raise SourceError(f"{self.name} is not a video that can be read: {_why_not(head)}")
        fps = capture.get(cv2.CAP_PROP_FPS)
        self._timeline = Timeline(fps=fps)
        self._rate_hint = fps if is_sane(fps) else None
        count = capture.get(cv2.CAP_PROP_FRAME_COUNT)
        if math.isfinite(count) and 0 < count < _MOST_FRAMES:
            self._count_hint = int(count)
        if head.startswith(_STILL_MAGIC) and self._is_still():
            capture.release()
            raise SourceError(f"{self.name} is a still image, not a video: give a video file such as .mp4 or .mkv")
        self._capture = capture
        self._waiting = self._decode()
        if self._waiting is None:
            self.close()
            raise SourceError(f"{self.name} holds no frame that can be decoded: the file is damaged or incomplete")

    def read(self, timeout_s: float) -> Frame | None:
        """Give the next frame, when it is due if playback is paced.

        Args:
            timeout_s: The longest wait, in seconds.

        Returns:
            The frame, or None at the end of the file and once closed.

        Raises:
            FrameOverdueError: The next frame is due later than that (a recording with a long pause).
            SourceLostError: A looping file can no longer be read from its beginning.
        """
        if self._waiting is None:
            self._waiting = self._next()
        if self._waiting is None or self._closing.is_set():
            return None
        image, t_ns = self._waiting
        if self._playback is not None:
            t_ns = self._playback.due_ns(t_ns, self._clock_ns())
            wait_s = (t_ns - self._clock_ns()) / NS_PER_S
            if self._closing.wait(max(0.0, min(wait_s, timeout_s))):
                return None
            if wait_s > timeout_s:
                raise FrameOverdueError(f"{self.name}: the next frame is due in {wait_s - timeout_s:.1f} s")
        self._waiting = None
        frame = Frame(image, t_ns, self.frames_read)
        self.frames_read += 1
        return frame

    def close(self) -> None:
        """Release the file and end a waiting `read`; may be called from another thread, and more than once."""
        self._closing.set()
        with self._lock:
            if self._capture is not None:
                self._capture.release()
                self._capture = None

    def _read_head(self) -> bytes:
        try:
            str(self._path).encode()
        except UnicodeEncodeError:  # OpenCV crashes the process on such a name
            shown = self._path.name.encode(errors="backslashreplace").decode()
            raise SourceError(f"file:{shown} cannot be opened: its name is not valid UTF-8; rename it") from None
        try:
            if self._path.is_dir():
                raise SourceError(f"{self._path} is a directory: give a video file")
            if self._path.exists() and not self._path.is_file():
                raise SourceError(f"{self._path} is not a regular file: give a video file")
            with self._path.open("rb") as file:
                head = file.read(16)
        except FileNotFoundError:
            raise SourceError(f"{self._path} does not exist: check the path") from None
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else str(error)
            raise SourceError(f"{self._path} cannot be read: {reason}") from None
        if not head:
            raise SourceError(f"{self._path} is empty: give a video file")
        return head

    def _open_capture(self) -> cv2.VideoCapture | None:
        # Absolute, so that no file name is taken for the address of a stream. FFmpeg alone: other backends would take a
        # name with %d in it for a series of pictures.
        capture = cv2.VideoCapture(str(self._path.absolute()), cv2.CAP_FFMPEG)
        if not capture.isOpened():
            return None
        # On by default in OpenCV 4.10 and 4.12 to 4.14, off in 4.11: upright in all of them.
        capture.set(cv2.CAP_PROP_ORIENTATION_AUTO, 1)
        return capture

    def _is_still(self) -> bool:
        probe = self._open_capture()
        if probe is None:
            return True
        several = probe.grab() and probe.grab()
        probe.release()
        return not several

    def _decode(self) -> tuple[Image, int] | None:
        with self._lock:
            if self._capture is None:
                return None
            delivered, bgr = self._capture.read()
            if not delivered:
                return None
            stamp_ms = self._capture.get(cv2.CAP_PROP_POS_MSEC)
        self._decoded += 1
        self._last_ns = self._timeline.next_ns(stamp_ms)
        image: Image = cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB)  # type: ignore[assignment]
        return image, self._last_ns

    def _next(self) -> tuple[Image, int] | None:
        found = self._decode()
        if found is not None or self._closing.is_set():
            return found
        if not self._reached_end:
            self._reached_end = True
            self._warn_if_cut_off()
        if not self._loop:
            return None
        self._rewind()
        found = self._decode()
        if found is None and not self._closing.is_set():
            raise SourceLostError(f"{self.name} can no longer be read from its beginning: was it moved or overwritten?")
        return found

    def _rewind(self) -> None:
        # Opening anew works with every format; seeking does not.
        capture = self._open_capture()
        with self._lock:
            self._capture = None if self._closing.is_set() else capture
        self._timeline.restart()

    def _warn_if_cut_off(self) -> None:
        """Warn if both frames and time fall short; one alone is a bad estimate (variable rate, no index)."""
        if self._count_hint is None:
            return
        duration_ns = self._count_hint * self._timeline.period_ns
        few = self._decoded < self._count_hint * _SHORTFALL - _SLACK_FRAMES
        short = self._last_ns < duration_ns * _SHORTFALL - _SLACK_FRAMES * self._timeline.period_ns
        if few and short:
            _log.warning(
                "%s ends early, the rest is damaged or missing: %d of %d frames, %.1f of %.1f s",
                self.name,
                self._decoded,
                self._count_hint,
                self._last_ns / NS_PER_S,
                duration_ns / NS_PER_S,
            )


def _why_not(head: bytes) -> str:
    if head[4:8] == b"ftyp":
        return "the index (moov) is missing, as after a recording or copy that was cut short"
    if head.isascii() and all(byte >= 0x20 or byte in b"\t\r\n" for byte in head):  # noqa: PLR2004  the space
        return "it looks like text"
    return "the format is unknown or the file is damaged"
