"""What is sent to the broker, and how Home Assistant is told."""

from typing import Literal

from pydantic import Field

from edge.config.forms import TopicPrefix
from edge.config.tables.table import Table


class PublishTable(Table):
    """What is sent, and how often."""

    landmark_rate_hz: float = Field(
        default=10.0,
        ge=0,
        le=60,
        allow_inf_nan=False,
        title="Landmark rate",
        description="Most landmark messages a second. 0 sends none; events and state are sent all the same.",
    )
    landmark_format: Literal["binary", "json"] = Field(
        default="binary",
        title="Landmark format",
        description="How landmarks are written: binary (compact, docs/wire-format.md) or json (to try things out).",
    )
    health_interval_s: float = Field(
        default=10.0,
        ge=1,
        le=3600,
        allow_inf_nan=False,
        title="Health interval",
        description="Seconds between two health messages.",
    )


class DiscoveryTable(Table):
    """How Home Assistant is told of the box."""

    enabled: bool = Field(
        default=True,
        title="Discovery",
        description="Announces the box, so that Home Assistant shows it as a device by itself.",
    )
    prefix: TopicPrefix = Field(
        default="homeassistant",
        title="Discovery prefix",
        description="Where Home Assistant listens for announcements: the same as in its MQTT integration.",
    )
