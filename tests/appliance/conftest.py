"""A box with pose-edge installed as its users install it, and a broker outside."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from appliance.box import HOST_ADDRESS, Box, Network, run
from support.broker import find_mosquitto

LAB = Path(os.environ.get("POSE_EDGE_APPLIANCE_LAB", "/nonexistent"))
"""Made by scripts/test-appliance: `tree` (Debian 13), `wheels` (for its Python), both of Debian 12 with a 12 at the
end, `camera-tree`, `lite.task`."""

CHECKOUT = Path(__file__).parents[2]
WOUND = "/run/pose-edge/wound"
"""Names the part of a `woundable` service that is to stop working."""

CONFIGURATION = f"""
[device]
id = "box1"
[source]
uri = "studio"
[mqtt]
broker = "{HOST_ADDRESS}"
[publish]
health_interval_s = 1
"""


@pytest.fixture(scope="session")
def network() -> Iterator[Network]:
    with Network() as network:
        yield network


@pytest.fixture(scope="session")
def outside_broker(network: Network, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A broker on the boxes' network; yields its address."""
    mosquitto = find_mosquitto()
    assert mosquitto
    configuration = tmp_path_factory.mktemp("broker") / "mosquitto.conf"
    configuration.write_text(f"listener 1883 {HOST_ADDRESS}\nallow_anonymous true\nuser root\n")
    process = subprocess.Popen(network.inside(mosquitto, "-c", configuration), stderr=subprocess.DEVNULL)
    yield HOST_ADDRESS
    process.terminate()
    process.wait(10)


@pytest.fixture(scope="session")
def bare_box(network: Network, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Box]:
    with Box(network, LAB / "tree", tmp_path_factory.mktemp("box") / "box1") as box:
        yield box


@pytest.fixture(scope="session")
def box(bare_box: Box, outside_broker: str) -> Box:
    """With the service installed and at work."""
    assert outside_broker
    bring_along(bare_box)
    (bare_box.root / "etc/pose-edge").mkdir()
    (bare_box.root / "etc/pose-edge/pose-edge.toml").write_text(CONFIGURATION)
    bare_box.sh("/root/pose-edge/systemd/install.sh --wheels /root/wheels --models /root", within_s=600)
    return bare_box


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


def bring_along(box: Box, *, wheels: str = "wheels") -> None:
    """Carry the checkout, wheels and model into a box, which has no internet."""
    files = run("git", "-C", CHECKOUT, "ls-files", "--cached", "--others", "--exclude-standard").splitlines()
    for name in files:
        if name.startswith(("tests/", ".ci/")) or not (CHECKOUT / name).is_file():
            continue
        target = box.root / "root/pose-edge" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(CHECKOUT / name, target)
    shutil.copytree(LAB / wheels, box.root / "root/wheels")
    shutil.copy(LAB / "lite.task", box.root / "root/lite.task")
