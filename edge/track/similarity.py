"""How much a pose looks like the one expected of a person: object keypoint similarity.

The measure is that of the COCO keypoint challenge (Lin et al., 2014; https://cocodataset.org/#keypoints-eval): a
Gaussian of each joint's distance, as wide as people who annotate pictures disagree about that joint, scaled by the
size of the body. Here the size is the torso's length, and the Gaussians widen with the time since the person was seen.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from edge.track.geometry import JOINTS, Points

_COCO_SIGMAS: Final = (0.026, 0.079, 0.079, 0.072, 0.072, 0.062, 0.062, 0.107, 0.107, 0.087, 0.087, 0.089, 0.089)
"""COCO's spread of each of `JOINTS`, as a share of the square root of the body's area."""

_BODY_SIDE_TORSOS: Final = 1.35
"""Square root of the area of somebody upright, in torso lengths: 3.3 tall, 1.1 wide, half of it filled."""

_SPREAD: Final = 2 * _BODY_SIDE_TORSOS * np.array(_COCO_SIGMAS)
"""Standard deviation of each joint in torso lengths, with COCO's factor of two: nose 0.07, shoulders 0.21, hips
0.29."""


def similarity(expected: Points, seen: Points, *, scale: NDArray[np.float64], slack: NDArray[np.float64]) -> Points:
    """Similarity 0..1 of every person to every pose.

    Args:
        expected: `(m, 33, 2)`, where each person is expected, in frame heights.
        seen: `(n, 33, 2)`, the poses of a frame, in frame heights.
        scale: `(m,)`, each person's torso length in frame heights.
        slack: `(m,)`, how far in torso lengths the person may be from where expected.

    Returns:
        `(m, n)`.
    """
    gap = expected[:, None, JOINTS, :] - seen[None, :, JOINTS, :]
    distance = (gap * gap).sum(axis=-1)
    spread = (_SPREAD[None, :] + slack[:, None]) * scale[:, None]
    return np.exp(-distance / (2.0 * spread[:, None, :] ** 2)).mean(axis=-1)  # type: ignore[no-any-return]
