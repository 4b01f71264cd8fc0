"""Runs the landmark network on a given region of a frame: MediaPipe's second half without its detector."""

import math
import os
import zipfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Self

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.detect.flatbuffer import FlatbufferError
from edge.detect.landmarker import LandmarkerOptions, OfflineLandmarker
from edge.detect.likeness import HIPS, SHOULDERS
from edge.detect.region_bundle import region_bundle
from edge.errors import ModelError
from edge.flow import FloatArray, Frame, Image, Poses

SIDE_PX: Final = 256
"""Side of the landmark network's input: a region is scaled to exactly that."""

_MARGIN: Final = 1.25
"""Side of the region over the diameter of the circle around the hips' middle that takes in all landmarks. MediaPipe
takes 1.25 of a circle that the network draws. In the studio 1.125 to 1.25 give as many joints right as MediaPipe, 1.0
and 1.4 fewer."""

_SMALLEST_SIDE: Final = 0.05
"""Side of the smallest region, in frame heights: a pose that has collapsed to a point is not followed into it."""


@dataclass(frozen=True, slots=True)
class Region:
    """A square of a frame, turned.

    Attributes:
        x: Middle, pixels from the left.
        y: Middle, pixels from the top.
        side: Length of its sides in pixels.
        angle: Clockwise turn in radians; at 0 its top is up.
    """

    x: float
    y: float
    side: float
    angle: float

    @classmethod
    def around(cls, landmarks: FloatArray, *, width: int, height: int) -> Self | None:
        """The region in which to look for a person who was last seen like this, head up.

        Args:
            landmarks: `(33, 5)` landmarks, as in `Poses`.
            width: Frame width in pixels.
            height: Frame height in pixels.

        Returns:
            The region, or None where there is none: the pose is not finite, or off the picture.
        """
        points = landmarks[:, :2].astype(np.float64) * (width, height)
        if not np.isfinite(points).all():
            return None
        hips = points[HIPS, :].mean(axis=0)
        up = points[SHOULDERS, :].mean(axis=0) - hips
        radius = float(np.linalg.norm(points - hips, axis=1).max())
        side = max(2 * radius * _MARGIN, _SMALLEST_SIDE * height)
        if not (-side < hips[0] < width + side and -side < hips[1] < height + side):
            return None
        return cls(float(hips[0]), float(hips[1]), side, math.atan2(up[0], -up[1]))

    @property
    def to_frame(self) -> NDArray[np.float64]:
        """`(2, 3)` affine map from the scaled region's pixels to the frame's."""
        turn = self.side / SIDE_PX * _rotation(self.angle)
        return np.column_stack([turn, np.array([self.x, self.y]) - turn @ (SIDE_PX / 2, SIDE_PX / 2)])

    def cut(self, image: Image) -> Image:
        """The region as a picture of its own, `(256, 256, 3)` uint8."""
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        cut: Image = cv2.warpAffine(image, self.to_frame, (SIDE_PX, SIDE_PX), flags=flags)  # type: ignore[assignment]
        return cut


class RegionLandmarker:
    """Finds at most one pose in a region, wherever it lies and however it is turned. Remembers nothing.

    Costs a landmark run (3 to 4 ms of a desktop core) where the whole landmarker costs a detection more, and 20 MB
    where a second whole landmarker costs 50.

    Args:
        bundle: The `.task` file, stock or slim.
        options: See `LandmarkerOptions`; of these, presence, masks and delegate matter here.

    Raises:
        ModelError: The bundle cannot be used.
        ProcessorError: This processor cannot run the installed MediaPipe.
    """

    def __init__(self, *, bundle: Path, options: LandmarkerOptions) -> None:
        try:
            content = region_bundle(bundle.read_bytes())
        except (OSError, FlatbufferError, zipfile.BadZipFile, KeyError) as error:
            raise ModelError(f"{bundle}: no pose bundle ({error}): pose-edge models fetch --force") from error
        # MediaPipe takes a path; this one needs no disk, and goes with the landmarker.
        file = os.memfd_create("region.task")
        try:
            with open(file, "wb", closefd=False) as whole:
                whole.write(content)
            self._landmarker = OfflineLandmarker(
                bundle=Path(f"/proc/self/fd/{file}"), mode="image", options=replace(options, num_poses=1)
            )
        finally:
            os.close(file)

    def look(self, frame: Frame, region: Region) -> Poses:
        """The pose in this region, in the coordinates of the frame, or none."""
        found = self._landmarker.detect(Frame(image=region.cut(frame.image), t_ns=frame.t_ns, seq=frame.seq))
        return Poses(
            t_ns=frame.t_ns,
            seq=frame.seq,
            width=frame.width,
            height=frame.height,
            landmarks=_landmarks_back(found.landmarks, region, frame),
            world=turned(found.world, region.angle),
            done_ns=frame.t_ns,
            masks=None if found.masks is None else _masks_back(found.masks, region, frame),
        )

    def close(self) -> None:
        """Release the landmarker."""
        self._landmarker.close()


def turned(world: FloatArray, angle: float) -> FloatArray:
    """Turn world landmarks `(n, 33, 4)` clockwise in the picture's plane, `angle` in radians."""
    back = world.copy()
    back[..., :2] = world[..., :2] @ _rotation(angle).T
    return back


def _rotation(angle: float) -> NDArray[np.float64]:
    """Clockwise as one sees it, as y points down."""
    sine, cosine = math.sin(angle), math.cos(angle)
    return np.array([[cosine, -sine], [sine, cosine]])


def _landmarks_back(landmarks: FloatArray, region: Region, frame: Frame) -> FloatArray:
    back = landmarks.copy()
    to_frame = region.to_frame
    back[..., :2] = (landmarks[..., :2] * SIDE_PX @ to_frame[:, :2].T + to_frame[:, 2]) / (frame.width, frame.height)
    # z is in widths of the picture that the model was given.
    back[..., 2] *= region.side / frame.width
    return back


def _masks_back(masks: FloatArray, region: Region, frame: Frame) -> FloatArray:
    whole = [cv2.warpAffine(mask, region.to_frame, (frame.width, frame.height)) for mask in masks]
    return np.stack(whole) if whole else np.zeros((0, frame.height, frame.width), np.float32)
