"""The values that flow from room to room: Frame, Poses, Tracks, Event.

All are frozen, and their arrays are never written after creation. All times are nanoseconds of the machine's monotonic
clock (or of the recording, when a file is analysed). Wall time is attached once, when a message is built.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, Final, Self, TypeAlias

import numpy as np
from numpy.typing import NDArray

FloatArray: TypeAlias = NDArray[np.float32]
Image: TypeAlias = NDArray[np.uint8]

LANDMARKS: Final = 33
"""Body landmarks of a BlazePose skeleton, in MediaPipe's order (0 nose … 32 right foot index)."""


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One picture from a source.

    Attributes:
        image: `(h, w, 3)` uint8, RGB, C-contiguous.
        t_ns: Monotonic capture time in nanoseconds; rises strictly within a source.
        seq: Counts the frames a source has delivered, from 0; a gap means the source itself lost frames.
    """

    image: Image
    t_ns: int
    seq: int

    @property
    def width(self) -> int:
        """Width in pixels."""
        return int(self.image.shape[1])

    @property
    def height(self) -> int:
        """Height in pixels."""
        return int(self.image.shape[0])


@dataclass(frozen=True, slots=True, eq=False)
class Poses:
    """What the landmarker found in one frame.

    Attributes:
        t_ns: Capture time of the frame.
        seq: Sequence number of the frame.
        width: Frame width in pixels.
        height: Frame height in pixels.
        landmarks: `(n, 33, 5)` float32: x, y (normalised to the frame, may leave 0..1), z (MediaPipe's), visibility,
            presence.
        world: `(n, 33, 4)` float32: x, y, z in metres with the hips' middle at 0, visibility.
        done_ns: When the result arrived, on the same clock as `t_ns`; equal to `t_ns` in offline modes.
        masks: `(n, h, w)` float32 segmentation masks in 0..1 if they were asked for, else None.
    """

    t_ns: int
    seq: int
    width: int
    height: int
    landmarks: FloatArray
    world: FloatArray
    done_ns: int
    masks: FloatArray | None = None

    def __len__(self) -> int:
        return len(self.landmarks)

    def joined(self, others: Self) -> Self:
        """These and others of the same frame; masks stay those of these."""
        if not len(others):
            return self
        return replace(
            self,
            landmarks=np.concatenate((self.landmarks, others.landmarks)),
            world=np.concatenate((self.world, others.world)),
        )


@dataclass(frozen=True, slots=True, eq=False)
class Track:
    """One person over time, as of one instant.

    Attributes:
        id: Number of the person, from 1, never used twice by a running process.
        landmarks: `(33, 5)` float32, as in `Poses`.
        world: `(33, 4)` float32, as in `Poses`.
        seen_ns: Capture time of the last frame in which the model saw this person.
        predicted: Whether the landmarks are carried over from an earlier frame rather than inferred on this one.
        confidence: 0..1, mean landmark presence of the last inferred pose, decaying while unseen.
    """

    id: int
    landmarks: FloatArray
    world: FloatArray
    seen_ns: int
    predicted: bool
    confidence: float


@dataclass(frozen=True, slots=True, eq=False)
class Tracks:
    """Everyone in view at one instant; a person lost for less than an occlusion is still listed, as predicted."""

    t_ns: int
    seq: int
    width: int
    height: int
    people: tuple[Track, ...]


@dataclass(frozen=True, slots=True)
class Missing:
    """Somebody whom the model lost and who has probably not left: worth a second look.

    Attributes:
        track: Track id.
        box: Where to look, `(x0, y0, x1, y1)` normalised to the frame: around the last pose, with a margin.
        seen_ns: Capture time of the last frame in which the model saw this person.
        going_down: Whether the person was on the way to the floor, or on it, when last seen.
    """

    track: int
    box: tuple[float, float, float, float]
    seen_ns: int
    going_down: bool


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened; `docs/events.md` lists the types.

    Attributes:
        type: `person_entered`, `person_left`, …
        t_ns: Capture time of the frame that decided it.
        track: The person's track id, or None when it concerns the view as a whole.
        confidence: 0..1.
        data: JSON-able details of this type.
    """

    type: str
    t_ns: int
    track: int | None
    confidence: float
    data: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
