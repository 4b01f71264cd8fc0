"""What the daemon does when a part fails. The source is a fake, as hardware would be; model and broker are real."""

import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from support.broker import Broker, Listener, wait_until

from edge.capture.source import FrameOverdueError, FrameSource
from edge.config import Config, load
from edge.daemon import Daemon
from edge.detect.landmarker import LiveLandmarker
from edge.errors import DetectorStalledError, SourceLostError
from edge.flow import Frame

Step = Callable[[], Frame | None]


def picture(seq: int) -> Frame:
    return Frame(image=np.zeros((120, 160, 3), dtype=np.uint8), t_ns=time.monotonic_ns(), seq=seq)


def overdue() -> Frame:
    raise FrameOverdueError("fake: no frame for 0.1 s; trying again")


class ScriptedSource(FrameSource):
    """Does what a camera might: one step a read, then pictures for ever."""

    name = "fake"

    def __init__(self, *steps: Step) -> None:
        self._steps: Iterator[Step] = iter(steps)
        self.closed = threading.Event()
        self.reads = 0

    def open(self) -> None:
        pass

    def read(self, timeout_s: float) -> Frame | None:
        self.reads += 1
        step = next(self._steps, None)
        if step is None:
            self.closed.wait(min(timeout_s, 0.02))
            return None if self.closed.is_set() else picture(self.reads)
        return step()

    def close(self) -> None:
        self.closed.set()


@pytest.fixture
def config(broker: Broker, bundle: Path) -> Config:
    assert bundle.exists()
    overrides = {
        "mqtt.broker": f"127.0.0.1:{broker.port}",
        "device.id": "box",
        "source.uri": "studio",
        "source.read_timeout_s": 0.2,
        "detect.result_timeout_s": 1.0,
    }
    return load(None, environ={}, overrides=overrides)


@pytest.fixture
def daemon_on(config: Config, monkeypatch: pytest.MonkeyPatch) -> Callable[[FrameSource], Daemon]:
    def make(source: FrameSource) -> Daemon:
        monkeypatch.setattr("edge.daemon.make_source", lambda _config: source)
        return Daemon(config)

    return make


@pytest.fixture
def listener(broker: Broker) -> Iterator[Listener]:
    with Listener(broker.port) as listening:
        yield listening


def test_a_camera_that_vanishes_ends_the_daemon_with_its_error(
    daemon_on: Callable[[FrameSource], Daemon], listener: Listener
) -> None:
    def vanish() -> Frame:
        raise SourceLostError("fake: the camera was unplugged")

    daemon = daemon_on(ScriptedSource(lambda: picture(0), vanish))
    daemon.start()
    assert daemon.ended.wait(5)
    with pytest.raises(SourceLostError, match="unplugged"):
        daemon.stop()
    listener.wait_for("status", b"offline")
    assert listener.payloads("camera")[-1] == b"offline"
    assert not daemon.stuck


def test_a_stream_that_is_away_for_a_while_shows_in_camera_and_comes_back(
    daemon_on: Callable[[FrameSource], Daemon], listener: Listener, caplog: pytest.LogCaptureFixture
) -> None:
    def away() -> Frame:
        time.sleep(0.1)
        return overdue()

    caplog.set_level("INFO", "edge.daemon")
    daemon = daemon_on(ScriptedSource(lambda: picture(0), *[away] * 6))
    daemon.start()
    listener.wait_for("camera", b"online", times=2)
    daemon.stop()
    listener.wait_for("status", b"offline")
    assert listener.payloads("camera") == [b"offline", b"online", b"offline", b"online", b"offline"]
    assert sum("no frame" in message for message in caplog.messages) == 1
    assert "fake delivers again" in caplog.messages


def test_a_recording_that_ends_ends_the_daemon_without_an_error(daemon_on: Callable[[FrameSource], Daemon]) -> None:
    daemon = daemon_on(ScriptedSource(lambda: picture(0), lambda: None))
    daemon.start()
    assert daemon.ended.wait(5)
    daemon.stop()


def test_a_landmarker_that_hangs_is_reported_and_never_waited_for(
    daemon_on: Callable[[FrameSource], Daemon], listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    daemon = daemon_on(ScriptedSource())
    landmarker = daemon._eyes._landmarker  # noqa: SLF001 - no frame makes the real one hang
    assert isinstance(landmarker, LiveLandmarker)
    engine = landmarker._engine  # noqa: SLF001
    monkeypatch.setattr(landmarker, "_engine", _NeverAnswers())
    daemon.start()
    assert daemon.ended.wait(10)
    with pytest.raises(DetectorStalledError):
        daemon.stop()
    assert daemon.stuck
    listener.wait_for("status", b"offline")
    engine.close()


class _NeverAnswers:
    """MediaPipe with a dead callback."""

    def submit(self, image: object, ms: int) -> None:
        """Take the frame and be silent."""

    def close(self) -> None:
        """Nothing was opened."""


def test_a_driver_that_hangs_in_close_does_not_keep_the_daemon(
    daemon_on: Callable[[FrameSource], Daemon], listener: Listener
) -> None:
    release = threading.Event()

    class Hanging(ScriptedSource):
        def close(self) -> None:
            super().close()
            release.wait(10)

    daemon = daemon_on(Hanging())
    daemon.start()
    listener.wait_for("camera", b"online")
    started = time.monotonic()
    daemon.stop()
    assert time.monotonic() - started < 2
    listener.wait_for("status", b"offline")
    release.set()


def test_stopping_before_the_source_could_be_opened_is_no_error(daemon_on: Callable[[FrameSource], Daemon]) -> None:
    daemon_on(ScriptedSource()).stop()


def test_no_thread_is_left_behind(daemon_on: Callable[[FrameSource], Daemon], listener: Listener) -> None:
    before = set(threading.enumerate())
    daemon = daemon_on(ScriptedSource())
    daemon.start()
    listener.wait_for("camera", b"online")
    daemon.stop()
    wait_until(
        lambda: not {t for t in set(threading.enumerate()) - before if not t.name.startswith("ThreadPool")},
        "the end of the daemon's threads",
    )


@pytest.mark.skipif(len(os.sched_getaffinity(0)) < 2, reason="needs two cores")
def test_a_daemon_with_little_to_do_keeps_to_one_core_as_long_as_it_runs(
    daemon_on: Callable[[FrameSource], Daemon], listener: Listener
) -> None:
    allowed = os.sched_getaffinity(0)
    daemon = daemon_on(ScriptedSource())
    daemon.start()
    listener.wait_for("camera", b"online")
    wait_until(lambda: len(os.sched_getaffinity(0)) == 1, "one core")
    daemon.stop()
    assert os.sched_getaffinity(0) == allowed
