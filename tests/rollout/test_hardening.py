"""What the hardening role does to a box, and what it leaves alone where it would lock somebody out."""

import subprocess
from collections.abc import Iterator

import pytest
from rollout.pair import Pair, pair


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    with pair(tmp_path_factory) as two:
        yield two


def lets_passwords_in(site: Pair) -> bool:
    return "passwordauthentication yes" in site.box.sh("/usr/sbin/sshd -T")


def test_passwords_stay_on_where_no_key_lets_the_operator_in(site: Pair) -> None:
    site.box.sh("mkdir -p /run/sshd; echo root:known | chpasswd")
    site.box.sh("echo PermitRootLogin yes >/etc/ssh/sshd_config.d/50-installer.conf; systemctl reload ssh")
    keys = site.box.root / "root/.ssh/authorized_keys"
    held = keys.read_text()
    keys.write_text("")
    try:
        assert site.play("harden", ansible_password="known") != 0  # noqa: S106 - of a box that lives for minutes
    finally:
        keys.write_text(held)
    assert lets_passwords_in(site)


def test_a_check_changes_nothing(site: Pair) -> None:
    before = site.box.sh("find /etc -newer /etc/hostname -type f | sort | xargs sha256sum")
    assert site.play("harden", "--check", "--diff") == 0, site.said
    assert site.changed()["box1"] > 0
    assert site.box.sh("find /etc -newer /etc/hostname -type f | sort | xargs sha256sum") == before


def test_a_box_lets_in_keys_alone_and_says_what_it_cannot_do(site: Pair) -> None:
    assert site.play("harden") == 0, site.said
    assert not lets_passwords_in(site)
    for reason in ("watchdog: this machine has none", "zram: a container", "time: a container", "upgrades: apt cannot"):
        assert f"LEFT OUT box1: {reason}" in site.said
    refused = ("-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "BatchMode=yes")
    done = subprocess.run(
        site.inside("ssh", "-v", *refused, "-i", "/dev/null", f"root@{site.box.address}", "true"),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert "Authentications that can continue: publickey\n" in done.stderr


def test_upgrades_come_by_day(site: Pair) -> None:
    for timer in ("apt-daily.timer", "apt-daily-upgrade.timer"):
        shown = site.box.sh(f"systemctl show -p TimersCalendar -p Persistent -p RandomizedDelayUSec {timer}")
        assert "OnCalendar=*-*-* 10:00:00 ;" in shown
        assert "06:00" not in shown
        assert "Persistent=no" in shown
        assert "RandomizedDelayUSec=4h" in shown
    origins = site.box.sh("apt-config dump Unattended-Upgrade::Origins-Pattern")
    assert "codename=${distro_codename}-security" in origins


def test_the_journal_is_kept_in_memory(site: Pair) -> None:
    site.box.sh("logger -t hardening a-line-of-now; journalctl --sync")
    assert "a-line-of-now" in site.box.sh("journalctl --directory=/run/log/journal -t hardening --no-pager")
    on_the_disk = "test ! -d /var/log/journal || journalctl --directory=/var/log/journal -t hardening --no-pager"
    assert "a-line-of-now" not in site.box.sh(on_the_disk, check=False)


def test_hardening_again_changes_nothing(site: Pair) -> None:
    assert site.play("harden") == 0, site.said
    assert set(site.changed().values()) == {0}, site.said


def test_one_part_can_be_asked_for(site: Pair) -> None:
    (site.box.root / "etc/systemd/journald.conf.d/pose-edge.conf").unlink()
    (site.box.root / "etc/ssh/sshd_config.d/00-pose-edge.conf").unlink()
    assert site.play("harden", "--tags", "journal") == 0, site.said
    assert site.changed() == {"box1": 2, "broker": 0}, site.said
