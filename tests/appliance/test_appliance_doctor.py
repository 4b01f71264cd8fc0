"""What the doctor says of a healthy box, and of one on which something has gone wrong."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from appliance.box import HOST_ADDRESS, Box, Network
from appliance.conftest import LAB
from support.broker import find_mosquitto

Findings = dict[str, dict[str, Any]]
UNIT_FILE = "/etc/systemd/system/pose-edge.service"
UNIT = f"{UNIT_FILE}.d"
LATER = "/opt/pose-edge/releases/9.9.9"


@pytest.fixture(scope="module")
def patient(box: Box) -> Box:
    shutil.copy(LAB / "set_clock.so", box.root / "opt/pose-edge")
    box.wait_for("systemctl is-active -q pose-edge")
    return box


def examined(box: Box, *, options: str = "", command: str = "pose-edge doctor") -> Findings:
    """The doctor's findings, the worst of each check."""
    report = box.sh(f"LD_PRELOAD=/opt/pose-edge/set_clock.so {command} --json {options} 2>/dev/null", check=False)
    order = ("ok", "warn", "fail")
    found = sorted(json.loads(report)["findings"], key=lambda finding: order.index(finding["level"]))
    return {finding["check"]: finding for finding in found}


def test_of_a_healthy_box_everything_is_ok(patient: Box) -> None:
    found = examined(patient)
    assert {check: finding for check, finding in found.items() if finding["level"] != "ok"} == {}
    assert set(found) >= {"processor", "libraries", "model", "camera", "broker", "permissions", "clock", "disk"}
    assert set(found) >= {"temperature", "power", "service", "sandbox", "update"}
    assert "the address filter was tried and holds" in found["sandbox"]["text"]


@dataclass(frozen=True)
class Fault:
    """Something that goes wrong on a box.

    Attributes:
        plant: Shell commands that bring it about.
        heal: Shell commands that undo it.
        check: Which check must find it.
        text: What must be said of it.
        remedy: What must be said to do.
        options: Of the doctor.
        command: How the doctor is called.
    """

    plant: str
    heal: str
    check: str
    text: str
    remedy: str
    level: str = "fail"
    options: str = ""
    command: str = "pose-edge doctor"


MODEL = "/opt/pose-edge/models/lite-slim.task"
FAULTS = {
    "broker's name is wrong": Fault("", "", "broker", "not known", "DNS", options="--broker nowhere.invalid"),
    "broker does not run": Fault("", "", "broker", "does not answer", "firewall", options=f"--broker {HOST_ADDRESS}:9"),
    "broker refuses the box": Fault(
        "", "", "broker", "refuses this box", "mqtt.username", options=f"--broker {HOST_ADDRESS}:1884"
    ),
    "broker lets it say nothing": Fault(
        "", "", "permissions", "does not arrive", "readwrite", options=f"--broker {HOST_ADDRESS}:1885"
    ),
    "camera is not there": Fault(
        "systemctl stop pose-edge",
        "systemctl start pose-edge",
        "camera",
        "v4l2:7",
        "v4l2-ctl",
        options="--source v4l2:7",
    ),
    "service is down": Fault(
        "systemctl stop pose-edge", "systemctl start pose-edge", "service", "inactive", "systemctl start"
    ),
    "unit is loosened": Fault(
        f"printf '[Service]\\nIPAddressDeny=\\n' > {UNIT}/loose.conf; systemctl daemon-reload",
        f"rm {UNIT}/loose.conf; systemctl daemon-reload",
        "sandbox",
        "any address",
        "systemctl cat",
    ),
    "model is damaged": Fault(
        f"cp {MODEL} /root/good; printf broken | dd of={MODEL} bs=1 seek=100000 conv=notrunc status=none",
        f"cp /root/good {MODEL}",
        "model",
        "lite",
        "models fetch",
    ),
    "model is missing": Fault(
        "mv /opt/pose-edge/models /opt/pose-edge/elsewhere",
        "mv /opt/pose-edge/elsewhere /opt/pose-edge/models",
        "model",
        "lite",
        "models fetch",
    ),
    "library is missing": Fault(
        "mkdir /root/away; mv /usr/lib/*/libEGL.so.1* /root/away; ldconfig",
        "mv /root/away/* /usr/lib/$(uname -m)-linux-gnu/; ldconfig",
        "libraries",
        "libegl1",
        "apt install",
    ),
    "disk is full": Fault(
        "mount -t tmpfs -o size=20M full /var/lib/pose-edge",
        "umount /var/lib/pose-edge",
        "disk",
        "20 MB free",
        "make room",
    ),
    "disk is read-only": Fault(
        "mount -t tmpfs -o size=900M,ro worn /var/lib/pose-edge",
        "umount /var/lib/pose-edge",
        "disk",
        "read-only",
        "card",
    ),
    "update was rolled back": Fault(
        f"mkdir {LATER}; touch {LATER}/.complete; echo 'box1: no pictures' > {LATER}/.bad",
        f"rm -r {LATER}",
        "update",
        "went back from release 9.9.9",
        "find out why",
        level="warn",
    ),
    "update was cut off": Fault(
        f"mkdir {LATER}", f"rm -r {LATER}", "update", "9.9.9 was begun", "run it again", level="warn"
    ),
    "current release is gone": Fault(
        "systemctl stop pose-edge; mv /opt/pose-edge/releases /opt/pose-edge/away; mkdir /opt/pose-edge/releases",
        "rmdir /opt/pose-edge/releases; mv /opt/pose-edge/away /opt/pose-edge/releases; systemctl start pose-edge",
        "update",
        "which is not there",
        "install.sh",
        command="/opt/pose-edge/away/$(basename $(readlink /opt/pose-edge/current))/bin/python -m edge doctor",
    ),
    "unit was changed and not read again": Fault(
        f"echo '# by hand' >> {UNIT_FILE}",
        f"sed -i '$d' {UNIT_FILE}; systemctl daemon-reload",
        "service",
        "systemd does not know yet",
        "daemon-reload",
        level="warn",
    ),
}


@pytest.fixture(scope="module")
def strict_brokers(network: Network, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """One that lets nobody in, and one that passes nothing on."""
    folder = tmp_path_factory.mktemp("strict")
    (folder / "acl").write_text("topic read #\n")
    configuration = folder / "mosquitto.conf"
    configuration.write_text(
        "per_listener_settings true\nuser root\n"
        f"listener 1884 {HOST_ADDRESS}\nallow_anonymous false\n"
        f"listener 1885 {HOST_ADDRESS}\nallow_anonymous true\nacl_file {folder}/acl\n"
    )
    mosquitto = find_mosquitto()
    assert mosquitto
    process = subprocess.Popen(network.inside(mosquitto, "-c", configuration), stderr=subprocess.DEVNULL)
    yield
    process.terminate()
    process.wait(10)


@pytest.mark.usefixtures("strict_brokers")
@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
def test_what_is_wrong_is_named_with_what_to_do(patient: Box, fault: Fault) -> None:
    patient.sh(fault.plant or "true", within_s=60)
    try:
        found = examined(patient, options=fault.options, command=fault.command)[fault.check]
    finally:
        patient.sh(fault.heal or "true", within_s=60)
    assert (found["level"], fault.text in found["text"], fault.remedy in found["remedy"]) == (
        fault.level,
        True,
        True,
    ), found
