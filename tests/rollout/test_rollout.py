"""A release's way to real boxes, in the order in which an operator goes it; each test leaves the fleet well."""

from pathlib import Path

from appliance.box import run
from rollout.conftest import Fleet

CRASH = "\n\nraise RuntimeError('this release crashes')\n"
NOBODY = """

def _nobody(self: Eyes, missing: Sequence[Missing]) -> Poses | None:
    poses = self._landmarker.take()
    return poses and Poses(
        t_ns=poses.t_ns, seq=poses.seq, width=poses.width, height=poses.height,
        landmarks=poses.landmarks[:0], world=poses.world[:0], done_ns=poses.done_ns,
    )


Eyes.take = _nobody
"""


def test_bare_boxes_are_provisioned_until_landmarks_arrive_at_the_broker(fleet: Fleet) -> None:
    fleet.pack("1.0.0")
    assert fleet.play("provision") == 0, fleet.said
    heard = fleet.heard("pose-edge/+/landmarks")
    assert all(f"pose-edge/{name}/landmarks" in heard for name in fleet.boxes)


def test_provisioning_again_changes_nothing(fleet: Fleet) -> None:
    assert fleet.play("provision") == 0, fleet.said
    assert set(fleet.changed().values()) == {0}, fleet.said


def test_a_password_stands_in_no_log_and_no_file_that_others_may_read(fleet: Fleet) -> None:
    assert fleet.play("provision", pose_edge_gate_seconds=2) == 0
    for name, box in fleet.boxes.items():
        password = (box.root / "etc/pose-edge/mqtt-password").read_text().strip()
        assert password not in fleet.said
        found = box.sh(
            f"grep -rlsF {password} /etc /opt/pose-edge/releases/*/etc /var/log /run/pose-edge /tmp", check=False
        )
        assert found.split() == ["/etc/pose-edge/mqtt-password"], name
        assert box.sh("stat -c '%a %U %G' /etc/pose-edge/mqtt-password").strip() == "640 root pose-edge"
        assert password not in box.sh(
            "journalctl --no-pager; tr '\\0' ' ' < /proc/$(pidof -s pose-edge)/cmdline", check=False
        )


def test_a_mistake_in_one_box_s_zones_is_named_and_its_box_left_alone(fleet: Fleet) -> None:
    box = fleet.boxes["box2"]
    before = box.sh("cat /etc/pose-edge/pose-edge.toml; systemctl show -p MainPID pose-edge")
    zones = '{"pose_edge_zones": [{"name": "bed", "kind": "bedd", "polygon": [[0, 0], [1, 0], [1, 1]]}]}'
    variables = fleet.host_vars("box2")
    variables.write_text(zones)
    try:
        assert fleet.play("configure") != 0
    finally:
        variables.unlink()
    assert "zones[0] (bed): kind: must be" in fleet.said
    assert box.sh("cat /etc/pose-edge/pose-edge.toml; systemctl show -p MainPID pose-edge") == before


def test_a_box_cannot_speak_for_another_nor_command_one(fleet: Fleet) -> None:
    refused = ("pose-edge/box2/event", "pose-edge/box2/cmd/pause", "homeassistant/device/pose-edge-box2/config")
    for topic in refused:
        fleet.publish("box1", topic)
        assert "Not authorized" in fleet.said, topic
    for topic in ("pose-edge/box1/event", "homeassistant/device/pose-edge-box1/config"):
        assert fleet.publish("box1", topic) == 0
        assert fleet.said == "", topic


def test_the_broker_proves_by_the_sites_own_authority_who_it_is(fleet: Fleet, tmp_path: Path) -> None:
    other = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=other")
    run("openssl", "req", "-x509", *other, "-keyout", tmp_path / "other.key", "-out", tmp_path / "other.crt")
    topic = "pose-edge/box1/event"
    assert fleet.publish("box1", topic, "-p", "8883", "--cafile", fleet.certificates / "ca.crt") == 0
    assert fleet.publish("box1", topic, "-p", "8883", "--cafile", tmp_path / "other.crt") != 0


def test_a_good_release_reaches_all_boxes_wave_by_wave(fleet: Fleet) -> None:
    fleet.pack("1.1.0")
    assert fleet.play("deploy") == 0, fleet.said
    waves = [line for line in fleet.said.splitlines() if "Wave: " in line]
    assert [line.split("Wave: ")[1].strip(" '\"") for line in waves] == ["box1", "box2", "box3"]
    assert fleet.versions() == {"1.1.0"}


def test_a_release_that_crashes_stops_at_the_first_box_and_goes_back(fleet: Fleet) -> None:
    fleet.pack("1.2.0", wound=CRASH)
    assert fleet.play("deploy") != 0
    assert fleet.versions() == {"1.1.0"}


def test_a_release_that_finds_nobody_stops_at_the_first_box_and_goes_back(fleet: Fleet) -> None:
    fleet.pack("1.3.0", wound=NOBODY)
    assert fleet.play("deploy", pose_edge_gate_within_seconds=40) != 0
    assert "ROLLED BACK box1" in fleet.said
    assert "finds nobody where somebody was seen before" in fleet.said
    assert fleet.versions() == {"1.1.0"}
    assert "Wave: box2" not in fleet.said


def test_one_command_goes_back_to_the_release_before(fleet: Fleet) -> None:
    fleet.pack("1.4.0")
    assert fleet.play("deploy") == 0, fleet.said
    assert fleet.play("rollback") == 0, fleet.said
    assert fleet.versions() == {"1.1.0"}
