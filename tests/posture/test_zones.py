"""Who is in which zone: by the feet on the floor, by the weight in a bed, and without flicker."""

from collections.abc import Iterable
from datetime import time

import pytest
from support.bodies import TORSO, body, lying, standing

from edge.flow import Event
from edge.posture.body import Body, Points
from edge.posture.stance import Posture, Stance
from edge.posture.zones import Hours, Reflections, Zone, ZoneKind, ZoneWatch

STAND = Stance(posture=Posture.STANDING, confidence=1.0)
LIE = Stance(posture=Posture.LYING, confidence=1.0)
SIT = Stance(posture=Posture.SITTING, confidence=1.0)
BEND = Stance(posture=Posture.BENDING, confidence=1.0)

LOW_LEFT = ((0.0, 0.6), (0.5, 0.6), (0.5, 1.0), (0.0, 1.0))
"""The lower left quarter of the picture: from 0 to 0.67 frame heights across, from 0.6 down."""

NIGHT = Hours(time(22), time(7))


def zone(kind: ZoneKind, name: str = "here", hours: Hours | None = None, exercise: str | None = None) -> Zone:
    return Zone(name=name, kind=kind, polygon=LOW_LEFT, hours=hours, exercise=exercise)


def stay(
    watch: ZoneWatch, start_s: float, end_s: float, xy: Points, stance: Stance = STAND, now: time | None = None
) -> list[Event]:
    """What is said while somebody stays as they are, ten times a second."""
    steps = [start_s + i / 10 for i in range(round((end_s - start_s) * 10))]
    return [event for t in steps for event in watch.update(body(t, xy), stance, time_of_day=now)]


def said(events: Iterable[Event]) -> list[tuple[str, object]]:
    return [(event.type, event.data["zone"]) for event in events]


@pytest.mark.parametrize("kind", [ZoneKind.FLOOR, ZoneKind.STATION, ZoneKind.DOOR, ZoneKind.MAT])
def test_on_the_floor_the_feet_count(kind: ZoneKind) -> None:
    watch = ZoneWatch([zone(kind)])

    assert said(stay(watch, 0, 2, standing(0.3, 0.5))) == []
    assert said(stay(watch, 2, 4, standing(0.3, 0.9))) == [("zone_entered", "here")]
    assert said(stay(watch, 4, 6, standing(1.0, 0.9))) == [("zone_left", "here")]


def test_who_stands_in_front_of_a_bed_is_not_in_it() -> None:
    watch = ZoneWatch([Zone("bed", ZoneKind.BED, ((0.2, 0.4), (0.8, 0.4), (0.8, 0.7), (0.2, 0.7)))])

    assert stay(watch, 0, 3, standing(0.6, 0.95)) == []
    assert stay(watch, 3, 6, standing(0.6, 0.95), BEND) == []


@pytest.mark.parametrize("kind", [ZoneKind.BED, ZoneKind.SOFA])
def test_who_lies_in_it_rests_and_who_lies_beside_it_does_not(kind: ZoneKind) -> None:
    watch = ZoneWatch([zone(kind)])
    stay(watch, 0, 2, lying(0.4, 0.8), LIE)
    assert watch.resting

    stay(watch, 2, 5, lying(0.95, 0.8), LIE)
    assert not watch.resting


def test_a_chair_or_a_mat_is_no_place_to_lie() -> None:
    for kind in (ZoneKind.CHAIR, ZoneKind.MAT, ZoneKind.FLOOR):
        watch = ZoneWatch([zone(kind)])
        stay(watch, 0, 2, lying(0.4, 0.8), LIE)
        assert watch.inside
        assert not watch.resting


def test_a_sleeper_read_as_standing_stays_in_bed() -> None:
    watch = ZoneWatch([zone(ZoneKind.BED, hours=NIGHT)])
    stay(watch, 0, 2, lying(0.4, 0.8), LIE)

    assert stay(watch, 2, 20, lying(0.4, 0.8), STAND, time(3)) == []


def test_who_ties_a_shoe_on_the_edge_of_the_bed_has_not_left_it() -> None:
    seated = standing(0.3, 1.1, sink=0.8)
    watch = ZoneWatch([zone(ZoneKind.BED)])
    stay(watch, 0, 2, seated, SIT)

    assert stay(watch, 2, 8, seated, BEND) == []


def test_a_plank_is_where_the_trunk_is() -> None:
    watch = ZoneWatch([zone(ZoneKind.STATION, exercise="plank")])

    assert said(stay(watch, 0, 2, lying(0.4, 0.8), Stance())) == [("zone_entered", "here")]
    assert watch.exercise == "plank"


def test_a_walk_through_a_corner_is_no_stay() -> None:
    watch = ZoneWatch([zone(ZoneKind.FLOOR)])

    stay(watch, 0, 1, standing(1.0, 0.9))

    assert stay(watch, 1, 1.4, standing(0.4, 0.9)) + stay(watch, 1.4, 4, standing(1.0, 0.9)) == []


def test_who_is_first_seen_in_a_zone_is_in_it_at_once() -> None:
    watch = ZoneWatch([zone(ZoneKind.BED)])

    assert said(watch.update(body(0, lying(0.4, 0.8)), LIE)) == [("zone_entered", "here")]
    assert watch.resting


def test_feet_that_wander_about_the_edge_neither_leave_nor_enter_again() -> None:
    watch = ZoneWatch([zone(ZoneKind.FLOOR)])
    stay(watch, 0, 2, standing(0.6, 0.9))
    edge, wander = 0.5 * 4 / 3, 0.2 * TORSO

    events = [
        event
        for i in range(300)
        for event in watch.update(body(2 + i / 10, standing(edge + (wander if i % 40 < 20 else -wander), 0.9)), STAND)
    ]

    assert events == []


def test_one_wrong_reading_changes_nothing() -> None:
    watch = ZoneWatch([zone(ZoneKind.FLOOR)])
    stay(watch, 0, 2, standing(0.4, 0.9))

    assert stay(watch, 2, 2.5, standing(1.2, 0.9)) + stay(watch, 2.5, 5, standing(0.4, 0.9)) == []


def test_somebody_unseen_stays_where_they_were() -> None:
    watch = ZoneWatch([zone(ZoneKind.BED)])
    stay(watch, 0, 2, lying(0.4, 0.8), LIE)

    for i in range(100):
        assert not list(watch.update(body(2 + i / 10, standing(1.2, 0.9), seen=False), STAND))
    assert watch.resting


def test_leaving_says_how_long_the_stay_was() -> None:
    watch = ZoneWatch([zone(ZoneKind.FLOOR)])
    stay(watch, 0, 10, standing(0.4, 0.9))

    (left,) = stay(watch, 10, 14, standing(1.2, 0.9))

    assert left.data["kind"] == "floor"
    assert left.data["stayed_s"] == pytest.approx(11, abs=0.2)
    assert left.data["lost"] is False
    assert "bed_exit" not in left.data


@pytest.mark.parametrize(
    ("now", "hours", "bed_exit"),
    [
        (time(3), NIGHT, True),
        (time(22), NIGHT, True),
        (time(7), NIGHT, False),
        (time(12), NIGHT, False),
        (time(13), Hours(time(13), time(15)), True),
        (time(15), Hours(time(13), time(15)), False),
        (None, NIGHT, False),
    ],
)
def test_leaving_the_bed_in_hours_of_rest_is_a_bed_exit(now: time | None, hours: Hours, *, bed_exit: bool) -> None:
    watch = ZoneWatch([zone(ZoneKind.BED, hours=hours)])
    stay(watch, 0, 10, lying(0.4, 0.8), LIE, now)

    (left,) = stay(watch, 10, 14, standing(1.2, 0.9), STAND, now)

    assert left.data["bed_exit"] is bed_exit


def test_a_bed_without_hours_knows_no_bed_exit() -> None:
    watch = ZoneWatch([zone(ZoneKind.BED)])
    stay(watch, 0, 10, lying(0.4, 0.8), LIE, time(3))

    (left,) = stay(watch, 10, 14, standing(1.2, 0.9), STAND, time(3))

    assert "bed_exit" not in left.data


def test_a_sleeper_whom_the_model_lost_has_not_got_up() -> None:
    watch = ZoneWatch([zone(ZoneKind.BED, hours=NIGHT)])
    stay(watch, 0, 10, lying(0.4, 0.8), LIE, time(3))

    (left,) = watch.end(13 * 10**9, 1)

    assert (left.type, left.data["lost"], left.data["bed_exit"]) == ("zone_left", True, False)
    assert watch.inside == ()


def test_who_gets_up_and_is_out_of_view_at_once_has_left_the_bed() -> None:
    watch = ZoneWatch([zone(ZoneKind.BED, hours=NIGHT)])
    stay(watch, 0, 10, lying(0.4, 0.8), LIE, time(3))
    assert stay(watch, 10, 10.6, standing(1.2, 0.9), STAND, time(3)) == []

    (left,) = watch.end(21 * 10**9, 1)

    assert (left.type, left.data["lost"], left.data["bed_exit"]) == ("zone_left", False, True)


def test_one_bad_pose_before_a_loss_is_no_bed_exit() -> None:
    watch = ZoneWatch([zone(ZoneKind.BED, hours=NIGHT)])
    stay(watch, 0, 10, lying(0.4, 0.8), LIE, time(3))
    stay(watch, 10, 10.1, standing(1.2, 0.9), STAND, time(3))

    (left,) = watch.end(21 * 10**9, 1)

    assert (left.data["lost"], left.data["bed_exit"]) == (True, False)


def test_zones_may_overlap() -> None:
    watch = ZoneWatch([zone(ZoneKind.FLOOR, "floor"), zone(ZoneKind.STATION, "rack", exercise="squat")])

    assert said(stay(watch, 0, 2, standing(0.4, 0.9))) == [("zone_entered", "floor"), ("zone_entered", "rack")]
    assert watch.exercise == "squat"


MIRROR = Zone("mirror", ZoneKind.IGNORE, ((0.5, 0.0), (1.0, 0.0), (1.0, 1.0), (0.5, 1.0)))
BEFORE_IT = standing(0.95, 0.9)
AWAY = standing(0.3, 0.9)


def seen(reflections: Reflections, start_s: float, end_s: float, xy: Points, *, down: bool = False) -> list[bool]:
    steps = [start_s + i / 10 for i in range(round((end_s - start_s) * 10))]
    return [not reflections.ignored(body(t, xy), down=down) for t in steps]


def test_who_is_in_a_mirror_is_not_reported() -> None:
    assert not any(seen(Reflections([MIRROR]), 0, 60, BEFORE_IT))


def test_who_turns_up_outside_of_it_is() -> None:
    assert all(seen(Reflections([MIRROR]), 0, 60, AWAY))


def test_without_a_zone_to_ignore_everybody_is() -> None:
    assert all(seen(Reflections([zone(ZoneKind.FLOOR)]), 0, 5, BEFORE_IT))


def test_who_stands_in_front_of_a_mirror_with_the_feet_outside_is_real() -> None:
    hung = Zone("mirror", ZoneKind.IGNORE, ((0.5, 0.0), (1.0, 0.0), (1.0, 0.8), (0.5, 0.8)))

    assert all(seen(Reflections([hung]), 0, 60, BEFORE_IT))


def test_somebody_on_a_screen_whose_legs_the_model_makes_up_is_not() -> None:
    screen = Zone("tv", ZoneKind.IGNORE, ((0.5, 0.0), (1.0, 0.0), (1.0, 0.62), (0.5, 0.62)))
    shown: Body = body(0, BEFORE_IT)
    shown.visibility[25:] = 0.1

    assert Reflections([screen]).ignored(shown, down=False)


def test_who_walks_out_of_it_was_real_after_all() -> None:
    reflections = Reflections([MIRROR])
    seen(reflections, 0, 5, BEFORE_IT)

    assert not any(seen(reflections, 5, 5.9, AWAY))
    assert all(seen(reflections, 6.1, 8, AWAY))


def test_who_walks_in_front_of_it_stays_real_for_a_while() -> None:
    reflections = Reflections([MIRROR])
    seen(reflections, 0, 5, AWAY)

    assert all(seen(reflections, 5, 14, BEFORE_IT))
    assert not any(seen(reflections, 15.5, 20, BEFORE_IT))


def test_nothing_hides_somebody_who_has_fallen() -> None:
    reflections = Reflections([MIRROR])
    seen(reflections, 0, 5, AWAY)

    assert all(seen(reflections, 5, 60, BEFORE_IT, down=True))


def test_a_track_that_has_gone_is_forgotten() -> None:
    reflections = Reflections([MIRROR])
    seen(reflections, 0, 5, BEFORE_IT)
    reflections.forget_all_but([])

    assert all(seen(reflections, 6, 8, AWAY))
