"""What the contenders are shown: scenes of the studio, or any clip."""

import difflib
from collections.abc import Iterator, Mapping
from contextlib import closing
from types import MappingProxyType
from typing import Final

from edge.bench.reel import CLIP_FRAMES
from edge.capture.source import FrameOverdueError, FrameSource
from edge.capture.studio import studio_frames
from edge.errors import ConfigError
from edge.flow import Frame

FPS: Final = 30.0
"""The pace of every clip: what the stock loop asks of a camera."""
WIDTH: Final = 640
HEIGHT: Final = 480

STUDIO_SCENES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "walking": "walk_across",
        "still": "still",
        "empty": "empty",
        "exercises": "squats",
        "two": "two_people",
        "visits": "leave",
    }
)
"""By the bench's names: somebody walks, stands still, nobody is there, squats, two people, somebody goes and comes."""

DEFAULT_SCENES: Final = ("walking", "still", "empty", "exercises", "two")

SOAK_SCENE: Final = "visits"
"""People come and go, so that what grows with each person grows."""

_STARTS_S: Final[Mapping[str, float]] = MappingProxyType({"two": 3.0, "visits": 3.0})
"""Scenes in which first nothing happens: where the clip begins. The one walks from 3 s on, the other is gone at 6 s."""

_READ_TIMEOUT_S: Final = 10.0


def check_scenes(names: list[str]) -> tuple[str, ...]:
    """The names, each once and in this order.

    Raises:
        ConfigError: One of them is no scene; the text names the nearest and lists all.
    """
    for name in names:
        if name not in STUDIO_SCENES:
            near = difflib.get_close_matches(name, STUDIO_SCENES, n=1)
            hint = f" (did you mean {near[0]}?)" if near else ""
            raise ConfigError(f"--scenes: there is no scene {name!r}{hint}: choose of {', '.join(STUDIO_SCENES)}")
    return tuple(dict.fromkeys(names))


def scene_frames(name: str) -> Iterator[Frame]:
    """The frames of a scene of the studio, as fast as they are rendered."""
    start = round(_STARTS_S.get(name, 0.0) * FPS)
    frames = studio_frames(STUDIO_SCENES[name], count=start + CLIP_FRAMES, fps=FPS, width=WIDTH, height=HEIGHT)
    for number, frame in enumerate(frames):
        if number >= start:
            yield frame


def source_frames(source: FrameSource) -> Iterator[Frame]:
    """The frames of any source.

    Raises:
        SourceError: It cannot be used as given.
        SourceLostError: It does not answer.
    """
    source.open()
    with closing(source):
        while True:
            try:
                frame = source.read(_READ_TIMEOUT_S)
            except FrameOverdueError:
                continue
            if frame is None:
                return
            yield frame
