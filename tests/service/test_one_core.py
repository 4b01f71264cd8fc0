import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.service.one_core import OneCore

S = 1_000_000_000

pytestmark = pytest.mark.skipif(len(os.sched_getaffinity(0)) < 2, reason="needs two cores")


@pytest.fixture
def one_core() -> Iterator[OneCore]:
    one_core = OneCore()
    yield one_core
    one_core.leave()


@pytest.fixture
def another_thread() -> Iterator[int]:
    over = threading.Event()
    thread = threading.Thread(target=over.wait)
    thread.start()
    yield thread.native_id or 0
    over.set()
    thread.join()


def cores(thread: int = 0) -> set[int]:
    return os.sched_getaffinity(thread)


def policy(thread: int = 0) -> int:
    return os.sched_getscheduler(thread)


def test_a_process_that_has_little_to_do_goes_to_one_core_and_back(one_core: OneCore, another_thread: int) -> None:
    allowed = cores()
    one_core.look(1 * S, cpu_percent=30, missed=0)
    assert one_core.alone
    assert len(cores()) == 1
    assert cores(another_thread) == cores()
    one_core.leave()
    assert cores() == cores(another_thread) == allowed


def test_on_one_core_threads_do_not_interrupt_each_other(one_core: OneCore, another_thread: int) -> None:
    one_core.look(1 * S, cpu_percent=30, missed=0)
    assert policy() == policy(another_thread) == os.SCHED_BATCH
    one_core.leave()
    assert policy() == policy(another_thread) == os.SCHED_OTHER


def test_the_scheduling_that_the_operator_has_chosen_stays(one_core: OneCore) -> None:
    os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))
    try:
        one_core.look(1 * S, cpu_percent=30, missed=0)
        assert one_core.alone
        one_core.leave()
        assert policy() == os.SCHED_BATCH
    finally:
        os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))


def test_where_only_scheduling_is_forbidden_one_core_is_used_all_the_same(
    one_core: OneCore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forbidden(_thread: int, _policy: int, _parameter: object) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "sched_setscheduler", forbidden)
    one_core.look(1 * S, cpu_percent=30, missed=0)
    assert one_core.alone
    assert len(cores()) == 1


def test_a_busy_process_keeps_all_cores(one_core: OneCore) -> None:
    allowed = cores()
    one_core.look(1 * S, cpu_percent=60, missed=0)
    assert not one_core.alone
    assert cores() == allowed


@pytest.mark.parametrize(("cpu_percent", "missed"), [(80, 0.0), (30, 0.05)])
def test_one_core_is_left_when_it_is_full_or_messages_are_late_and_not_tried_again_for_a_minute(
    one_core: OneCore, cpu_percent: float, missed: float
) -> None:
    one_core.look(1 * S, cpu_percent=30, missed=0)
    one_core.look(3 * S, cpu_percent=cpu_percent, missed=missed)
    assert not one_core.alone
    one_core.look(62 * S, cpu_percent=30, missed=0)
    assert not one_core.alone
    one_core.look(63 * S, cpu_percent=30, missed=0)
    assert one_core.alone


def test_between_the_two_shares_it_stays_as_it_is(one_core: OneCore) -> None:
    one_core.look(1 * S, cpu_percent=49, missed=0)
    one_core.look(3 * S, cpu_percent=74, missed=0)
    assert one_core.alone


@pytest.mark.parametrize(("waited_s", "alone"), [(1.0, True), (1.4, False)])
def test_one_core_is_left_when_others_leave_no_room_on_it(tmp_path: Path, waited_s: float, alone: bool) -> None:
    # Of two seconds on 30 % of a core: so long with one other program there that never sleeps, and with several.
    thread = tmp_path / str(threading.get_native_id())
    thread.mkdir()
    one_core = OneCore(tmp_path)
    try:
        (thread / "schedstat").write_text("1000000000 500000000 77\n", encoding="ascii")
        one_core.look(1 * S, cpu_percent=30, missed=0)
        (thread / "schedstat").write_text(f"1600000000 {500_000_000 + round(waited_s * S)} 99\n", encoding="ascii")
        one_core.look(3 * S, cpu_percent=30, missed=0)
        assert one_core.alone is alone
    finally:
        one_core.leave()


def test_a_kernel_that_does_not_tell_of_waiting_changes_nothing(tmp_path: Path) -> None:
    (tmp_path / str(threading.get_native_id())).mkdir()
    one_core = OneCore(tmp_path)
    try:
        one_core.look(1 * S, cpu_percent=30, missed=0)
        one_core.look(3 * S, cpu_percent=30, missed=0)
        assert one_core.alone
    finally:
        one_core.leave()


def test_a_thread_made_later_is_there_too_and_freed_with_the_others(one_core: OneCore) -> None:
    allowed = cores()
    one_core.look(1 * S, cpu_percent=30, missed=0)
    over = threading.Event()
    later = threading.Thread(target=over.wait)
    later.start()
    assert cores(later.native_id or 0) == cores()
    one_core.leave()
    assert cores(later.native_id or 0) == allowed
    over.set()
    later.join()


def test_a_system_that_forbids_it_leaves_everything_as_it_is(
    one_core: OneCore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forbidden(_thread: int, _cores: set[int]) -> None:
        raise PermissionError

    allowed = cores()
    monkeypatch.setattr(os, "sched_setaffinity", forbidden)
    one_core.look(1 * S, cpu_percent=30, missed=0)
    assert not one_core.alone
    assert cores() == allowed


def test_looking_interns_nothing(one_core: OneCore, interned: list[str]) -> None:
    one_core.look(1 * S, cpu_percent=30, missed=0)
    one_core.look(3 * S, cpu_percent=30, missed=0)
    assert interned == []
