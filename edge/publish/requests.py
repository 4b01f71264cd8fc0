"""What commands look like: the payload of each `cmd/<name>` and of each `cmd/<name>/result`."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

LONGEST_PAUSE_S: Final = 7 * 24 * 3600.0
"""A week. Whoever wants a camera off for longer can say so without a duration, and sees it in Home Assistant."""

LONGEST_IDENTIFY_S: Final = 120.0


class Request(BaseModel):
    """A command without further details."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, hide_input_in_errors=True)

    id: str | None = Field(
        default=None,
        pattern=r"^[A-Za-z0-9_.:+-]{1,64}$",
        description="Chosen by the sender and given back in the result. An id is carried out once within ten minutes.",
    )


class PauseRequest(Request):
    """Look away: no picture is looked at before `resume`, or before the time is over."""

    duration_s: float | None = Field(
        default=None,
        ge=0,
        le=LONGEST_PAUSE_S,
        allow_inf_nan=False,
        description="For how many seconds; left out, until resumed. 0 resumes.",
    )


class ResumeRequest(Request):
    """Look again."""


class IdentifyRequest(Request):
    """Make the box name itself in its log."""

    duration_s: float = Field(
        default=15.0, ge=1, le=LONGEST_IDENTIFY_S, allow_inf_nan=False, description="For how many seconds."
    )


class AckFallRequest(Request):
    """Say that somebody takes care: `fall` in the state goes off."""

    fall_id: str | None = Field(
        default=None, min_length=1, max_length=64, description="Which fall; left out, all of them."
    )


class SetRequest(Request):
    """Change one setting while the box runs."""

    key: str = Field(min_length=1, max_length=64, description="Name in the configuration: pace.max_cpu_percent.")
    value: bool | int | float | Annotated[str, Field(max_length=256)] = Field(
        description="New value, of the type and within the bounds of the configuration."
    )
    persist: bool = Field(default=False, description="Whether it is kept across restarts.")


class ReloadRequest(Request):
    """Read the configuration file again."""


class RestartRequest(Request):
    """End, and be started again by systemd."""


class GetConfigRequest(Request):
    """Tell the configuration in force; secrets are masked."""


class SnapshotLandmarksRequest(Request):
    """Tell the newest landmarks, as JSON."""


REQUESTS: Final[Mapping[str, type[Request]]] = MappingProxyType(
    {
        "pause": PauseRequest,
        "resume": ResumeRequest,
        "identify": IdentifyRequest,
        "ack_fall": AckFallRequest,
        "set": SetRequest,
        "reload": ReloadRequest,
        "restart": RestartRequest,
        "get_config": GetConfigRequest,
        "snapshot_landmarks": SnapshotLandmarksRequest,
    }
)
"""By the name of the command, the last level of its topic."""


class Code(StrEnum):
    """Why a command was refused."""

    UNKNOWN = "unknown"
    MALFORMED = "malformed"
    OVERSIZED = "oversized"
    RETAINED = "retained"
    TOO_MANY = "too_many"
    REPLAYED = "replayed"
    NOT_SETTABLE = "not_settable"
    OUT_OF_BOUNDS = "out_of_bounds"
    REFUSED = "refused"
    FAILED = "failed"


class Result(BaseModel):
    """What became of a command."""

    model_config = ConfigDict(frozen=True, title="Result of a command")

    v: Literal[1] = Field(default=1, description="Version of this shape.")
    command: str = Field(description="Name of the command.")
    id: str | None = Field(description="The request's id; null if it had none or could not be read.")
    ok: bool = Field(description="Whether it was carried out.")
    code: Code | None = Field(default=None, description="Why not, for programs.")
    reason: str | None = Field(default=None, description="Why not, for people.")
    data: dict[str, Any] = Field(default_factory=dict, description="What was asked for.")
