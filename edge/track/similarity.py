"""How much a pose looks like the one expected of a person: object keypoint similarity.

The measure is that of the COCO keypoint challenge (Lin et al., 2014; https://cocodataset.org/#keypoints-eval): a
Gaussian of each joint's distance, as wide as people who annotate pictures disagree about that joint, scaled by the
size of the body. Here the size is the torso's length, and the Gaussians widen with the time since the person was seen.
"""

import math
from typing import Final

from edge.track.geometry import JOINTS, Rows

_COCO_SIGMAS: Final = (0.026, 0.079, 0.079, 0.072, 0.072, 0.062, 0.062, 0.107, 0.107, 0.087, 0.087, 0.089, 0.089)
"""COCO's spread of each of `JOINTS`, as a share of the square root of the body's area."""

_BODY_SIDE_TORSOS: Final = 1.35
"""Square root of the area of somebody upright, in torso lengths: 3.3 tall, 1.1 wide, half of it filled."""

_SPREAD: Final = tuple(
    (joint, 2 * _BODY_SIDE_TORSOS * sigma) for joint, sigma in zip(JOINTS, _COCO_SIGMAS, strict=True)
)
"""Each joint with its standard deviation in torso lengths, with COCO's factor of two: nose 0.07, shoulders 0.21, hips
0.29."""


def similarity(expected: Rows, seen: Rows, *, scale: float, slack: float) -> float:
    """Similarity 0..1 of a person and a pose.

    Args:
        expected: The 33 points where the person is expected, in frame heights.
        seen: The 33 points of the pose, in frame heights.
        scale: The person's torso length in frame heights.
        slack: How far in torso lengths the person may be from where expected.
    """
    total = 0.0
    for joint, spread in _SPREAD:
        (expected_x, expected_y), (x, y) = expected[joint], seen[joint]
        across, down, wide = x - expected_x, y - expected_y, (spread + slack) * scale
        total += math.exp(-(across * across + down * down) / (2.0 * wide * wide))
    return total / len(_SPREAD)
