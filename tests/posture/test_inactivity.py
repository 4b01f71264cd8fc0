"""Somebody in view who does not move is reported once; jitter is no movement, a hand is."""

from collections.abc import Callable

import numpy as np
import pytest
from support.bodies import DOWN, TORSO, S, body, standing

from edge.flow import Event
from edge.posture.body import Points
from edge.posture.inactivity import InactivityWatch

JITTER = np.full(33, 0.02)
JITTER[[13, 14]] = 0.05
JITTER[[15, 16]] = 0.086
JITTER[25:] = 0.35
"""Of still people, as a share of the torso: hips and shoulders, elbows, wrists; legs hidden or folded."""


def still(t: float, x: float = 0.6, *, left: tuple[float, float] = DOWN) -> Points:
    noise = np.random.default_rng(round(t * 1000)).normal(0, 1, (33, 2)) / np.sqrt(2)
    return np.asarray(standing(x, left=left) + noise * JITTER[:, None] * TORSO)


def watch_for(
    watch: InactivityWatch, seconds: float, pose: Callable[[float], Points], *, fps: float = 3, asleep: bool = False
) -> list[Event]:
    return [
        event
        for i in range(round(seconds * fps))
        for event in watch.update(body(i / fps, pose(i / fps)), asleep=asleep)
    ]


@pytest.mark.parametrize("fps", [3, 10, 30])
def test_stillness_is_said_once_however_the_landmarks_jitter(fps: float) -> None:
    (event,) = watch_for(InactivityWatch(after_s=60), 150, still, fps=fps)

    assert (event.type, event.track) == ("inactivity", 1)
    assert 60 <= event.t_ns / S <= 66
    assert event.data["still_s"] == pytest.approx(60, abs=0.5)


def test_a_drift_of_minutes_is_no_movement() -> None:
    assert watch_for(InactivityWatch(after_s=60), 150, lambda t: still(t, 0.6 + 0.0002 * t))


def test_a_step_begins_anew() -> None:
    assert not watch_for(InactivityWatch(after_s=60), 150, lambda t: still(t, 0.6 if t % 50 < 25 else 0.65))


def test_a_hand_that_moves_is_movement() -> None:
    def zapping(t: float) -> Points:
        return still(t, left=(0.3, 0.0) if t % 40 < 5 else DOWN)

    assert not watch_for(InactivityWatch(after_s=60), 200, zapping)


def test_after_a_movement_it_is_said_again() -> None:
    said = watch_for(InactivityWatch(after_s=30), 120, lambda t: still(t, 0.6 if t < 60 else 0.75))

    assert len(said) == 2
    assert 90 <= said[1].t_ns / S <= 100


def test_somebody_seen_elsewhere_for_a_moment_has_not_moved() -> None:
    said = watch_for(InactivityWatch(after_s=60), 70, lambda t: still(t, 1.2 if 30 < t < 30.9 else 0.6), fps=10)

    assert len(said) == 1
    assert said[0].t_ns / S <= 66


def test_somebody_seen_elsewhere_after_a_loss_has_not_moved() -> None:
    watch = InactivityWatch(after_s=60)
    watch_for(watch, 30, still, fps=2)
    elsewhere = [body(t, still(t, 1.2)) for t in (31.5, 32.0)]
    later = [body(t, still(t)) for t in np.arange(32.5, 70, 0.5)]

    (event,) = [event for one in elsewhere + later for event in watch.update(one, asleep=False)]

    assert event.t_ns / S <= 66


def test_in_bed_stillness_is_sleep() -> None:
    assert not watch_for(InactivityWatch(after_s=60), 200, still, asleep=True)


def test_somebody_unseen_for_long_may_have_moved() -> None:
    watch = InactivityWatch(after_s=60)
    watch_for(watch, 40, still)

    later = [event for i in range(300) for event in watch.update(body(100 + i / 3, still(100 + i / 3)), asleep=False)]

    assert [round(event.t_ns / S) for event in later] == [160]


def test_predictions_are_not_sightings() -> None:
    watch = InactivityWatch(after_s=10)

    assert not [event for i in range(300) for event in watch.update(body(i / 3, still(0), seen=False), asleep=False)]


def test_a_pose_that_is_no_number_is_neither_movement_nor_the_end_of_the_watch() -> None:
    said = watch_for(InactivityWatch(after_s=60), 90, lambda t: still(t) * (np.nan if t % 10 < 1 else 1.0))

    assert [60 <= event.t_ns / S <= 66 for event in said] == [True]
