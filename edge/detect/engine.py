"""What both generations of MediaPipe offer, as arrays: the seam between this room and the library."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol, TypeAlias

import numpy as np

from edge.detect.runtime import Runtime
from edge.flow import LANDMARKS, FloatArray, Image

Delegate: TypeAlias = Literal["CPU", "GPU"]
Mode: TypeAlias = Literal["live", "video", "image"]


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


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """One answer of the library.

    Attributes:
        landmarks: `(n, 33, 5)` float32, as in `Poses`.
        world: `(n, 33, 4)` float32, as in `Poses`.
        masks: `(n, h, w)` float32, or None.
    """

    landmarks: FloatArray
    world: FloatArray
    masks: FloatArray | None = None


OnFound: TypeAlias = Callable[[Found, int], None]
"""Takes an answer and the time in milliseconds of its frame; called on a thread of the library's."""


class Engine(Protocol):
    """A landmarker of the library, in one running mode. Frames are `(h, w, 3)` uint8 RGB, times whole milliseconds."""

    def submit(self, image: Image, ms: int) -> None:
        """Live mode: take a frame and return; the answer goes to the callback."""

    def follow(self, image: Image, ms: int) -> Found:
        """Video mode: find the people of the next frame of a recording."""

    def look(self, image: Image) -> Found:
        """Image mode: find the people of one picture."""

    def close(self) -> None:
        """Release it. Waits for a frame in flight."""


class PythonEngine:
    """Through MediaPipe's own Python layer, which is the same in both generations."""

    def __init__(
        self, runtime: Runtime, bundle: Path, options: LandmarkerOptions, mode: Mode, on_found: OnFound | None = None
    ) -> None:
        self._runtime = runtime
        callback = None if on_found is None else lambda result, _image, ms: on_found(_found(result), ms)
        self._landmarker = runtime.landmarker.create_from_options(
            runtime_options(runtime, bundle, options, mode, callback)
        )

    def submit(self, image: Image, ms: int) -> None:
        """See `Engine`."""
        self._landmarker.detect_async(self._image(image), ms)

    def follow(self, image: Image, ms: int) -> Found:
        """See `Engine`."""
        return _found(self._landmarker.detect_for_video(self._image(image), ms))

    def look(self, image: Image) -> Found:
        """See `Engine`."""
        return _found(self._landmarker.detect(self._image(image)))

    def close(self) -> None:
        """See `Engine`."""
        self._landmarker.close()

    def _image(self, image: Image) -> Any:  # noqa: ANN401 - MediaPipe has no types
        # MediaPipe ignores numpy's strides: only contiguous rows arrive as they are.
        return self._runtime.image(image_format=self._runtime.srgb, data=np.ascontiguousarray(image))


def runtime_options(
    runtime: Runtime,
    bundle: Path,
    options: LandmarkerOptions,
    mode: Mode,
    callback: Callable[[Any, Any, int], None] | None,
) -> Any:  # noqa: ANN401 - MediaPipe has no types
    """MediaPipe's own options object."""
    delegates, modes = runtime.base_options.Delegate, runtime.running_mode
    return runtime.options(
        base_options=runtime.base_options(
            model_asset_path=str(bundle), delegate=delegates.GPU if options.delegate == "GPU" else delegates.CPU
        ),
        running_mode={"live": modes.LIVE_STREAM, "video": modes.VIDEO, "image": modes.IMAGE}[mode],
        num_poses=options.num_poses,
        min_pose_detection_confidence=options.min_pose_detection_confidence,
        min_pose_presence_confidence=options.min_pose_presence_confidence,
        min_tracking_confidence=options.min_tracking_confidence,
        output_segmentation_masks=options.output_segmentation_masks,
        result_callback=callback,
    )


def _found(result: Any) -> Found:  # noqa: ANN401 - MediaPipe has no types
    landmarks = np.array(
        [[(p.x, p.y, p.z, p.visibility, p.presence) for p in pose] for pose in result.pose_landmarks], dtype=np.float32
    )
    world = np.array(
        [[(p.x, p.y, p.z, p.visibility) for p in pose] for pose in result.pose_world_landmarks], dtype=np.float32
    )
    masks = None
    if result.segmentation_masks:
        masks = np.stack([np.squeeze(mask.numpy_view()).copy() for mask in result.segmentation_masks])
    return Found(landmarks.reshape(-1, LANDMARKS, 5), world.reshape(-1, LANDMARKS, 4), masks)
