"""Debian 12 and the Pi 4's lock, as on Pis older than the 5: systemd 252, Python 3.11, mediapipe 0.10.18."""

import json
import textwrap
import time
from collections.abc import Iterator

import pytest
from appliance.box import Box, Network
from appliance.conftest import CHECKOUT, CONFIGURATION, LAB, bring_along
from appliance.hearing import health, heard


@pytest.fixture(scope="module")
def older_box(network: Network, outside_broker: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Box]:
    """A box with the service installed and at work."""
    assert outside_broker
    with Box(network, LAB / "tree12", tmp_path_factory.mktemp("older") / "box", name="older") as box:
        bring_along(box, wheels="wheels12")
        # This machine's processor would ask for the other lock.
        (box.root / "root/pose-edge/scripts/find-lock").write_text("#!/bin/sh\necho pi4\n")
        (box.root / "etc/pose-edge").mkdir()
        (box.root / "etc/pose-edge/pose-edge.toml").write_text(CONFIGURATION.replace("box1", "older"))
        box.sh("/root/pose-edge/systemd/install.sh --wheels /root/wheels --models /root", within_s=600)
        yield box


def test_the_service_installs_and_landmarks_arrive(older_box: Box, network: Network) -> None:
    assert older_box.property("ActiveState") == "active"
    assert "0.10.18" in older_box.sh("ls /opt/pose-edge/current/lib/python3.11/site-packages")
    assert len(heard(network, "pose-edge/older/landmarks")) >= 15


def test_this_systemd_knows_every_line_of_the_unit(older_box: Box) -> None:
    assert "Unknown" not in older_box.sh("systemd-analyze verify /etc/systemd/system/pose-edge.service", check=False)
    older_box.sh("systemd-analyze security --offline=true --threshold=15 /etc/systemd/system/pose-edge.service")


def test_a_reload_loses_nobody(older_box: Box, network: Network) -> None:
    process = older_box.property("MainPID")
    older_box.sh("systemctl reload pose-edge")
    assert health(network, "older")["config"] == "ok"
    assert (older_box.property("ActiveState"), older_box.property("MainPID")) == ("active", process)


def test_a_process_that_stands_still_is_killed_and_comes_back(older_box: Box, network: Network) -> None:
    process = older_box.property("MainPID")
    older_box.sh(f"kill -STOP {process}")
    older_box.wait_for(f"[ $(systemctl show --value -p MainPID pose-edge) != {process} ]", within_s=40)
    older_box.wait_for("systemctl is-active -q pose-edge", within_s=40)
    assert health(network, "older")["recovery"]["restarts"] == {"killed": 1}


def test_the_doctor_finds_nothing_that_fails(older_box: Box) -> None:
    findings = json.loads(older_box.sh("pose-edge doctor --json 2>/dev/null", check=False))["findings"]
    assert [finding for finding in findings if finding["level"] == "fail"] == []
    sandbox = next(finding for finding in findings if finding["check"] == "sandbox")
    assert (sandbox["level"], "tried and holds" in sandbox["text"]) == ("ok", True)


def test_a_box_that_was_asked_to_reboots_when_starting_does_not_help(older_box: Box) -> None:
    page = (CHECKOUT / "docs/operations.md").read_text()
    _, _, rest = page.partition("    # systemctl edit pose-edge\n")
    drop_in = textwrap.dedent(rest.partition("\n\n")[0])
    assert "StartLimitAction=reboot" in drop_in
    (older_box.root / "etc/systemd/system/pose-edge.service.d/reboot.conf").write_text(drop_in + "\n")
    older_box.sh("systemctl daemon-reload; systemctl restart pose-edge", within_s=60)
    killer = "while systemctl kill -s KILL pose-edge; do sleep 3; done"
    older_box.sh(f"systemd-run --quiet --unit=killer sh -c '{killer}'")
    began = time.monotonic()
    older_box.wait_for_reboot(within_s=150)
    assert time.monotonic() - began > 20  # not at the first trouble
