"""The whole posture room on recorded people: zones change what is said, and state goes with the events."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import time
from functools import cache
from pathlib import Path

import pytest

from edge.flow import Event, Track, Tracks
from edge.posture.observer import Observer
from edge.posture.person import Patience, PersonNow
from edge.posture.stance import Posture
from edge.posture.zones import Hours, Zone, ZoneKind
from edge.trace import read_trace
from edge.track.tracker import Tracker

TRACES = Path(__file__).parents[1] / "data" / "traces"
S = 1_000_000_000

FALL, WALK, SQUATS = "gmd_s1_fall_14", "gmd_s1_adl_10", "gmd_s3_adl_07"

WHERE_THE_FALLEN_LIES = ((0.3, 0.7), (0.7, 0.7), (0.7, 1.0), (0.3, 1.0))
BESIDE = ((0.75, 0.7), (1.0, 0.7), (1.0, 1.0), (0.75, 1.0))
EVERYWHERE = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))


@cache
def tracks(name: str) -> tuple[Tracks, ...]:
    tracker = Tracker()
    return tuple(tracker.update(poses) for poses in read_trace(TRACES / f"{name}.jsonl.gz"))


def watch(observer: Observer, name: str, *, now: time | None = None) -> list[Event]:
    return [event for one in tracks(name) for event in observer.update(one, time_of_day=now)]


def zone(kind: ZoneKind, polygon: tuple[tuple[float, float], ...], **more: Hours | str) -> Zone:
    return Zone(name="here", kind=kind, polygon=polygon, **more)  # type: ignore[arg-type]


def types(events: Iterable[Event]) -> set[str]:
    return {event.type for event in events}


def after_standing(name: str) -> list[Tracks]:
    """A trace of one person, who stands as in its beginning for two seconds before."""
    frames = tracks(name)
    people = next(one.people for one in frames if one.people)
    stand = [at(frames[0], 10.0 + i / 30, people) for i in range(60)]
    return [*stand, *(at(one, 12.0 + one.t_ns / S, one.people or people) for one in frames)]


def at(one: Tracks, t_s: float, people: Iterable[Track]) -> Tracks:
    """`people`, as seen at another time."""
    t_ns = round(t_s * S)
    seen = (
        Track(
            id=track.id,
            landmarks=track.landmarks,
            world=track.world,
            seen_ns=t_ns - (one.t_ns - track.seen_ns if track in one.people else 0),
            predicted=False,
            confidence=track.confidence,
        )
        for track in people
    )
    return Tracks(t_ns=t_ns, seq=one.seq, width=one.width, height=one.height, people=tuple(seen))


def test_a_fall_is_told_and_stands_in_the_state() -> None:
    observer = Observer()

    assert "fall_detected" in types(watch(observer, FALL))
    (person,) = observer.people
    assert (person.down, person.posture) == (True, Posture.LYING)


def known_late(name: str, from_s: float) -> tuple[list[Event], Observer]:
    """What is said where the tracker believes in somebody after so many seconds only."""
    frames = tracks(name)
    late = [one for one in frames if one.t_ns >= from_s * S]
    past = [track for one in frames if one.t_ns < from_s * S for track in one.people if not track.predicted]
    observer = Observer(past=lambda _: past)
    return [event for one in late for event in observer.update(one)], observer


def test_a_fall_before_somebody_was_known_is_told_after_they_entered() -> None:
    fell_ns = next(event.t_ns for event in watch(Observer(), FALL) if event.type == "fall_suspected")
    events, observer = known_late(FALL, fell_ns / S + 0.5)

    assert [event.type for event in events][:3] == ["person_entered", "posture_changed", "fall_suspected"]
    assert {event.t_ns for event in events[:3]} == {events[0].t_ns}
    assert events[2].data["down_s"] >= 0.4
    assert "fall_detected" in types(events)
    assert observer.people[0].posture is Posture.LYING


def test_who_only_walked_before_is_told_of_as_if_first_seen() -> None:
    events, _ = known_late(WALK, tracks(WALK)[-1].t_ns / S - 3.0)

    assert types(events) <= {"person_entered", "posture_changed"}


def test_going_down_is_urgent_before_it_is_a_fall() -> None:
    observer = Observer()
    urgent_s, detected_s = [], []
    for one in tracks(FALL):
        events = observer.update(one)
        urgent_s += [one.t_ns / S] if observer.urgent else []
        detected_s += [one.t_ns / S for event in events if event.type == "fall_detected"]

    assert urgent_s[0] < detected_s[0] - 3.0
    assert observer.urgent


def test_who_is_found_again_where_they_fell_takes_the_fall_along() -> None:
    observer = Observer()
    watch(observer, FALL)
    lies, stands = tracks(FALL)[-1], next(one for one in tracks(FALL) if one.people)

    def turns_up(one: Tracks, track: int) -> None:
        people = tuple(replace(person, id=track) for person in one.people)
        observer.update(at(one, tracks(FALL)[-1].t_ns / S + track / 4, people))

    turns_up(stands, 2)
    assert {person.id: person.down for person in observer.people} == {1: True, 2: False}
    turns_up(lies, 3)
    assert {person.id: person.down for person in observer.people if person.id != 2} == {1: False, 3: True}


@pytest.mark.parametrize("kind", [ZoneKind.BED, ZoneKind.SOFA])
def test_lying_down_in_a_bed_or_on_a_sofa_is_no_fall(kind: ZoneKind) -> None:
    observer = Observer(zones=[zone(kind, WHERE_THE_FALLEN_LIES)])

    events = watch(observer, FALL)

    assert "zone_entered" in types(events)
    assert "fall_detected" not in types(events)
    assert observer.people[0].zones == ("here",)


@pytest.mark.parametrize("kind", [ZoneKind.BED, ZoneKind.SOFA])
def test_lying_beside_it_is(kind: ZoneKind) -> None:
    assert "fall_detected" in types(watch(Observer(zones=[zone(kind, BESIDE)]), FALL))


@pytest.mark.parametrize("kind", [ZoneKind.CHAIR, ZoneKind.FLOOR, ZoneKind.STATION, ZoneKind.DOOR])
def test_elsewhere_a_fall_is_a_fall(kind: ZoneKind) -> None:
    assert "fall_detected" in types(watch(Observer(zones=[zone(kind, WHERE_THE_FALLEN_LIES)]), FALL))


@pytest.mark.parametrize(("kind", "falls"), [(ZoneKind.MAT, False), (ZoneKind.FLOOR, True)])
def test_on_a_mat_going_down_is_exercise(kind: ZoneKind, *, falls: bool) -> None:
    observer = Observer(zones=[zone(kind, EVERYWHERE)])

    events = [event for one in after_standing(FALL) for event in observer.update(one)]

    assert ("fall_detected" in types(events)) is falls


def test_nothing_is_said_of_people_in_a_zone_to_ignore() -> None:
    observer = Observer(zones=[zone(ZoneKind.IGNORE, EVERYWHERE)])

    assert watch(observer, FALL) == []
    assert observer.people == ()


def test_whoever_walks_through_enters_and_leaves_the_zones() -> None:
    observer = Observer(zones=[zone(ZoneKind.FLOOR, ((0.3, 0.6), (0.58, 0.6), (0.58, 1.0), (0.3, 1.0)))])

    told = [event.type for event in watch(observer, WALK) if event.type.startswith("zone")]

    assert told == ["zone_entered", "zone_left"]


def test_the_hour_reaches_the_rule() -> None:
    bed = zone(ZoneKind.BED, ((0.3, 0.3), (0.58, 0.3), (0.58, 1.0), (0.3, 1.0)), hours=Hours(time(22), time(7)))

    for now, bed_exit in ((time(3), True), (time(12), False), (None, False)):
        (left,) = [event for event in watch(Observer(zones=[bed]), WALK, now=now) if event.type == "zone_left"]
        assert left.data["bed_exit"] is bed_exit


def test_repetitions_stand_in_the_state() -> None:
    observer = Observer()
    reps = [event.data["count"] for event in watch(observer, SQUATS) if event.type == "rep"]

    assert reps
    assert observer.people == (
        PersonNow(
            id=1,
            posture=observer.people[0].posture,
            on_floor=observer.people[0].on_floor,
            moving=observer.people[0].moving,
            exercise="squat",
            reps=reps[-1],
        ),
    )


@pytest.mark.parametrize(("exercise", "counted"), [("squat", True), ("bicep_curl", False)])
def test_a_station_counts_its_exercise_and_no_other(exercise: str, *, counted: bool) -> None:
    observer = Observer(zones=[zone(ZoneKind.STATION, EVERYWHERE, exercise=exercise)])

    events = [event for one in after_standing(SQUATS) for event in observer.update(one)]

    assert ("rep" in types(events)) is counted


def test_who_leaves_leaves_the_zones_first() -> None:
    observer = Observer(zones=[zone(ZoneKind.FLOOR, EVERYWHERE)])
    watch(observer, WALK)

    ended = observer.end(tracks(WALK)[-1].t_ns)

    assert [event.type for event in ended] == ["zone_left", "person_left"]
    assert ended[0].data["lost"] is True
    assert observer.people == ()


def test_patience_reaches_the_rules() -> None:
    quick = watch(Observer(patience=Patience(fall_after_s=1.0, long_lie_s=2.0)), FALL)
    slow = watch(Observer(), FALL)

    def first(events: list[Event]) -> int:
        return next(event.t_ns for event in events if event.type == "fall_detected")

    assert first(quick) < first(slow) - S
    assert "long_lie" in types(quick)
    assert "long_lie" not in types(slow)


def test_an_empty_room_says_nothing() -> None:
    tracker, observer = Tracker(), Observer(zones=[zone(ZoneKind.BED, EVERYWHERE)])
    for poses in read_trace(TRACES / "furniture.jsonl.gz"):
        assert observer.update(tracker.update(poses)) == ()
    assert observer.people == ()
