"""The real Picamera2 on libcamera's virtual camera, in the installed service."""

import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from appliance.box import Box, Network
from appliance.conftest import CONFIGURATION, LAB, bring_along
from appliance.hearing import health, health_when

PARTS = Path(__file__).parent / "camera"
SILENT = "/run/pose-edge/silent"
DROP_IN = f"""
[Service]
Environment=LD_PRELOAD=/opt/pose-edge/dma_heap.so LIBCAMERA_PIPELINES_MATCH_LIST=virtual
ExecStart=
ExecStart=/opt/pose-edge/current/bin/python /opt/pose-edge/virtual_camera.py {SILENT} run --source picamera
"""


@pytest.fixture(scope="module")
def camera_box(network: Network, outside_broker: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Box]:
    """A box with a camera, the service installed and watching it."""
    assert outside_broker
    with Box(network, LAB / "camera-tree", tmp_path_factory.mktemp("camera") / "box", name="camera") as box:
        bring_along(box)
        (box.root / "etc/pose-edge").mkdir()
        (box.root / "etc/pose-edge/pose-edge.toml").write_text(CONFIGURATION.replace("box1", "camera"))
        box.sh("/root/pose-edge/systemd/install.sh --wheels /root/wheels --models /root", within_s=600)
        shutil.copy(PARTS / "virtual_camera.py", box.root / "opt/pose-edge")
        shutil.copy(LAB / "dma_heap.so", box.root / "opt/pose-edge")
        folder = box.root / "etc/systemd/system/pose-edge.service.d"
        (folder / "camera.conf").write_text(DROP_IN)
        box.sh("systemctl daemon-reload; systemctl restart pose-edge", within_s=90)
        yield box


def test_three_hundred_frames_of_picamera2_go_through_the_service(camera_box: Box, network: Network) -> None:
    camera_box.wait_for("systemctl show -p StatusText pose-edge | grep -q '1 person'", within_s=60)
    frames, began = 0.0, time.monotonic()
    while frames < 300:
        frames += health(network, "camera")["fps_in"]  # a message a second
        assert time.monotonic() - began < 60
    assert camera_box.property("NRestarts") == "0"


def test_a_camera_that_is_silent_for_a_moment_goes_on_by_itself(camera_box: Box, network: Network) -> None:
    before = camera_box.property("MainPID")
    camera_box.sh(f"touch {SILENT}; sleep 7; rm {SILENT}")
    recovery = health_when(network, lambda told: told["recovery"]["returned"] == 1, "camera")["recovery"]
    assert (recovery["overdue"], recovery["returned"], recovery["restarts"]) == (1, 1, {})
    assert camera_box.property("MainPID") == before


def test_a_camera_that_stays_silent_is_opened_anew_by_a_restart(camera_box: Box, network: Network) -> None:
    before = camera_box.property("MainPID")
    camera_box.sh(f"touch {SILENT}")
    camera_box.wait_for(f"[ $(systemctl show --value -p MainPID pose-edge) != {before} ]", within_s=40)
    camera_box.sh(f"rm {SILENT}")
    camera_box.wait_for("systemctl is-active -q pose-edge", within_s=40)
    recovery = health(network, "camera")["recovery"]
    assert recovery["restarts"] == {"source_lost": 1}
    assert "picamera" in recovery["last"] or "camera's driver" in recovery["last"]
