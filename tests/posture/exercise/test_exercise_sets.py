from dataclasses import replace

import pytest
from posture.exercise.puppet import Move, curl, held, jack, lie, performed, plank, push_up, reps, squat, told

from edge.flow import Event
from edge.posture.exercise.counter import ExerciseCounter


def sets(events: list[Event]) -> list[dict[str, object]]:
    return [dict(event.data) for event in events if event.type == "set_finished"]


def test_a_repetition_tells_its_range_and_tempo() -> None:
    [rep] = [e for e in told(ExerciseCounter(), performed(squat, reps=1, period_s=2.0)) if e.type == "rep"]
    assert rep.data["exercise"] == "squat"
    assert rep.data["count"] == 1
    assert rep.data["rom"] > 60
    assert rep.data["down_s"] == pytest.approx(0.9, abs=0.2)
    assert rep.data["duration_s"] == pytest.approx(rep.data["down_s"] + rep.data["up_s"], abs=0.02)
    assert 0.5 < rep.confidence <= 1.0


def test_a_repetition_is_told_when_it_is_done() -> None:
    [rep] = [e for e in told(ExerciseCounter(), performed(squat, reps=1, period_s=2.0)) if e.type == "rep"]
    assert 3.0 < rep.t_ns / 1e9 < 4.1  # it lasts from 2 s to 4 s


def test_repetitions_that_had_to_wait_are_told_with_their_own_details() -> None:
    told_of = [e for e in told(ExerciseCounter(), performed(curl, reps=4, period_s=2.0)) if e.type == "rep"]
    assert [e.data["count"] for e in told_of] == [1, 2, 3, 4]
    assert all(e.data["duration_s"] == pytest.approx(1.6, abs=0.4) for e in told_of)


def test_a_set_is_over_after_the_rest() -> None:
    counter = ExerciseCounter(rest_s=5.0)
    events = told(counter, performed(squat, reps=3))
    assert counter.repetitions == 3
    assert sets(events) == []
    end_s = 1.0 + 2.0 + 3 * 2.4
    events = told(counter, held(squat, 6.0, start_s=end_s + 0.1))
    [finished] = sets(events)
    assert (finished["exercise"], finished["count"]) == ("squat", 3)
    assert finished["duration_s"] == pytest.approx(3 * 2.4 - 0.4, abs=1.0)
    assert counter.repetitions == 0


def test_another_exercise_ends_the_set() -> None:
    counter = ExerciseCounter()
    events = told(counter, performed(squat, reps=3)) + told(counter, performed(jack, reps=3, start_s=11.0))
    assert [(s["exercise"], s["count"]) for s in sets(events)] == [("squat", 3)]
    assert reps(events) == {"squat": 3, "jumping_jack": 3}


def test_leaving_ends_the_set() -> None:
    counter = ExerciseCounter()
    told(counter, performed(squat, reps=2))
    [finished] = counter.end(10_000_000_000)
    assert (finished.type, finished.data["count"]) == ("set_finished", 2)


@pytest.mark.parametrize(("fell", "count"), [(False, 3), (True, 2)])
def test_what_is_under_way_counts_for_who_leaves_and_not_for_who_falls(*, fell: bool, count: int) -> None:
    counter = ExerciseCounter()
    nearly_up_ns = 8_300_000_000  # it counts as done at 8.4 s
    told(counter, [body for body in performed(squat, reps=3) if body.t_ns < nearly_up_ns])
    assert sets(list(counter.end(nearly_up_ns, fell=fell)))[0]["count"] == count


def test_a_fixed_exercise_is_the_only_one_counted() -> None:
    counter = ExerciseCounter(exercise="squat")
    events = told(counter, performed(jack, reps=3)) + told(counter, performed(squat, reps=3, start_s=11.0))
    assert reps(events) == {"squat": 3}


@pytest.mark.parametrize("yaw", [45, 90, 135, 270])
def test_a_plank_is_timed_and_never_counted(yaw: int) -> None:
    counter = ExerciseCounter()
    told(counter, held(plank, 10.0, yaw=yaw))
    assert counter.exercising == "plank"
    events = told(counter, held(squat, 2.0, start_s=11.1, yaw=yaw))
    [finished] = sets(events)
    assert (finished["exercise"], finished["count"]) == ("plank", 0)
    assert finished["hold_s"] == pytest.approx(10.0, abs=0.3)
    assert counter.exercising is None


def test_a_short_plank_is_not_worth_telling() -> None:
    counter = ExerciseCounter(shortest_hold_s=3.0)
    told(counter, held(plank, 2.0, yaw=90))
    assert counter.end(4_000_000_000) == ()


def test_the_upper_position_between_push_ups_is_no_plank() -> None:
    counter = ExerciseCounter()
    events = told(counter, performed(push_up, reps=4, pause_s=1.5, yaw=90))
    events += counter.end(30_000_000_000)
    assert [(s["exercise"], s["count"]) for s in sets(events)] == [("pushup", 4)]


def test_a_plank_before_push_ups_is_told_of_first() -> None:
    counter = ExerciseCounter()
    told(counter, held(plank, 6.0, yaw=90))
    events = told(counter, performed(push_up, reps=2, start_s=7.1, yaw=90))
    assert [s["exercise"] for s in sets(events)] == ["plank"]
    assert reps(events) == {"pushup": 2}


@pytest.mark.parametrize(("move", "name"), [(plank, "plank"), (push_up, "plank")])
def test_a_floor_exercise_is_known_within_a_second(move: Move, name: str) -> None:
    counter = ExerciseCounter()
    told(counter, held(move, 1.0, yaw=90))
    assert counter.exercising == name


def test_exercising_ends_soon_after_the_last_repetition() -> None:
    counter = ExerciseCounter()
    told(counter, performed(push_up, reps=3, yaw=90))
    assert counter.exercising == "pushup"
    told(counter, held(lie, 6.0, start_s=10.5, yaw=90))
    assert counter.exercising is None


def test_a_person_who_is_lost_is_not_in_a_plank_for_ever() -> None:
    counter = ExerciseCounter()
    bodies = held(plank, 3.0, yaw=90)
    told(counter, bodies)
    told(counter, [replace(bodies[-1], t_ns=bodies[-1].t_ns + 5_000_000_000)])
    assert counter.exercising is None
