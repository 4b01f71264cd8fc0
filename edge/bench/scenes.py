"""What the contenders are shown: scenes of the studio, or any clip."""

import difflib
from collections.abc import Iterator, Mapping
from contextlib import closing
from types import MappingProxyType
from typing import Final

from edge.bench.reel import CLIP_FRAMES
from edge.capture.source import FrameOverdueError, FrameSource
from edge.capture.studio import Actor, Label, Scene, Studio, studio_frames
from edge.capture.studio.scene import Variation
from edge.capture.studio.writer import ScriptWriter
from edge.errors import ConfigError
from edge.flow import Frame

FPS: Final = 30.0
"""The pace of every clip: what the stock loop asks of a camera."""
WIDTH: Final = 640
HEIGHT: Final = 480

STUDIO_SCENES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "walking": "walk_across",
        "empty": "empty",
        "exercises": "squats",
        "two": "two_people",
        "visits": "leave",
    }
)
"""By the bench's names: somebody walks, nobody is there, squats, two people, somebody goes and comes."""

STILL: Final = "still"
"""Somebody stands still; the studio's own scene of this name has nobody move first."""
SCENES: Final = ("walking", STILL, "empty", "exercises", "two", "visits")

DEFAULT_SCENES: Final = ("walking", "still", "empty", "exercises", "two")

SOAK_SCENE: Final = "visits"
"""People come and go, so that what grows with each person grows."""

_STARTS_S: Final[Mapping[str, float]] = MappingProxyType({"two": 3.0, "visits": 3.0})
"""Scenes in which first nothing happens: where the clip begins. The one walks from 3 s on, the other is gone at 6 s."""

_STILL_FROM_S: Final = 5.0
"""They stand from 1.8 s on; then the model's smoothing comes to rest, two seconds later the pace, and in a later turn
the search for who stood there before."""

_READ_TIMEOUT_S: Final = 10.0


def check_scenes(names: list[str]) -> tuple[str, ...]:
    """The names, each once and in this order.

    Raises:
        ConfigError: One of them is no scene; the text names the nearest and lists all.
    """
    for name in names:
        if name not in SCENES:
            near = difflib.get_close_matches(name, SCENES, n=1)
            hint = f" (did you mean {near[0]}?)" if near else ""
            raise ConfigError(f"--scenes: there is no scene {name!r}{hint}: choose of {', '.join(SCENES)}")
    return tuple(dict.fromkeys(names))


def lead_frames(name: str) -> int:
    """How many frames at the beginning of a scene only bring it about, and are neither repeated nor measured."""
    return round(_STILL_FROM_S * FPS) if name == STILL else 0


def scene_frames(name: str) -> Iterator[Frame]:
    """The frames of a scene, as fast as they are rendered."""
    if name == STILL:
        yield from _still_frames()
        return
    start = round(_STARTS_S.get(name, 0.0) * FPS)
    frames = studio_frames(STUDIO_SCENES[name], count=start + CLIP_FRAMES, fps=FPS, width=WIDTH, height=HEIGHT)
    for number, frame in enumerate(frames):
        if number >= start:
            yield frame


def _still_frames() -> Iterator[Frame]:
    """Somebody walks in and stands still: who never moved would count as furniture."""
    writer = ScriptWriter(x=-1.1, y=3.3, heading=90, idle=0.0).walk(0.1, 3.3).turn(12)
    script = writer.hold(CLIP_FRAMES / FPS, Label.STANDING).script()
    actor = Actor(id=1, script=script, look=Variation(0).look(1))
    scene = Scene(name=STILL, seed=0, duration_s=script.duration_s, actors=(actor,), furniture=())
    studio = Studio(scene, width=WIDTH, height=HEIGHT)
    for number in range(CLIP_FRAMES):
        yield studio.render(number / FPS, seq=number)


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
