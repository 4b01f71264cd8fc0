"""What the fall rules measure on one body, from the picture and from the model's own metres."""

from dataclasses import dataclass
from math import acos, degrees, dist, hypot
from typing import Final, TypeAlias

from edge.posture.body import Body

Point: TypeAlias = list[float]

_NOSE: Final = 0
_EARS: Final = (7, 8)
_SHOULDERS: Final = (11, 12)
_HIPS: Final = (23, 24)
_KNEES: Final = (25, 26)
_ANKLES: Final = (27, 28)
_FRAME: Final = (_NOSE, *_SHOULDERS, *_HIPS, *_KNEES, *_ANKLES)
"""The landmarks whose loss over the picture's edge makes a body unreadable."""

_FLAT: Final = 1e-6
"""Lengths below it have no direction."""


@dataclass(frozen=True, slots=True)
class Features:
    """One body at one sighting.

    Attributes:
        t_ns: The instant.
        x: Middle of shoulders and hips, in frame heights.
        shoulder_y: Middle of the shoulders, in frame heights, down.
        hip_y: Middle of the hips, in frame heights, down.
        head_y: Middle of the ears, in frame heights, down.
        foot_y: The lower ankle, in frame heights, down.
        scale: Torso length in frame heights.
        tilt: Of the trunk in the picture, in degrees: 0 upright, 90 level, 180 upside down.
        tilt_world: The same in the model's metres, so that leaning to or from the camera counts.
        head_up: Nose above the ankles in metres: 1.35 standing, 0.95 sitting, below 0.5 lying; less than 0 with the
            head towards a camera that looks down.
        hip_up: Hips above the ankles in metres: 0.7 standing, 0.4 sitting, 0 lying.
        propped: How far both wrists at least are below the shoulders, square to the trunk, in metres: 0.3 to 0.5 while
            arms carry the trunk; 0 with the arms stretched out beside the head, however the body lies.
        knee: Angle of the straighter knee in degrees.
        inside: Share of the head, trunk and leg landmarks that lie in the picture.
    """

    t_ns: int
    x: float
    shoulder_y: float
    hip_y: float
    head_y: float
    foot_y: float
    scale: float
    tilt: float
    tilt_world: float
    head_up: float
    hip_up: float
    propped: float
    knee: float
    inside: float


def features_of(body: Body) -> Features | None:
    """Measure a body; None if a coordinate is no number or the trunk is a point."""
    xy: list[Point] = body.xy.tolist()
    world: list[Point] = body.world.tolist()
    shoulders, hips = _middle(xy, _SHOULDERS), _middle(xy, _HIPS)
    trunk = _middle(world, _SHOULDERS), _middle(world, _HIPS)
    ankle_y = (world[27][1] + world[28][1]) / 2
    if not dist(*trunk) > _FLAT or not dist(shoulders, hips) > _FLAT:
        return None
    found = Features(
        t_ns=body.t_ns,
        x=(shoulders[0] + hips[0]) / 2,
        shoulder_y=shoulders[1],
        hip_y=hips[1],
        head_y=_middle(xy, _EARS)[1],
        foot_y=max(xy[27][1], xy[28][1]),
        scale=body.scale,
        tilt=_from_vertical(hips, shoulders),
        tilt_world=_from_vertical(trunk[1], trunk[0]),
        head_up=ankle_y - world[_NOSE][1],
        hip_up=ankle_y - trunk[1][1],
        propped=min(_carried(*trunk, world[11], world[15]), _carried(*trunk, world[12], world[16])),
        knee=max(_angle(world[23], world[25], world[27]), _angle(world[24], world[26], world[28])),
        inside=sum(_in_picture(xy[i], body.aspect) for i in _FRAME) / len(_FRAME),
    )
    numbers = found.x + found.shoulder_y + found.head_y + found.foot_y + found.scale + found.head_up + found.propped
    return found if abs(numbers) < float("inf") else None


def _middle(points: list[Point], pair: tuple[int, int]) -> Point:
    one, other = points[pair[0]], points[pair[1]]
    return [(one[axis] + other[axis]) / 2 for axis in range(len(one))]


def _from_vertical(low: Point, high: Point) -> float:
    """Angle between the way from `low` to `high` and straight up, in degrees."""
    return degrees(acos(max(-1.0, min(1.0, (low[1] - high[1]) / dist(low, high)))))


def _angle(a: Point, at: Point, b: Point) -> float:
    """Angle at a joint in degrees; 180 where there is none."""
    u, v = [p - q for p, q in zip(a, at, strict=True)], [p - q for p, q in zip(b, at, strict=True)]
    lengths = hypot(*u) * hypot(*v)
    if not lengths > _FLAT:
        return 180.0
    return degrees(acos(max(-1.0, min(1.0, sum(p * q for p, q in zip(u, v, strict=True)) / lengths))))


def _carried(shoulders: Point, hips: Point, shoulder: Point, wrist: Point) -> float:
    """How far a wrist is below its shoulder, not counting the way along the trunk."""
    trunk = [p - q for p, q in zip(shoulders, hips, strict=True)]
    arm = [p - q for p, q in zip(wrist, shoulder, strict=True)]
    along = sum(p * q for p, q in zip(arm, trunk, strict=True)) / sum(p * p for p in trunk)
    return arm[1] - along * trunk[1]


def _in_picture(point: Point, aspect: float) -> bool:
    return 0.0 <= point[0] <= aspect and 0.0 <= point[1] <= 1.0
