"""A simulated day is the same every time, and what happens in it is what the skeletons do."""

from dataclasses import replace

import numpy as np
import pytest
from posture.evidence.agenda import Day
from posture.evidence.day import care_home, lived
from posture.evidence.routine import Routine
from posture.evidence.simulation import watched

from edge.understanding import Understanding

NS_PER_S = 1_000_000_000


@pytest.fixture(scope="module")
def day() -> Day:
    return Routine(1, long_lie_s=60.0, inactivity_s=1800.0, found_s=90.0).day()


def test_a_day_has_everything_that_is_to_be_found(day: Day) -> None:
    assert {one.type for one in day.expected} == {
        "fall_detected",
        "fall_cleared",
        "long_lie",
        "rep",
        "help_gesture",
        "zone_left",
        "inactivity",
    }
    assert sum(one.type == "fall_detected" for one in day.expected) == 4
    ends = [episode.end_s for episode in day.resident]
    starts = [episode.start_s for episode in day.resident]
    assert all(end <= start + 1e-6 for end, start in zip(ends, starts[1:], strict=False))


def test_the_same_seed_gives_the_same_landmarks(day: Day) -> None:
    fall = next(one for one in day.expected if one.type == "fall_detected")
    runs = [list(watched(day, 1, from_s=fall.from_s - 10, until_s=fall.from_s + 10)) for _ in range(2)]
    assert len(runs[0]) > 100
    for one, other in zip(*runs, strict=True):
        assert one.t_ns == other.t_ns
        np.testing.assert_array_equal(one.landmarks, other.landmarks)


def test_who_falls_is_low_in_the_landmarks(day: Day) -> None:
    fall = next(one for one in day.expected if one.type == "fall_detected" and "dark" not in one.name)
    frames = list(watched(day, 1, from_s=fall.from_s - 3, until_s=fall.from_s + 8))
    heights = [float(np.ptp(one.world[0, :, 1])) for one in frames if len(one)]
    assert np.median(heights[-20:]) < 0.7 * np.median(heights[:20])


def test_times_rise_and_nobody_is_looked_at_too_often(day: Day) -> None:
    times = [one.t_ns for one in watched(day, 1, from_s=5 * 3600, until_s=5.2 * 3600)]
    steps = np.diff(times) / NS_PER_S
    assert steps.min() >= 0.09
    assert steps.max() <= 3.1


def test_an_hour_of_the_night_tells_nothing_alarming() -> None:
    account = lived(1, hours=1.0)
    assert account.frames > 3000
    assert account.false_falls == []
    assert account.ghosts == []


def test_an_understanding_takes_a_day_with_guests(day: Day) -> None:
    guest = day.guests[0]
    understanding = Understanding(replace_nothing := care_home())
    assert replace_nothing.detect.num_poses == 2
    most = 0
    for poses in watched(day, 1, from_s=guest.start_s - 5, until_s=guest.start_s + 40):
        most = max(most, len(poses))
        understanding.update(replace(poses))
    assert most == 2
