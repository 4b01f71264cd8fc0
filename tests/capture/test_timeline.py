import math
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from edge.capture.timeline import MIN_STEP_NS, Playback, Timeline

MS = 1_000_000
S = 1_000_000_000


def times_ms(stamps: list[float], *, fps: float = 25) -> list[float]:
    timeline = Timeline(fps=fps)
    return [timeline.next_ns(stamp) / MS for stamp in stamps]


def test_good_timestamps_pass_unchanged_whatever_their_spacing() -> None:
    assert times_ms([0, 40, 45, 1000, 30_000]) == [0, 40, 45, 1000, 30_000]


def test_time_starts_at_zero() -> None:
    assert times_ms([5000, 5040, 5080]) == [0, 40, 80]


def test_a_missing_timestamp_is_filled_in_and_the_next_good_one_counts_again() -> None:
    assert times_ms([0, 40, math.nan, -9.2e15, 165, 200]) == [0, 40, 80, 120, 165, 200]


def test_a_film_without_any_timestamps_runs_at_its_frame_rate() -> None:
    assert times_ms([-1] * 4) == [0, 40, 80, 120]
    assert times_ms([0] * 60)[-1] == 59 * 40


def test_a_repeated_timestamp_is_one_period_later() -> None:
    assert times_ms([0, 40, 40, 120]) == [0, 40, 80, 120]


def test_frames_slightly_out_of_order_still_rise() -> None:
    assert times_ms([0, 80, 40, 160, 200]) == [0, 80, 120, 160, 200]


def test_after_a_jump_back_time_goes_on_from_there() -> None:
    assert times_ms([0, 40, 90_000 - 40_000, 3, 43, 83]) == [0, 40, 50_000, 50_040, 50_080, 50_120]


def test_an_insane_jump_ahead_is_bridged_by_one_period() -> None:
    assert times_ms([0, 40, 1e11, 1e11 + 50, math.inf]) == [0, 40, 80, 130, 170]


def test_a_nonsense_frame_rate_counts_as_thirty() -> None:
    for fps in (0, -1, 90_000, math.nan, math.inf):
        assert Timeline(fps=fps).period_ns == round(S / 30)


def test_time_goes_on_rising_when_the_film_begins_again() -> None:
    timeline = Timeline(fps=25)
    assert [timeline.next_ns(stamp) for stamp in (0, 40)] == [0, 40 * MS]
    timeline.restart()
    assert [timeline.next_ns(stamp) for stamp in (0, 50)] == [80 * MS, 130 * MS]


@given(st.lists(st.floats(), max_size=50))
def test_whatever_a_file_says_time_rises_by_at_least_a_millisecond(stamps: list[float]) -> None:
    timeline = Timeline(fps=25)
    given_ns = [timeline.next_ns(stamp) for stamp in stamps]
    assert all(after - before >= MIN_STEP_NS for before, after in pairwise(given_ns))


def test_playback_starts_now_and_keeps_the_spacing() -> None:
    playback = Playback()
    assert playback.due_ns(0, 100 * S) == 100 * S
    assert playback.due_ns(40 * MS, 100 * S + 5 * MS) == 100 * S + 40 * MS


def test_a_frame_that_is_a_little_late_keeps_its_time_so_that_motion_keeps_its_speed() -> None:
    playback = Playback()
    playback.due_ns(0, 100 * S)
    assert playback.due_ns(40 * MS, 100 * S + 300 * MS) == 100 * S + 40 * MS


def test_after_a_long_stop_playback_goes_on_from_now() -> None:
    playback = Playback()
    playback.due_ns(0, 100 * S)
    assert playback.due_ns(40 * MS, 200 * S) == 200 * S
    assert playback.due_ns(80 * MS, 200 * S) == 200 * S + 40 * MS
