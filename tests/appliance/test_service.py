"""The installed service in a box with its own systemd."""

from appliance.box import Box, Network
from appliance.hearing import heard
from support.broker import wait_until


def test_the_service_is_ready_with_its_first_result_and_landmarks_arrive_outside(box: Box, network: Network) -> None:
    assert box.property("ActiveState") == "active"
    assert len(heard(network, "pose-edge/box1/landmarks")) >= 20
    assert "broker connected" in box.property("StatusText")


def test_the_status_line_says_who_is_there(box: Box) -> None:
    box.wait_for("systemctl show -p StatusText pose-edge | grep -q '1 person'", within_s=60)


def test_installing_again_changes_nothing_and_keeps_the_configuration(box: Box) -> None:
    before = box.sh("stat -c %Y /opt/pose-edge/releases/*/bin/pose-edge; cat /etc/pose-edge/pose-edge.toml")
    box.sh("/root/pose-edge/systemd/install.sh --wheels /root/wheels --models /root", within_s=300)
    assert box.sh("stat -c %Y /opt/pose-edge/releases/*/bin/pose-edge; cat /etc/pose-edge/pose-edge.toml") == before


def test_a_wrong_configuration_at_start_is_told_once_and_not_tried_again(box: Box) -> None:
    path = box.root / "etc/pose-edge/pose-edge.toml"
    good = path.read_text()
    path.write_text(good.replace('uri = "studio"', 'uri = "studio"\nfpz = 30'))
    try:
        box.sh("systemctl restart pose-edge", check=False)
        wait_until(lambda: box.property("ActiveState") == "failed", "the service gives up", within_s=20)
        assert box.property("ExecMainStatus") == "2"
        assert box.property("NRestarts") == "0"
        said = box.sh("journalctl _SYSTEMD_INVOCATION_ID=$(systemctl show --value -p InvocationID pose-edge) -o cat")
        assert [("source.fpz" in line) for line in said.splitlines()] == [True], said
    finally:
        path.write_text(good)
        box.sh("systemctl reset-failed pose-edge; systemctl start pose-edge")


def test_the_doctor_finds_a_healthy_box_and_leaves_the_service_alone(box: Box) -> None:
    restarts = box.property("NRestarts")
    report = box.sh("pose-edge doctor", check=False)
    failed = [line for line in report.splitlines() if line.startswith("fail")]
    assert failed == []
    assert "in use by the daemon" in report
    assert box.property("NRestarts") == restarts
