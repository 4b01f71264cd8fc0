"""Events that wait for the broker: on the disk before anything else, until the broker has acknowledged them."""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

from edge.publish.messages import EventMessage
from edge.publish.outbox_file import Batch, DamagedError, OutboxFile, StorageError
from edge.publish.outbox_repair import replaced
from edge.publish.stored import IN_MEMORY, ON_DISK, Limits, Lost, OutboxState, StoredEvent, boot_id
from edge.publish.unwritten import Unwritten

logger = logging.getLogger(__name__)

_AHEAD: Final = 256
"""Events read from the disk in one go, so that the thread that sends never waits for it."""

_FORGET_S: Final = 5.0
"""How long delivered events may stay in the file: forgetting several at once, or with the next event, spares the card.
A crash meanwhile delivers them once more."""

_RETRY_S: Final = 30.0
"""Time between two attempts to write to a disk that failed."""

_PATIENCE_S: Final = 0.5
"""An event goes out unwritten when the disk has kept it waiting for longer: worn cards stall for seconds."""

_DOUBT_S: Final = 2.0
"""What a broker acknowledged so shortly before the connection was lost is sent once more: one that was killed may not
have saved it. mosquitto saves after the acknowledgement, once a second at best."""

_NS_PER_S: Final = 1_000_000_000


class Outbox:
    """Takes events, hands them out in the order of their numbers, and forgets them when told that they arrived.

    Any thread may call any method, and none of them waits for the disk: a thread of its own writes, many events at once
    when they come fast. An event can be taken only once it is on the disk. While the disk fails, events are kept and
    handed out from memory, and are written when it works again. When there is no room, the oldest events are given up,
    alarms last.

    Notes are small values by name that are kept in the same file; given along with an event, they are written with it
    or not at all.

    Args:
        path: The file, made if there is none; its folder must exist. None keeps everything in memory.
        limits: How much may wait on the disk.
        memory: How much may wait without it.
        on_ready: Called, from the writer's thread, when there may be something new to take.
        boot: Names this start of the machine.
        clock: Monotonic time in nanoseconds.
        unix_s: Wall time in seconds; numbers continue from there when the last one cannot be known.
    """

    def __init__(
        self,
        path: Path | None,
        *,
        limits: Limits = ON_DISK,
        memory: Limits = IN_MEMORY,
        on_ready: Callable[[], None] = lambda: None,
        boot: str | None = None,
        clock: Callable[[], int] = time.monotonic_ns,
        unix_s: Callable[[], float] = time.time,
    ) -> None:
        self._path = path
        self._limits = limits
        self._on_ready = on_ready
        self._boot = boot or boot_id()
        self._clock = clock
        self._unix_s = unix_s

        self._changed = threading.Condition()
        self._unwritten = Unwritten(memory)
        self._writing_to = 0
        self._ready: deque[StoredEvent] = deque()
        self._sent: dict[int, StoredEvent] = {}
        self._arrived: deque[tuple[StoredEvent, int]] = deque()
        self._doubted: dict[int, StoredEvent] = {}
        self._gone: set[int] = set()
        self._gone_ns = 0
        self._notes: dict[str, bytes | None] = {}
        self._notes_in_force: dict[str, bytes | None] = {}
        self._offered = 0
        self._last_on_disk = 0
        self._on_disk = 0
        self._last_seq = 0
        self._state = OutboxState(waiting=0, durable=path is not None)
        self._losing = False
        self._retry_ns = 0
        self._closing = False
        self._file: OutboxFile | None = None
        self._thread = threading.Thread(target=self._run, name="outbox", daemon=True)

        self.noted: Mapping[str, bytes] = {}
        """Notes as they were found at the start."""

        self._open_first()

    @property
    def last_seq(self) -> int:
        """The highest number in use; the next event has a higher one."""
        with self._changed:
            return self._last_seq

    @property
    def depth(self) -> int:
        """Events not yet acknowledged."""
        return self.state.waiting

    @property
    def state(self) -> OutboxState:
        """How it is doing now."""
        with self._changed:
            waiting = max(0, self._on_disk - len(self._gone)) + len(self._unwritten)
            return replace(self._state, waiting=waiting)

    def start(self, on_ready: Callable[[], None] | None = None) -> None:
        """Begin to write; `on_ready` takes the place of the one given before."""
        self._on_ready = on_ready or self._on_ready
        if self._path is not None:
            self._thread.start()

    def put(self, message: EventMessage, notes: Mapping[str, bytes | None] | None = None) -> None:
        """Take an event, with notes that belong to it (None removes one).

        Raises:
            ValueError: Its number is not above all earlier ones.
        """
        event = StoredEvent.of(message, self._boot)
        with self._changed:
            if event.seq <= self._last_seq:
                raise ValueError(f"event {event.seq} comes after {self._last_seq}")
            self._last_seq = event.seq
            self._unwritten.add(event, self._clock())
            self._keep(notes or {})
            self._give_up(self._unwritten.make_room(lambda one: one > self._writing_to and one not in self._sent))
            self._changed.notify()
        if not self._state.durable:
            self._on_ready()

    def note(self, name: str, value: bytes | None) -> None:
        """Keep a value under a name across restarts; None removes it."""
        with self._changed:
            self._keep({name: value})
            self._changed.notify()

    def take(self) -> StoredEvent | None:
        """Hand out the next event to be sent, if there is one; it is not handed out again before `rewind`."""
        with self._changed:
            event = self._ready.popleft() if self._ready else self._unwritten_next()
            if event is None:
                return None
            self._sent[event.seq] = event
            if self._wants_more():
                self._changed.notify()
            return event

    def doubt(self) -> None:
        """The connection is lost: what was acknowledged just before it is handed out once more after `rewind`."""
        with self._changed:
            self._forget_old_arrivals()
            self._doubted |= {event.seq: event for event, _ in self._arrived}
            self._arrived.clear()

    def rewind(self) -> None:
        """Hand out everything unacknowledged or doubted once more, before the rest."""
        with self._changed:
            waiting = {one.seq for one in self._ready}
            again = self._sent | {seq: event for seq, event in self._doubted.items() if seq not in waiting}
            self._ready = deque(sorted([*again.values(), *self._ready], key=lambda event: event.seq))
            self._sent.clear()

    def acknowledged(self, seq: int, *, accepted: bool = True) -> bool:
        """Forget an event that was taken: the broker has it, or will never take it. True the first time."""
        with self._changed:
            event = self._sent.pop(seq, None)
            if event is None:
                return False
            self._forget_old_arrivals()
            if accepted:
                self._arrived.append((event, self._clock()))
            if self._doubted.pop(seq, None) is not None:
                return False
            never_written = seq in self._unwritten and seq > self._writing_to
            self._unwritten.drop(seq)
            if never_written:
                return True
            if not self._gone:
                self._gone_ns = self._clock()
            self._gone.add(seq)
            self._changed.notify()
            return True

    def close(self, timeout_s: float = 0.5) -> None:
        """Write what is left, and close the file."""
        with self._changed:
            if self._closing:
                return
            self._closing = True
            self._changed.notify()
        if self._thread.ident is None:
            self._run()
        else:
            self._thread.join(timeout_s)
        with self._changed:
            if self._unwritten and self._path is not None:
                logger.warning("%d undelivered events could not be written and are lost", len(self._unwritten))

    # What follows under the lock.

    def _keep(self, notes: Mapping[str, bytes | None]) -> None:
        self._notes |= notes
        self._notes_in_force |= notes

    def _forget_old_arrivals(self) -> None:
        since_ns = self._clock() - round(_DOUBT_S * _NS_PER_S)
        while self._arrived and self._arrived[0][1] < since_ns:
            self._arrived.popleft()

    def _unwritten_next(self) -> StoredEvent | None:
        """The next event that may go out without being on the disk, when nothing on the disk is before it."""
        if self._offered < self._last_on_disk:
            return None
        found = self._unwritten.next_after(self._offered, sent=self._sent)
        if found is None:
            return None
        event, came_ns = found
        if self._state.durable and self._clock() - came_ns <= _PATIENCE_S * _NS_PER_S:
            return None
        self._offered = event.seq
        return event

    def _give_up(self, lost: Lost) -> None:
        if not lost.numbers:
            return
        self._ready = deque(one for one in self._ready if one.seq not in lost.numbers)
        if not self._losing:
            logger.warning("too many events wait for the broker: the oldest are lost from here on, alarms last")
        self._losing = True
        self._state = replace(
            self._state, lost=self._state.lost + len(lost.numbers), alarms_lost=self._state.alarms_lost + lost.alarms
        )

    def _wants_more(self) -> bool:
        return self._file is not None and self._offered < self._last_on_disk and len(self._ready) < _AHEAD // 2

    def _wait_s(self) -> float | None:
        """Seconds until the writer has something to do; None for as long as nothing happens."""
        if self._closing or self._wants_more():
            return 0.0
        now_ns = self._clock()
        due_ns = []
        if not self._state.durable:
            if self._path is not None:
                due_ns.append(self._retry_ns)
        elif self._unwritten or self._notes:
            return 0.0
        elif self._gone:
            due_ns.append(self._gone_ns + round(_FORGET_S * _NS_PER_S))
        return max(0.0, (min(due_ns) - now_ns) / _NS_PER_S) if due_ns else None

    def _batch(self) -> Batch | None:
        """What is to be written now, if the disk may be asked."""
        if self._path is None or (not self._state.durable and self._clock() < self._retry_ns and not self._closing):
            return None
        if not (self._unwritten or self._gone or self._notes or not self._state.durable):
            return None
        self._writing_to = self._last_seq
        return Batch(tuple(self._unwritten), tuple(self._gone), dict(self._notes), self._last_seq)

    def _written(self, batch: Batch, lost: Lost, file: OutboxFile) -> None:
        for event in batch.events:
            self._unwritten.drop(event.seq)
        self._gone.difference_update(batch.forget)
        for name, value in batch.notes.items():
            if name in self._notes and self._notes[name] is value:
                del self._notes[name]
        self._last_on_disk = file.last_seq
        self._on_disk = file.waiting
        if self._on_disk < self._limits.events // 2:
            self._losing = False
        self._give_up(lost)
        if not self._state.durable:
            logger.info("events are kept in %s again", self._path)
            self._state = replace(self._state, durable=True, trouble=None)

    def _failed(self, error: StorageError) -> None:
        self._retry_ns = self._clock() + round(_RETRY_S * _NS_PER_S)
        if self._state.durable:
            logger.warning("events are kept in memory only: %s; trying again, events go out meanwhile", error)
        self._state = replace(self._state, durable=False, trouble=str(error))

    # What follows in the writer's thread, without the lock but where it is taken.

    def _run(self) -> None:
        try:
            self._write_until_closed()
        except Exception:
            # A fall must be told even if keeping it fails in a way nobody foresaw.
            logger.exception("the outbox's writer broke: events are kept in memory only from here on")
            with self._changed:
                self._path = None
                self._writing_to = 0
                self._state = replace(self._state, durable=False, trouble="an error of pose-edge itself: see its log")
            self._shut()
            self._on_ready()
        if self._file is not None:
            self._file.close()

    def _write_until_closed(self) -> None:
        while True:
            with self._changed:
                while (wait_s := self._wait_s()) != 0.0:
                    self._changed.wait(wait_s)
                batch = self._batch()
                closing = self._closing
            if batch is not None:
                self._write(batch)
            self._read_ahead()
            self._on_ready()
            if closing:
                return

    def _write(self, batch: Batch) -> None:
        try:
            file = self._opened()
            lost = file.write(batch)
        except DamagedError as error:
            self._replace_file(error)
            with self._changed:
                self._writing_to = 0
        except StorageError as error:
            with self._changed:
                self._writing_to = 0
                self._failed(error)
            if not error.readable:
                self._shut()
        else:
            with self._changed:
                self._writing_to = 0
                self._written(batch, lost, file)

    def _opened(self) -> OutboxFile:
        if self._file is None:
            file = self._open()
            with self._changed:
                first = self._unwritten.first_seq
                if first is not None and first <= file.last_seq:
                    file.close()
                    raise StorageError(f"{self._path} has higher numbers than this run: restart the service")
                self._adopt(file)
        assert self._file is not None  # noqa: S101 - for the type checker
        return self._file

    def _open(self) -> OutboxFile:
        if self._path is None:
            raise StorageError("no folder for state was given")
        return OutboxFile(self._path, self._limits)

    def _adopt(self, file: OutboxFile) -> None:
        self._file = file
        self._last_on_disk = file.last_seq
        self._on_disk = file.waiting
        # What was handed out from this file before is skipped when read again.
        self._offered = 0

    def _shut(self) -> None:
        """Let go of a file that cannot even be read; it is opened anew at the next attempt."""
        if self._file is not None:
            self._file.close()
        with self._changed:
            self._file = None
            self._on_disk = 0
            self._last_on_disk = self._offered

    def _read_ahead(self) -> None:
        with self._changed:
            if not self._wants_more():
                return
            file, after = self._file, self._offered
        if file is None:
            return
        try:
            rows = file.rows(after=after, limit=_AHEAD)
        except DamagedError as error:
            self._replace_file(error)
            return
        except StorageError as error:
            with self._changed:
                self._failed(error)
            self._shut()
            return
        with self._changed:
            known = self._sent.keys() | self._gone | {one.seq for one in self._ready}
            self._ready.extend(one for one in rows if one.seq not in known)
            self._offered = rows[-1].seq if rows else self._last_on_disk

    def _open_first(self) -> None:
        try:
            file = self._open()
        except DamagedError as error:
            self._last_seq = round(self._unix_s())
            self.noted = self._replace_file(error)
            self._notes_in_force = {**self.noted}
            return
        except StorageError as error:
            # Above all numbers that the file may hold: those began at 1, or at an earlier time.
            self._last_seq = round(self._unix_s()) if self._path is not None else 0
            if self._path is not None:
                self._failed(error)
            else:
                self._state = replace(self._state, durable=False, trouble=str(error))
            return
        self._adopt(file)
        self._last_seq = file.last_seq
        self.noted = file.notes
        self._notes_in_force = {**file.notes}

    def _replace_file(self, error: DamagedError) -> Mapping[str, bytes]:
        """Set a damaged file aside and begin a new one with what could be saved; returns the notes."""
        assert self._path is not None  # noqa: S101 - for the type checker
        self._shut()
        with self._changed:
            # What waits in memory is written after this, and has the higher numbers.
            first = self._unwritten.first_seq
            below = self._last_seq + 1 if first is None else first
            skip = frozenset(self._gone)
        try:
            aside, file, saved = replaced(self._path, self._limits, below=below, skip=skip, unix_s=self._unix_s())
        except StorageError as failure:
            with self._changed:
                self._failed(failure)
            return {}
        logger.warning("%s; kept as %s, %d events were saved from it", error, aside.name, len(saved.events))
        with self._changed:
            self._adopt(file)
            # The damaged file may have lost some.
            self._notes = {**self._notes_in_force}
            self._retry_ns = 0
            self._state = replace(self._state, set_aside=aside)
        return saved.notes
