"""Who is measured: MediaPipe's own loop, MediaPipe called bare, and the daemon. Each lives alone in a process."""

import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from edge.bench.memory_source import MemorySource
from edge.capture.source import FrameOverdueError
from edge.config import Config
from edge.daemon import Daemon
from edge.detect.runtime import load
from edge.flow import Image

_NS_PER_MS: Final = 1_000_000
_READ_TIMEOUT_S: Final = 5.0
_JOIN_S: Final = 2.0


class Contender(ABC):
    """Runs on what its source plays until it is stopped."""

    @abstractmethod
    def start(self) -> None:
        """Begin; frames come once the source plays."""

    @property
    @abstractmethod
    def model_runs(self) -> int:
        """Model runs that have given a result so far."""

    @property
    def unanswered(self) -> int:
        """Frames that were handed to the model and dropped there without a result."""
        return 0

    def take_ages_ms(self) -> list[float]:
        """How old each result was when it was there, in milliseconds since its capture; each is told once."""
        return []

    @abstractmethod
    def stop(self) -> None:
        """End everything.

        Raises:
            EdgeError: What ended it before.
        """


def as_captured(image: Image) -> Image:
    """The bare contender's frames: RGB as they come."""
    return image


def as_stock(image: Image) -> Image:
    """What the stock loop does to a frame of OpenCV's: mirror it, and bring its channels into MediaPipe's order."""
    import cv2  # noqa: PLC0415 - as it comes, with its own threads, in the process that needs it

    mirrored = cv2.flip(image, 1)
    rgb: Image = cv2.cvtColor(mirrored, cv2.COLOR_BGR2RGB)  # type: ignore[assignment]
    return rgb


class MediaPipeLoop(Contender):
    """MediaPipe's Python API in LIVE_STREAM mode: every frame is handed over at once, results come by callback.

    MediaPipe keeps one frame in work and one waiting, and drops others without a word.

    Args:
        bundle: The `.task` file.
        source: Plays the frames.
        num_poses: The most people to find.
        prepare: What the loop does to a frame before MediaPipe gets it.
    """

    def __init__(
        self, *, bundle: Path, source: MemorySource, num_poses: int, prepare: Callable[[Image], Image]
    ) -> None:
        self._source = source
        self._prepare = prepare
        self._runtime = load()
        self._landmarker: Any = self._runtime.landmarker.create_from_options(
            self._runtime.options(
                base_options=self._runtime.base_options(model_asset_path=str(bundle)),
                running_mode=self._runtime.running_mode.LIVE_STREAM,
                num_poses=num_poses,
                result_callback=self._on_result,
            )
        )
        self._handed_over = 0
        self._results = 0
        self._ages_ms: list[float] = []
        self._thread = threading.Thread(target=self._loop, name="loop", daemon=True)

    def start(self) -> None:
        """Begin to read frames."""
        self._thread.start()

    @property
    def model_runs(self) -> int:
        """Results so far."""
        return self._results

    @property
    def unanswered(self) -> int:
        """Frames without a result so far, including those whose result is still to come."""
        return self._handed_over - self._results

    def take_ages_ms(self) -> list[float]:
        """See `Contender.take_ages_ms`."""
        ages, self._ages_ms = self._ages_ms, []
        return ages

    def stop(self) -> None:
        """End the loop and release the landmarker."""
        self._source.close()
        self._thread.join(_JOIN_S)
        self._landmarker.close()

    def _loop(self) -> None:
        while True:
            try:
                frame = self._source.read(_READ_TIMEOUT_S)
            except FrameOverdueError:
                continue
            if frame is None:
                return
            image = self._runtime.image(image_format=self._runtime.srgb, data=self._prepare(frame.image))
            self._landmarker.detect_async(image, frame.t_ns // _NS_PER_MS)
            self._handed_over += 1

    def _on_result(self, _result: object, _image: object, ms: int) -> None:
        self._results += 1
        self._ages_ms.append(time.monotonic_ns() / _NS_PER_MS - ms)


class WholeDaemon(Contender):
    """The daemon as it runs on a box; only its frames come from memory.

    How old its landmarks are is seen by who subscribes to them.

    Args:
        config: The whole configuration.
        source: Plays the frames.
    """

    def __init__(self, *, config: Config, source: MemorySource) -> None:
        self._daemon = Daemon(config, source=source)

    def start(self) -> None:
        """Start the daemon."""
        self._daemon.start()

    @property
    def model_runs(self) -> int:
        """Model runs so far."""
        return self._daemon.model_runs

    def stop(self) -> None:
        """Stop the daemon.

        Raises:
            EdgeError: What ended it before.
        """
        self._daemon.stop()
