"""The real model looks at the studio; docs/studio.md says what may be asserted with it."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from edge.capture.studio import StudioFrame, studio_frames
from edge.detect.landmarker import LandmarkerOptions, OfflineLandmarker
from edge.flow import FloatArray, Poses

JOINTS = [11, 12, 13, 14, 15, 16, 23, 24, 25, 26, 27, 28]
FPS = 15.0


def looked_at(
    bundle: Path, scene: str, *, count: int | None = None, num_poses: int = 1
) -> Iterator[tuple[StudioFrame, Poses]]:
    options = LandmarkerOptions(num_poses=num_poses)
    with OfflineLandmarker(bundle=bundle, options=options) as landmarker:
        for frame in studio_frames(scene, count=count, fps=FPS):
            yield frame, landmarker.detect(frame)


def hits(frame: StudioFrame, poses: Poses) -> FloatArray:
    """For each joint, whether it was found within a fifth of the torso of its true place."""
    found = poses.landmarks[0, :, :2] * (frame.width, frame.height)
    true = frame.truth[0].landmarks_px
    torso = np.linalg.norm(true[[11, 12]].mean(axis=0) - true[[23, 24]].mean(axis=0))
    return np.asarray(np.linalg.norm(found - true, axis=1)[JOINTS] < 0.2 * torso, dtype=np.float32)


@pytest.mark.parametrize(("scene", "count"), [("still", 10), ("raise_hand", 50), ("squats", 60)])
def test_the_model_finds_the_joints_where_they_are(bundle: Path, scene: str, count: int) -> None:
    pairs = list(looked_at(bundle, scene, count=count))
    assert all(len(poses) == 1 for _, poses in pairs)
    assert np.mean([hits(frame, poses) for frame, poses in pairs]) > 0.95


def test_the_model_keeps_a_figure_through_a_fall(bundle: Path) -> None:
    found = [len(poses) for _, poses in looked_at(bundle, "fall_side", count=90)]
    assert np.mean(found) > 0.95


def test_the_model_sees_nobody_in_an_empty_room(bundle: Path) -> None:
    assert all(len(poses) == 0 for _, poses in looked_at(bundle, "empty", count=15))


def test_the_model_sees_nobody_once_the_figure_has_left(bundle: Path) -> None:
    gone = [len(poses) for frame, poses in looked_at(bundle, "leave", count=105) if not frame.truth[0].visible]
    assert len(gone) > 20
    assert sum(gone) == 0


def test_the_model_sees_both_of_two(bundle: Path) -> None:
    assert all(len(poses) == 2 for _, poses in looked_at(bundle, "two_people", count=15, num_poses=2))
