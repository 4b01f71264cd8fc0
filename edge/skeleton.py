"""The BlazePose skeleton: which of the 33 landmarks are joined by a bone.

Topology as published with the model (Bazarevsky et al., "BlazePose: On-device Real-time Body Pose tracking", 2020).
"""

from typing import Final

FACE: Final = ((0, 1), (1, 2), (2, 3), (3, 7), (0, 4), (4, 5), (5, 6), (6, 8), (9, 10))
TORSO: Final = ((11, 12), (11, 23), (12, 24), (23, 24))
LEFT: Final = (
    (11, 13),
    (13, 15),
    (15, 17),
    (15, 19),
    (15, 21),
    (17, 19),
    (23, 25),
    (25, 27),
    (27, 29),
    (27, 31),
    (29, 31),
)
RIGHT: Final = tuple((start + 1, end + 1) for start, end in LEFT)
"""Right-side landmarks follow their left-side twins by one."""

CONNECTIONS: Final = (*FACE, *TORSO, *LEFT, *RIGHT)
"""35 pairs of landmark numbers."""
