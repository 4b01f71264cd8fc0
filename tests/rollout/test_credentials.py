"""New passwords for boxes that work on, wherever the change is broken off."""

from collections.abc import Iterator

import pytest
from rollout.pair import Pair, pair

NOW = {"pose_edge_rotate_after_days": 0, "pose_edge_gate_seconds": 2}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    with pair(tmp_path_factory) as two:
        two.pack("1.0.0")
        assert two.play("provision") == 0, two.said
        yield two


def settled(site: Pair) -> None:
    """Nothing of a change is left, and what is kept everywhere fits."""
    assert site.kept() == {"operator", "box1"}
    assert site.users() == {"operator", "box1"}
    assert site.box.sh("cat /etc/pose-edge/mqtt-password").strip() == site.password("box1")
    assert site.let_in("box1", site.password("box1"))
    assert site.box.sh("ls /etc/pose-edge /etc/systemd/system/pose-edge.service.d").count("rotating") == 0


def test_passwords_of_today_are_left_alone(site: Pair) -> None:
    assert site.play("rotate-credentials") == 0, site.said
    assert set(site.changed().values()) == {0}, site.said


def test_a_check_says_who_would_get_a_new_password_and_changes_none(site: Pair) -> None:
    before = [site.password(user) for user in ("box1", "operator")]
    assert site.play("rotate-credentials", "--check", **NOW) == 0, site.said
    assert "box1 would get a new password" in site.said
    assert "operator would get a new password" in site.said
    assert [site.password(user) for user in ("box1", "operator")] == before
    settled(site)


def test_box_and_operator_get_new_passwords_and_the_old_ones_are_good_for_nothing(site: Pair) -> None:
    old = {user: site.password(user) for user in ("box1", "operator")}
    assert site.play("rotate-credentials", **NOW) == 0, site.said
    settled(site)
    for user, password in old.items():
        assert site.password(user) != password
        assert not site.let_in(user, password)
        assert password not in site.said
        assert site.password(user) not in site.said
    site.wait_online()


def test_provisioning_after_it_changes_nothing(site: Pair) -> None:
    assert site.play("provision", pose_edge_gate_seconds=2) == 0, site.said
    assert set(site.changed().values()) == {0}, site.said


def test_a_password_of_the_inventory_s_is_brought_to_both_sides(site: Pair) -> None:
    given = "Given0by0a0vault"
    variables = site.host_vars("box1")
    variables.write_text(f"pose_edge_mqtt_password: {given}\n")
    try:
        assert site.play("rotate-credentials") == 0, site.said
        assert given not in site.said
        assert site.box.sh("cat /etc/pose-edge/mqtt-password").strip() == given
        assert site.let_in("box1", given)
        assert site.play("rotate-credentials") == 0
        assert set(site.changed().values()) == {0}, site.said
    finally:
        variables.unlink()
    site.wait_online()
    assert site.play("rotate-credentials", **NOW) == 0, site.said
    settled(site)


@pytest.mark.parametrize(
    "task",
    [
        "Get what was written onto the disk",
        "Start the service with it",
        "Give the box the new password",
        "Take the second user away",
    ],
)
def test_a_power_cut_at_any_point_leaves_a_box_that_comes_back_online(site: Pair, task: str) -> None:
    def cut() -> None:
        site.box.cut_power()

    site.play_until("rotate-credentials", task, cut, **NOW)
    site.box.boot()
    site.wait_online()
    assert site.play("rotate-credentials", **NOW) == 0, site.said
    settled(site)


def test_a_box_that_does_not_pass_goes_on_with_its_old_password_and_the_next_run_changes_it(site: Pair) -> None:
    before = site.password("box1")
    assert site.play("rotate-credentials", pose_edge_gate_least_fps=1000, pose_edge_gate_within_seconds=8, **NOW) != 0
    assert "NOT CHANGED box1" in site.said
    assert "1000 are wanted" in site.said
    assert "it works by its old password" in site.said
    assert site.let_in("box1", before)
    site.wait_online()
    assert site.play("rotate-credentials") == 0, site.said
    settled(site)
    assert site.password("box1") != before


def test_a_box_that_is_away_keeps_its_password_and_is_named(site: Pair) -> None:
    site.box.cut_power()
    before = site.password("box1")
    try:
        assert site.play("rotate-credentials", **NOW) != 0
    finally:
        site.box.boot()
    assert "LEFT OUT box1: it cannot be reached" in site.said
    assert site.password("box1") == before
    site.wait_online()
