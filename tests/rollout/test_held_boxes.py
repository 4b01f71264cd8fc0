"""A box before which somebody lies on the floor is not restarted without being told to."""

import re
import time

import pytest
from rollout.conftest import Fleet
from rollout.figures import measured

QUICK = {"pose_edge_waves": ["100%"], "pose_edge_gate_seconds": 4, "pose_edge_version": "1.1.0"}

SOON = "\n[posture]\nfall_after_s = 1.0\n"


def wait_for_fall(fleet: Fleet, *, within_s: float = 60.0) -> None:
    deadline_s = time.monotonic() + within_s
    while fleet.state("box2").get("fall") != "ON":
        assert time.monotonic() < deadline_s, "nobody fell"


def watch(fleet: Fleet, scene: str) -> None:
    """Let box2 look at another scene."""
    toml = fleet.boxes["box2"].root / "opt/pose-edge/current/etc/pose-edge.toml"
    toml.write_text(re.sub(r'uri = "studio[^"]*"', f'uri = "studio:{scene}"', toml.read_text()))
    fleet.boxes["box2"].sh("systemctl start pose-edge")


def let_somebody_fall(fleet: Fleet) -> None:
    """Somebody falls before box2, and is out of its sight from then on: the fall lasts."""
    box = fleet.boxes["box2"]
    toml = box.root / "opt/pose-edge/current/etc/pose-edge.toml"
    box.sh("systemctl stop pose-edge")
    toml.write_text(toml.read_text().removesuffix(SOON) + SOON)
    watch(fleet, "fall_side")
    wait_for_fall(fleet)
    box.sh("systemctl stop pose-edge")
    watch(fleet, "empty")
    time.sleep(4)
    wait_for_fall(fleet)


@pytest.fixture(scope="module")
def ready(fleet: Fleet) -> Fleet:
    """All with 1.0.0, somebody on the floor before box2."""
    if not (fleet.folder / "bundle/1.1.0").exists():
        fleet.pack("1.1.0")
    assert fleet.play("deploy", **QUICK | {"pose_edge_version": "1.0.0"}) == 0, fleet.said
    let_somebody_fall(fleet)
    return fleet


def test_a_box_with_a_fall_is_left_out_and_the_others_go_on(ready: Fleet) -> None:
    assert ready.play("deploy", pose_edge_hold_seconds=10, **QUICK) == 0, ready.said
    assert "HELD box2" in ready.said
    assert [name for name in ready.boxes if ready.version(name) == "1.0.0"] == ["box2"]


def test_it_is_deployed_once_the_fall_is_cleared(ready: Fleet) -> None:
    playing = ready.start("deploy", pose_edge_hold_seconds=200, **QUICK)
    playing.wait_for("TASK [pose_edge : Wait until the fall is cleared]")
    time.sleep(6)  # it has asked once by then
    assert ready.version("box2") == "1.0.0"
    ready.command("box2", "ack_fall")
    cleared_s = time.time()
    assert playing.finish() == 0, playing.said
    measured(f"a held box ran the new release {time.time() - cleared_s:.0f} s after its fall was cleared")
    assert "HELD" not in playing.said
    assert ready.version("box2") == "1.1.0"


def test_force_deploys_in_spite_of_a_fall_which_goes_on_being_reported(ready: Fleet) -> None:
    let_somebody_fall(ready)
    forced = QUICK | {"pose_edge_version": "1.0.0", "pose_edge_force": True}
    assert ready.play("deploy", *("--limit", "box2"), **forced) == 0, ready.said
    assert ready.version("box2") == "1.0.0"
    assert ready.state("box2")["fall"] == "ON"
    ready.command("box2", "ack_fall")
