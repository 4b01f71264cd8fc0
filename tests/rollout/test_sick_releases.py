"""Bad releases get no further than the first box, which goes back by itself."""

import time

import pytest
from rollout.conftest import Fleet
from rollout.figures import measured

NOBODY = """

def _nobody(self: Eyes, missing: Sequence[Missing]) -> Poses | None:
    poses = self._landmarker.take()
    return poses and Poses(
        t_ns=poses.t_ns, seq=poses.seq, width=poses.width, height=poses.height,
        landmarks=poses.landmarks[:0], world=poses.world[:0], done_ns=poses.done_ns,
    )


Eyes.take = _nobody
"""

CRASH = """

def _crash(self: Daemon) -> None:
    raise RuntimeError("this release crashes")


Daemon.start = _crash
"""

MUTE = """

_right = parse_broker


def parse_broker(text: str, *, port: int = DEFAULT_PORT) -> BrokerAddress:
    return BrokerAddress(_right(text, port=port).host, 1)
"""

SICK = {
    "3.0.0": ("detect/eyes.py", NOBODY, "finds nobody where somebody was seen before"),
    "3.1.0": ("daemon.py", CRASH, "RuntimeError: this release crashes"),
    "3.2.0": ("publish/address.py", MUTE, "it is offline at the broker"),
}


@pytest.mark.parametrize("version", SICK)
def test_a_sick_release_stops_at_the_canary_which_goes_back(fleet: Fleet, version: str) -> None:
    file, wound, why = SICK[version]
    fleet.pack(version, wound=wound, file=file)
    before, began_s = fleet.running(), time.monotonic()
    with fleet.subscriber() as subscriber:
        code = fleet.play("deploy", pose_edge_version=version, pose_edge_gate_within_seconds=45)
        seconds = time.monotonic() - began_s
        assert code != 0, fleet.said
        reports = [line.strip() for line in fleet.said.splitlines() if "ROLLED BACK" in line]
        assert any("ROLLED BACK box1" in line for line in reports), fleet.said
        assert why in fleet.said
        assert [line for line in fleet.said.splitlines() if "Wave: " in line and "box1" not in line] == []
        after = fleet.running()
        assert {name: found[0] for name, found in after.items()} == {name: was[0] for name, was in before.items()}
        assert all(after[name] == before[name] for name in fleet.boxes if name != "box1")
        gap_s = subscriber.longest_gap_s("box1")
    measured(f"{version} ({why}): {seconds:.0f} s, exit code {code}, box1 without landmarks for {gap_s:.0f} s")
    measured(f"  {reports[0]}")
    assert why in (fleet.boxes["box1"].root / f"opt/pose-edge/releases/{version}/.bad").read_text()
