#!/usr/bin/python
"""Releases of pose-edge on a box: builds them from its store, and makes one of them the current one."""

from __future__ import annotations

DOCUMENTATION = r"""
module: pose_edge_release
short_description: Builds a release of pose-edge from the files in a box's store, or makes one current
description:
  - A release is a folder of its own under I(base)/releases, with its own Python environment, model, unit, and
    configuration. It counts only once it is complete; what a power cut left behind is built anew.
  - One link, I(base)/current, decides which release runs. It changes in one step.
options:
  state:
    description:
      - C(wanted) takes files that have come whole into the store, and says which it lacks and how many bytes of each
        are there; C(present) builds it, C(current) makes it the one that runs,
        C(back) makes the one before current, C(pruned) removes all but the current one, the one before it and the named
        one, and their files from the store.
    choices: [wanted, present, current, back, pruned]
    required: true
    type: str
  version:
    description: Which release.
    type: str
  base:
    description: Where everything lives.
    default: /opt/pose-edge
    type: path
  manifest:
    description: What the release is made of, as scripts/bundle wrote it. For C(wanted) and C(present).
    type: dict
  python:
    description: The Python that the release's environment is made with.
    default: /usr/bin/python3
    type: path
  bad:
    description: What is wrong with the release that C(back) leaves; kept beside it for whoever looks.
    default: ""
    type: str
"""

import hashlib
import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule

COMPLETE = ".complete"
"""Written last, when everything else is on the disk."""

BAD = ".bad"
"""Why a release was left behind: for whoever looks at the box later."""

BEFORE = ".before"
"""Which release ran before this one."""

SCRATCH = ".build-"
"""How folders begin that are of use only while a release is built."""

PART = ".part"
"""How files in the store end that have not come whole yet."""

SERVICE = "pose-edge.service"

CHUNK = 1 << 20


class ReleaseError(Exception):
    """What is wrong, in words."""


class Releases:
    """All releases of a box.

    Args:
        base: Where everything lives.
    """

    def __init__(self, base):
        self.base = base
        self.folder = base / "releases"
        self.store = base / "store"

    @property
    def current(self):
        """The version that runs, or None."""
        try:
            return (self.base / "current").readlink().name
        except OSError:
            return None

    @property
    def before(self):
        """The version that ran before the current one, if it is still here, or None."""
        try:
            version = (self.folder / (self.current or "") / BEFORE).read_text().strip()
        except OSError:
            return None
        return version if self.digest(version) else None

    def digest(self, version):
        """Of the manifest that a complete release was built from; empty when it is not complete."""
        try:
            return (self.folder / version / COMPLETE).read_text().strip()
        except OSError:
            return ""

    def build(self, manifest, digest, python):
        """Build a release anew from the store."""
        release = self.folder / manifest["version"]
        self.check_store(manifest)
        self.discard(release)
        for left in self.base.glob(SCRATCH + "*"):
            shutil.rmtree(left)
        self.folder.mkdir(parents=True, exist_ok=True)
        # A Pi's camera library comes from apt and belongs to the system's own Python.
        site = ["--system-site-packages"] if succeeds([python, "-c", "import picamera2"]) else []
        run([python, "-m", "venv", *site, str(release)])
        wheels = []
        with tempfile.TemporaryDirectory(dir=self.base, prefix=SCRATCH) as scratch:
            for part in manifest["files"]:
                stored = self.store / part["sha256"]
                if part["kind"] in ("wheel", "package"):
                    wheel = Path(scratch, part["name"])
                    os.link(stored, wheel)
                    wheels.append(str(wheel))
                elif part["kind"] == "model":
                    origin = Path(scratch, part["name"])
                    os.link(stored, origin)
                else:
                    folder = {"unit": "systemd", "sysusers": "systemd", "docs": "docs"}[part["kind"]]
                    target = release / folder / part["name"]
                    target.parent.mkdir(exist_ok=True)
                    shutil.copyfile(stored, target)
                    target.chmod(0o644)
            pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-index", "--no-deps"]
            run([str(release / "bin/python"), *pip, *wheels])
            # Fetching also proves the model here: the rendered people in it have to be found, the same by both bundles.
            fetch = [
                "models",
                "fetch",
                "lite",
                "--quiet",
                "--model-dir",
                str(release / "models"),
                "--from",
                str(origin),
                # The box's configuration is of the release before, and may hold what this one refuses.
                "--config",
                "/dev/null",
            ]
            run([str(release / "bin/pose-edge"), *fetch])
        for path in [release / "models", *(release / "models").rglob("*")]:
            path.chmod(path.stat().st_mode | (0o055 if path.is_dir() else 0o044))
        (release / "etc").mkdir(exist_ok=True)
        (release / "manifest.json").write_text(json.dumps(manifest))
        os.sync()
        write_durably(release / COMPLETE, digest + "\n")

    def lacking(self, manifest):
        """Parts of the release that the store does not have, or not whole: each file is hashed."""
        return [part for part in manifest["files"] if not self.whole(part)]

    def whole(self, part):
        """Whether the store has a file as it should be. A power cut can leave one short, or full of zeros."""
        path = self.store / part["sha256"]
        return path.is_file() and path.stat().st_size == part["size"] and sha256(path) == part["sha256"]

    def take_in(self, manifest):
        """Keep files that have come whole; what is damaged is removed, so that it is sent again."""
        for part in manifest["files"]:
            if self.arrived(part) < part["size"]:
                continue
            came = self.store / (part["sha256"] + PART)
            if came.is_file() and sha256(came) == part["sha256"]:
                came.chmod(0o644)
                came.replace(self.store / part["sha256"])
            else:
                came.unlink(missing_ok=True)

    def arrived(self, part):
        """How many bytes of a file that has not come whole yet are there."""
        try:
            return (self.store / (part["sha256"] + PART)).stat().st_size
        except OSError:
            return 0

    def check_store(self, manifest):
        """See that all is there that the release needs; what is damaged is removed, so that it is sent again."""
        lacking = self.lacking(manifest)
        for part in lacking:
            (self.store / part["sha256"]).unlink(missing_ok=True)
        if lacking:
            names = ", ".join(part["name"] for part in lacking)
            raise ReleaseError("missing, or damaged on the way or on the disk: %s; run this again" % names)

    def discard(self, release):
        """Remove a release. First it stops counting: half of a release is none."""
        if release.exists():
            (release / COMPLETE).unlink(missing_ok=True)
            sync_folder(release)
            shutil.rmtree(release)

    def stale(self):
        """Whether what runs was started before the link was moved last, or nothing runs: a switch was broken off."""
        try:
            moved_s = (self.base / "current").lstat().st_mtime
            return Path("/proc", main_process()).stat().st_ctime < moved_s
        except OSError:
            return True

    def run(self, version):
        """Let the link point to a release, in one step that survives a power cut."""
        # The release's configuration was written by others, who do not wait for the disk.
        os.sync()
        half = self.base / ".current.new"
        half.unlink(missing_ok=True)
        half.symlink_to(Path("releases", version))
        half.replace(self.base / "current")
        sync_folder(self.base)

    def spare(self, keep):
        """Releases that nobody needs any more."""
        kept = {self.current, self.before, *keep}
        return [path for path in self.folder.glob("*") if path.name not in kept]

    def unused_files(self):
        """Files in the store that no complete release was made of."""
        used = set()
        for manifest in self.folder.glob("*/manifest.json"):
            used.update(part["sha256"] for part in json.loads(manifest.read_text())["files"])
        return [path for path in self.store.glob("*") if path.name not in used]


def run(command):
    # Only what stands here is the environment: a proxy or PIP_ variable of the login must not change a release.
    environment = {"PATH": "/usr/bin:/bin", "HOME": "/nonexistent", "LANG": "C.UTF-8", "TMPDIR": "/var/tmp"}  # noqa: S108 - on the disk: /tmp may be half of a small memory
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines()[-5:]
        raise ReleaseError("%s: exit code %d: %s" % (" ".join(command[:4]), done.returncode, " / ".join(said)))


def main_process():
    """The service's process; 0 when there is none."""
    shown = ["systemctl", "show", "--value", "--property", "MainPID", SERVICE]
    return subprocess.run(shown, capture_output=True, text=True, check=True).stdout.strip()


def succeeds(command):
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def sha256(path):
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def write_durably(path, text):
    half = path.with_name(path.name + ".new")
    with half.open("w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    half.replace(path)
    sync_folder(path.parent)


def sync_folder(folder):
    descriptor = os.open(folder, os.O_RDONLY)
    os.fsync(descriptor)
    os.close(descriptor)


def digest_of(manifest):
    return hashlib.sha256(json.dumps(manifest, sort_keys=True).encode()).hexdigest()


def wanted(releases, params, *, check):
    manifest = params["manifest"]
    if releases.digest(manifest["version"]) == digest_of(manifest):
        return {"changed": False, "files": []}
    if not check:
        releases.take_in(manifest)
    lacking = [part | {"have": releases.arrived(part)} for part in releases.lacking(manifest)]
    return {"changed": False, "files": lacking}


def present(releases, params, *, check):
    manifest = params["manifest"]
    version = manifest["version"]
    digest = digest_of(manifest)
    if releases.digest(version) == digest:
        return {"changed": False, "version": version}
    if releases.current == version:
        raise ReleaseError(
            "release %s runs on this box and was built from something else: give the new one a version of its own"
            % version
        )
    if not check:
        releases.build(manifest, digest, params["python"])
    return {"changed": True, "version": version}


def current(releases, params, *, check):
    version, now = params["version"], releases.current
    if now == version:
        return {"changed": False, "version": version, "previous": releases.before, "stale": releases.stale()}
    if not check:
        release = releases.folder / version
        if not releases.digest(version):
            raise ReleaseError("release %s is not complete on this box" % version)
        for name in ("pose-edge.toml", "egress.conf"):
            written = release / "etc" / name
            # What was not on the disk yet in a power cut is there afterwards, and empty; Ansible comes back by itself.
            if not written.is_file() or not written.stat().st_size:
                raise ReleaseError("%s is missing or empty, as after a power cut: run this again" % written)
        (release / BAD).unlink(missing_ok=True)
        if now:
            write_durably(release / BEFORE, now + "\n")
        releases.run(version)
    return {"changed": True, "version": version, "previous": now, "stale": True}


def back(releases, params, *, check):
    now, before = releases.current, releases.before
    if params["version"] and now != params["version"]:
        return {"changed": False, "version": now, "previous": before, "stale": releases.stale()}
    if not before:
        raise ReleaseError("there is no release to go back to: only %s is on this box" % now)
    if not check:
        if params["bad"]:
            write_durably(releases.folder / now / BAD, params["bad"] + "\n")
        releases.run(before)
    return {"changed": True, "version": before, "previous": now, "stale": True}


def pruned(releases, params, *, check):
    spare = releases.spare([params["version"]] if params["version"] else [])
    if not check:
        for release in spare:
            releases.discard(release)
    unused = releases.unused_files()
    if not check:
        for path in unused:
            path.unlink()
    return {"changed": bool(spare or unused), "releases": [path.name for path in spare], "files": len(unused)}


def main():
    states = {"wanted": wanted, "present": present, "current": current, "back": back, "pruned": pruned}
    module = AnsibleModule(
        argument_spec={
            "state": {"type": "str", "choices": list(states), "required": True},
            "version": {"type": "str"},
            "base": {"type": "path", "default": "/opt/pose-edge"},
            "manifest": {"type": "dict"},
            "python": {"type": "path", "default": "/usr/bin/python3"},
            "bad": {"type": "str", "default": ""},
        },
        required_if=[
            ("state", "wanted", ["manifest"]),
            ("state", "present", ["manifest"]),
            ("state", "current", ["version"]),
        ],
        supports_check_mode=True,
    )
    os.umask(0o022)
    try:
        result = states[module.params["state"]](
            Releases(Path(module.params["base"])), module.params, check=module.check_mode
        )
    except (ReleaseError, OSError) as error:
        module.fail_json(msg=str(error))
    module.exit_json(**result)


if __name__ == "__main__":
    main()
