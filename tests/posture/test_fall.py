"""A fall is suspected, detected and cleared; what is none is not."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np
import pytest
from support.acted import held, judged, seen

from edge.capture.studio import Label, motions
from edge.capture.studio.bedtime import bedside, go_to_bed
from edge.capture.studio.furniture import Bed
from edge.capture.studio.script import Script
from edge.capture.studio.writer import ScriptWriter
from edge.flow import Event
from edge.posture.body import NS_PER_S, Body, body_of
from edge.posture.fall import FallWatch
from edge.posture.stance import Posture, Stance
from edge.trace import read_trace
from edge.track.tracker import Tracker

TRACES: Final = Path(__file__).parents[1] / "data" / "traces"
LIES: Final = Stance(posture=Posture.LYING, confidence=1.0, on_floor=True)
FALLS: Final = (motions.fall_forward, motions.fall_sideways, motions.fall_backward)


def stood() -> ScriptWriter:
    return ScriptWriter(x=0.0, y=0.0, heading=0.0).hold(1.0, Label.STANDING)


def falling(motion: Callable[[ScriptWriter, float], None] = motions.fall_sideways, lying_s: float = 6.0) -> Script:
    writer = stood()
    motion(writer, lying_s)
    return writer.script()


def sitting_down() -> Script:
    writer = stood()
    motions.sit_down(writer)
    return writer.hold(6.0, Label.SITTING).script()


def picking_up() -> Script:
    writer = stood()
    motions.pick_up(writer)
    return writer.hold(4.0, Label.STANDING).script()


def squatting() -> Script:
    writer = stood()
    motions.squats(writer, 4)
    return writer.hold(1.0, Label.STANDING).script()


def doing_push_ups() -> Script:
    writer = stood()
    motions.get_down_to_plank(writer)
    motions.push_ups(writer, 4)
    return writer.hold(4.0, Label.PLANK).script()


def going_to_bed() -> Script:
    bed = Bed(0.0, 0.0)
    x, y = bedside(bed)
    writer = ScriptWriter(x=x, y=y, heading=5.0).hold(1.0, Label.STANDING)
    go_to_bed(writer, bed, lying_s=8.0)
    return writer.script()


def kinds(events: list[Event]) -> list[str]:
    return [event.type for event in events]


def recorded(name: str) -> list[Body]:
    """The one person of an open-licensed trace."""
    tracker = Tracker()
    found: list[Body] = []
    for poses in read_trace(TRACES / f"{name}.jsonl.gz"):
        tracks = tracker.update(poses)
        found.extend(body_of(track, tracks) for track in tracks.people if track.id == 1)
    return found


def first(events: list[Event], kind: str) -> Event:
    return next(event for event in events if event.type == kind)


@pytest.mark.parametrize("motion", FALLS)
@pytest.mark.parametrize("heading", [0, 90, 135, 180, 270])
@pytest.mark.parametrize("fps", [8, 30])
def test_a_fall_in_any_direction_is_suspected_and_then_detected(
    motion: Callable[[ScriptWriter, float], None], heading: float, fps: float
) -> None:
    events = judged(seen(falling(motion), heading=heading, fps=fps))

    assert kinds(events) == ["fall_suspected", "fall_detected"]


@pytest.mark.parametrize("heading", range(0, 360, 60))
@pytest.mark.parametrize("script", [sitting_down, picking_up, squatting, doing_push_ups, going_to_bed])
def test_daily_life_and_exercise_are_no_fall(script: Callable[[], Script], heading: float) -> None:
    assert "fall_detected" not in kinds(judged(seen(script(), heading=heading)))


def test_a_fall_is_detected_after_staying_down_for_the_time_given() -> None:
    soon = judged(seen(falling()), watch=FallWatch(confirm_s=2.0))
    late = judged(seen(falling()), watch=FallWatch(confirm_s=5.0))

    assert first(late, "fall_detected").t_ns - first(soon, "fall_detected").t_ns == 3 * NS_PER_S


def test_all_events_of_a_fall_share_its_id_and_tell_how_it_was_seen() -> None:
    events = judged(held(seen(falling()), 70.0))

    assert kinds(events) == ["fall_suspected", "fall_detected", "long_lie"]
    assert {event.data["fall_id"] for event in events} == {"1-1"}
    evidence = first(events, "fall_detected").data
    assert evidence["how"] == "seen"
    assert evidence["drop"] > 1.5
    assert evidence["drop_speed"] > 1.5
    assert evidence["down_s"] == pytest.approx(3.0, abs=0.2)


def test_a_long_lie_is_told_once() -> None:
    events = judged(held(seen(falling()), 200.0), watch=FallWatch(long_lie_s=20.0))

    assert kinds(events).count("long_lie") == 1


def test_whoever_gets_up_again_is_cleared() -> None:
    writer = stood()
    motions.fall_forward(writer, 6.0)
    motions.get_up(writer)
    watch = FallWatch()

    events = judged(seen(writer.hold(3.0, Label.STANDING).script()), watch=watch)

    assert kinds(events) == ["fall_suspected", "fall_detected", "fall_cleared"]
    assert not watch.down


def test_whoever_gets_up_at_once_is_cleared_without_an_alarm() -> None:
    writer = stood()
    motions.fall_forward(writer, 0.3)
    motions.get_up(writer)

    events = judged(seen(writer.hold(3.0, Label.STANDING).script()), watch=FallWatch(confirm_s=8.0))

    assert kinds(events) == ["fall_suspected", "fall_cleared"]


def test_the_second_fall_has_an_id_of_its_own() -> None:
    watch = FallWatch()
    judged(seen(falling()), watch=watch)
    up = [replace(body, t_ns=body.t_ns + 20 * NS_PER_S, seen_ns=body.t_ns + 20 * NS_PER_S) for body in seen(falling())]
    stand = [replace(up[0], t_ns=t * NS_PER_S // 10, seen_ns=t * NS_PER_S // 10) for t in range(150, 199)]

    events = judged([*stand, *up], watch=watch)

    assert kinds(events) == ["fall_cleared", "fall_suspected", "fall_detected"]
    assert [event.data["fall_id"] for event in events] == ["1-1", "1-2", "1-2"]


def test_whoever_is_lost_on_the_way_down_is_down() -> None:
    bodies = seen(falling(), fps=30)
    suspected = first(judged(bodies), "fall_suspected").t_ns
    until = [body for body in bodies if body.t_ns <= suspected]

    events = judged(held(until, 5.0, lost=True))

    assert kinds(events) == ["fall_suspected", "fall_detected"]
    assert first(events, "fall_detected").data["unseen_s"] > 2.0


def test_whoever_is_first_seen_already_falling_has_fallen() -> None:
    bodies = seen(falling(), fps=30)
    suspected = first(judged(bodies), "fall_suspected").t_ns
    sinking = [body for body in bodies if body.t_ns >= suspected - NS_PER_S // 3]

    assert kinds(judged(sinking)) == ["fall_suspected", "fall_detected"]


def recalled(past: list[Body], now: list[Body]) -> list[Event]:
    """What is said of somebody who was seen in the past before they were known to be there."""
    watch = FallWatch()
    watch.recall((body, Stance()) for body in past)
    return judged(now, watch=watch)


def test_a_fall_before_the_person_was_known_is_told_as_soon_as_they_are() -> None:
    bodies = seen(falling())
    suspected = first(judged(bodies), "fall_suspected").t_ns
    known = next(i for i, body in enumerate(bodies) if body.t_ns == suspected) + 8
    events = recalled(bodies[:known], bodies[known:])

    assert kinds(events) == ["fall_suspected", "fall_detected"]
    assert events[0].t_ns == bodies[known].t_ns
    assert events[0].data["down_s"] == 0.8
    assert events[1].t_ns == first(judged(bodies), "fall_detected").t_ns


def test_nothing_is_said_of_a_past_fall_of_whoever_stands_or_rests_now() -> None:
    fell, stands = seen(falling(lying_s=1.0)), seen(stood().hold(6.0, Label.STANDING).script())
    up = [replace(body, t_ns=body.t_ns + 10 * NS_PER_S, seen_ns=body.t_ns + 10 * NS_PER_S) for body in stands]
    assert "fall_suspected" in kinds(judged(fell))
    assert not recalled(fell, up)

    watch = FallWatch()
    watch.recall((body, Stance()) for body in fell)
    assert not watch.update(held(fell, 0.1)[-1], LIES, resting=True, exercising=False)


def test_a_past_fall_is_no_less_sure_for_short_patience() -> None:
    bodies = seen(falling(lying_s=3.0))
    watch = FallWatch(confirm_s=1.0)
    watch.recall((body, Stance()) for body in bodies[:-1])
    assert kinds(judged(bodies[-1:], watch=watch)) == ["fall_suspected", "fall_detected"]


def test_whoever_is_lost_while_standing_has_not_fallen() -> None:
    assert not judged(held(seen(stood().script()), 20.0, lost=True))


def test_a_fall_that_the_tracker_splits_in_two_people_is_found_with_the_one_before() -> None:
    bodies = seen(falling(), fps=30)
    down = first(judged(bodies), "fall_suspected").t_ns + NS_PER_S // 2
    upright = bodies[20]
    after = [body for body in bodies if body.t_ns >= down]

    assert "fall_detected" in kinds(judged(after, watch=FallWatch(before=upright)))
    assert "fall_detected" not in kinds(judged(after))


def test_lying_in_bed_is_no_fall_even_after_dropping_into_it() -> None:
    assert not judged(held(seen(falling()), 200.0), stance=LIES, resting=True)


def test_whoever_was_exercising_before_has_not_fallen() -> None:
    assert not judged(seen(falling()), exercising=True)


def test_whoever_begins_to_look_like_exercising_once_down_has_still_fallen() -> None:
    bodies = seen(falling())
    watch = FallWatch()
    suspected = first(judged(bodies), "fall_suspected").t_ns
    events = judged([body for body in bodies if body.t_ns <= suspected], watch=watch)
    events += judged([body for body in bodies if body.t_ns > suspected], watch=watch, exercising=True)

    assert "fall_detected" in kinds(events)


def test_whoever_lies_on_the_floor_without_a_fall_that_was_seen_is_found_later_and_less_surely() -> None:
    lying = seen(falling())[-1:]

    events = judged(held(lying, 100.0), stance=LIES, watch=FallWatch(found_s=90.0))

    assert kinds(events) == ["fall_detected", "long_lie"]
    assert events[0].t_ns - lying[0].t_ns == pytest.approx(90 * NS_PER_S, abs=NS_PER_S)
    assert events[0].data["how"] == "found"
    assert events[0].confidence <= 0.5


def test_whoever_lies_where_nobody_knows_the_floor_is_not_found() -> None:
    assert not judged(held(seen(falling())[-1:], 100.0))


def test_a_skeleton_that_stands_on_its_head_for_a_while_is_no_fall() -> None:
    bodies = seen(stood().hold(4.0, Label.STANDING).script(), fps=30)
    over = [
        replace(body, xy=np.array([0.0, 1.2]) + body.xy * [1.0, -1.0], world=body.world * [1.0, -1.0, 1.0])
        for body in bodies[60:]
    ]

    assert not judged([*bodies[:60], *over])


def upside_down(body: Body) -> Body:
    """With the head where the hips are."""
    trunk_y = body.xy[[11, 12, 23, 24], 1].mean()
    return replace(body, xy=[0.0, 2 * trunk_y] + body.xy * [1.0, -1.0], world=body.world * [1.0, -1.0, 1.0])


def rise(body: Body) -> float:
    """From the hips to the shoulders, over the length of the trunk: 1 upright, 0 level."""
    trunk = (body.world[23] + body.world[24] - body.world[11] - body.world[12]) / 2
    return float(trunk[1] / np.linalg.norm(trunk))


def upright(body: Body) -> bool:
    return rise(body) > 0.9


def test_a_fall_of_whoever_was_only_seen_upside_down_before_is_detected() -> None:
    bodies = [body for body in seen(falling(), fps=30) if upright(body) or rise(body) < 0.2]
    events = judged([upside_down(body) if upright(body) else body for body in bodies])

    assert kinds(events) == ["fall_suspected", "fall_detected"]


@pytest.mark.parametrize("every", [2, 3, 7])
def test_lying_down_slowly_is_no_fall_though_the_body_flips_over_now_and_then(every: int) -> None:
    slow = [replace(body, t_ns=6 * body.t_ns, seen_ns=6 * body.t_ns) for body in seen(falling(), fps=30)]
    flipping = [body if i % every or not upright(body) else upside_down(body) for i, body in enumerate(slow)]

    assert not judged(slow)
    assert not judged(flipping)


@pytest.mark.parametrize("frames", [1, 2, 3])
def test_a_glitch_of_a_few_frames_is_no_fall(frames: int) -> None:
    bodies = seen(stood().hold(6.0, Label.STANDING).script(), fps=30)
    lying = seen(falling(), fps=30)[-1]
    for i in range(60, 60 + frames):
        bodies[i] = replace(lying, t_ns=bodies[i].t_ns, seen_ns=bodies[i].t_ns)

    assert "fall_detected" not in kinds(judged(bodies))


@pytest.mark.parametrize(
    "spoil",
    [
        lambda body: replace(body, xy=body.xy * np.nan, world=body.world * np.nan),
        lambda body: replace(body, xy=body.xy * 0.0, world=body.world * 0.0),
        lambda body: replace(body, xy=np.full((33, 2), 0.5), scale=0.01),
        lambda body: replace(body, world=body.world * 0.0),
        lambda body: replace(body, xy=body.xy + 40.0),
        lambda body: replace(body, xy=body.xy * np.inf),
        lambda body: replace(body, xy=body.xy * 1e30, world=body.world * 1e30),
    ],
    ids=["nan", "zeros", "collapsed", "no world", "off frame", "inf", "huge"],
)
def test_garbage_neither_raises_nor_alarms(spoil: Callable[[Body], Body]) -> None:
    standing = seen(stood().script())
    rubbish = [spoil(body) for body in held(standing, 20.0)[len(standing) :]]

    with np.errstate(all="ignore"):
        events = judged([*standing, *rubbish])

    assert "fall_detected" not in kinds(events)


def changed(bodies: list[Body], how: Callable[[Body], Body]) -> list[tuple[str, int]]:
    return [(event.type, event.t_ns) for event in judged(map(how, bodies))]


@pytest.mark.parametrize(
    "how",
    [
        lambda body: replace(body, xy=[body.aspect, 0.0] + body.xy * [-1.0, 1.0], world=body.world * [-1.0, 1.0, 1.0]),
        lambda body: replace(body, xy=body.xy * 0.7, scale=body.scale * 0.7),
        lambda body: replace(body, xy=body.xy + np.array([0.04, -0.02])),
    ],
    ids=["mirrored", "scaled", "shifted"],
)
@pytest.mark.parametrize("name", ["gmd_s1_fall_14", "gmd_s1_adl_10", "gmd_s3_adl_07"])
def test_mirrored_scaled_and_shifted_recordings_give_the_same_events(name: str, how: Callable[[Body], Body]) -> None:
    bodies = recorded(name)

    assert changed(bodies, how) == changed(bodies, lambda body: body)


def test_time_shifts_change_nothing() -> None:
    bodies, shift = recorded("gmd_s1_fall_14"), 10**15
    later = [replace(body, t_ns=body.t_ns + shift, seen_ns=body.seen_ns + shift) for body in bodies]

    assert [event.t_ns - shift for event in judged(later)] == [event.t_ns for event in judged(bodies)]


def test_a_recorded_fall_is_detected_and_walking_and_squats_are_none() -> None:
    assert "fall_detected" in kinds(judged(held(recorded("gmd_s1_fall_14"), 3.0)))
    assert not judged(recorded("gmd_s1_adl_10"))
    assert "fall_detected" not in kinds(judged(recorded("gmd_s3_adl_07")))
