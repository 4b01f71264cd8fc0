"""Both hands over the head, held or waved, call for help; work, sport and stretching do not."""

from collections.abc import Callable
from math import pi, sin

import pytest
from support.bodies import DOWN, UP, S, body, lying, standing

from edge.flow import Event
from edge.posture.body import Points
from edge.posture.gesture import GestureWatch
from edge.posture.stance import Posture, Stance

STAND = Stance(posture=Posture.STANDING, confidence=1.0)
OVER = standing(left=UP, right=UP)


def act(
    pose: Callable[[float], Points],
    seconds: float,
    *,
    fps: float = 10,
    stance: Stance = STAND,
    exercising: bool = False,
    watch: GestureWatch | None = None,
    start_s: float = 0.0,
) -> list[Event]:
    watch = watch or GestureWatch()
    return [
        event
        for i in range(round(seconds * fps))
        for event in watch.update(body(start_s + i / fps, pose(i / fps)), stance, exercising=exercising)
    ]


def waving(t: float, *, stride: float = 0.3, hz: float = 0.75) -> Points:
    """Whole arms go up and down, as far as over the head and to the hips."""
    height = 0.1 + sin(2 * pi * hz * t - pi / 2)
    hand = (0.8 * (1 - abs(height)), height)
    return standing(left=hand, right=(-hand[0], hand[1]), stride=stride)


@pytest.mark.parametrize("fps", [8, 10, 15, 30])
def test_hands_held_over_the_head_call_for_help_once(fps: float) -> None:
    (call,) = act(lambda _: OVER, 20, fps=fps)

    assert (call.type, call.track, call.data["how"]) == ("help_gesture", 1, "held")
    assert 2.0 <= call.t_ns / S <= 2.3


def test_the_time_is_what_was_asked_for() -> None:
    (call,) = act(lambda _: OVER, 20, watch=GestureWatch(hold_s=5.0))

    assert 5.0 <= call.t_ns / S <= 5.3


@pytest.mark.parametrize("fps", [8, 10, 15, 30])
def test_whole_arms_waved_call_for_help(fps: float) -> None:
    (call,) = act(waving, 12, fps=fps)

    assert call.data["how"] == "waved"
    assert call.t_ns / S < 5


def test_somebody_seated_is_understood_too() -> None:
    seated = standing(left=UP, right=UP, sink=0.8)

    assert act(lambda _: seated, 4, stance=Stance(posture=Posture.SITTING))


def test_a_reading_that_flickers_does_not_break_the_hold() -> None:
    flickering = act(lambda t: standing() if 0.75 < t % 1.5 < 1.1 else OVER, 4)

    assert [call.data["how"] for call in flickering] == ["held"]


def test_a_stretch_is_brief() -> None:
    assert act(lambda t: OVER if 1 < t < 2.7 else standing(), 10) == []


def test_one_hand_is_a_greeting() -> None:
    assert act(lambda _: standing(left=UP, right=DOWN), 10) == []


def test_hands_behind_the_head_are_not_over_it() -> None:
    assert act(lambda _: standing(left=(-0.1, 0.5), right=(0.1, 0.5)), 10) == []


def test_who_reaches_up_to_a_shelf_has_the_hands_in_front() -> None:
    assert act(lambda _: standing(left=(0.3, 1.0), right=(0.7, 1.0)), 10) == []


def test_jumping_jacks_move_the_feet() -> None:
    def jack(t: float) -> Points:
        return waving(t, stride=0.3 + 0.5 * (1 + sin(2 * pi * 0.75 * t - pi / 2)))

    assert act(jack, 20) == []


def test_squats_with_raised_hands_move_the_hips() -> None:
    assert act(lambda t: standing(left=UP, right=UP, sink=0.65 * (1 - sin(pi * t))), 20) == []


def test_a_shoulder_press_keeps_the_hands_above_the_shoulders() -> None:
    def press(t: float) -> Points:
        hand = (0.0, 0.6 + 0.5 * sin(2 * pi * 0.6 * t))
        return standing(left=hand, right=hand)

    assert act(press, 20) == []


def test_an_exercise_is_none() -> None:
    assert act(lambda _: OVER, 20, exercising=True) == []


def test_arms_stretched_out_in_lying_call_nobody() -> None:
    assert act(lambda _: lying(), 20, stance=Stance(posture=Posture.LYING)) == []
    assert act(lambda _: lying(), 20) == []


def test_two_waves_are_none() -> None:
    assert act(lambda t: waving(min(t, 2.6)), 10) == []


def test_a_second_gesture_is_said_when_the_hands_were_down_between() -> None:
    watch = GestureWatch()
    first = act(lambda _: OVER, 5, watch=watch)
    rest = act(lambda _: standing(), 4, watch=watch, start_s=5)
    second = act(lambda _: OVER, 5, watch=watch, start_s=9)

    assert (len(first), rest, len(second)) == (1, [], 1)


def test_hands_that_come_down_for_a_moment_go_on_with_the_same_gesture() -> None:
    assert len(act(lambda t: standing() if 4 < t < 5 else OVER, 12)) == 1


def test_somebody_unseen_calls_nobody() -> None:
    watch = GestureWatch()

    assert not [
        event for i in range(50) for event in watch.update(body(i / 10, OVER, seen=False), STAND, exercising=False)
    ]
