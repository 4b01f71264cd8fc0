"""A damaged outbox file: what can be saved of it, and where it goes."""

import contextlib
import json
import sqlite3
from collections.abc import Container, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from edge.publish.outbox_file import APPLICATION_ID, COLUMNS, Batch, OutboxFile, StorageError, from_row
from edge.publish.stored import Limits, StoredEvent

_KEPT: Final = 3
"""Damaged files kept for inspection; a card that fails every night must not fill itself with them."""

_COMPANIONS: Final = ("-wal", "-shm", "-journal")
"""What SQLite puts beside the file, by the end of the name."""


@dataclass(frozen=True, slots=True)
class Rescued:
    """What could still be read from a damaged file.

    Attributes:
        events: Waiting events, in order.
        notes: Notes by name.
    """

    events: tuple[StoredEvent, ...] = ()
    notes: Mapping[str, bytes] = field(default_factory=dict)


def replaced(
    path: Path, limits: Limits, *, below: int, skip: Container[int], unix_s: float
) -> tuple[Path, OutboxFile, Rescued]:
    """Set a damaged file aside and begin a new one with what could be saved.

    Args:
        path: The damaged file.
        limits: Of the new one.
        below: Only events with lower numbers are taken over, and the new file's own begin here.
        skip: Numbers of events that were delivered.
        unix_s: Wall time, for the name.

    Returns:
        Where the damaged file is now, the new one, and what was saved.

    Raises:
        StorageError: The disk does not allow it.
    """
    found = rescue(path)
    saved = replace(found, events=tuple(one for one in found.events if one.seq < below and one.seq not in skip))
    aside = set_aside(path, unix_s=unix_s)
    file = OutboxFile(path, limits)
    try:
        file.write(Batch(saved.events, notes=saved.notes, last_seq=below - 1))
    except StorageError:
        file.close()
        raise
    return aside, file, saved


def rescue(path: Path) -> Rescued:
    """Read what is still whole in a damaged file; never raises for its content."""
    events: list[StoredEvent] = []
    notes: dict[str, bytes] = {}
    with contextlib.suppress(sqlite3.Error), contextlib.closing(sqlite3.connect(path)) as db:
        if db.execute("PRAGMA application_id").fetchone() != (APPLICATION_ID,):
            return Rescued()
        with contextlib.suppress(sqlite3.Error):
            notes.update(row for row in db.execute("SELECT name, value FROM notes") if _is_note(row))
        for row in db.execute(f"SELECT {COLUMNS} FROM events ORDER BY seq"):  # noqa: S608 - our own names
            if _is_whole(row):
                events.append(from_row(row))  # noqa: PERF401 - keeps what came before an error
    return Rescued(tuple(events), notes)


def _is_note(row: tuple[object, ...]) -> bool:
    return isinstance(row[0], str) and isinstance(row[1], bytes)


def _is_whole(row: tuple[object, ...]) -> bool:
    """Whether a row of a damaged file is an event: its payload must be JSON that says the same as its columns."""
    seq, ulid, *times, boot, payload = row
    if not isinstance(payload, bytes) or not isinstance(boot, str) or not all(isinstance(one, int) for one in times):
        return False
    try:
        document = json.loads(payload)
    except (ValueError, RecursionError):
        return False
    return isinstance(document, dict) and document.get("id") == ulid and document.get("seq") == seq


def set_aside(path: Path, *, unix_s: float) -> Path:
    """Rename a damaged file, with its log, to a name that carries the date; only the newest few of these are kept.

    Raises:
        StorageError: It cannot be renamed.
    """
    stamp = datetime.fromtimestamp(unix_s, UTC).strftime("%Y%m%dT%H%M%S.%fZ")
    aside = path.with_name(f"{path.name}.damaged-{stamp}")
    try:
        path.replace(aside)
        for suffix in _COMPANIONS:
            with contextlib.suppress(FileNotFoundError):
                path.with_name(path.name + suffix).replace(aside.with_name(aside.name + suffix))
        earlier = sorted(
            one for one in path.parent.glob(f"{path.name}.damaged-*") if not one.name.endswith(_COMPANIONS)
        )
        for old in earlier[:-_KEPT]:
            for suffix in ("", *_COMPANIONS):
                old.with_name(old.name + suffix).unlink(missing_ok=True)
    except OSError as error:
        raise StorageError(f"{path} is damaged and cannot be renamed: {error.strerror}") from error
    return aside
