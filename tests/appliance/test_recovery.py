"""Parts that stop working in a service at work: it notices by itself, or systemd does, and it is back."""

import json
import os
import statistics
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import TypeAlias

import pytest
from appliance.box import Box, Network
from appliance.conftest import WOUND
from appliance.hearing import health, health_when, kept_events

REPEATS = int(os.environ.get("POSE_EDGE_APPLIANCE_REPEATS", "1"))
"""Once for every change; twenty times for a release."""

WITHIN_S = 40.0
Stopwatch: TypeAlias = defaultdict[str, list[float]]


@pytest.fixture(scope="module", autouse=True)
def event_numbers(network: Network, box: Box, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Everything that this box says of events while this module runs: a file that grows."""
    assert box
    heard = tmp_path_factory.mktemp("ear") / "events"
    with kept_events(network, heard):
        yield heard


@pytest.fixture(scope="module")
def stopwatch() -> Iterator[Stopwatch]:
    """Seconds of each recovery, by fault; summed up at the end (`-s` shows it)."""
    times: Stopwatch = defaultdict(list)
    yield times
    for fault, seconds in times.items():
        lowest, middle, highest = min(seconds), statistics.median(seconds), max(seconds)
        sys.stdout.write(f"\n{fault}: {len(seconds)} times, {lowest:.1f} / {middle:.1f} / {highest:.1f} s\n")


@pytest.fixture
def steady(woundable: Box) -> Box:
    """Without marks of earlier faults: several in a minute would make it stay visible instead of starting again."""
    woundable.sh("systemctl reset-failed pose-edge")  # else systemd gives up after twenty faults
    woundable.sh("""printf '{"starts": 0, "running": true, "why": ""}' > /run/pose-edge/starts.json""")
    woundable.wait_for("systemctl is-active -q pose-edge", within_s=20)
    return woundable


def recovered_s(box: Box, fault: str) -> float:
    """Do this to the service, and count the seconds until another process of it has its first result."""
    before = box.property("MainPID")
    began = time.monotonic()
    box.sh(fault)
    box.wait_for(f"[ $(systemctl show --value -p MainPID pose-edge) != {before} ]", within_s=WITHIN_S)
    box.wait_for("systemctl is-active -q pose-edge", within_s=WITHIN_S)
    return time.monotonic() - began


@pytest.mark.parametrize("_time", range(REPEATS))
@pytest.mark.parametrize(
    ("part", "rung", "said"),
    [
        ("driver", "source_lost", "the camera's driver has not come back"),
        ("callback", "detector_stalled", "The landmarker did not answer"),
        ("worker", "detector_stalled", "frames come and no result"),
        ("mqtt", "link_stalled", "the broker's thread has ended"),
    ],
)
def test_a_part_that_stops_working_is_noticed_and_the_service_starts_anew(
    steady: Box, network: Network, stopwatch: Stopwatch, part: str, rung: str, said: str, _time: int
) -> None:
    since = steady.sh("date +%s").strip()
    stopwatch[part].append(recovered_s(steady, f"printf {part} > {WOUND}"))
    assert stopwatch[part][-1] < WITHIN_S
    assert said in steady.sh(f"journalctl -u pose-edge --no-pager -p err --since @{since}")
    recovery = health(network)["recovery"]
    assert recovery["restarts"] == {rung: 1}
    assert said in recovery["last"]


@pytest.mark.parametrize("_time", range(REPEATS))
def test_a_source_that_is_silent_for_a_moment_is_waited_for(
    steady: Box, network: Network, stopwatch: Stopwatch, _time: int
) -> None:
    process, before = steady.property("MainPID"), health(network)["recovery"]
    steady.sh(f"printf silent > {WOUND}")
    overdue = health_when(network, lambda told: told["recovery"]["overdue"] > before["overdue"])
    assert "no picture for" in steady.sh("journalctl -u pose-edge --no-pager -p warning -n 5")
    began = time.monotonic()
    steady.sh(f"rm {WOUND}")
    told = health_when(network, lambda told: told["recovery"]["returned"] > before["returned"])
    stopwatch["silent"].append(time.monotonic() - began)
    assert stopwatch["silent"][-1] < WITHIN_S
    assert told["recovery"] == {**overdue["recovery"], "returned": before["returned"] + 1}
    assert steady.property("MainPID") == process


@pytest.mark.parametrize("_time", range(REPEATS))
def test_a_process_that_is_stopped_is_killed_by_the_watchdog(
    steady: Box, network: Network, stopwatch: Stopwatch, _time: int
) -> None:
    fault = "kill -STOP $(systemctl show --value -p MainPID pose-edge)"
    stopwatch["stopped"].append(recovered_s(steady, fault))
    assert stopwatch["stopped"][-1] < WITHIN_S
    assert health(network)["recovery"]["restarts"] == {"killed": 1}


def test_a_start_is_not_over_before_the_first_result(steady: Box) -> None:
    steady.sh(f"systemctl kill -s KILL pose-edge; sleep 0.5; printf callback > {WOUND}")
    steady.wait_for(f"[ ! -e {WOUND} ]", within_s=20)  # the first result has come and was kept back
    steady.sh("sleep 3")
    assert steady.property("ActiveState") == "activating"
    steady.wait_for("systemctl is-active -q pose-edge", within_s=WITHIN_S)


def test_a_box_that_cannot_see_stays_visible_instead_of_coming_and_going(steady: Box, network: Network) -> None:
    steady.sh('printf \'{"starts": 4, "why": "no camera found"}\' > /run/pose-edge/starts.json')
    steady.sh("chown pose-edge /run/pose-edge/starts.json; systemctl kill -s KILL pose-edge")
    steady.wait_for("systemctl show -p StatusText pose-edge | grep -q 'blind: no camera found'", within_s=30)
    assert steady.property("ActiveState") == "active"
    steady.sh("systemctl restart pose-edge", within_s=60)
    assert health(network)["recovery"]["blind"] == 1


def test_no_event_was_lost_in_all_this(steady: Box, event_numbers: Path) -> None:
    assert steady
    lines = event_numbers.read_text().splitlines()
    numbers = {json.loads(line)["seq"] for line in lines}
    assert len(numbers) > REPEATS
    assert sorted(set(range(min(numbers), max(numbers))) - numbers) == []
