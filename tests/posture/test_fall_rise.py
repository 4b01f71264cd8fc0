"""Who went down is up again, or only seems to be."""

from dataclasses import replace

from support.acted import seen

from edge.capture.studio import Label
from edge.capture.studio.writer import ScriptWriter
from edge.posture.body import NS_PER_S
from edge.posture.fall_rise import Rise
from edge.posture.features import features_of
from edge.posture.stance import Posture, Stance

STANDING = Stance(posture=Posture.STANDING, confidence=1.0)
SITTING = Stance(posture=Posture.SITTING, confidence=1.0)
LYING = Stance(posture=Posture.LYING, confidence=1.0, on_floor=True)
LOWER = 1.5
"""Torso lengths that the shoulders are below where they were before the fall."""


def watch(rise: Rise, stance: Stance, *, from_s: float, until_s: float, sunk: float | None = LOWER) -> None:
    """Somebody with an upright trunk, who is thought to do something from one time to another."""
    upright = features_of(seen(ScriptWriter(x=0.0, y=0.0, heading=0.0).hold(0.2, Label.STANDING).script())[0])
    assert upright
    for tenth in range(round(10 * from_s), round(10 * until_s) + 1):
        rise.see(replace(upright, t_ns=tenth * NS_PER_S // 10), stance, sunk=sunk)


def test_whoever_stands_for_a_second_needs_no_help() -> None:
    rise = Rise()
    watch(rise, STANDING, from_s=0.0, until_s=0.9)
    assert (rise.begun, rise.helped) == (True, False)
    watch(rise, STANDING, from_s=1.0, until_s=1.0)
    assert rise.helped


def test_whoever_sits_up_after_a_fall_may_still_need_help() -> None:
    rise = Rise()
    watch(rise, LYING, from_s=0.0, until_s=1.0)
    watch(rise, SITTING, from_s=1.1, until_s=11.0)
    assert (rise.risen, rise.helped) == (True, False)
    watch(rise, SITTING, from_s=11.1, until_s=11.2)
    assert rise.helped


def test_standing_up_counts_anew_after_sitting() -> None:
    rise = Rise()
    watch(rise, SITTING, from_s=0.0, until_s=5.0)
    watch(rise, STANDING, from_s=5.1, until_s=5.9)
    assert not rise.helped
    watch(rise, STANDING, from_s=6.0, until_s=6.1)
    assert rise.helped


def test_whoever_sits_where_they_sat_before_is_helped_at_once() -> None:
    rise = Rise()
    watch(rise, SITTING, from_s=0.0, until_s=1.0, sunk=0.1)
    assert rise.helped


def test_a_skeleton_that_stands_up_for_a_moment_does_not_count() -> None:
    rise = Rise()
    watch(rise, STANDING, from_s=0.0, until_s=0.8)
    watch(rise, LYING, from_s=0.9, until_s=0.9)
    watch(rise, STANDING, from_s=1.0, until_s=1.5)
    assert not rise.risen
