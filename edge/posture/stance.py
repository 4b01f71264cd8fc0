"""What posture a person is in."""

from dataclasses import dataclass
from enum import StrEnum

from edge.posture.body import Body


class Posture(StrEnum):
    """How somebody holds themselves."""

    STANDING = "standing"
    SITTING = "sitting"
    LYING = "lying"
    CROUCHING = "crouching"
    BENDING = "bending"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Stance:
    """A person's posture at an instant.

    Attributes:
        posture: As decided, with hysteresis.
        confidence: 0..1.
        on_floor: When lying, whether on the floor; None when not lying or not known.
        moving: Whether the person moves through the room.
    """

    posture: Posture = Posture.UNKNOWN
    confidence: float = 0.0
    on_floor: bool | None = None
    moving: bool = False


class StanceReader:
    """Follows one person's posture."""

    def update(self, body: Body) -> Stance:
        """Take in one instant; `body.t_ns` rises from call to call."""
        del body
        return Stance()
