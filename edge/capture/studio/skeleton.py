"""The figure's skeleton: bones, where a stance puts them, and the landmarks they carry.

Proportions are those of an adult of 1.73 m, from common anthropometric shares of body height (thigh 0.25, shin 0.24,
upper arm 0.165, forearm 0.145).
"""

from dataclasses import dataclass
from enum import IntEnum
from typing import Final

import numpy as np

from edge.capture.studio.rotation import Array, from_angles
from edge.capture.studio.stance import Stance
from edge.flow import LANDMARKS

HIP_HALF_WIDTH: Final = 0.092
THIGH: Final = 0.43
SHIN: Final = 0.42
ANKLE_HEIGHT: Final = 0.085
SPINE_BASE: Final = 0.13
CHEST_BASE: Final = 0.27
SHOULDER_HALF_WIDTH: Final = 0.178
SHOULDER_HEIGHT: Final = 0.455
HEAD_BASE: Final = 0.545
UPPER_ARM: Final = 0.285
FOREARM: Final = 0.25
"""Lengths and heights above the pelvis in metres."""


class Bone(IntEnum):
    """Bones, parents before children. A bone's origin is the joint at its upper end."""

    PELVIS = 0
    SPINE = 1
    CHEST = 2
    NECK = 3
    HEAD = 4
    LEFT_UPPER_ARM = 5
    LEFT_FOREARM = 6
    LEFT_HAND = 7
    RIGHT_UPPER_ARM = 8
    RIGHT_FOREARM = 9
    RIGHT_HAND = 10
    LEFT_THIGH = 11
    LEFT_SHIN = 12
    LEFT_FOOT = 13
    RIGHT_THIGH = 14
    RIGHT_SHIN = 15
    RIGHT_FOOT = 16


_PARENTS: Final = np.array([0, 0, 1, 2, 3, 2, 5, 6, 2, 8, 9, 0, 11, 12, 0, 14, 15])

_OFFSETS: Final = np.array(
    [
        (0, 0, 0),
        (0, SPINE_BASE, 0),
        (0, CHEST_BASE - SPINE_BASE, 0),
        (0, HEAD_BASE - CHEST_BASE, 0),
        (0, 0, 0),
        (SHOULDER_HALF_WIDTH, SHOULDER_HEIGHT - CHEST_BASE, 0),
        (0, -UPPER_ARM, 0),
        (0, -FOREARM, 0),
        (-SHOULDER_HALF_WIDTH, SHOULDER_HEIGHT - CHEST_BASE, 0),
        (0, -UPPER_ARM, 0),
        (0, -FOREARM, 0),
        (HIP_HALF_WIDTH, 0, 0),
        (0, -THIGH, 0),
        (0, -SHIN, 0),
        (-HIP_HALF_WIDTH, 0, 0),
        (0, -THIGH, 0),
        (0, -SHIN, 0),
    ],
    dtype=np.float64,
)
"""Each bone's origin in its parent's frame."""

_GENERATIONS: Final = tuple(
    np.array(bones) for bones in ((1, 11, 14), (2, 12, 15), (3, 5, 8, 13, 16), (4, 6, 9), (7, 10))
)
"""Bones by distance from the pelvis, so that each generation is placed in one matrix product."""

_COLLARBONE_FROM_DEG: Final = 60.0
_COLLARBONE_SPAN_DEG: Final = 120.0
_COLLARBONE_LIFT_M: Final = np.array([-0.02, 0.055, 0.0])
"""A shoulder rises and moves inward once the arm is raised past 60°, fully at 180°."""


@dataclass(frozen=True, slots=True, eq=False)
class Bones:
    """Where every bone is.

    Attributes:
        rotations: `(17, 3, 3)` from bone to room.
        origins: `(17, 3)` metres in the room.
    """

    rotations: Array
    origins: Array

    def shifted(self, offset: Array) -> "Bones":
        """The same bones moved by `offset`, `(3,)` metres."""
        return Bones(rotations=self.rotations, origins=self.origins + offset)


class _Points:
    """Points fixed to bones; bulk look-up of where they are."""

    def __init__(self, *points: tuple[Bone, tuple[float, float, float], float]) -> None:
        self._bones = np.array([bone for bone, _, _ in points])
        self._offsets = np.array([offset for _, offset, _ in points], dtype=np.float64)
        self._radii = np.array([radius for _, _, radius in points])

    def places(self, bones: Bones) -> Array:
        turned = (bones.rotations[self._bones] @ self._offsets[..., None])[..., 0]
        return np.asarray(bones.origins[self._bones] + turned)

    def lowest(self, bones: Bones) -> float:
        return float((self.places(bones)[:, 2] - self._radii).min())


def _mirrored(
    *points: tuple[Bone, tuple[float, float, float], float],
) -> tuple[tuple[Bone, tuple[float, float, float], float], ...]:
    """The same points of the right side: each named left bone is three places before its right twin."""
    to_right = 3
    return tuple((Bone(bone + to_right), (-x, y, z), radius) for bone, (x, y, z), radius in points)


_LEFT_LEG_CONTACTS: Final = (
    (Bone.LEFT_FOOT, (0.0, -0.085, 0.17), 0.0),
    (Bone.LEFT_FOOT, (0.0, -0.085, -0.065), 0.0),
    (Bone.LEFT_SHIN, (0.0, 0.0, 0.0), 0.065),
    (Bone.LEFT_THIGH, (0.03, 0.0, -0.02), 0.11),
    (Bone.LEFT_THIGH, (0.0, 0.0, 0.02), 0.10),
    (Bone.LEFT_UPPER_ARM, (0.0, 0.0, 0.0), 0.065),
)
_LEFT_ARM_CONTACTS: Final = (
    (Bone.LEFT_FOREARM, (0.0, 0.0, 0.0), 0.045),
    (Bone.LEFT_HAND, (0.0, -0.03, 0.0), 0.03),
    (Bone.LEFT_HAND, (0.0, -0.15, 0.0), 0.02),
)
_TRUNK_CONTACTS: Final = (
    (Bone.CHEST, (0.0, 0.1, 0.0), 0.125),
    (Bone.CHEST, (0.1, 0.1, 0.0), 0.11),
    (Bone.CHEST, (-0.1, 0.1, 0.0), 0.11),
    (Bone.HEAD, (0.0, 0.12, 0.0), 0.10),
)
_BODY: Final = _Points(*_TRUNK_CONTACTS, *_LEFT_LEG_CONTACTS, *_mirrored(*_LEFT_LEG_CONTACTS))
_LEFT_ARM: Final = _Points(*_LEFT_ARM_CONTACTS)
_RIGHT_ARM: Final = _Points(*_mirrored(*_LEFT_ARM_CONTACTS))
_ANKLES: Final = _Points((Bone.LEFT_FOOT, (0, 0, 0), 0.0), (Bone.RIGHT_FOOT, (0, 0, 0), 0.0))

_ELBOW_RADIUS_M: Final = 0.045
_FINGERTIPS: Final = np.array([0.0, -0.15, 0.0])
_HAND_RADIUS_M: Final = 0.025
"""How high the middle of an elbow and of a hand are when they lie on the floor."""

_SLIDE: Final = 4.0
"""How strongly an arm under the floor turns toward the head: fully once it is a quarter of its length too deep."""

_LEFT_ARM_BONES: Final = (Bone.LEFT_UPPER_ARM, Bone.LEFT_FOREARM, Bone.LEFT_HAND)
_RIGHT_ARM_BONES: Final = (Bone.RIGHT_UPPER_ARM, Bone.RIGHT_FOREARM, Bone.RIGHT_HAND)

_LEFT_LANDMARKS: Final = {
    2: (Bone.HEAD, (0.032, 0.11, 0.082), 0.0),
    1: (Bone.HEAD, (0.019, 0.11, 0.088), 0.0),
    3: (Bone.HEAD, (0.045, 0.11, 0.075), 0.0),
    7: (Bone.HEAD, (0.078, 0.10, 0.0), 0.0),
    9: (Bone.HEAD, (0.025, 0.03, 0.085), 0.0),
    11: (Bone.LEFT_UPPER_ARM, (0.0, 0.0, 0.0), 0.0),
    13: (Bone.LEFT_FOREARM, (0.0, 0.0, 0.0), 0.0),
    15: (Bone.LEFT_HAND, (0.0, 0.0, 0.0), 0.0),
    17: (Bone.LEFT_HAND, (0.0, -0.09, -0.025), 0.0),
    19: (Bone.LEFT_HAND, (0.0, -0.10, 0.025), 0.0),
    21: (Bone.LEFT_HAND, (0.0, -0.06, 0.045), 0.0),
    23: (Bone.LEFT_THIGH, (0.0, 0.0, 0.0), 0.0),
    25: (Bone.LEFT_SHIN, (0.0, 0.0, 0.0), 0.0),
    27: (Bone.LEFT_FOOT, (0.0, 0.0, 0.0), 0.0),
    29: (Bone.LEFT_FOOT, (0.0, -0.05, -0.06), 0.0),
    31: (Bone.LEFT_FOOT, (0.0, -0.06, 0.17), 0.0),
}
"""MediaPipe's landmark numbers of the left side; the right side's follow by mirroring."""

_EYE_LANDMARKS: Final = {1: 4, 2: 5, 3: 6}


def _landmark_points() -> _Points:
    points: dict[int, tuple[Bone, tuple[float, float, float], float]] = {0: (Bone.HEAD, (0.0, 0.075, 0.105), 0.0)}
    for number, (bone, (x, y, z), _) in _LEFT_LANDMARKS.items():
        points[number] = (bone, (x, y, z), 0.0)
        twin = bone if bone is Bone.HEAD else Bone(bone + 3)
        points[_EYE_LANDMARKS.get(number, number + 1)] = (twin, (-x, y, z), 0.0)
    return _Points(*(points[number] for number in range(LANDMARKS)))


_LANDMARKS: Final = _landmark_points()


def landmarks(bones: Bones) -> Array:
    """The true body landmarks, `(33, 3)` metres in the room, in MediaPipe's order."""
    return _LANDMARKS.places(bones)


def forward(stance: Stance, root: Array) -> Bones:
    """Forward kinematics.

    Args:
        stance: The joint angles.
        root: `(3, 3)`, how the pelvis is turned.

    Returns:
        The bones with the pelvis at the origin.
    """
    local = from_angles(_local_angles(stance))
    offsets = _OFFSETS.copy()
    offsets[Bone.LEFT_UPPER_ARM] += _lift(stance.left_shoulder_flexion, stance.left_shoulder_abduction)
    offsets[Bone.RIGHT_UPPER_ARM] += _lift(stance.right_shoulder_flexion, stance.right_shoulder_abduction) * (-1, 1, 1)
    rotations = np.empty((len(Bone), 3, 3))
    origins = np.zeros((len(Bone), 3))
    rotations[0] = root
    for generation in _GENERATIONS:
        parents = _PARENTS[generation]
        turned = rotations[parents]
        origins[generation] = origins[parents] + (turned @ offsets[generation][..., None])[..., 0]
        rotations[generation] = turned @ local[generation]
    return Bones(rotations=rotations, origins=origins)


def place(stance: Stance, root: Array) -> Bones:
    """Forward kinematics, then the body is set on the floor at the stance's place and kept out of the floor.

    The lowest part of body and legs touches the floor; arms that would reach below it are raised until they lie on it,
    unless they carry weight.
    """
    bones = forward(stance, root)
    placed = bones.shifted(_grounding(stance, bones))
    if stance.hands_carry == 0 and stance.ground_contact == 1:
        for upper_arm, forearm, hand in (_LEFT_ARM_BONES, _RIGHT_ARM_BONES):
            _raise(placed, upper_arm, (forearm, hand), placed.origins[forearm], _ELBOW_RADIUS_M)
            fingertips = placed.origins[hand] + placed.rotations[hand] @ _FINGERTIPS
            _raise(placed, forearm, (hand,), fingertips, _HAND_RADIUS_M)
    return placed


def _raise(bones: Bones, pivot: Bone, outer: tuple[Bone, ...], end: Array, clearance: float) -> None:
    """Turn a limb about the origin of bone `pivot` until its `end` is `clearance` above the floor.

    Nothing happens if the end is high enough. The deeper the limb would be, the more it slides toward the head: else an
    arm that passes the vertical would flip over. `outer` are the bones beyond `pivot`. Changes `bones` in place.
    """
    sunk = clearance - float(end[2])
    if sunk <= 0:
        return
    joint = bones.origins[pivot]
    reach = end - joint
    length = float(np.linalg.norm(reach))
    height = min(length, max(-length, clearance - float(joint[2])))
    headward = bones.rotations[Bone.CHEST][:2, 1]
    ahead = reach[:2] / length + _SLIDE * sunk / length * headward
    level = float(np.sqrt(length**2 - height**2))
    target = np.array([*(ahead / max(float(np.linalg.norm(ahead)), np.finfo(np.float64).tiny) * level), height])
    turn = _shortest_turn(reach / length, target / length)
    for bone in outer:
        bones.origins[bone] = joint + turn @ (bones.origins[bone] - joint)
    for bone in (pivot, *outer):
        bones.rotations[bone] = turn @ bones.rotations[bone]


def _shortest_turn(start: Array, end: Array) -> Array:
    """The `(3, 3)` rotation from one unit vector to another that is not its opposite (Rodrigues' formula)."""
    x, y, z = np.cross(start, end)
    cross = np.array([[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]])
    return np.asarray(np.eye(3) + cross + cross @ cross / (1 + start @ end))


def _grounding(stance: Stance, bones: Bones) -> Array:
    """How far bones with the pelvis at the origin must move to stand where the stance says."""
    lowest = _BODY.lowest(bones)
    if stance.hands_carry > 0:
        with_arms = min(lowest, _LEFT_ARM.lowest(bones), _RIGHT_ARM.lowest(bones))
        lowest += stance.hands_carry * (with_arms - lowest)
    ankles = _ANKLES.places(bones).mean(axis=0)
    height = stance.ground_contact * -lowest + (1 - stance.ground_contact) * stance.pelvis_z
    return np.array(
        [
            stance.x - stance.feet_anchor * ankles[0],
            stance.y - stance.feet_anchor * ankles[1],
            height + stance.jump,
        ]
    )


def _lift(flexion: float, abduction: float) -> Array:
    raised = (max(flexion, abduction) - _COLLARBONE_FROM_DEG) / _COLLARBONE_SPAN_DEG
    return np.asarray(_COLLARBONE_LIFT_M * min(1.0, max(0.0, raised)))


def _local_angles(stance: Stance) -> Array:
    """Angles of each bone against its parent, `(17, 3)` degrees: bend about x, spread about z, twist about y."""
    s = stance
    trunk = (s.spine_bend / 2, s.spine_side / 2, s.spine_twist / 2)
    return np.array(
        [
            (0, 0, 0),
            trunk,
            trunk,
            (0, 0, s.neck_turn),
            (s.neck_bend, s.neck_side, 0),
            (-s.left_shoulder_flexion, s.left_shoulder_abduction, s.left_shoulder_twist),
            (-s.left_elbow, 0, 0),
            (0, s.left_wrist, 0),
            (-s.right_shoulder_flexion, -s.right_shoulder_abduction, -s.right_shoulder_twist),
            (-s.right_elbow, 0, 0),
            (0, -s.right_wrist, 0),
            (-s.left_hip_flexion, s.left_hip_abduction, s.left_hip_twist),
            (s.left_knee, 0, 0),
            (-s.left_ankle, 0, 0),
            (-s.right_hip_flexion, -s.right_hip_abduction, -s.right_hip_twist),
            (s.right_knee, 0, 0),
            (-s.right_ankle, 0, 0),
        ]
    )
