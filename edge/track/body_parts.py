"""Which landmarks move as one: the mean of a part is less noisy than a landmark."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

PARTS: Final = (
    tuple(range(11)),
    (11, 12),
    (13,),
    (14,),
    (15, 17, 19, 21),
    (16, 18, 20, 22),
    (23, 24),
    (25,),
    (26,),
    (27, 29, 31),
    (28, 30, 32),
)
"""Face, shoulders, elbows, hands, hips, knees, feet."""


def _mean_of_parts() -> NDArray[np.float64]:
    mean = np.zeros((33, 33))
    for part in PARTS:
        for landmark in part:
            mean[landmark, part] = 1.0 / len(part)
    return mean


PART_MEAN: Final = _mean_of_parts()
"""`(33, 33)`: takes landmarks to the mean of their part."""
