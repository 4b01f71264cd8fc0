"""Every promise of the unit, tried from inside it: a probe runs in the service's place, with all its other settings."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from appliance.box import HOST_ADDRESS, Box, Network, run

STRANGER: Final = "10.77.0.2"
"""Somebody else on the same network, with open ports."""

SAID: Final = "/var/probe.json"
UNIT: Final = Path(__file__).parents[2] / "systemd/pose-edge.service"

ECHO: Final = """
import socket, threading
def tcp():
    with socket.create_server(("{host}", 1883)) as server:
        while True: server.accept()[0].close()
def udp(port):
    line = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); line.bind(("{host}", port))
    while True:
        data, sender = line.recvfrom(512); line.sendto(data, sender)
for job in (tcp, lambda: udp(53), lambda: udp(5353)):
    threading.Thread(target=job).start()
print("listening", flush=True)
"""


@pytest.fixture(scope="module")
def stranger(network: Network) -> Iterator[str]:
    run("ip", "-n", network.name, "addr", "add", f"{STRANGER}/24", "dev", "br0")
    command = network.inside(sys.executable, "-c", ECHO.format(host=STRANGER))
    process = subprocess.Popen(command, stdout=subprocess.PIPE)
    assert process.stdout
    assert process.stdout.readline() == b"listening\n"
    yield STRANGER
    process.kill()
    process.wait(10)
    process.stdout.close()


def probe(box: Box, unit: str) -> dict[str, Any]:
    """Install the probe under a name of its own with these settings, run it, and read what it said."""
    (box.root / "opt/pose-edge/probe.py").write_text((Path(__file__).parent / "probe.py").read_text())
    # Opened by systemd itself, before the sandbox closes.
    unit = unit.replace("[Service]", f"[Service]\nStandardOutput=truncate:{SAID}", 1)
    (box.root / "etc/systemd/system/probe.service").write_text(unit)
    box.sh("systemctl daemon-reload; systemctl start probe.service", within_s=60, check=False)
    said = box.sh(f"cat {SAID}; rm {SAID}")
    assert said.startswith("{"), said + box.sh("journalctl -u probe.service -o cat --no-pager -n 30")
    found: dict[str, Any] = json.loads(said)
    return found


@pytest.fixture(scope="module")
def inside(box: Box, stranger: str) -> dict[str, Any]:
    """What can be done from inside the service's sandbox."""
    start = f"ExecStart=/usr/bin/python3 /opt/pose-edge/probe.py {stranger} {HOST_ADDRESS}"
    unit = re.sub(r"^ExecStart=.*$", start, UNIT.read_text(), flags=re.MULTILINE)
    unit = re.sub(r"^(Type|WatchdogSec|Restart|RestartSec|ExecReload|NotifyAccess)=.*\n", "", unit, flags=re.MULTILINE)
    egress = (box.root / "etc/systemd/system/pose-edge.service.d/egress.conf").read_text()
    return probe(box, unit.replace("[Service]", "[Service]\nType=oneshot", 1) + egress)


def test_the_stranger_can_be_reached_without_the_unit(box: Box, stranger: str) -> None:
    free = probe(
        box, f"[Service]\nType=oneshot\nExecStart=/usr/bin/python3 /opt/pose-edge/probe.py {stranger} {HOST_ADDRESS}\n"
    )
    assert (free["tcp_stranger"], free["udp_stranger"], free["dns_stranger"], free["tcp_broker"]) == (True,) * 4
    assert free["executable_memory"]
    assert free["packet_socket"]
    assert free["in_real_time"]
    assert free["writes"]["/etc"]


def test_nothing_but_the_broker_answers(inside: dict[str, Any]) -> None:
    assert inside["tcp_broker"]
    assert [inside[way] for way in ("tcp_stranger", "udp_stranger", "dns_stranger")] == [False] * 3


def test_nothing_can_be_written_but_its_own_state(inside: dict[str, Any]) -> None:
    assert not any(inside["writes"].values()), inside["writes"]
    assert inside["writes_state"]
    assert not inside["sees_home"]


def test_no_device_but_the_harmless_ones_can_be_opened(inside: dict[str, Any]) -> None:
    assert not any(inside["devices"].values()), inside["devices"]
    assert inside["null"]


def test_the_processor_can_still_be_told(inside: dict[str, Any]) -> None:
    assert inside["cpuinfo"]


def test_it_can_keep_to_one_core_but_never_take_it_from_others(inside: dict[str, Any]) -> None:
    assert [inside[way] for way in ("one_core", "as_a_batch", "as_before")] == [True] * 3
    assert not inside["in_real_time"]


def test_there_is_no_privilege_and_no_way_to_one(inside: dict[str, Any]) -> None:
    assert (inside["capabilities"], inside["no_new_privileges"], inside["root"]) == (0, "1", False)
    for forbidden in ("mounts", "new_namespace", "sets_clock", "sets_hostname", "traces", "packet_socket"):
        assert not inside[forbidden], forbidden


def test_no_new_code_and_no_picture_in_a_core_dump(inside: dict[str, Any]) -> None:
    assert not inside["executable_memory"]
    assert inside["core_bytes"] == 0
    assert inside["seccomp"] == "2"


def test_systemd_rates_the_unit_as_well_fenced(box: Box) -> None:
    box.sh("systemd-analyze security --offline=true --threshold=15 /etc/systemd/system/pose-edge.service")
