"""Tells whether two poses are of one person, and how large and where a pose is."""

from typing import Final

import numpy as np

from edge.flow import FloatArray

SHOULDERS: Final = (11, 12)
HIPS: Final = (23, 24)
TORSO: Final = (*SHOULDERS, *HIPS)

_ONE_PERSON_TORSOS: Final = 0.5
"""Mean distance of shoulders and hips, in torso lengths, below which two poses of one frame are one person. The model's
answers for one person differ by 0.05 to 0.2 from one region to the next; people side by side are 0.8 and more apart."""

_SHORTEST_TORSO: Final = 0.02
"""Torso length, in picture heights, below which a torso counts as this long: seen end-on it shrinks to nothing."""


def coincide(one: FloatArray, other: FloatArray, *, aspect: float) -> bool:
    """Whether two poses of one frame show the same person.

    Args:
        one: `(33, 5)` landmarks, as in `Poses`.
        other: The same of the other pose.
        aspect: The frame's width over its height.
    """
    scale = np.array([aspect, 1.0], dtype=np.float32)
    a, b = one[:, :2] * scale, other[:, :2] * scale
    apart = np.linalg.norm(a[TORSO, :] - b[TORSO, :], axis=1).mean()
    # Left and right are often exchanged when the model sees somebody lying, or from behind.
    crossed = np.linalg.norm(a[TORSO, :] - b[(*SHOULDERS[::-1], *HIPS[::-1]), :], axis=1).mean()
    return bool(min(apart, crossed) < _ONE_PERSON_TORSOS * max(torso_length(a), torso_length(b), _SHORTEST_TORSO))


def strangers(poses: FloatArray, known: FloatArray, *, aspect: float) -> list[int]:
    """Indices of the poses that show none of the known people, each person once.

    Args:
        poses: `(n, 33, 5)` landmarks.
        known: `(m, 33, 5)` landmarks of the same frame.
        aspect: The frame's width over its height.
    """
    found: list[int] = []
    for index, pose in enumerate(poses):
        if not any(coincide(pose, other, aspect=aspect) for other in (*known, *poses[found])):
            found.append(index)
    return found


def torso_length(points: FloatArray) -> float:
    """Distance from the shoulders' middle to the hips', in the unit of `points`, `(33, 2)`."""
    return float(np.linalg.norm(points[SHOULDERS, :].mean(axis=0) - points[HIPS, :].mean(axis=0)))
