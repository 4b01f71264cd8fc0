"""The outbox's file: events and notes in SQLite, safe against a killed process and a cut power supply.

One connection, in write-ahead mode with an exclusive lock. The lock keeps a second daemon out, and without it SQLite
would need shared memory beside the file, which a full disk has no room for.

Events are written with `synchronous=FULL`, that is one fsync for each transaction: with NORMAL a power cut would take
the events of the last half minute, and power cuts are when people fall. Forgetting delivered events is written without
fsync: if that is lost, they are delivered once more, under the same id.
"""

import contextlib
import os
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from edge.publish.stored import Limits, Lost, StoredEvent

APPLICATION_ID: Final = 0x506F4564
"""Marks the file as ours ("PoEd"), so that nothing else is ever overwritten."""

_LAYOUT: Final = 1
"""Version of the tables."""

_CACHE_KIB: Final = 256
_WAL_BYTES: Final = 512 * 1024
"""What the write-ahead log may keep after it was copied into the file."""

_REFILL: Final = 0.99
"""Share of a limit to which events are given up at a time: finding them means reading all, too much for every event."""

_TABLES: Final = """
CREATE TABLE events (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL,
    alarm INTEGER NOT NULL,
    t_ns INTEGER NOT NULL,
    unix_ms INTEGER NOT NULL,
    boot TEXT NOT NULL,
    payload BLOB
) STRICT;
CREATE TABLE notes (name TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID;
"""
"""An event without payload was delivered. Only the newest stays like that: it tells how far the numbers have come."""

COLUMNS: Final = "seq, id, alarm, t_ns, unix_ms, boot, payload"
"""Of an event, in the order of `from_row`."""


class StorageError(Exception):
    """The file cannot be used now: disk full, read-only, locked, failing. The text says what and what to do.

    Attributes:
        readable: Whether what is in an open file can still be read.
    """

    def __init__(self, text: str, *, readable: bool = False) -> None:
        super().__init__(text)
        self.readable = readable


class DamagedError(StorageError):
    """The file's content is damaged, or is not an outbox."""


def from_row(row: tuple[int, str, int, int, int, str, bytes]) -> StoredEvent:
    """An event from its columns."""
    seq, ulid, alarm, t_ns, unix_ms, boot, payload = row
    return StoredEvent(seq, ulid, bool(alarm), t_ns, unix_ms, boot, payload)


@dataclass(frozen=True, slots=True)
class _Tally:
    """What the file holds: number of waiting events, sum of their payloads, highest number ever written."""

    waiting: int
    payload_bytes: int
    last_seq: int


@dataclass(frozen=True, slots=True)
class Batch:
    """What is carried to the disk at once.

    Attributes:
        events: New ones, with numbers above all written before.
        forget: Numbers of events that were delivered.
        notes: Replaces notes by name; None removes one.
        last_seq: The highest number in use, if delivered events were never written.
    """

    events: tuple[StoredEvent, ...] = ()
    forget: tuple[int, ...] = ()
    notes: Mapping[str, bytes | None] = field(default_factory=dict)
    last_seq: int = 0


class OutboxFile:
    """An open file. Used by one thread at a time. Every method raises `StorageError` when the disk fails.

    Args:
        path: Where it is, or will be; the folder must exist.
        limits: How much may wait.

    Raises:
        StorageError: It cannot be opened or created.
        DamagedError: It is damaged; `set_aside` and open again.
    """

    def __init__(self, path: Path, limits: Limits) -> None:
        self._path = path
        self._limits = limits
        self._full_sync = True
        try:
            self._db = sqlite3.connect(path, timeout=1.0, isolation_level=None, check_same_thread=False)
        except sqlite3.Error as error:
            raise _explained(error, path) from error
        try:
            self._prepare()
            self._tally = self._count()
            self.notes: Mapping[str, bytes] = dict(self._db.execute("SELECT name, value FROM notes"))
            """Notes by name, as they were found."""
        except DamagedError:
            self._db.close()
            raise
        except sqlite3.Error as error:
            self._db.close()
            raise _explained(error, path) from error

    def _prepare(self) -> None:
        run = self._db.execute
        run("PRAGMA locking_mode=EXCLUSIVE")
        run(f"PRAGMA cache_size=-{_CACHE_KIB}")
        run("PRAGMA temp_store=MEMORY")
        new = run("PRAGMA page_count").fetchone() == (0,)
        if not new and run("PRAGMA application_id").fetchone() != (APPLICATION_ID,):
            raise DamagedError(f"{self._path} is not an outbox of pose-edge")
        run("PRAGMA journal_mode=WAL")
        run("PRAGMA synchronous=FULL")
        run(f"PRAGMA journal_size_limit={_WAL_BYTES}")
        if new:
            self._db.executescript(
                f"BEGIN;{_TABLES}PRAGMA application_id={APPLICATION_ID};PRAGMA user_version={_LAYOUT};COMMIT;"
            )
            _sync_folder(self._path.parent)
        elif run("PRAGMA user_version").fetchone() != (_LAYOUT,):
            raise DamagedError(f"{self._path} was written by another version of pose-edge")
        elif (verdict := run("PRAGMA quick_check(1)").fetchone()) != ("ok",):
            raise DamagedError(f"{self._path} is damaged: {verdict[0]}")
        # Takes the lock now and not with the first event.
        run("BEGIN IMMEDIATE")
        run("COMMIT")

    def _count(self) -> _Tally:
        waiting, size, last = self._db.execute(
            "SELECT count(payload), coalesce(sum(length(payload)), 0), coalesce(max(seq), 0) FROM events"
        ).fetchone()
        return _Tally(waiting, size, last)

    @property
    def waiting(self) -> int:
        """Events not yet forgotten."""
        return self._tally.waiting

    @property
    def last_seq(self) -> int:
        """The highest number ever written."""
        return self._tally.last_seq

    def rows(self, *, after: int, limit: int) -> tuple[StoredEvent, ...]:
        """The oldest waiting events with numbers above `after`."""
        try:
            found = self._db.execute(
                f"SELECT {COLUMNS} FROM events WHERE seq > ? AND payload IS NOT NULL ORDER BY seq LIMIT ?",  # noqa: S608
                (after, limit),
            ).fetchall()
        except sqlite3.Error as error:
            raise _explained(error, self._path) from error
        return tuple(map(from_row, found))

    def write(self, batch: Batch) -> Lost:
        """Write all of it or nothing; on the disk when this returns, unless there was only something to forget.

        Returns:
            What was given up to stay within the limits.
        """
        self._sync_fully(full=bool(batch.events or batch.notes))
        try:
            self._db.execute("BEGIN IMMEDIATE")
            lost, tally = self._change(batch)
            self._db.execute("COMMIT")
        except sqlite3.Error as error:
            with contextlib.suppress(sqlite3.Error):
                self._db.execute("ROLLBACK")
            raise _explained(error, self._path) from error
        self._tally = tally
        return lost

    def _sync_fully(self, *, full: bool) -> None:
        if full == self._full_sync:
            return
        try:
            self._db.execute(f"PRAGMA synchronous={'FULL' if full else 'NORMAL'}")
        except sqlite3.Error as error:
            raise _explained(error, self._path) from error
        self._full_sync = full

    def _change(self, batch: Batch) -> tuple[Lost, _Tally]:
        db = self._db
        before = self._tally
        db.executemany(
            f"INSERT INTO events ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)",  # noqa: S608 - our own names
            ((one.seq, one.id, one.alarm, one.t_ns, one.unix_ms, one.boot, one.payload) for one in batch.events),
        )
        for name, value in batch.notes.items():
            if value is None:
                db.execute("DELETE FROM notes WHERE name = ?", (name,))
            else:
                db.execute("INSERT OR REPLACE INTO notes VALUES (?, ?)", (name, value))
        written = max((before.last_seq, *(one.seq for one in batch.events)))
        newest = max(written, batch.last_seq)
        if newest > written:
            db.execute("INSERT INTO events VALUES (?, '', 0, 0, 0, '', NULL)", (newest,))
        if newest > before.last_seq:
            db.execute("DELETE FROM events WHERE seq = ? AND payload IS NULL", (before.last_seq,))
        count, size = self._forget(batch.forget, keep_number=newest)
        waiting = before.waiting + len(batch.events) - count
        payload_bytes = before.payload_bytes + sum(len(one.payload) for one in batch.events) - size
        lost = Lost()
        if waiting > self._limits.events or payload_bytes > self._limits.payload_bytes:
            lost, size = self._make_room(waiting, payload_bytes, keep_number=newest)
            waiting -= len(lost.numbers)
            payload_bytes -= size
        return lost, _Tally(waiting, payload_bytes, newest)

    def _forget(self, numbers: Iterable[int], *, keep_number: int) -> tuple[int, int]:
        """Remove events; returns how many there were and the sum of their payloads."""
        count = size = 0
        for seq in numbers:
            found = self._db.execute(
                "SELECT length(payload) FROM events WHERE seq = ? AND payload IS NOT NULL", (seq,)
            ).fetchone()
            if found is None:
                continue
            count += 1
            size += found[0]
            if seq == keep_number:
                self._db.execute("UPDATE events SET payload = NULL WHERE seq = ?", (seq,))
            else:
                self._db.execute("DELETE FROM events WHERE seq = ?", (seq,))
        return count, size

    def _make_room(self, waiting: int, payload_bytes: int, *, keep_number: int) -> tuple[Lost, int]:
        """Give up the oldest events, alarms last, until a little less than the limits allow is left."""
        surplus = waiting - round(self._limits.events * _REFILL)
        surplus_bytes = payload_bytes - round(self._limits.payload_bytes * _REFILL)
        victims: list[int] = []
        alarms = 0
        for seq, alarm, size in self._db.execute(
            "SELECT seq, alarm, length(payload) FROM events WHERE payload IS NOT NULL ORDER BY alarm, seq"
        ):
            if len(victims) >= surplus and surplus_bytes <= 0:
                break
            victims.append(seq)
            alarms += alarm
            surplus_bytes -= size
        _, size = self._forget(victims, keep_number=keep_number)
        return Lost(frozenset(victims), alarms), size

    def close(self) -> None:
        """Close it; the write-ahead log is copied into the file."""
        with contextlib.suppress(sqlite3.Error):
            self._db.close()


def _sync_folder(folder: Path) -> None:
    """Make a new file's name outlast a power cut as well, where the file system knows how."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


_ADVICE: Final = {
    sqlite3.SQLITE_FULL: "the disk is full: free space",
    sqlite3.SQLITE_READONLY: "it is read-only: allow the service to write there, or check the card",
    sqlite3.SQLITE_CANTOPEN: "it cannot be opened: check that the folder exists and the service may write there",
    sqlite3.SQLITE_PERM: "the service may not write there: check the owner",
    sqlite3.SQLITE_BUSY: "another process uses it: stop the second daemon",
    sqlite3.SQLITE_IOERR: "the disk fails: check the card",
}


def _explained(error: sqlite3.Error, path: Path) -> StorageError:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        return DamagedError(f"{path} is damaged: {error}")
    readable = code in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_READONLY)
    return StorageError(f"{path}: {_ADVICE.get(code, str(error))}", readable=readable)
