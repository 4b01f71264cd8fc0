"""From bare boxes to landmarks, without internet; and what a box may say at the broker."""

import time
from collections.abc import Mapping
from pathlib import Path

from appliance.box import run
from rollout.conftest import Fleet
from rollout.figures import measured


def test_bare_boxes_are_provisioned_until_landmarks_arrive_at_the_broker(fleet: Fleet) -> None:
    heard = fleet.heard("pose-edge/+/landmarks")
    assert all(f"pose-edge/{name}/landmarks" in heard for name in fleet.boxes)


def test_no_box_reached_or_tried_to_reach_the_internet(provisioned: Mapping[str, object]) -> None:
    assert provisioned["packets"] == []


def test_the_watcher_would_have_seen_a_look_up_and_a_connection(fleet: Fleet) -> None:
    with fleet.watched() as packets:
        fleet.boxes["box1"].sh(
            "timeout 2 getent hosts example.org; timeout 2 bash -c ': </dev/tcp/192.0.2.1/443'", check=False
        )
    sender = fleet.boxes["box1"].address
    assert {f"{sender} 192.0.2.53", f"{sender} 192.0.2.1"} <= set(packets)


def test_provisioning_again_changes_nothing(fleet: Fleet) -> None:
    before, began_s = fleet.running(), time.monotonic()
    assert fleet.play("provision") == 0, fleet.said
    assert set(fleet.changed().values()) == {0}, fleet.said
    assert fleet.running() == before
    measured(f"provision.yml again: {time.monotonic() - began_s:.0f} s, changed {fleet.changed()}")


def test_a_box_cannot_speak_for_another_nor_command_one(fleet: Fleet) -> None:
    refused = ("pose-edge/box2/event", "pose-edge/box2/cmd/pause", "homeassistant/device/pose-edge-box2/config")
    for topic in refused:
        fleet.publish("box1", topic)
        assert "Not authorized" in fleet.said, topic
    for topic in ("pose-edge/box1/event", "homeassistant/device/pose-edge-box1/config"):
        assert fleet.publish("box1", topic) == 0
        assert fleet.said == "", topic


def test_what_the_broker_keeps_survives_its_restart(fleet: Fleet) -> None:
    topic = "pose-edge/none/state"
    assert fleet.publish("operator", topic, "-r") == 0
    try:
        fleet.broker.sh("systemctl restart mosquitto")
        assert fleet.heard(topic, seconds=1) == f"{topic} {{}}\n"
    finally:
        fleet.publish("operator", topic, "-r", payload="")


def test_the_broker_proves_by_the_sites_own_authority_who_it_is(fleet: Fleet, tmp_path: Path) -> None:
    other = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=other")
    run("openssl", "req", "-x509", *other, "-keyout", tmp_path / "other.key", "-out", tmp_path / "other.crt")
    topic = "pose-edge/box1/event"
    assert fleet.publish("box1", topic, "-p", "8883", "--cafile", fleet.certificates / "ca.crt") == 0
    assert fleet.publish("box1", topic, "-p", "8883", "--cafile", tmp_path / "other.crt") != 0


def test_a_box_that_trusts_another_authority_does_not_connect_and_says_why(fleet: Fleet, tmp_path: Path) -> None:
    box, other = fleet.boxes["box1"], tmp_path / "other.crt"
    ca = box.root / "etc/pose-edge/site-ca.crt"
    right = ca.read_text()
    subject = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=other")
    run("openssl", "req", "-x509", *subject, "-keyout", tmp_path / "other.key", "-out", other)
    ca.write_text(other.read_text())
    try:
        box.sh("systemctl restart pose-edge")
        box.wait_for("journalctl -u pose-edge -n 20 -o cat | grep -q 'check mqtt.ca_file'")
        assert "offline" in fleet.heard("pose-edge/box1/status", seconds=2)
    finally:
        ca.write_text(right)
        box.sh("systemctl restart pose-edge")
