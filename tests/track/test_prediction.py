"""What `Tracker.at` says between two looks."""

import numpy as np
import pytest
from track.skeletons import MS, follow, frame, ids, person, trace, walking

from edge.flow import FloatArray
from edge.track.geometry import points, torso_length
from edge.track.tracker import Tracker

SKIPPED = 3


def errors(name: str) -> tuple[float, float, float]:
    """Looking at every third frame: mean error predicted and held, and the share of all within a tenth of the torso."""
    tracker = Tracker()
    predicted: list[FloatArray] = []
    held: list[FloatArray] = []
    everything: list[FloatArray] = []
    last = None
    for i, truth in enumerate(trace(name)):
        if i % SKIPPED == 0:
            tracks = tracker.update(truth)
            last = tracks.people[0].landmarks if tracks.people else None
            everything += [np.zeros(33, dtype=np.float32)] if tracks.people else []
        elif last is not None and len(truth):
            now = points(truth.landmarks[0], width=truth.width, height=truth.height)
            torso = float(torso_length(now))
            (track,) = tracker.at(truth.t_ns).people
            for landmarks, found in ((track.landmarks, predicted), (last, held)):
                gap = points(landmarks, width=truth.width, height=truth.height) - now
                found.append((np.hypot(gap[:, 0], gap[:, 1]) / torso).astype(np.float32))
            everything.append(predicted[-1])
    share = float((np.array(everything) <= 0.1).mean())
    return float(np.mean(predicted)), float(np.mean(held)), share


@pytest.mark.parametrize(("name", "ratio", "right"), [("gmd_s1_adl_10", 0.75, 0.95), ("gmd_s3_adl_07", 0.6, 0.9)])
def test_predictions_are_closer_than_the_last_pose(name: str, ratio: float, right: float) -> None:
    predicted, held, share = errors(name)
    assert predicted <= ratio * held
    assert share >= right


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
