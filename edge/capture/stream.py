"""Live streams as a frame source: a thread of its own reads, so that a hung camera never hangs the flow."""

import logging
import time
from collections.abc import Callable
from threading import Event, Thread
from typing import Final

from edge.backoff import Backoff
from edge.capture.endpoints import OPEN_TIMEOUT_S, READ_TIMEOUT_S, Capture, Endpoint, UnreachableError
from edge.capture.mailbox import Mailbox
from edge.capture.opencv import cv2
from edge.capture.source import FrameOverdueError, FrameSource
from edge.errors import SourceLostError
from edge.flow import Frame, Image

_log = logging.getLogger(__name__)

_STEADY_NS: Final = 10_000_000_000
"""A stream that broke off sooner did not really work: the waits between attempts go on growing."""

_JOIN_S: Final = max(OPEN_TIMEOUT_S, READ_TIMEOUT_S) + 3.0
"""Every call in the reading thread returns within its own timeout; a margin for the probe that says why."""


class StreamSource(FrameSource):
    """Reads a V4L2 device or an RTSP camera and connects again, for ever, when it stops delivering.

    Only the newest frame is kept: frames that nobody took in time leave a gap in `seq`. Frames carry the monotonic time
    of their arrival.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        *,
        backoff: Backoff | None = None,
        clock_ns: Callable[[], int] = time.monotonic_ns,
        join_s: float = _JOIN_S,
    ) -> None:
        """Describe the stream; nothing is opened yet.

        Args:
            endpoint: What to connect to.
            backoff: Waits between attempts.
            clock_ns: Monotonic clock.
            join_s: How long `close` waits for the reading thread, which may sit in a call that cannot be ended.
        """
        self.name = endpoint.name
        self._endpoint = endpoint
        self._backoff = backoff or Backoff()
        self._clock_ns = clock_ns
        self._join_s = join_s
        self._frames: Mailbox[Frame] = Mailbox()
        self._closing = Event()
        self._problem = "no frame yet"
        self._failure: Exception | None = None
        self._seq = 0
        self._last_ns = -1
        self._thread: Thread | None = None

    def open(self) -> None:
        """Start reading.

        Raises:
            SourceError: The device does not exist or may not be used.
            SourceLostError: The device is there, but cannot be opened now. (An RTSP camera is waited for instead.)
        """
        self._endpoint.check()
        capture = None
        if self._endpoint.at_once:
            try:
                capture = self._endpoint.connect()
            except UnreachableError as error:
                raise SourceLostError(f"{self.name}: {error}") from None
        self._thread = Thread(target=self._run, args=(capture,), name="stream-reader", daemon=True)
        self._thread.start()

    def read(self, timeout_s: float) -> Frame | None:
        """Wait for a frame newer than the last.

        Args:
            timeout_s: The longest wait, in seconds.

        Returns:
            The newest frame; None once closed.

        Raises:
            FrameOverdueError: None came in time; connecting goes on.
        """
        frame = self._frames.take(timeout_s)
        if frame is not None:
            return frame
        if self._failure is not None:
            raise self._failure
        if self._frames.closed:
            return None
        raise FrameOverdueError(f"{self.name}: no frame for {timeout_s:.1f} s: {self._problem}; still trying")

    def close(self) -> None:
        """Stop reading and end a waiting `read`; may be called from another thread, and more than once."""
        self._closing.set()
        self._frames.close()
        if self._thread is None:
            return
        self._thread.join(self._join_s)
        if self._thread.is_alive():
            _log.warning("%s: its reading thread hangs and is left behind", self.name)

    def _run(self, capture: Capture | None) -> None:
        try:
            while not self._closing.is_set():
                try:
                    self._deliver(capture or self._endpoint.connect())
                    self._note("it stopped delivering")
                except UnreachableError as error:
                    self._note(str(error))
                capture = None
                self._closing.wait(self._backoff.next_s())
        except Exception as error:  # noqa: BLE001  a defect: raised where the frames are read, not lost in a thread
            self._failure = error
        finally:
            self._frames.close()

    def _deliver(self, capture: Capture) -> None:
        """Pass on frames until they stop or the source is closed."""
        try:
            steady_ns: int | None = None
            while not self._closing.is_set():
                try:
                    delivered, bgr = capture.read()
                except cv2.error:  # a picture damaged beyond decoding
                    return
                if not delivered:
                    return
                self._last_ns = max(self._clock_ns(), self._last_ns + 1)
                image: Image = cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB)
                self._frames.put(Frame(image, self._last_ns, self._seq))
                self._seq += 1
                if steady_ns is None:
                    steady_ns = self._last_ns + _STEADY_NS
                    self._problem = "it delivered and fell silent"
                    _log.info("%s delivers %dx%d", self.name, image.shape[1], image.shape[0])
                elif self._last_ns > steady_ns:
                    self._backoff.reset()
        finally:
            capture.release()

    def _note(self, problem: str) -> None:
        """Log a change of what is wrong; an outage of a night is one line, not thousands."""
        if problem != self._problem and not self._closing.is_set():
            _log.info("%s: %s; trying again", self.name, problem)
            self._problem = problem
