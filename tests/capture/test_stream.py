import itertools
import logging
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import pytest

from edge.backoff import Backoff
from edge.capture.endpoints import Capture, UnreachableError, V4l2Device
from edge.capture.source import FrameOverdueError
from edge.capture.stream import StreamSource
from edge.errors import SourceError, SourceLostError
from edge.flow import Frame

if TYPE_CHECKING:
    from capture.conftest import Movies


class Plug:
    """An endpoint of which each connection is made by the next of some functions; without any left it is gone."""

    name = "plug"
    at_once = False

    def __init__(self, *connections: Callable[[], Capture]) -> None:
        self.left = list(connections)
        self.attempts = 0

    def check(self) -> None:
        pass

    def connect(self) -> Capture:
        self.attempts += 1
        if not self.left:
            raise UnreachableError("the device is gone")
        return self.left.pop(0)()


class Endless:
    """Delivers black pictures as fast as they are read, until it is let go of."""

    def __init__(self, *, pause_s: float = 0.002) -> None:
        self.pause_s = pause_s
        self.released = threading.Event()

    def read(self) -> tuple[bool, Any]:
        time.sleep(self.pause_s)
        return True, np.zeros((4, 6, 3), np.uint8)

    def release(self) -> None:
        self.released.set()


class Hung(Endless):
    """Never comes back from reading, like a driver that waits for a dead USB hub."""

    def __init__(self) -> None:
        super().__init__()
        self.let_go = threading.Event()

    def read(self) -> tuple[bool, Any]:
        self.let_go.wait(30)
        return False, None


def film(path: Path) -> Callable[[], Capture]:
    return lambda: cv2.VideoCapture(str(path))


def stream(endpoint: Plug, **options: Any) -> StreamSource:  # noqa: ANN401
    return StreamSource(endpoint, backoff=Backoff(first_s=0.001, limit_s=0.002), **options)


def usb(device: str) -> StreamSource:
    return StreamSource(V4l2Device(device, width=640, height=480, fps=15))


def test_frames_are_contiguous_rgb_of_the_time_they_arrived(movies: "Movies") -> None:
    before = time.monotonic_ns()
    with stream(Plug(film(movies.make(frames=1)))) as source:
        frame = source.read(5)
    assert frame is not None
    assert before < frame.t_ns < time.monotonic_ns()
    assert frame.image.flags.c_contiguous
    assert frame.image[5, 20, 0] > 200 > frame.image[5, 20, 2]


def test_a_slow_reader_gets_the_newest_frame_and_sees_the_gap_in_the_numbers() -> None:
    with stream(Plug(Endless)) as source:
        first = source.read(5)
        time.sleep(0.1)
        second = source.read(5)
    assert first is not None
    assert second is not None
    assert second.seq > first.seq + 5


def test_time_rises_strictly_even_if_the_clock_stands_still() -> None:
    with stream(Plug(Endless), clock_ns=lambda: 42) as source:
        times = [frame.t_ns for _ in range(5) if (frame := source.read(5))]
    assert times == sorted(set(times))
    assert len(times) == 5


def test_a_camera_plugged_in_again_goes_on_with_rising_time_and_numbers(
    movies: "Movies", caplog: pytest.LogCaptureFixture
) -> None:
    path = movies.make(frames=3)
    seen: list[Frame] = []
    with caplog.at_level(logging.INFO), stream(Plug(film(path), film(path), Endless)) as source:
        while not seen or seen[-1].seq < 20:
            frame = source.read(5)
            assert frame is not None
            seen.append(frame)
    assert [frame.seq for frame in seen] == sorted({frame.seq for frame in seen})
    assert [frame.t_ns for frame in seen] == sorted({frame.t_ns for frame in seen})
    assert {frame.width for frame in seen} >= {6}


def test_an_outage_is_one_log_line_and_every_read_says_why(caplog: pytest.LogCaptureFixture) -> None:
    gone = Plug()
    with caplog.at_level(logging.INFO), stream(gone) as source:
        while gone.attempts < 20:
            with pytest.raises(FrameOverdueError, match="plug"):
                source.read(0.01)
        with pytest.raises(FrameOverdueError, match="the device is gone; still trying"):
            source.read(0.01)
    assert [record.getMessage() for record in caplog.records] == ["plug: the device is gone; trying again"]


def test_a_hung_read_holds_up_neither_reading_nor_closing(caplog: pytest.LogCaptureFixture) -> None:
    hung = Hung()
    source = stream(Plug(lambda: hung), join_s=0.05)
    start = time.monotonic()
    with source, pytest.raises(FrameOverdueError):
        source.read(0.05)
    assert time.monotonic() - start < 5
    assert "left behind" in caplog.text
    hung.let_go.set()
    assert hung.released.wait(5)


def test_closing_ends_a_waiting_read_and_lets_go_of_the_device() -> None:
    slow = Endless(pause_s=0.5)
    source = stream(Plug(lambda: slow))
    source.open()
    threading.Timer(0.05, source.close).start()
    assert source.read(20) is None
    source.close()
    assert slow.released.is_set()
    assert source.read(1) is None


def test_a_defect_in_the_reading_thread_is_raised_where_frames_are_read() -> None:
    def defect() -> Capture:
        raise ZeroDivisionError("a defect")

    with stream(Plug(defect)) as source, pytest.raises(ZeroDivisionError):
        source.read(5)


def test_a_device_that_must_answer_at_once_and_does_not_is_lost() -> None:
    gone = Plug()
    gone.at_once = True
    with pytest.raises(SourceLostError, match="plug: the device is gone"):
        stream(gone).open()


def test_a_v4l2_device_that_never_existed_is_refused_with_those_there_are() -> None:
    with pytest.raises(SourceError, match=r"/dev/video98 cannot be used .*; video devices here: "):
        usb("98").open()


def test_a_file_is_not_taken_for_a_v4l2_device(movies: "Movies") -> None:
    path = movies.make()
    with pytest.raises(SourceError, match=f"say file:{path}"):
        usb(str(path)).open()


def test_a_device_that_is_no_camera_is_lost_at_once() -> None:
    with pytest.raises(SourceLostError, match="v4l2:/dev/null: the device cannot be opened as a camera"):
        usb("/dev/null").open()


class NotedBackoff(Backoff):
    def __init__(self) -> None:
        super().__init__(first_s=0.001)
        self.resets = 0

    def reset(self) -> None:
        self.resets += 1


def test_a_camera_that_breaks_off_soon_is_called_less_and_less_often(movies: "Movies") -> None:
    path = movies.make(frames=3)
    backoff = NotedBackoff()
    with StreamSource(Plug(film(path), film(path), Endless), backoff=backoff) as source:
        while (frame := source.read(5)) and frame.width != 6:
            pass
    assert backoff.resets == 0


def test_a_camera_that_delivered_for_ten_seconds_is_called_again_at_once() -> None:
    seconds = itertools.count(step=4)
    backoff = NotedBackoff()
    with StreamSource(Plug(Endless), backoff=backoff, clock_ns=lambda: next(seconds) * 1_000_000_000) as source:
        while (frame := source.read(5)) and frame.seq < 5:
            pass
    assert backoff.resets > 0
