"""What people have shown of the room outlives a restart, without wearing the memory card."""

import json
from collections.abc import Mapping

import pytest

from edge.room import ROOM_NOTE, RoomKeeper, read_room

NS_PER_S = 1_000_000_000
KNOWN = {"weight": 40.0, "size": 3.0}


class Notes:
    """Collects what is kept."""

    def __init__(self, note: bytes | None = None) -> None:
        self.known: Mapping[str, float] = KNOWN
        self.kept: list[bytes] = []
        self.keeper = RoomKeeper(note, learned=lambda: self.known, keep=self._keep)

    def _keep(self, name: str, value: bytes) -> None:
        assert name == ROOM_NOTE
        self.kept.append(value)


def test_the_next_run_reads_what_this_one_kept() -> None:
    notes = Notes()
    notes.keeper.keep()
    assert read_room(notes.kept[0]) == KNOWN


def test_it_is_written_twice_an_hour_while_people_teach() -> None:
    notes = Notes()
    for t_s in range(0, 7200, 10):
        notes.known = {"weight": 40.0 + t_s}
        notes.keeper.tick(t_s * NS_PER_S)
    assert len(notes.kept) == 4


def test_nothing_is_written_while_nobody_teaches() -> None:
    notes = Notes(json.dumps(KNOWN).encode())
    for t_s in range(0, 7200, 10):
        notes.keeper.tick(t_s * NS_PER_S)
    assert notes.kept == []


def test_a_box_that_has_seen_nobody_writes_nothing() -> None:
    notes = Notes()
    notes.known = {"weight": 0.0}
    notes.keeper.keep()
    assert notes.kept == []


@pytest.mark.parametrize("note", [b"no json", b"[1]", b'{"weight": "much"}', b'{"weight": null}'])
def test_a_note_that_cannot_be_read_is_forgotten_with_a_line(note: bytes, caplog: pytest.LogCaptureFixture) -> None:
    assert read_room(note) == {}
    assert "learnt anew" in caplog.text
