"""Landmarks projected from the studio's skeleton are what the real model gives of the rendered figure."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from posture.evidence.cells import Cell, scene_of
from posture.evidence.projection import projected
from posture.evidence.seeing import HEIGHT_PX, WIDTH_PX

from edge.capture.studio import Studio
from edge.capture.studio.camera import Camera
from edge.capture.studio.skeleton import landmarks
from edge.detect.landmarker import OfflineLandmarker
from edge.flow import FloatArray
from edge.track.geometry import torso_scale

JOINTS = [11, 12, 13, 14, 15, 16, 23, 24, 25, 26, 27, 28]
TRUNK = [11, 12, 23, 24]


def lean_degrees(world: FloatArray | NDArray[np.float64]) -> float:
    """Of the trunk against the camera's vertical."""
    x, y, z = (world[[11, 12], :3] - world[[23, 24], :3]).mean(axis=0)
    return float(np.degrees(np.arctan2(np.hypot(x, z), -y)))


@pytest.mark.parametrize(
    ("what", "heading", "t_s"), [("squats", 0, 5.0), ("sit", 45, 6.5), ("jacks", 315, 4.0), ("fall_sideways", 0, 7.0)]
)
def test_it_agrees_with_the_real_model(bundle: Path, what: str, heading: int, t_s: float) -> None:
    scene = scene_of(Cell(what, heading, "middle"))
    studio = Studio(scene, width=WIDTH_PX, height=HEIGHT_PX)
    with OfflineLandmarker(bundle=bundle) as landmarker:
        for step in range(4):  # it smooths
            poses = landmarker.detect(studio.render(t_s - 0.2 + step / 15, seq=step))
    (state,) = scene.at(t_s)
    assert state.bones is not None
    true = projected(landmarks(state.bones), Camera(width=WIDTH_PX, height=HEIGHT_PX))
    aspect = (WIDTH_PX / HEIGHT_PX, 1.0)
    seen_xy, true_xy = poses.landmarks[0, :, :2] * aspect, true.image[:, :2] * aspect
    errors = np.linalg.norm(seen_xy - true_xy, axis=1) / float(torso_scale(true_xy))
    assert np.median(errors[JOINTS]) < 0.15
    assert errors[TRUNK].max() < 0.3
    assert abs(lean_degrees(poses.world[0]) - lean_degrees(true.world)) < 30
