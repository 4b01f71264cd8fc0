import numpy as np
import pytest

from edge.flow import LANDMARKS, Poses, Track, Tracks
from edge.pace.movement import Movement, person_boxes

NS_PER_S = 1_000_000_000
FPS = 15


def tracks(frame: int, *people: Track) -> Tracks:
    return Tracks(t_ns=frame * NS_PER_S // FPS, seq=frame, width=640, height=480, people=people)


def person(x: float = 0.5, *, number: int = 1, jitter: float = 0.0, predicted: bool = False, seed: int = 0) -> Track:
    """Somebody upright whose torso is 0.2 of the picture's height, which is 96 pixels."""
    landmarks = np.zeros((LANDMARKS, 5), np.float32)
    landmarks[:, 0] = x
    landmarks[:, 1] = np.linspace(0.2, 0.9, LANDMARKS)
    landmarks[[11, 12], :2] = [(x + 0.02, 0.4), (x - 0.02, 0.4)]
    landmarks[[23, 24], :2] = [(x + 0.02, 0.6), (x - 0.02, 0.6)]
    noise = np.random.default_rng(seed).normal(0, jitter * 96, (LANDMARKS, 2)) / (640, 480)
    landmarks[:, :2] += noise.astype(np.float32)
    world = np.zeros((LANDMARKS, 4), np.float32)
    return Track(id=number, landmarks=landmarks, world=world, seen_ns=0, predicted=predicted, confidence=1.0)


def test_nobody_does_not_move() -> None:
    assert Movement().update(tracks(0)) == 0.0


def test_a_walk_is_measured_in_torso_lengths_a_second() -> None:
    movement = Movement()
    pixels_a_second = 192
    speeds = [movement.update(tracks(n, person(0.2 + n * pixels_a_second / 640 / FPS))) for n in range(15)]
    assert speeds[0] == 0.0
    assert speeds[-1] == pytest.approx(2.0, rel=0.01)


def test_the_jitter_of_somebody_still_is_hardly_movement() -> None:
    movement = Movement()
    speeds = [movement.update(tracks(n, person(jitter=0.02, seed=n))) for n in range(60)]
    assert max(speeds) < 0.15


def test_one_wild_joint_is_not_movement() -> None:
    movement = Movement()
    speeds = []
    for n in range(30):
        track = person()
        track.landmarks[27, :2] += 0.2 * (n % 2)
        speeds.append(movement.update(tracks(n, track)))
    assert max(speeds) == 0.0


def test_the_liveliest_person_counts() -> None:
    movement = Movement()
    for n in range(15):
        speed = movement.update(tracks(n, person(0.1), person(0.3 + 0.02 * n, number=2)))
    assert speed == pytest.approx(0.02 * FPS * 640 / 96, rel=0.01)


def test_what_was_predicted_is_no_sighting() -> None:
    movement = Movement()
    for n in range(15):
        speed = movement.update(tracks(n, person(0.3 + 0.02 * n, predicted=True)))
    assert speed == 0.0


def test_who_has_gone_is_forgotten() -> None:
    movement = Movement()
    for n in range(15):
        movement.update(tracks(n, person(0.3 + 0.02 * n)))
    movement.update(tracks(15))
    assert movement.update(tracks(16, person(0.9))) == 0.0


def test_a_box_holds_its_pose_with_a_margin() -> None:
    track = person(0.5)
    poses = Poses(
        t_ns=0, seq=0, width=640, height=480, landmarks=track.landmarks[None], world=track.world[None], done_ns=0
    )
    ((left, top, right, bottom),) = person_boxes(poses)
    assert (left, right) == pytest.approx((0.476, 0.524))
    assert (top, bottom) == pytest.approx((0.13, 0.97))


def test_no_poses_have_no_boxes() -> None:
    none = Poses(
        t_ns=0,
        seq=0,
        width=640,
        height=480,
        landmarks=np.zeros((0, LANDMARKS, 5), np.float32),
        world=np.zeros((0, LANDMARKS, 4), np.float32),
        done_ns=0,
    )
    assert person_boxes(none) == ()
