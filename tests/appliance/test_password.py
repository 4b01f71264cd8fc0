"""A broker that wants a password, which systemd hands to the service and to nobody else."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from appliance.box import HOST_ADDRESS, Box, Network, run
from support.broker import find_mosquitto

PORT = 1886
SECRET = "correct horse"  # noqa: S105 - of this test's own broker
KEPT = "/etc/credstore/mqtt-password"


@pytest.fixture(scope="module")
def guarded_broker(network: Network, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Lets in box1 with its password."""
    folder = tmp_path_factory.mktemp("guarded")
    (folder / "passwords").touch(mode=0o600)
    run("mosquitto_passwd", "-b", folder / "passwords", "box1", SECRET)
    (folder / "mosquitto.conf").write_text(
        f"listener {PORT} {HOST_ADDRESS}\nuser root\nallow_anonymous false\npassword_file {folder}/passwords\n"
    )
    mosquitto = find_mosquitto()
    assert mosquitto
    command = network.inside(mosquitto, "-c", folder / "mosquitto.conf")
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    yield
    process.terminate()
    process.wait(10)


@pytest.fixture(scope="module")
def trusted(box: Box, guarded_broker: None) -> Iterator[Box]:
    """The service with its password in systemd's store, and nowhere else."""
    assert guarded_broker is None
    toml: Path = box.root / "etc/pose-edge/pose-edge.toml"
    before = toml.read_text()
    toml.write_text(before.replace(f'"{HOST_ADDRESS}"', f'"{HOST_ADDRESS}:{PORT}"\nusername = "box1"'))
    install = "/root/pose-edge/systemd/install.sh --wheels /root/wheels --models /root"
    box.sh(f"mkdir -p /etc/credstore; (umask 077; printf '{SECRET}' > {KEPT}); {install}", within_s=120)
    yield box
    toml.write_text(before)
    box.sh(f"rm {KEPT}; {install}", within_s=120)
    assert "LoadCredential" not in box.sh("systemctl cat pose-edge")


def test_the_service_logs_in_with_the_password_that_systemd_keeps(trusted: Box) -> None:
    trusted.wait_for("systemctl show -p StatusText pose-edge | grep -q 'broker connected'", within_s=20)


def test_nobody_else_can_read_it(trusted: Box) -> None:
    process = trusted.property("MainPID")
    assert SECRET not in trusted.sh(f"cat /proc/{process}/environ /proc/{process}/cmdline | tr '\\0' ' '")
    for place in (KEPT, "/run/credentials/pose-edge.service/mqtt-password"):
        assert SECRET in trusted.sh(f"cat {place}")
        assert SECRET not in trusted.sh(f"setpriv --reuid=65534 --regid=65534 --clear-groups cat {place}", check=False)
    assert SECRET not in trusted.sh("journalctl -u pose-edge --no-pager")


def test_the_doctor_logs_in_as_the_service_does(trusted: Box) -> None:
    findings = json.loads(trusted.sh("pose-edge doctor --json 2>/dev/null", check=False))["findings"]
    broker = next(finding for finding in findings if finding["check"] == "broker")
    assert (broker["level"], "lets this box in" in broker["text"]) == ("ok", True)
