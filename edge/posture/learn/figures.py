"""Bodies that nobody had to film: random figures in each posture, seen by random cameras.

Recordings show few rooms and few views. A skeleton and a pinhole camera give all views, and the rare postures as well;
what they lack is how the model errs, which the recordings give.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np

from edge.capture.studio.rotation import Array, facing, matrix
from edge.capture.studio.skeleton import forward, landmarks
from edge.capture.studio.stance import Stance, both, left, right
from edge.flow import LANDMARKS
from edge.posture.body import Body
from edge.track.geometry import ANKLES, HIPS, KNEES, SHOULDERS, torso_scale

Random: TypeAlias = np.random.Generator

_LOWEST_CAMERA_M: Final = 0.3
_HIGHEST_CAMERA_M: Final = 2.7
"""From a shelf to a corner under the ceiling."""

_NEAREST_M: Final = 1.8
_FARTHEST_M: Final = 6.0

_LEG: Final = (*KNEES, *ANKLES, *range(29, LANDMARKS))

_JITTER_TORSOS: Final = 0.035
_JITTER_M: Final = 0.025
"""Of each landmark: what the lite model's landmarks do on people."""

_LOST_LEGS: Final = 0.15
_LOST_TORSOS: Final = 0.15
"""Share of figures whose legs something hides, and how far the model's guess of them is off."""

_FLATTEST_DEPTH: Final = 0.6
"""World landmarks underrate depth; by so much at worst."""

_LONGER_TRUNK: Final = (0.0, 0.2)
"""The model puts hips lower and shoulders higher than the joints are: its trunks are longer by such shares."""

_ON_A_BED: Final = 0.3
_BED_M: Final = 0.5
"""Share of those who lie that do so on a bed, and how high that is."""

_LEGS_STRETCHED: Final = 0.1
_LEGS_DRAWN_UP: Final = 0.05
"""Shares of those who sit: on the floor. The others sit on something."""

_ARM_RAISED: Final = 0.2
_EVEN: Final = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class Figure:
    """A body whose posture is known."""

    posture: str
    body: Body


def figures(count: int, seed: int) -> Iterator[Figure]:
    """`count` figures of each posture; the same for the same seed."""
    random = np.random.default_rng(seed)
    for posture, draw in _DRAW.items():
        for _ in range(count):
            stance, pitch, roll = draw(random)
            turn = matrix(facing(float(random.uniform(-180, 180)), pitch, roll))
            lift = _BED_M if posture == "lying" and _chance(random, _ON_A_BED) else 0.0
            yield Figure(posture, _seen(random, landmarks(forward(stance, turn)), lift_m=lift))


def _chance(random: Random, share: float) -> bool:
    return bool(random.random() < share)


def _between(random: Random, low: float, high: float) -> float:
    return float(random.uniform(low, high))


def _arms(random: Random) -> dict[str, float]:
    """Hanging, folded, on the thighs or raised, each arm on its own."""
    arms: dict[str, float] = {}
    for side in (left, right):
        raised = _chance(random, _ARM_RAISED)
        arms |= side(
            shoulder_flexion=_between(random, 60, 170) if raised else _between(random, -15, 50),
            shoulder_abduction=_between(random, 0, 90) if raised else _between(random, 0, 25),
            elbow=_between(random, 0, 110),
        )
    return arms


def _trunk(random: Random, low: float, high: float) -> tuple[dict[str, float], float]:
    """A trunk that leans between two angles: what the spine does of it, and what the pelvis does."""
    lean = _between(random, low, high)
    share = _between(random, 0.2, 0.8)
    spine = {
        "spine_bend": lean * share,
        "spine_side": _between(random, -8, 8),
        "spine_twist": _between(random, -15, 15),
        "neck_bend": _between(random, -15, 30),
        "neck_turn": _between(random, -40, 40),
    }
    return spine, lean * (1 - share)


_Legs: TypeAlias = Callable[[Random], tuple[float, float, float]]
"""How far a thigh is raised from hanging down, how far the knee is bent, how far the thigh is spread."""


def _upright(random: Random, low: float, high: float, *legs: _Legs) -> tuple[Stance, float, float]:
    spine, pitch = _trunk(random, low, high)
    changes = _arms(random) | spine
    sides = (left, right) if _chance(random, _EVEN) else (right, left)
    for side, leg in zip(sides, legs, strict=True):
        raised, knee, spread = leg(random)
        changes |= side(hip_flexion=raised + pitch, knee=knee, hip_abduction=spread, ankle=_between(random, -20, 15))
    return Stance().changed(changes), pitch, _between(random, -4, 4)


def _standing_leg(random: Random) -> tuple[float, float, float]:
    return _between(random, -6, 10), _between(random, 0, 14), _between(random, 0, 14)


def _stepping_leg(random: Random) -> tuple[float, float, float]:
    return _between(random, 5, 35), _between(random, 0, 60), _between(random, 0, 8)


def _trailing_leg(random: Random) -> tuple[float, float, float]:
    return _between(random, -25, 5), _between(random, 0, 50), _between(random, 0, 8)


def _seated_leg(random: Random) -> tuple[float, float, float]:
    raised = _between(random, 55, 105)
    return raised, raised + _between(random, -40, 25), _between(random, -4, 25)


def _stretched_leg(random: Random) -> tuple[float, float, float]:
    return _between(random, 75, 100), _between(random, 0, 50), _between(random, 0, 25)


def _drawn_up_leg(random: Random) -> tuple[float, float, float]:
    return _between(random, 110, 140), _between(random, 90, 130), _between(random, 0, 15)


def _squatting_leg(random: Random) -> tuple[float, float, float]:
    return _between(random, 80, 125), _between(random, 100, 145), _between(random, 0, 25)


def _kneeling_leg(random: Random) -> tuple[float, float, float]:
    raised = _between(random, -5, 50)
    return raised, raised + _between(random, 75, 100), _between(random, 0, 12)


def _foot_ahead_leg(random: Random) -> tuple[float, float, float]:
    return _between(random, 70, 105), _between(random, 75, 115), _between(random, 0, 15)


def _bent_over_leg(random: Random) -> tuple[float, float, float]:
    raised = _between(random, -15, 35)
    return raised, max(0.0, raised + _between(random, 0, 30)), _between(random, 0, 12)


def _standing(random: Random) -> tuple[Stance, float, float]:
    if _chance(random, _EVEN):
        return _upright(random, -5, 18, _stepping_leg, _trailing_leg)
    return _upright(random, -6, 25, _standing_leg, _standing_leg)


def _sitting(random: Random) -> tuple[Stance, float, float]:
    if _chance(random, _LEGS_STRETCHED):
        return _upright(random, -15, 30, _stretched_leg, _stretched_leg)
    if _chance(random, _LEGS_DRAWN_UP):
        return _upright(random, -5, 35, _drawn_up_leg, _drawn_up_leg)
    return _upright(random, -28, 38, _seated_leg, _seated_leg)


def _crouching(random: Random) -> tuple[Stance, float, float]:
    if _chance(random, _EVEN):
        return _upright(random, 10, 60, _squatting_leg, _squatting_leg)
    if _chance(random, _EVEN):
        return _upright(random, -5, 40, _kneeling_leg, _kneeling_leg)
    return _upright(random, -5, 50, _foot_ahead_leg, _kneeling_leg)


def _bending(random: Random) -> tuple[Stance, float, float]:
    return _upright(random, 45, 120, _bent_over_leg, _bent_over_leg)


def _lying(random: Random) -> tuple[Stance, float, float]:
    changes = both(shoulder_abduction=10)
    for side in (left, right):
        bent = _between(random, 0, 1) ** 2
        changes |= side(
            shoulder_flexion=_between(random, -10, 150),
            shoulder_abduction=_between(random, 0, 90),
            elbow=_between(random, 0, 120),
            hip_flexion=80 * bent + _between(random, -5, 10),
            knee=110 * bent + _between(random, 0, 15),
            hip_abduction=_between(random, 0, 25),
            ankle=_between(random, -50, 0),
        )
    changes |= {"spine_bend": _between(random, -5, 25), "neck_bend": _between(random, -10, 30)}
    tip = 90.0 + _between(random, -12, 8)
    pitch, roll = [(-tip, 0.0), (tip, 0.0), (0.0, tip), (0.0, -tip)][int(random.integers(4))]
    return Stance().changed(changes), pitch, roll + _between(random, -25, 25) * (roll == 0)


_DRAW: Final[dict[str, Callable[[Random], tuple[Stance, float, float]]]] = {
    "standing": _standing,
    "sitting": _sitting,
    "lying": _lying,
    "crouching": _crouching,
    "bending": _bending,
}


def _seen(random: Random, places: Array, *, lift_m: float) -> Body:
    """What a camera somewhere in the room, and the model, make of a figure."""
    places = _as_the_model_sees(places, longer=_between(random, *_LONGER_TRUNK)) * _between(random, 0.88, 1.1)
    places = places - places.mean(axis=0) * (1, 1, 0)
    places[:, 2] += lift_m - places[:, 2].min()
    distance = math.exp(_between(random, math.log(_NEAREST_M), math.log(_FARTHEST_M)))
    eye = np.array([0.0, -distance, _between(random, _LOWEST_CAMERA_M, _HIGHEST_CAMERA_M)])
    seen = (places - eye) @ _looking_at(places.mean(axis=0) - eye, up_by=_between(random, -6, 10)).T
    xy = seen[:, :2] / np.maximum(seen[:, 2:], 0.3)
    reach = float(np.ptp(xy, axis=0).max())
    # How much of the picture the body fills: above one, it is cut off.
    xy = xy / reach * _between(random, 0.25, 1.15)
    xy += (_between(random, 0.5, 0.8), _between(random, 0.42, 0.62)) - xy.mean(axis=0)
    scale = float(torso_scale(xy))
    visibility = random.uniform(0.75, 1.0, LANDMARKS)
    world = (seen - seen[list(HIPS)].mean(axis=0)) * (1, 1, _between(random, _FLATTEST_DEPTH, 1.0))
    xy += random.normal(0, _JITTER_TORSOS * scale, xy.shape)
    world += random.normal(0, _JITTER_M, world.shape)
    if _chance(random, _LOST_LEGS):
        xy[list(_LEG)] += random.normal(0, _LOST_TORSOS * scale, (len(_LEG), 2))
        visibility[list(_LEG)] *= random.uniform(0.1, 0.6)
    return Body(
        track=1,
        t_ns=0,
        seen_ns=0,
        xy=xy,
        world=world,
        visibility=visibility,
        scale=float(torso_scale(xy)),
        aspect=4 / 3,
        confidence=1.0,
    )


def _as_the_model_sees(places: Array, *, longer: float) -> Array:
    """The same body with its hips farther from its shoulders by a share of the trunk."""
    places = places.copy()
    trunk = places[list(HIPS)].mean(axis=0) - places[list(SHOULDERS)].mean(axis=0)
    places[list(HIPS)] += longer * trunk
    return places


def _looking_at(line: Array, *, up_by: float) -> Array:
    """The `(3, 3)` rotation from the room to a camera that looks along a line, tilted up by some degrees more.

    The camera's axes are right, down and forward.
    """
    level = math.hypot(line[0], line[1])
    tilt = math.atan2(line[2], level) + math.radians(up_by)
    forward_axis = np.array([0.0, math.cos(tilt), math.sin(tilt)])
    down = np.array([0.0, math.sin(tilt), -math.cos(tilt)])
    return np.array([[1.0, 0.0, 0.0], down, forward_axis])
