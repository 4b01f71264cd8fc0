import numpy as np
import pytest

from edge.schedule import FRAME_SLACK, Schedule

SECOND = 1_000_000_000


def picks(schedule: Schedule, instants: list[int]) -> list[int]:
    return [t for t in instants if schedule.due(t)]


def landmark_schedule() -> Schedule:
    return Schedule(0.1, slack=FRAME_SLACK)


def jittered(fps: float, seconds: int, jitter: float = 0.0) -> list[int]:
    rng = np.random.default_rng(1)
    numbers = np.arange(round(fps * seconds))
    return [round(t) for t in (numbers + rng.uniform(-jitter, jitter, numbers.size)) / fps * SECOND]


@pytest.mark.parametrize("fps", [10, 12, 15, 20, 24, 25, 29.97, 30, 50, 60])
@pytest.mark.parametrize("jitter", [0.0, 0.1, 0.2])
def test_ten_a_second_are_picked_from_any_camera_in_every_ten_seconds(fps: float, jitter: float) -> None:
    picked = np.array(picks(landmark_schedule(), jittered(fps, 60, jitter)))
    for begin in range(0, 60, 10):
        within = (picked >= begin * SECOND) & (picked < (begin + 10) * SECOND)
        assert 95 <= within.sum() <= 105


def test_every_frame_is_picked_when_the_camera_is_slower() -> None:
    frames = jittered(8, 10)
    assert picks(landmark_schedule(), frames) == frames


def test_a_pause_is_not_made_up_for_by_a_burst() -> None:
    schedule = landmark_schedule()
    picks(schedule, jittered(30, 2))
    after = [60 * SECOND + t for t in jittered(30, 1)]
    assert 9 <= len(picks(schedule, after)) <= 11


def test_time_that_jumps_back_does_not_silence_the_box() -> None:
    schedule = landmark_schedule()
    picks(schedule, [1000 * SECOND + t for t in jittered(30, 1)])
    assert len(picks(schedule, jittered(30, 1))) == 10
