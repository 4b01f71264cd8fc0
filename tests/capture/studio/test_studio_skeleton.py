import numpy as np
import pytest

from edge.capture.studio import build_scene, scene_names
from edge.capture.studio.rotation import facing, from_angles, matrix, slerp
from edge.capture.studio.skeleton import Bone, forward, landmarks, place
from edge.capture.studio.stance import SITTING, Stance, both, left

UPRIGHT = matrix(facing(0))


def test_a_figure_at_heading_zero_faces_the_camera() -> None:
    points = landmarks(place(Stance(), UPRIGHT))
    nose, left_shoulder, right_shoulder = points[0], points[11], points[12]
    assert nose[1] < points[7][1]
    assert left_shoulder[0] > right_shoulder[0]


def test_a_standing_figure_is_as_tall_as_an_adult() -> None:
    points = landmarks(place(Stance(), UPRIGHT))
    assert 1.5 < points[0][2] < 1.65
    assert points[[29, 30, 31, 32], 2] == pytest.approx(0.03, abs=0.01)


def test_feet_stand_where_the_stance_says() -> None:
    bones = place(Stance(x=0.4, y=3.1).changed(SITTING), UPRIGHT)
    ankles = bones.origins[[Bone.LEFT_FOOT, Bone.RIGHT_FOOT]].mean(axis=0)
    assert ankles[:2] == pytest.approx((0.4, 3.1))


def test_a_raised_left_arm_is_on_the_left() -> None:
    points = landmarks(forward(Stance().changed(left(shoulder_abduction=90, elbow=0)), UPRIGHT))
    assert points[15][0] - points[11][0] == pytest.approx(0.535, abs=0.001)


def test_pitch_of_ninety_lays_the_figure_on_its_face() -> None:
    bones = place(Stance(), matrix(facing(0, pitch=90)))
    points = landmarks(bones)
    assert points[0][2] < points[7][2]
    assert bones.origins[:, 2].max() < 0.4


def test_arms_do_not_sink_into_the_floor() -> None:
    reaching_down = Stance().changed(both(shoulder_flexion=90, elbow=0))
    points = landmarks(place(reaching_down, matrix(facing(0, pitch=90))))
    assert points[[15, 16], 2].min() > -0.02


@pytest.mark.parametrize("name", scene_names())
def test_bones_keep_their_length_and_stay_above_the_floor(name: str) -> None:
    scene = build_scene(name)
    for t_s in np.arange(0, scene.duration_s, 0.5):
        for state in scene.at(float(t_s)):
            if state.bones is None:
                continue
            origins = state.bones.origins
            shin = np.linalg.norm(origins[Bone.LEFT_SHIN] - origins[Bone.LEFT_FOOT])
            assert shin == pytest.approx(0.42)
            assert origins[:, 2].min() > -0.03


@pytest.mark.parametrize("name", scene_names())
def test_nobody_jumps_from_one_place_to_another(name: str) -> None:
    scene = build_scene(name)
    step_s, fastest_m_s = 0.04, 9.0
    for actor in range(len(scene.actors)):
        before = None
        for t_s in np.arange(0, scene.duration_s, step_s):
            bones = scene.at(float(t_s))[actor].bones
            if bones is not None and before is not None:
                speed = np.linalg.norm(bones.origins - before.origins, axis=1).max() / step_s
                assert speed < fastest_m_s, f"{speed:.1f} m/s at {t_s:.2f} s"
            before = bones


def test_rotations_match_their_definition() -> None:
    bend, spread, twist = (
        from_angles(np.array([angles])) for angles in ((30.0, 0.0, 0.0), (0.0, 20.0, 0.0), (0.0, 0.0, 50.0))
    )
    assert from_angles(np.array([[30.0, 20.0, 50.0]]))[0] == pytest.approx((bend @ spread @ twist)[0])


def test_slerp_takes_the_shorter_way_at_even_speed() -> None:
    middle = slerp(facing(170), facing(-170), 0.5)
    assert matrix(middle) == pytest.approx(matrix(facing(180)), abs=1e-9)


def test_an_unknown_joint_is_refused() -> None:
    with pytest.raises(TypeError, match="third_elbow"):
        Stance().changed({"third_elbow": 1.0})
