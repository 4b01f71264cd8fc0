"""The landmark library reports its use to its makers. The unit keeps that in, without the process's own guard too."""

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from appliance.box import Box, Network, run

SPY = "10.77.0.3"
"""The box's name server, which says that it is everybody."""

LISTEN = """
import socket, struct, sys, threading

def note(what):
    print(what, flush=True)

def names():
    line = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    line.bind((sys.argv[1], 53))
    while True:
        asked, sender = line.recvfrom(512)
        labels, place = [], 12
        while asked[place]:
            labels.append(asked[place + 1 : place + 1 + asked[place]].decode())
            place += asked[place] + 1
        question = asked[12 : place + 5]
        note("look-up " + ".".join(labels))
        address = b"\\xc0\\x0c" + struct.pack(">HHIH", 1, 1, 60, 4) + socket.inet_aton(sys.argv[1])
        is_address = question[-4:-2] == b"\\0\\1"
        head = asked[:2] + struct.pack(">HHHHH", 0x8180, 1, int(is_address), 0, 0)
        line.sendto(head + question + (address if is_address else b""), sender)

def connections(port):
    with socket.create_server((sys.argv[1], port)) as server:
        while True:
            connection, _ = server.accept()
            note(f"connection {port}")
            connection.close()

threading.Thread(target=names).start()
for port in (80, 443):
    threading.Thread(target=connections, args=(port,)).start()
note("listening")
"""

UNGUARDED = """
import sys
import edge.detect.runtime
edge.detect.runtime.cut_telemetry = lambda environ: None
from edge.cli import main
sys.exit(main())
"""


class Spy:
    def __init__(self, notes: Path) -> None:
        self._notes = notes

    def heard(self) -> list[str]:
        return self._notes.read_text().splitlines()[1:]


@pytest.fixture(scope="module")
def spy(network: Network, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Spy]:
    run("ip", "-n", network.name, "addr", "add", f"{SPY}/24", "dev", "br0")
    notes = tmp_path_factory.mktemp("spy") / "notes"
    with notes.open("w") as stream:
        process = subprocess.Popen(network.inside(sys.executable, "-c", LISTEN, SPY), stdout=stream)
    while "listening" not in notes.read_text():
        assert process.poll() is None
        time.sleep(0.1)
    yield Spy(notes)
    process.kill()
    process.wait(10)


@pytest.fixture
def unguarded(box: Box, spy: Spy) -> Iterator[Path]:
    """The service without the process's guard and the unit's variables; yields the folder of its drop-ins."""
    assert spy
    (box.root / "etc/resolv.conf").write_text(f"nameserver {SPY}\n")
    (box.root / "opt/pose-edge/unguarded.py").write_text(UNGUARDED)
    folder = box.root / "etc/systemd/system/pose-edge.service.d"
    command = "/opt/pose-edge/current/bin/python /opt/pose-edge/unguarded.py run"
    (folder / "unguarded.conf").write_text(
        f"[Service]\nUnsetEnvironment=https_proxy http_proxy\nExecStart=\nExecStart={command}\n"
    )
    yield folder
    for name in ("unguarded.conf", "open.conf"):
        (folder / name).unlink(missing_ok=True)
    box.sh("systemctl daemon-reload; systemctl restart pose-edge", within_s=60)


def run_once(box: Box) -> None:
    """Start the service and stop it again: the library sends when its task closes."""
    box.sh("systemctl daemon-reload; systemctl restart pose-edge", within_s=60)
    box.sh("sleep 3; systemctl stop pose-edge; sleep 2")


def test_the_library_would_tell_its_makers_and_the_unit_keeps_it_in(box: Box, spy: Spy, unguarded: Path) -> None:
    run_once(box)
    assert spy.heard() == []
    (unguarded / "open.conf").write_text("[Service]\nIPAddressDeny=\n")
    run_once(box)
    assert any(line.startswith("look-up play.googleapis.com") for line in spy.heard()), spy.heard()
    assert "connection 443" in spy.heard()
    assert box.property("IPAddressDeny") == ""


def test_the_process_alone_keeps_it_in_as_well(box: Box, spy: Spy) -> None:
    before = spy.heard()
    folder = box.root / "etc/systemd/system/pose-edge.service.d"
    (folder / "open.conf").write_text("[Service]\nIPAddressDeny=\nUnsetEnvironment=https_proxy http_proxy\n")
    run_once(box)
    (folder / "open.conf").unlink()
    box.sh("systemctl daemon-reload; systemctl restart pose-edge", within_s=60)
    assert spy.heard() == before
