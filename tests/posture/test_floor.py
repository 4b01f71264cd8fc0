"""People who stand and walk show where the floor is and which way is up."""

import json

import pytest
from support.acted import CAMERA, seen

from edge.capture.studio import Label, motions
from edge.capture.studio.camera import HEIGHT_M, TILT_DEG
from edge.capture.studio.script import Script
from edge.capture.studio.writer import ScriptWriter
from edge.posture.body import Body
from edge.posture.floor import Floor

FOCAL = CAMERA.focal_px / CAMERA.height


def walking() -> Script:
    writer = ScriptWriter(x=-0.5, y=-0.8, heading=0.0).hold(1.0, Label.STANDING)
    return writer.walk(0.6, 1.2).turn(90.0).walk(-0.6, -0.6).hold(2.0, Label.STANDING).script()


def learned() -> Floor:
    floor = Floor()
    for body in seen(walking(), fps=15):
        floor.see(body)
    return floor


def lying() -> Body:
    writer = ScriptWriter(x=0.0, y=0.0, heading=0.0).hold(1.0, Label.STANDING)
    motions.fall_sideways(writer, 3.0)
    return seen(writer.script())[-1]


def standing() -> Body:
    return seen(ScriptWriter(x=0.0, y=0.0, heading=0.0).hold(1.0, Label.STANDING).script())[-1]


def test_nothing_is_known_of_an_empty_room() -> None:
    floor = Floor()

    assert floor.line is None
    assert floor.up is None
    assert floor.height(standing()) is None


def test_walking_people_tell_the_camera_s_tilt_and_the_floor() -> None:
    floor = learned()

    assert floor.pitch_deg == pytest.approx(TILT_DEG, abs=4)
    assert floor.up is not None
    assert floor.up[0] == pytest.approx(0, abs=0.07)
    assert floor.height(standing()) == pytest.approx(1.8, abs=0.3)


def test_who_lies_on_the_floor_is_low() -> None:
    height = learned().height(lying())

    assert height is not None
    assert height < 0.8


def test_a_camera_whose_place_is_given_needs_nobody_to_learn_from() -> None:
    floor = Floor(height_m=HEIGHT_M, pitch_deg=TILT_DEG, focal=FOCAL)
    low, high = floor.height(lying()), floor.height(standing())

    assert low is not None
    assert high is not None
    assert low < 0.8
    assert high > 1.5
    assert floor.pitch_deg == pytest.approx(TILT_DEG)


def test_who_lies_teaches_nothing() -> None:
    floor = Floor()
    writer = ScriptWriter(x=0.0, y=0.0, heading=0.0)
    motions.fall_forward(writer, 30.0)
    for body in seen(writer.script())[-250:]:
        floor.see(body)

    assert floor.plain()["weight"] == 0


def test_what_was_learned_outlives_a_restart_as_plain_numbers() -> None:
    floor = learned()

    again = Floor.from_plain(json.loads(json.dumps(floor.plain())))

    assert again.line == floor.line
    assert again.up == floor.up


@pytest.mark.parametrize("values", [{}, {"weight": 1.0}, {**Floor().plain(), "weight": float("nan")}])
def test_numbers_that_make_no_sense_are_forgotten(values: dict[str, float]) -> None:
    floor = Floor.from_plain(values)

    assert floor.plain() == Floor().plain()


def test_people_at_one_distance_only_do_not_show_the_slope() -> None:
    floor = Floor()
    for body in seen(ScriptWriter(x=0.0, y=0.0, heading=0.0).hold(20.0, Label.STANDING).script()):
        floor.see(body)

    assert floor.up is not None
    assert floor.line is None
