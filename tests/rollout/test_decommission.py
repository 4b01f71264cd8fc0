"""Boxes that go out of service: nothing of them stays at the broker, whether they can be reached or not."""

from collections.abc import Iterator

import pytest
from rollout.pair import Pair, pair

MEANT = {"pose_edge_decommission": "box1"}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    with pair(tmp_path_factory) as two:
        two.pack("1.0.0")
        yield two


@pytest.fixture
def working(site: Pair) -> Pair:
    """The pair, provisioned, with what a broker keeps of a box that works."""
    assert site.play("provision", pose_edge_gate_seconds=2) == 0, site.said
    site.wait_online()
    return site


def kept_by_the_broker(site: Pair) -> str:
    return site.heard("pose-edge/box1/#", seconds=2) + site.heard("homeassistant/device/pose-edge-box1/#", seconds=2)


def test_nothing_happens_to_a_box_that_was_not_named(working: Pair) -> None:
    for words in ({}, {"pose_edge_decommission": "box2"}, {"pose_edge_decommission": "box1,box2"}):
        assert working.play("decommission", **words) != 0
        assert "name exactly the boxes of --limit in -e pose_edge_decommission" in working.said
    assert working.let_in("box1", working.password("box1"))
    assert working.box.property("ActiveState") == "active"


def test_a_box_that_cannot_be_reached_loses_everything_at_the_broker(working: Pair) -> None:
    password = working.password("box1")
    # It still speaks to the broker: no operator reaches it, as its way in is shut.
    working.box.sh("systemctl stop ssh.socket ssh.service 'session*.scope'")
    try:
        assert "pose-edge/box1/status online" in kept_by_the_broker(working)
        assert working.play("decommission", **MEANT) == 0, working.said
        assert "OUT OF SERVICE box1: it could not be reached" in working.said
        assert kept_by_the_broker(working) == ""
        assert not working.let_in("box1", password)
        assert working.kept() == {"operator"}
        assert "box1" not in working.broker.sh("cat /etc/mosquitto/pose-edge/acl /etc/mosquitto/pose-edge/passwords")
    finally:
        working.box.sh("systemctl start ssh.service")


def test_a_box_that_is_reached_is_bare_again(working: Pair) -> None:
    assert working.play("decommission", **MEANT) == 0, working.said
    assert kept_by_the_broker(working) == ""
    left = working.box.sh(
        "ls -d /opt/pose-edge /etc/pose-edge /var/lib/pose-edge /etc/systemd/system/pose-edge* "
        "/usr/local/bin/pose-edge /etc/sysusers.d/pose-edge.conf 2>/dev/null; id pose-edge 2>/dev/null; "
        "systemctl list-units --all --no-legend 'pose-edge*'",
        check=False,
    )
    assert left == ""
    assert working.play("decommission", **MEANT) == 0
    assert set(working.changed().values()) == {0}, working.said
