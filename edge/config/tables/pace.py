"""How often the model looks."""

from pydantic import Field

from edge.config.tables.table import Table


class PaceTable(Table):
    """Which frames are worth a model run."""

    max_inference_fps: float = Field(
        default=30.0,
        ge=1,
        le=60,
        allow_inf_nan=False,
        title="Most model runs",
        description=(
            "The most frames a second the model looks at, when somebody moves. Fewer keep the box cooler. "
            "In an empty room, and while people are still, it looks far less often by itself."
        ),
    )
    min_inference_fps: float = Field(
        default=5.0,
        ge=0.5,
        le=60,
        allow_inf_nan=False,
        title="Fewest model runs",
        description=(
            "The fewest frames a second the model looks at while somebody is falling or lies on the floor, however hot "
            "or busy the box is. More than max_inference_fps counts as max_inference_fps."
        ),
    )
    heartbeat_s: float = Field(
        default=3.0,
        ge=0.5,
        le=60,
        allow_inf_nan=False,
        title="Heartbeat",
        description=(
            "Seconds between two looks at an empty room in which nothing moves. They find those who came in too slowly "
            "to be seen moving, or were there from the start."
        ),
    )
    max_cpu_percent: float = Field(
        default=100.0,
        ge=5,
        le=800,
        allow_inf_nan=False,
        title="Most CPU",
        description="Share of the processor that pose-edge may use, in percent of one core. A Pi has 400.",
    )
    max_temperature_c: float = Field(
        default=75.0,
        ge=40,
        le=100,
        allow_inf_nan=False,
        title="Highest temperature",
        description=(
            "Degrees Celsius of the processor from which the model looks less often, step by step. "
            "A Pi holds its processor back at 80 to 85 degrees."
        ),
    )
