"""Bodies of somebody who acts a studio script, as a faultless model would see them."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Final

import numpy as np

from edge.capture.studio.camera import Camera
from edge.capture.studio.placing import Placing
from edge.capture.studio.script import Script
from edge.capture.studio.skeleton import landmarks, place
from edge.flow import Event
from edge.posture.body import NS_PER_S, Body
from edge.posture.fall import FallWatch
from edge.posture.stance import Stance
from edge.track.geometry import torso_scale

CAMERA: Final = Camera(width=640, height=480)
AWAY_M: Final = 3.5


def seen(script: Script, *, fps: float = 10.0, heading: float = 0.0, away_m: float = AWAY_M) -> list[Body]:
    """The script's bodies.

    Args:
        script: Written about the origin.
        fps: Frames a second.
        heading: By how many degrees the whole is turned.
        away_m: How far from the camera it takes place.
    """
    script = Placing(heading, (0.0, 0.0), (0.0, away_m)).script(script)
    return [
        _body(round(i / fps * NS_PER_S), landmarks(place(*posed)))
        for i in range(round(script.duration_s * fps))
        if (posed := script.at(i / fps)) is not None
    ]


def _body(t_ns: int, places: np.ndarray) -> Body:
    pixels, _ = CAMERA.project(places)
    metres = (places - CAMERA.centre) @ CAMERA.rotation.T
    xy = pixels / CAMERA.height
    return Body(
        track=1,
        t_ns=t_ns,
        seen_ns=t_ns,
        xy=xy,
        world=metres - (metres[23] + metres[24]) / 2,
        visibility=np.ones(33),
        scale=float(torso_scale(xy)),
        aspect=CAMERA.width / CAMERA.height,
        confidence=0.9,
    )


def held(bodies: list[Body], seconds: float, *, fps: float = 10.0, lost: bool = False) -> list[Body]:
    """And then the last of them for some seconds more, seen or lost."""
    last = bodies[-1]
    times = [last.t_ns + round(i / fps * NS_PER_S) for i in range(1, round(seconds * fps) + 1)]
    return [*bodies, *(replace(last, t_ns=t, seen_ns=last.seen_ns if lost else t) for t in times)]


def judged(
    bodies: Iterable[Body],
    *,
    watch: FallWatch | None = None,
    stance: Stance | None = None,
    resting: bool = False,
    exercising: bool = False,
) -> list[Event]:
    """What the fall rules say of them."""
    return list(_judged(bodies, watch or FallWatch(), stance or Stance(), resting=resting, exercising=exercising))


def _judged(
    bodies: Iterable[Body], watch: FallWatch, stance: Stance, *, resting: bool, exercising: bool
) -> Iterator[Event]:
    for body in bodies:
        yield from watch.update(body, stance, resting=resting, exercising=exercising)
