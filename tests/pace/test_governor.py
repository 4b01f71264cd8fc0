"""The governor in simulated time: motion, looks and readings as plain numbers."""

import logging
import math
from itertools import pairwise
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.pacing import CAMERA_FPS, NS_PER_S, make_governor

from edge.pace.governor import CALM_FPS, Decision, Governor, Look, Mode
from edge.pace.limits import Reading
from edge.pace.motion import STILL, Motion

MOVING: Final = Motion(moving=True, share=0.02, strength=5.0)


class Room:
    """Frames come as the governor asks for them; what looks find is set by hand."""

    def __init__(self, governor: Governor | None = None, *, obedient: bool = True) -> None:
        self.governor = governor or make_governor()
        self.obedient = obedient
        self.t_s = 100.0
        self.people = self.candidates = 0
        self.speed = 0.0
        self.urgent = False
        self.run_s = 0.01
        self.runs: list[float] = []
        self.modes: list[Mode] = []

    def frame(self, motion: Motion = STILL) -> Decision:
        t_ns = round(self.t_s * NS_PER_S)
        decision = self.governor.frame(t_ns, motion)
        if decision.run:
            self.runs.append(self.t_s)
            self.governor.looked(
                Look(t_ns, self.run_s, self.people, self.candidates, speed=self.speed, urgent=self.urgent)
            )
        self.modes.append(self.governor.mode)
        self.t_s += 1 / (decision.capture_fps if self.obedient else CAMERA_FPS)
        return decision

    def watch(self, seconds: float, motion: Motion = STILL) -> int:
        """Let time pass; gives how often the model was run."""
        before, end_s = len(self.runs), self.t_s + seconds
        while self.t_s < end_s:
            self.frame(motion)
        return len(self.runs) - before

    def calm(self) -> "Room":
        """Somebody is there and still."""
        self.people, self.speed = 1, 0.05
        self.watch(10)
        assert self.governor.mode is Mode.CALM
        return self

    def active(self) -> "Room":
        self.people, self.speed = 1, 1.0
        self.watch(5)
        assert self.governor.mode is Mode.ACTIVE
        return self


def test_the_very_first_frame_is_looked_at() -> None:
    assert Room().frame().run


def test_an_empty_room_is_looked_at_with_each_heartbeat_only() -> None:
    room = Room()
    assert room.watch(60) == pytest.approx(20, abs=1)
    assert room.governor.mode is Mode.EMPTY
    assert room.governor.pace.capture_fps == 10


def test_the_camera_goes_on_at_the_rate_at_which_people_are_followed() -> None:
    room = Room(make_governor(max_inference_fps=10.0, follow_fps=30.0)).active()
    assert (room.governor.pace.inference_fps, room.governor.pace.capture_fps) == (10.0, 30.0)
    assert room.watch(3) == pytest.approx(30, abs=1)
    assert room.calm().governor.pace.capture_fps == 15


def test_motion_wakes_at_once_and_brings_the_camera_to_full_rate() -> None:
    room = Room()
    room.watch(10.3)
    decision = room.frame(MOVING)
    assert decision == Decision(run=True, capture_fps=CAMERA_FPS)
    assert room.governor.mode is Mode.ACTIVE


def test_motion_that_no_look_explains_is_over_soon() -> None:
    room = Room()
    room.watch(10)
    room.watch(0.3, MOVING)
    room.watch(0.4)
    assert room.governor.mode is Mode.EMPTY


def test_the_heartbeat_finds_who_came_without_motion() -> None:
    room = Room()
    room.watch(10)
    room.people = 1
    room.watch(3.1)
    assert room.governor.mode is Mode.ACTIVE


def test_every_frame_is_looked_at_while_somebody_moves() -> None:
    room = Room().active()
    assert room.watch(10) == pytest.approx(300, abs=1)


def test_no_frame_before_the_next_turn_gets_a_run() -> None:
    room = Room(make_governor(max_inference_fps=10.0), obedient=False).active()
    for _ in range(60):
        before, t_ns = room.governor.turn_ns, round(room.t_s * NS_PER_S)
        assert room.frame().run is (t_ns >= before)


def test_somebody_still_is_looked_at_now_and_then() -> None:
    room = Room().calm()
    assert room.watch(60) == pytest.approx(60 * CALM_FPS, abs=2)
    assert room.governor.pace.capture_fps == 15


def test_a_calm_room_wakes_by_motion_at_once() -> None:
    room = Room().calm()
    room.frame()
    assert room.frame(MOVING).run
    assert room.governor.mode is Mode.ACTIVE


def test_a_calm_room_wakes_when_a_look_finds_movement() -> None:
    room = Room().calm()
    room.speed = 0.5
    room.watch(0.5)
    assert room.governor.mode is Mode.ACTIVE


def test_a_calm_room_wakes_when_somebody_else_is_found() -> None:
    room = Room().calm()
    room.people = 2
    room.watch(0.5)
    assert room.governor.mode is Mode.ACTIVE


def test_pauses_between_repetitions_do_not_make_calm() -> None:
    room = Room().active()
    for _ in range(10):
        room.speed = 0.05
        room.watch(1.5)
        assert room.governor.mode is Mode.ACTIVE
        room.speed = 1.0
        room.watch(1.0)


def test_who_is_lost_is_looked_for_a_while_before_the_room_is_empty() -> None:
    room = Room().calm()
    room.people = 0
    assert room.watch(9) == pytest.approx(9 * CALM_FPS, abs=2)
    room.watch(2)
    assert room.governor.mode is Mode.EMPTY


def test_furniture_that_the_model_takes_for_a_person_is_looked_at_once_a_heartbeat() -> None:
    room = Room()
    room.candidates = 1
    room.watch(10)
    assert room.governor.mode is Mode.EMPTY
    assert room.watch(50) == pytest.approx(50 / 3, abs=2)
    share = sum(mode is Mode.ACTIVE for mode in room.modes[-3000:]) / len(room.modes[-3000:])
    assert share < 0.2


def test_flickering_furniture_does_not_hold_the_box_awake() -> None:
    room = Room()
    awake = 0.0
    for second in range(600):
        room.candidates = second % 2
        before = room.t_s
        room.watch(1.0)
        awake += (room.t_s - before) * (room.governor.mode is Mode.ACTIVE)
    assert awake / 600 < 0.1


def test_a_pose_that_becomes_a_person_in_time_keeps_the_full_rate() -> None:
    room = Room()
    room.watch(5)
    room.candidates = 1
    room.watch(2)
    assert room.governor.mode is Mode.ACTIVE
    room.candidates, room.people, room.speed = 0, 1, 1.0
    assert room.watch(2) == pytest.approx(60, abs=1)


def test_somebody_down_is_looked_at_no_less_than_the_least_rate() -> None:
    room = Room().calm()
    room.urgent = True
    room.watch(1)
    assert room.watch(60) == pytest.approx(300, abs=3)


def test_somebody_lost_while_falling_keeps_the_room_from_counting_as_empty() -> None:
    room = Room().active()
    room.people, room.speed, room.urgent = 0, 0.0, True
    room.watch(20)
    assert room.governor.mode is Mode.CALM
    assert room.watch(10) == pytest.approx(50, abs=2)


def test_heat_lowers_the_rate_step_by_step_and_never_below_the_least_during_a_fall() -> None:
    room = Room(make_governor(min_inference_fps=6)).active()
    room.urgent = True
    rates = []
    for step in range(40):
        room.governor.read(Reading(round(room.t_s * NS_PER_S), temperature_c=78 + 0.2 * step))
        rates.append(room.watch(2) / 2)
    assert rates[0] < 30
    assert rates[4] < 15
    assert min(rates) >= 5.5
    assert rates[-1] == pytest.approx(6, abs=0.6)
    room.urgent = False
    room.watch(1)
    assert room.watch(10) / 10 < 2


def test_a_noisy_sensor_at_the_limit_makes_few_lines_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    room = Room().active()
    with caplog.at_level(logging.INFO):
        for step in range(900):
            temperature_c = 75 + 1.5 * math.sin(step * 12.9898) + math.sin(step / 20)
            room.governor.read(Reading(round(room.t_s * NS_PER_S), temperature_c=temperature_c))
            room.watch(2)
    assert 1 <= len(caplog.messages) <= 4
    assert "limited by heat" in caplog.text


def test_every_change_of_mode_is_one_line_with_its_reason(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        room = Room()
        room.watch(5)
        room.watch(1, MOVING)
        room.calm()
        room.people = 0
        room.watch(12)
    changes = sum(before is not after for before, after in pairwise(room.modes))
    assert len(caplog.messages) == changes
    assert caplog.messages[0] == "active, was empty: motion in 2.0% of the picture"
    assert caplog.messages[-1] == "empty, was calm: nobody seen for 10 s"
    assert room.governor.pace.reason == "nobody seen for 10 s"


def test_slow_runs_are_spread_evenly_and_said_aloud(caplog: pytest.LogCaptureFixture) -> None:
    room = Room()
    room.run_s = 0.09
    with caplog.at_level(logging.INFO):
        room.active()
    assert room.governor.pace.limited_by == "slow model runs"
    assert "limited by slow model runs to 9.8 model runs a second" in caplog.text
    room.runs.clear()
    room.watch(5)
    gaps = [after - before for before, after in pairwise(room.runs)]
    assert max(gaps) - min(gaps) < 0.01


def test_a_source_that_keeps_its_rate_is_looked_at_as_often() -> None:
    calm = Room(obedient=False).calm()
    assert calm.watch(60) == pytest.approx(60 * CALM_FPS, abs=2)
    slow = Room(make_governor(max_inference_fps=12), obedient=False).active()
    assert slow.watch(10) == pytest.approx(120, abs=2)


def test_a_slow_camera_is_not_waited_for() -> None:
    room = Room(make_governor(source_fps=5)).active()
    assert room.governor.pace.inference_fps == 5
    assert room.governor.pace.capture_fps == 5


def test_a_pause_of_the_source_makes_no_burst() -> None:
    room = Room().calm()
    room.t_s += 5
    assert room.watch(2) == pytest.approx(2 * CALM_FPS, abs=1)


def test_after_a_long_pause_of_the_source_who_is_still_there_is_found_at_once() -> None:
    room = Room().calm()
    room.t_s += 60
    assert room.frame().run
    assert room.governor.mode is Mode.ACTIVE


def test_time_that_jumps_back_stops_nothing() -> None:
    room = Room().calm()
    room.t_s -= 50
    assert room.watch(3) >= 3 * CALM_FPS


MOMENTS = st.lists(
    st.tuples(
        st.booleans(),  # motion
        st.integers(0, 2),  # people
        st.integers(0, 2),  # candidates
        st.floats(0, 5),  # speed
        st.floats(0.001, 2),  # how long a run takes
        st.floats(0, 300),  # CPU percent
        st.floats(20, 110),  # temperature
    ),
    min_size=1,
    max_size=80,
)


@given(moments=MOMENTS, urgent=st.booleans(), least=st.floats(0.5, 40), most=st.floats(1, 40))
def test_rates_keep_to_their_bounds_whatever_happens(
    moments: list[tuple[bool, int, int, float, float, float, float]], *, urgent: bool, least: float, most: float
) -> None:
    governor = make_governor(min_inference_fps=least, max_inference_fps=most, max_cpu_percent=50)
    t_s = 1.0
    for motion, people, candidates, speed, run_s, cpu, temperature in moments:
        t_ns = round(t_s * NS_PER_S)
        decision = governor.frame(t_ns, MOVING if motion else STILL)
        governor.looked(Look(t_ns, run_s, people, candidates, speed, urgent))
        governor.read(Reading(t_ns, cpu, temperature))
        pace = governor.pace
        assert pace.inference_fps <= min(most, CAMERA_FPS) + 1e-9
        assert pace.inference_fps <= pace.capture_fps + 1e-9
        assert 0 < decision.capture_fps <= CAMERA_FPS
        if urgent:
            assert pace.inference_fps >= min(least, most, CAMERA_FPS) - 1e-9
            assert pace.mode is not Mode.EMPTY
        t_s += 1 / decision.capture_fps


@given(frames=st.lists(st.tuples(st.booleans(), st.floats(0.001, 0.5)), min_size=1, max_size=300))
def test_runs_are_never_more_than_the_most(frames: list[tuple[bool, float]]) -> None:
    """With frames at any times, in any second and a frame's worth of slack."""
    room = Room(make_governor(max_inference_fps=10))
    room.people, room.speed = 1, 1.0
    for moving, gap_s in frames:
        room.frame(MOVING if moving else STILL)
        room.t_s += gap_s - 1 / CAMERA_FPS if gap_s > 1 / CAMERA_FPS else 0
    for start in room.runs:
        assert sum(start <= run < start + 1 for run in room.runs) <= 12
