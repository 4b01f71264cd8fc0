"""A full disk and a memory leak in a service at work: events go on, the box says so, and comes back."""

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from appliance.box import Box, Network
from appliance.conftest import WOUND
from appliance.hearing import health, health_when, kept_events
from support.broker import wait_until

STATE = "/var/lib/pose-edge"
SMALL = "256k"
"""Room for the file that keeps events and little more."""


@pytest.fixture
def events(network: Network, box: Box, tmp_path: Path) -> Iterator[Path]:
    """What a subscriber outside hears of events: a file that grows."""
    assert box
    heard = tmp_path / "events"
    with kept_events(network, heard):
        yield heard


def numbers(events: Path) -> list[int]:
    """Numbers of the whole lines so far, without repetitions."""
    lines = events.read_text().splitlines(keepends=True)
    return sorted({json.loads(line)["seq"] for line in lines if line.endswith("\n")})


@pytest.fixture
def cramped(box: Box) -> Iterator[Box]:
    """The service with hardly any room for its state."""
    box.sh(f"systemctl stop pose-edge; mount -t tmpfs -o size={SMALL} cramped {STATE}; systemctl start pose-edge")
    yield box
    box.sh(f"systemctl stop pose-edge; umount {STATE}; systemctl start pose-edge", within_s=60)


def test_events_arrive_over_a_full_disk_and_health_names_it(cramped: Box, network: Network, events: Path) -> None:
    assert health(network)["outbox_durable"]
    since = cramped.sh("date +%s").strip()
    cramped.sh(f"cat /dev/zero > {STATE}/fill", check=False)
    told = health_when(network, lambda told: not told["outbox_durable"], messages=90)
    assert "full" in told["outbox_trouble"]
    first = len(numbers(events))
    wait_until(lambda: len(numbers(events)) >= first + 3, "three more events", within_s=90)
    assert health(network)["outbox_lost"] == 0
    said = cramped.sh(
        f"journalctl -u pose-edge -p warning -o cat --no-pager --since @{since} LOGGER=edge.publish.outbox"
    )
    assert len(said.splitlines()) == 1, said
    assert "full" in said
    cramped.sh(f"rm {STATE}/fill")
    assert health_when(network, lambda told: told["outbox_durable"], messages=60)["outbox_lost"] == 0
    found = numbers(events)
    assert found == list(range(found[0], found[-1] + 1))
    assert cramped.property("NRestarts") == "0"


@contextlib.contextmanager
def memory_limit(box: Box) -> Iterator[None]:
    """The unit's MemoryMax, laid on the service from here where the box has no memory controller of its own."""
    if box.property("MemoryCurrent").isdecimal():
        yield
        return
    mounts = (line.split() for line in Path("/proc/mounts").read_text().splitlines())
    controller = next(
        Path(place) for _, place, kind, how, *_ in mounts if kind == "cgroup" and "memory" in how.split(",")
    )
    group = controller / f"pose-edge-{box.processes()[0]}"
    group.mkdir()
    (group / "memory.limit_in_bytes").write_text(box.property("MemoryMax"))
    for pid in box.processes():
        (group / "cgroup.procs").write_text(str(pid))
    try:
        yield
    finally:
        for left in (group / "cgroup.procs").read_text().split():
            (controller / "cgroup.procs").write_text(left)
        group.rmdir()


def test_a_leak_ends_at_the_limit_and_the_service_starts_anew(woundable: Box, network: Network, events: Path) -> None:
    before, ended = woundable.property("MainPID"), health(network)["recovery"]["restarts"].get("killed", 0)
    with memory_limit(woundable):
        woundable.sh(f"printf memory > {WOUND}")
        woundable.wait_for(f"[ $(systemctl show --value -p MainPID pose-edge) != {before} ]", within_s=40)
    woundable.wait_for("systemctl is-active -q pose-edge", within_s=40)
    told = health(network)
    assert told["recovery"]["restarts"]["killed"] == ended + 1
    assert "for want of memory" in told["recovery"]["last"]
    assert told["rss_mb"] < 320
    first = len(numbers(events))
    wait_until(lambda: len(numbers(events)) > first, "events of the new run", within_s=60)
    found = numbers(events)
    assert found == list(range(found[0], found[-1] + 1))
