"""A stance: every joint angle of the figure and how it meets the ground."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from operator import attrgetter
from typing import Final, TypeAlias

Changes: TypeAlias = Mapping[str, float]
"""New values for some fields of a `Stance`, by field name."""


@dataclass(frozen=True, slots=True)
class Stance:
    """Joint angles in degrees (0 is standing to attention), placement in metres.

    Attributes:
        spine_bend: Trunk forward, spread over two bones.
        spine_side: Trunk to its right.
        spine_twist: Trunk turned to its left.
        neck_bend: Chin down.
        neck_turn: Face to the left.
        neck_side: Head to the right shoulder.
        left_shoulder_flexion: Arm raised forward; 180 is straight up. The right arm and the legs alike.
        left_shoulder_abduction: Arm raised sideways.
        left_shoulder_twist: Arm turned about itself.
        left_elbow: Bent; 0 is straight.
        left_wrist: Hand sideways.
        left_hip_flexion: Thigh raised forward.
        left_hip_abduction: Thigh sideways.
        left_hip_twist: Toes outward.
        left_knee: Bent; 0 is straight.
        left_ankle: Toes toward the shin; negative points the foot.
        x: Where the figure is, room metres to the camera's right.
        y: Where the figure is, room metres from the camera.
        feet_anchor: 1 puts the middle between the ankles at (x, y), 0 the pelvis.
        ground_contact: 1 lets the lowest part of the body touch the floor, 0 puts the pelvis at `pelvis_z`.
        pelvis_z: Height of the pelvis without ground contact.
        jump: Height above the ground contact.
        hands_carry: 1 when arms bear weight (push-up), 0 when they must only stay above the floor.
        surface_z: Height of what the shadow falls on: 0 floor, 0.44 bed.
    """

    spine_bend: float = 0.0
    spine_side: float = 0.0
    spine_twist: float = 0.0
    neck_bend: float = 0.0
    neck_turn: float = 0.0
    neck_side: float = 0.0
    left_shoulder_flexion: float = 0.0
    left_shoulder_abduction: float = 8.0
    left_shoulder_twist: float = 0.0
    left_elbow: float = 8.0
    left_wrist: float = 0.0
    right_shoulder_flexion: float = 0.0
    right_shoulder_abduction: float = 8.0
    right_shoulder_twist: float = 0.0
    right_elbow: float = 8.0
    right_wrist: float = 0.0
    left_hip_flexion: float = 0.0
    left_hip_abduction: float = 3.0
    left_hip_twist: float = 0.0
    left_knee: float = 0.0
    left_ankle: float = 0.0
    right_hip_flexion: float = 0.0
    right_hip_abduction: float = 3.0
    right_hip_twist: float = 0.0
    right_knee: float = 0.0
    right_ankle: float = 0.0
    x: float = 0.0
    y: float = 3.3
    feet_anchor: float = 1.0
    ground_contact: float = 1.0
    pelvis_z: float = 0.0
    jump: float = 0.0
    hands_carry: float = 0.0
    surface_z: float = 0.0

    def changed(self, changes: Changes) -> "Stance":
        """The same stance with some fields set anew; a name that is not a field raises TypeError."""
        return replace(self, **changes)

    def moved(self, amounts: Changes) -> "Stance":
        """The same stance with `amounts` added to some fields."""
        return replace(self, **{name: getattr(self, name) + amount for name, amount in amounts.items()})

    def mixed(self, other: "Stance", share: float) -> "Stance":
        """The stance `share` (0..1) of the way to `other`, field by field."""
        return Stance(*(a + (b - a) * share for a, b in zip(_values(self), _values(other), strict=True)))


_values = attrgetter(*(field.name for field in fields(Stance)))


def left(**joints: float) -> dict[str, float]:
    """Changes to the left limbs: `left(elbow=90)` sets `left_elbow`."""
    return {f"left_{name}": value for name, value in joints.items()}


def right(**joints: float) -> dict[str, float]:
    """Changes to the right limbs: `right(elbow=90)` sets `right_elbow`."""
    return {f"right_{name}": value for name, value in joints.items()}


def both(**joints: float) -> dict[str, float]:
    """The same changes to the limbs of both sides."""
    return left(**joints) | right(**joints)


ARMS_DOWN: Final[Changes] = both(shoulder_flexion=0, shoulder_abduction=8, shoulder_twist=0, elbow=8)
"""Arms hanging loosely."""

TRUNK_UPRIGHT: Final[Changes] = {
    "spine_bend": 0.0,
    "spine_side": 0.0,
    "spine_twist": 0.0,
    "neck_bend": 0.0,
    "neck_turn": 0.0,
    "neck_side": 0.0,
}
"""Trunk and head straight."""

STANDING: Final[Changes] = {
    **ARMS_DOWN,
    **TRUNK_UPRIGHT,
    **both(hip_flexion=0, hip_abduction=3, hip_twist=0, knee=0, ankle=0),
    "jump": 0.0,
}
"""Every joint as when standing at ease."""

SITTING: Final[Changes] = {
    **both(hip_flexion=88, hip_abduction=8, knee=88, ankle=0),
    **both(shoulder_flexion=28, shoulder_abduction=6, shoulder_twist=-15, elbow=55),
    "spine_bend": 4.0,
}
"""Upright on a seat at knee height, forearms on the thighs."""
