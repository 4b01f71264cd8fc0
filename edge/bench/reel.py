"""Frames in memory that several processes share: rendered or read once, played by all contenders."""

import mmap
import os
from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import islice
from types import TracebackType
from typing import Final, Self, TypeAlias

import numpy as np
from numpy.typing import NDArray

from edge.bench.errors import BenchError
from edge.errors import SourceError
from edge.flow import Frame, Image

Pictures: TypeAlias = NDArray[np.uint8]
"""`(n, h, w, 3)` uint8, read-only."""

CLIP_FRAMES: Final = 240
"""Eight seconds at 30 frames a second: 220 MB at 640×480, and as much again for the stock loop's BGR."""


@dataclass(frozen=True, slots=True)
class Reel:
    """Where pictures of one size and channel order lie.

    Attributes:
        path: What any process of the same user opens, as long as the process that made it lives.
        count: How many pictures.
        height: Of each, in pixels.
        width: Of each, in pixels.
        lead: How many of them, at the beginning, are played once and not again.
    """

    path: str
    count: int
    height: int
    width: int
    lead: int = 0

    def pictures(self) -> Pictures:
        """Map them into this process; costs no memory of its own.

        Raises:
            BenchError: The process that made them has gone.
        """
        try:
            with open(self.path, "rb") as file:  # noqa: PTH123 - a link of /proc, not a place in the file system
                mapped = mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ)
        except OSError as error:
            raise BenchError(f"the frames of the bench cannot be opened ({error.strerror})") from error
        shape = (self.count, self.height, self.width, 3)
        return np.frombuffer(mapped, dtype=np.uint8).reshape(shape)


class Film:
    """The same pictures twice in shared memory: RGB, and BGR as a camera hands them to the stock loop.

    Use as a context manager; the memory goes when it is left and nobody maps it any more, also after a crash.

    Args:
        frames: All of one size; `CLIP_FRAMES` at most are taken.
        lead: How many at the beginning are played once.

    Raises:
        SourceError: There are fewer than two frames, or they differ in size.
        BenchError: Memory does not suffice.
    """

    rgb: Reel
    bgr: Reel

    def __init__(self, frames: Iterable[Frame], *, lead: int = 0) -> None:
        self._frames = frames
        self._lead = lead
        self._descriptors = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            rgb, bgr = (self._memory(stack, name) for name in ("rgb", "bgr"))
            shape, count = (0, 0, 0), 0
            for frame in islice(self._frames, CLIP_FRAMES):
                image = frame.image
                if count and image.shape != shape:
                    raise SourceError("the clip changes its size on the way: it cannot be played")
                shape, count = image.shape, count + 1
                _append(rgb, image)
                _append(bgr, image[:, :, ::-1])
            if count - self._lead < 2:  # noqa: PLR2004 - there and back takes two
                raise SourceError("the clip has fewer than two frames: nothing to play")
            self.rgb, self.bgr = (
                Reel(f"/proc/{os.getpid()}/fd/{memory}", count, shape[0], shape[1], self._lead) for memory in (rgb, bgr)
            )
            self._descriptors = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._descriptors.close()

    @staticmethod
    def _memory(stack: ExitStack, name: str) -> int:
        memory = os.memfd_create(f"pose-edge-bench-{name}")
        stack.callback(os.close, memory)
        return memory


def _append(memory: int, image: Image) -> None:
    rest = np.ascontiguousarray(image).data.cast("B")
    try:
        while rest:
            rest = rest[os.write(memory, rest) :]
    except OSError as error:
        raise BenchError(f"no memory for the frames of the bench ({error.strerror})") from error


def there_and_back(index: int, count: int, lead: int = 0) -> int:
    """Which of `count` pictures comes at a place of an endless play that turns round at both ends.

    A loop would make people jump at its end, which no person does and the tracker would take for another.

    Args:
        index: The place, from 0.
        count: How many pictures there are.
        lead: How many of them come once, before the others begin to go there and back.
    """
    if index < lead:
        return index
    last = count - lead - 1
    place = (index - lead) % (2 * last)
    return lead + min(place, 2 * last - place)
