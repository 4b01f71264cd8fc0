"""The room behind the figures, painted once: walls, floor, window, door, and the furniture of a scene."""

from collections.abc import Sequence
from typing import Final, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.capture.studio.camera import NEAR_M, Camera
from edge.capture.studio.furniture import Box, Furniture
from edge.capture.studio.light import shade
from edge.capture.studio.look import Colour
from edge.flow import Image

Corners: TypeAlias = Sequence[tuple[float, float, float]]
"""Four points in the room, metres."""

HALF_WIDTH_M: Final = 2.9
DEPTH_M: Final = 5.2
HEIGHT_M: Final = 2.75
_NEAR_END_M: Final = 0.55
"""Where walls and floor begin in front of the camera: below that they are out of its view."""

_FINER: Final = 2
"""The room is painted at twice the size and averaged down."""

_SEED: Final = 1
_WALL: Final = (212, 208, 196)
_CEILING: Final = (216, 212, 205)
_FLOOR: Final = (190, 158, 120)
_RUG: Final = (128, 112, 118)
_SKIRTING: Final = (232, 230, 225)
_WINDOW_FRAME: Final = (243, 243, 240)
_SKY: Final = (225, 240, 250)
_CURTAIN: Final = (175, 165, 140)
_PICTURE_FRAME: Final = (90, 80, 70)
_DOOR: Final = (158, 140, 120)
_LEAF: Final = (60, 130, 65)

_CABINET: Final = (
    Box((2.35, DEPTH_M - 0.25, 0.45), (1.0, 0.45, 0.9), 0.0, (185, 160, 128)),
    Box((2.1, DEPTH_M - 0.25, 1.0), (0.25, 0.2, 0.2), 0.0, (140, 60, 60)),
    Box((2.5, DEPTH_M - 0.25, 1.02), (0.2, 0.2, 0.24), 0.0, (60, 120, 150)),
)
_PLANT_POT: Final = Box((-2.55, DEPTH_M - 0.5, 0.2), (0.4, 0.4, 0.4), 0.0, (140, 130, 120))
_LEAVES: Final = 40

_VIGNETTE: Final = 0.22
"""Share of light lost in the corners of a small lens."""


def paint_room(camera: Camera, furniture: Sequence[Furniture]) -> Image:
    """The empty room as `camera` sees it, `(h, w, 3)` RGB. The same on every call."""
    painter = _RoomPainter(camera.scaled(_FINER))
    painter.paint_shell()
    painter.paint_decoration()
    for piece in furniture:
        for group in piece.groups():
            painter.paint_boxes(group)
    return painter.picture(camera.width, camera.height)


class _RoomPainter:
    def __init__(self, camera: Camera) -> None:
        self._camera = camera
        self._random = np.random.default_rng(_SEED)
        self._image: Image = np.full((camera.height, camera.width, 3), _CEILING, np.uint8)

    def paint_shell(self) -> None:
        """Walls, floor with planks, rug, skirting."""
        far, top, near = DEPTH_M, HEIGHT_M, _NEAR_END_M
        self._texture(self._plaster(_WALL, 0.97), _upright(-HALF_WIDTH_M, HALF_WIDTH_M, far, 0.0, top))
        for x, brightness in ((-HALF_WIDTH_M, 0.92), (HALF_WIDTH_M, 0.86)):
            self._texture(
                self._plaster(_WALL, brightness), [(x, near, top), (x, far, top), (x, far, 0.0), (x, near, 0.0)]
            )
        self._texture(self._planks(), _flat(-HALF_WIDTH_M, HALF_WIDTH_M, near, far, 0.0))
        weave = self._random.normal(0, 7, (64, 96, 1)) + np.array(_RUG)
        self._texture(weave.clip(0, 255).astype(np.uint8).repeat(4, 0).repeat(4, 1), _flat(-1.3, 1.1, 2.5, 4.3, 0.005))
        self._fill(_upright(-HALF_WIDTH_M, HALF_WIDTH_M, far - 0.01, 0.0, 0.1), _SKIRTING)

    def paint_decoration(self) -> None:
        """Window with curtains, picture, door, cabinet, plant."""
        wall = DEPTH_M - 0.01
        self._fill(_upright(-1.6, -0.4, wall, 0.95, 2.15), _WINDOW_FRAME)
        for left, right in ((-1.54, -1.03), (-0.97, -0.46)):
            self._texture(self._plaster(_SKY, 1.0), _upright(left, right, wall - 0.01, 1.01, 2.09))
        pleats = np.sin(np.arange(256) / 256 * 40)[None, :, None] * 16 + np.array(_CURTAIN)
        curtain = np.broadcast_to(pleats, (256, 256, 3)).clip(0, 255).astype(np.uint8)
        for left, right in ((-1.85, -1.5), (-0.5, -0.15)):
            self._texture(curtain, _upright(left, right, wall - 0.04, 0.5, 2.25))
        self._fill(_upright(0.55, 1.15, wall, 1.5, 1.95), _PICTURE_FRAME)
        blots = self._random.integers(60, 220, (5, 6, 3)).astype(np.uint8)
        painting = np.asarray(cv2.resize(blots, (120, 90), interpolation=cv2.INTER_CUBIC), dtype=np.uint8)
        self._texture(painting, _upright(0.6, 1.1, wall - 0.01, 1.55, 1.9))
        side = HALF_WIDTH_M - 0.01
        self._fill([(side, 2.6, 2.05), (side, 3.5, 2.05), (side, 3.5, 0.0), (side, 2.6, 0.0)], _DOOR)
        self.paint_boxes(_CABINET)
        self.paint_boxes((_PLANT_POT,))
        self._plant()

    def paint_boxes(self, boxes: Sequence[Box]) -> None:
        """Paint boxes, the farthest first."""
        eye = self._camera.centre
        for box in sorted(boxes, key=lambda box: -float(np.linalg.norm(box.centre - eye))):
            for side in box.sides():
                normal = np.cross(side[1] - side[0], side[2] - side[0])
                normal /= np.linalg.norm(normal)
                if (side.mean(axis=0) - eye) @ normal < 0:
                    light = np.clip(box.colour * shade(normal[None])[0], 0, 255)
                    self._fill(side, (int(light[0]), int(light[1]), int(light[2])))

    def picture(self, width: int, height: int) -> Image:
        """What was painted, with the lens's darker corners, at the size asked for."""
        rows, columns = np.mgrid[0 : self._camera.height, 0 : self._camera.width]
        off_centre = (columns / self._camera.width - 0.5) ** 2 + (rows / self._camera.height - 0.5) ** 2
        dimmed = (self._image * (1 - 2 * _VIGNETTE * off_centre)[..., None]).astype(np.uint8)
        soft = cv2.GaussianBlur(dimmed, (0, 0), 1.2)
        return np.asarray(cv2.resize(soft, (width, height), interpolation=cv2.INTER_AREA), dtype=np.uint8)

    def _plaster(self, colour: Colour, brightness: float) -> Image:
        """A wall's texture: a little darker toward the floor, uneven."""
        size = 256
        blots = self._random.normal(0, 1, (6, 6)).astype(np.float32)
        uneven = cv2.resize(blots, (size, size), interpolation=cv2.INTER_CUBIC)[..., None]
        fall_off = np.linspace(1.05, 0.86, size)[:, None, None]
        return np.clip(np.array(colour) * brightness * fall_off * (1 + 0.02 * uneven), 0, 255).astype(np.uint8)

    def _planks(self) -> Image:
        """The floor's texture: staggered planks with grain and dark joints."""
        size, rows = 1024, 14
        texture = np.zeros((size, size, 3), np.float32)
        width = -(-size // rows)
        for row in range(rows):
            strip = slice(row * width, (row + 1) * width)
            start = 0
            while start < size:
                length = int(self._random.integers(size // 4, size // 2))
                texture[start : start + length, strip] = np.array(_FLOOR) * (1 + self._random.normal(0, 0.07))
                texture[start : start + 2, strip] *= 0.72
                start += length
            texture[:, row * width : row * width + 2] *= 0.75
        streaks = self._random.normal(0, 1, (size // 24, size // 2)).astype(np.float32)
        grain = cv2.resize(streaks, (size, size), interpolation=cv2.INTER_CUBIC)[..., None]
        return np.clip(texture * (1 + 0.04 * grain), 0, 255).astype(np.uint8)

    def _plant(self) -> None:
        x, y = _PLANT_POT.centre[:2]
        for _ in range(_LEAVES):
            angle = self._random.uniform(0, 2 * np.pi)
            reach, lift, tip, green = self._random.random(4)
            root = np.array([x + 0.25 * np.cos(angle) * reach, y, 0.5 + 0.45 * lift])
            growth = np.array([0.22 * np.cos(angle), 0.0, 0.15 + 0.2 * tip])
            leaf = np.array([root, root + growth])
            (start, end), _ = self._camera.project(leaf)
            colour = tuple(float(part * (0.75 + 0.5 * green)) for part in _LEAF)
            cv2.line(self._image, _pixel(start), _pixel(end), colour, 5, cv2.LINE_AA)

    def _texture(self, texture: Image, corners: Corners) -> None:
        """Stretch a texture over a quad given from its upper left corner clockwise."""
        height, width = texture.shape[:2]
        pixels, _ = self._camera.project(np.array(corners))
        from_corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
        warp = cv2.getPerspectiveTransform(from_corners, pixels.astype(np.float32))
        size = (self._camera.width, self._camera.height)
        warped = cv2.warpPerspective(texture, warp, size, flags=cv2.INTER_AREA)
        covered = cv2.warpPerspective(np.full((height, width), 255, np.uint8), warp, size) > 127  # noqa: PLR2004 - half
        self._image[covered] = warped[covered]

    def _fill(self, corners: Corners | NDArray[np.float64], colour: Colour) -> None:
        pixels, depth = self._camera.project(np.array(corners))
        if depth.min() >= NEAR_M:
            polygon = np.round(pixels * 16).astype(np.int32)
            cv2.fillPoly(self._image, [polygon], tuple(float(part) for part in colour), cv2.LINE_AA, 4)


def _upright(left: float, right: float, y: float, low: float, high: float) -> Corners:
    """A rectangle on the far wall."""
    return [(left, y, high), (right, y, high), (right, y, low), (left, y, low)]


def _flat(left: float, right: float, near: float, far: float, z: float) -> Corners:
    """A rectangle on the floor."""
    return [(left, far, z), (right, far, z), (right, near, z), (left, near, z)]


def _pixel(point: NDArray[np.float64]) -> tuple[int, int]:
    return int(point[0]), int(point[1])
