"""Who the box is, and how the daemon behaves on its host."""

from typing import Literal

from pydantic import Field

from edge.config.forms import DeviceId, host_id
from edge.config.tables.table import Table


class DeviceTable(Table):
    """Who this box is."""

    id: DeviceId = Field(
        default_factory=host_id,
        title="Device id",
        description=(
            "Names the box in every topic and to the broker. Must differ from box to box; "
            "left out, it is made from the host name."
        ),
        examples=["bar1"],
    )


class ServiceTable(Table):
    """How the daemon behaves on its host."""

    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", title="Log level", description="The least important messages that are still logged."
    )
    log_format: Literal["text", "json"] = Field(
        default="text",
        title="Log format",
        description="How log lines are written: text for people and the journal, json for log collectors.",
    )
