"""A script: what one figure does over time, with the truth about it."""

import math
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, TypeAlias

from edge.capture.studio.rotation import Array, matrix, slerp
from edge.capture.studio.stance import Stance

Ease: TypeAlias = Callable[[float], float]
"""From the share of a keyframe's time to the share of its way; 0 to 0, 1 to 1."""


class Label(StrEnum):
    """What a figure is doing."""

    STANDING = "standing"
    WALKING = "walking"
    MOVING = "moving"
    """Between two postures: sitting down, getting up, raising an arm."""
    SITTING = "sitting"
    SITTING_FLOOR = "sitting_floor"
    BENDING = "bending"
    HAND_UP = "hand_up"
    FALLING = "falling"
    LYING = "lying"
    LYING_BED = "lying_bed"
    SQUAT = "squat"
    PLANK = "plank"
    PUSHUP = "pushup"
    JACK = "jack"
    ABSENT = "absent"
    """Not in the room, or not in the picture."""


def smooth(u: float) -> float:
    """Speed up, slow down."""
    return u * u * (3 - 2 * u)


def speed_up(u: float) -> float:
    """Start from rest, arrive at full speed: the beginning of a fall."""
    return u * u


def plunge(u: float) -> float:
    """Moving already, ever faster: the middle of a fall."""
    return 0.3 * u + 0.7 * u**3


def slow_down(u: float) -> float:
    """Start at full speed, come to rest."""
    return 1 - (1 - u) ** 2


_PACE_CHANGE: Final = 0.12


def stroll(u: float) -> float:
    """Even speed but for the first and last eighth: a walk from standstill to standstill."""
    top = 1 / (1 - _PACE_CHANGE)
    if u < _PACE_CHANGE:
        return top * u * u / (2 * _PACE_CHANGE)
    if u > 1 - _PACE_CHANGE:
        return 1 - top * (1 - u) ** 2 / (2 * _PACE_CHANGE)
    return top * (u - _PACE_CHANGE / 2)


@dataclass(frozen=True, slots=True, eq=False)
class Keyframe:
    """Where the figure is at one time, and how it gets there from the keyframe before.

    Attributes:
        t_s: Seconds from the script's start.
        stance: Joints and place.
        turn: Quaternion of the whole body.
        ease: How the way there is spread over the time.
    """

    t_s: float
    stance: Stance
    turn: Array
    ease: Ease


@dataclass(frozen=True, slots=True)
class Span:
    """What the figure does from `start_s` until before `end_s`."""

    start_s: float
    end_s: float
    label: Label


@dataclass(frozen=True, slots=True)
class Mark:
    """Something that happens at an instant, e.g. `fall`, `landed`, `rep`."""

    t_s: float
    name: str


_RAMP_S: Final = 0.35
_HIP_SWING_DEG: Final = 22.0
STRIDE_M: Final = 1.27
"""Two steps. With legs of 0.85 m swinging 22° each way the standing foot then hardly slides."""


@dataclass(frozen=True, slots=True)
class Gait:
    """Legs stepping and arms swinging between two times, on top of the keyframes.

    Attributes:
        start_s: First step.
        end_s: Last step.
        strides_hz: Strides (two steps) a second.
        strength: 1 for a walk, less for stepping on the spot.
    """

    start_s: float
    end_s: float
    strides_hz: float
    strength: float

    def applied(self, stance: Stance, t_s: float) -> Stance:
        """`stance` at `t_s` with the steps added."""
        if not self.start_s < t_s < self.end_s:
            return stance
        ramp = min(1.0, (t_s - self.start_s) / _RAMP_S, (self.end_s - t_s) / _RAMP_S)
        weight = ramp * self.strength
        phase = 2 * math.pi * self.strides_hz * (t_s - self.start_s)
        amounts = {"spine_bend": 4 * weight}
        for side, offset in (("left", 0.0), ("right", math.pi)):
            swing = math.sin(phase + offset)
            forward = max(0.0, math.cos(phase + offset))
            amounts[f"{side}_hip_flexion"] = weight * (_HIP_SWING_DEG * swing + 4)
            amounts[f"{side}_knee"] = weight * (10 + 48 * forward**1.5)
            amounts[f"{side}_ankle"] = weight * 6 * swing
            amounts[f"{side}_shoulder_flexion"] = -weight * 20 * swing
            amounts[f"{side}_elbow"] = weight * 14
        return stance.moved(amounts)


@dataclass(frozen=True, slots=True, eq=False)
class Script:
    """One figure's script. Made by a `ScriptWriter`.

    Attributes:
        keyframes: In the order of time, at least one.
        gaits: Walks.
        labels: Without gaps, from 0 to the script's end.
        marks: Events and repetitions in the order of time.
        idle: Strength of breathing and swaying; 0 is a statue.
    """

    keyframes: tuple[Keyframe, ...]
    gaits: tuple[Gait, ...]
    labels: tuple[Span, ...]
    marks: tuple[Mark, ...]
    idle: float

    @property
    def duration_s(self) -> float:
        """When the script ends; the figure then stays as it is."""
        return self.keyframes[-1].t_s

    def at(self, t_s: float) -> tuple[Stance, Array] | None:
        """Stance and `(3, 3)` turn of the body at `t_s`, or None while the figure is not in the room."""
        if self.label_at(t_s) is Label.ABSENT:
            return None
        stance, turn = self._between_keyframes(t_s)
        for gait in self.gaits:
            stance = gait.applied(stance, t_s)
        if self.idle:
            stance = stance.moved(_idle(t_s, self.idle))
        return stance, matrix(turn)

    def label_at(self, t_s: float) -> Label:
        """What the figure does at `t_s`."""
        index = bisect_right(self.labels, t_s, key=lambda span: span.start_s) - 1
        return self.labels[max(0, index)].label

    def marks_until(self, t_s: float) -> tuple[Mark, ...]:
        """Everything that has happened by `t_s`."""
        return self.marks[: bisect_right(self.marks, t_s, key=lambda mark: mark.t_s)]

    def _between_keyframes(self, t_s: float) -> tuple[Stance, Array]:
        frames = self.keyframes
        index = bisect_right(frames, t_s, key=lambda frame: frame.t_s)
        if index == 0 or index == len(frames):
            frame = frames[min(index, len(frames) - 1)]
            return frame.stance, frame.turn
        before, after = frames[index - 1], frames[index]
        share = after.ease((t_s - before.t_s) / (after.t_s - before.t_s))
        return before.stance.mixed(after.stance, share), slerp(before.turn, after.turn, share)


def _idle(t_s: float, strength: float) -> dict[str, float]:
    """Breathing and slow looking around, a few degrees; frequencies chosen not to fall into step."""
    return {
        "spine_bend": 0.8 * strength * math.sin(1.6 * t_s),
        "neck_turn": 2.5 * strength * math.sin(0.7 * t_s),
        "neck_bend": 1.2 * strength * math.sin(0.9 * t_s + 1),
        "left_shoulder_abduction": 0.8 * strength * math.sin(1.1 * t_s),
        "right_shoulder_abduction": 0.8 * strength * math.sin(1.1 * t_s + 2),
    }
