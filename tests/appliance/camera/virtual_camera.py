"""`pose-edge run` on the real Picamera2 and libcamera's virtual camera. Arguments: a file, then those of pose-edge.

Opening, configuring, requests, buffers, their times and closing are the real ones. What this adds is what a Pi's camera
has and the virtual one has not: a pace (libcamera 0.4 delivers as fast as it can), and RGB, which its image processor
makes. While the file exists the camera is silent.
"""

import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import cv2
import numpy as np
import picamera2
from numpy.typing import NDArray
from picamera2.allocators import LibcameraAllocator

from edge.cli import main

SILENT = Path(sys.argv.pop(1))
FRAME_S = 1 / 30


class VirtualCamera(picamera2.Picamera2):  # type: ignore[misc]
    """The virtual camera, as a Pi's would look."""

    def _get_raw_modes(self) -> list[dict[str, Any]]:
        return [{"format": "NV12", "size": (640, 480)}]

    def create_video_configuration(self, **options: Any) -> dict[str, Any]:  # noqa: ANN401 - picamera2's
        if "main" not in options:  # picamera2's own, while it opens the camera
            found: dict[str, Any] = super().create_video_configuration()
            return found
        configuration: dict[str, Any] = super().create_video_configuration(
            main={"format": "NV12", "size": options["main"]["size"]},
            buffer_count=options["buffer_count"],
            queue=options["queue"],
        )
        configuration["controls"] = {}
        return configuration

    def configure(self, configuration: dict[str, Any]) -> None:
        self.allocator = LibcameraAllocator(self.camera)
        super().configure(configuration)

    def process_requests(self, display: Any) -> None:  # noqa: ANN401
        time.sleep(FRAME_S)
        while SILENT.exists():
            time.sleep(FRAME_S)
        super().process_requests(display)

    def stream_configuration(self, name: str = "main") -> dict[str, Any]:
        found: dict[str, Any] = super().stream_configuration(name)
        return {**found, "format": "BGR888", "stride": 3 * found["size"][0]}


class RgbArray:
    """A request's buffer as RGB."""

    def __init__(self, request: Any, stream: str, *, reshape: bool, write: bool) -> None:  # noqa: ANN401
        self._size = request.config[stream]["size"]
        self._mapped = picamera2.request.MappedArray(request, stream, reshape=reshape, write=write)
        self.array: NDArray[np.uint8] = np.zeros(0, dtype=np.uint8)

    def __enter__(self) -> Self:
        width, height = self._size
        planes = self._mapped.__enter__().array[: width * height * 3 // 2].reshape(height * 3 // 2, width)
        self.array = cv2.cvtColor(planes, cv2.COLOR_YUV2RGB_NV12).reshape(-1)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._mapped.__exit__(kind, error, trace)


picamera2.Picamera2 = VirtualCamera
picamera2.MappedArray = RgbArray
sys.exit(main())
