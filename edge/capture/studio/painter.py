"""Paints meshes into a picture: back to front, with smooth edges, and the shadows they throw."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.capture.studio.camera import NEAR_M, Camera
from edge.capture.studio.light import TO_CEILING, TO_KEY, shade
from edge.capture.studio.mesh import Mesh
from edge.capture.studio.rotation import Array
from edge.flow import Image

_FINER: Final = 2
"""Meshes are painted at twice the size and averaged down: edges as smooth as a lens draws them."""

_SUBPIXEL_BITS: Final = 4
_SUBPIXELS: Final = 1 << _SUBPIXEL_BITS
"""Corners are given to OpenCV in sixteenths of a pixel: slow movement does not jump."""

_MARGIN_PX: Final = 4

_SHADOW_COARSER: Final = 4
"""Shadows are soft: a quarter of the size is enough."""

_SHADOW_DEPTHS: Final = ((TO_KEY, 0.385, 5.0), (TO_CEILING, 0.42, 4.0))
"""For each light: direction, share of light it takes away, blur in pixels at `_SHADOW_BLUR_WIDTH`."""

_SHADOW_BLUR_WIDTH: Final = 640

_FULL: Final = 255


@dataclass(frozen=True, slots=True, eq=False)
class Posed:
    """A mesh as it stands in the room.

    Attributes:
        mesh: The mesh.
        points: `(v, 3)` its vertices in the room, metres.
        surface_z: Height of what its shadow falls on, metres.
    """

    mesh: Mesh
    points: Array
    surface_z: float


@dataclass(frozen=True, slots=True, eq=False)
class _Quads:
    """Quads ready to paint: `(n, 4, 2)` pixels, `(n, 3)` RGB, `(n,)` depth in metres."""

    corners: Array
    colours: Array
    depths: Array


def paint_figures(image: Image, camera: Camera, figures: Sequence[Posed]) -> None:
    """Paint figures into `image` (changed in place), the far parts first, whosever they are."""
    parts = [_facing_quads(camera, figure) for figure in figures]
    corners = np.concatenate([part.corners for part in parts])
    if not len(corners):
        return
    box = _Box.around(corners, image, margin=_MARGIN_PX)
    if box is None:
        return
    order = np.argsort(-np.concatenate([part.depths for part in parts]), kind="stable")
    colours = np.concatenate([part.colours for part in parts])[order].tolist()
    # OpenCV's pixel centres are whole numbers: half a fine pixel, eight sixteenths, lies between the two conventions.
    fine = (corners[order] - (box.left, box.top)) * (_FINER * _SUBPIXELS) - _SUBPIXELS // 2
    patch = cv2.resize(box.cut(image), None, fx=_FINER, fy=_FINER, interpolation=cv2.INTER_NEAREST)
    fill = cv2.fillConvexPoly
    for quad, colour in zip(np.round(fine).astype(np.int32), colours, strict=True):
        fill(patch, quad, colour, cv2.LINE_8, _SUBPIXEL_BITS)
    box.cut(image)[:] = cv2.resize(patch, (box.width, box.height), interpolation=cv2.INTER_AREA)


def paint_shadows(image: Image, camera: Camera, figures: Sequence[Posed]) -> None:
    """Darken `image` (changed in place) where figures keep the light off the surface they are on."""
    for figure in figures:
        for direction, depth, blur in _SHADOW_DEPTHS:
            _paint_shadow(image, camera, figure, direction, depth, blur * camera.width / _SHADOW_BLUR_WIDTH)


def _paint_shadow(image: Image, camera: Camera, figure: Posed, direction: Array, depth: float, blur: float) -> None:
    above = np.maximum(figure.points[:, 2] - figure.surface_z, 0)
    fallen = figure.points - (above / direction[2])[:, None] * direction
    fallen[:, 2] = figure.surface_z
    pixels, depths = camera.project(fallen)
    if depths.min() < NEAR_M:
        return
    box = _Box.around(pixels[None], image, margin=int(3 * blur) + _SHADOW_COARSER)
    if box is None:
        return
    coarse = (-(-box.height // _SHADOW_COARSER), -(-box.width // _SHADOW_COARSER))
    mask = np.zeros(coarse, np.uint8)
    local = np.round((pixels - (box.left, box.top)) * (_SUBPIXELS / _SHADOW_COARSER)).astype(np.int32)
    for part in figure.mesh.parts:
        cv2.fillConvexPoly(mask, cv2.convexHull(local[part]), (depth * _FULL,), cv2.LINE_8, _SUBPIXEL_BITS)
    blurred = cv2.GaussianBlur(mask, (0, 0), blur / _SHADOW_COARSER)
    whole = (coarse[1] * _SHADOW_COARSER, coarse[0] * _SHADOW_COARSER)
    soft = cv2.resize(blurred, whole, interpolation=cv2.INTER_LINEAR)[: box.height, : box.width]
    light = cv2.merge([cv2.bitwise_not(soft)] * 3)
    area = box.cut(image)
    area[:] = cv2.multiply(area, light, scale=1 / _FULL)


def _facing_quads(camera: Camera, figure: Posed) -> _Quads:
    """The quads of a figure that face the camera and lie in front of it, shaded."""
    pixels, depths = camera.project(figure.points)
    faces = figure.mesh.faces
    corners = pixels[faces]
    across, down = corners[:, 2] - corners[:, 0], corners[:, 3] - corners[:, 1]
    # Counter-clockwise from outside is clockwise, thus negative, in a picture whose y points down.
    seen = (across[:, 0] * down[:, 1] - across[:, 1] * down[:, 0] < 0) & (depths[faces].min(axis=1) > NEAR_M)
    shown = faces[seen]
    quads = figure.points[shown]
    normals = np.cross(quads[:, 2] - quads[:, 0], quads[:, 3] - quads[:, 1])
    normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), np.finfo(np.float64).tiny)
    return _Quads(
        corners=corners[seen],
        colours=np.clip(figure.mesh.colours[seen] * shade(normals), 0, _FULL),
        depths=depths[shown].mean(axis=1) - figure.mesh.bias[seen],
    )


@dataclass(frozen=True, slots=True)
class _Box:
    """A rectangle of whole pixels inside a picture."""

    left: int
    top: int
    right: int
    bottom: int

    @classmethod
    def around(cls, corners: NDArray[np.float64], image: Image, *, margin: int) -> "_Box | None":
        """The part of `image` that holds all `corners` `(n, k, 2)`, or None if they lie outside."""
        low, high = corners.min(axis=(0, 1)), corners.max(axis=(0, 1))
        height, width = image.shape[:2]
        box = cls(
            left=max(0, int(low[0]) - margin),
            top=max(0, int(low[1]) - margin),
            right=min(width, int(high[0]) + margin + 1),
            bottom=min(height, int(high[1]) + margin + 1),
        )
        return box if box.left < box.right and box.top < box.bottom else None

    @property
    def width(self) -> int:
        return self.right - self.left

    @property
    def height(self) -> int:
        return self.bottom - self.top

    def cut(self, image: Image) -> Image:
        return image[self.top : self.bottom, self.left : self.right]
