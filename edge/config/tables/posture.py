"""Who counts as a person, and what of their doings is reported."""

from pydantic import Field

from edge.config.tables.table import Table


class TrackTable(Table):
    """Who is who from frame to frame."""

    birth_hits: int = Field(
        default=3,
        ge=1,
        le=60,
        title="Sightings to be real",
        description="Frames in which somebody must be seen to count as a person. More means fewer phantoms.",
    )
    occlusion_s: float = Field(
        default=1.5,
        ge=0,
        le=60,
        allow_inf_nan=False,
        title="Occlusion",
        description="Seconds for which somebody who is hidden keeps the same track id.",
    )


class PostureTable(Table):
    """What people do."""

    left_after_s: float = Field(
        default=3.0,
        ge=0,
        le=600,
        allow_inf_nan=False,
        title="Left after",
        description="Seconds unseen after which a person has left the room. Not less than track.occlusion_s.",
    )

    camera_height_m: float | None = Field(
        default=None,
        ge=0.2,
        le=6,
        allow_inf_nan=False,
        title="Height of the camera",
        description=(
            "Metres from the floor to the camera. Given together with camera_pitch_deg, the box knows the floor at "
            "once; left out, it learns the floor from people who stand and walk."
        ),
        examples=[2.3],
    )
    camera_pitch_deg: float | None = Field(
        default=None,
        ge=0,
        le=80,
        allow_inf_nan=False,
        title="Pitch of the camera",
        description="Degrees by which the camera looks down from the horizontal. Left out, it is learned as well.",
        examples=[20.0],
    )
    fall_after_s: float = Field(
        default=3.0,
        ge=1,
        le=60,
        allow_inf_nan=False,
        title="Fallen after",
        description="Seconds for which somebody who went down must stay down to have fallen.",
    )
    found_on_floor_s: float = Field(
        default=90.0,
        ge=5,
        le=3600,
        allow_inf_nan=False,
        title="Found on the floor after",
        description="Seconds of lying on the floor after which somebody counts as fallen whom nobody saw fall.",
    )
    long_lie_s: float = Field(
        default=60.0,
        ge=5,
        le=86400,
        allow_inf_nan=False,
        title="Long lie after",
        description="Seconds of being down after a fall that are reported once more, as a long lie.",
    )
    inactivity_s: float = Field(
        default=1800.0,
        ge=10,
        le=86400,
        allow_inf_nan=False,
        title="Inactive after",
        description=(
            "Seconds for which somebody must be in view without moving to be reported as inactive. "
            "Does not count in a bed."
        ),
    )
    help_gesture_s: float = Field(
        default=2.0,
        ge=0.5,
        le=30,
        allow_inf_nan=False,
        title="Gesture for help",
        description="Seconds for which both hands must be held over the head, or waved there, to call for help.",
    )
    set_rest_s: float = Field(
        default=8.0,
        ge=2,
        le=600,
        allow_inf_nan=False,
        title="Rest after a set",
        description="Seconds without a repetition after which a set of an exercise is over.",
    )
