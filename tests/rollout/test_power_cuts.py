"""The power fails in the middle of a rollout: the box comes back with the old release or with the new one."""

import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from rollout.conftest import Fleet
from rollout.disk import DiskBox
from rollout.figures import measured
from rollout.playing import Playing

NEW = "2.0.0"
BIG = 3_000_000
SETTINGS = {"pose_edge_version": NEW, "pose_edge_waves": ["100%"], "pose_edge_gate_seconds": 4}


@pytest.fixture(scope="module")
def old(fleet: Fleet) -> str:
    """What box3 runs, while a new release is ready for it."""
    fleet.pack(NEW)
    return fleet.version("box3")


def forget_large_files(root: Path) -> None:
    """Let a box's store lack what takes long to send."""
    for path in (root / "opt/pose-edge/store").iterdir():
        if path.stat().st_size > BIG:
            path.unlink()


def arrived(root: Path) -> int:
    """Bytes of files that have not come whole yet."""
    return sum(path.stat().st_size for path in root.glob("opt/pose-edge/store/*.part") if path.exists())


def sending(root: Path) -> bool:
    return arrived(root) > BIG


def building(root: Path) -> bool:
    return (root / f"opt/pose-edge/releases/{NEW}/lib/python3.13/site-packages/numpy").exists()


def switched(root: Path) -> bool:
    return (root / "opt/pose-edge/current").readlink().name == NEW


MOMENTS: dict[str, str | Callable[[Path], bool]] = {
    "while files are sent": sending,
    "while the release is built": building,
    "just before the switch": "TASK [pose_edge : Let one link point to the other release]",
    "just after the switch": switched,
    "in the gate": "TASK [pose_edge : Ask the broker about the box]",
}


def wait_for(playing: Playing, moment: str | Callable[[Path], bool], box: DiskBox) -> None:
    playing.wait_for(moment if isinstance(moment, str) else lambda: moment(box.root))


@pytest.mark.usefixtures("old")
def test_what_came_before_a_transfer_was_cut_off_is_not_sent_again(fleet: Fleet) -> None:
    root = fleet.boxes["box3"].root
    forget_large_files(root)
    transfer = ("-v", "--limit", "box3", "--tags", "transfer")
    playing = fleet.start("deploy", *transfer, pose_edge_version=NEW)
    playing.wait_for(lambda: sending(root))
    playing.kill()
    time.sleep(1)  # what is on its way still arrives
    kept = arrived(root)
    parts = json.loads((fleet.folder / f"bundle/{NEW}/pc.json").read_text())["files"]
    wanted = {part["sha256"]: part["size"] for part in parts}
    missing = sum(size for sha256, size in wanted.items() if not (root / "opt/pose-edge/store" / sha256).exists())
    assert fleet.play("deploy", *transfer, pose_edge_version=NEW) == 0, fleet.said
    assert f"sent_bytes: {missing - kept}" in fleet.said, fleet.said
    measured(f"a transfer was cut off after {kept / 1e6:.1f} MB; the next sent {(missing - kept) / 1e6:.1f} MB")


@pytest.mark.parametrize("when", MOMENTS)
def test_a_box_comes_back_with_the_old_or_the_new_release(fleet: Fleet, old: str, when: str) -> None:
    box = fleet.boxes["box3"]
    assert isinstance(box, DiskBox)
    if fleet.version("box3") == NEW:
        assert fleet.play("rollback", "--limit", "box3", pose_edge_gate_seconds=2) == 0, fleet.said
    if MOMENTS[when] is sending:
        forget_large_files(box.root)
    playing = fleet.start("deploy", "--limit", "box3", **SETTINGS)
    wait_for(playing, MOMENTS[when], box)
    box.pull_the_plug()
    playing.kill()
    box.power_on()
    began_s = time.monotonic()
    version = fleet.version("box3")
    assert version in (old, NEW)
    assert (box.root / f"opt/pose-edge/releases/{version}/.complete").read_text().strip()
    box.wait_for("systemctl is-active -q pose-edge")
    with fleet.subscriber() as subscriber:
        deadline_s = time.monotonic() + 60
        while not any(f'"{version}"' in heard.payload for heard in subscriber.heard("box3", "health")):
            assert time.monotonic() < deadline_s, box.sh("journalctl --no-pager -n 50 -u pose-edge")
            time.sleep(0.2)
    measured(
        f"power cut {when}: back with the {'old' if version == old else 'new'} release, "
        f"heard {time.monotonic() - began_s:.0f} s after the boot"
    )


def test_the_run_after_a_power_cut_completes(fleet: Fleet, old: str) -> None:
    assert fleet.play("deploy", "--limit", "box3", **SETTINGS) == 0, fleet.said
    assert fleet.version("box3") == NEW
    assert fleet.play("rollback", "--limit", "box3", pose_edge_gate_seconds=2) == 0, fleet.said
    assert fleet.version("box3") == old
    assert list((fleet.boxes["box3"].root / "opt/pose-edge").glob(".build-*")) == []
