"""A rendered person in a rendered room that the real model sees: a camera for demos and tests on any machine."""

from edge.capture.studio.scene import Actor, ActorState, Scene, SceneEvent
from edge.capture.studio.scenes import build_scene, scene_names
from edge.capture.studio.script import Label
from edge.capture.studio.source import StudioSource, studio_frames
from edge.capture.studio.studio import ActorTruth, Studio, StudioFrame

__all__ = [
    "Actor",
    "ActorState",
    "ActorTruth",
    "Label",
    "Scene",
    "SceneEvent",
    "Studio",
    "StudioFrame",
    "StudioSource",
    "build_scene",
    "scene_names",
    "studio_frames",
]
