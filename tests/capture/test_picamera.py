"""The Pi camera's source against a stand-in for picamera2, the only part that needs hardware.

The stand-in keeps the behaviour that matters: four buffers that only come back when released, rows padded to a stride,
jobs that stay queued when waiting times out, an event thread that can die, and closing that waits for that thread.
"""

import logging
import sys
import threading
import time
from concurrent.futures import CancelledError, Future
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from edge.capture.picamera import PicameraSource, widest_mode
from edge.capture.source import FrameOverdueError
from edge.errors import SourceError, SourceLostError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

STRIDE_STEP = 64
IMX708 = [
    {"size": (1536, 864), "bit_depth": 10, "crop_limits": (768, 432, 3072, 1728), "fps": 120.13},
    {"size": (2304, 1296), "bit_depth": 10, "crop_limits": (0, 0, 4608, 2592), "fps": 56.03},
    {"size": (4608, 2592), "bit_depth": 10, "crop_limits": (0, 0, 4608, 2592), "fps": 14.35},
]


@dataclass
class Box:
    """What the pretended box is like, and what was asked of it."""

    cameras: int = 1
    busy: bool = False
    format: str | None = None
    extra_padding: int = 0
    stamps: "Callable[[], int | None]" = time.monotonic_ns
    dead_thread: bool = False
    hangs_on_close: bool = False
    plugged: threading.Event = field(default_factory=threading.Event)
    configured: dict[str, Any] = field(default_factory=dict)
    controls: list[dict[str, Any]] = field(default_factory=list)
    event_threads: list[threading.Thread] = field(default_factory=list)
    closed: int = 0


class Job:
    def __init__(self) -> None:
        self.future: Future[Request] = Future()

    def get_result(self, timeout: float | None = None) -> "Request":
        return self.future.result(timeout)


class Request:
    def __init__(self, camera: "Camera", number: int) -> None:
        self.camera = camera
        stream = camera.configured["main"]
        (width, height), stride = stream["size"], stream["stride"]
        rows = np.full((height, stride), 0xEE, np.uint8)  # what stands in the padding must never be seen
        picture = rows[:, : 3 * width].reshape(height, width, 3)
        picture[:] = (200, number, 10)
        picture[0] = (1, 2, 3)
        self.buffer = np.concatenate([rows.ravel(), np.full(camera.box.extra_padding, 0xEE, np.uint8)])

    def get_metadata(self) -> dict[str, int]:
        stamp = self.camera.box.stamps()
        return {} if stamp is None else {"SensorTimestamp": stamp}

    def release(self) -> None:
        self.buffer[:] = 0xDD  # the next picture overwrites it
        self.camera.free.release()


class Camera:
    box: Box

    def __init__(self, number: int) -> None:
        if self.box.busy:
            inner = RuntimeError("Failed to acquire camera: Device or resource busy")
            raise RuntimeError("Camera __init__ sequence did not complete.") from inner
        assert number < self.box.cameras
        self.camera_properties = {"ColorFilterArrangement": 0}
        self.sensor_modes = IMX708
        self.lock = threading.Lock()
        self.jobs: list[Job] = []
        self.free = threading.Semaphore(0)
        self.stopping = threading.Event()
        self.thread = threading.Thread(target=self.events, name="fake-picamera2-events", daemon=True)
        self.box.event_threads.append(self.thread)

    @classmethod
    def global_camera_info(cls) -> list[dict[str, Any]]:
        return [{"Num": number} for number in range(cls.box.cameras)]

    def create_video_configuration(self, **options: Any) -> dict[str, Any]:  # noqa: ANN401
        return options

    def configure(self, configuration: dict[str, Any]) -> None:
        width, height = configuration["main"]["size"]
        if width % 2 or height % 2:
            raise RuntimeError("width and height should be even")
        stride = -(-3 * width // STRIDE_STEP) * STRIDE_STEP
        main = {"format": self.box.format or configuration["main"]["format"], "size": (width, height), "stride": stride}
        self.configured = configuration | {"main": main}
        self.box.configured = configuration
        for _ in range(configuration["buffer_count"]):
            self.free.release()

    def set_controls(self, controls: dict[str, Any]) -> None:
        assert not self.box.closed
        self.box.controls.append(controls)

    def stream_configuration(self, name: str) -> dict[str, Any]:
        stream: dict[str, Any] = self.configured[name]
        return stream

    def start(self) -> None:
        self.thread.start()

    def events(self) -> None:
        number = 0
        while not self.stopping.is_set() and not self.box.dead_thread:
            time.sleep(0.005)
            if not self.box.plugged.is_set() or not self.free.acquire(blocking=False):
                continue
            with self.lock:
                job = self.jobs.pop(0) if self.jobs else None
            if job is None:
                self.free.release()
            else:
                number += 1
                job.future.set_result(Request(self, number))

    def capture_request(self, *, wait: bool) -> Job:
        assert not wait
        job = Job()
        with self.lock:
            self.jobs.append(job)
        return job

    def cancel_all_and_flush(self) -> None:
        with self.lock:
            for job in self.jobs:
                job.future.set_exception(CancelledError())
            self.jobs = []

    def stop(self) -> None:
        raise AssertionError("hangs for ever on a real box whose event thread is dead")

    def close(self) -> None:
        self.stopping.set()
        if self.box.hangs_on_close:
            time.sleep(60)
        if self.thread.is_alive():
            self.thread.join()
        self.box.closed += 1


@contextmanager
def mapped_array(request: Request, name: str, *, reshape: bool, write: bool) -> "Iterator[SimpleNamespace]":
    assert (name, reshape, write) == ("main", False, False)
    yield SimpleNamespace(array=request.buffer)


@pytest.fixture
def box(monkeypatch: pytest.MonkeyPatch) -> Box:
    pretended = Box()
    pretended.plugged.set()
    camera = type("Picamera2", (Camera,), {"box": pretended})
    monkeypatch.setitem(sys.modules, "picamera2", SimpleNamespace(Picamera2=camera, MappedArray=mapped_array))
    monkeypatch.setitem(sys.modules, "libcamera", SimpleNamespace(Transform=lambda **how: how))
    return pretended


def source(**options: Any) -> PicameraSource:  # noqa: ANN401
    return PicameraSource(**({"width": 100, "height": 60, "fps": 20} | options))


def test_frames_are_contiguous_rgb_without_the_padding_and_outlive_their_buffer(box: Box) -> None:
    box.extra_padding = 4096
    with source() as camera:
        frame = camera.read(5)
    assert frame is not None
    assert frame.image.shape == (60, 100, 3)
    assert frame.image.flags.c_contiguous
    assert frame.image.flags.owndata
    assert (frame.image[0] == (1, 2, 3)).all()
    assert (frame.image[1:] == (200, 1, 10)).all()


def test_more_frames_come_than_there_are_buffers(box: Box) -> None:
    with source() as camera:
        got = [camera.read(5) for _ in range(12)]
    assert [frame.seq for frame in got if frame] == list(range(12))
    assert box.closed == 1


def test_the_camera_is_asked_for_what_the_hardware_does_best(box: Box) -> None:
    with source(width=641, height=481, fps=15):
        assert box.configured == {
            "main": {"format": "BGR888", "size": (640, 480)},
            "transform": {"hflip": False, "vflip": False},
            "buffer_count": 4,
            "queue": False,
            "controls": {"FrameDurationLimits": (66667, 66667)},
            "sensor": {"output_size": (2304, 1296), "bit_depth": 10},
        }


@pytest.mark.parametrize(
    ("options", "in_camera"),
    [
        ({"rotation": 180}, (True, True)),
        ({"rotation": 180, "hflip": True}, (False, True)),
        ({"vflip": True}, (False, True)),
        ({"rotation": 90, "hflip": True}, (False, False)),
    ],
)
def test_the_sensor_mirrors_and_turns_upside_down(
    box: Box, options: dict[str, Any], in_camera: tuple[bool, bool]
) -> None:
    with source(**options):
        assert box.configured["transform"] == {"hflip": in_camera[0], "vflip": in_camera[1]}


@pytest.mark.parametrize(("rotation", "side"), [(90, np.s_[:, -1]), (270, np.s_[:, 0])])
@pytest.mark.usefixtures("box")
def test_quarter_turns_are_made_after_it(rotation: int, side: Any) -> None:  # noqa: ANN401
    with source(rotation=rotation) as camera:
        frame = camera.read(5)
    assert frame is not None
    assert frame.image.shape == (100, 60, 3)
    assert frame.image.flags.c_contiguous
    assert (frame.image[side] == (1, 2, 3)).all()


def test_another_rate_is_asked_of_the_running_camera_but_never_more_than_it_was_set_up_for(box: Box) -> None:
    with source(fps=20) as camera:
        camera.set_rate(10)
        camera.set_rate(60)
        assert camera.read(5) is not None
    assert box.controls == [{"FrameDurationLimits": (100000, 100000)}, {"FrameDurationLimits": (50000, 50000)}]


def test_a_camera_that_is_not_open_is_asked_for_nothing(box: Box) -> None:
    camera = source()
    camera.set_rate(10)
    with camera:
        pass
    camera.set_rate(10)
    assert box.controls == []


def test_frames_carry_the_sensors_time_on_the_monotonic_clock(box: Box) -> None:
    age_ns = 20_000_000
    box.stamps = lambda: time.clock_gettime_ns(time.CLOCK_BOOTTIME) - age_ns
    with source() as camera:
        for _ in range(3):
            frame = camera.read(5)
            assert frame is not None
            assert age_ns <= time.monotonic_ns() - frame.t_ns < age_ns + 500_000_000


@pytest.mark.parametrize("stamp", [None, 0, 5, 1 << 62])
def test_a_sensor_time_that_makes_no_sense_is_replaced_by_the_arrival(box: Box, stamp: int | None) -> None:
    box.stamps = lambda: stamp
    before = time.monotonic_ns()
    with source() as camera:
        frames = [camera.read(5) for _ in range(3)]
    times = [frame.t_ns for frame in frames if frame]
    assert before <= times[0] < times[1] < times[2] <= time.monotonic_ns()


def test_time_rises_strictly_even_if_the_sensors_does_not(box: Box) -> None:
    stuck = time.clock_gettime_ns(time.CLOCK_BOOTTIME)
    box.stamps = lambda: stuck
    with source() as camera:
        times = [frame.t_ns for _ in range(4) if (frame := camera.read(5))]
    assert times == sorted(set(times))


def test_a_late_frame_is_overdue_and_no_buffer_is_lost_to_it(box: Box) -> None:
    with source() as camera:
        for _ in range(6):
            box.plugged.clear()
            with pytest.raises(FrameOverdueError, match="picamera"):
                camera.read(0.02)
            box.plugged.set()
            assert camera.read(5) is not None


def test_a_camera_that_stays_silent_is_lost(box: Box) -> None:
    with source(lost_after_s=0.1) as camera:
        assert camera.read(5) is not None
        box.plugged.clear()
        with pytest.raises(FrameOverdueError):
            camera.read(0.03)
        with pytest.raises(SourceLostError, match="check its cable"):
            camera.read(0.2)


def test_a_dead_event_thread_hangs_neither_reading_nor_closing(box: Box) -> None:
    with source(lost_after_s=0.0) as camera:
        assert camera.read(5) is not None
        box.dead_thread = True
        box.event_threads[0].join()
        with pytest.raises(SourceLostError):
            camera.read(0.1)
    assert box.closed == 1


def test_a_camera_that_does_not_close_is_left_behind_with_a_warning(
    box: Box, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("edge.capture.picamera._CLOSE_S", 0.05)
    box.hangs_on_close = True
    with caplog.at_level(logging.WARNING), source():
        pass
    assert "left behind" in caplog.text


def test_closing_from_another_thread_ends_a_waiting_read(box: Box) -> None:
    box.plugged.clear()
    with source() as camera:
        threading.Timer(0.05, camera.close).start()
        start = time.monotonic()
        assert camera.read(20) is None
        assert time.monotonic() - start < 10
        assert camera.read(20) is None
    assert box.closed == 1


def test_without_picamera2_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "picamera2", None)
    with pytest.raises(
        SourceError, match=r"apt install python3-picamera2 --no-install-recommends.*system-site-packages"
    ):
        source().open()


def test_no_camera_at_all_may_be_cured_by_a_restart(box: Box) -> None:
    box.cameras = 0
    with pytest.raises(SourceLostError, match=r"no camera found: check the ribbon cable"):
        source().open()


def test_a_camera_number_the_box_does_not_have_is_refused(box: Box) -> None:
    box.cameras = 2
    with pytest.raises(SourceError, match="no camera 2: this box has cameras 0 to 1"):
        source(camera=2).open()


def test_a_camera_another_program_holds_is_lost_with_the_innermost_reason(box: Box) -> None:
    box.busy = True
    with pytest.raises(SourceLostError, match="Device or resource busy") as lost:
        source().open()
    assert "\n" not in str(lost.value)


def test_a_camera_without_rgb_is_refused_and_closed(box: Box) -> None:
    box.format = "MJPEG"
    with pytest.raises(SourceError, match="no RGB pictures but MJPEG"):
        source().open()
    assert box.closed == 1


def test_the_mode_that_sees_the_whole_room_is_chosen_over_the_nearest_in_size() -> None:
    assert widest_mode(IMX708, fps=30) == IMX708[1]
    assert widest_mode(IMX708, fps=100) == IMX708[0]


def test_with_no_mode_fast_enough_the_widest_is_chosen() -> None:
    assert widest_mode(IMX708, fps=500) == IMX708[1]


def test_modes_that_are_not_described_are_left_to_libcamera() -> None:
    assert widest_mode([{"format": "MJPEG"}], fps=15) is None
