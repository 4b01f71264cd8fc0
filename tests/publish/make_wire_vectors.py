"""Writes tests/data/wire/vectors.json and malformed.json, the same bytes on every run.

The expected values are worked out here in plain integers and floats, without the package's decoder, so that the vectors
judge it. Run `python tests/publish/make_wire_vectors.py` after a change of the format, and read the difference.
"""

import json
import math
import random
import struct
from pathlib import Path
from typing import Any

import numpy as np

from edge.publish.wire import LandmarkMessage, WirePerson, encode

TARGET = Path(__file__).parents[1] / "data" / "wire"
TIME_MS = 1_767_225_600_123


def person(number: int, rows: list[list[float]], *, predicted: bool = False, confidence: float = 0.9) -> WirePerson:
    return WirePerson(number, predicted, confidence, np.array(rows, np.float32))


def random_rows(rng: random.Random) -> list[list[float]]:
    return [[rng.uniform(0, 1), rng.uniform(0, 1), rng.uniform(-0.5, 0.5), rng.uniform(0, 1)] for _ in range(33)]


def message(*people: WirePerson, seq: int = 7, time_ms: int = TIME_MS, side: tuple[int, int] = (640, 480)) -> bytes:
    return encode(LandmarkMessage(seq, time_ms, *side, people))


def expected(data: bytes) -> dict[str, Any]:
    _, count, width, height, seq, low, high = struct.unpack_from("<BBHHIIH", data)
    people = []
    for i in range(count):
        at = 16 + 155 * i
        track, flags, confidence = struct.unpack_from("<IBB", data, at)
        words = struct.unpack_from("<33I", data, at + 6)
        shown = [data[at + 138 + k // 2] >> 4 * (k % 2) & 15 for k in range(33)]
        people.append(
            {
                "id": track,
                "predicted": flags & 1 == 1,
                "confidence": confidence / 255,
                "landmarks": [
                    [(w & 0xFFF) / 2048 - 0.5, (w >> 12 & 0x1FFF) / 2048 - 1, (w >> 25) / 32 - 2, v / 15]
                    for w, v in zip(words, shown, strict=True)
                ],
            }
        )
    return {"seq": seq, "time_ms": high << 32 | low, "width": width, "height": height, "people": people}


def good() -> dict[str, bytes]:
    rng = random.Random(33)  # noqa: S311 (repeatable, not secret)
    rows = random_rows(rng)
    broken = [list(row) for row in rows]
    broken[0][0] = math.nan
    broken[11][1] = math.inf
    broken[12][2] = -math.inf
    broken[32][3] = math.nan
    off_frame = [[-0.4, 2.4, 0.7, 0.1] if i > 24 else row for i, row in enumerate(rows)]
    ladder = [[i / 32, 1 - i / 32, i / 32 - 0.5, i / 32] for i in range(33)]
    return {
        "nobody": message(seq=0),
        "one person": message(person(1, rows)),
        "a ladder of values": message(person(2, ladder, confidence=0.5)),
        "several people": message(*(person(n, random_rows(rng), confidence=n / 10) for n in (3, 5, 8, 13))),
        "predicted beside inferred": message(person(4, rows, predicted=True, confidence=0.3), person(6, rows)),
        "landmarks outside the frame": message(person(9, off_frame)),
        "landmarks beyond the format's range": message(
            person(10, [[-9, -9, -9, -1] if i % 2 else [9, 9, 9, 2] for i in range(33)], confidence=7)
        ),
        "numbers that are not finite": message(person(11, broken, confidence=math.nan)),
        "largest header": message(
            person(2**32 - 1, rows, confidence=1), seq=2**32 - 1, time_ms=2**48 - 1, side=(65535, 65535)
        ),
        "sequence and id beyond 32 bits": message(person(2**32 + 5, rows), seq=2**32 + 3),
        "flags a later version may set": _with(message(person(12, rows)), 16 + 4, 0xFE),
    }


def malformed() -> dict[str, tuple[bytes, str]]:
    whole = message(person(1, random_rows(random.Random(34))))  # noqa: S311 (repeatable, not secret)
    return {
        "empty": (b"", "empty"),
        "version 0": (_with(whole, 0, 0), "version 0"),
        "version 2": (_with(whole, 0, 2), "version 2"),
        "JSON by mistake": (b'{"v":1}', "version 123"),
        "half a header": (whole[:9], "cut off"),
        "one byte short": (whole[:-1], "cut off"),
        "one byte too many": (whole + b"\0", "too long"),
        "a person more than announced": (whole + whole[16:], "too long"),
        "a person less than announced": (_with(whole, 1, 2), "cut off"),
        "255 people announced, none there": (_with(whole, 1, 255)[:16], "cut off"),
    }


def _with(data: bytes, at: int, value: int) -> bytes:
    return data[:at] + bytes([value]) + data[at + 1 :]


def documents() -> dict[str, str]:
    """The content of the files, by name."""
    vectors = [{"name": name, "hex": data.hex(), "expected": expected(data)} for name, data in good().items()]
    refused = [{"name": name, "hex": data.hex(), "reason": reason} for name, (data, reason) in malformed().items()]
    return {
        "vectors.json": "[\n" + ",\n".join(map(json.dumps, vectors)) + "\n]\n",
        "malformed.json": "[\n" + ",\n".join(map(json.dumps, refused)) + "\n]\n",
    }


if __name__ == "__main__":
    for name, text in documents().items():
        (TARGET / name).write_text(text, encoding="utf-8")
