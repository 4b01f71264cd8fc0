"""The figure's body: trunk, limbs and clothes as a mesh in human proportions.

Profiles give half widths in metres along a part, measured off anatomical drawings of a slim adult. The detector needs
the volume and the colour changes between parts; it does not need fingers or folds, so there are none.
"""

import math
from typing import Final

import numpy as np

from edge.capture.studio.face import add_face, add_head
from edge.capture.studio.look import Look
from edge.capture.studio.mesh import (
    X_AXIS,
    Y_AXIS,
    Z_AXIS,
    Mesh,
    MeshBuilder,
    along_bones,
    on_bone,
    smooth_step,
)
from edge.capture.studio.rotation import Array
from edge.capture.studio.skeleton import (
    ANKLE_HEIGHT,
    FOREARM,
    HIP_HALF_WIDTH,
    SHIN,
    SHOULDER_HALF_WIDTH,
    SHOULDER_HEIGHT,
    THIGH,
    UPPER_ARM,
    Bone,
    forward,
)
from edge.capture.studio.stance import Stance, both

_REST_ABDUCTION_DEG: Final = 45.0
"""The mesh is modelled with arms half raised: armpits then deform least over the arm's whole range."""

_WAIST: Final = -0.06
_BELT_HALF_HEIGHT: Final = 0.012
_NECKLINE: Final = 0.497
_SLEEVE: Final = 0.176
_SLEEVE_HEM: Final = 0.165
_CUFF: Final = -0.80
_SOLE: Final = -0.068
"""Where one garment ends and the next begins, metres along the part."""

_SHIRT_OVER_TROUSERS: Final = 0.02
"""The trunk counts as this much nearer than the thighs it overlaps, so that the hem of the shirt is clean; metres."""

_SHADE_SEED: Final = 3
_CLOTH_GRAIN: Final = 0.025
"""Standard deviation of the brightness from one face to the next: cloth is not a flat colour."""

_TORSO: Final = np.array(
    [  # height, half width, front, back
        (-0.115, 0.060, 0.060, 0.060),
        (-0.090, 0.120, 0.085, 0.095),
        (-0.050, 0.163, 0.100, 0.118),
        (0.000, 0.172, 0.103, 0.120),
        (0.050, 0.166, 0.103, 0.110),
        (0.100, 0.156, 0.104, 0.098),
        (0.140, 0.149, 0.104, 0.092),
        (0.180, 0.147, 0.104, 0.092),
        (0.230, 0.152, 0.108, 0.098),
        (0.280, 0.160, 0.113, 0.106),
        (0.330, 0.168, 0.118, 0.112),
        (0.375, 0.173, 0.118, 0.115),
        (0.410, 0.174, 0.112, 0.112),
        (0.440, 0.168, 0.102, 0.104),
        (0.465, 0.150, 0.088, 0.092),
        (0.485, 0.122, 0.075, 0.080),
        (0.505, 0.088, 0.063, 0.070),
        (0.520, 0.066, 0.056, 0.062),
    ]
)
_ARM: Final = np.array(
    [  # along the arm from the shoulder, radius; the step at 0.176 is the sleeve's edge
        (-0.055, 0.025),
        (-0.035, 0.044),
        (0.000, 0.058),
        (0.040, 0.061),
        (0.090, 0.058),
        (0.140, 0.056),
        (0.175, 0.056),
        (0.177, 0.049),
        (0.200, 0.046),
        (0.240, 0.042),
        (0.285, 0.040),
        (0.335, 0.043),
        (0.375, 0.042),
        (0.435, 0.036),
        (0.485, 0.030),
        (0.535, 0.0265),
        (0.547, 0.026),
    ]
)
_HAND: Final = np.array(
    [  # along the hand from the wrist, half thickness, half width
        (0.000, 0.022, 0.026),
        (0.020, 0.018, 0.032),
        (0.050, 0.016, 0.040),
        (0.085, 0.014, 0.041),
        (0.120, 0.012, 0.036),
        (0.150, 0.010, 0.028),
        (0.168, 0.004, 0.010),
    ]
)
_LEG: Final = np.array(
    [  # height against the hip, radius, shift to the front
        (0.060, 0.050, 0.000),
        (0.030, 0.075, 0.000),
        (0.000, 0.088, 0.000),
        (-0.060, 0.092, 0.000),
        (-0.150, 0.086, 0.005),
        (-0.250, 0.077, 0.006),
        (-0.350, 0.068, 0.004),
        (-0.430, 0.063, 0.000),
        (-0.500, 0.062, -0.006),
        (-0.570, 0.065, -0.014),
        (-0.660, 0.060, -0.012),
        (-0.750, 0.054, -0.006),
        (-0.800, 0.054, 0.000),
        (-0.825, 0.050, 0.000),
    ]
)
_SHOE: Final = np.array(
    [  # along the foot from the ankle, half width, height of the upper against the ankle
        (-0.075, 0.012, -0.050),
        (-0.065, 0.030, -0.020),
        (-0.030, 0.036, 0.005),
        (0.030, 0.036, 0.000),
        (0.080, 0.042, -0.020),
        (0.130, 0.045, -0.035),
        (0.170, 0.038, -0.045),
        (0.190, 0.024, -0.055),
        (0.197, 0.008, -0.065),
    ]
)


def build_body(look: Look) -> Mesh:
    """The figure as a mesh of about 2000 quads, dressed in `look`."""
    builder = MeshBuilder()
    _add_torso(builder, look)
    _add_neck(builder, look)
    add_head(builder, look)
    add_face(builder, look)
    for side in (1, -1):
        _add_arm(builder, look, side)
        _add_leg(builder, look, side)
        _add_shoe(builder, look, side)
    at_attention = both(shoulder_abduction=0, elbow=0, hip_abduction=0)
    rest = forward(Stance().changed({**at_attention, **both(shoulder_abduction=_REST_ABDUCTION_DEG)}), np.eye(3))
    mesh = builder.mesh(rest)
    grain = np.random.default_rng(_SHADE_SEED).standard_normal((len(mesh.colours), 1))
    mesh.colours[:] *= 1 + _CLOTH_GRAIN * grain
    return mesh


def _resampled(profile: Array, rings: int) -> Array:
    """A profile's columns at `rings` evenly spaced places."""
    places = np.linspace(profile[0, 0], profile[-1, 0], rings)
    order = np.argsort(profile[:, 0])
    columns = [np.interp(places, profile[order, 0], profile[order, column]) for column in range(1, profile.shape[1])]
    return np.stack([places, *columns], axis=1)


def _folds(points: Array, per_metre: float) -> Array:
    """Brightness of cloth, `(n, 1)`: soft irregular waves across the part."""
    x, y, z = points.T
    coarse = np.sin(y * per_metre + x * 23 + 2 * np.sin(x * 31 + z * 17))
    fine = np.sin(y * per_metre * 1.9 - x * 40 + z * 29)
    return np.asarray(1 + 0.05 * (0.6 * coarse + 0.4 * fine))[:, None]


def _add_torso(builder: MeshBuilder, look: Look) -> None:
    height, width, front, back = _resampled(_TORSO, 24).T

    def paint(points: Array) -> Array:
        y = points[:, 1:2]
        cloth = np.where(y > _WAIST, look.shirt, look.trousers) * _folds(points, 45)
        cloth = cloth * np.where(np.abs(y - _WAIST) < _BELT_HALF_HEIGHT, 0.7, 1.0)
        return np.where(y > _NECKLINE, np.multiply(look.skin, 0.93), cloth)

    builder.loft(
        np.stack([0 * height, height, 0 * height], axis=1),
        width * look.thickness,
        np.stack([front, back], axis=1) * look.thickness,
        weights=along_bones((Bone.PELVIS, Bone.SPINE, Bone.CHEST), ((0.05, 0.2), (0.2, 0.34)), lambda p: p[:, 1]),
        paint=paint,
        segments=20,
        power=2.35,
        bias=_SHIRT_OVER_TROUSERS,
    )


def _add_neck(builder: MeshBuilder, look: Look) -> None:
    height = np.linspace(0.48, 0.60, 4)
    radius = np.array([0.062, 0.055, 0.053, 0.054]) * look.thickness
    builder.loft(
        np.stack([0 * height, height, 0 * height - 0.005], axis=1),
        radius,
        radius,
        weights=along_bones((Bone.CHEST, Bone.HEAD), ((0.50, 0.58),), lambda p: p[:, 1]),
        paint=lambda points: np.tile(np.multiply(look.skin, 0.9), (len(points), 1)),
        segments=10,
    )


def _add_arm(builder: MeshBuilder, look: Look, side: int) -> None:
    upper, fore, hand = (
        (Bone.LEFT_UPPER_ARM, Bone.LEFT_FOREARM, Bone.LEFT_HAND)
        if side > 0
        else (Bone.RIGHT_UPPER_ARM, Bone.RIGHT_FOREARM, Bone.RIGHT_HAND)
    )
    raised = math.radians(_REST_ABDUCTION_DEG)
    shoulder = np.array([side * SHOULDER_HALF_WIDTH, SHOULDER_HEIGHT, 0.0])
    down = np.array([side * math.sin(raised), -math.cos(raised), 0.0])
    across = np.array([math.cos(raised), side * math.sin(raised), 0.0])

    def position(points: Array) -> Array:
        return np.asarray((points - shoulder) @ down)

    def paint(points: Array) -> Array:
        where = position(points)[:, None]
        cloth = np.multiply(look.shirt, _folds(points, 60)) * np.where(where > _SLEEVE_HEM, 0.8, 1.0)
        return np.where(where < _SLEEVE, cloth, look.skin)

    place, radius = _resampled(_ARM, 19).T
    place = np.sort(np.concatenate([place, [_SLEEVE - 0.001, _SLEEVE + 0.001]]))
    radius = np.interp(place, _ARM[:, 0], _ARM[:, 1]) * look.thickness
    builder.loft(
        shoulder + place[:, None] * down,
        radius,
        radius,
        weights=along_bones(
            (Bone.CHEST, upper, fore), ((-0.05, 0.05), (UPPER_ARM - 0.045, UPPER_ARM + 0.045)), position
        ),
        paint=paint,
        segments=10,
        across=across,
    )
    wrist = shoulder + (UPPER_ARM + FOREARM) * down
    skin = np.multiply(look.skin, 0.97)
    builder.loft(
        wrist + _HAND[:, :1] * down,
        _HAND[:, 1],
        _HAND[:, 2],
        weights=on_bone(hand),
        paint=lambda points: np.tile(skin, (len(points), 1)),
        segments=8,
        across=across,
    )
    along = np.linspace(0, 1, 3)[:, None]
    builder.loft(
        wrist + (0.02 + 0.055 * along) * down + (0.030 + 0.028 * along) * Z_AXIS,
        0.012 - 0.003 * along[:, 0],
        0.013 - 0.003 * along[:, 0],
        weights=on_bone(hand),
        paint=lambda points: np.tile(skin * 0.96, (len(points), 1)),
        segments=5,
        across=across,
    )


def _add_leg(builder: MeshBuilder, look: Look, side: int) -> None:
    thigh, shin = (Bone.LEFT_THIGH, Bone.LEFT_SHIN) if side > 0 else (Bone.RIGHT_THIGH, Bone.RIGHT_SHIN)
    hip = np.array([side * HIP_HALF_WIDTH, 0.0, 0.0])
    height, radius, front = _resampled(_LEG, 24).T
    radius = radius * look.thickness

    def paint(points: Array) -> Array:
        y = points[:, 1]
        inner_side = smooth_step(0.05, -0.03, side * points[:, 0] - 0.04) * (y > -0.35)  # noqa: PLR2004 - above the knee
        seam = np.where(y < _CUFF, 0.8, 1.0)
        return np.multiply(look.trousers, _folds(points, 42) * (seam * (1 - 0.18 * inner_side))[:, None])

    builder.loft(
        hip + np.stack([0 * height, height, front], axis=1),
        radius,
        radius * 1.04,
        weights=along_bones(
            (Bone.PELVIS, thigh, shin), ((-0.06, 0.07), (THIGH - 0.05, THIGH + 0.05)), lambda p: -p[:, 1]
        ),
        paint=paint,
        segments=12,
    )


def _add_shoe(builder: MeshBuilder, look: Look, side: int) -> None:
    ankle = np.array([side * HIP_HALF_WIDTH, -THIGH - SHIN, 0.0])
    place, width, top = _resampled(_SHOE, 11).T
    bottom = -ANKLE_HEIGHT
    builder.loft(
        ankle + np.stack([0 * place, (top + bottom) / 2, place], axis=1),
        width,
        (top - bottom) / 2,
        weights=on_bone(Bone.LEFT_FOOT if side > 0 else Bone.RIGHT_FOOT),
        paint=lambda points: np.where((points - ankle)[:, 1:2] < _SOLE, (119, 119, 119), look.shoes).astype(np.float64),
        segments=10,
        across=X_AXIS,
        along=Y_AXIS,
        power=2.6,
    )
