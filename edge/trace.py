"""Landmark traces: one JSON object a line, as docs/trace.md describes. `.gz` files are compressed."""

import gzip
import json
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any, Final

import numpy as np

from edge.flow import FloatArray, Poses

NS_PER_MS: Final = 1_000_000


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


def _shortest(array: FloatArray) -> object:
    # A float32 printed as the double it converts to would be twice as long and no truer.
    flat = np.array([float(str(value)) for value in array.ravel()], dtype=np.float64)
    return flat.reshape(array.shape).tolist()
