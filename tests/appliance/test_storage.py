"""What the service writes: no picture anywhere, and next to nothing to the card."""

import os
import re
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from appliance.box import Box

SECONDS = int(os.environ.get("POSE_EDGE_APPLIANCE_STORAGE_S", "20"))
"""Long enough for twenty health messages; 600 for a release."""

MOST_PER_HOUR = 1_000_000
A_PICTURE = 4096
"""Bytes: a page of the file that keeps events. A JPEG of this room at the worst quality has more; a raw one 900 kB."""

ANNOUNCED_S = 5.0
"""Home Assistant is told of the box up to three seconds after connecting, with 12 kB: as much as a picture."""

MOST_PER_S = 8000
"""Bytes to everybody: ten landmark messages a second are 2000; pictures, one a second, would be more than the rest."""

PICTURES = (b"\xff\xd8\xff", b"\x89PNG", b"RIFF", b"ftyp", b"\x1aE\xdf\xa3")
"""How JPEG, PNG, WebP and AVI, MP4, and Matroska begin."""

OPENED = re.compile(r'(?:openat|open|creat)\((?:[^,"]*, )?"(?P<path>[^"]*)"(?:, (?P<flags>[A-Z_|0-9a-z]+))?')
WRITTEN = re.compile(r"(?:write|pwrite64|writev|pwritev2?|sendto|sendmsg|sendfile)\(\d+<(?P<target>[^>]*(?:->[^>]*)?)>")
RESULT = re.compile(r"= (?P<bytes>\d+)$")


@dataclass
class Watched:
    """What strace saw the service do for a while.

    Attributes:
        opened: Files opened for writing.
        largest: By file or kind of socket, the most bytes handed over in one call.
        total: The same, all together.
    """

    opened: set[str] = field(default_factory=set)
    largest: Counter[str] = field(default_factory=Counter)
    total: Counter[str] = field(default_factory=Counter)

    def read(self, line: str) -> None:
        if (opened := OPENED.search(line)) and re.search(r"O_WRONLY|O_RDWR|O_CREAT", opened["flags"] or "O_CREAT"):
            self.opened.add(opened["path"])
        if (written := WRITTEN.search(line)) and (result := RESULT.search(line)):
            target = re.sub(r":\[.*", "", written["target"])
            self.largest[target] = max(self.largest[target], int(result["bytes"]))
            self.total[target] += int(result["bytes"])


@pytest.fixture(scope="module")
def watched(box: Box) -> Iterator[Watched]:
    """The service at work on people who move, under strace."""
    box.wait_for("systemctl show -p StatusText pose-edge | grep -q '1 person'", within_s=60)
    time.sleep(ANNOUNCED_S)
    process = box.property("MainPID")
    calls = "openat,open,creat,write,pwrite64,writev,pwritev,pwritev2,sendto,sendmsg,sendfile"
    box.sh(
        f"timeout -s INT {SECONDS} strace -qq -f -yy -s 0 -e trace={calls} -o /root/trace -p {process}",
        check=False,
        within_s=SECONDS + 60,
    )
    assert box.property("MainPID") == process, "the service ended meanwhile"
    watched = Watched()
    for line in (box.root / "root/trace").read_text(errors="replace").splitlines():
        watched.read(line)
    for target, written in watched.total.most_common():
        sys.stdout.write(f"\n{target}: {written} bytes in {SECONDS} s, at most {watched.largest[target]} at once")
    yield watched
    (box.root / "root/trace").unlink()


def test_the_watcher_would_see_a_picture_being_written(box: Box, tmp_path: Path) -> None:
    assert tmp_path
    box.sh(
        "strace -qq -f -yy -s 0 -e trace=openat,write -o /root/proof "
        'python3 -c \'open("/var/picture.jpg", "wb").write(bytes(50000))\''
    )
    proof = Watched()
    for line in (box.root / "root/proof").read_text().splitlines():
        proof.read(line)
    assert "/var/picture.jpg" in proof.opened
    assert proof.largest["/var/picture.jpg"] == 50000


def test_only_its_own_state_is_opened_for_writing(watched: Watched) -> None:
    assert watched.total, "strace saw nothing"
    others = {
        path
        for path in watched.opened
        if not path.startswith(("/var/lib/pose-edge/", "/run/pose-edge/", "/dev/null", "/proc/self/"))
    }
    assert others == set()


def test_nothing_as_large_as_a_picture_leaves_the_process(watched: Watched) -> None:
    assert {target: size for target, size in watched.largest.items() if size > A_PICTURE} == {}


def test_what_leaves_in_small_pieces_is_too_little_for_pictures(watched: Watched) -> None:
    assert sum(watched.total.values()) / SECONDS < MOST_PER_S, watched.total


def test_no_file_of_the_service_holds_a_picture(box: Box) -> None:
    for folder in ("var/lib/pose-edge", "run/pose-edge", "tmp"):
        for path in (box.root / folder).rglob("*"):
            if path.is_file():
                assert not any(mark in path.read_bytes() for mark in PICTURES), path


@pytest.fixture
def empty_room(box: Box) -> Iterator[Box]:
    """The service before a room in which nothing happens."""
    toml = box.root / "etc/pose-edge/pose-edge.toml"
    before = toml.read_text()
    toml.write_text(before.replace('"studio"', '"studio:empty"'))
    box.sh("systemctl restart pose-edge; sleep 3", within_s=60)
    yield box
    toml.write_text(before)
    box.sh("systemctl restart pose-edge", within_s=60)


def test_hardly_anything_is_written_to_the_card_when_nothing_happens(empty_room: Box) -> None:
    def written() -> int:
        lines = empty_room.sh("cat /proc/$(systemctl show --value -p MainPID pose-edge)/io").splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("write_bytes"))

    before, began = written(), time.monotonic()
    time.sleep(SECONDS)
    per_hour = (written() - before) * 3600 / (time.monotonic() - began)
    sys.stdout.write(f"\nwritten to storage: {24 * per_hour / 1e6:.2f} MB a day\n")
    assert per_hour <= MOST_PER_HOUR
