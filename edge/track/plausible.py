"""Which poses can be a body at all, and which look enough like one to begin a person with."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from edge.track.geometry import TRUNK, Points, extent, torso_length
from edge.track.sighting import Sighting

_FARTHEST_OUTSIDE: Final = 2.5
"""How far from the picture's middle a landmark may lie, in frame widths or heights. Poses of people reach 1.9."""

_SHARE_IN_FRAME: Final = 0.2
"""Of the landmarks. The lowest of 83,000 poses of people, cut off by the picture's edge, was 0.21."""

_SMALLEST_EXTENT: Final = 0.03
"""Diagonal of the skeleton in frame heights. The smallest person in 250 recordings had 0.068; a collapsed skeleton has
0."""

_LONGEST_TORSO_SHARE: Final = 0.9
"""Of that diagonal. People reach 0.83: the rest of the skeleton has collapsed into the trunk beyond."""

_BIRTH: Final = (0.6, 0.5, 0.62, 0.16, 0.07, 0.25)
"""Lowest presence, visibility of the trunk (a table may hide the hips), visibility of all landmarks, and in metres of
the world landmarks: shoulder width, head width, length of an arm. Near the second percentile of people in 250
recordings; together they keep out three quarters of the poses that the model found in furniture and curtains."""

_BIRTH_LONGEST_TORSO_SHARE: Final = 0.5
"""Of the skeleton's diagonal: the 98th percentile of people; half of the poses found in furniture lie above."""


def plausible(pose: Sighting) -> bool:
    """Whether a pose is finite, in the picture and not collapsed."""
    return (
        pose.finite
        and pose.share_in_frame >= _SHARE_IN_FRAME
        and pose.farthest <= _FARTHEST_OUTSIDE
        and pose.extent >= _SMALLEST_EXTENT
        and pose.torso_length <= _LONGEST_TORSO_SHARE * pose.extent
    )


def body_evidence(pose: Sighting, xy: Points) -> NDArray[np.float64]:
    """What `looks_like_a_body` judges, of one pose; may be averaged over several.

    Args:
        pose: The pose.
        xy: Its `(33, 2)` points in frame heights, smoothed if they are.

    Returns:
        `(7,)`: presence, visibility of the trunk and of everything, shoulder width, head width and arm length in
        metres, torso length as a share of the skeleton's diagonal.
    """
    bones = pose.world[(12, 8, 13, 15, 14, 16), :3] - pose.world[(11, 7, 11, 13, 12, 14), :3]
    shoulders, head, *arms = np.sqrt((bones * bones).sum(axis=1)).tolist()
    presence = pose.landmarks[:, 4].mean()
    visibility = pose.landmarks[:, 3]
    trunk = visibility[TRUNK,].mean()
    share = torso_length(xy) / extent(xy)
    return np.array([presence, trunk, visibility.mean(), shoulders, head, sum(arms) / 2, share])


def looks_like_a_body(evidence: NDArray[np.float64]) -> bool:
    """Whether a skeleton has a body's proportions and is seen well enough to begin a person with."""
    return bool((evidence[:6] >= _BIRTH).all() and evidence[6] <= _BIRTH_LONGEST_TORSO_SHARE)
