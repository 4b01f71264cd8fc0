"""The camera, and how its pictures are turned and masked."""

from typing import Literal

from pydantic import Field

from edge.config.forms import Polygons, SourceUri
from edge.config.tables.table import Table


class SourceTable(Table):
    """Where frames come from."""

    uri: SourceUri = Field(
        default="picamera",
        repr=False,
        title="Source",
        description=(
            "The camera to watch: picamera (the Pi's own), v4l2:0 (USB), rtsp://… (network), "
            "file:PATH (a recording) or studio:SCENE (a rendered person, for trials without a camera)."
        ),
    )
    width: int = Field(
        default=640,
        ge=160,
        le=1920,
        multiple_of=2,
        title="Width",
        description="Width of the pictures asked of the camera, in pixels. The model looks at 256×256 of a person.",
    )
    height: int = Field(
        default=480,
        ge=120,
        le=1080,
        multiple_of=2,
        title="Height",
        description="Height of the pictures asked of the camera, in pixels.",
    )
    fps: float = Field(
        default=30.0,
        ge=1,
        le=60,
        allow_inf_nan=False,
        title="Frame rate",
        description="Pictures a second asked of the camera. A recording keeps its own rate.",
    )
    rotation: Literal[0, 90, 180, 270] = Field(
        default=0,
        title="Rotation",
        description="Degrees by which the picture is turned clockwise, for a camera hung sideways or upside down.",
    )
    hflip: bool = Field(
        default=False, title="Flip left and right", description="Mirrors the picture, after it was turned."
    )
    vflip: bool = Field(
        default=False, title="Flip top and bottom", description="Turns the picture on its head, after it was turned."
    )
    loop: bool = Field(
        default=False,
        title="Loop",
        description="Starts a recording (file:PATH) or a scene of the studio again when it ends, instead of leaving.",
    )
    seed: int = Field(
        default=0,
        ge=0,
        le=2**31 - 1,
        title="Seed",
        description="Chooses the person and the noise of the studio: the same number gives the same pictures.",
    )
    privacy_masks: Polygons = Field(
        default=(),
        max_length=32,
        title="Privacy masks",
        description=(
            "Parts of the picture that are blackened before anything looks at it: polygons of [x, y] in 0 to 1, "
            "from the top left of the turned and flipped picture."
        ),
        examples=[[[[0.0, 0.0], [0.3, 0.0], [0.3, 1.0], [0.0, 1.0]]]],
    )
    read_timeout_s: float = Field(
        default=5.0,
        ge=0.1,
        le=60,
        allow_inf_nan=False,
        title="Read timeout",
        description="Seconds without a picture after which the camera counts as offline.",
    )
