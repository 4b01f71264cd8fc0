"""What is said of those who fell counts what is there, and what is not."""

from dataclasses import replace
from pathlib import Path

import pytest
from posture.evidence.landings import Second, after, landed_s

from edge.flow import Poses
from edge.trace import read_trace

TRACES = Path(__file__).parents[2] / "data" / "traces"
LANDED_S = 1.9


@pytest.fixture(scope="module")
def fall() -> list[Poses]:
    """5.7 s at 15 frames a second or more; the fall is over at 1.9 s."""
    return list(read_trace(TRACES / "gmd_s1_fall_14.jsonl.gz"))


def emptied(frames: list[Poses], *, from_s: float) -> list[Poses]:
    return [
        frame if frame.t_ns < from_s * 1e9 else replace(frame, landmarks=frame.landmarks[:0], world=frame.world[:0])
        for frame in frames
    ]


def test_every_second_from_the_landing_on_counts(fall: list[Poses]) -> None:
    seconds = after(LANDED_S, fall)
    assert len(seconds) == 4
    assert all(second.held for second in seconds)
    later = [frame for frame in fall if frame.t_ns >= LANDED_S * 1e9]
    assert sum(second.frames for second in seconds) == len(later)


def test_who_was_lost_going_down_is_held(fall: list[Poses]) -> None:
    seconds = after(LANDED_S, emptied(fall, from_s=LANDED_S))
    assert all(second.posed == 0 and second.held for second in seconds)


def test_who_never_became_real_is_not(fall: list[Poses]) -> None:
    assert not any(second.held for second in after(LANDED_S, emptied(fall, from_s=0.1)))


@pytest.mark.parametrize(("posed", "known", "held"), [(8, 0, True), (0, 8, True), (7, 7, False), (0, 0, False)])
def test_a_second_counts_from_half_of_its_frames(posed: int, known: int, *, held: bool) -> None:
    assert Second(frames=16, posed=posed, known=known).held is held


def test_a_fall_is_over_when_the_label_says_so() -> None:
    segments = [[0, 1.0, "standing"], [1.0, 1.9, "falling"], [1.9, 5.0, "lying_floor"]]
    assert landed_s({"fall": True, "segments": segments}) == 1.9
    assert landed_s({"fall": False, "segments": segments[:1]}) is None
