"""Notices that starting again does not help, so that the box stays visible instead of coming and going.

systemd starts the service anew whenever it ends, and keeps its runtime folder meanwhile. Every start leaves a mark
there; a run that goes well for a while wipes them off. After a few marks in a row the next start is better spent on
telling the building that the box is blind.
"""

import json
import logging
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

logger = logging.getLogger(__name__)

STARTS: Final = 4
"""Failed starts in a row after which one more would not help: a camera that is slow to appear has had half a minute."""

WELL_S: Final = 60.0
"""A run of so many seconds with results has gone well."""


class Restarts:
    """Counts starts in a row that did not go well.

    Args:
        folder: Kept by systemd between restarts, gone after a reboot; None outside systemd, where nobody restarts us.
    """

    def __init__(self, folder: Path | None) -> None:
        self._file = folder / "starts.json" if folder else None

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] = os.environ) -> "Restarts":
        """As systemd has set up this process."""
        folder = environ.get("RUNTIME_DIRECTORY", "").split(":", 1)[0]
        return cls(Path(folder) if folder else None)

    def begin(self) -> str | None:
        """Mark a start; returns why the last ones failed if there were too many of them, else None."""
        starts, why = self._read()
        if starts >= STARTS:
            self._write(0, "")
            return why or "it ended without a word"
        self._write(starts + 1, why)
        return None

    def failed(self, why: str) -> None:
        """Note what ended this run."""
        self._write(self._read()[0], why)

    def went_well(self) -> None:
        """Wipe off all marks."""
        self._write(0, "")

    def _read(self) -> tuple[int, str]:
        if self._file is None:
            return 0, ""
        try:
            document = json.loads(self._file.read_text(encoding="utf-8"))
            return int(document["starts"]), str(document["why"])
        except (OSError, ValueError, KeyError, TypeError):
            return 0, ""

    def _write(self, starts: int, why: str) -> None:
        if self._file is None:
            return
        try:
            self._file.write_text(json.dumps({"starts": starts, "why": why}), encoding="utf-8")
        except OSError as error:
            logger.warning("%s cannot be written (%s): restarts are not counted", self._file, error.strerror)
