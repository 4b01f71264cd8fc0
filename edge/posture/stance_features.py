"""What tells postures apart in one instant: measures of a body that know nothing of its size or place."""

import math
from collections.abc import Sequence
from typing import Final, NamedTuple, TypeAlias

from edge.posture.body import Body
from edge.track.geometry import ANKLES, HIPS, JOINTS, KNEES, NOSE, SHOULDERS, WRISTS

Point: TypeAlias = Sequence[float]

_LEFT, _RIGHT = 0, 1
_TINY: Final = 1e-6
_FARTHEST: Final = 4.0
"""In torso lengths. A body reaches three from end to end; what is farther is a landmark gone astray."""

_SHORTEST_M: Final = 0.05
"""World landmarks nearer to each other than this are a collapsed body."""


class Features(NamedTuple):
    """Measures of one body. Lengths are in torso lengths, directions are cosines to the picture's vertical.

    `down` is toward the picture's lower side, `across` to a side without saying which. Legs are sorted, not left and
    right: a mirrored body measures the same. `world_` measures are of the model's guess of the body in space, whose
    axes are the camera's.
    """

    trunk_up: float
    trunk_across: float
    head_up: float
    head_across: float
    shoulders_wide: float
    thigh_down_least: float
    thigh_down_most: float
    thigh_across_most: float
    shin_down_least: float
    shin_down_most: float
    hip_over_ankle: float
    wrist_down_most: float
    upright_box: float
    knee_bend_least: float
    knee_bend_most: float
    hip_bend_least: float
    hip_bend_most: float
    world_trunk_up: float
    world_thigh_down_least: float
    world_thigh_down_most: float
    world_shin_down_least: float
    world_shin_down_most: float
    world_knee_bend_least: float
    world_knee_bend_most: float
    world_hip_bend_least: float
    world_hip_bend_most: float
    world_head_up: float
    world_ankle_down: float
    knees_seen: float
    ankles_seen: float


def features_of(body: Body) -> Features:
    """Measure a body. Plain numbers: numpy takes longer for 33 points."""
    xy: list[list[float]] = body.xy.tolist()
    world: list[list[float]] = body.world.tolist()
    seen: list[float] = body.visibility.tolist()
    aspect, scale = body.aspect, body.scale
    shoulders, hips = _middle(xy, SHOULDERS), _middle(xy, HIPS)
    nose = xy[NOSE]
    thighs = [_span(xy[HIPS[side]], xy[KNEES[side]], scale) for side in (_LEFT, _RIGHT)]
    shins = [_span(xy[KNEES[side]], xy[ANKLES[side]], scale) for side in (_LEFT, _RIGHT)]
    knees = [_bend(xy[HIPS[side]], xy[KNEES[side]], xy[ANKLES[side]]) for side in (_LEFT, _RIGHT)]
    folds = [_bend(xy[SHOULDERS[side]], xy[HIPS[side]], xy[KNEES[side]]) for side in (_LEFT, _RIGHT)]
    world_thighs = [_sink(world[HIPS[side]], world[KNEES[side]]) for side in (_LEFT, _RIGHT)]
    world_shins = [_sink(world[KNEES[side]], world[ANKLES[side]]) for side in (_LEFT, _RIGHT)]
    world_knees = [_bend(world[HIPS[side]], world[KNEES[side]], world[ANKLES[side]]) for side in (_LEFT, _RIGHT)]
    world_folds = [_bend(world[SHOULDERS[side]], world[HIPS[side]], world[KNEES[side]]) for side in (_LEFT, _RIGHT)]
    world_shoulders, world_hips = _middle(world, SHOULDERS), _middle(world, HIPS)
    trunk, head = _span(shoulders, hips, scale), _span(nose, hips, scale)
    xs, ys = [xy[joint][0] for joint in JOINTS], [xy[joint][1] for joint in JOINTS]
    return Features(
        trunk_up=trunk[1],
        trunk_across=abs(trunk[0]),
        head_up=head[1],
        head_across=abs(head[0]),
        shoulders_wide=_clip(math.dist(xy[SHOULDERS[0]], xy[SHOULDERS[1]]) / scale),
        thigh_down_least=min(thighs[0][1], thighs[1][1]),
        thigh_down_most=max(thighs[0][1], thighs[1][1]),
        thigh_across_most=max(abs(thighs[0][0]), abs(thighs[1][0])),
        shin_down_least=min(shins[0][1], shins[1][1]),
        shin_down_most=max(shins[0][1], shins[1][1]),
        hip_over_ankle=_clip((max(xy[ANKLES[0]][1], xy[ANKLES[1]][1]) - hips[1]) / scale),
        wrist_down_most=_clip((max(xy[WRISTS[0]][1], xy[WRISTS[1]][1]) - hips[1]) / scale),
        upright_box=_clip(math.log((max(ys) - min(ys) + _TINY) / (max(xs) - min(xs) + _TINY))),
        knee_bend_least=min(knees),
        knee_bend_most=max(knees),
        hip_bend_least=min(folds),
        hip_bend_most=max(folds),
        world_trunk_up=_sink(world_shoulders, world_hips),
        world_thigh_down_least=min(world_thighs),
        world_thigh_down_most=max(world_thighs),
        world_shin_down_least=min(world_shins),
        world_shin_down_most=max(world_shins),
        world_knee_bend_least=min(world_knees),
        world_knee_bend_most=max(world_knees),
        world_hip_bend_least=min(world_folds),
        world_hip_bend_most=max(world_folds),
        world_head_up=_clip(world_hips[1] - world[NOSE][1]),
        world_ankle_down=_clip(max(world[ANKLES[0]][1], world[ANKLES[1]][1]) - world_hips[1]),
        knees_seen=_seen(xy, seen, KNEES, aspect),
        ankles_seen=_seen(xy, seen, ANKLES, aspect),
    )


def _middle(points: Sequence[Point], pair: tuple[int, int]) -> list[float]:
    one, other = points[pair[0]], points[pair[1]]
    return [(one[axis] + other[axis]) / 2 for axis in range(len(one))]


def _span(start: Point, end: Point, scale: float) -> tuple[float, float]:
    """From start to end, across and down, in torso lengths."""
    return _clip((end[0] - start[0]) / scale), _clip((end[1] - start[1]) / scale)


def _sink(upper: Point, lower: Point) -> float:
    """Cosine between a bone and straight down."""
    return (lower[1] - upper[1]) / max(math.dist(upper, lower), _SHORTEST_M)


def _bend(start: Point, joint: Point, end: Point) -> float:
    """How far a joint is bent: 0 straight, 1 folded back on itself."""
    inner, outer, across = math.dist(start, joint), math.dist(joint, end), math.dist(start, end)
    cosine = (inner * inner + outer * outer - across * across) / max(2 * inner * outer, _TINY * _TINY)
    return 1.0 - math.acos(max(-1.0, min(1.0, cosine))) / math.pi


def _seen(xy: Sequence[Point], visibility: Sequence[float], pair: tuple[int, int], aspect: float) -> float:
    """How well a pair of joints is seen, 0..1: those outside the picture are guesses whatever the model says."""
    return sum(visibility[joint] for joint in pair if 0 <= xy[joint][0] <= aspect and 0 <= xy[joint][1] <= 1) / 2


def _clip(value: float) -> float:
    return max(-_FARTHEST, min(_FARTHEST, value))
