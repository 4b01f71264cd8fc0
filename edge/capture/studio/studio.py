"""The studio: renders a scene and tells the truth about every frame."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from edge.capture.studio.body import build_body
from edge.capture.studio.camera import NEAR_M, Camera
from edge.capture.studio.lamp import Lighting
from edge.capture.studio.painter import Posed, paint_figures, paint_shadows
from edge.capture.studio.room import paint_room
from edge.capture.studio.scene import ActorState, Scene
from edge.capture.studio.script import Label
from edge.capture.studio.sensor import Sensor
from edge.capture.studio.skeleton import landmarks
from edge.flow import LANDMARKS, FloatArray, Frame, Image

_NS: Final = 1_000_000_000


@dataclass(frozen=True, slots=True, eq=False)
class ActorTruth:
    """What is true of one actor in one frame.

    Attributes:
        actor: Number of the actor, from 1.
        visible: Whether any landmark lies inside the picture.
        in_picture: Share of the landmarks inside the picture, 0..1.
        label: What the actor does; `absent` when not visible.
        landmarks_px: `(33, 2)` float32, x and y in pixels, origin at the top left corner of the picture, in MediaPipe's
            order. Given also where the body or another figure hides them, and outside the picture; NaN while the
            actor is not in the room, or for a point behind the camera.
        landmarks_m: `(33, 3)` float32, metres in the room: x to the camera's right, y away from it, z up from the
            floor. NaN while the actor is not in the room.
        reps: Repetitions finished so far.
        events: Names of what the actor did so far, in order.
    """

    actor: int
    visible: bool
    in_picture: float
    label: Label
    landmarks_px: FloatArray
    landmarks_m: FloatArray
    reps: int
    events: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class StudioFrame(Frame):
    """A rendered picture with the truth about everyone in the scene."""

    truth: tuple[ActorTruth, ...]


class Studio:
    """Renders one scene at one size. The room and the bodies are built once, here.

    A frame depends on nothing but the scene, the size, the time and the sequence number: the same on every call, in
    every process, whatever was rendered before.

    Args:
        scene: What to render.
        width: Picture width in pixels.
        height: Picture height in pixels.
    """

    def __init__(self, scene: Scene, *, width: int, height: int) -> None:
        self._scene = scene
        self._camera = Camera(width=width, height=height)
        self._sensor = Sensor(width=width, height=height, seed=scene.seed)
        self._room = paint_room(self._camera, scene.furniture)
        self._soft_room = self._sensor.soften(self._room)
        self._backdrop = tuple(piece.painter(self._camera) for piece in scene.backdrop)
        self._lighting = Lighting(scene.lamp, width=width, height=height) if scene.lamp else None
        self._meshes = tuple(build_body(actor.look) for actor in scene.actors)

    def render(self, t_s: float, *, seq: int = 0, t_ns: int | None = None) -> StudioFrame:
        """The frame at one time.

        Args:
            t_s: Seconds from the scene's start; past its end everybody stays as they are.
            seq: The frame's number, which also picks its noise.
            t_ns: The frame's capture time; by default `t_s` in nanoseconds.
        """
        states = self._scene.at(t_s)
        figures = [
            Posed(mesh, mesh.skinned(state.bones), state.surface_z)
            for state, mesh in zip(states, self._meshes, strict=True)
            if state.bones is not None
        ]
        image = self._seen(figures, t_s)
        if self._lighting is not None:
            self._lighting.light(image, t_s)
        self._sensor.expose(image, seq)
        if self._lighting is not None:
            self._lighting.amplify(image, t_s)
        truth = tuple(self._truth(state) for state in states)
        return StudioFrame(image=image, t_ns=round(t_s * _NS) if t_ns is None else t_ns, seq=seq, truth=truth)

    def truth(self, t_s: float) -> tuple[ActorTruth, ...]:
        """What is true at one time, without rendering it."""
        return tuple(self._truth(state) for state in self._scene.at(t_s))

    def _seen(self, figures: Sequence[Posed], t_s: float) -> Image:
        """The scene under full light, as a perfect sensor would see it."""
        if not figures and not self._backdrop:
            return self._soft_room.copy()
        image = self._room.copy()
        for piece in self._backdrop:
            piece.paint(image, t_s)
        if figures:
            paint_shadows(image, self._camera, figures)
            paint_figures(image, self._camera, figures)
        return self._sensor.soften(image)

    def _truth(self, state: ActorState) -> ActorTruth:
        places = np.full((LANDMARKS, 3), np.nan) if state.bones is None else landmarks(state.bones)
        pixels, depths = self._camera.project(places)
        pixels[depths < NEAR_M] = np.nan
        size = (self._camera.width, self._camera.height)
        in_picture = float(((pixels >= 0) & (pixels < size)).all(axis=1).mean())
        return ActorTruth(
            actor=state.actor.id,
            visible=in_picture > 0,
            in_picture=in_picture,
            label=state.label if in_picture > 0 else Label.ABSENT,
            landmarks_px=pixels.astype(np.float32),
            landmarks_m=places.astype(np.float32),
            reps=state.reps,
            events=state.events,
        )
