"""The outbox against a model of itself: long random lives, with restarts and failing disks, seeded."""

import random
import time
from pathlib import Path

import pytest
from publish.outboxes import message, take_all

from edge.publish import outbox as outbox_module
from edge.publish.outbox import Outbox
from edge.publish.outbox_file import Batch, OutboxFile, StorageError
from edge.publish.stored import Lost

STEPS = 600


class FickleDisk:
    """Makes writes fail now and then, as a disk that is full for moments."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.failing = False
        really = OutboxFile.write

        def write(file: OutboxFile, batch: Batch) -> Lost:
            if self.failing:
                raise StorageError("the disk is full", readable=True)
            return really(file, batch)

        monkeypatch.setattr(OutboxFile, "write", write)


class Life:
    """An outbox in use, and what is to be expected of it."""

    def __init__(self, path: Path, seed: int, disk: FickleDisk) -> None:
        self._path = path
        self._draw = random.Random(seed)  # noqa: S311
        self._disk = disk
        self.waiting: dict[int, str] = {}
        self.in_flight: list[int] = []
        self._newest_taken = 0
        self.outbox = self._begun()

    def _begun(self) -> Outbox:
        outbox = Outbox(self._path)
        outbox.start()
        return outbox

    def step(self) -> None:
        often = [self.put, self.take] * 6 + [self.acknowledge] * 4
        self._draw.choice([*often, self.lose_connection, self.fail_or_heal, self.restart, self.rest])()

    def put(self) -> None:
        one = message(self.outbox.last_seq + 1)
        self.waiting[one.seq] = one.id
        self.outbox.put(one)

    def take(self) -> None:
        event = self.outbox.take()
        if event is None:
            return
        assert self.waiting[event.seq] == event.id
        assert event.seq not in self.in_flight
        assert all(seq in self.in_flight for seq in self.waiting if seq < event.seq), "something was overtaken"
        self.in_flight.append(event.seq)
        self._newest_taken = max(self._newest_taken, event.seq)

    def acknowledge(self) -> None:
        if self.in_flight:
            seq = self.in_flight.pop(self._draw.randrange(len(self.in_flight)))
            assert self.outbox.acknowledged(seq)
            del self.waiting[seq]

    def lose_connection(self) -> None:
        self.outbox.rewind()
        self.in_flight.clear()

    def fail_or_heal(self) -> None:
        self._disk.failing = self._draw.random() < 0.5

    def restart(self) -> None:
        if self._draw.random() < 0.3:
            self._disk.failing = False
            self.outbox.close()
            self.in_flight.clear()
            self.outbox = self._begun()
            assert self.outbox.last_seq >= self._newest_taken

    def rest(self) -> None:
        time.sleep(0.005)


@pytest.mark.parametrize("seed", range(4))
def test_nothing_is_lost_nothing_overtakes_and_what_was_acknowledged_stays_away(
    seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox_module, "_RETRY_S", 0.01)
    monkeypatch.setattr(outbox_module, "_FORGET_S", 0.01)
    monkeypatch.setattr(outbox_module, "_AHEAD", 8)
    disk = FickleDisk(monkeypatch)
    life = Life(tmp_path / "outbox.sqlite3", seed, disk)
    for _ in range(STEPS):
        life.step()

    disk.failing = False
    life.lose_connection()
    assert take_all(life.outbox, len(life.waiting)) == sorted(life.waiting)
    life.outbox.close()
    again = Outbox(tmp_path / "outbox.sqlite3")
    assert again.depth == 0
    again.close()
