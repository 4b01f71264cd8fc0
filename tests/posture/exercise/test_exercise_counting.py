import pytest
from posture.exercise.puppet import (
    Move,
    counted,
    curl,
    curl_left,
    jack,
    lunge,
    overhead,
    performed,
    push_up,
    sit_up,
    squat,
)

EXERCISES = [
    pytest.param(squat, "squat", id="squat"),
    pytest.param(lunge, "lunge", id="lunge"),
    pytest.param(push_up, "pushup", id="pushup"),
    pytest.param(sit_up, "situp", id="situp"),
    pytest.param(jack, "jumping_jack", id="jumping_jack"),
    pytest.param(curl, "bicep_curl", id="bicep_curl"),
    pytest.param(curl_left, "bicep_curl", id="left_curl"),
]


@pytest.mark.parametrize("yaw", [0, 45, 90, 135, 180, 270])
@pytest.mark.parametrize(("move", "name"), EXERCISES)
def test_five_repetitions_are_five_from_every_side(move: Move, name: str, yaw: int) -> None:
    assert counted(performed(move, reps=5, yaw=yaw)) == {name: 5}


@pytest.mark.parametrize("fps", [8, 10, 15, 30])
@pytest.mark.parametrize(("move", "name"), EXERCISES)
def test_the_frame_rate_does_not_matter(move: Move, name: str, fps: int) -> None:
    assert counted(performed(move, reps=4, fps=fps, noise=0.02)) == {name: 4}


@pytest.mark.parametrize("period_s", [1.2, 2.0, 4.0])
@pytest.mark.parametrize(("move", "name"), EXERCISES)
def test_quick_and_slow_repetitions_count(move: Move, name: str, period_s: float) -> None:
    assert counted(performed(move, reps=4, period_s=period_s)) == {name: 4}


@pytest.mark.parametrize(("move", "name"), EXERCISES)
def test_missing_frames_change_nothing(move: Move, name: str) -> None:
    bodies = performed(move, reps=5)
    assert counted([body for i, body in enumerate(bodies) if i % 7 not in (0, 3)]) == {name: 5}


@pytest.mark.parametrize(
    ("move", "name"),
    [(squat, "squat"), (lunge, "lunge"), (push_up, "pushup"), (sit_up, "situp"), (jack, "jumping_jack")],
)
def test_a_single_repetition_counts_when_daily_life_has_nothing_like_it(move: Move, name: str) -> None:
    assert counted(performed(move, reps=1)) == {name: 1}


def test_one_curl_is_a_drink_and_three_are_an_exercise() -> None:
    assert counted(performed(curl, reps=1)) == {}
    assert counted(performed(curl, reps=3)) == {"bicep_curl": 3}


def test_a_shallow_twitch_within_a_set_is_no_repetition() -> None:
    deep = performed(push_up, reps=3)
    twitch = performed(lambda d: push_up(0.25 * d), reps=1, start_s=deep[-1].t_ns / 1e9 + 0.1)
    assert counted(deep + twitch) == {"pushup": 3}


@pytest.mark.parametrize("yaw", [0, 60, 90])
def test_squats_with_the_arms_overhead_are_squats(yaw: int) -> None:
    bodies = performed(lambda d: overhead(squat(d)), reps=4, yaw=yaw)
    assert counted(bodies) == {"squat": 4}


def test_somebody_first_seen_at_the_bottom_is_counted_with_the_next_repetition() -> None:
    bodies = performed(squat, reps=2)
    assert counted([body for body in bodies if body.t_ns >= 2_950_000_000]) == {"squat": 2}


def test_the_last_repetition_counts_when_the_person_leaves_before_standing_straight() -> None:
    bodies = performed(squat, reps=1, period_s=2.0)
    assert counted([body for body in bodies if body.t_ns <= 3_550_000_000]) == {"squat": 1}
