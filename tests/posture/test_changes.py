"""What is worth observing people anew for."""

from collections.abc import Callable

import numpy as np
import pytest
from support.acted import seen

from edge.capture.studio import Label
from edge.capture.studio.writer import ScriptWriter
from edge.flow import FloatArray, Track, Tracks
from edge.posture.changes import Changes

BODY = seen(ScriptWriter(x=0.0, y=0.0, heading=0.0).hold(0.2, Label.STANDING).script())[0]
"""Somebody who stands."""

SHOULDERS, LEFT_WRIST = [11, 12], [15]


def standing() -> FloatArray:
    landmarks = np.ones((33, 5), dtype=np.float32)
    landmarks[:, 0], landmarks[:, 1] = BODY.xy[:, 0] / BODY.aspect, BODY.xy[:, 1]
    return landmarks


def moved(joints: list[int], torsos: float, *, axis: int = 1) -> FloatArray:
    """Some joints elsewhere, by so many torso lengths."""
    landmarks = standing()
    landmarks[joints, axis] += torsos * BODY.scale
    return landmarks


def tracks(*people: FloatArray) -> Tracks:
    world = np.zeros((33, 4), dtype=np.float32)
    listed = tuple(
        Track(id=n, landmarks=landmarks, world=world, seen_ns=0, predicted=False, confidence=1.0)
        for n, landmarks in enumerate(people, 1)
    )
    return Tracks(t_ns=0, seq=0, width=640, height=480, people=listed)


@pytest.fixture
def changes() -> Changes:
    watched = Changes()
    watched.observed(tracks(standing()))
    return watched


def test_somebody_who_stays_as_they_are_has_not_changed(changes: Changes) -> None:
    assert not changes.since(tracks(standing()))


@pytest.mark.parametrize(
    "now",
    [
        lambda: moved(SHOULDERS, 0.15),
        lambda: moved(SHOULDERS, -0.15),
        lambda: moved(LEFT_WRIST, -0.4),
    ],
    ids=["sinking", "rising", "raising a hand"],
)
def test_moving_up_or_down_is_a_change(changes: Changes, now: Callable[[], FloatArray]) -> None:
    assert changes.since(tracks(now()))


def test_walking_across_is_none(changes: Changes) -> None:
    assert not changes.since(tracks(moved(list(range(33)), 0.3, axis=0)))


def test_coming_and_going_are_changes(changes: Changes) -> None:
    assert changes.since(tracks())
    assert changes.since(tracks(standing(), standing()))
