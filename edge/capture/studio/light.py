"""The studio's light: a key lamp from the upper left, a weak fill from the right, and the room's glow."""

from typing import Final

import numpy as np

from edge.capture.studio.rotation import Array


def _direction(x: float, y: float, z: float) -> Array:
    vector = np.array([x, y, z])
    return np.asarray(vector / np.linalg.norm(vector))


TO_KEY: Final = _direction(-0.55, -0.45, 0.70)
"""Unit vector toward the key lamp; shadows fall the other way."""

TO_CEILING: Final = _direction(0.08, 0.05, 1.0)
"""Unit vector toward the glow of the ceiling, which makes the soft shadow around feet."""

_TO_FILL: Final = _direction(0.8, -0.5, 0.3)
_KEY: Final = 0.52
_FILL: Final = 0.16
_GLOW: Final = 0.24
_GLOW_FROM_ABOVE: Final = 0.46
_KEY_WARMTH: Final = np.array([0.03, 0.0, -0.03])
"""Shares of the light, set by eye so that a surface facing the key lamp is a little over 1 and one turned away 0.3."""


def shade(normals: Array) -> Array:
    """How bright surfaces are.

    Args:
        normals: `(n, 3)` unit normals in the room.

    Returns:
        `(n, 3)` factors for red, green and blue.
    """
    glow = _GLOW + _GLOW_FROM_ABOVE * (normals[:, 2] * 0.5 + 0.5)
    key = _KEY * np.clip(normals @ TO_KEY, 0, 1)
    fill = _FILL * np.clip(normals @ _TO_FILL, 0, 1)
    return np.asarray((glow + key + fill)[:, None] + key[:, None] * _KEY_WARMTH)
