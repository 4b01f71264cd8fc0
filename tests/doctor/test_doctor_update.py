"""What became of updates: releases as Ansible and systemd/install.sh leave them."""

import os
from pathlib import Path

import pytest

from edge.doctor.finding import Finding, Level
from edge.doctor.update import check_update


def release(base: Path, version: str, *, built_s: int | None, bad: str = "", bad_s: int = 0) -> None:
    """Leave a release as it would be found, built and given up at these times."""
    folder = base / "releases" / version
    folder.mkdir(parents=True)
    if built_s is not None:
        (folder / ".complete").write_text("digest\n")
        os.utime(folder / ".complete", (built_s, built_s))
    if bad:
        (folder / ".bad").write_text(bad + "\n")
        os.utime(folder / ".bad", (bad_s, bad_s))


def found(base: Path, current: str, running: str | None = None) -> list[Finding]:
    (base / "current").symlink_to(Path("releases", current))
    return list(check_update(running, base))


def test_an_environment_made_by_hand_is_named(tmp_path: Path) -> None:
    (one,) = check_update(None, tmp_path / "none", prefix=Path("/home/pi/venv"))
    assert one.level is Level.OK
    assert "by hand in /home/pi/venv" in one.text


@pytest.mark.parametrize("mark", [".complete", ".digest"])
def test_a_whole_release_passes_and_the_way_back_is_named(tmp_path: Path, mark: str) -> None:
    release(tmp_path, "1.1.0", built_s=None)
    (tmp_path / "releases/1.1.0" / mark).write_text("digest")
    release(tmp_path, "1.0.0", built_s=100)
    (one,) = found(tmp_path, "1.1.0", "1.1.0")
    assert (one.level, one.text) == (Level.OK, "release 1.1.0 is current; also here: 1.0.0")


def test_a_release_that_was_switched_to_and_not_started_is_a_warning(tmp_path: Path) -> None:
    release(tmp_path, "1.1.0", built_s=200)
    first = found(tmp_path, "1.1.0", running="1.0.0")[0]
    assert (first.level, "1.0.0 still runs" in first.text) == (Level.WARN, True)
    assert "restart" in first.remedy


def test_a_rollback_is_told_with_its_reason(tmp_path: Path) -> None:
    release(tmp_path, "1.0.0", built_s=100)
    release(tmp_path, "1.1.0", built_s=200, bad="box1: no pictures", bad_s=300)
    first = found(tmp_path, "1.0.0", running="1.0.0")[0]
    assert (first.level, first.text) == (Level.WARN, "went back from release 1.1.0 to 1.0.0: box1: no pictures")


def test_a_rollback_of_earlier_times_is_history(tmp_path: Path) -> None:
    release(tmp_path, "1.1.0", built_s=200, bad="box1: no pictures", bad_s=300)
    release(tmp_path, "1.2.0", built_s=400)
    assert [one.level for one in found(tmp_path, "1.2.0")] == [Level.OK]


def test_a_release_that_runs_although_it_was_given_up_fails(tmp_path: Path) -> None:
    release(tmp_path, "1.1.0", built_s=200, bad="box1: no pictures", bad_s=300)
    first = found(tmp_path, "1.1.0")[0]
    assert (first.level, "no pictures" in first.text) == (Level.FAIL, True)


def test_an_update_that_was_cut_off_is_a_warning(tmp_path: Path) -> None:
    release(tmp_path, "1.0.0", built_s=100)
    release(tmp_path, "1.1.0", built_s=None)
    cut_off, current = found(tmp_path, "1.0.0")
    assert (cut_off.level, current.level) == (Level.WARN, Level.OK)
    assert "1.1.0 was begun" in cut_off.text


@pytest.mark.parametrize(("built", "said"), [(True, "only half there"), (False, "is not there")])
def test_a_link_to_what_cannot_run_fails(tmp_path: Path, built: bool, said: str) -> None:
    if built:
        release(tmp_path, "1.1.0", built_s=None)
    (one,) = found(tmp_path, "1.1.0")
    assert (one.level, said in one.text) == (Level.FAIL, True)
