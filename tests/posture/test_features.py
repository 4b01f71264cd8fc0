"""What is measured on a body has the size it ought to have, from every side."""

from dataclasses import replace

import numpy as np
import pytest
from support.acted import seen

from edge.capture.studio import Label, motions
from edge.capture.studio.script import Script
from edge.capture.studio.writer import ScriptWriter
from edge.posture.features import Features, features_of

HEADINGS = [0, 45, 90, 135, 180, 270]


def standing() -> Script:
    return ScriptWriter(x=0.0, y=0.0, heading=0.0).hold(1.0, Label.STANDING).script()


def lying() -> Script:
    writer = ScriptWriter(x=0.0, y=0.0, heading=0.0).hold(1.0, Label.STANDING)
    motions.fall_sideways(writer, 3.0)
    return writer.script()


def in_plank() -> Script:
    writer = ScriptWriter(x=0.0, y=0.0, heading=0.0).hold(1.0, Label.STANDING)
    motions.get_down_to_plank(writer)
    return writer.hold(2.0, Label.PLANK).script()


def last(script: Script, heading: float = 0.0, away_m: float = 3.5) -> Features:
    found = features_of(seen(script, heading=heading, away_m=away_m)[-1])
    assert found
    return found


@pytest.mark.parametrize("heading", HEADINGS)
def test_standing_is_upright_and_high_from_every_side(heading: float) -> None:
    found = last(standing(), heading)

    assert found.tilt < 15
    assert found.tilt_world < 35
    assert found.head_up > 1.1
    assert found.hip_up > 0.6


@pytest.mark.parametrize("heading", HEADINGS)
def test_lying_is_low_from_every_side(heading: float) -> None:
    found = last(lying(), heading)

    assert found.tilt_world > 55
    assert found.head_up < 0.6
    assert found.hip_up < 0.35


@pytest.mark.parametrize("heading", HEADINGS)
def test_a_plank_is_carried_by_arms_and_lying_is_not(heading: float) -> None:
    assert last(in_plank(), heading).propped > 0.22
    assert last(lying(), heading).propped < 0.22


def test_angles_and_heights_do_not_depend_on_the_distance() -> None:
    near, far = last(standing(), away_m=3.0), last(standing(), away_m=6.0)

    assert near.scale > 1.5 * far.scale
    assert near.head_up == pytest.approx(far.head_up, abs=0.15)
    assert near.knee == pytest.approx(far.knee, abs=5)


def test_what_leaves_the_picture_is_noticed() -> None:
    body = seen(standing())[-1]

    assert features_of(body).inside == 1.0  # type: ignore[union-attr]
    assert features_of(replace(body, xy=body.xy + np.array([0.0, 0.4]))).inside < 0.8  # type: ignore[union-attr]


@pytest.mark.parametrize("rubbish", [np.nan, 0.0, np.inf])
def test_a_body_without_a_trunk_has_no_features(rubbish: float) -> None:
    body = seen(standing())[-1]

    assert features_of(replace(body, xy=np.full((33, 2), rubbish), world=np.full((33, 3), rubbish))) is None
