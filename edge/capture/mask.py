"""Privacy masks: parts of the picture that are blacked out before anything else sees it."""

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from edge.capture.opencv import cv2
from edge.capture.source import FrameSource
from edge.capture.wrapped import WrappedSource
from edge.errors import ConfigError
from edge.flow import Frame, Image

Polygon: TypeAlias = Sequence[tuple[float, float]]
"""Corners (x, y), normalised to the frame: 0, 0 top left and 1, 1 bottom right."""

_MIN_CORNERS: Final = 3
_SUBPIXEL_BITS: Final = 4
_TOUCHED: Final[NDArray[np.uint8]] = np.ones((3, 3), np.uint8)


class PrivacyMask:
    """Blacks out every pixel that one of its polygons so much as touches.

    In doubt more is hidden, not less: edges are widened by a pixel, overlapping polygons add up, and what a polygon
    encloses by crossing itself is black too.
    """

    def __init__(self, polygons: Sequence[Polygon]) -> None:
        """Take the polygons.

        Args:
            polygons: In coordinates of the frame as it is delivered, after rotation and flips; corners outside the
                frame are moved to its edge.

        Raises:
            ConfigError: A polygon has fewer than three corners, or a corner is not two finite numbers.
        """
        for number, polygon in enumerate(polygons, start=1):
            if len(polygon) < _MIN_CORNERS:
                raise ConfigError(f"privacy mask {number} has {len(polygon)} corners: give at least {_MIN_CORNERS}")
            if not all(math.isfinite(x) and math.isfinite(y) for x, y in polygon):
                raise ConfigError(f"privacy mask {number} has a corner that is no number: give x and y from 0 to 1")
        self._polygons = tuple(np.clip(np.asarray(polygon, np.float64), 0.0, 1.0) for polygon in polygons)
        self._keep: Image | None = None

    def __bool__(self) -> bool:
        """Whether anything is hidden."""
        return bool(self._polygons)

    def apply(self, image: Image) -> Image:
        """Black out the hidden parts.

        Args:
            image: `(h, w, 3)` uint8. It is changed in place if it is writeable.

        Returns:
            The picture given, or a masked copy if that may not be written.
        """
        if not self._polygons:
            return image
        if self._keep is None or self._keep.shape != image.shape:
            self._keep = self._rasterise(height=image.shape[0], width=image.shape[1])
        target = image if image.flags.writeable else np.empty_like(image)
        return np.bitwise_and(image, self._keep, out=target)

    def _rasterise(self, *, height: int, width: int) -> Image:
        """Give `(h, w, 3)` uint8: 0 where hidden, 255 elsewhere."""
        hidden = np.zeros((height, width), np.uint8)
        for polygon in self._polygons:
            # A pixel's centre is half a pixel from its corner; OpenCV counts from centres.
            corners = np.rint((polygon * (width, height) - 0.5) * (1 << _SUBPIXEL_BITS)).astype(np.int32)
            filled = np.zeros_like(hidden)
            cv2.fillPoly(filled, [corners], 255, shift=_SUBPIXEL_BITS)
            cv2.polylines(filled, [corners], isClosed=True, color=255, shift=_SUBPIXEL_BITS)
            outlines, _ = cv2.findContours(filled, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
            cv2.drawContours(hidden, outlines, -1, 255, thickness=cv2.FILLED)
        hidden = cv2.dilate(hidden, _TOUCHED)  # type: ignore[assignment]
        return np.repeat(np.bitwise_not(hidden)[:, :, np.newaxis], 3, axis=2)


class MaskedSource(WrappedSource):
    """A source whose frames are masked: nobody downstream can come by the hidden pixels."""

    def __init__(self, source: FrameSource, mask: PrivacyMask) -> None:
        """Wrap a source that is not open yet."""
        super().__init__(source)
        self._mask = mask

    def change(self, frame: Frame) -> Frame:
        """Black out the frame's hidden parts; a frame stays the very same where nothing is hidden."""
        image = self._mask.apply(frame.image)
        return frame if image is frame.image else replace(frame, image=image)
