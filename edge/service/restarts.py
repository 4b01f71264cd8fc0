"""Notices that starting again does not help, so that the box stays visible instead of coming and going.

systemd starts the service anew whenever it ends, and keeps its runtime folder meanwhile. Every start leaves a mark
there; a run that goes well for a while wipes them off. After a few marks in a row the next start is better spent on
telling the building that the box is blind. Why runs ended is counted there too, for health.
"""

import json
import logging
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from edge.errors import ExitCode

logger = logging.getLogger(__name__)

STARTS: Final = 4
"""Failed starts in a row after which one more would not help: a camera that is slow to appear has had half a minute."""

WELL_S: Final = 60.0
"""A run of so many seconds with results has gone well."""

KILLED: Final = "killed"
"""How a run ended that left no word: by systemd's watchdog, for want of memory, or by a crash in a library."""

_SILENT: Final = "it ended without a word: killed by the watchdog, for want of memory, or crashed"


@dataclass(frozen=True, slots=True)
class Past:
    """What became of the runs before this one, since the service was started by hand or the box booted.

    Attributes:
        ends: How often a run ended, by the name of its exit code (`source_lost`, …) or `killed`.
        why: What ended the last one, in words; empty when nothing did.
        blind: How often the box stayed up without a picture because starting again did not help.
    """

    ends: Mapping[str, int] = field(default_factory=dict)
    why: str = ""
    blind: int = 0


@dataclass(frozen=True, slots=True)
class _Marks:
    """The file's content: starts in a row that did not go well, whether one is under way, and the past."""

    starts: int = 0
    running: bool = False
    past: Past = field(default_factory=Past)

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> "_Marks":
        ends = {str(name): int(count) for name, count in document.get("ends", {}).items()}
        past = Past(ends, str(document["why"]), int(document.get("blind", 0)))
        return cls(int(document["starts"]), bool(document.get("running", False)), past)

    def as_dict(self) -> dict[str, Any]:
        past = self.past
        return {
            "starts": self.starts,
            "running": self.running,
            "ends": dict(past.ends),
            "why": past.why,
            "blind": past.blind,
        }

    def ended(self, name: str, why: str) -> "_Marks":
        ends = {**self.past.ends, name: self.past.ends.get(name, 0) + 1}
        return replace(self, running=False, past=replace(self.past, ends=ends, why=why))


class Restarts:
    """Counts starts in a row that did not go well, and how runs ended.

    Args:
        folder: Kept by systemd between restarts, gone after a stop or a reboot; None outside systemd, where nobody
            restarts us.
    """

    def __init__(self, folder: Path | None) -> None:
        self._file = folder / "starts.json" if folder else None
        self._marks = self._read()

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] = os.environ) -> "Restarts":
        """As systemd has set up this process."""
        folder = environ.get("RUNTIME_DIRECTORY", "").split(":", 1)[0]
        return cls(Path(folder) if folder else None)

    @property
    def past(self) -> Past:
        """What became of the runs before."""
        return self._marks.past

    def begin(self) -> str | None:
        """Mark a start; returns why the last ones failed if there were too many of them, else None."""
        if self._file is None:
            return None
        marks = self._marks
        if marks.running:
            marks = marks.ended(KILLED, _SILENT)
        if marks.starts >= STARTS:
            self._write(replace(marks, starts=0, past=replace(marks.past, blind=marks.past.blind + 1)))
            return marks.past.why or _SILENT
        self._write(replace(marks, starts=marks.starts + 1, running=True))
        return None

    def failed(self, code: ExitCode, why: str) -> None:
        """Note what ended this run."""
        self._write(self._read().ended(code.name.lower(), why))

    def went_well(self) -> None:
        """Wipe off the marks of failed starts; the run goes on."""
        self._write(replace(self._marks, starts=0))

    def stopped(self) -> None:
        """This run ends because it was told to."""
        self._write(replace(self._marks, starts=0, running=False))

    def _read(self) -> _Marks:
        if self._file is None:
            return _Marks()
        try:
            return _Marks.of(json.loads(self._file.read_text(encoding="utf-8")))
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return _Marks()

    def _write(self, marks: _Marks) -> None:
        self._marks = marks
        if self._file is None:
            return
        try:
            self._file.write_text(json.dumps(marks.as_dict()), encoding="utf-8")
        except OSError as error:
            logger.warning("%s cannot be written (%s): restarts are not counted", self._file, error.strerror)
