"""What all tables have in common."""

from pydantic import BaseModel, ConfigDict


class Table(BaseModel):
    """One table of the file. Types are strict: `"30"` is not a number and `1` is not true."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, hide_input_in_errors=True)
