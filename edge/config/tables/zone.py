"""Named parts of the room."""

from typing import Literal

from pydantic import Field

from edge.config.forms import HoursOfDay, Outline, ZoneName
from edge.config.tables.table import Table

MOST_ZONES = 32
"""More than a room has things; a longer list is a mistake in whatever wrote it."""


class ZoneTable(Table):
    """Named parts of the room, one `[[zones]]` each; docs/events.md says what each kind changes."""

    name: ZoneName = Field(
        title="Name", description="What the zone is called in events; no two have the same.", examples=["bed1"]
    )
    kind: Literal["bed", "sofa", "chair", "floor", "mat", "station", "door", "ignore"] = Field(
        title="Kind",
        description=(
            "What is there. Lying in a bed or on a sofa is rest, on a mat it may be exercise; a station is for one "
            "exercise; people in a zone to ignore (a mirror, a television) are not reported."
        ),
        examples=["bed"],
    )
    polygon: Outline = Field(
        title="Polygon",
        description=(
            "Its corners [x, y] in 0 to 1, from the top left of the turned and flipped picture. Furniture as it is "
            "seen; of a station, a mat or a door the floor, where feet stand."
        ),
        examples=[[[0.1, 0.5], [0.6, 0.5], [0.7, 0.9], [0.1, 0.9]]],
    )
    exercise: Literal["squat", "pushup", "situp", "jumping_jack", "lunge", "bicep_curl", "plank"] | None = Field(
        default=None,
        title="Exercise",
        description="The only exercise to count at this station. Left out, the box recognises which it is.",
        examples=["squat"],
    )
    hours: HoursOfDay | None = Field(
        default=None,
        title="Hours of rest",
        description="When leaving this bed is a bed exit, by the clock of the box's host. Left out: never.",
        examples=["22:00-07:00"],
    )
