"""Draws what was found over the original frames and writes them as a video."""

from pathlib import Path
from types import TracebackType
from typing import Final, Self

import cv2
import numpy as np

from edge.errors import OutputError
from edge.flow import FloatArray, Frame, Image, Poses
from edge.skeleton import CONNECTIONS, LEFT, RIGHT

_LEFT_COLOUR: Final = (255, 140, 0)
_RIGHT_COLOUR: Final = (0, 150, 255)
_MIDDLE_COLOUR: Final = (240, 240, 240)
_COLOURS: Final = dict.fromkeys(LEFT, _LEFT_COLOUR) | dict.fromkeys(RIGHT, _RIGHT_COLOUR)

_SURE_PRESENCE: Final = 0.5
"""Landmarks less likely than this to be in the frame are left out."""

_LINE_SHARE: Final = 0.004
"""Line width as a share of the frame's height: 2 px at 480."""


def draw(image: Image, poses: Poses) -> Image:
    """Draw connections and landmarks of every pose on a copy of `image`, `(h, w, 3)` uint8 RGB."""
    canvas = image.copy()
    width = max(1, round(_LINE_SHARE * poses.height))
    for landmarks in poses.landmarks:
        points = _pixels(landmarks, poses)
        for pair in CONNECTIONS:
            start, end = points.get(pair[0]), points.get(pair[1])
            if start and end:
                cv2.line(canvas, start, end, _COLOURS.get(pair, _MIDDLE_COLOUR), width, cv2.LINE_AA)
        for point in points.values():
            cv2.circle(canvas, point, width + 1, _MIDDLE_COLOUR, cv2.FILLED, cv2.LINE_AA)
    return canvas


class OverlayWriter:
    """An MP4 of frames with the poses drawn on them.

    Args:
        path: The file to write.
        fps: Its frame rate; frames are written one after another, so a variable rate becomes its mean.

    Raises:
        OutputError: OpenCV cannot write a video there.
    """

    def __init__(self, path: Path, *, fps: float) -> None:
        self._path = path
        self._fps = fps
        self._writer: cv2.VideoWriter | None = None

    def write(self, frame: Frame, poses: Poses) -> None:
        """Add one frame. All must be of one size."""
        if self._writer is None:
            fourcc = cv2.VideoWriter.fourcc(*"mp4v")
            self._writer = cv2.VideoWriter(str(self._path), fourcc, self._fps, (frame.width, frame.height))
            if not self._writer.isOpened():
                raise OutputError(f"{self._path}: OpenCV cannot write this video; the name has to end in .mp4")
        self._writer.write(cv2.cvtColor(draw(frame.image, poses), cv2.COLOR_RGB2BGR))

    def close(self) -> None:
        """Finish the file."""
        if self._writer is not None:
            self._writer.release()
            self._writer = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _pixels(landmarks: FloatArray, poses: Poses) -> dict[int, tuple[int, int]]:
    """Pixel positions of the landmarks that are surely in the frame."""
    size = np.array([poses.width, poses.height], dtype=np.float32)
    finite = np.isfinite(landmarks[:, :2]).all(axis=1) & (landmarks[:, 4] >= _SURE_PRESENCE)
    return {
        index: (round(float(x)), round(float(y)))
        for index, ((x, y), shown) in enumerate(zip(landmarks[:, :2] * size, finite, strict=True))
        if shown
    }
