"""What a stream can be read from: a V4L2 device of this machine, or an RTSP camera on the network."""

import os
import socket
import stat
from pathlib import Path
from typing import Any, Final, Protocol

from edge.capture.opencv import cv2
from edge.capture.rtsp import parse_rtsp
from edge.errors import SourceError

OPEN_TIMEOUT_S: Final = 5.0
"""A camera in the building answers within a second; twice that again for one that is booting."""

READ_TIMEOUT_S: Final = 5.0
"""Longer than the pause between key frames of any common camera."""

_PROBE_TIMEOUT_S: Final = 2.0


class UnreachableError(Exception):
    """The endpoint gives no pictures now; the text says why, without any address."""


class Capture(Protocol):
    """What `cv2.VideoCapture` gives once it is open."""

    def read(self) -> tuple[bool, Any]:
        """Wait for the next picture, `(h, w, 3)` uint8 BGR."""

    def release(self) -> None:
        """Let go of the device or connection."""


class Endpoint(Protocol):
    """Something that can be connected to again and again."""

    name: str
    """For log lines and messages; holds no credentials."""

    at_once: bool
    """Whether it must answer when the source is opened; if not, a source that is still silent is waited for."""

    def check(self) -> None:
        """Raise SourceError or SourceLostError if it can't be used as given."""

    def connect(self) -> Capture:
        """Connect, or raise UnreachableError within `OPEN_TIMEOUT_S` or so."""


class V4l2Device:
    """A camera behind `/dev/videoN`, such as a USB webcam."""

    at_once = True

    def __init__(self, device: str, *, width: int, height: int, fps: float) -> None:
        """Describe the device.

        Args:
            device: Its number, or an absolute path; `/dev/v4l/by-id/…` stays the same when devices are renumbered.
            width: Wanted width in pixels; the driver takes the nearest it has.
            height: Wanted height.
            fps: Wanted frame rate.
        """
        self.name = f"v4l2:{device}"
        self._path = Path(f"/dev/video{device}" if device.isdecimal() else device)
        self._width = width
        self._height = height
        self._fps = fps

    def check(self) -> None:
        """Check that the device is there and may be opened.

        Raises:
            SourceError: There is no such device, it is no device, or this user may not open it.
        """
        try:
            mode = self._path.stat().st_mode
        except OSError as error:
            known = ", ".join(sorted(path.name for path in Path("/dev").glob("video*"))) or "none"
            raise SourceError(
                f"{self.name}: {self._path} cannot be used ({error.strerror}); video devices here: {known}. "
                "Is the camera plugged in?"
            ) from None
        if not stat.S_ISCHR(mode):
            raise SourceError(f"{self.name}: {self._path} is not a device; for a video file say file:{self._path}")
        if not os.access(self._path, os.R_OK | os.W_OK):
            raise SourceError(f"{self.name}: no permission for {self._path}: add the user to the group video")

    def connect(self) -> Capture:
        """Open the device and ask for size and frame rate.

        Raises:
            UnreachableError: It is gone, busy, or not a camera.
        """
        if not self._path.exists():
            raise UnreachableError("the device is gone; is the camera unplugged?")
        capture = cv2.VideoCapture(str(self._path.resolve()), cv2.CAP_V4L2)
        if not capture.isOpened():
            raise UnreachableError(
                "the device cannot be opened as a camera: another program may hold it, or it is a "
                "camera's second device (try the next lower number)"
            )
        capture.set(cv2.CAP_PROP_FRAME_WIDTH, self._width)
        capture.set(cv2.CAP_PROP_FRAME_HEIGHT, self._height)
        capture.set(cv2.CAP_PROP_FPS, self._fps)
        return capture


class RtspCamera:
    """An RTSP or RTSPS camera, read over TCP."""

    at_once = False

    def __init__(
        self, url: str, *, open_timeout_s: float = OPEN_TIMEOUT_S, read_timeout_s: float = READ_TIMEOUT_S
    ) -> None:
        """Describe the camera.

        Args:
            url: `rtsp://[user:password@]host[:port]/path`; special characters in user and password percent-encoded.
            open_timeout_s: Longest time for connecting and the first answer.
            read_timeout_s: Longest silence of a running stream.

        Raises:
            ConfigError: This is not such a URL. The text never repeats it, as it may hold a password.
        """
        self._address = parse_rtsp(url)
        self.name = self._address.name
        self._open_timeout_ms = round(open_timeout_s * 1000)
        self._read_timeout_ms = round(read_timeout_s * 1000)

    def check(self) -> None:
        """Nothing to check: a camera that does not answer may be rebooting."""

    def connect(self) -> Capture:
        """Connect and wait for the stream's description.

        Raises:
            UnreachableError: It does not answer, or gives no video.
        """
        capture = cv2.VideoCapture(
            self._address.url,
            cv2.CAP_FFMPEG,
            [
                *(cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, self._open_timeout_ms),
                *(cv2.CAP_PROP_READ_TIMEOUT_MSEC, self._read_timeout_ms),
                # FFmpeg's decoder threads each hold a frame back.
                *(cv2.CAP_PROP_N_THREADS, 1),
            ],
        )
        if not capture.isOpened():
            raise UnreachableError(self._why())
        return capture

    def _why(self) -> str:
        """Say why the camera could not be opened, which OpenCV does not tell."""
        try:
            socket.create_connection((self._address.host, self._address.port), timeout=_PROBE_TIMEOUT_S).close()
        except socket.gaierror:
            return "its host name is not known"
        except TimeoutError:
            return "it does not answer"
        except OSError as error:
            return (error.strerror or "it cannot be reached").lower()
        return "it answers, but gives no video: check path, user and password in its URL"
