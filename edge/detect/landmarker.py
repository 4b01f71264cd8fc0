"""MediaPipe's Pose Landmarker behind frames and poses: live (newest frame, asynchronous) and offline (every frame)."""

import logging
import queue
import time
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Literal, Self

import numpy as np
from numpy.typing import NDArray

from edge.detect.native_output import quiet_native_output
from edge.detect.runtime import Runtime, load
from edge.errors import ConfigError, DetectorStalledError, ModelError
from edge.flow import LANDMARKS, FloatArray, Frame, Poses

logger = logging.getLogger(__name__)

NS_PER_MS: Final = 1_000_000

Delegate = Literal["CPU", "GPU"]
OfflineMode = Literal["video", "image"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LandmarkerOptions:
    """The options of the Pose Landmarker guide, under their own names.

    Attributes:
        num_poses: The most people to find, 1..4. MediaPipe smooths landmarks only with 1.
        min_pose_detection_confidence: Lowest score of the person detector, 0..1.
        min_pose_presence_confidence: Lowest score of a pose found in the detected region, 0..1.
        min_tracking_confidence: Lowest score to follow a pose without detecting anew, 0..1.
        output_segmentation_masks: Also give a mask of each person; needs the stock bundle.
        delegate: Where the networks run.
    """

    num_poses: int = 1
    min_pose_detection_confidence: float = 0.5
    min_pose_presence_confidence: float = 0.5
    min_tracking_confidence: float = 0.5
    output_segmentation_masks: bool = False
    delegate: Delegate = "CPU"


class LiveLandmarker:
    """LIVE_STREAM mode with one frame in flight: submit the newest frame, then wait for its result.

    MediaPipe drops a frame without a word when another is queued, so the next one is submitted only after the last
    result arrived. Its callback thread does one thing: it hands the result over.

    Args:
        bundle: The `.task` file.
        options: See `LandmarkerOptions`.
        result_timeout_s: How long one frame may take. A landmarker that is later than this never comes back.
        clock: Monotonic nanoseconds, the clock of `Frame.t_ns`.

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
    ) -> None:
        self._runtime = load()
        self._result_timeout_s = result_timeout_s
        self._clock = clock
        # Holds one result at most, as one frame at most is in flight.
        self._results: queue.SimpleQueue[tuple[Any, int]] = queue.SimpleQueue()
        self._has_seen_somebody = False
        self._last_ms = -1
        self._landmarker = _create(
            self._runtime,
            bundle,
            options or LandmarkerOptions(),
            self._runtime.running_mode.LIVE_STREAM,
            result_callback=self._hand_over,
        )

    def detect(self, frame: Frame) -> Poses:
        """Run the model on one frame and wait for the answer.

        Raises:
            DetectorStalledError: No answer within `result_timeout_s`; this landmarker must not be used again.
        """
        ms = max(frame.t_ns // NS_PER_MS, self._last_ms + 1)
        self._last_ms = ms
        with nullcontext() if self._has_seen_somebody else quiet_native_output():
            self._landmarker.detect_async(_image(self._runtime, frame), ms)
            result = self._wait(ms)
        poses = _to_poses(result, frame, done_ns=self._clock())
        self._has_seen_somebody = self._has_seen_somebody or len(poses) > 0
        return poses

    def _wait(self, ms: int) -> Any:  # noqa: ANN401 - MediaPipe has no types
        try:
            while True:
                result, of_ms = self._results.get(timeout=self._result_timeout_s)
                if of_ms == ms:
                    return result
        except queue.Empty:
            raise DetectorStalledError(
                f"The landmarker did not answer within {self._result_timeout_s:g} s (detect.result_timeout_s): "
                "leaving, so that the service starts anew"
            ) from None

    def _hand_over(self, result: object, _image: object, timestamp_ms: int) -> None:
        self._results.put((result, timestamp_ms))

    def close(self) -> None:
        """Release the landmarker. Not to be called after `DetectorStalledError`: MediaPipe would wait for ever."""
        self._landmarker.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not isinstance(error, DetectorStalledError):
            self.close()


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
        self._runtime = load()
        self._mode = mode
        modes = self._runtime.running_mode
        self._last_ms = -1
        self._has_seen_somebody = False
        self._landmarker = _create(
            self._runtime, bundle, options or LandmarkerOptions(), modes.VIDEO if mode == "video" else modes.IMAGE
        )

    def detect(self, frame: Frame) -> Poses:
        """Find the poses of one frame. In `video` mode frames must come in the order of their time."""
        with nullcontext() if self._has_seen_somebody else quiet_native_output():
            result = self._run(_image(self._runtime, frame), frame.t_ns // NS_PER_MS)
        poses = _to_poses(result, frame, done_ns=frame.t_ns)
        self._has_seen_somebody = self._has_seen_somebody or len(poses) > 0
        return poses

    def _run(self, image: Any, ms: int) -> Any:  # noqa: ANN401 - MediaPipe has no types
        if self._mode == "image":
            return self._landmarker.detect(image)
        self._last_ms = max(ms, self._last_ms + 1)
        return self._landmarker.detect_for_video(image, self._last_ms)

    def close(self) -> None:
        """Release the landmarker."""
        self._landmarker.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _create(
    runtime: Runtime,
    bundle: Path,
    options: LandmarkerOptions,
    mode: object,
    result_callback: Callable[[object, object, int], None] | None = None,
) -> Any:  # noqa: ANN401 - MediaPipe has no types
    delegates = runtime.base_options.Delegate
    delegate = delegates.GPU if options.delegate == "GPU" else delegates.CPU
    wanted = runtime.options(
        base_options=runtime.base_options(model_asset_path=str(bundle), delegate=delegate),
        running_mode=mode,
        num_poses=options.num_poses,
        min_pose_detection_confidence=options.min_pose_detection_confidence,
        min_pose_presence_confidence=options.min_pose_presence_confidence,
        min_tracking_confidence=options.min_tracking_confidence,
        output_segmentation_masks=options.output_segmentation_masks,
        result_callback=result_callback,
    )
    try:
        with quiet_native_output():
            return runtime.landmarker.create_from_options(wanted)
    except (OSError, RuntimeError, ValueError) as error:
        reason = " ".join(str(error).split())
        if options.delegate == "GPU":
            raise ConfigError(
                f'detect.delegate = "GPU": MediaPipe cannot use a GPU here, set it to "CPU" (it says: {reason[-120:]})'
            ) from error
        raise ModelError(
            f"{bundle}: MediaPipe cannot use this bundle ({reason}): pose-edge models fetch --force"
        ) from error


def _image(runtime: Runtime, frame: Frame) -> Any:  # noqa: ANN401 - MediaPipe has no types
    # MediaPipe ignores numpy's strides: only contiguous rows arrive as they are.
    return runtime.image(image_format=runtime.srgb, data=np.ascontiguousarray(frame.image))


def _to_poses(result: Any, frame: Frame, *, done_ns: int) -> Poses:  # noqa: ANN401 - MediaPipe has no types
    landmarks = np.array(
        [[(p.x, p.y, p.z, p.visibility, p.presence) for p in pose] for pose in result.pose_landmarks], dtype=np.float32
    )
    world = np.array(
        [[(p.x, p.y, p.z, p.visibility) for p in pose] for pose in result.pose_world_landmarks], dtype=np.float32
    )
    return Poses(
        t_ns=frame.t_ns,
        seq=frame.seq,
        width=frame.width,
        height=frame.height,
        landmarks=landmarks.reshape(-1, LANDMARKS, 5),
        world=world.reshape(-1, LANDMARKS, 4),
        done_ns=done_ns,
        masks=_masks(result.segmentation_masks),
    )


def _masks(images: list[Any] | None) -> FloatArray | None:
    if not images:
        return None
    stacked: NDArray[np.float32] = np.stack([np.squeeze(image.numpy_view()).copy() for image in images])
    return stacked
