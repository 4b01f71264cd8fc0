from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from edge.capture.studio import studio_frames
from edge.detect.landmarker import OfflineLandmarker
from edge.detect.second_look import QUARTERS, SecondLook
from edge.flow import FloatArray, Frame, Missing, Poses

MS = 1_000_000
JOINTS = [11, 12, 13, 14, 15, 16, 23, 24, 25, 26, 27, 28]


@pytest.fixture(scope="module")
def standing() -> Frame:
    return next(studio_frames("still", count=1))


@pytest.fixture(scope="module")
def plain(bundle: Path, standing: Frame) -> Poses:
    with OfflineLandmarker(bundle=bundle, mode="image") as landmarker:
        return landmarker.detect(standing)


@pytest.fixture
def second(bundle: Path) -> Iterator[SecondLook]:
    look = SecondLook(bundle=bundle, max_looks_per_s=5.0)
    yield look
    look.close()


def at(frame: Frame, t_ms: int) -> Frame:
    return Frame(image=frame.image, t_ns=t_ms * MS, seq=t_ms)


def gone(poses: Poses, *, track: int = 1, shift: float = 0.0, going_down: bool = True) -> Missing:
    """Whoever `poses` shows, missing in a box around them."""
    points = poses.landmarks[0, :, :2]
    low, high = points.min(axis=0) - 0.05, points.max(axis=0) + 0.05
    box = (float(low[0]) + shift, float(low[1]), float(high[0]) + shift, float(high[1]))
    return Missing(track=track, box=box, seen_ns=0, going_down=going_down)


def four_looks(second: SecondLook, frame: Frame, missing: Missing, *, known: Poses | None = None) -> list[Poses]:
    """As many looks as there are turns; one that finds somebody is repeated."""
    return [second.look(at(frame, 1000 * (n + 1)), (missing,), known=known) for n in range(len(QUARTERS))]


def rotated(frame: Frame, quarters: int) -> Frame:
    return Frame(image=np.ascontiguousarray(np.rot90(frame.image, quarters)), t_ns=frame.t_ns, seq=frame.seq)


@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_landmarks_of_a_turned_look_lie_on_the_person_in_the_frame(
    second: SecondLook, standing: Frame, plain: Poses, quarters: int
) -> None:
    # The picture is turned so that the person lies; the look that puts them upright is the one that is mapped back.
    lying = rotated(standing, quarters)
    whole = Missing(track=1, box=(0.1, 0.1, 0.9, 0.9), seen_ns=0, going_down=True)
    poses = next(p for p in (second.look(at(lying, 1000 * n), (whole,)) for n in range(1, 9)) if len(p))
    size = np.array([standing.width, standing.height])
    truth = plain.landmarks[0, JOINTS, :2] * size
    for _ in range(quarters):  # counter-clockwise: x becomes y, and y what was left of the width
        truth = np.column_stack([truth[:, 1], size[0] - truth[:, 0]])
        size = size[::-1]
    ours = poses.landmarks[0, JOINTS, :2] * (lying.width, lying.height)
    torso = np.linalg.norm(truth[[0, 1]].mean(axis=0) - truth[[6, 7]].mean(axis=0))
    assert np.linalg.norm(ours - truth, axis=1).mean() < 0.25 * torso


def trunk(world: FloatArray) -> FloatArray:
    up: FloatArray = world[[11, 12], :3].mean(axis=0) - world[[23, 24], :3].mean(axis=0)
    return up / np.linalg.norm(up)


def test_world_landmarks_are_turned_with_the_picture(second: SecondLook, standing: Frame, plain: Poses) -> None:
    lying = rotated(standing, 1)
    whole = Missing(track=1, box=(0.1, 0.1, 0.9, 0.9), seen_ns=0, going_down=True)
    poses = next(p for p in (second.look(at(lying, 1000 * n), (whole,)) for n in range(1, 9)) if len(p))
    x, y, z = trunk(plain.world[0])
    assert np.dot(trunk(poses.world[0]), (y, -x, z)) > 0.95
    drawn = poses.landmarks[0, [11, 12], 0].mean() - poses.landmarks[0, [23, 24], 0].mean()
    assert np.sign(drawn) == np.sign(trunk(poses.world[0])[0])


def test_depth_is_in_the_frames_width_after_a_turn(second: SecondLook, standing: Frame) -> None:
    whole = Missing(track=1, box=(0.1, 0.1, 0.9, 0.9), seen_ns=0, going_down=True)
    lying = rotated(standing, 1)  # 480 wide; turned back it is 640 wide
    poses = next(p for p in (second.look(at(lying, 1000 * n), (whole,)) for n in range(1, 9)) if len(p))
    points, world = poses.landmarks[0], poses.world[0]
    pixels = np.ptp(points[JOINTS, 2]) * lying.width
    assert 0.2 < pixels / np.ptp(world[JOINTS, 2]) / (np.ptp(points[JOINTS, 0]) * lying.width) < 5


def test_somebody_elsewhere_is_not_the_one_who_is_missing(second: SecondLook, standing: Frame, plain: Poses) -> None:
    assert not any(len(poses) for poses in four_looks(second, standing, gone(plain, shift=0.6)))


def test_a_pose_of_another_size_is_not_the_one_who_is_missing(
    second: SecondLook, standing: Frame, plain: Poses
) -> None:
    middle = plain.landmarks[0, [11, 12, 23, 24], :2].mean(axis=0)
    tiny = (*(middle - 0.05), *(middle + 0.05))
    missing = Missing(track=1, box=tiny, seen_ns=0, going_down=True)
    assert not any(len(poses) for poses in four_looks(second, standing, missing))


def test_a_tracked_person_is_not_given_again(second: SecondLook, standing: Frame, plain: Poses) -> None:
    assert any(len(poses) for poses in four_looks(second, standing, gone(plain)))
    assert not any(len(poses) for poses in four_looks(second, standing, gone(plain, track=2), known=plain))


def test_nobody_is_found_in_an_empty_room(second: SecondLook, plain: Poses) -> None:
    room = next(studio_frames("empty", count=1))
    assert not any(len(poses) for poses in four_looks(second, room, gone(plain)))


def test_nothing_is_run_while_nobody_is_missing(second: SecondLook, standing: Frame) -> None:
    assert not any(len(second.look(at(standing, 33 * n), ())) for n in range(30))
    assert second.looks == 0


@pytest.mark.parametrize(("going_down", "first_ms"), [(True, 0), (False, 2000)])
def test_who_was_upright_is_first_left_to_the_main_landmarker(
    second: SecondLook, standing: Frame, plain: Poses, *, going_down: bool, first_ms: int
) -> None:
    looked = []
    for t_ms in range(0, 2500, 100):
        second.look(at(standing, t_ms), (gone(plain, going_down=going_down),))
        looked += [t_ms] * second.looks
    assert looked[0] == first_ms


def test_looks_keep_to_their_budget_however_many_are_missing(second: SecondLook, standing: Frame, plain: Poses) -> None:
    missing = [gone(plain, track=1), gone(plain, track=2, shift=0.6)]
    for n in range(60):
        second.look(at(standing, 1000 + round(n * 1000 / 30)), missing)
    assert 9 <= second.looks <= 11  # five a second for two seconds


def test_the_same_frames_give_the_same_poses(bundle: Path, standing: Frame, plain: Poses) -> None:
    def once() -> list[FloatArray]:
        second = SecondLook(bundle=bundle)
        found = [poses.landmarks for poses in four_looks(second, standing, gone(plain))]
        second.close()
        return found

    assert all(np.array_equal(a, b) for a, b in zip(once(), once(), strict=True))


def test_the_landmarker_is_made_anew_after_it_was_closed_for_being_idle(
    bundle: Path, standing: Frame, plain: Poses
) -> None:
    second = SecondLook(bundle=bundle, idle_s=2.0)
    before = four_looks(second, standing, gone(plain))
    second.look(at(standing, 60_000), ())
    after = [second.look(at(standing, 70_000 + 1000 * n), (gone(plain),)) for n in range(4)]
    second.close()
    assert [len(poses) for poses in before] == [len(poses) for poses in after]


def test_a_fallen_person_whom_the_detector_misses_is_found(bundle: Path, second: SecondLook) -> None:
    lying = list(studio_frames("fall_back", count=75))[-1]
    with OfflineLandmarker(bundle=bundle, mode="image") as landmarker:
        assert len(landmarker.detect(lying)) == 0
    truth = np.asarray(lying.truth[0].landmarks_px) / (lying.width, lying.height)
    low, high = truth.min(axis=0) - 0.05, truth.max(axis=0) + 0.05
    box = (float(low[0]), float(low[1]), float(high[0]), float(high[1]))
    missing = Missing(track=1, box=box, seen_ns=0, going_down=True)
    found = next(poses for poses in four_looks(second, lying, missing) if len(poses))
    hips = found.landmarks[0, [23, 24], :2].mean(axis=0)
    assert np.linalg.norm(hips - truth[[23, 24]].mean(axis=0)) < 0.1
