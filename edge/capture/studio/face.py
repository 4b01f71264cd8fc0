"""The figure's head: skull, hair and the features of a face."""

import math
from typing import Final

import numpy as np

from edge.capture.studio.look import Look
from edge.capture.studio.mesh import MeshBuilder, on_bone, smooth_step
from edge.capture.studio.rotation import Array
from edge.capture.studio.skeleton import HEAD_BASE, Bone

_CENTRE: Final = np.array([0.0, HEAD_BASE + 0.115, 0.008])
"""Middle of the skull at rest, metres in the body frame."""

_HALF_WIDTH: Final = 0.078
_HALF_HEIGHT: Final = 0.122
_FRONT: Final = 0.094
_BACK: Final = 0.104

_HAIRLINE: Final = 0.062
_TEMPLE_RAD: Final = 0.75
_HAIR_FALL: Final = 0.13
_NAPE: Final = -0.075
"""Hair begins 6 cm above the middle of the face; from the temples backward the line falls to the nape."""

_EYE_X: Final = 0.031
_EYE_WHITE: Final = np.array([232.0, 228.0, 225.0])
_IRIS: Final = np.array([60.0, 45.0, 35.0])
_LIPS: Final = np.array([163.0, 90.0, 80.0])


def add_head(builder: MeshBuilder, look: Look) -> None:
    """Add skull with hair, and ears."""
    elevation = np.radians(np.linspace(-88, 88, 17))
    height, slice_size = _HALF_HEIGHT * np.sin(elevation), np.cos(elevation)
    below = np.clip(-np.sin(elevation), 0, 1)
    width = _HALF_WIDTH * slice_size**0.9 * (1 - 0.18 * below**1.5)
    front = _FRONT * slice_size**0.75
    back = _BACK * slice_size**0.9 * (1 - 0.30 * below**0.8)
    skin, hair = np.array(look.skin, dtype=np.float64), np.array(look.hair, dtype=np.float64)

    def paint(points: Array) -> Array:
        local: Array = points - _CENTRE
        x, y, z = local[:, 0], local[:, 1], local[:, 2]
        around = np.arctan2(x, z)
        hairline = np.maximum(_HAIRLINE - np.maximum(0, np.abs(around) - _TEMPLE_RAD) * _HAIR_FALL, _NAPE)
        sockets = np.exp(-(((np.abs(x) - _EYE_X) / 0.018) ** 2) - (y / 0.012) ** 2)
        shading = (1 - 0.18 * sockets * (z > 0)) * (1 - 0.2 * smooth_step(-0.085, -0.12, y))
        strands = 1 + 0.12 * np.sin(around * 19)
        return np.where((y > hairline)[:, None], hair * strands[:, None], skin * shading[:, None])

    builder.loft(
        _CENTRE + np.stack([0 * height, height, 0 * height], axis=1),
        width,
        np.stack([front, back], axis=1),
        weights=on_bone(Bone.HEAD),
        paint=paint,
        segments=20,
    )
    for side in (-1, 1):
        t = np.linspace(-1, 1, 4)
        size = np.sqrt(1.02 - t**2)
        builder.loft(
            _CENTRE + np.stack([0 * t + side * _HALF_WIDTH, 0.032 * t - 0.005, 0 * t - 0.004], axis=1),
            0.012 * size + 0.002,
            0.019 * size + 0.002,
            weights=on_bone(Bone.HEAD),
            paint=lambda points: np.tile(skin * 0.92, (len(points), 1)),
            segments=6,
        )


def add_face(builder: MeshBuilder, look: Look) -> None:
    """Add eyes, brows, mouth and nose."""
    hair, skin = np.array(look.hair, dtype=np.float64), np.array(look.skin, dtype=np.float64)
    for side in (-1, 1):
        x = side * _EYE_X
        _add_patch(builder, (x, 0.0), (0.0155, 0.0075), _EYE_WHITE, layer=1)
        _add_patch(builder, (x, 0.0), (0.0070, 0.0072), _IRIS, layer=2)
        _add_patch(builder, (x, 0.021), (0.0185, 0.0042), hair * 0.8, layer=1)
    _add_patch(builder, (0.0, -0.0665), (0.024, 0.0085), _LIPS, layer=1)
    t = np.linspace(0, 1, 5)
    builder.loft(
        _CENTRE + np.stack([0 * t, 0.012 - 0.052 * t, 0.086 + 0.022 * t**1.3], axis=1),
        0.006 + 0.011 * t**1.5,
        0.008 + 0.010 * t,
        weights=on_bone(Bone.HEAD),
        paint=lambda points: skin * (1.03 - 0.22 * smooth_step(-0.030, -0.045, (points - _CENTRE)[:, 1:2])),
        segments=6,
        bias=0.012,
    )


def _add_patch(
    builder: MeshBuilder, middle: tuple[float, float], size: tuple[float, float], colour: Array, *, layer: int
) -> None:
    """Add a hexagon of half extents `size` on the front of the skull; higher layers lie over lower ones."""
    turn = np.arange(6) * math.pi / 3
    corners = np.array(
        [
            _on_front(middle[0] + size[0] * math.cos(angle), middle[1] + size[1] * math.sin(angle), 0.0015 * layer)
            for angle in turn
        ]
    )
    faces = np.array([[0, 1, 2, 3], [0, 3, 4, 5]])
    vertices = corners + _CENTRE
    bias = 0.018 + 0.003 * layer
    builder.add(vertices, faces, on_bone(Bone.HEAD)(vertices), np.tile(colour, (len(faces), 1)), bias)


def _on_front(x: float, y: float, lift: float) -> tuple[float, float, float]:
    """The point of the skull's front at (x, y) against its middle, lifted off it."""
    elevation = math.asin(max(-1.0, min(1.0, y / _HALF_HEIGHT)))
    below = max(0.0, -math.sin(elevation))
    width = _HALF_WIDTH * math.cos(elevation) ** 0.9 * (1 - 0.18 * below**1.5)
    depth = _FRONT * math.cos(elevation) ** 0.75
    return x, y, depth * math.sqrt(max(0.02, 1 - (x / width) ** 2)) + lift
