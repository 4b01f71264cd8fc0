import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from edge.capture.studio import StudioFrame, studio_frames
from edge.capture.studio.scenes import build_scene
from edge.capture.studio.studio import Studio
from edge.detect.bundles import bundle_path
from edge.detect.landmarker import LandmarkerOptions, OfflineLandmarker
from edge.detect.region import Region, RegionLandmarker
from edge.detect.several import SeveralPeople, SeveralPeopleLandmarker
from edge.errors import DetectorStalledError, ModelError
from edge.flow import Frame, Poses

MS = 1_000_000
FPS = 15
FOUR = LandmarkerOptions(num_poses=4)
JOINTS = [11, 12, 13, 14, 15, 16, 23, 24, 25, 26, 27, 28]


@pytest.fixture
def people(bundle: Path) -> Iterator[SeveralPeople]:
    several = SeveralPeople(bundle=bundle, options=FOUR)
    yield several
    several.close()


def entrance(scene: str, actor: int, *, before_s: float, after_s: float) -> list[StudioFrame]:
    """The frames around the moment at which somebody passes the door."""
    played = build_scene(scene)
    studio = Studio(played, width=640, height=480)
    start_s = next(event.t_s for event in played.events if (event.actor, event.name) == (actor, "entered")) - before_s
    count = round((before_s + after_s) * FPS)
    return [studio.render(start_s + n / FPS, seq=n, t_ns=round(n * 1e9 / FPS)) for n in range(count)]


def is_seen(poses: Poses, frame: StudioFrame, actor: int) -> bool:
    """Whether a pose lies on this actor, its joints within half a torso of the truth on average."""
    truth = next(one for one in frame.truth if one.actor == actor)
    if not truth.visible or not len(poses):
        return False
    joints = np.asarray(truth.landmarks_px)
    torso = np.linalg.norm(joints[[11, 12]].mean(axis=0) - joints[[23, 24]].mean(axis=0))
    ours = poses.landmarks[:, JOINTS, :2] * (poses.width, poses.height)
    return bool((np.linalg.norm(ours - joints[JOINTS], axis=2).mean(axis=1) < 0.5 * torso).any())


@pytest.mark.parametrize(("scene", "actor", "before_s"), [("day", 2, 1.0), ("three_people", 3, 1.0)])
def test_whoever_comes_in_is_found_within_a_second(
    people: SeveralPeople, scene: str, actor: int, before_s: float
) -> None:
    frames = entrance(scene, actor, before_s=before_s, after_s=2.5)
    seen = [is_seen(people.detect(frame), frame, actor) for frame in frames]
    visible = [next(one.visible for one in frame.truth if one.actor == actor) for frame in frames]
    assert seen.index(True) - visible.index(True) <= FPS
    assert sum(seen[seen.index(True) :]) >= 0.9 * len(seen[seen.index(True) :])


def test_following_costs_a_run_a_person_and_the_detector_only_looks_around(people: SeveralPeople) -> None:
    for frame in studio_frames("two_people", count=45, fps=30):
        found = people.detect(frame)
    assert len(found) == 2
    assert people.follows <= 2 * 44
    assert people.looks <= 6  # 1.5 s at one look in 0.3 s, where num_poses=4 detects on all 45 frames


def test_the_detector_rests_when_everybody_wanted_is_followed(bundle: Path) -> None:
    several = SeveralPeople(bundle=bundle, options=LandmarkerOptions(num_poses=2))
    for frame in studio_frames("two_people", count=30):
        several.detect(frame)
    several.close()
    assert several.looks <= 2


def test_an_empty_room_is_looked_over_on_every_frame(people: SeveralPeople) -> None:
    found = [len(people.detect(frame)) for frame in studio_frames("empty", count=6)]
    assert found == [0] * 6
    assert (people.looks, people.follows) == (6, 0)


def test_whoever_has_left_is_searched_for_and_then_no_more(people: SeveralPeople) -> None:
    frames = list(studio_frames("two_people", count=6))
    alone = next(studio_frames("still", count=1))
    for frame in frames:
        people.detect(frame)
    looks = []
    for n in range(30):
        people.detect(Frame(image=alone.image, t_ns=frames[-1].t_ns + (n + 1) * 66 * MS, seq=6 + n))
        looks.append(people.looks)
    assert looks[29] - looks[17] <= 4  # the last 0.8 s


def test_joints_are_as_right_as_mediapipes_own(bundle: Path, people: SeveralPeople) -> None:
    frames = list(studio_frames("two_people", count=45))

    def mistakes(found: list[Poses]) -> float:
        errors = []
        for poses, frame in zip(found, frames, strict=True):
            for actor in frame.truth:
                truth = np.asarray(actor.landmarks_px)[JOINTS]
                ours = poses.landmarks[:, JOINTS, :2] * (poses.width, poses.height)
                errors.append(np.linalg.norm(ours - truth, axis=2).mean(axis=1).min())
        return float(np.mean(errors))

    with OfflineLandmarker(bundle=bundle, options=LandmarkerOptions(num_poses=2)) as plain:
        theirs = mistakes([plain.detect(frame) for frame in frames])
    assert mistakes([people.detect(frame) for frame in frames]) <= 1.1 * theirs


def test_poses_keep_their_order_while_people_are_followed(people: SeveralPeople) -> None:
    places = [people.detect(frame).landmarks[:, 24, 0] for frame in studio_frames("two_people", count=30)]
    both = [place for place in places if len(place) == 2]
    assert len(both) >= 25
    assert len({bool(place[0] < place[1]) for place in both}) == 1


def test_nobody_is_given_twice(people: SeveralPeople) -> None:
    assert max(len(people.detect(frame)) for frame in studio_frames("crossing", count=90)) <= 2


def test_no_more_people_than_wanted(bundle: Path) -> None:
    several = SeveralPeople(bundle=bundle, options=LandmarkerOptions(num_poses=1))
    assert {len(several.detect(frame)) for frame in studio_frames("two_people", count=10)} == {1}
    several.close()


def test_the_same_frames_give_the_same_poses_twice(bundle: Path) -> None:
    def once() -> list[Poses]:
        several = SeveralPeople(bundle=bundle, options=FOUR)
        found = [several.detect(frame) for frame in studio_frames("three_people", count=20)]
        several.close()
        return found

    for one, other in zip(once(), once(), strict=True):
        assert np.array_equal(one.landmarks, other.landmarks)
        assert np.array_equal(one.world, other.world)


def test_masks_are_laid_on_the_frame_where_the_people_are() -> None:
    stock = bundle_path("lite", masks=True)
    several = SeveralPeople(bundle=stock, options=LandmarkerOptions(num_poses=2, output_segmentation_masks=True))
    for frame in studio_frames("two_people", count=5):
        poses = several.detect(frame)
    several.close()
    assert poses.masks is not None
    assert poses.masks.shape == (2, 480, 640)
    hips = poses.landmarks[:, [23, 24], :2].mean(axis=1) * (640, 480)
    for mask, (x, y) in zip(poses.masks, hips, strict=True):
        assert mask[int(y), int(x)] > 0.5
        assert mask.mean() < 0.3


@pytest.mark.parametrize("angle", [0.0, 0.7, -2.0])
def test_a_region_gives_the_same_pose_however_it_is_turned(bundle: Path, angle: float) -> None:
    frame = next(studio_frames("still", count=1))
    with OfflineLandmarker(bundle=bundle, mode="image") as plain:
        (theirs,) = plain.detect(frame).landmarks
    region = Region.around(theirs, width=640, height=480)
    assert region is not None
    landmarker = RegionLandmarker(bundle=bundle, options=LandmarkerOptions(min_pose_presence_confidence=0.1))
    turned = Region(region.x, region.y, region.side, region.angle + angle)
    found = landmarker.look(frame, turned)
    upright = landmarker.look(frame, region)
    landmarker.close()
    assert len(found) == 1
    limit = 0.02 if angle == 0.0 else 0.2  # the network itself knows people upright best
    assert np.abs(found.landmarks[0, JOINTS, :2] - upright.landmarks[0, JOINTS, :2]).mean() < limit
    assert np.linalg.norm(found.world[0, JOINTS, :2] - upright.world[0, JOINTS, :2], axis=1).mean() < 0.35


def test_there_is_no_region_around_a_pose_that_is_not_finite() -> None:
    assert Region.around(np.full((33, 5), np.nan, dtype=np.float32), width=640, height=480) is None


def test_no_region_is_cut_far_off_the_picture() -> None:
    landmarks = np.full((33, 5), 50.0, dtype=np.float32)
    assert Region.around(landmarks, width=640, height=480) is None


def test_a_file_that_is_no_bundle_is_refused_by_name(tmp_path: Path) -> None:
    damaged = tmp_path / "damaged.task"
    damaged.write_bytes(b"not a bundle")
    with pytest.raises(ModelError, match=r"damaged\.task"):
        SeveralPeopleLandmarker(bundle=damaged, options=FOUR)


def test_live_poses_are_taken_after_they_are_announced(bundle: Path) -> None:
    ready = threading.Event()
    frames = list(studio_frames("two_people", count=3))
    with SeveralPeopleLandmarker(bundle=bundle, options=FOUR, on_result=ready.set) as live:
        assert live.take() is None
        for frame in frames:
            ready.clear()
            live.submit(frame)
            assert live.busy
            assert ready.wait(10)
            poses = live.take()
            assert poses is not None
            assert poses.seq == frame.seq
            assert poses.done_ns > frame.t_ns
            assert not live.busy


def test_live_and_offline_give_the_same(bundle: Path, people: SeveralPeople) -> None:
    frames = list(studio_frames("two_people", count=10))
    with SeveralPeopleLandmarker(bundle=bundle, options=FOUR) as live:
        for frame in frames:
            assert np.array_equal(live.detect(frame).landmarks, people.detect(frame).landmarks)


def test_a_landmarker_that_does_not_answer_in_time_is_given_up(bundle: Path) -> None:
    frame = next(studio_frames("two_people", count=1))
    live = SeveralPeopleLandmarker(bundle=bundle, options=FOUR, result_timeout_s=1e-6)
    with pytest.raises(DetectorStalledError, match=r"detect\.result_timeout_s"):
        live.detect(frame)
    live.close()
