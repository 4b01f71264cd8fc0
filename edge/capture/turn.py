"""Turning and mirroring pictures of cameras that hang on their side, on their head, or behind a mirror."""

from dataclasses import dataclass, replace
from typing import Final

from edge.capture.opencv import cv2
from edge.capture.source import FrameSource
from edge.capture.wrapped import WrappedSource
from edge.errors import ConfigError
from edge.flow import Frame, Image

_ROTATIONS: Final = {90: cv2.ROTATE_90_CLOCKWISE, 180: cv2.ROTATE_180, 270: cv2.ROTATE_90_COUNTERCLOCKWISE}
_FLIP_BOTH: Final = -1
_FLIP_LEFT_RIGHT: Final = 1
_FLIP_UP_DOWN: Final = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """A rotation, then a mirroring of the rotated picture.

    Attributes:
        rotation: Degrees clockwise: 0, 90, 180 or 270. A quarter turn exchanges width and height.
        hflip: Exchange left and right.
        vflip: Exchange top and bottom.
    """

    rotation: int = 0
    hflip: bool = False
    vflip: bool = False

    def __post_init__(self) -> None:
        if self.rotation not in (0, *_ROTATIONS):
            raise ConfigError(f"rotation is {self.rotation}: give 0, 90, 180 or 270 (degrees clockwise)")

    def __bool__(self) -> bool:
        """Whether anything changes."""
        return self.rotation != 0 or self.hflip or self.vflip

    def apply(self, image: Image) -> Image:
        """Turn a picture.

        Args:
            image: `(h, w, 3)` uint8; rows may be padded.

        Returns:
            A new C-contiguous picture; the very one given if nothing changes.
        """
        if self.rotation:
            image = cv2.rotate(image, _ROTATIONS[self.rotation])  # type: ignore[assignment]
        if self.hflip or self.vflip:
            how = _FLIP_BOTH if self.hflip and self.vflip else _FLIP_LEFT_RIGHT if self.hflip else _FLIP_UP_DOWN
            image = cv2.flip(image, how)  # type: ignore[assignment]
        return image


class TurnedSource(WrappedSource):
    """A source whose frames are turned."""

    def __init__(self, source: FrameSource, turn: Turn) -> None:
        """Wrap a source that is not open yet."""
        super().__init__(source)
        self._turn = turn

    def change(self, frame: Frame) -> Frame:
        """Give the frame with its picture turned."""
        return replace(frame, image=self._turn.apply(frame.image))
