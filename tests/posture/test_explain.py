"""What is told about an event: the person before, at and shortly after it."""

from pathlib import Path

import pytest

from edge.config import Config
from edge.posture.explain import AFTER_NS, BEFORE_NS, MEASURES, Explainer, Explanation
from edge.publish.messages import EventMessage
from edge.replay import replay

FALL = Path(__file__).parents[1] / "data" / "traces" / "gmd_s1_fall_14.jsonl.gz"


@pytest.fixture(scope="module")
def told() -> tuple[list[EventMessage], list[Explanation]]:
    messages: list[EventMessage] = []
    explanations: list[Explanation] = []
    replay(Config(), FALL, on_event=messages.append, watchers=[Explainer(explanations.append)])
    return messages, explanations


Told = tuple[list[EventMessage], list[Explanation]]


def test_every_event_is_explained_in_its_order(told: Told) -> None:
    messages, explanations = told

    assert [one.event for one in explanations] == [message.event for message in messages]


def test_an_explanation_surrounds_its_event(told: Told) -> None:
    _, explanations = told
    (fall,) = [one for one in explanations if one.event.type == "fall_suspected"]
    t_ns = fall.event.t_ns

    times = [moment.t_ns for moment in fall.moments]
    assert t_ns in times
    assert times == sorted(times)
    assert t_ns - BEFORE_NS <= times[0] < t_ns - BEFORE_NS + 300_000_000
    assert t_ns < times[-1] <= t_ns + AFTER_NS
    assert {moment.now.id for moment in fall.moments} == {fall.event.track}


def test_the_table_marks_the_events_line_and_names_what_was_measured(told: Told) -> None:
    _, explanations = told
    (fall,) = [one for one in explanations if one.event.type == "fall_detected"]

    head, names, *lines = fall.text().splitlines()
    assert "fall_detected #1" in head
    assert "drop_speed" in head
    assert names.split() == ["s", "posture", *MEASURES]
    assert [line.lstrip()[0] for line in lines if line].count(">") == 1


def test_for_programs_it_is_plain(told: Told) -> None:
    _, explanations = told
    (fall,) = [one for one in explanations if one.event.type == "fall_detected"]

    document = fall.as_dict()
    assert document["type"] == "fall_detected"
    assert {*MEASURES, "t_ms", "posture", "zones"} <= document["moments"][0].keys()
