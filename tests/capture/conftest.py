"""Real video files made on the fly: OpenCV writes them, and their MP4 boxes are edited for what it cannot write."""

import struct
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import cv2
import numpy as np
import pytest

from edge.flow import Image

BAND: Final = 24
"""Every frame shows its number as the brightness of its lower half, in steps of this."""

_CONTAINERS: Final = (b"moov", b"trak", b"mdia", b"minf", b"stbl")
_MATRICES: Final = {90: (0, 1, -1, 0), 180: (-1, 0, 0, -1), 270: (0, -1, 1, 0)}
_TKHD_MATRIX_AT: Final = 40


def picture(number: int, *, width: int, height: int) -> Image:
    """Give a BGR picture: a red upper half; below, grey that counts 0 to 9."""
    bgr: Image = np.full((height, width, 3), (number % 10) * BAND, np.uint8)
    bgr[: height // 2] = (0, 0, 255)
    return bgr


def _boxes(data: bytes) -> list[tuple[bytes, bytes]]:
    found = []
    at = 0
    while at < len(data):
        size, kind = struct.unpack(">I4s", data[at : at + 8])
        found.append((kind, data[at + 8 : at + size]))
        at += size
    return found


def _edit(data: bytes, change: Callable[[bytes, bytes], bytes]) -> bytes:
    """Rewrite every box's body; sizes follow."""
    out = b""
    for kind, body in _boxes(data):
        new = _edit(body, change) if kind in _CONTAINERS else change(kind, body)
        out += struct.pack(">I4s", len(new) + 8, kind) + new
    return out


class Movies:
    """Writes video files into a folder, and edits them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def make(
        self, name: str = "clip.mp4", *, frames: int = 10, fps: float = 25, width: int = 64, height: int = 48
    ) -> Path:
        """Write a film of numbered pictures: MJPEG in an AVI, or MPEG-4 in anything else."""
        path = self.folder / name
        codec = "MJPG" if path.suffix == ".avi" else "mp4v"
        writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*codec), fps, (width, height))
        assert writer.isOpened()
        for number in range(frames):
            writer.write(picture(number, width=width, height=height))
        writer.release()
        return path

    def still(self, name: str) -> Path:
        """Write a single picture."""
        path = self.folder / name
        assert cv2.imwrite(str(path), picture(1, width=64, height=48))
        return path

    def raw_jpegs(self, name: str, *, frames: int, width: int = 64, height: int = 48) -> Path:
        """Write JPEG pictures one after another, as some webcams record."""
        path = self.folder / name
        pictures = [cv2.imencode(".jpg", picture(number, width=width, height=height))[1] for number in range(frames)]
        path.write_bytes(b"".join(jpeg.tobytes() for jpeg in pictures))
        return path

    @staticmethod
    def turn(path: Path, degrees: int) -> None:
        """Write a rotation (clockwise) into the track header, as phones do."""
        a, b, c, d = _MATRICES[degrees]
        matrix = struct.pack(">9i", a << 16, b << 16, 0, c << 16, d << 16, 0, 0, 0, 1 << 30)

        def change(kind: bytes, body: bytes) -> bytes:
            return body[:_TKHD_MATRIX_AT] + matrix + body[_TKHD_MATRIX_AT + 36 :] if kind == b"tkhd" else body

        path.write_bytes(_edit(path.read_bytes(), change))

    @staticmethod
    def set_durations(path: Path, durations_ms: Sequence[int]) -> None:
        """Give every frame a duration of its own: a variable frame rate."""

        def change(kind: bytes, body: bytes) -> bytes:
            if kind == b"mdhd":  # 1000 units a second
                return body[:12] + struct.pack(">II", 1000, sum(durations_ms)) + body[20:]
            if kind == b"stts":
                return struct.pack(">II", 0, len(durations_ms)) + b"".join(
                    struct.pack(">II", 1, ms) for ms in durations_ms
                )
            return body

        kept = b"".join(
            struct.pack(">I4s", len(body) + 8, kind) + body for kind, body in _boxes(_edit(path.read_bytes(), change))
        )
        path.write_bytes(kept.replace(b"edts", b"free"))  # its edit list holds the old duration

    @staticmethod
    def index_first(path: Path) -> None:
        """Move the index before the pictures, as for streaming: then a file cut in its middle can be opened."""
        boxes = dict(_boxes(path.read_bytes()))
        moved = len(boxes[b"moov"]) + 8

        def change(kind: bytes, body: bytes) -> bytes:
            if kind != b"stco":
                return body
            offsets = struct.unpack(f">{len(body) // 4 - 2}I", body[8:])
            return body[:8] + b"".join(struct.pack(">I", offset + moved) for offset in offsets)

        moov = _edit(struct.pack(">I4s", moved, b"moov") + boxes.pop(b"moov"), change)
        whole = b""
        for kind, body in boxes.items():
            whole += struct.pack(">I4s", len(body) + 8, kind) + body
            if kind == b"ftyp":
                whole += moov
        path.write_bytes(whole)


@pytest.fixture
def movies(tmp_path: Path) -> Movies:
    """Give a maker of films in the test's own folder."""
    return Movies(tmp_path)
