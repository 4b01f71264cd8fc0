"""Parts that stop working in a service at work: it notices by itself, or systemd does, and it is back."""

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from appliance.box import Box

REPEATS = int(os.environ.get("POSE_EDGE_APPLIANCE_REPEATS", "1"))
"""Once for every change; twenty times for a release."""

WITHIN_S = 40.0
WOUND = "/run/pose-edge/wound"


@pytest.fixture(scope="module")
def woundable(box: Box) -> Iterator[Box]:
    """The service started through a script that can stop its parts from working."""
    (box.root / "opt/pose-edge/faulty.py").write_text((Path(__file__).parent / "faulty.py").read_text())
    folder = box.root / "etc/systemd/system/pose-edge.service.d"
    command = "/opt/pose-edge/current/bin/python /opt/pose-edge/faulty.py"
    (folder / "faulty.conf").write_text(
        f"[Service]\nExecStart=\nExecStart={command} {WOUND} run --config /etc/pose-edge/pose-edge.toml\n"
    )
    box.sh("systemctl daemon-reload; systemctl restart pose-edge", within_s=60)
    yield box
    (folder / "faulty.conf").unlink()
    box.sh("systemctl daemon-reload; systemctl restart pose-edge", within_s=60)


@pytest.fixture
def steady(woundable: Box) -> Box:
    """Without marks of earlier faults: several in a minute would make it stay visible instead of starting again."""
    woundable.sh("rm -f /run/pose-edge/starts.json")
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
    ("part", "said"),
    [
        ("driver", "the camera's driver has not come back"),
        ("callback", "The landmarker did not answer"),
        ("worker", "frames come and no result"),
        ("mqtt", "the broker's thread has ended"),
    ],
)
def test_a_part_that_stops_working_is_noticed_and_the_service_starts_anew(
    steady: Box, part: str, said: str, _time: int
) -> None:
    assert recovered_s(steady, f"printf {part} > {WOUND}; chown pose-edge {WOUND}") < WITHIN_S
    assert said in steady.sh("journalctl -u pose-edge --no-pager -n 30")


@pytest.mark.parametrize("_time", range(REPEATS))
def test_a_process_that_is_stopped_is_killed_by_the_watchdog(steady: Box, _time: int) -> None:
    assert recovered_s(steady, "kill -STOP $(systemctl show --value -p MainPID pose-edge)") < WITHIN_S


def test_a_box_that_cannot_see_stays_visible_instead_of_coming_and_going(steady: Box) -> None:
    steady.sh('printf \'{"starts": 4, "why": "no camera found"}\' > /run/pose-edge/starts.json')
    steady.sh("chown pose-edge /run/pose-edge/starts.json; systemctl kill -s KILL pose-edge")
    steady.wait_for("systemctl show -p StatusText pose-edge | grep -q 'blind: no camera found'", within_s=30)
    assert steady.property("ActiveState") == "active"
    steady.sh("systemctl restart pose-edge", within_s=60)
