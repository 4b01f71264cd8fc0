"""Which release runs on this box, whether it is whole, and whether an update went wrong.

On a box every version has a folder of its own under `/opt/pose-edge/releases`, and one link, `current`, decides which
of them runs (docs/fleet.md, docs/operations.md).
"""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from edge import __version__
from edge.doctor.finding import Finding, fail, ok, warn

BASE: Final = Path("/opt/pose-edge")

_WHOLE: Final = (".complete", ".digest")
"""Written last into a release, by Ansible and by systemd/install.sh."""

_BAD: Final = ".bad"
"""Why a rollout went back from a release."""

_INSTALL: Final = "sudo systemd/install.sh, or Ansible's deploy.yml"


@dataclass(frozen=True, slots=True)
class Release:
    """One release on this box.

    Attributes:
        version: Its name.
        built_s: When it was whole, in seconds of wall time; None when it never was.
        bad: Why it was left, and None when it was not.
        bad_s: When.
    """

    version: str
    built_s: float | None
    bad: str | None
    bad_s: float = 0.0


def check_update(running: str | None, base: Path = BASE, *, prefix: Path | None = None) -> Iterator[Finding]:
    """What is installed, and what became of the last update.

    Args:
        running: The version that the service says of itself; None when it says nothing.
        base: Where releases are.
        prefix: The Python environment that this is; None asks Python.
    """
    link = base / "current"
    if not link.is_symlink():
        where = sys.prefix if prefix is None else prefix
        yield ok("update", f"{__version__}, installed by hand in {where}: no release to go back to")
        return
    releases = {path.name: _look(path) for path in sorted((base / "releases").glob("*")) if path.is_dir()}
    version = link.readlink().name
    current = releases.pop(version, None)
    if current is None or current.built_s is None:
        what = "is not there" if current is None else "is only half there"
        yield fail("update", f"{link} points to release {version}, which {what}", _INSTALL)
        return
    if running is not None and running != version:
        yield warn(
            "update", f"release {version} is current and {running} still runs", "sudo systemctl restart pose-edge"
        )
    if current.bad is not None:
        yield fail(
            "update",
            f"release {version} runs although it was given up: {current.bad}",
            "Ansible's rollback.yml, or deploy.yml with another version",
        )
    for one in releases.values():
        if one.built_s is None:
            yield warn(
                "update",
                f"release {one.version} was begun and is not whole: an update is under way, or was cut off",
                f"if none is under way, run it again: {_INSTALL}",
            )
    # A release that was whole later than that has made it history.
    given_up = [one for one in releases.values() if one.bad is not None and one.bad_s >= current.built_s]
    for one in given_up:
        yield warn(
            "update",
            f"went back from release {one.version} to {version}: {one.bad}",
            "find out why, then deploy.yml with a version of its own that is mended",
        )
    whole = [one.version for one in releases.values() if one.built_s is not None and one.bad is None]
    kept = f"also here: {', '.join(whole)}" if whole else "no other release is here to go back to"
    yield ok("update", f"release {version} is current; {kept}")


def _look(folder: Path) -> Release:
    built = [found for name in _WHOLE if (found := _seconds(folder / name)) is not None]
    bad_s = _seconds(folder / _BAD)
    bad = None
    if bad_s is not None:
        bad = " ".join((folder / _BAD).read_text(encoding="utf-8", errors="replace").split()) or "nobody said why"
    return Release(folder.name, max(built, default=None), bad, bad_s or 0.0)


def _seconds(path: Path) -> float | None:
    try:
        return path.stat().st_mtime
    except OSError:
        return None
