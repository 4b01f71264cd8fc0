"""MediaPipe's Pose Landmarker behind frames and poses: live (newest frame, asynchronous) and offline (every frame)."""

import logging
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Final, Literal, Self, TypeAlias

from edge.detect.engine import Engine, Found, LandmarkerOptions, Mode, OnFound, PythonEngine
from edge.detect.native import NativeEngine
from edge.detect.native_output import quiet_native_output
from edge.detect.one_in_flight import OneInFlight
from edge.detect.runtime import load
from edge.errors import ConfigError, ModelError
from edge.flow import Frame, Poses

__all__ = ["LandmarkerOptions", "LiveLandmarker", "OfflineLandmarker", "OfflineMode"]

logger = logging.getLogger(__name__)

NS_PER_MS: Final = 1_000_000
NS_PER_S: Final = 1_000_000_000

OfflineMode: TypeAlias = Literal["video", "image"]


class LiveLandmarker(OneInFlight):
    """LIVE_STREAM mode with one frame in flight: submit the newest frame, take its result, submit the next.

    MediaPipe drops a frame without a word when another is queued, so a second one is never submitted. Its callback
    thread does one thing: it hands the result over.

    `submit` returns at once, except before the first person was seen: until then MediaPipe chatters, which is held back
    only while it waits.

    Args:
        bundle: The `.task` file.
        options: See `LandmarkerOptions`.
        result_timeout_s: See `OneInFlight`.
        clock: See `OneInFlight`.
        on_result: Called on MediaPipe's thread when a result can be taken; has to return at once and not raise.

    Raises:
        ModelError: The bundle cannot be used.
        ProcessorError: This processor cannot run the installed MediaPipe.
    """

    def __init__(
        self,
        *,
        bundle: Path,
        options: LandmarkerOptions | None = None,
        result_timeout_s: float = 10.0,
        clock: Callable[[], int] = time.monotonic_ns,
        on_result: Callable[[], None] | None = None,
    ) -> None:
        super().__init__(result_timeout_s=result_timeout_s, clock=clock)
        self._on_result = on_result
        self._in_flight: tuple[int, Frame] | None = None
        self._has_seen_somebody = False
        self._last_ms = -1
        self._engine = _engine(bundle, options or LandmarkerOptions(), "live", self._hand_over)

    def _begin(self, frame: Frame) -> None:
        self._last_ms = max(frame.t_ns // NS_PER_MS, self._last_ms + 1)
        self._in_flight = self._last_ms, frame
        if self._has_seen_somebody:
            self._engine.submit(frame.image, self._last_ms)
            return
        with quiet_native_output():
            self._engine.submit(frame.image, self._last_ms)
            answer = self._await()
        self._has_seen_somebody = not isinstance(answer, Exception) and len(answer) > 0
        self._answers.put(answer)

    def _hand_over(self, found: Found, ms: int) -> None:
        # On MediaPipe's thread, which takes no exception: 0.10 ends the process, 1.x loses it. An answer that does not
        # come is noticed by its deadline.
        try:
            if self._in_flight is None or ms != self._in_flight[0]:
                return
            # Forgotten first: once the answer is there, the next frame may come.
            (_, frame), self._in_flight = self._in_flight, None
            self._answers.put(_poses(found, frame, done_ns=self._clock()))
            if self._on_result is not None:
                self._on_result()
        except Exception:
            logger.exception("a result could not be handed over")

    def close(self) -> None:
        """Release the landmarker. Not to be called after `DetectorStalledError`: MediaPipe would wait for ever."""
        self._engine.close()


class OfflineLandmarker:
    """VIDEO or IMAGE mode: every frame, in order, deterministic.

    Args:
        bundle: The `.task` file.
        mode: `video` follows people from frame to frame; `image` looks at each frame alone.
        options: See `LandmarkerOptions`.

    Raises:
        ModelError: The bundle cannot be used.
        ProcessorError: This processor cannot run the installed MediaPipe.
    """

    def __init__(self, *, bundle: Path, mode: OfflineMode = "video", options: LandmarkerOptions | None = None) -> None:
        self._mode = mode
        self._last_ms = -1
        self._has_seen_somebody = False
        self._engine = _engine(bundle, options or LandmarkerOptions(), mode)

    def detect(self, frame: Frame) -> Poses:
        """Find the poses of one frame. In `video` mode frames must come in the order of their time."""
        if self._has_seen_somebody:
            found = self._run(frame)
        else:
            with quiet_native_output():
                found = self._run(frame)
        self._has_seen_somebody = self._has_seen_somebody or len(found.landmarks) > 0
        return _poses(found, frame, done_ns=frame.t_ns)

    def _run(self, frame: Frame) -> Found:
        if self._mode == "image":
            return self._engine.look(frame.image)
        self._last_ms = max(frame.t_ns // NS_PER_MS, self._last_ms + 1)
        return self._engine.follow(frame.image, self._last_ms)

    def close(self) -> None:
        """Release the landmarker."""
        self._engine.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _engine(bundle: Path, options: LandmarkerOptions, mode: Mode, on_found: OnFound | None = None) -> Engine:
    runtime = load()
    make = NativeEngine if runtime.has_c_library else PythonEngine
    try:
        with quiet_native_output():
            return make(runtime, bundle, options, mode, on_found)
    except (OSError, RuntimeError, ValueError) as error:
        reason = " ".join(str(error).split())
        if options.delegate == "GPU":
            raise ConfigError(
                f'detect.delegate = "GPU": MediaPipe cannot use a GPU here, set it to "CPU" (it says: {reason[-120:]})'
            ) from error
        raise ModelError(
            f"{bundle}: MediaPipe cannot use this bundle ({reason}): pose-edge models fetch --force"
        ) from error


def _poses(found: Found, frame: Frame, *, done_ns: int) -> Poses:
    return Poses(
        t_ns=frame.t_ns,
        seq=frame.seq,
        width=frame.width,
        height=frame.height,
        landmarks=found.landmarks,
        world=found.world,
        done_ns=done_ns,
        masks=found.masks,
    )
