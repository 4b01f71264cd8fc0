"""Rotations of the figure: matrices for bones, quaternions for the body as a whole.

Two right-handed frames are in use. The **room**: x to the camera's right, y away from the camera, z up, metres, the
camera above the origin. The **body**: x to the figure's left, y up along the spine, z to the front.
"""

import math
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[np.float64]

_NEARLY_PARALLEL: Final = 0.9995
"""Cosine above which slerp would divide by a vanishing sine; interpolating straight is then exact to 1e-7."""

_UPRIGHT_DEG: Final = 90.0
"""Turning the body frame by this about x makes "up the spine" the room's z and lets the figure face the camera."""


def from_angles(degrees: Array) -> Array:
    """Bone rotations `Rx(a) @ Rz(b) @ Ry(c)`: bend, then spread sideways, then twist about the bone.

    Args:
        degrees: `(n, 3)`, the angles a, b, c of each bone.

    Returns:
        `(n, 3, 3)` rotation matrices.
    """
    radians = np.radians(degrees)
    (sa, sb, sc), (ca, cb, cc) = np.sin(radians).T, np.cos(radians).T
    matrices = np.empty((len(degrees), 3, 3))
    matrices[:, 0] = np.stack([cb * cc, -sb, cb * sc], axis=1)
    matrices[:, 1] = np.stack([ca * sb * cc + sa * sc, ca * cb, ca * sb * sc - sa * cc], axis=1)
    matrices[:, 2] = np.stack([sa * sb * cc - ca * sc, sa * cb, sa * sb * sc + ca * cc], axis=1)
    return matrices


def about_vertical(degrees: float) -> Array:
    """The `(3, 3)` rotation about the room's z axis, counter-clockwise seen from above."""
    s, c = math.sin(math.radians(degrees)), math.cos(math.radians(degrees))
    return np.array([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]])


def facing(heading: float, pitch: float = 0.0, roll: float = 0.0) -> Array:
    """How the body as a whole is turned, from body to room.

    Args:
        heading: Degrees about the vertical; 0 looks at the camera, 90 along the room's x.
        pitch: Degrees the body tips forward; 90 is face down, -90 on its back.
        roll: Degrees the body tips over its right side; 90 lies on it.

    Returns:
        A unit quaternion `(4,)`, w x y z.
    """
    return _product(_product(_about("z", heading), _about("x", _UPRIGHT_DEG + pitch)), _about("z", roll))


def matrix(quaternion: Array) -> Array:
    """The `(3, 3)` matrix of a unit quaternion."""
    w, x, y, z = (float(part) for part in quaternion)
    return np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
            [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
            [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
        ]
    )


def slerp(start: Array, end: Array, share: float) -> Array:
    """The quaternion `share` (0..1) of the shorter way from `start` to `end`, at constant angular speed."""
    cosine = float(start @ end)
    if cosine < 0:
        end, cosine = -end, -cosine
    if cosine > _NEARLY_PARALLEL:
        straight = start + (end - start) * share
        return np.asarray(straight / np.linalg.norm(straight))
    angle = math.acos(cosine)
    return np.asarray((math.sin((1 - share) * angle) * start + math.sin(share * angle) * end) / math.sin(angle))


def turned_about_vertical(quaternion: Array, degrees: float) -> Array:
    """A turn of the body, `(4,)`, followed by one about the room's z axis, counter-clockwise seen from above."""
    return _product(_about("z", degrees), quaternion)


def _about(axis: str, degrees: float) -> Array:
    quaternion = np.zeros(4)
    quaternion[0] = math.cos(math.radians(degrees) / 2)
    quaternion["wxyz".index(axis)] = math.sin(math.radians(degrees) / 2)
    return quaternion


def _product(first: Array, second: Array) -> Array:
    w, v = first[0], first[1:]
    u, r = second[0], second[1:]
    return np.concatenate([[w * u - v @ r], w * r + u * v + np.cross(v, r)])
