"""The joints of a body as plain numbers, computed once an instant: what all exercise rules read."""

import math
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np

from edge.posture.body import NS_PER_S, Body

Point: TypeAlias = list[float]
"""x, y in frame heights, or x, y, z in metres."""

_COLLAPSED: Final = 0.02
"""Scale below which nothing can be told: a torso of 2 % of the picture's height is ten pixels long."""

_ABSURD: Final = 10.0
"""Frame heights or metres from the origin beyond which a landmark is garbage."""

_NO_WIDTH: Final = 1e-6
"""Metres between the hips below which they have no direction."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One person's joints at one instant. Angles are in degrees, lengths in frame heights unless said otherwise.

    Angles are the mean of what the picture shows and what the model believes in 3D: the picture is precise but
    foreshortened, the 3D pose is compressed but knows depth.

    Attributes:
        t_s: The instant, in seconds.
        scale: Torso length as seen from the side.
        knees: Left and right, 180 straight.
        hips: Between trunk and thigh, left and right, 180 straight.
        elbows: Left and right, 180 straight.
        lean: Of the trunk in the picture: 0 upright, 90 horizontal, 180 head down.
        lean_world: The same in 3D.
        shoulder: Middle of the shoulders, x, y.
        hip: Middle of the hips, x, y.
        knee: Middle of the knees, x, y.
        ankle: Middle of the ankles, x, y.
        wrist: Middle of the wrists, x, y.
        nose_y: Height of the nose in the picture, down.
        ankles: Left and right, x, y.
        knees_y: Left and right, down.
        wrists: Left and right, x, y.
        shoulders: Left and right, x, y.
        elbow_spots: Left and right, x, y.
        stride: How far one foot is before the other, in metres, across the line of the hips.
        straddle: How far apart the feet are along the line of the hips, in metres.
        seen: Whether the model saw the person at that instant.
    """

    t_s: float
    scale: float
    knees: tuple[float, float]
    hips: tuple[float, float]
    elbows: tuple[float, float]
    lean: float
    lean_world: float
    shoulder: Point
    hip: Point
    knee: Point
    ankle: Point
    wrist: Point
    nose_y: float
    ankles: tuple[Point, Point]
    knees_y: tuple[float, float]
    wrists: tuple[Point, Point]
    shoulders: tuple[Point, Point]
    elbow_spots: tuple[Point, Point]
    stride: float
    straddle: float
    seen: bool

    @property
    def leg(self) -> float:
        """Mean angle of both knees."""
        return (self.knees[0] + self.knees[1]) / 2

    @property
    def bend(self) -> float:
        """Mean angle between trunk and thighs."""
        return (self.hips[0] + self.hips[1]) / 2

    @property
    def arm(self) -> float:
        """Mean angle of both elbows."""
        return (self.elbows[0] + self.elbows[1]) / 2

    @property
    def stature(self) -> float:
        """Height of the shoulders over the ankles, in torso lengths."""
        return (self.ankle[1] - self.shoulder[1]) / self.scale

    @property
    def seat(self) -> float:
        """Height of the hips over the ankles, in torso lengths."""
        return (self.ankle[1] - self.hip[1]) / self.scale

    @property
    def reach(self) -> float:
        """Height of the wrists over the shoulders, in torso lengths; negative when they hang."""
        return (self.shoulder[1] - self.wrist[1]) / self.scale


def figure_of(body: Body) -> Figure | None:
    """The joints of `body`, or None when they make no sense (not finite, collapsed, far away)."""
    xy: list[Point] = body.xy.tolist()
    world: list[Point] = body.world.tolist()
    scale = body.scale
    size = float(np.abs(body.xy).sum() + np.abs(body.world[11:]).sum())
    if not (_COLLAPSED < scale < _ABSURD and size < _ABSURD * len(xy)):  # also false for NaN
        return None
    shoulder, hip = _middle(xy[11], xy[12]), _middle(xy[23], xy[24])
    up = [(world[11][i] + world[12][i] - world[23][i] - world[24][i]) / 2 for i in range(3)]
    stride, straddle = _feet(world)
    return Figure(
        t_s=body.t_ns / NS_PER_S,
        scale=scale,
        knees=(_joint(xy, world, 23, 25, 27), _joint(xy, world, 24, 26, 28)),
        hips=(_joint(xy, world, 11, 23, 25), _joint(xy, world, 12, 24, 26)),
        elbows=(_joint(xy, world, 11, 13, 15), _joint(xy, world, 12, 14, 16)),
        lean=math.degrees(math.atan2(abs(shoulder[0] - hip[0]), hip[1] - shoulder[1])),
        lean_world=math.degrees(math.atan2(math.hypot(up[0], up[2]), -up[1])),
        shoulder=shoulder,
        hip=hip,
        knee=_middle(xy[25], xy[26]),
        ankle=_middle(xy[27], xy[28]),
        wrist=_middle(xy[15], xy[16]),
        nose_y=xy[0][1],
        ankles=(xy[27], xy[28]),
        knees_y=(xy[25][1], xy[26][1]),
        wrists=(xy[15], xy[16]),
        shoulders=(xy[11], xy[12]),
        elbow_spots=(xy[13], xy[14]),
        stride=stride,
        straddle=straddle,
        seen=body.seen,
    )


def _middle(a: Point, b: Point) -> Point:
    return [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2]


def _joint(xy: list[Point], world: list[Point], a: int, b: int, c: int) -> float:
    """Angle at `b`, the mean of the picture's and the 3D pose's."""
    (ax, ay), (bx, by), (cx, cy) = xy[a], xy[b], xy[c]
    ax, ay, cx, cy = ax - bx, ay - by, cx - bx, cy - by
    flat = math.degrees(abs(math.atan2(ax * cy - ay * cx, ax * cx + ay * cy)))
    (ux, uy, uz), (jx, jy, jz), (vx, vy, vz) = world[a], world[b], world[c]
    ux, uy, uz, vx, vy, vz = ux - jx, uy - jy, uz - jz, vx - jx, vy - jy, vz - jz
    cross = math.hypot(uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx)
    return (flat + math.degrees(math.atan2(cross, ux * vx + uy * vy + uz * vz))) / 2


def _feet(world: list[Point]) -> tuple[float, float]:
    """How far the feet are apart across and along the line of the hips, on the ground, in metres."""
    hx, hz = world[23][0] - world[24][0], world[23][2] - world[24][2]
    fx, fz = world[27][0] - world[28][0], world[27][2] - world[28][2]
    width = math.hypot(hx, hz)
    if width < _NO_WIDTH:
        return math.hypot(fx, fz), 0.0
    return abs(fx * hz - fz * hx) / width, abs(fx * hx + fz * hz) / width
