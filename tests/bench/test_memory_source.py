import threading
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.bench.errors import BenchError
from edge.bench.memory_source import MemorySource, Shown
from edge.bench.reel import CLIP_FRAMES, Film, there_and_back
from edge.capture.source import FrameOverdueError
from edge.errors import SourceError
from edge.flow import Frame, Image

PICTURES = np.arange(4, dtype=np.uint8).reshape(4, 1, 1, 1).repeat(3, axis=3)
MS = 1_000_000


class Clock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.now_ns = 1000 * MS

    def __call__(self) -> int:
        return self.now_ns


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def source(clock: Clock) -> MemorySource:
    return MemorySource(fps=100, clock=clock)


def read(source: MemorySource) -> Frame:
    frame = source.read(0)
    assert frame is not None
    return frame


def test_frames_come_at_the_cameras_pace_with_the_time_they_were_due(source: MemorySource, clock: Clock) -> None:
    source.play(PICTURES)
    assert read(source).t_ns == 1000 * MS
    with pytest.raises(FrameOverdueError):
        source.read(0)
    clock.now_ns += 13 * MS
    assert read(source).t_ns == 1010 * MS


def test_a_late_reader_gets_the_newest_frame_and_misses_the_others(source: MemorySource, clock: Clock) -> None:
    source.play(PICTURES)
    assert read(source).seq == 0
    clock.now_ns += 31 * MS
    late = read(source)
    assert (late.seq, late.t_ns, late.image[0, 0, 0]) == (3, 1030 * MS, 3)
    assert source.shown == Shown(read=2, missed=2)


def test_nothing_is_shown_or_missed_while_it_is_paused(source: MemorySource, clock: Clock) -> None:
    source.play(PICTURES)
    read(source)
    source.pause()
    clock.now_ns += 500 * MS
    with pytest.raises(FrameOverdueError, match="paused"):
        source.read(0)
    source.play(PICTURES)
    again = read(source)
    assert (again.seq, again.t_ns) == (1, 1500 * MS)
    assert source.shown == Shown(read=2, missed=0)


def test_a_slower_camera_shows_fewer_pictures_of_people_who_move_as_fast(source: MemorySource, clock: Clock) -> None:
    source.play(PICTURES)
    read(source)
    source.set_rate(50)
    clock.now_ns += 19 * MS
    with pytest.raises(FrameOverdueError):
        source.read(0)
    clock.now_ns += 1 * MS
    assert read(source).image[0, 0, 0] == 2
    source.set_rate(1000)
    clock.now_ns += 10 * MS
    assert read(source).image[0, 0, 0] == 3
    assert source.shown == Shown(read=3, missed=0)


def test_playing_again_can_go_on_where_it_was_paused(source: MemorySource, clock: Clock) -> None:
    source.play(PICTURES, start=len(PICTURES) + 1)
    frame = read(source)
    assert frame.t_ns == 1000 * MS
    assert frame.image[0, 0, 0] == len(PICTURES) - 3
    clock.now_ns += 10 * MS
    assert read(source).image[0, 0, 0] == len(PICTURES) - 4


def test_closing_ends_a_waiting_read() -> None:
    source = MemorySource(fps=30)
    ended: list[Frame | None] = []
    reader = threading.Thread(target=lambda: ended.append(source.read(10)))
    reader.start()
    source.close()
    reader.join(5)
    assert ended == [None]


@given(st.integers(2, 300), st.integers(0, 5000))
def test_a_clip_is_played_there_and_back_without_a_jump(count: int, index: int) -> None:
    places = [there_and_back(index + step, count) for step in range(2)]
    assert all(0 <= place < count for place in places)
    assert abs(places[0] - places[1]) == 1


@given(st.integers(1, 100), st.integers(0, 1000))
def test_a_lead_is_played_once(lead: int, index: int) -> None:
    place = there_and_back(index, lead + 50, lead)
    assert place == index if index < lead else lead <= place < lead + 50


def frames(count: int, width: int = 4) -> Iterator[Frame]:
    for n in range(count):
        image: Image = np.full((2, width, 3), (n, 100, 200), dtype=np.uint8)
        yield Frame(image=image, t_ns=n, seq=n)


def test_a_film_is_there_for_all_processes_in_both_orders_of_channels() -> None:
    with Film(frames(5)) as film:
        rgb, bgr = film.rgb.pictures(), film.bgr.pictures()
    assert rgb.shape == (5, 2, 4, 3)
    assert rgb[3, 1, 2].tolist() == [3, 100, 200]
    assert bgr[3, 1, 2].tolist() == [200, 100, 3]


def test_a_long_clip_is_cut() -> None:
    with Film(frames(CLIP_FRAMES + 1)) as film:
        assert film.rgb.count == CLIP_FRAMES


@pytest.mark.parametrize("count", [0, 1])
def test_a_clip_that_is_too_short_is_refused(count: int) -> None:
    with pytest.raises(SourceError, match="fewer than two"), Film(frames(count)):
        pass


def test_a_clip_that_changes_its_size_is_refused() -> None:
    changing = [*frames(2), *frames(2, width=6)]
    with pytest.raises(SourceError, match="changes its size"), Film(changing):
        pass


def test_a_film_that_has_gone_is_named() -> None:
    with Film(frames(2)) as film:
        reel = film.rgb
    with pytest.raises(BenchError, match="cannot be opened"):
        reel.pictures()
