from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from posture.exercise.puppet import (
    Move,
    body_of,
    counted,
    drink,
    held,
    lie,
    performed,
    pick_up,
    reps,
    sit_down,
    sit_up,
    squat,
    told,
    walked,
    wave,
)

from edge.config import Config
from edge.posture.body import Body
from edge.posture.body import body_of as seen_body
from edge.posture.exercise.counter import ExerciseCounter
from edge.posture.person import PersonObserver
from edge.trace import read_trace
from edge.understanding import Understanding

TRACES = Path(__file__).parents[2] / "data" / "traces"
YAWS = [0, 45, 90, 135, 180, 270]


def recorded(name: str) -> dict[int, list[Body]]:
    understanding = Understanding(Config())
    people: dict[int, list[Body]] = {}
    for poses in read_trace(TRACES / f"{name}.jsonl.gz"):
        tracks, _ = understanding.update(poses)
        for track in tracks.people:
            people.setdefault(track.id, []).append(seen_body(track, tracks))
    return people


@pytest.mark.parametrize("yaw", YAWS)
@pytest.mark.parametrize("move", [sit_down, pick_up, drink, wave, lie])
def test_doing_it_once_is_daily_life(move: Move, yaw: int) -> None:
    assert counted(performed(move, reps=1, yaw=yaw)) == {}


@pytest.mark.parametrize("yaw", YAWS)
@pytest.mark.parametrize("move", [wave, lie])
def test_waving_and_stirring_while_lying_are_no_exercise_however_often(move: Move, yaw: int) -> None:
    assert counted(performed(move, reps=6, period_s=1.0, yaw=yaw)) == {}


@pytest.mark.parametrize("yaw", YAWS)
def test_sitting_down_and_getting_up_is_no_squat(yaw: int) -> None:
    assert counted(performed(sit_down, reps=1, period_s=4.0, yaw=yaw)) == {}


@pytest.mark.parametrize("yaw", YAWS)
def test_walking_counts_nothing(yaw: int) -> None:
    assert counted(walked(4.0, yaw=yaw)) == {}


def test_a_squat_that_stays_down_is_none() -> None:
    bodies = performed(squat, reps=1, period_s=2.0)
    down = [body for body in bodies if body.t_ns <= 3_000_000_000]
    end_s = down[-1].t_ns / 1e9
    stays = [replace(down[-1], t_ns=t, seen_ns=t) for t in (round((end_s + i / 15) * 1e9) for i in range(1, 150))]
    assert counted(down + stays) == {}


@pytest.mark.parametrize("name", ["gmd_s1_adl_10", "gmd_s1_fall_14", "furniture", "studio_crossing"])
def test_recordings_of_daily_life_count_nothing(name: str) -> None:
    assert [counted(bodies) for bodies in recorded(name).values() if counted(bodies)] == []


def test_two_squats_on_a_recording_of_a_person_are_two() -> None:
    assert [counted(bodies) for bodies in recorded("gmd_s3_adl_07").values()] == [{"squat": 2}]


def test_bodies_that_are_only_predicted_are_not_looked_at() -> None:
    bodies = [replace(body, seen_ns=body.t_ns - 1) for body in performed(squat, reps=3)]
    assert counted(bodies) == {}


@pytest.mark.parametrize("value", [np.nan, np.inf, 0.0, 1e9, -1e9])
def test_garbage_neither_raises_nor_counts(value: float) -> None:
    good = held(squat, 0.0) + performed(squat, reps=1)
    bad = [replace(body, xy=np.full((33, 2), value), world=np.full((33, 3), value)) for body in good]
    assert counted(bad) == {}


@pytest.mark.parametrize("seed", range(5))
def test_random_landmarks_neither_raise_nor_count(seed: int) -> None:
    rng = np.random.default_rng(seed)
    body = body_of(squat(0.0), 1.0)
    bodies = [
        replace(
            body,
            t_ns=t,
            seen_ns=t,
            xy=rng.uniform(-1.0, 2.0, (33, 2)),
            world=rng.uniform(-1.0, 1.0, (33, 3)),
        )
        for t in range(1_000_000_000, 20_000_000_000, 66_000_000)
    ]
    assert counted(bodies) == {}


def test_glitches_between_good_frames_do_no_harm() -> None:
    bodies = performed(squat, reps=5)
    for i in range(5, len(bodies), 11):
        bodies[i] = replace(bodies[i], xy=np.full((33, 2), np.nan))
    assert counted(bodies) == {"squat": 5}


def test_somebody_who_lies_is_not_exercising() -> None:
    counter = ExerciseCounter()
    told(counter, performed(lie, reps=4, yaw=90))
    assert counter.exercising is None


def test_who_has_fallen_and_stirs_does_no_sit_up() -> None:
    stands = held(squat, 3.0)
    landed_s = stands[-1].t_ns / 1e9 + 0.4
    stirs = performed(sit_up, reps=1, period_s=1.2, start_s=landed_s)
    lies = held(sit_up, 6.0, start_s=stirs[-1].t_ns / 1e9 + 0.1)
    person = PersonObserver(1)

    told_of = [event.type for body in (*stands, *stirs, *lies) for event in person.update(body)]

    assert {"fall_suspected", "fall_detected"} <= set(told_of)
    assert not {"rep", "set_finished"} & set(told_of)
    assert reps(told(ExerciseCounter(), [*stands, *stirs, *lies])) == {"situp": 1}
