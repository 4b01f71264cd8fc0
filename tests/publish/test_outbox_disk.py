"""The outbox against what happens to processes, disks and files."""

import os
import random
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from publish.outboxes import message, take_all, until

from edge.publish import outbox as outbox_module
from edge.publish.outbox import Outbox
from edge.publish.outbox_file import OutboxFile
from edge.publish.stored import Limits

CHILD = Path(__file__).with_name("outbox_child.py")
CHILDREN_KILLED = 5
FULL_DISK_KIB = 256

needs_root = pytest.mark.skipif(os.geteuid() != 0 or shutil.which("mount") is None, reason="mounting needs root")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={FULL_DISK_KIB}k", "tmpfs", str(folder)], check=False, capture_output=True
    )
    if mounted.returncode:
        pytest.skip("this machine does not allow mounts")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Retries and forgets within moments."""
    monkeypatch.setattr(outbox_module, "_RETRY_S", 0.05)
    monkeypatch.setattr(outbox_module, "_FORGET_S", 0.02)


def opened(path: Path, **arguments: object) -> Outbox:
    outbox = Outbox(path, **arguments)  # type: ignore[arg-type]
    outbox.start()
    return outbox


def test_killing_the_process_again_and_again_loses_nothing_and_keeps_the_order(tmp_path: Path) -> None:
    draw = random.Random(5)  # noqa: S311
    path, broker = tmp_path / "outbox.sqlite3", tmp_path / "broker"
    happened: list[tuple[int, str]] = []
    for seed in range(CHILDREN_KILLED):
        child = subprocess.Popen(
            [sys.executable, str(CHILD), str(path), str(seed), str(broker)], stdout=subprocess.PIPE, text=True
        )
        assert child.stdout is not None
        first = child.stdout.readline()
        time.sleep(draw.uniform(0.05, 0.3))
        child.send_signal(signal.SIGKILL)
        rest, _ = child.communicate()
        lines = (first + rest).splitlines()
        happened += [(int(seq), ulid) for seq, ulid in (line.split() for line in lines)]

    survivor = opened(path)
    delivered = [(int(seq), ulid) for seq, ulid in (line.split() for line in broker.read_text().splitlines())]
    while survivor.depth:
        if (event := survivor.take()) is not None:
            delivered.append((event.seq, event.id))
            survivor.acknowledged(event.seq)
    survivor.close()

    # The last events of a killed process may not have reached the disk, and were then never sent either: their numbers
    # are given again. Whatever was sent or written keeps its id for ever.
    ids: dict[int, str] = {}
    for seq, ulid in delivered:
        assert ids.setdefault(seq, ulid) == ulid
    assert sorted(ids) == list(range(1, max(ids) + 1))
    firsts = list(ids)
    assert firsts == sorted(firsts)
    assert len(happened) - len(ids) < CHILDREN_KILLED * 5
    assert len(ids) > CHILDREN_KILLED * 5


def test_what_was_ready_to_take_is_on_the_disk_when_the_process_dies(tmp_path: Path) -> None:
    path = tmp_path / "outbox.sqlite3"
    code = (
        "import os, sys, pathlib; sys.path.insert(0, sys.argv[2])\n"
        "from publish.outboxes import message, take_all\n"
        "from edge.publish.outbox import Outbox\n"
        "outbox = Outbox(pathlib.Path(sys.argv[1])); outbox.start()\n"
        "[outbox.put(message(seq)) for seq in range(1, 51)]\n"
        "take_all(outbox, 50, acknowledge=False)\n"
        "os.kill(os.getpid(), 9)\n"
    )
    subprocess.run([sys.executable, "-c", code, str(path), str(Path(__file__).parents[1])], check=False)
    survivor = opened(path)
    assert take_all(survivor, 50) == list(range(1, 51))
    survivor.close()


def test_a_second_process_on_the_same_file_is_told_so_and_harms_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "outbox.sqlite3"
    first = opened(path)
    first.put(message(1))
    take_all(first, 1, acknowledge=False)
    code = (
        "import sys, pathlib\n"
        "from edge.publish.outbox import Outbox\n"
        "print(Outbox(pathlib.Path(sys.argv[1])).state.trouble)\n"
    )
    second = subprocess.run([sys.executable, "-c", code, str(path)], check=True, capture_output=True, text=True)
    assert second.stdout.strip() == f"{path}: another process uses it: stop the second daemon"
    first.put(message(2))
    assert take_all(first, 1) == [2]
    first.close()
    assert not caplog.records


@pytest.mark.usefixtures("impatient")
@needs_root
def test_a_full_disk_keeps_events_flowing_and_writes_them_when_there_is_room(
    small_disk: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    path = small_disk / "outbox.sqlite3"
    outbox = opened(path)
    outbox.put(message(1))
    until(lambda: outbox.state.durable and not outbox._unwritten)  # noqa: SLF001
    ballast = small_disk / "ballast"
    with pytest.raises(OSError, match="No space"):
        ballast.write_bytes(b"x" * 2**20)
    seq = 1
    while outbox.state.durable:
        seq += 1
        outbox.put(message(seq, note="y" * 500))
        time.sleep(0.002)
        assert seq < 1000
    assert "the disk is full" in (outbox.state.trouble or "")
    outbox.put(message(seq + 1, "fall_detected"))
    assert take_all(outbox, seq + 1, acknowledge=False) == list(range(1, seq + 2))
    assert len(caplog.records) == 1

    ballast.unlink()
    until(lambda: outbox.state.durable)
    assert [record.levelname for record in caplog.records] == ["WARNING", "INFO"]
    outbox.close()
    again = opened(path)
    assert take_all(again, seq + 1) == list(range(1, seq + 2))
    again.close()


@pytest.mark.usefixtures("impatient")
@needs_root
def test_on_a_full_disk_alarms_outlive_the_rest(small_disk: Path) -> None:
    outbox = opened(small_disk / "outbox.sqlite3", memory=Limits(events=20, payload_bytes=10**6))
    outbox.put(message(1))
    until(lambda: not outbox._unwritten)  # noqa: SLF001
    with pytest.raises(OSError, match="No space"):
        (small_disk / "ballast").write_bytes(b"x" * 2**20)
    seq = 1
    while outbox.state.durable:
        seq += 1
        outbox.put(message(seq, note="y" * 500))
        time.sleep(0.002)
    alarm = seq + 1
    outbox.put(message(alarm, "fall_detected"))
    for later in range(alarm + 1, alarm + 101):
        outbox.put(message(later))
    until(lambda: outbox.state.lost > 0)
    taken = take_all(outbox, 20)
    assert alarm in taken
    assert outbox.state.alarms_lost == 0
    outbox.close()


@pytest.mark.usefixtures("impatient")
@needs_root
def test_a_disk_that_turns_read_only_stops_nothing(small_disk: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = small_disk / "outbox.sqlite3"
    outbox = opened(path)
    outbox.put(message(1))
    take_all(outbox, 1, acknowledge=False)
    outbox.close()
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    outbox = opened(path)
    outbox.put(message(outbox.last_seq + 1, "fall_detected"))
    assert len(take_all(outbox, 1)) == 1
    assert not outbox.state.durable
    time.sleep(0.2)
    assert len(caplog.records) == 1

    subprocess.run(["mount", "-o", "remount,rw", str(small_disk)], check=True)
    until(lambda: outbox.state.durable)
    assert take_all(outbox, 1) == [1]
    outbox.close()


def test_a_folder_that_is_not_there_is_made_up_for_by_memory(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    outbox = opened(tmp_path / "missing" / "outbox.sqlite3")
    outbox.put(message(outbox.last_seq + 1))
    assert len(take_all(outbox, 1)) == 1
    assert "check that the folder exists" in (outbox.state.trouble or "")
    outbox.close()
    assert len(caplog.records) == 1


@pytest.mark.usefixtures("impatient")
def test_a_folder_that_comes_later_is_used_then(tmp_path: Path) -> None:
    path = tmp_path / "late" / "outbox.sqlite3"
    outbox = opened(path)
    number = outbox.last_seq + 1
    outbox.put(message(number))
    path.parent.mkdir()
    until(lambda: outbox.state.durable)
    outbox.close()
    again = opened(path)
    assert take_all(again, 1) == [number]
    again.close()


def test_numbers_given_without_the_file_are_above_those_in_it(tmp_path: Path) -> None:
    path = tmp_path / "outbox.sqlite3"
    first = opened(path)
    for seq in range(1, 100):
        first.put(message(seq))
    first.close()
    path.parent.joinpath("moved").mkdir()
    assert opened(tmp_path / "missing" / "x").last_seq > 100


def test_a_file_of_garbage_is_set_aside_and_reported(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "outbox.sqlite3"
    path.write_bytes(b"not a database at all " * 500)
    outbox = opened(path)
    outbox.put(message(outbox.last_seq + 1))
    take_all(outbox, 1)
    state = outbox.state
    assert state.durable
    assert state.set_aside is not None
    assert state.set_aside.read_bytes().startswith(b"not a database")
    assert state.set_aside.name.startswith("outbox.sqlite3.damaged-20")
    assert len(caplog.records) == 1
    outbox.close()


def test_what_is_whole_in_a_damaged_file_is_delivered(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "outbox.sqlite3"
    first = opened(path)
    for seq in range(1, 201):
        first.put(message(seq, note="z" * 200))
    first.note("alarms", b"{}")
    first.close()
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.seek(size // 2 // 4096 * 4096)
        file.write(b"\xff" * 4096)
    outbox = opened(path)
    assert outbox.noted == {"alarms": b"{}"}
    assert outbox.last_seq > 200
    taken = take_all(outbox, 50)
    assert taken == sorted(taken)
    assert set(taken) < set(range(1, 201))
    assert "damaged" in caplog.records[0].getMessage()
    outbox.close()


@pytest.mark.usefixtures("impatient")
def test_a_file_that_is_damaged_while_in_use_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "outbox.sqlite3"
    outbox = opened(path)
    outbox.note("alarms", b"{}")
    for seq in range(1, 2001):
        outbox.put(message(seq, note="z" * 200))
        if seq % 100 == 0:
            time.sleep(0.005)
    until(lambda: not outbox._unwritten)  # noqa: SLF001
    for name in (path, path.with_name(path.name + "-wal")):
        with name.open("r+b") as file:
            file.write(b"\xff" * name.stat().st_size)
    outbox.put(message(2001, "fall_detected"))
    seen: list[int] = []

    def fall_came() -> bool:
        while (event := outbox.take()) is not None:
            seen.append(event.seq)
            outbox.acknowledged(event.seq)
        return 2001 in seen

    until(fall_came)
    assert seen == sorted(seen)
    outbox.put(message(2002))
    assert take_all(outbox, 1) == [2002]
    outbox.close()
    again = opened(path)
    assert again.noted == {"alarms": b"{}"}
    again.close()


def test_another_program_s_database_is_never_written_to(tmp_path: Path) -> None:
    path = tmp_path / "outbox.sqlite3"
    with sqlite3.connect(path) as db:
        db.execute("CREATE TABLE treasure (gold)")
    db.close()
    before = path.read_bytes()
    outbox = opened(path)
    aside = outbox.state.set_aside
    outbox.close()
    assert aside is not None
    assert aside.read_bytes() == before


def test_only_the_newest_damaged_files_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "outbox.sqlite3"
    for second in range(6):
        path.write_bytes(b"garbage" * 100)
        outbox = Outbox(path, unix_s=lambda second=second: 1_790_000_000.0 + second)  # type: ignore[misc]
        outbox.close()
    kept = sorted(one.name for one in tmp_path.glob("*.damaged-*"))
    assert [name[-10:-8] for name in kept] == ["23", "24", "25"]


def test_a_wall_clock_that_jumps_changes_neither_order_nor_numbers(tmp_path: Path) -> None:
    path = tmp_path / "outbox.sqlite3"
    for run, unix_s in enumerate((1_790_000_000.0, 1_789_913_600.0, 1_790_086_400.0)):
        outbox = Outbox(path, unix_s=lambda unix_s=unix_s: unix_s)  # type: ignore[misc]
        outbox.put(message(run * 2 + 1))
        outbox.put(message(run * 2 + 2))
        outbox.close()
    outbox = opened(path)
    assert take_all(outbox, 6) == [1, 2, 3, 4, 5, 6]
    outbox.close()


def test_a_defect_in_the_writer_is_logged_and_stops_no_event(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    outbox = opened(tmp_path / "outbox.sqlite3")

    def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(OutboxFile, "write", broken)
    outbox.put(message(1, "fall_detected"))
    assert take_all(outbox, 1) == [1]
    assert not outbox.state.durable
    assert "the outbox's writer broke" in caplog.text
    outbox.close()


@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed: syncs were not counted")
def test_each_event_is_synced_before_it_can_be_taken_and_acknowledgements_never_are(tmp_path: Path) -> None:
    code = (
        "import os, sys, pathlib, time; sys.path.insert(0, sys.argv[2])\n"
        "from publish.outboxes import message, take_all\n"
        "from edge.publish import outbox as module\n"
        "module._FORGET_S = 0.01\n"
        "outbox = module.Outbox(pathlib.Path(sys.argv[1])); outbox.start()\n"
        "for seq in range(1, 6):\n"
        "    os.write(2, b'put')\n"
        "    outbox.put(message(seq))\n"
        "    take_all(outbox, 1)\n"
        "    os.write(2, b'taken')\n"
        "    time.sleep(0.05)\n"
        "os.write(2, b'end')\n"
        "os._exit(0)\n"
    )
    trace = tmp_path / "trace"
    command = [
        "strace",
        "-f",
        "-e",
        "trace=write,pwrite64,fdatasync,fsync",
        "-o",
        str(trace),
        sys.executable,
        "-c",
        code,
    ]
    ran = subprocess.run(
        [*command, str(tmp_path / "outbox.sqlite3"), str(Path(__file__).parents[1])], check=False, capture_output=True
    )
    if ran.returncode:
        pytest.skip("this machine does not allow tracing")
    calls = re.findall(r'write\(2, "(put|taken|end)"|(fdatasync|fsync|pwrite64)\(', trace.read_text())
    words = [word or call for word, call in calls]
    turns = " ".join(words[words.index("put") :]).split("put ")[1:]
    for turn in turns:
        stored, _, told = turn.partition("taken")
        assert re.search(r"pwrite64 .*(fdatasync|fsync)", stored), turns
        assert "pwrite64" in told, turns
        assert "sync" not in told, turns
    assert len(turns) == 5
