"""What the real model sees of studio scenes and recordings, as in `pose-edge analyze`; of scenes it is kept."""

import hashlib
import os
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np

import edge
from edge.capture.studio import Scene, Studio
from edge.capture.studio.skeleton import landmarks
from edge.config import Config, load
from edge.detect.landmarker import OfflineLandmarker
from edge.detect.second_look import SecondLook
from edge.files import written_whole
from edge.flow import Frame, Poses
from edge.parts import landmarker_options, model_bundle
from edge.trace import TraceWriter, open_trace, read_trace
from edge.understanding import Understanding

FPS: Final = 12.0
"""What a Pi reaches with one person in view, and a camera set to 15 delivers in the evening."""

WIDTH_PX: Final = 640
HEIGHT_PX: Final = 480

_DRAWING: Final = (
    *("body", "camera", "face", "furniture", "light", "look", "mesh", "painter", "room", "sensor", "studio"),
)
_SEEING: Final = ("detect",)
"""What decides, besides the movements, what is seen. The tracker has a say too, in where a second look is due, but
hardly ever another one: `--fresh` renders all anew."""

_KEY_HZ: Final = 4.0
_KEY_DECIMALS: Final = 3
"""How finely movements are told apart."""


def default_config() -> Config:
    """The configuration of a box as it comes."""
    return load(None, environ={}, overrides={})


def seen(frames: Iterable[Frame], config: Config) -> Iterator[Poses]:
    """What the landmarker and the second look find, frame by frame."""
    bundle, options = model_bundle(config), landmarker_options(config)
    second_look = SecondLook(bundle=bundle, options=options)
    understanding = Understanding(config)
    try:
        with OfflineLandmarker(bundle=bundle, options=options) as landmarker:
            for frame in frames:
                poses = landmarker.detect(frame)
                poses = poses.joined(second_look.look(frame, understanding.missing, known=poses))
                understanding.update(poses)
                yield poses
    finally:
        second_look.close()


def seen_scene(scene: Scene, *, fresh: bool = False) -> list[Poses]:
    """What is seen of a scene: from the cache, or by rendering it and running the model, which takes some seconds.

    Args:
        scene: Its name tells it from all others.
        fresh: Whether to render it whatever the cache holds.
    """
    path = trace_path(scene)
    if fresh or not path.exists():
        for old in path.parent.glob(f"{scene.name}-*.jsonl.gz"):
            old.unlink()
        write_trace(path, seen(_frames(scene), default_config()), source=f"studio:{scene.name}")
    return list(read_trace(path))


def trace_path(scene: Scene) -> Path:
    """Where what is seen of a scene is kept; the name changes with anything that decides what is seen."""
    key = hashlib.sha256(f"{scene.seed} {scene.duration_s:.3f} {WIDTH_PX}x{HEIGHT_PX} {FPS}".encode())
    for state in (one for tick in range(int(scene.duration_s * _KEY_HZ)) for one in scene.at(tick / _KEY_HZ)):
        if state.bones is not None:
            key.update(np.round(landmarks(state.bones), _KEY_DECIMALS).tobytes())
    key.update(repr(scene.furniture).encode() + _sources() + model_bundle(default_config()).read_bytes())
    return cache_folder() / f"{scene.name}-{key.hexdigest()[:16]}.jsonl.gz"


def write_trace(path: Path, frames: Iterable[Poses], **meta: object) -> None:
    """Write a trace whole or not at all; folders are made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with written_whole(path) as unfinished, open_trace(unfinished) as file:
        writer = TraceWriter(file, meta=meta)
        for poses in frames:
            writer.write(poses)


def cache_folder() -> Path:
    """Where traces of scenes are kept."""
    cache_home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(cache_home, "pose-edge", "evidence")


def _frames(scene: Scene) -> Iterator[Frame]:
    studio = Studio(scene, width=WIDTH_PX, height=HEIGHT_PX)
    for index in range(int(scene.duration_s * FPS)):
        yield studio.render(index / FPS, seq=index)


@cache
def _sources() -> bytes:
    package = Path(edge.__file__).parent
    files = [package / "capture" / "studio" / f"{name}.py" for name in _DRAWING]
    files += [path for room in _SEEING for path in sorted((package / room).rglob("*.py"))]
    return b"".join(path.read_bytes() for path in files)
