"""What a check has found."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How bad it is."""

    OK = "ok"
    WARN = "warn"
    """Works, but worse than it should, or not for long."""
    FAIL = "fail"
    """Does not work."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report.

    Attributes:
        check: What was looked at: `camera`, `broker`, …
        level: How bad it is.
        text: What was found.
        remedy: What to do; empty when all is well.
    """

    check: str
    level: Level
    text: str
    remedy: str = ""

    def as_dict(self) -> dict[str, str]:
        """For JSON."""
        return {"check": self.check, "level": self.level.value, "text": self.text, "remedy": self.remedy}


def ok(check: str, text: str) -> Finding:
    """All is well."""
    return Finding(check, Level.OK, text)


def warn(check: str, text: str, remedy: str) -> Finding:
    """It works, but."""
    return Finding(check, Level.WARN, text, remedy)


def fail(check: str, text: str, remedy: str) -> Finding:
    """It does not work."""
    return Finding(check, Level.FAIL, text, remedy)


def worst(findings: Iterable[Finding]) -> Level:
    """The worst level of all; OK when there are none."""
    order = tuple(Level)
    return max((finding.level for finding in findings), key=order.index, default=Level.OK)
