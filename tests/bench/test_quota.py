import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.bench.quota import (
    LEAST_QUOTA_US,
    PERIOD_US,
    Allowance,
    CpuLimit,
    LegacyGroup,
    Signals,
    UnifiedGroup,
    bandwidth_us,
    cpu_limit,
)

MS = 1_000_000


@given(st.floats(1, 400))
def test_quota_and_period_make_the_share_within_the_kernels_bounds(percent: float) -> None:
    quota, period = bandwidth_us(percent)
    assert quota / period == pytest.approx(percent / 100, rel=0.01)
    assert quota >= LEAST_QUOTA_US
    assert 1000 <= period <= 1_000_000


def test_a_share_of_ten_per_cent_or_more_is_given_out_every_ten_milliseconds() -> None:
    assert bandwidth_us(25) == (2500, PERIOD_US)
    assert bandwidth_us(7) == (1000, 14286)


@given(st.floats(1, 100), st.lists(st.integers(1, 20), min_size=200, max_size=400))
def test_who_always_wants_to_run_gets_the_share(percent: float, ticks_ms: list[int]) -> None:
    allowance = Allowance(percent, now_ns=0, cpu_ns=0)
    now = used = 0
    running = True
    for tick in ticks_ms:
        now += tick * MS
        used += tick * MS if running else 0
        running = allowance.may_run(now_ns=now, cpu_ns=used)
    assert used / now <= percent / 100 + 20 * MS / now + 0.02


def test_time_that_was_not_used_is_not_saved_up() -> None:
    allowance = Allowance(10, now_ns=0, cpu_ns=0)
    assert allowance.may_run(now_ns=10_000 * MS, cpu_ns=0)
    assert not allowance.may_run(now_ns=10_005 * MS, cpu_ns=5 * MS)


def test_what_was_used_too_much_is_paid_back() -> None:
    allowance = Allowance(50, now_ns=0, cpu_ns=0)
    assert not allowance.may_run(now_ns=20 * MS, cpu_ns=20 * MS)
    assert not allowance.may_run(now_ns=40 * MS, cpu_ns=20 * MS)
    assert allowance.may_run(now_ns=52 * MS, cpu_ns=20 * MS)


def test_with_control_groups_of_version_2_a_group_is_made_and_filled(tmp_path: Path) -> None:
    (tmp_path / "cgroup.controllers").write_text("cpuset cpu io memory\n")
    limit = cpu_limit(25, cgroups=tmp_path)
    assert isinstance(limit, UnifiedGroup)
    (group,) = tmp_path.glob("pose-edge-bench-*")
    assert (tmp_path / "cgroup.subtree_control").read_text() == "+cpu"
    assert (group / "cpu.max").read_text() == "2500 10000"
    limit.add(4711)
    assert (group / "cgroup.procs").read_text() == "4711"


def test_with_control_groups_of_version_1_a_group_is_made_and_filled(tmp_path: Path) -> None:
    (tmp_path / "cpu").mkdir()
    (tmp_path / "cpu/cpu.shares").write_text("1024\n")
    limit = cpu_limit(7, cgroups=tmp_path)
    assert isinstance(limit, LegacyGroup)
    (group,) = (tmp_path / "cpu").glob("pose-edge-bench-*")
    assert (group / "cpu.cfs_quota_us").read_text() == "1000"
    assert (group / "cpu.cfs_period_us").read_text() == "14286"


def test_without_control_groups_signals_do_it(tmp_path: Path) -> None:
    assert isinstance(cpu_limit(25, cgroups=tmp_path), Signals)


def test_where_no_group_may_be_made_signals_do_it(tmp_path: Path) -> None:
    (tmp_path / "cgroup.controllers").write_text("cpu\n")
    (tmp_path / "cgroup.subtree_control").mkdir()  # cannot be written to, not even by root
    assert isinstance(cpu_limit(25, cgroups=tmp_path), Signals)
    assert not list(tmp_path.glob("pose-edge-bench-*"))


@pytest.fixture
def busy() -> Iterator["subprocess.Popen[bytes]"]:
    process = subprocess.Popen([sys.executable, "-c", "while True: pass"])
    yield process
    process.kill()
    process.wait()


@pytest.mark.parametrize("make", [cpu_limit, Signals])
def test_a_busy_process_is_kept_within_its_share(make: type[Signals], busy: "subprocess.Popen[bytes]") -> None:
    limit: CpuLimit = make(10)
    with limit:
        limit.add(busy.pid)
        time.sleep(0.2)
        before_s, start_s = cpu_s(busy.pid), time.monotonic()
        time.sleep(1.0)
        share = (cpu_s(busy.pid) - before_s) / (time.monotonic() - start_s)
        busy.kill()
        busy.wait()
    assert 0.01 <= share <= 0.15


def test_a_process_is_not_left_stopped(busy: "subprocess.Popen[bytes]") -> None:
    with Signals(1) as limit:
        limit.add(busy.pid)
        time.sleep(0.2)
    time.sleep(0.05)
    assert state(busy.pid) == "R"
    busy.send_signal(signal.SIGTERM)
    assert busy.wait(5) == -signal.SIGTERM


def test_a_process_that_ends_under_a_limit_disturbs_nobody(busy: "subprocess.Popen[bytes]") -> None:
    with Signals(50) as limit:
        limit.add(busy.pid)
        busy.kill()
        busy.wait()
        time.sleep(0.05)


def fields(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def cpu_s(pid: int) -> float:
    return (int(fields(pid)[11]) + int(fields(pid)[12])) / 100


def state(pid: int) -> str:
    return fields(pid)[0]
