from itertools import pairwise

import numpy as np
import pytest

from edge.flow import Track, Tracks
from edge.publish.stream import LandmarkStream

MS = 1_000_000


def at(t_ns: int, *, predicted: bool = False, people: int = 1) -> Tracks:
    person = Track(
        id=1,
        landmarks=np.zeros((33, 5), dtype=np.float32),
        world=np.zeros((33, 4), dtype=np.float32),
        seen_ns=t_ns,
        predicted=predicted,
        confidence=1.0,
    )
    return Tracks(t_ns=t_ns, seq=0, width=640, height=480, people=(person,) * people)


class Run:
    """Plays model runs against a stream on a clock of whole milliseconds, and keeps what is published."""

    def __init__(self, rate_hz: float) -> None:
        self.sent: list[tuple[int, Tracks]] = []
        self._now = 0
        self._people = 1
        self._stream = LandmarkStream(
            rate_hz=rate_hz,
            predict=lambda t_ns: at(t_ns, predicted=True, people=self._people),
            publish=lambda tracks: self.sent.append((self._now, tracks)),
        )

    def play(self, until_ms: int, *, every_ms: int, latency_ms: int, start_ms: int = 0, people: int = 1) -> None:
        self._people = people
        for now_ms in range(start_ms, until_ms):
            self._now = now_ms * MS
            captured_ms = now_ms - latency_ms
            if captured_ms >= start_ms and (captured_ms - start_ms) % every_ms == 0:
                self._stream.inferred(at(captured_ms * MS, people=people))
            self._stream.tick(self._now)

    def ages_ms(self) -> list[float]:
        return [(now - tracks.t_ns) / MS for now, tracks in self.sent]

    def times_ms(self) -> list[float]:
        return [tracks.t_ns / MS for _, tracks in self.sent]

    def predicted(self) -> list[bool]:
        return [tracks.people[0].predicted for _, tracks in self.sent]


def test_thirty_messages_a_second_come_from_ten_runs_a_second() -> None:
    run = Run(30)
    run.play(10_000, every_ms=100, latency_ms=15)
    assert 298 <= len(run.sent) <= 300
    assert run.predicted().count(False) == pytest.approx(100, abs=2)


def test_capture_times_are_evenly_spaced_across_inferred_and_predicted() -> None:
    run = Run(30)
    run.play(10_000, every_ms=100, latency_ms=15)
    steps = [later - sooner for sooner, later in pairwise(run.times_ms())][3:]
    assert max(steps) <= 36
    assert min(steps) >= 30


def test_every_run_is_published_when_ticks_are_as_frequent() -> None:
    run = Run(30)
    run.play(3_000, every_ms=33, latency_ms=10)
    assert run.predicted().count(True) <= 2


def test_messages_come_with_the_answers_once_the_ticks_are_aligned_with_them() -> None:
    run = Run(30)
    run.play(6_000, every_ms=33, latency_ms=10)
    assert set(run.ages_ms()[90:]) == {10}


def test_the_rate_holds_while_ticks_are_being_aligned() -> None:
    for phase_ms in range(0, 33, 4):
        run = Run(30)
        run.play(100, every_ms=100, latency_ms=5)
        run.play(5_000, every_ms=33, latency_ms=10, start_ms=100 + phase_ms)
        for second in range(1, 5):
            sent = [now for now, _ in run.sent if second * 1000 <= now / MS < (second + 1) * 1000]
            assert len(sent) == pytest.approx(30, abs=1.5)


def test_ten_a_second_of_thirty_runs_are_the_newest_of_each() -> None:
    run = Run(10)
    run.play(3_000, every_ms=33, latency_ms=10)
    assert not any(run.predicted())
    assert max(run.ages_ms()) <= 10 + 33


def test_times_rise_strictly_when_the_box_becomes_slow_and_ages_stay_bounded() -> None:
    run = Run(30)
    run.play(2_000, every_ms=100, latency_ms=10)
    run.play(8_000, every_ms=200, latency_ms=180, start_ms=2_000)
    times = run.times_ms()
    assert all(later > sooner for sooner, later in pairwise(times))
    assert max(run.ages_ms()) <= 180 + 34
    assert not all(run.predicted()[-30:])


def test_a_late_result_is_never_sent_as_new() -> None:
    run = Run(30)
    run.play(1_000, every_ms=100, latency_ms=10)
    before = run.times_ms()[-1]
    run._stream.inferred(at(round((before - 20) * MS)))  # noqa: SLF001 - the one late result
    run._now = 1_040 * MS  # noqa: SLF001
    run._stream.tick(run._now)  # noqa: SLF001
    assert run.times_ms()[-1] > before
    assert run.predicted()[-1]


def test_with_nobody_in_view_one_message_a_second_is_left_after_three_seconds() -> None:
    run = Run(30)
    run.play(1_000, every_ms=100, latency_ms=10)
    run.play(14_000, every_ms=3_000, latency_ms=10, start_ms=1_000, people=0)
    sent_ms = [now / MS for now, _ in run.sent]
    assert len([t for t in sent_ms if 1_000 <= t < 4_000]) == pytest.approx(90, abs=2)
    late = [t for t in sent_ms if t > 5_100]
    assert [later - sooner for sooner, later in pairwise(late)] == pytest.approx([1_000] * (len(late) - 1), abs=2)
    assert len(late) >= 8
    assert max(run.ages_ms()) <= 10 + 34


def test_whoever_is_found_while_the_stream_rests_is_published_at_once_and_at_the_full_rate() -> None:
    run = Run(30)
    run.play(10_500, every_ms=3_000, latency_ms=10, people=0)
    run.play(12_500, every_ms=100, latency_ms=10, start_ms=10_500)
    with_people = [now / MS for now, tracks in run.sent if tracks.people]
    assert with_people[0] == 10_510
    assert len([t for t in with_people if t < 11_510]) == pytest.approx(30, abs=1)


def test_a_stream_slower_than_its_rest_keeps_its_rate() -> None:
    run = Run(0.5)
    run.play(20_000, every_ms=1_000, latency_ms=10, people=0)
    assert len(run.sent) == pytest.approx(10, abs=1)


def test_before_the_first_run_nothing_is_said() -> None:
    run = Run(30)
    run.play(1_000, every_ms=10_000, latency_ms=2_000)
    assert run.sent == []


def test_messages_that_a_stalled_box_did_not_send_are_told_once() -> None:
    run = Run(10)
    run.play(1_000, every_ms=100, latency_ms=10)
    run.play(3_000, every_ms=100, latency_ms=10, start_ms=1_500)
    stream = run._stream  # noqa: SLF001 - the one that was played against
    assert 0.1 < stream.take_missed() < 0.25
    assert stream.take_missed() == 0.0
