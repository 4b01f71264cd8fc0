"""MediaPipe 1.x through its C library, without its Python layer.

That layer copies the picture once more for a callback that does not want it, makes 66 objects per person, and moves
every call to a thread and every answer through a pipe to another. Called directly, the same library gives the same
landmarks to the bit for less of the CPU; docs/performance.md has the figures. The structures are those of MediaPipe's
own `pose_landmarker` module; they belong to the pinned version.
"""

import ctypes
import importlib
import logging
import threading
from pathlib import Path
from typing import Any, Final

import numpy as np

from edge.detect.engine import Found, LandmarkerOptions, Mode, OnFound, runtime_options
from edge.detect.runtime import Runtime
from edge.flow import LANDMARKS, FloatArray, Image

logger = logging.getLogger(__name__)

_SRGB: Final = 1


class NativeEngine:
    """One landmarker of the C library; see `Engine`. Called by one thread at a time.

    Raises:
        RuntimeError: The bundle or an option is refused.
        ValueError: Likewise.
        OSError: Likewise.
    """

    def __init__(
        self, runtime: Runtime, bundle: Path, options: LandmarkerOptions, mode: Mode, on_found: OnFound | None = None
    ) -> None:
        self._c = _Library()
        self._on_found = on_found
        self._handle = ctypes.c_void_p()
        self._known_threads: set[int] = set()
        # The library calls it for as long as the landmarker lives, so it must live as long.
        self._callback = self._c.types._C_TYPES_RESULT_CALLBACK(self._called_back) if on_found else None  # noqa: SLF001
        wanted = runtime_options(runtime, bundle, options, mode, None)
        base = wanted.base_options.to_ctypes()
        structure = self._c.types.MpPoseLandmarkerOptionsC(
            base_options=base,
            running_mode=wanted.running_mode.ctype,
            num_poses=options.num_poses,
            min_pose_detection_confidence=options.min_pose_detection_confidence,
            min_pose_presence_confidence=options.min_pose_presence_confidence,
            min_tracking_confidence=options.min_tracking_confidence,
            output_segmentation_masks=options.output_segmentation_masks,
        )
        if self._callback is not None:
            structure.result_callback = self._callback
        self._c.call("MpPoseLandmarkerCreate", ctypes.byref(structure), ctypes.byref(self._handle))

    def submit(self, image: Image, ms: int) -> None:
        """See `Engine`."""
        with _Picture(self._c, image) as picture:
            self._c.call("MpPoseLandmarkerDetectAsync", self._handle, picture, None, ms)

    def follow(self, image: Image, ms: int) -> Found:
        """See `Engine`."""
        result = self._c.types.MpPoseLandmarkerResultC()
        with _Picture(self._c, image) as picture:
            self._c.call("MpPoseLandmarkerDetectForVideo", self._handle, picture, None, ms, ctypes.byref(result))
        return self._take(result)

    def look(self, image: Image) -> Found:
        """See `Engine`."""
        result = self._c.types.MpPoseLandmarkerResultC()
        with _Picture(self._c, image) as picture:
            self._c.call("MpPoseLandmarkerDetectImage", self._handle, picture, None, ctypes.byref(result))
        return self._take(result)

    def close(self) -> None:
        """See `Engine`."""
        if self._handle:
            self._c.call("MpPoseLandmarkerClose", self._handle)
            self._handle = ctypes.c_void_p()

    def _take(self, result: Any) -> Found:  # noqa: ANN401 - a structure of the library's
        try:
            return self._c.found(result)
        finally:
            self._c.lib.MpPoseLandmarkerCloseResult(ctypes.byref(result))

    def _called_back(self, status: int, result: Any, _image: int, ms: int) -> None:  # noqa: ANN401
        self._keep_thread_known()
        if status != 0:
            logger.error("MediaPipe reports status %d for a frame", status)
        elif self._on_found is not None:
            self._on_found(self._c.found(result[0]), ms)

    def _keep_thread_known(self) -> None:
        """Let Python know the library's thread from now on; by itself it would learn and forget it in every call.

        That takes longer than to hand over a result: 12 of 27 microseconds with everything in the caches.
        """
        if (thread := threading.get_ident()) not in self._known_threads:
            self._known_threads.add(thread)
            ctypes.pythonapi.PyGILState_Ensure()  # and no release, which would forget it


class _Library:
    """The loaded library with the signatures of what is called."""

    def __init__(self) -> None:
        vision = "mediapipe.tasks.python.vision"
        self.types = importlib.import_module(f"{vision}.pose_landmarker")
        images = importlib.import_module(f"{vision}.core.image")
        bindings = importlib.import_module("mediapipe.tasks.python.core.mediapipe_c_bindings")
        self._status = importlib.import_module("mediapipe.tasks.python.core.mediapipe_c_utils").handle_status
        signatures = (*self.types._CTYPES_SIGNATURES, *images._CTYPES_SIGNATURES)  # noqa: SLF001
        self.lib = bindings.load_raw_library(signatures)
        containers = importlib.import_module("mediapipe.tasks.python.components.containers.landmark_c")
        self._normalized = _Layout(containers.MpNormalizedLandmarkC, "x", "y", "z", "visibility", "presence")
        self._metric = _Layout(containers.MpLandmarkC, "x", "y", "z", "visibility")

    def call(self, name: str, *arguments: Any) -> None:  # noqa: ANN401 - as many types as functions
        """Call a function that returns a status, and raise what it says."""
        message = ctypes.c_char_p()
        status = getattr(self.lib, name)(*arguments, ctypes.byref(message))
        try:
            if status:
                self._status(status, message)
        finally:
            if message.value is not None:
                self.lib.MpErrorFree(message)

    def found(self, result: Any) -> Found:  # noqa: ANN401 - a structure of the library's
        """Copy an answer out of the library's memory."""
        return Found(
            landmarks=self._normalized.people(result.pose_landmarks, result.pose_landmarks_count),
            world=self._metric.people(result.pose_world_landmarks, result.pose_world_landmarks_count),
            masks=self._masks(result),
        )

    def _masks(self, result: Any) -> FloatArray | None:  # noqa: ANN401 - a structure of the library's
        if not result.segmentation_masks_count:
            return None
        return np.stack([self._mask(result.segmentation_masks[i]) for i in range(result.segmentation_masks_count)])

    def _mask(self, image: int) -> FloatArray:
        data = ctypes.POINTER(ctypes.c_float)()
        self.call("MpImageDataFloat32", image, ctypes.byref(data))
        shape = (self.lib.MpImageGetHeight(image), self.lib.MpImageGetWidth(image))
        return np.ctypeslib.as_array(data, shape=shape).copy()


class _Picture:
    """A frame as the library's image, for as long as the block lasts. The library copies the pixels."""

    def __init__(self, c: _Library, image: Image) -> None:
        self._c = c
        self._handle = ctypes.c_void_p()
        # The library knows no strides: only contiguous rows arrive as they are.
        pixels = np.ascontiguousarray(image)
        height, width = pixels.shape[:2]
        # Not `__array_interface__`: its keys are interned anew each time (docs/development.md).
        first = ctypes.byref(ctypes.c_uint8.from_address(pixels.ctypes.data))
        c.call("MpImageCreateFromUint8Data", _SRGB, width, height, first, pixels.size, ctypes.byref(self._handle))

    def __enter__(self) -> ctypes.c_void_p:
        return self._handle

    def __exit__(self, *_: object) -> None:
        self._c.lib.MpImageFree(self._handle)


class _Layout:
    """Where the numbers lie in an array of landmarks of one of the library's structures.

    Args:
        structure: The structure of one landmark.
        names: Members to copy, in this order; all 32-bit floats.
    """

    def __init__(self, structure: Any, *names: str) -> None:  # noqa: ANN401 - a ctypes structure
        self._words = ctypes.sizeof(structure) // 4
        self._places = np.array([getattr(structure, name).offset // 4 for name in names])
        self._bytes = LANDMARKS * ctypes.sizeof(structure)

    def people(self, poses: Any, count: int) -> FloatArray:  # noqa: ANN401 - a ctypes pointer
        """Copy the landmarks of everybody, `(n, 33, members)`."""
        # As bytes: of all ways out of the library's memory the one with the fewest steps.
        memory = b"".join([ctypes.string_at(poses[person].landmarks, self._bytes) for person in range(count)])
        return np.frombuffer(memory, np.float32).reshape(count, LANDMARKS, self._words).take(self._places, axis=2)
