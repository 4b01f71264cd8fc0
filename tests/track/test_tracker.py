from collections.abc import Iterable

import numpy as np
import pytest

from edge.flow import FloatArray, Poses, Tracks
from edge.track.tracker import Tracker

MS = 1_000_000
RATE_MS = 100


def person(x: float, y: float = 0.5, *, presence: float = 0.9) -> FloatArray:
    """An upright pose with a torso of 0.2 frame heights around `x`, `y`."""
    landmarks = np.full((33, 5), presence, dtype=np.float32)
    landmarks[:, 0], landmarks[:, 1], landmarks[:, 2] = x, y, 0.0
    landmarks[[11, 12], 1] = y - 0.1
    landmarks[[23, 24], 1] = y + 0.1
    return landmarks


def poses(t_ms: int, *people: FloatArray) -> Poses:
    n = len(people)
    return Poses(
        t_ns=t_ms * MS,
        seq=t_ms // RATE_MS,
        width=640,
        height=480,
        landmarks=np.array(people, dtype=np.float32).reshape(n, 33, 5),
        world=np.zeros((n, 33, 4), dtype=np.float32),
        done_ns=t_ms * MS,
    )


def follow(tracker: Tracker, frames: Iterable[Iterable[FloatArray]], start_ms: int = 0) -> list[Tracks]:
    return [tracker.update(poses(start_ms + RATE_MS * i, *frame)) for i, frame in enumerate(frames)]


def ids(tracks: Tracks) -> list[int]:
    return [track.id for track in tracks.people]


def test_somebody_gets_an_id_at_the_third_sighting() -> None:
    seen = follow(Tracker(birth_hits=3), [[person(0.5)]] * 4)
    assert [ids(tracks) for tracks in seen] == [[], [], [1], [1]]


def test_a_flicker_never_gets_an_id() -> None:
    seen = follow(Tracker(birth_hits=3), [[person(0.5)], [], [person(0.5)], [], [person(0.5)], []])
    assert all(not tracks.people for tracks in seen)


def test_a_walking_person_keeps_one_id() -> None:
    seen = follow(Tracker(birth_hits=1), [[person(0.1 + 0.03 * i)] for i in range(25)])
    assert {tuple(ids(tracks)) for tracks in seen} == {(1,)}


def test_a_short_loss_is_bridged_with_held_landmarks_and_falling_confidence() -> None:
    tracker = Tracker(birth_hits=1, occlusion_s=1.5)
    follow(tracker, [[person(0.5)]])
    lost = follow(tracker, [[]] * 10, start_ms=RATE_MS)
    assert all(ids(tracks) == [1] and tracks.people[0].predicted for tracks in lost)
    confidences = [tracks.people[0].confidence for tracks in lost]
    assert confidences == sorted(confidences, reverse=True)
    (back,) = follow(tracker, [[person(0.55)]], start_ms=1100)
    assert ids(back) == [1]
    assert not back.people[0].predicted


def test_a_long_loss_ends_the_track_and_a_return_is_somebody_new() -> None:
    tracker = Tracker(birth_hits=1, occlusion_s=1.5)
    follow(tracker, [[person(0.5)]])
    lost = follow(tracker, [[]] * 16, start_ms=RATE_MS)
    assert ids(lost[14]) == [1]
    assert ids(lost[15]) == []
    (back,) = follow(tracker, [[person(0.5)]], start_ms=2000)
    assert ids(back) == [2]


def test_two_people_keep_their_ids_whatever_the_order_of_the_poses() -> None:
    tracker = Tracker(birth_hits=1)
    first, second = follow(tracker, [[person(0.2), person(0.8)], [person(0.79), person(0.21)]])
    assert ids(first) == [1, 2]
    assert {track.id: round(float(track.landmarks[0, 0]), 2) for track in second.people} == {1: 0.21, 2: 0.79}


def test_a_pose_across_the_room_is_somebody_else() -> None:
    seen = follow(Tracker(birth_hits=1), [[person(0.1)], [person(0.9)]])
    assert ids(seen[1]) == [1, 2]
    assert [track.predicted for track in seen[1].people] == [True, False]


@pytest.mark.parametrize("rubbish", [np.nan, np.inf, 0.0, 1e30])
def test_rubbish_poses_do_not_raise(rubbish: float) -> None:
    pose = np.full((33, 5), rubbish, dtype=np.float32)
    with np.errstate(all="ignore"):
        seen = follow(Tracker(birth_hits=1), [[pose], [person(0.5)], [pose, person(0.5)]])
    assert all(0.0 <= track.confidence <= 1.0 for tracks in seen for track in tracks.people)
