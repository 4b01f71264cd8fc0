"""A jointed figure that exercises: bodies for tests, driven by how far into the movement it is."""

import math
from collections.abc import Callable, Iterable
from typing import TypeAlias

import numpy as np

from edge.flow import Event
from edge.posture.body import NS_PER_S, Body
from edge.posture.exercise.counter import ExerciseCounter
from edge.posture.stance import Stance
from edge.track.geometry import torso_scale

Joints: TypeAlias = dict[int, tuple[float, float, float]]
"""Landmark number to x (to the figure's left), y (up), z (forward), in metres."""

Move: TypeAlias = Callable[[float], Joints]
"""From how far into the movement, 0 at rest and 1 at the turning point, to the joints."""

SHANK = THIGH = 0.42
TRUNK = 0.5
UPPER_ARM, FOREARM = 0.3, 0.27
_ASPECT = 16 / 9
_HEIGHTS_PER_M = 0.35
_FACE = (*range(11),)


def squat(d: float) -> Joints:
    return _on_feet(shank=32 * d, thigh=-85 * d, lean=32 * d, arms=(80 * d, 5 * d))


def sit_down(d: float) -> Joints:
    """Leans on the way, is upright on the chair."""
    return _on_feet(shank=5 * d, thigh=-80 * d, lean=2 + 45 * math.sin(math.pi * min(1.0, d)), arms=(20 * d, 40 * d))


def pick_up(d: float) -> Joints:
    return _on_feet(shank=15 * d, thigh=-35 * d, lean=82 * d, arms=(5 * d, 5 * d))


def curl(d: float) -> Joints:
    return _on_feet(arms=(0, 140 * d))


def curl_left(d: float) -> Joints:
    return {**_on_feet(), **{n: at for n, at in curl(d).items() if n in (13, 15, 17, 19, 21)}}


def drink(d: float) -> Joints:
    return _on_feet(arms=(35 * d, 155 * d))


def jack(d: float) -> Joints:
    spread = math.radians(4 + 22 * d)
    joints = _on_feet(hip=(SHANK + THIGH) * math.cos(spread) + 0.05 * math.sin(math.pi * d))
    raised = math.radians(10 + 150 * d)
    for side, n in ((1, 0), (-1, 1)):
        sx, sy, sz = joints[11 + n]
        for joint, length in ((13, UPPER_ARM), (15, UPPER_ARM + FOREARM)):
            joints[joint + n] = (sx + side * length * math.sin(raised), sy - length * math.cos(raised), sz)
        hx, hy, hz = joints[23 + n]
        for joint, length in ((25, THIGH), (27, SHANK + THIGH)):
            joints[joint + n] = (hx + side * length * math.sin(spread), hy - length * math.cos(spread), hz)
    return _with_ends(joints)


def wave(d: float) -> Joints:
    return {n: jack(d)[n] if n in range(11, 23) else at for n, at in jack(0.0).items()}


def overhead(joints: Joints) -> Joints:
    """The same with the arms straight up."""
    up = dict(joints)
    for n in (0, 1):
        x, y, z = joints[11 + n]
        up |= {13 + n: (x, y + UPPER_ARM, z), 15 + n: (x, y + UPPER_ARM + FOREARM, z)}
    return _with_ends(up)


def lunge(d: float) -> Joints:
    """In place, the left foot before the right."""
    hip_y = 0.82 - 0.34 * d
    joints = _on_feet(hip=hip_y)
    for n, foot_z in ((0, 0.38), (1, -0.42)):
        hx, hy, hz = joints[23 + n]
        joints[27 + n] = (hx, 0.08 if n else 0.0, foot_z)
        joints[25 + n] = _between((hx, hy, hz), joints[27 + n], THIGH, SHANK, bend=(0.0, 0.0, 1.0))
    return _with_ends(joints)


def push_up(d: float) -> Joints:
    """On hands and toes, the head to +z."""
    return _on_hands(shoulder_y=0.58 - 0.36 * d)


def plank(d: float) -> Joints:
    del d
    return _on_hands(shoulder_y=0.56)


def sit_up(d: float) -> Joints:
    """On the back, head to -z, knees up."""
    rise = math.radians(4 + 66 * d)
    joints: Joints = {}
    for side, n in ((1, 0), (-1, 1)):
        joints[23 + n] = (side * 0.1, 0.1, 0.0)
        joints[11 + n] = (side * 0.18, 0.1 + TRUNK * math.sin(rise), -TRUNK * math.cos(rise))
        joints[27 + n] = (side * 0.1, 0.05, 0.45)
        joints[25 + n] = _between(joints[23 + n], joints[27 + n], THIGH, SHANK, bend=(0.0, 1.0, 0.0))
        _, sy, sz = joints[11 + n]
        joints[13 + n] = (side * 0.35, sy + 0.1, sz)
        joints[15 + n] = (side * 0.15, sy + 0.2 * math.cos(rise), sz - 0.2)
    return _with_ends(joints)


def lie(d: float) -> Joints:
    """On the back, straight; moves a little."""
    return {n: (x, 0.1 + 0.02 * d, y - 0.8) for n, (x, y, _) in _on_feet().items()}


def walk(t_s: float) -> Joints:
    """As a function of time, not of progress: 1.2 m a second, to the figure's front."""
    swing = 28 * math.sin(2 * math.pi * t_s)
    left = _on_feet(shank=-swing + 12, thigh=-swing - 12)
    right = _on_feet(shank=swing + 12, thigh=swing - 12)
    hip = max(left[23][1], right[24][1])
    joints = {
        n: (x, y, z + 1.2 * t_s - 1.5) for n, (x, y, z) in (left | {k: right[k] for k in right if k % 2 == 0}).items()
    }
    return {n: (x, y + 0.84 - hip, z) for n, (x, y, z) in joints.items()}


def performed(
    move: Move,
    *,
    reps: int = 1,
    period_s: float = 2.0,
    pause_s: float = 0.4,
    start_s: float = 1.0,
    fps: float = 15.0,
    yaw: float = 60.0,
    noise: float = 0.0,
) -> list[Body]:
    """Rests for a second, does the movement so many times, rests for a second. A yaw of 0 faces the camera."""
    cycle = period_s + pause_s
    count = round((2.0 + reps * cycle) * fps)
    return [
        body_of(move(progress), start_s + i / fps, yaw=yaw, noise=noise, seed=i)
        for i in range(count)
        for progress in (_progress(i / fps - 1.0, reps, period_s, cycle),)
    ]


def held(move: Move, seconds: float, *, start_s: float = 1.0, fps: float = 15.0, yaw: float = 60.0) -> list[Body]:
    """Stays at the movement's rest."""
    return [body_of(move(0.0), start_s + i / fps, yaw=yaw, noise=0.003, seed=i) for i in range(round(seconds * fps))]


def walked(seconds: float, *, fps: float = 15.0, yaw: float = 90.0) -> list[Body]:
    return [body_of(walk(i / fps), 1.0 + i / fps, yaw=yaw) for i in range(round(seconds * fps))]


def body_of(joints: Joints, t_s: float, *, yaw: float = 0.0, noise: float = 0.0, seed: int = 0) -> Body:
    """The body of these joints, as a camera at hip height sees it from afar."""
    points = np.zeros((33, 3))
    for n, at in joints.items():
        points[n] = at
    turn = math.radians(yaw)
    x = points[:, 0] * math.cos(turn) + points[:, 2] * math.sin(turn)
    z = points[:, 0] * math.sin(turn) - points[:, 2] * math.cos(turn)
    xy = np.stack((0.9 + _HEIGHTS_PER_M * x, 0.9 - _HEIGHTS_PER_M * points[:, 1]), axis=1)
    scale = float(torso_scale(xy))
    xy += np.random.default_rng(seed).normal(0.0, 1.0, xy.shape) * noise * scale
    world = np.stack((x, -points[:, 1], z), axis=1)
    t_ns = round(t_s * NS_PER_S)
    return Body(
        track=1,
        t_ns=t_ns,
        seen_ns=t_ns,
        xy=xy,
        world=world - (world[23] + world[24]) / 2,
        visibility=np.full(33, 0.9),
        scale=scale,
        aspect=_ASPECT,
        confidence=1.0,
    )


def _progress(t_s: float, reps: int, period_s: float, cycle_s: float) -> float:
    if not 0.0 <= t_s < reps * cycle_s or t_s % cycle_s > period_s:
        return 0.0
    return (1.0 - math.cos(2 * math.pi * (t_s % cycle_s) / period_s)) / 2


def _on_feet(
    *,
    shank: float = 0.0,
    thigh: float = 0.0,
    lean: float = 0.0,
    arms: tuple[float, float] = (0.0, 0.0),
    hip: float | None = None,
) -> Joints:
    """Feet on the ground at z 0; degrees forward from upright (negative is backward), arms as shoulder and elbow."""
    joints: Joints = {}
    down = math.radians(shank), math.radians(thigh), math.radians(lean)
    for side, n in ((1, 0), (-1, 1)):
        knee = (side * 0.1, SHANK * math.cos(down[0]), SHANK * math.sin(down[0]))
        hips = (side * 0.1, knee[1] + THIGH * math.cos(down[1]), knee[2] + THIGH * math.sin(down[1]))
        if hip is not None:
            hips = (side * 0.1, hip, 0.0)
        shoulder = (side * 0.18, hips[1] + TRUNK * math.cos(down[2]), hips[2] + TRUNK * math.sin(down[2]))
        raised = math.radians(arms[0])
        folded = raised + math.radians(arms[1])
        elbow = (side * 0.22, shoulder[1] - UPPER_ARM * math.cos(raised), shoulder[2] + UPPER_ARM * math.sin(raised))
        wrist = (side * 0.22, elbow[1] - FOREARM * math.cos(folded), elbow[2] + FOREARM * math.sin(folded))
        joints |= {
            11 + n: shoulder,
            13 + n: elbow,
            15 + n: wrist,
            23 + n: hips,
            25 + n: knee,
            27 + n: (side * 0.1, 0.0, 0.0),
        }
    return _with_ends(joints)


def _on_hands(*, shoulder_y: float) -> Joints:
    joints: Joints = {}
    length = SHANK + THIGH + TRUNK
    rise = math.asin((shoulder_y - 0.08) / length)
    for side, n in ((1, 0), (-1, 1)):
        for joint, along in ((27, 0.0), (25, SHANK), (23, SHANK + THIGH), (11, length)):
            width = 0.18 if joint == 11 else 0.1
            joints[joint + n] = (side * width, 0.08 + along * math.sin(rise), along * math.cos(rise) - 0.7)
        joints[15 + n] = (side * 0.25, 0.02, length * math.cos(math.asin(0.5 / length)) - 0.7)
        joints[13 + n] = _between(joints[11 + n], joints[15 + n], UPPER_ARM, FOREARM, bend=(side * 0.7, 0.0, -0.7))
    return _with_ends(joints)


def _between(
    a: tuple[float, float, float],
    c: tuple[float, float, float],
    ab: float,
    bc: float,
    *,
    bend: tuple[float, float, float],
) -> tuple[float, float, float]:
    """The joint between two others, bones `ab` and `bc` long, bent toward a direction."""
    start, end, toward = np.array(a), np.array(c), np.array(bend)
    line = end - start
    reach = float(np.linalg.norm(line))
    along = line / reach
    share = min(ab, (ab**2 - bc**2 + reach**2) / (2 * reach))
    toward -= along * float(toward @ along)
    middle = start + along * share + toward / np.linalg.norm(toward) * math.sqrt(max(0.0, ab**2 - share**2))
    return float(middle[0]), float(middle[1]), float(middle[2])


def _with_ends(joints: Joints) -> Joints:
    """Face, hands and feet, which no rule reads but a body has."""
    sx, sy, sz = (float(v) for v in np.mean([joints[11], joints[12]], axis=0))
    hx, hy, hz = (float(v) for v in np.mean([joints[23], joints[24]], axis=0))
    head = (sx + (sx - hx) * 0.4, sy + (sy - hy) * 0.4, sz + (sz - hz) * 0.4)
    ends = dict.fromkeys(_FACE, head)
    for n in (0, 1):
        ends |= dict.fromkeys((17 + n, 19 + n, 21 + n), joints[15 + n])
        x, y, z = joints[27 + n]
        ends |= {29 + n: (x, y, z - 0.05), 31 + n: (x, y, z + 0.15)}
    return joints | ends


def told(counter: ExerciseCounter, bodies: Iterable[Body]) -> list[Event]:
    """What the counter says of these bodies, the end not included."""
    return [event for body in bodies for event in counter.update(body, Stance())]


def reps(events: Iterable[Event]) -> dict[str, int]:
    counted: dict[str, int] = {}
    for event in events:
        if event.type == "rep":
            name = str(event.data["exercise"])
            counted[name] = counted.get(name, 0) + 1
    return counted


def counted(bodies: list[Body]) -> dict[str, int]:
    """Repetitions by exercise, of a person who leaves at the end."""
    counter = ExerciseCounter()
    events = told(counter, bodies)
    return reps([*events, *counter.end(bodies[-1].t_ns)])
