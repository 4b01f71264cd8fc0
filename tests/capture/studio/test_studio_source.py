import math
import threading
import time
from itertools import pairwise

import numpy as np
import pytest

from edge.capture.source import FrameOverdueError
from edge.capture.studio import Studio, StudioSource, build_scene, scene_names, studio_frames
from edge.capture.studio.schedule import Schedule
from edge.errors import SourceError

START_NS = 5_000_000_000
PERIOD_NS = 1_000_000_000 // 25


class HeldClock:
    """A clock that stands until it is set."""

    def __init__(self) -> None:
        self.now_ns = START_NS

    def __call__(self) -> int:
        return self.now_ns


def small(clock: HeldClock, *, scene: str = "still", fps: float = 25.0, loop: bool = True) -> StudioSource:
    return StudioSource(scene=scene, width=64, height=64, fps=fps, loop=loop, clock=clock)


def sequence(source: StudioSource, timeout_s: float = 1.0) -> int:
    frame = source.read(timeout_s)
    assert frame is not None
    return frame.seq


def test_the_first_frame_is_due_at_once() -> None:
    with small(HeldClock()) as source:
        frame = source.read(timeout_s=0.0)
    assert frame is not None
    assert (frame.seq, frame.t_ns) == (0, START_NS)


def test_capture_times_follow_the_schedule_not_the_reader() -> None:
    clock = HeldClock()
    with small(clock) as source:
        source.read(timeout_s=0.0)
        clock.now_ns += PERIOD_NS + 7_000_000
        frame = source.read(timeout_s=0.0)
    assert frame is not None
    assert (frame.seq, frame.t_ns) == (1, START_NS + PERIOD_NS)


def test_a_late_reader_misses_frames_and_gets_no_burst() -> None:
    clock = HeldClock()
    with small(clock) as source:
        assert sequence(source) == 0
        clock.now_ns += 10 * PERIOD_NS + PERIOD_NS // 2
        assert sequence(source) == 10
        began = time.monotonic()
        assert sequence(source) == 11
        assert time.monotonic() - began > 0.4 * PERIOD_NS / 1e9


def test_a_frame_later_than_the_timeout_is_overdue_and_still_comes() -> None:
    clock = HeldClock()
    with small(clock, fps=1.0) as source:
        source.read(timeout_s=0.0)
        with pytest.raises(FrameOverdueError, match=r"studio:still: no frame within 0\.01 s"):
            source.read(timeout_s=0.01)
        clock.now_ns += 1_000_000_000
        assert sequence(source) == 1


def test_another_rate_holds_from_the_next_frame_on_without_a_gap() -> None:
    clock = HeldClock()
    times = []
    with small(clock) as source:
        for turn in range(9):
            frame = source.read(timeout_s=1.0)
            assert frame is not None
            assert frame.seq == turn
            times.append(frame.t_ns - START_NS)
            source.set_rate(10 if turn < 5 else 100)
            clock.now_ns = frame.t_ns + (100_000_000 if turn < 5 else PERIOD_NS)
    assert times == [ms * 1_000_000 for ms in (0, 100, 200, 300, 400, 500, 540, 580, 620)]


def test_a_scene_goes_on_at_its_own_speed_at_another_rate() -> None:
    clock = HeldClock()
    frames = []
    with small(clock, scene="walk_across") as source:
        for _ in range(6):
            frames.append(source.read(timeout_s=1.0))
            source.set_rate(10)
            clock.now_ns += 100_000_000
    last = frames[-1]
    assert last is not None
    assert last.t_ns == START_NS + 500_000_000
    true = Studio(build_scene("walk_across"), width=64, height=64).render(0.5).truth[0]
    assert np.array_equal(last.truth[0].landmarks_px, true.landmarks_px)


def test_a_source_that_is_not_paced_keeps_its_rate() -> None:
    with StudioSource(scene="still", width=64, height=64, fps=10, paced=False) as source:
        source.set_rate(5)
        frames = [source.read(timeout_s=0.0) for _ in range(3)]
    assert [frame.t_ns for frame in frames if frame] == [0, 100_000_000, 200_000_000]


def test_closing_ends_a_waiting_read() -> None:
    source = StudioSource(scene="still", width=64, height=64, fps=0.01)
    source.open()
    source.read(timeout_s=1.0)
    results: list[object] = []
    reader = threading.Thread(target=lambda: results.append(source.read(timeout_s=30.0)), name="reader")
    reader.start()
    source.close()
    reader.join(timeout=5.0)
    source.close()
    assert results == [None]


def test_a_looping_source_goes_on_with_rising_times() -> None:
    frames = list(studio_frames("jacks", count=45, fps=5.0, width=64, height=64))
    assert [frame.seq for frame in frames] == list(range(45))
    assert all(before.t_ns < after.t_ns for before, after in pairwise(frames))
    assert frames[-1].t_ns > 7.2e9
    assert frames[-1].truth[0].reps < frames[33].truth[0].reps


def test_a_source_that_does_not_loop_ends_with_its_scene() -> None:
    frames = list(studio_frames("raise_hand", fps=2.0, width=64, height=64))
    assert len(frames) == math.ceil(build_scene("raise_hand").duration_s * 2)
    assert [frame.t_ns for frame in frames[:3]] == [0, 500_000_000, 1_000_000_000]


def test_a_paced_source_that_does_not_loop_ends_too() -> None:
    clock = HeldClock()
    with small(clock, loop=False) as source:
        source.read(timeout_s=0.0)
        clock.now_ns += 60_000_000_000
        assert source.read(timeout_s=0.0) is None


def test_the_same_source_gives_the_same_frames() -> None:
    first, second = (list(studio_frames("demo", count=4, width=64, height=64, seed=2)) for _ in range(2))
    assert all(np.array_equal(a.image, b.image) for a, b in zip(first, second, strict=True))


def test_the_source_says_what_it_is() -> None:
    assert StudioSource(scene="day").name == "studio:day"


def test_an_unknown_scene_is_explained_when_opened() -> None:
    with pytest.raises(SourceError, match=f"did you mean 'pushups'.*{', '.join(scene_names())}"):
        StudioSource(scene="pushup").open()


@pytest.mark.parametrize(
    ("width", "height", "fps"), [(0, 480, 15.0), (640, 9000, 15.0), (640, 480, 0.0), (640, 480, 1e4)]
)
def test_a_picture_that_can_not_be_rendered_is_explained(width: int, height: int, fps: float) -> None:
    with pytest.raises(SourceError, match="studio:demo can not"):
        StudioSource(width=width, height=height, fps=fps).open()


def test_reading_before_opening_is_explained() -> None:
    with pytest.raises(SourceError, match="call open"):
        StudioSource().read(timeout_s=0.0)


@pytest.mark.parametrize("fps", [0.3, 7.5, 15.0, 29.97, 30.0, 60.0, 120.0])
def test_a_frame_is_ready_at_the_nanosecond_it_is_due(fps: float) -> None:
    schedule = Schedule(start_ns=START_NS, fps=fps)
    for index in (0, 1, 2, 999, 10**6, 10**9):
        due_ns = schedule.due_ns(index)
        assert schedule.next_index(-1, due_ns) == index
        assert schedule.next_index(-1, due_ns - 1) == max(0, index - 1)
        assert schedule.next_index(index, due_ns) == index + 1
