"""Who lies down where they sit lies on that; who sinks to the floor does not."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from support.acted import held, seen

from edge.capture.studio import Label, motions
from edge.capture.studio.bedtime import bedside, go_to_bed
from edge.capture.studio.furniture import Bed
from edge.capture.studio.script import Script
from edge.capture.studio.writer import ScriptWriter
from edge.flow import Event
from edge.posture.body import Body
from edge.posture.person import Patience, PersonObserver

HEADINGS = range(0, 360, 45)
FOUND_S = 15.0
LONG_S = 20.0


def going_to_bed() -> Script:
    bed = Bed(0.0, 0.0)
    x, y = bedside(bed)
    writer = ScriptWriter(x=x, y=y, heading=5.0).hold(4.0, Label.STANDING)
    go_to_bed(writer, bed, lying_s=3.0)
    return writer.script()


def sinking(motion: Callable[[ScriptWriter, float], None], heading: float) -> list[Body]:
    """Somebody sinks to the floor, five times as slow as in a fall."""
    writer = ScriptWriter(x=0.0, y=0.0, heading=0.0).hold(0.5, Label.STANDING)
    motion(writer, 0.5)
    bodies = seen(writer.script(), fps=10, heading=heading)
    return [replace(body, t_ns=5 * body.t_ns, seen_ns=5 * body.t_ns) for body in bodies]


def said(bodies: list[Body]) -> list[Event]:
    person = PersonObserver(1, patience=Patience(found_on_floor_s=FOUND_S))
    return [event for body in bodies for event in person.update(body)]


def found(bodies: list[Body]) -> list[str]:
    return [str(event.data["how"]) for event in said(bodies) if event.type == "fall_detected"]


def out_of_bed(lying: Body) -> list[Body]:
    """Somebody who lies in bed rolls out of it: a torso length down and as far to the side, within half a second."""
    return [
        replace(
            lying,
            t_ns=lying.t_ns + i * 100_000_000,
            seen_ns=lying.t_ns + i * 100_000_000,
            xy=lying.xy + np.array([0.2, 0.2]) * lying.scale * i,
        )
        for i in range(1, 6)
    ]


@pytest.mark.parametrize("heading", HEADINGS)
def test_whoever_sat_down_on_a_bed_and_lies_in_it_is_never_found_on_the_floor(heading: float) -> None:
    bodies = held(seen(going_to_bed(), heading=heading), LONG_S, fps=3)

    events = said(bodies)

    assert "fall_detected" not in {event.type for event in events}
    assert True not in {event.data.get("on_floor") for event in events}


@pytest.mark.parametrize("heading", [0, 180])
def test_nor_is_who_shifts_in_bed_and_is_seen_badly_now_and_then(heading: float) -> None:
    bodies = held(seen(going_to_bed(), heading=heading), LONG_S, fps=3)
    shifts = [0.0, *np.linspace(0.0, 1.5, len(bodies) - 1)]
    shifted = [
        replace(body, xy=body.xy + np.array([shift + (2.0 if i % 15 == 14 else 0.0), 0.0]) * body.scale)
        for i, (body, shift) in enumerate(zip(bodies, shifts, strict=True))
    ]

    assert not found(shifted)


@pytest.mark.parametrize("heading", HEADINGS)
def test_whoever_sits_down_on_the_floor_slowly_and_lies_back_is_found_there(heading: float) -> None:
    assert found(held(sinking(motions.fall_backward, heading), LONG_S, fps=3))


@pytest.mark.parametrize("heading", [135, 180, 225])
def test_whoever_rolls_out_of_bed_lies_on_the_floor(heading: float) -> None:
    in_bed = held(seen(going_to_bed(), heading=heading), 5.0, fps=3)

    assert found(held([*in_bed, *out_of_bed(in_bed[-1])], LONG_S, fps=3))
