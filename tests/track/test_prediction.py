"""What `Tracker.at` says between two looks."""

from functools import partial
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
from track.predictions import Errors
from track.skeletons import MS, follow, frame, ids, person, trace, walking, without_people

from edge.capture.studio import studio_frames
from edge.detect.landmarker import OfflineLandmarker
from edge.track.follower import seen
from edge.track.geometry import Points
from edge.track.picture_motion import Moved, PictureMotion
from edge.track.tracker import Tracker


@pytest.mark.parametrize(("name", "ratio", "right"), [("gmd_s1_adl_10", 0.7, 0.96), ("gmd_s3_adl_07", 0.55, 0.92)])
def test_predictions_are_closer_than_the_last_pose(name: str, ratio: float, right: float) -> None:
    errors = Errors()
    errors.add(trace(name), trace(name)[::3], None)
    assert errors.ratio <= ratio
    assert errors.right >= right


@pytest.mark.parametrize("scene", ["walk_across", "walk_toward", "squats"])
def test_the_correction_brings_people_it_was_not_learnt_from_closer_to_where_they_are(
    bundle: Path, scene: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    frames = list(islice(studio_frames(scene, fps=30, seed=4), 300))
    with OfflineLandmarker(bundle=bundle, mode="video") as landmarker:
        truth = [landmarker.detect(frame) for frame in frames]
    corrected, plain = Errors(), Errors()
    corrected.add(truth, truth[::3], [frame.image for frame in frames])
    monkeypatch.setattr("edge.track.tracker.ways", lambda bodies: seen(bodies)[0])
    plain.add(truth, truth[::3], [frame.image for frame in frames])
    assert corrected.ratio < 0.92 * plain.ratio
    assert corrected.predicted_right > plain.predicted_right


def test_people_followed_in_pictures_stop_when_they_are_seen_to_stop() -> None:
    pictures = [rendered.image for rendered in islice(studio_frames("still", fps=30), 1)]
    tracker, picture = Tracker(), PictureMotion()
    seen = follow(tracker, walking())[-1]
    t_ns = seen.t_ns + 33 * MS
    (expected,) = tracker.at(t_ns).people
    picture.look(pictures[0])
    tracker.follow(partial(picture.since_look, pictures[0]), t_ns)
    (followed,) = tracker.at(t_ns).people
    went, goes = (np.abs(p.landmarks - seen.people[0].landmarks)[:, 0].mean() for p in (followed, expected))
    assert followed.predicted
    assert went < 0.7 * goes


def test_following_decides_nothing() -> None:
    def far(xy: Points) -> Moved:
        every = len(xy), 27
        return Moved(
            by=np.full((*every, 2), 0.1),
            good=np.ones(every),
            differs=np.ones(every, dtype=np.float32),
            changed=np.full(every, 40, dtype=np.uint8),
        )

    one, other = Tracker(), Tracker()
    for poses in walking(frames=20):
        expected, found = one.update(poses), other.update(poses)
        other.follow(far, poses.t_ns + 33 * MS)
        other.follow(far, poses.t_ns + 67 * MS)
        assert ids(found) == ids(expected)
        for a, b in zip(found.people, expected.people, strict=True):
            assert np.array_equal(a.landmarks, b.landmarks)


def test_only_who_was_seen_at_the_last_look_is_followed() -> None:
    def never(_: Points) -> Moved:
        raise AssertionError

    tracker = Tracker()
    tracker.follow(never, 5)
    seen = follow(tracker, walking())[-1]
    tracker.follow(never, seen.t_ns + 3_000 * MS)
    (lost,) = (without_people(poses) for poses in walking(1200, frames=1))
    assert tracker.update(lost).people[0].predicted
    tracker.follow(never, lost.t_ns + 33 * MS)


def test_at_changes_nothing() -> None:
    one, other = Tracker(), Tracker()
    for poses in walking(frames=20):
        expected = one.update(poses)
        other.at(poses.t_ns - 40 * MS)
        other.at(poses.t_ns + 3_600_000 * MS)
        found = other.update(poses)
        assert ids(found) == ids(expected)
        for a, b in zip(found.people, expected.people, strict=True):
            assert np.array_equal(a.landmarks, b.landmarks)


def test_at_the_last_look_it_is_what_was_seen_and_later_it_is_predicted() -> None:
    tracker = Tracker()
    seen = follow(tracker, walking())[-1]
    (now,), (later,) = tracker.at(seen.t_ns).people, tracker.at(seen.t_ns + 33 * MS).people
    assert not now.predicted
    assert np.array_equal(now.landmarks, seen.people[0].landmarks)
    assert later.predicted
    assert later.seen_ns == seen.t_ns
    assert 0.0 < later.confidence < now.confidence
    assert later.landmarks[23, 0] > now.landmarks[23, 0]


def test_a_prediction_is_bounded() -> None:
    tracker = Tracker()
    seen = follow(tracker, walking())[-1]
    (far,) = tracker.at(seen.t_ns + 1400 * MS).people
    assert np.abs(far.landmarks[:, :2] - seen.people[0].landmarks[:, :2]).max() < 0.1


def test_whoever_was_seen_once_is_where_they_were() -> None:
    tracker = Tracker(birth_hits=1)
    tracker.update(frame(0, person(0.5)))
    assert tracker.at(100 * MS).people == ()


def test_before_the_first_frame_nobody_is_there() -> None:
    assert Tracker().at(5).people == ()
    assert Tracker().missing == ()
