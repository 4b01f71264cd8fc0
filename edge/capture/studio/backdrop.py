"""What moves in a room without being a person: a television, a curtain in the wind, a patch of sun.

All of it is painted behind the figures, and depends on nothing but the time.
"""

import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.capture.studio.camera import Camera
from edge.capture.studio.room import DEPTH_M
from edge.flow import Image

_SUBPIXEL_BITS: Final = 4
_SUBPIXELS: Final = 1 << _SUBPIXEL_BITS

Corner: TypeAlias = tuple[float, float, float]


class Painter(Protocol):
    """Paints one piece of backdrop, for one camera."""

    def paint(self, image: Image, t_s: float) -> None:
        """Paint into `image`, in place, what is to be seen at `t_s` seconds."""


class Backdrop(Protocol):
    """A piece of a scene that moves by itself."""

    def painter(self, camera: Camera) -> Painter:
        """What paints it as `camera` sees it."""


_SHOTS_S: Final = (0.8, 4.0)
"""Shortest and longest shot: television cuts every two to three seconds."""

_SCREEN: Final = ((1.45, 2.7), (0.95, 1.65))
"""From left to right and from bottom to top, metres: a 55-inch screen on the cabinet."""

_SCREEN_BEFORE_WALL_M: Final = 0.5
_GLOW_PX: Final = 60
_GLOW_LEVELS: Final = 40
_SHOT_SIZE: Final = (192, 108)
_PAN_SHARE: Final = 0.25
"""How much of a shot's width the camera in it pans over in a second, at most."""


@dataclass(frozen=True, slots=True)
class Television:
    """A screen with changing pictures, and their glow on the wall.

    Attributes:
        seed: Chooses the programme.
        duration_s: For how long there is a programme; then the last picture stays.
    """

    seed: int
    duration_s: float

    def painter(self, camera: Camera) -> Painter:
        """See `Backdrop`."""
        return _Screen(self, camera)


class _Screen:
    def __init__(self, television: Television, camera: Camera) -> None:
        random = np.random.default_rng(television.seed)
        self._cuts: list[float] = []
        t_s = 0.0
        while t_s < television.duration_s:
            self._cuts.append(t_s)
            t_s += float(random.uniform(*_SHOTS_S))
        self._blots = random.integers(0, 256, (len(self._cuts), 7, 12, 3)).astype(np.uint8)
        self._brightness = random.uniform(0.3, 1.0, len(self._cuts))
        self._pans = random.uniform(-_PAN_SHARE, _PAN_SHARE, len(self._cuts))
        (left, right), (low, high) = _SCREEN
        y = DEPTH_M - _SCREEN_BEFORE_WALL_M
        corners, _ = camera.project(
            np.array([(left, y, high), (right, y, high), (right, y, low), (left, y, low)], np.float64)
        )
        margin = _GLOW_PX * camera.width // 640
        self._area = _Area.around(corners, camera, margin=margin)
        local = corners - (self._area.left, self._area.top)
        width, height = _SHOT_SIZE
        shot = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
        self._warp = cv2.getPerspectiveTransform(shot, local.astype(np.float32))
        self._glass = np.zeros((self._area.height, self._area.width), np.uint8)
        cv2.fillConvexPoly(self._glass, np.round(local).astype(np.int32), 255)
        glow = cv2.GaussianBlur(self._glass, (0, 0), margin / 2)
        self._glow = cv2.merge([glow] * 3)

    def paint(self, image: Image, t_s: float) -> None:
        shot = max(0, bisect_right(self._cuts, t_s) - 1)
        area = self._area.cut(image)
        bright = float(self._brightness[shot])
        cv2.addWeighted(area, 1.0, self._glow, bright * _GLOW_LEVELS / 255, 0, dst=area)
        width, height = _SHOT_SIZE
        wide = cv2.resize(self._blots[shot], (2 * width, height), interpolation=cv2.INTER_CUBIC)
        pan = width / 2 + self._pans[shot] * width * (t_s - self._cuts[shot])
        start = min(width, max(0, int(pan)))
        picture = cv2.convertScaleAbs(wide[:, start : start + width], alpha=bright)
        shown = cv2.warpPerspective(picture, self._warp, (self._area.width, self._area.height))
        np.copyto(area, shown, where=self._glass[..., None] > 0)


_PLEATS: Final = 14
_CURTAIN_ACROSS: Final = (-1.95, -0.05)
_CURTAIN_UP: Final = (0.3, 2.3)
_CURTAIN_COLOUR: Final = (188, 178, 150)
_CURTAIN_BEFORE_WALL_M: Final = 0.1
_SWAY_M: Final = 0.16
_GUST_S: Final = (3.1, 7.7, 0.9)
"""Periods of what the wind is made of, seconds; no two in step, so it never repeats within a scene."""


@dataclass(frozen=True, slots=True)
class Curtain:
    """A curtain before an open window, moving in the wind for ever.

    Attributes:
        phase: Chooses where the wind begins, radians.
    """

    phase: float

    def painter(self, camera: Camera) -> Painter:
        """See `Backdrop`."""
        return _Cloth(self, camera)


class _Cloth:
    def __init__(self, curtain: Curtain, camera: Camera) -> None:
        self._phase = curtain.phase
        self._camera = camera

    def paint(self, image: Image, t_s: float) -> None:
        left, right = _CURTAIN_ACROSS
        low, high = _CURTAIN_UP
        edges = np.linspace(left, right, 2 * _PLEATS + 1)
        slow, slower, quick = (2 * math.pi * t_s / period + self._phase for period in _GUST_S)
        gust = 0.55 + 0.3 * math.sin(slow) + 0.15 * math.sin(slower)
        along = np.linspace(0, 3 * math.pi, len(edges))
        sway = _SWAY_M * gust * (0.6 * np.sin(slow + 0.4 * along) + 0.4 * np.sin(quick - along))
        y = np.full_like(edges, DEPTH_M - _CURTAIN_BEFORE_WALL_M)
        top, _ = self._camera.project(np.stack([edges, y, np.full_like(edges, high)], axis=1))
        bottom, _ = self._camera.project(np.stack([edges + sway, y - 2 * np.abs(sway), np.full_like(edges, low)], 1))
        lit = np.diff(bottom[:, 0]) / np.maximum(np.diff(top[:, 0]), 1e-6)
        for pleat in range(len(edges) - 1):
            quad = np.array([top[pleat], top[pleat + 1], bottom[pleat + 1], bottom[pleat]])
            bright = (1.06 if pleat % 2 else 0.9) * min(1.15, max(0.75, 0.7 + 0.3 * float(lit[pleat])))
            colour = [min(255.0, part * bright) for part in _CURTAIN_COLOUR]
            cv2.fillConvexPoly(image, np.round(quad * _SUBPIXELS).astype(np.int32), colour, cv2.LINE_AA, _SUBPIXEL_BITS)


_SUN: Final = (46, 40, 22)
"""Grey levels of red, green, blue that full sun adds to the floor."""

_SUN_SOFT_PX: Final = 3.0
_SUN_COARSER: Final = 2
_SUN_SIZE_M: Final = (0.9, 1.3)
_CLOUD_EDGE_S: Final = 4.0
"""How long the edge of a cloud takes to pass."""


@dataclass(frozen=True, slots=True)
class SunPatch:
    """A window's bright patch on the floor, wandering; clouds pass.

    Attributes:
        start: x and y in metres of the patch's left front corner at the start.
        drift: Metres a second along x and y. The real sun moves a patch by 0.2 mm a second.
        clouds_s: When the sun goes and comes back, in turn.
    """

    start: tuple[float, float]
    drift: tuple[float, float]
    clouds_s: tuple[float, ...]

    def painter(self, camera: Camera) -> Painter:
        """See `Backdrop`."""
        return _Sunlight(self, camera)

    def strength(self, t_s: float) -> float:
        """How much of the sun comes through, 0..1."""
        index = bisect_right(self.clouds_s, t_s)
        if not index:
            return 1.0
        way = min(1.0, (t_s - self.clouds_s[index - 1]) / _CLOUD_EDGE_S)
        return way if index % 2 == 0 else 1.0 - way


class _Sunlight:
    def __init__(self, patch: SunPatch, camera: Camera) -> None:
        self._patch, self._camera = patch, camera

    def paint(self, image: Image, t_s: float) -> None:
        strength = self._patch.strength(t_s)
        if strength <= 0:
            return
        x = self._patch.start[0] + self._patch.drift[0] * t_s
        y = self._patch.start[1] + self._patch.drift[1] * t_s
        wide, deep = _SUN_SIZE_M
        slant = 0.4
        floor: Sequence[Corner] = (
            (x, y, 0.0),
            (x + wide, y, 0.0),
            (x + wide + slant, y + deep, 0.0),
            (x + slant, y + deep, 0.0),
        )
        corners, _ = self._camera.project(np.array(floor))
        soft = _SUN_SOFT_PX * self._camera.width / 640
        area = _Area.around(corners, self._camera, margin=int(4 * soft) + _SUN_COARSER)
        coarse = (-(-area.height // _SUN_COARSER), -(-area.width // _SUN_COARSER))
        mask = np.zeros(coarse, np.uint8)
        local = np.round((corners - (area.left, area.top)) * (_SUBPIXELS / _SUN_COARSER)).astype(np.int32)
        cv2.fillConvexPoly(mask, local, 255 * strength, cv2.LINE_8, _SUBPIXEL_BITS)
        blurred = cv2.GaussianBlur(mask, (0, 0), soft / _SUN_COARSER)
        whole = (coarse[1] * _SUN_COARSER, coarse[0] * _SUN_COARSER)
        sun = cv2.resize(blurred, whole, interpolation=cv2.INTER_LINEAR)[: area.height, : area.width]
        warm = cv2.merge([cv2.convertScaleAbs(sun, alpha=part / 255) for part in _SUN])
        cut = area.cut(image)
        cv2.add(cut, warm, dst=cut)


@dataclass(frozen=True, slots=True)
class _Area:
    """A rectangle of whole pixels inside the picture; at least one pixel."""

    left: int
    top: int
    right: int
    bottom: int

    @classmethod
    def around(cls, corners: NDArray[np.float64], camera: Camera, *, margin: int) -> "_Area":
        low, high = corners.min(axis=0), corners.max(axis=0)
        left = min(max(0, int(low[0]) - margin), camera.width - 1)
        top = min(max(0, int(low[1]) - margin), camera.height - 1)
        return cls(
            left=left,
            top=top,
            right=max(left + 1, min(camera.width, int(high[0]) + margin + 1)),
            bottom=max(top + 1, min(camera.height, int(high[1]) + margin + 1)),
        )

    @property
    def width(self) -> int:
        return self.right - self.left

    @property
    def height(self) -> int:
        return self.bottom - self.top

    def cut(self, image: Image) -> Image:
        return image[self.top : self.bottom, self.left : self.right]
