"""What is counted of exercises that the model loses sight of."""

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import pytest
from posture.exercise.puppet import Move, counted, held, jack, performed, push_up, reps, squat, told

from edge.posture.body import NS_PER_S, Body
from edge.posture.exercise.bridge import Bridge
from edge.posture.exercise.counter import ExerciseCounter
from edge.posture.exercise.swing import Swing, Turn

EXERCISES = [
    pytest.param(squat, "squat", id="squat"),
    pytest.param(push_up, "pushup", id="pushup"),
    pytest.param(jack, "jumping_jack", id="jumping_jack"),
]

PERIOD_S = 2.4
"""From one repetition of `performed` to the next, rest included."""


def turn_s(number: int) -> float:
    """When a repetition of `performed` turns, from 0."""
    return 3.0 + number * PERIOD_S


def lost(bodies: Iterable[Body], from_s: float, until_s: float) -> list[Body]:
    """The same without what is seen in between."""
    return [body for body in bodies if not from_s < body.t_ns / NS_PER_S < until_s]


@pytest.mark.parametrize("number", [0, 1, 3])
@pytest.mark.parametrize(("move", "name"), EXERCISES)
def test_a_short_loss_at_the_turn_costs_no_repetition(move: Move, name: str, number: int) -> None:
    bodies = performed(move, reps=4)
    assert counted(lost(bodies, turn_s(number) - 0.35, turn_s(number) + 0.35)) == {name: 4}


@pytest.mark.parametrize(("move", "name"), EXERCISES)
def test_a_short_loss_at_the_rest_between_two_makes_them_no_single_one(move: Move, name: str) -> None:
    bodies = performed(move, reps=4)
    rest_s = turn_s(1) + PERIOD_S / 2
    assert counted(lost(bodies, rest_s - 0.35, rest_s + 0.35)) == {name: 4}


@pytest.mark.parametrize("hidden", [1, 2])
@pytest.mark.parametrize(("move", "name"), EXERCISES)
def test_the_rhythm_counts_what_is_done_while_the_model_has_lost_the_person(move: Move, name: str, hidden: int) -> None:
    bodies = performed(move, reps=6)
    until_s = turn_s(2 + hidden) - PERIOD_S / 2
    events = told(ExerciseCounter(), lost(bodies, turn_s(2) - PERIOD_S / 2, until_s))
    repetitions = [event for event in events if event.type == "rep"]
    assert [event.data["count"] for event in repetitions] == [1, 2, 3, 4, 5, 6]
    assert sorted(event.confidence for event in repetitions)[:hidden] == [0.5] * hidden
    assert sum(event.confidence == 0.5 for event in repetitions) == hidden
    assert reps(events) == {name: 6}


def test_what_was_hidden_is_told_as_soon_as_the_rhythm_is_known() -> None:
    bodies = performed(push_up, reps=5)
    unseen = lost(bodies, turn_s(1) - PERIOD_S / 2, turn_s(1) + PERIOD_S / 2)
    assert counted(unseen) == {"pushup": 5}


def test_a_set_tells_the_range_and_tempo_of_what_was_seen() -> None:
    whole, part = (ExerciseCounter(), ExerciseCounter())
    bodies = performed(push_up, reps=6)
    told(whole, bodies)
    told(part, lost(bodies, turn_s(2) - PERIOD_S / 2, turn_s(2) + PERIOD_S / 2))
    [as_seen], [with_loss] = whole.end(30 * NS_PER_S), part.end(30 * NS_PER_S)
    assert with_loss.data["count"] == as_seen.data["count"] == 6
    assert with_loss.data["rom"] == pytest.approx(as_seen.data["rom"], rel=0.1)
    assert with_loss.data["rep_s"] == pytest.approx(as_seen.data["rep_s"], rel=0.1)


@pytest.mark.parametrize(("move", "name"), EXERCISES)
def test_a_pause_that_was_seen_hides_no_repetition(move: Move, name: str) -> None:
    before = performed(move, reps=3)
    pause = held(move, PERIOD_S - 1.0, start_s=before[-1].t_ns / NS_PER_S + 1 / 15)
    after = performed(move, reps=3, start_s=pause[-1].t_ns / NS_PER_S + 1 / 15)
    middle_s = pause[0].t_ns / NS_PER_S
    assert counted(lost([*before, *pause, *after], middle_s, middle_s + 0.6)) == {name: 6}


def test_of_more_than_two_nobody_knows() -> None:
    bodies = performed(push_up, reps=8)
    assert counted(lost(bodies, turn_s(3) - PERIOD_S / 2, turn_s(5) + PERIOD_S / 2)) == {"pushup": 5}


def test_who_has_no_rhythm_yet_did_nothing_unseen() -> None:
    bodies = performed(push_up, reps=3)
    assert counted(lost(bodies, turn_s(1) - PERIOD_S / 2, turn_s(1) + PERIOD_S / 2)) == {"pushup": 2}


def test_a_bridge_passes_on_what_is_seen_without_gaps_at_once() -> None:
    bridge, bodies = Bridge(), performed(squat, reps=1)
    assert [bridge.update(body) for body in bodies] == [[body] for body in bodies]
    assert bridge.end() == []


def test_a_bridge_fills_a_gap_with_bodies_that_were_not_seen() -> None:
    bridge, bodies = Bridge(), performed(squat, reps=1)
    gap = lost(bodies, 2.8, 3.2)
    crossed = [one for body in gap for one in bridge.update(body)]
    filled = [one for one in crossed if not one.seen]
    assert [one.t_ns for one in crossed] == sorted(one.t_ns for one in crossed)
    assert [one for one in crossed if one.seen] == gap
    assert len(filled) == 3
    for one in filled:
        true = min(bodies, key=lambda body: abs(body.t_ns - one.t_ns))
        assert np.abs(one.xy - true.xy).max() < 0.1 * true.scale


def test_a_bridge_holds_nobody_back_for_ever() -> None:
    bridge, bodies = Bridge(), performed(squat, reps=1)
    first, last = bodies[0], replace(bodies[10], t_ns=bodies[0].t_ns + NS_PER_S // 2)
    assert bridge.update(first) == [first]
    assert bridge.update(last) == []
    assert bridge.end() == [last]


def test_a_bridge_does_not_reach_over_a_second() -> None:
    bridge, bodies = Bridge(), lost(performed(squat, reps=1), 2.5, 3.5)
    assert [one for body in bodies for one in bridge.update(body)] == bodies


def test_garbage_beside_a_gap_does_no_harm() -> None:
    bodies = lost(performed(squat, reps=4), turn_s(1) - 0.35, turn_s(1) + 0.35)
    edge = next(n for n, body in enumerate(bodies) if body.t_ns / NS_PER_S > turn_s(1))
    bodies[edge] = replace(bodies[edge], xy=np.full((33, 2), np.nan))
    assert counted(bodies)["squat"] in (3, 4)


def swung(values: Iterable[tuple[float, float]]) -> list[Turn]:
    swing = Swing(depth=0.5, back=0.6, home=0.5, longest_s=4.0)
    return [turn for t_s, value in values if (turn := swing.update(t_s, value))]


def test_a_dip_after_a_long_rest_that_sinks_a_little_is_a_swing() -> None:
    rest = [(n / 10, 1.0 - 0.001 * n) for n in range(100)]
    dip = [(10.0 + n / 10, value) for n, value in enumerate((0.6, 0.2, 0.0, 0.2, 0.6, 0.9))]
    [turn] = swung(rest + dip)
    assert turn.low == 0.0


def test_a_dip_that_is_first_seen_at_its_turn_is_a_swing() -> None:
    rest = [(n / 10, 1.0 - 0.001 * n) for n in range(25)]
    back = [(3.3 + n / 10, value) for n, value in enumerate((0.0, 0.2, 0.6, 0.9))]
    [turn] = swung(rest + back)
    assert turn.depth > 0.9


def test_what_was_done_before_anybody_knew_of_the_person_is_told_at_once() -> None:
    counter, bodies = ExerciseCounter(), performed(squat, reps=1, period_s=0.8)
    known = next(n for n, body in enumerate(bodies) if body.t_ns / NS_PER_S > 3.0)
    counter.recall(bodies[:known])
    first, *rest = bodies[known:]
    [rep] = told(counter, [first])
    assert (rep.type, rep.data["exercise"], rep.t_ns) == ("rep", "squat", first.t_ns)
    assert told(counter, rest) == []


def test_what_was_done_long_before_may_have_been_furniture() -> None:
    counter, bodies = ExerciseCounter(), performed(squat, reps=1)
    counter.recall(bodies)
    assert counter.end(bodies[-1].t_ns) == ()
