"""The camera: is it there, does it deliver, and can anything be seen?"""

import time
from collections.abc import Callable, Iterator, Sequence
from typing import Final

import cv2
import numpy as np

from edge.capture.source import FrameOverdueError, FrameSource
from edge.doctor.finding import Finding, fail, ok, warn
from edge.errors import SourceError, SourceLostError
from edge.flow import Frame

_LOOK_S: Final = 3.0
_WARM_UP_S: Final = 1.0
"""Exposure and white balance settle in about so long; frames of that time do not count."""
_FRAME_S: Final = 5.0
_LEAST_RATE: Final = 0.8
"""Share of the frames asked for that must come."""

_DARK: Final = 25.0
"""Mean brightness of 255 below which the model finds nobody in the studio."""
_BRIGHT: Final = 250
_MOST_BURNT: Final = 0.4
_BLURRED: Final = 12.0
"""Variance of the Laplacian at 320 pixels width. Rooms in focus have 100 and more, a lens a turn off has under 10."""
_PLAIN: Final = 4.0
"""Standard deviation of brightness below which a picture shows nothing: a cap, a wall, fog."""

_NS_PER_S: Final = 1_000_000_000


def check_camera(source: FrameSource, *, fps: float, clock: Callable[[], float] = time.monotonic) -> Iterator[Finding]:
    """Open the source, watch it for some seconds, close it.

    Args:
        source: Not yet open.
        fps: Frames a second asked for.
        clock: Seconds that rise.
    """
    try:
        with source:
            frames = _watch(source, clock)
    except (SourceError, SourceLostError) as error:
        text, _, remedy = str(error).partition(": ")
        yield fail("camera", str(error) if not remedy else f"{text}: {remedy}", _remedy(source.name))
        return
    except FrameOverdueError:
        frames = []
    if len(frames) < 2:  # noqa: PLR2004 - a rate needs two
        yield fail("camera", f"{source.name} opens and delivers nothing", _remedy(source.name))
        return
    yield _rate(source.name, frames, fps)
    yield _picture(frames)


def _watch(source: FrameSource, clock: Callable[[], float]) -> list[Frame]:
    began = clock()
    frames: list[Frame] = []
    while clock() - began < _WARM_UP_S + _LOOK_S:
        frame = source.read(_FRAME_S)
        if frame is None:
            break
        if clock() - began >= _WARM_UP_S:
            frames.append(frame)
    return frames


def _rate(name: str, frames: Sequence[Frame], fps: float) -> Finding:
    seconds = (frames[-1].t_ns - frames[0].t_ns) / _NS_PER_S
    rate = (len(frames) - 1) / max(seconds, 1e-9)
    size = f"{frames[-1].width}x{frames[-1].height}"
    if rate < _LEAST_RATE * fps:
        return warn(
            "camera",
            f"{name} delivers {rate:.1f} frames a second of {size} instead of {fps:g}",
            "darkness makes exposures longer: add light; or lower source.fps, source.width and source.height",
        )
    return ok("camera", f"{name} delivers {rate:.1f} frames a second of {size}")


def _picture(frames: Sequence[Frame]) -> Finding:
    if all(np.array_equal(frame.image, frames[0].image) for frame in frames[1:]):
        return fail(
            "picture", "every frame is the same to the bit: the camera is frozen", "unplug the camera, wait, plug it in"
        )
    grey = cv2.cvtColor(frames[-1].image, cv2.COLOR_RGB2GRAY)
    small = cv2.resize(grey, (320, 320 * grey.shape[0] // grey.shape[1]), interpolation=cv2.INTER_AREA)
    brightness = float(small.mean())
    if float(small.std()) < _PLAIN:
        return fail(
            "picture", f"nothing to see (brightness {brightness:.0f} of 255)", "take the cap or cover off the lens"
        )
    if brightness < _DARK:
        return warn(
            "picture",
            f"dark: brightness {brightness:.0f} of 255",
            "add light, or use a NoIR camera with infrared light",
        )
    if float((small >= _BRIGHT).mean()) > _MOST_BURNT:
        return warn("picture", "most of the picture is burnt out", "turn the camera away from the window")
    sharpness = float(cv2.Laplacian(small, cv2.CV_64F).var())
    if sharpness < _BLURRED:
        return warn("picture", f"blurred: sharpness {sharpness:.0f}", "turn the lens until edges are sharp; clean it")
    return ok("picture", f"brightness {brightness:.0f} of 255, sharpness {sharpness:.0f}")


def _remedy(name: str) -> str:
    if name == "picamera":
        return "check the ribbon cable, then: rpicam-hello --list-cameras"
    if name.startswith("v4l2"):
        return "check the cable, then: v4l2-ctl --list-devices"
    return "check source.uri in the configuration"
