"""In which frames motion is looked for while something moves."""

from edge.pace.watch import Watch

FRAME_NS = 33_333_333
SECOND_NS = 1_000_000_000


def watched(*, speed: float, every: int, first: int = 0, frames: int = 90) -> list[int]:
    """Which of three seconds' frames are looked at for motion, when the model sees every so many of them."""
    watch = Watch()
    chosen = []
    for n in range(frames):
        look = first + max(0, -(-(n - first) // every)) * every
        if watch.due(n * FRAME_NS, look_ns=look * FRAME_NS, speed=speed):
            chosen.append(n)
    return chosen


def test_at_ten_looks_a_second_motion_is_watched_in_the_frames_that_the_model_sees_whichever_those_are() -> None:
    for first in (0, 1, 2):
        assert all(n % 3 == first for n in watched(speed=0.0, every=3, first=first))


def test_motion_is_watched_ten_times_a_second() -> None:
    assert 27 <= len(watched(speed=0.0, every=3)) <= 33
    assert 27 <= len(watched(speed=0.0, every=1)) <= 33


def test_while_people_move_motion_is_watched_at_a_quarter_of_that() -> None:
    assert 7 <= len(watched(speed=1.0, every=3)) <= 9
    assert 7 <= len(watched(speed=1.0, every=1)) <= 9


def test_when_the_model_sees_a_frame_a_second_motion_is_watched_between_and_in_that_frame() -> None:
    for speed, fewest in ((0.0, 24), (1.0, 6)):
        chosen = watched(speed=speed, every=30)
        assert len(chosen) >= fewest
        assert {0, 30, 60} <= set(chosen)
