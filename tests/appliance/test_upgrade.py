"""Other versions on the same box, and the way out. The last tests of the box: afterwards nothing is installed."""

from appliance.box import Box

INSTALL = "/root/pose-edge/systemd/install.sh"
OLD = "0.0.9"


def test_a_box_with_another_version_goes_over_to_this_one_and_keeps_a_way_back(box: Box) -> None:
    version = box.sh("readlink /opt/pose-edge/current").strip().removeprefix("releases/")
    # Two releases of earlier times, one of them at work.
    for release in ("0.0.8", OLD):
        box.sh(f"cp -al /opt/pose-edge/releases/{version} /opt/pose-edge/releases/{release}")
    box.sh(f"ln -sfn releases/{OLD} /opt/pose-edge/current; systemctl restart pose-edge", within_s=60)
    before = box.property("MainPID")
    box.sh(f"{INSTALL} --wheels /root/wheels --models /root", within_s=300)
    assert box.sh("readlink /opt/pose-edge/current").strip() == f"releases/{version}"
    assert sorted(box.sh("ls /opt/pose-edge/releases").split()) == [OLD, version]
    assert box.property("ActiveState") == "active"
    assert box.property("MainPID") != before
    box.sh(f"ln -sfn releases/{OLD} /opt/pose-edge/current; systemctl restart pose-edge", within_s=60)
    assert box.property("ActiveState") == "active"


def test_nothing_is_left_after_uninstalling_but_what_people_wrote(box: Box) -> None:
    written = box.sh("cat /etc/pose-edge/pose-edge.toml")
    box.sh(f"{INSTALL} --uninstall")
    assert box.sh("ls /etc/pose-edge").strip() == "pose-edge.toml"
    assert box.sh("cat /etc/pose-edge/pose-edge.toml") == written
    gone = "/opt/pose-edge /etc/systemd/system/pose-edge.service /usr/local/bin/pose-edge"
    assert box.sh(f"ls -d {gone} 2>/dev/null", check=False) == ""


def test_purging_takes_the_rest_along(box: Box) -> None:
    box.sh(f"{INSTALL} --uninstall --purge")
    assert box.sh("ls -d /etc/pose-edge /var/lib/pose-edge 2>/dev/null", check=False) == ""
    assert "pose-edge" not in box.sh("cut -d: -f1 /etc/passwd").split()
