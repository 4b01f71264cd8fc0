"""A Raspberry Pi camera as a frame source, through picamera2.

Each frame is copied once out of the camera's buffer, in the same pass in which row padding is dropped or the picture
turned, and the buffer goes back at once. Holding the buffer instead would save about 0.9 MB of copying a frame at
640 by 480, but of four buffers the frames under way in the flow (mailbox, landmarker, motion gate) would take two or
three, and the camera would stall whenever the landmarker is slow.
"""

import importlib
import logging
import os
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import CancelledError
from threading import Event, Lock, Thread
from typing import Any, Final

import numpy as np

from edge.capture.source import FrameOverdueError, FrameSource
from edge.capture.turn import Turn
from edge.errors import SourceError, SourceLostError
from edge.flow import Frame, Image

_log = logging.getLogger(__name__)

LOST_AFTER_S: Final = 10.0
"""Silence after which the camera is given up; libcamera calls a sensor late after 1 s, and starting takes 1-2 s."""

_HANDOVER_S: Final = 0.5
"""A request that completes in the very moment of giving up is signalled within microseconds."""

_CLOSE_S: Final = 5.0
"""Closing takes a fraction of a second, but hangs with some sensors that came loose."""

_BUFFERS: Final = 4
"""One being filled, one next in line, one done, one being copied."""

_UPSIDE_DOWN: Final = 180  # degrees

_FORMAT: Final = "BGR888"
"""libcamera names formats by their little-endian word: in memory, and so in numpy, this is R, G, B."""

_OLDEST_NS: Final = 1_000_000_000
"""A frame is some ten milliseconds old when it arrives; a timestamp further off is on another clock."""

_INSTALL: Final = (
    "sudo apt install python3-picamera2 --no-install-recommends, in a venv made with --system-site-packages"
)


class PicameraSource(FrameSource):
    """Reads a camera on the Pi's ribbon connector: RGB made by the image processor, newest frame only.

    The camera is never opened a second time in a process, because picamera2 leaks memory when it is: a camera that
    falls silent is `SourceLostError`, and a restart is the remedy.
    """

    def __init__(
        self,
        *,
        width: int,
        height: int,
        fps: float,
        rotation: int = 0,
        hflip: bool = False,
        vflip: bool = False,
        camera: int = 0,
        lost_after_s: float = LOST_AFTER_S,
        clock_ns: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        """Describe the camera; nothing is opened yet.

        Args:
            width: Width to ask the camera for, in pixels; odd numbers are rounded down. A quarter turn exchanges it
                with the height in the frames delivered.
            height: Height to ask for, likewise.
            fps: Frames a second.
            rotation: Degrees clockwise: 0, 90, 180 or 270.
            hflip: Exchange left and right after rotating.
            vflip: Exchange top and bottom after rotating.
            camera: Number of the camera, as `rpicam-hello --list-cameras` counts.
            lost_after_s: Silence after which the camera is given up.
            clock_ns: Monotonic clock.
        """
        self.name = "picamera" if camera == 0 else f"picamera {camera}"
        self._size = (width - width % 2, height - height % 2)
        self._fps = fps
        turn = Turn(rotation=rotation, hflip=hflip, vflip=vflip)
        in_camera = rotation in (0, _UPSIDE_DOWN)  # sensors mirror for nothing, but cannot exchange rows and columns
        self._turn = Turn() if in_camera else turn
        self._hflip = in_camera and hflip != (rotation == _UPSIDE_DOWN)
        self._vflip = in_camera and vflip != (rotation == _UPSIDE_DOWN)
        self._number = camera
        self._lost_after_ns = round(lost_after_s * 1e9)
        self._clock_ns = clock_ns
        self._camera: Any = None
        self._mapped: Any = None
        self._stride = 0
        self._boot_offset_ns = 0
        self._lock = Lock()  # the camera's memory must not go away while a frame is copied from it
        self._closing = Event()
        self._closer: Thread | None = None
        self._closer_lock = Lock()
        self._waiting_since_ns: int | None = None
        self._last_ns = -1
        self._seq = 0

    def open(self) -> None:
        """Open, configure and start the camera.

        Raises:
            SourceError: picamera2 is not installed, or this camera does not exist or has no RGB pictures.
            SourceLostError: No camera answers, or another program holds it.
        """
        picamera2, libcamera = _load()
        self._mapped = picamera2.MappedArray
        found = picamera2.Picamera2.global_camera_info()
        if not found:
            raise SourceLostError(
                "no camera found: check the ribbon cable and rpicam-hello --list-cameras; this user needs access to "
                "/dev/video*, /dev/media* and /dev/dma_heap/*"
            )
        if self._number >= len(found):
            raise SourceError(f"there is no camera {self._number}: this box has cameras 0 to {len(found) - 1}")
        try:
            self._camera = picamera2.Picamera2(self._number)
            transform = libcamera.Transform(hflip=self._hflip, vflip=self._vflip)
            self._camera.configure(self._configuration(transform))
            self._check_stream()
            self._boot_offset_ns = _boot_to_monotonic_ns()
            self._camera.start()
        except (RuntimeError, OSError, ValueError, IndexError) as error:
            self.close()
            raise SourceLostError(
                f"{self.name} does not start ({_root_cause(error)}): does another program use it? See "
                "rpicam-hello --list-cameras"
            ) from error
        except SourceError:
            self.close()
            raise

    def read(self, timeout_s: float) -> Frame | None:
        """Wait for the next frame.

        Args:
            timeout_s: The longest wait, in seconds.

        Returns:
            The frame; None once closed.

        Raises:
            FrameOverdueError: None came in time; a restart is not due yet.
            SourceLostError: The camera fell silent for good, or picamera2 reported an error.
        """
        if self._closing.is_set():
            return None
        if self._waiting_since_ns is None:
            self._waiting_since_ns = self._clock_ns()
        try:
            request = self._wait(timeout_s)
        except (RuntimeError, OSError, AttributeError) as error:
            if self._closing.is_set():
                return None
            raise SourceLostError(f"{self.name} failed: {_root_cause(error)}") from error
        if request is None:
            if self._closing.is_set():
                return None
            silent_ns = self._clock_ns() - self._waiting_since_ns
            if silent_ns >= self._lost_after_ns:
                raise SourceLostError(f"{self.name} has been silent for {silent_ns / 1e9:.0f} s: check its cable")
            raise FrameOverdueError(f"{self.name}: no frame for {silent_ns / 1e9:.1f} s")
        self._waiting_since_ns = None
        with self._lock:
            try:
                if self._closing.is_set():
                    return None
                image = self._copy(request)
                stamp_ns = request.get_metadata().get("SensorTimestamp")
            finally:
                request.release()
        frame = Frame(image, self._time_ns(stamp_ns), self._seq)
        self._seq += 1
        return frame

    def set_rate(self, fps: float) -> None:
        """See `FrameSource.set_rate`; the camera takes it up two or three frames later."""
        with self._lock:
            if self._camera is not None and not self._closing.is_set():
                self._camera.set_controls({"FrameDurationLimits": _frame_duration_limits(min(fps, self._fps))})

    def close(self) -> None:
        """Stop the camera and end a waiting `read`; may be called from another thread, and more than once."""
        self._closing.set()
        if self._camera is None:
            return
        with self._closer_lock:
            if self._closer is None:
                self._closer = Thread(target=self._shut, name="picamera-close", daemon=True)
                self._closer.start()
        self._closer.join(_CLOSE_S)
        if self._closer.is_alive():
            _log.warning("%s does not close; it is left behind", self.name)

    def _wait(self, timeout_s: float) -> Any:  # noqa: ANN401  picamera2 has no types
        """Wait for a completed request; None if none came or waiting was cancelled."""
        # Not capture_request(wait=seconds): one that completes just as it times out would be lost with its buffer.
        job = self._camera.capture_request(wait=False)
        try:
            try:
                return job.get_result(timeout=timeout_s)
            except TimeoutError:
                self._camera.cancel_all_and_flush()  # else it stays queued, and hands out a stale frame later
                return job.get_result(timeout=_HANDOVER_S)
        except (CancelledError, TimeoutError):
            return None

    def _shut(self) -> None:
        self._camera.cancel_all_and_flush()  # wakes the reader, and keeps stopping from waiting behind its request
        with self._lock:
            # Not stop() first: it asks picamera2's event thread, which may be dead; close() ends that thread before.
            try:
                self._camera.close()
            except (RuntimeError, OSError, AttributeError) as error:
                _log.warning("%s does not close cleanly: %s", self.name, _root_cause(error))

    def _configuration(self, transform: object) -> Mapping[str, Any]:
        options: dict[str, Any] = {
            "main": {"format": _FORMAT, "size": self._size},
            "transform": transform,
            "buffer_count": _BUFFERS,
            "queue": False,  # else the first frame after a pause is an old one
            "controls": {"FrameDurationLimits": _frame_duration_limits(self._fps)},
        }
        if "ColorFilterArrangement" in self._camera.camera_properties:  # a sensor on the ribbon, with modes to choose
            mode = widest_mode(self._camera.sensor_modes, fps=self._fps)
            if mode is not None:
                options["sensor"] = {"output_size": mode["size"], "bit_depth": mode["bit_depth"]}
        configuration: Mapping[str, Any] = self._camera.create_video_configuration(**options)
        return configuration

    def _check_stream(self) -> None:
        stream = self._camera.stream_configuration("main")
        if stream["format"] != _FORMAT:
            raise SourceError(
                f"{self.name} gives no RGB pictures but {stream['format']}: if it is a USB camera, say v4l2:0"
            )
        if tuple(stream["size"]) != self._size:
            _log.info("%s gives %dx%d, not %dx%d as asked", self.name, *stream["size"], *self._size)
            self._size = tuple(stream["size"])
        self._stride = stream["stride"]

    def _copy(self, request: object) -> Image:
        """Copy the picture out of the camera's buffer, whose rows are padded to `stride` bytes."""
        width, height = self._size
        with self._mapped(request, "main", reshape=False, write=False) as mapped:
            rows = mapped.array[: height * self._stride].reshape(height, self._stride)
            padded = rows[:, : 3 * width].reshape(height, width, 3)
            return self._turn.apply(padded) if self._turn else np.array(padded, order="C", copy=True)

    def _time_ns(self, stamp_ns: int | None) -> int:
        """Put the sensor's time on the monotonic clock; the time of arrival where it makes no sense there."""
        now_ns = self._clock_ns()
        t_ns = now_ns if stamp_ns is None else stamp_ns + self._boot_offset_ns
        if not 0 <= now_ns - t_ns <= _OLDEST_NS:
            t_ns = now_ns
        self._last_ns = max(t_ns, self._last_ns + 1)
        return self._last_ns


def widest_mode(modes: Sequence[Mapping[str, Any]], *, fps: float) -> Mapping[str, Any] | None:
    """Choose the sensor mode that sees most of the room.

    Left to itself libcamera takes the mode nearest in size, which on common sensors (IMX219, IMX708) is cut out of the
    middle: the box would see half of the room.

    Args:
        modes: picamera2's `sensor_modes`.
        fps: Frames a second the mode must reach.

    Returns:
        Of the modes fast enough the one with the largest field of view, then the fewest pixels, then the greatest bit
        depth; None if no mode is described well enough.
    """
    known = [mode for mode in modes if {"size", "bit_depth", "crop_limits", "fps"} <= mode.keys()]
    fast = [mode for mode in known if mode["fps"] >= fps]

    def rank(mode: Mapping[str, Any]) -> tuple[int, int, int]:
        width, height = mode["size"]
        _, _, seen_width, seen_height = mode["crop_limits"]
        return -seen_width * seen_height, width * height, -mode["bit_depth"]

    return min(fast or known, key=rank, default=None)


def _frame_duration_limits(fps: float) -> tuple[int, int]:
    """Shortest and longest time from frame to frame, microseconds."""
    period_us = round(1e6 / fps)
    return period_us, period_us


def _load() -> tuple[Any, Any]:
    """Import picamera2 and libcamera, which only a Pi has."""
    os.environ.setdefault("LIBCAMERA_LOG_LEVELS", "*:WARN")  # else a dozen lines at every start
    try:
        return importlib.import_module("picamera2"), importlib.import_module("libcamera")
    except ModuleNotFoundError as error:
        raise SourceError(f"picamera needs {error.name}, which is not installed: {_INSTALL}") from None
    except (ImportError, OSError, ValueError, AttributeError) as error:  # built for another numpy, or half an upgrade
        raise SourceError(f"picamera2 is installed but does not load ({error}): {_INSTALL}") from error


def _boot_to_monotonic_ns() -> int:
    """Give what to add to CLOCK_BOOTTIME, libcamera's clock, to get CLOCK_MONOTONIC: minus the time spent suspended."""
    before = time.monotonic_ns()
    boot = time.clock_gettime_ns(time.CLOCK_BOOTTIME)
    after = time.monotonic_ns()
    return (before + after) // 2 - boot


def _root_cause(error: BaseException) -> str:
    """Give the innermost reason in one line; picamera2 wraps it in general ones."""
    while error.__cause__ is not None:
        error = error.__cause__
    return " ".join(str(error).split()) or type(error).__name__
