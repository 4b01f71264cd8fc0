import json
import logging
import os
import socket
import struct
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.service.log import JournalHandler, JsonFormatter, PriorityFormatter, is_journal


class Journal:
    """The journal's end of its socket."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.line = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.line.bind(str(path))
        self.line.settimeout(5)

    def entry(self) -> dict[str, str]:
        """The next entry, read as systemd describes its protocol."""
        rest, fields = self.line.recv(1 << 16), {}
        while rest:
            line, _, rest = rest.partition(b"\n")
            name, equals, value = line.partition(b"=")
            if not equals:
                (length,) = struct.unpack("<Q", rest[:8])
                value, rest = rest[8 : 8 + length], rest[9 + length :]
            fields[name.decode()] = value.decode()
        return fields


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    journal = Journal(tmp_path / "socket")
    yield journal
    journal.line.close()


class Kept(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)


def record(level: int, message: str, *, info: object = None) -> logging.LogRecord:
    return logging.LogRecord("edge.x", level, "x.py", 7, message, (), info)  # type: ignore[arg-type]


def test_a_json_line_holds_message_level_and_thread() -> None:
    record = logging.LogRecord("edge.x", logging.WARNING, "x.py", 1, "lost %s", ("the Küche camera",), None)
    line = json.loads(JsonFormatter().format(record))
    assert (line["level"], line["logger"], line["message"]) == ("warning", "edge.x", "lost the Küche camera")
    assert line["thread"] == "MainThread"
    assert "traceback" not in line


def test_an_exception_keeps_its_traceback_within_the_line() -> None:
    try:
        int("gone")
    except ValueError as error:
        info = (type(error), error, error.__traceback__)
    record = logging.LogRecord("edge.x", logging.ERROR, "x.py", 1, "failed", (), info)
    text = JsonFormatter().format(record)
    assert "\n" not in text
    assert "ValueError: invalid literal" in json.loads(text)["traceback"]


def test_the_journal_gets_each_record_with_its_fields(journal: Journal) -> None:
    handler = JournalHandler(journal.path, fallback=Kept())
    handler.handle(record(logging.WARNING, "the Küche camera is silent"))
    entry = journal.entry()
    assert entry["MESSAGE"] == "the Küche camera is silent"
    assert (entry["PRIORITY"], entry["LOGGER"], entry["THREAD_NAME"]) == ("4", "edge.x", "MainThread")
    assert (entry["SYSLOG_IDENTIFIER"], entry["CODE_LINE"]) == ("pose-edge", "7")
    handler.close()


def test_several_lines_and_tracebacks_stay_one_entry(journal: Journal) -> None:
    handler = JournalHandler(journal.path, fallback=Kept())
    try:
        int("gone")
    except ValueError as error:
        handler.handle(record(logging.ERROR, "failed", info=(type(error), error, error.__traceback__)))
    entry = journal.entry()
    assert entry["MESSAGE"].startswith("failed\nTraceback")
    assert "invalid literal" in entry["TRACEBACK"]
    assert entry["PRIORITY"] == "3"
    handler.close()


def test_what_the_journal_does_not_take_goes_to_standard_error(journal: Journal) -> None:
    kept = Kept()
    handler = JournalHandler(journal.path, fallback=kept)
    handler.handle(record(logging.INFO, "x" * 10_000_000))
    journal.line.close()
    handler.handle(record(logging.INFO, "anybody there?"))
    assert len(kept.records) == 2
    handler.close()


def test_without_a_journal_there_is_no_handler_for_it(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file"):
        JournalHandler(tmp_path / "none", fallback=Kept())


def test_every_line_of_text_carries_its_priority_for_systemd() -> None:
    formatter = PriorityFormatter("%(levelname)s %(name)s: %(message)s")
    assert formatter.format(record(logging.ERROR, "one\ntwo")) == "<3>ERROR edge.x: one\n<3>two"
    assert formatter.format(record(logging.DEBUG, "small")).startswith("<7>")


def test_the_journal_is_told_from_a_file_by_device_and_inode(tmp_path: Path) -> None:
    with (tmp_path / "file").open("w") as stream:
        found = os.fstat(stream.fileno())
        assert is_journal({"JOURNAL_STREAM": f"{found.st_dev}:{found.st_ino}"}, stream)
        assert not is_journal({"JOURNAL_STREAM": f"{found.st_dev}:1"}, stream)
        assert not is_journal({}, stream)
