"""What users write after `--source`, and the frame source it stands for."""

import difflib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from edge.capture.rtsp import parse_rtsp
from edge.capture.source import FrameSource
from edge.errors import ConfigError

if TYPE_CHECKING:
    from edge.capture.mask import Polygon

_FORMS: Final = "picamera, studio[:SCENE], file:PATH, v4l2:N, rtsp://…"
_KINDS: Final = ("picamera", "studio", "file", "v4l2", "rtsp", "rtsps")
_VIDEO_SUFFIXES: Final = frozenset({".avi", ".m4v", ".mkv", ".mjpeg", ".mov", ".mp4", ".mpg", ".mts", ".ts", ".webm"})
_DEFAULT_SCENE: Final = "demo"
_SHOWN_CHARACTERS: Final = 60


@dataclass(frozen=True, slots=True)
class SourceSpec:
    """A frame source as the user names it.

    Attributes:
        kind: `picamera`, `studio`, `file`, `v4l2`, `rtsp` or `rtsps`.
        argument: Scene, path, device number or path, or whole URL; empty where there is none. It may hold a password,
            and so is left out when the spec is printed.
    """

    kind: str
    argument: str = field(default="", repr=False)


def parse_source(text: str) -> SourceSpec:
    """Read what a user wrote after `--source`.

    Args:
        text: One of the forms of docs/sources.md.

    Raises:
        ConfigError: It is none of them; the text lists them and the nearest, and repeats no password.
    """
    kind, colon, argument = text.partition(":")
    kind = kind.lower()
    parse = _PARSERS.get(kind)
    if parse is None:
        raise ConfigError(f"source {_shown(text)!r} is none of {_FORMS}{_suggestion(text)}")
    if not _can_be_encoded(text):
        raise ConfigError(f"source {kind}: holds characters that are not valid UTF-8")
    return parse(kind, argument if colon else None)


def _parse_picamera(kind: str, argument: str | None) -> SourceSpec:
    if argument is not None:
        raise ConfigError("source picamera takes nothing after it; write just picamera")
    return SourceSpec(kind)


def _parse_studio(kind: str, argument: str | None) -> SourceSpec:
    if argument == "":
        raise ConfigError("source studio: names no scene; write just studio, or studio:SCENE")
    return SourceSpec(kind, argument or "")


def _parse_file(kind: str, argument: str | None) -> SourceSpec:
    if not argument:
        raise ConfigError("source file names no file; write file:PATH")
    return SourceSpec(kind, argument)


def _parse_v4l2(kind: str, argument: str | None) -> SourceSpec:
    if argument is None or not re.fullmatch(r"[0-9]{1,3}|/dev/.+", argument):
        raise ConfigError("source v4l2 needs a device number or path; write v4l2:0 or v4l2:/dev/v4l/by-id/…")
    return SourceSpec(kind, argument)


def _parse_rtsp(kind: str, argument: str | None) -> SourceSpec:
    return SourceSpec(kind, parse_rtsp(f"{kind}:{argument or ''}").url)


_PARSERS: Final[Mapping[str, Callable[[str, str | None], SourceSpec]]] = MappingProxyType(
    {
        "picamera": _parse_picamera,
        "studio": _parse_studio,
        "file": _parse_file,
        "v4l2": _parse_v4l2,
        "rtsp": _parse_rtsp,
        "rtsps": _parse_rtsp,
    }
)


def open_source(  # noqa: PLR0913  all that can be configured about a source, each part taking its share
    spec: SourceSpec,
    *,
    width: int = 640,
    height: int = 480,
    fps: float = 15.0,
    rotation: int = 0,
    hflip: bool = False,
    vflip: bool = False,
    paced: bool = True,
    loop: bool = False,
    seed: int = 0,
    masks: "Sequence[Polygon]" = (),
) -> FrameSource:
    """Build the frame source that a spec stands for. It is not open yet: use it as a context manager.

    Args:
        spec: From `parse_source`.
        width: Picture width in pixels, before turning: for `picamera`, `v4l2` and `studio`.
        height: Picture height, likewise.
        fps: Frames a second, likewise. Files and RTSP cameras have their own size and rate.
        rotation: Degrees clockwise (0, 90, 180, 270); not for the studio, which is always upright.
        hflip: Exchange left and right after rotating, likewise.
        vflip: Exchange top and bottom after rotating, likewise.
        paced: For `file` and `studio`: play like a camera, or deliver as fast as frames are taken.
        loop: For `file` and `studio`: begin again at the end.
        seed: For `studio`.
        masks: Privacy masks in coordinates of the turned picture; see `PrivacyMask`.

    Raises:
        ConfigError: An angle or mask is wrong.
    """
    from edge.capture.mask import MaskedSource, PrivacyMask  # noqa: PLC0415  loads OpenCV, which checking specs does not

    mask = PrivacyMask(masks)
    source: FrameSource
    if spec.kind == "picamera":
        from edge.capture.picamera import PicameraSource  # noqa: PLC0415  loaded only where it is used, as below

        source = PicameraSource(width=width, height=height, fps=fps, rotation=rotation, hflip=hflip, vflip=vflip)
    elif spec.kind == "studio":
        from edge.capture.studio import StudioSource  # noqa: PLC0415

        scene = spec.argument or _DEFAULT_SCENE
        source = StudioSource(scene=scene, width=width, height=height, fps=fps, seed=seed, loop=loop, paced=paced)
    else:
        from edge.capture.turn import Turn, TurnedSource  # noqa: PLC0415

        turn = Turn(rotation=rotation, hflip=hflip, vflip=vflip)
        if spec.kind == "file":
            from edge.capture.video import FileSource  # noqa: PLC0415

            source = FileSource(Path(spec.argument).expanduser(), paced=paced, loop=loop)
        else:
            source = _stream(spec, width=width, height=height, fps=fps)
        if turn:
            source = TurnedSource(source, turn)
    return MaskedSource(source, mask) if mask else source


def _stream(spec: SourceSpec, *, width: int, height: int, fps: float) -> FrameSource:
    from edge.capture.endpoints import Endpoint, RtspCamera, V4l2Device  # noqa: PLC0415
    from edge.capture.stream import StreamSource  # noqa: PLC0415

    endpoint: Endpoint
    if spec.kind == "v4l2":
        endpoint = V4l2Device(spec.argument, width=width, height=height, fps=fps)
    else:
        endpoint = RtspCamera(spec.argument)
    return StreamSource(endpoint)


def _suggestion(text: str) -> str:
    """Give the nearest form, if any is near."""
    if text.isdecimal():
        near = f"v4l2:{text}"
    elif text.startswith("/dev/"):
        near = f"v4l2:{_shown(text)}"
    elif "@" in text or "://" in text:
        near = "rtsp://…"
    elif Path(text).suffix.lower() in _VIDEO_SUFFIXES:
        near = f"file:{_shown(text)}"
    else:
        close = difflib.get_close_matches(text.partition(":")[0].lower(), _KINDS, n=1)
        if not close:
            return ""
        near = {"file": "file:PATH", "v4l2": "v4l2:N", "rtsp": "rtsp://…", "rtsps": "rtsps://…"}.get(close[0], close[0])
    return f"; did you mean {near}?"


def _shown(text: str) -> str:
    """Give the text as it may be shown: of what may be an address with a password, the scheme."""
    if "@" in text or "//" in text:
        scheme = re.match(r"[A-Za-z0-9]{1,8}://", text)
        return (scheme.group() if scheme else "") + "…"
    return text if len(text) <= _SHOWN_CHARACTERS else text[:_SHOWN_CHARACTERS] + "…"


def _can_be_encoded(text: str) -> bool:
    """Whether the text is valid Unicode without NUL: OpenCV crashes on anything else."""
    try:
        return b"\0" not in text.encode()
    except UnicodeEncodeError:
        return False
