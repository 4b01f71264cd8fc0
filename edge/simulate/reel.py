"""What a virtual box sees: landmark messages packed beforehand, to be sent with a new number and time."""

import math
import struct
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from edge.capture.studio.camera import Camera
from edge.capture.studio.scenes import build_scene
from edge.capture.studio.skeleton import landmarks
from edge.errors import SourceError
from edge.flow import LANDMARKS, FloatArray
from edge.publish.wire import MOST_PEOPLE, LandmarkMessage, WirePerson, encode
from edge.trace import read_trace

_SCENE: Final = "walk_across"
_RATE_HZ: Final = 30.0
_WIDTH, _HEIGHT = 640, 480
_LEFT_HIP, _RIGHT_HIP = 23, 24

_CONFIDENCE: Final = 0.95
_SURE: Final = 1.0

_STAMP: Final = struct.Struct("<IIH")
_STAMP_AT: Final = 6
"""Sequence and time within the header (docs/wire-format.md)."""

_U32: Final = 0xFFFF_FFFF
_MOST_FRAMES: Final = 200_000
"""Thirty-five megabytes, and almost two hours of a trace; the rest of a longer one is left out."""


@dataclass(frozen=True, slots=True)
class Reel:
    """Packed landmark messages in the order of time.

    Attributes:
        times_s: When each frame is, in seconds from the first.
        frames: The messages, with number and time to be filled in.
    """

    times_s: tuple[float, ...]
    frames: tuple[bytes, ...]

    @classmethod
    def walk(cls) -> Self:
        """Somebody who walks across a room: the studio's figure, as a faultless model would see it."""
        return cls._packed(_walk())

    @classmethod
    def of_trace(cls, path: Path) -> Self:
        """What a trace holds.

        Raises:
            SourceError: It cannot be read, or shows more people than a message carries.
        """
        return cls._packed(_trace(path))

    @classmethod
    def _packed(cls, frames: Iterable[tuple[float, LandmarkMessage]]) -> Self:
        taken = [(t_s, encode(message)) for t_s, message in frames]
        first_s = taken[0][0]
        return cls(tuple(t_s - first_s for t_s, _ in taken), tuple(packed for _, packed in taken))

    @property
    def duration_s(self) -> float:
        """From the first frame to one frame after the last."""
        count = len(self.times_s)
        last_s = self.times_s[-1]
        return last_s + (last_s / (count - 1) if count > 1 else 1 / _RATE_HZ)

    def message(self, t_s: float, *, seq: int, time_ms: int) -> bytes:
        """The message at a time; the reel starts again when it is over."""
        index = bisect_right(self.times_s, t_s % self.duration_s) - 1
        message = bytearray(self.frames[index])
        _STAMP.pack_into(message, _STAMP_AT, seq & _U32, time_ms & _U32, time_ms >> 32)
        return bytes(message)


def _walk() -> Iterator[tuple[float, LandmarkMessage]]:
    scene = build_scene(_SCENE)
    camera = Camera(width=_WIDTH, height=_HEIGHT)
    for i in range(math.ceil(scene.duration_s * _RATE_HZ)):
        t_s = i / _RATE_HZ
        people = tuple(
            WirePerson(state.actor.id, predicted=False, confidence=_CONFIDENCE, landmarks=_seen(camera, places))
            for state in scene.at(t_s)
            if state.bones is not None
            for places in [landmarks(state.bones)]
        )
        yield t_s, LandmarkMessage(seq=0, time_ms=0, width=_WIDTH, height=_HEIGHT, people=people)


def _seen(camera: Camera, places: NDArray[np.float64]) -> FloatArray:
    """Landmarks in the room as a model would give them: `(33, 4)`."""
    pixels, depth = camera.project(places)
    seen = np.full((LANDMARKS, 4), _SURE, np.float32)
    seen[:, :2] = pixels / (camera.width, camera.height)
    hips = (depth[_LEFT_HIP] + depth[_RIGHT_HIP]) / 2
    seen[:, 2] = (depth - hips) * camera.focal_px / (hips * camera.width)  # in about the unit of x
    return seen


def _trace(path: Path) -> Iterator[tuple[float, LandmarkMessage]]:
    for number, poses in enumerate(read_trace(path)):
        if number == _MOST_FRAMES:
            return
        if len(poses) > MOST_PEOPLE:
            raise SourceError(f"{path}: {len(poses)} people in one frame; a message carries at most {MOST_PEOPLE}")
        people = tuple(
            WirePerson(i, predicted=False, confidence=_CONFIDENCE, landmarks=found[:, :4])
            for i, found in enumerate(poses.landmarks, start=1)
        )
        message = LandmarkMessage(seq=0, time_ms=0, width=poses.width, height=poses.height, people=people)
        yield poses.t_ns / 1e9, message
