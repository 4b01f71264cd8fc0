"""Landmark traces: one JSON object a line, as docs/trace.md describes. `.gz` files are compressed."""

import gzip
import json
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, Any, Final

import numpy as np

from edge.errors import SourceError
from edge.flow import LANDMARKS, FloatArray, Poses

NS_PER_MS: Final = 1_000_000

_MOST_MS: Final = 10**15
"""Some 30,000 years: times beyond are a mistake, and would not fit into nanoseconds."""

_MOST_PIXELS: Final = 65_535
"""The longest side that the wire format carries."""

_POSE_VALUES: Final = 5
_WORLD_VALUES: Final = 4


class TraceWriter:
    """Writes poses as trace lines, every number as the shortest decimal that reads back as the same float32.

    Args:
        file: Where to write text.
        meta: Facts about the camera and the model, for the first line.
    """

    def __init__(self, file: IO[str], *, meta: Mapping[str, Any]) -> None:
        self._file = file
        self._last_ms = -1
        self._write({"meta": dict(meta)})

    def write(self, poses: Poses) -> None:
        """Add one frame."""
        self._last_ms = max(poses.t_ns // NS_PER_MS, self._last_ms + 1)
        self._write(
            {
                "t": self._last_ms,
                "w": poses.width,
                "h": poses.height,
                "poses": _shortest(poses.landmarks),
                "world": _shortest(poses.world),
            }
        )

    def _write(self, line: Mapping[str, Any]) -> None:
        self._file.write(json.dumps(line, separators=(",", ":"), ensure_ascii=False) + "\n")


def open_trace(path: Path) -> IO[str]:
    """Open a trace for writing; compressed if the name ends in `.gz`."""
    if path.suffix == ".gz":
        return gzip.open(path, "wt", encoding="utf-8")
    return path.open("w", encoding="utf-8")


def read_trace(path: Path) -> Iterator[Poses]:
    """The frames of a trace, one by one.

    Lines of other kinds, like the facts on the first, are skipped.

    Raises:
        SourceError: The file cannot be read, or a line is not as docs/trace.md describes; there is not a single frame.
    """
    number = seq = 0
    last_ms = -1
    try:
        with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as file:
            for number, line in enumerate(file, start=1):
                if not (fields := _fields(line, path, number)):
                    continue
                poses = _poses(fields, seq, path, number)
                if poses.t_ns <= last_ms * NS_PER_MS:
                    raise _wrong(
                        path, number, f"t is {fields['t']} after {last_ms}; it has to rise from frame to frame"
                    )
                last_ms = fields["t"]
                seq += 1
                yield poses
    except EOFError:
        raise SourceError(f"{path} breaks off after line {number}: it was not written or copied whole") from None
    except (gzip.BadGzipFile, zlib.error):
        raise SourceError(
            f"{path} is not a gzip file, or damaged; a trace that is not compressed must not end in .gz"
        ) from None
    except UnicodeDecodeError:
        raise SourceError(f"{path}, line {number + 1}: not text; compressed traces have to end in .gz") from None
    except OSError as error:
        raise SourceError(f"cannot read {path}: {error.strerror or error}") from None
    if not seq:
        raise SourceError(f"{path} holds no frame; write a trace with `pose-edge analyze VIDEO --trace OUT`")


def _fields(line: str, path: Path, number: int) -> dict[str, Any] | None:
    """A frame's fields, or None for a line of another kind."""
    if not line.strip():
        return None
    try:
        fields = json.loads(line)
    except (ValueError, RecursionError):
        raise _wrong(path, number, "not JSON") from None
    if not isinstance(fields, dict):
        raise _wrong(path, number, "not a JSON object")
    return fields if "t" in fields or "poses" in fields else None


def _poses(fields: Mapping[str, Any], seq: int, path: Path, number: int) -> Poses:
    t_ms = _whole(fields.get("t"), 0, _MOST_MS)
    if t_ms is None:
        raise _wrong(path, number, "t has to be a whole number of milliseconds, 0 or more")
    width, height = (_whole(fields.get(key), 1, _MOST_PIXELS) for key in ("w", "h"))
    if width is None or height is None:
        raise _wrong(path, number, f"w and h have to be whole numbers from 1 to {_MOST_PIXELS}")
    landmarks = _array(fields, "poses", _POSE_VALUES, path, number)
    world = _array(fields, "world", _WORLD_VALUES, path, number)
    if len(world) != len(landmarks):
        raise _wrong(path, number, f"world has {len(world)} people and poses has {len(landmarks)}")
    t_ns = t_ms * NS_PER_MS
    return Poses(t_ns=t_ns, seq=seq, width=width, height=height, landmarks=landmarks, world=world, done_ns=t_ns)


def _whole(value: object, least: int, most: int) -> int | None:
    if isinstance(value, int) and not isinstance(value, bool) and least <= value <= most:
        return value
    return None


def _array(fields: Mapping[str, Any], key: str, values: int, path: Path, number: int) -> FloatArray:
    wanted = f"{key} has to be a list of people with {LANDMARKS} landmarks of {values} numbers"
    people = fields.get(key)
    if not isinstance(people, list):
        raise _wrong(path, number, wanted)
    try:
        with np.errstate(over="ignore"):
            array = np.array(people, dtype=np.float32)
    except (ValueError, TypeError, OverflowError):
        raise _wrong(path, number, wanted) from None
    if not people:
        return array.reshape(0, LANDMARKS, values)
    if array.shape[1:] != (LANDMARKS, values):
        raise _wrong(path, number, wanted)
    return array


def _wrong(path: Path, number: int, what: str) -> SourceError:
    return SourceError(f"{path}, line {number}: {what} (docs/trace.md)")


def _shortest(array: FloatArray) -> object:
    # A float32 printed as the double it converts to would be twice as long and no truer.
    flat = np.array([float(str(value)) for value in array.ravel()], dtype=np.float64)
    return flat.reshape(array.shape).tolist()
