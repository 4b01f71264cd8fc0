import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from track.skeletons import (
    MS,
    changed,
    follow,
    frame,
    ids,
    mirrored,
    person,
    standing,
    trace,
    walking,
    without_people,
)

from edge.flow import FloatArray, Poses, Tracks
from edge.track.geometry import TRUNK
from edge.track.tracker import Tracker

S = 1000 * MS


def real_tracker() -> Tracker:
    """With person 1, who stopped walking at x = 0.52 at 1100 ms."""
    tracker = Tracker()
    assert ids(follow(tracker, walking())[-1]) == [1]
    return tracker


def test_somebody_who_walks_in_is_real_at_the_third_sighting() -> None:
    seen = follow(Tracker(birth_hits=3), walking())
    assert [ids(tracks) for tracks in seen[:4]] == [[], [], [1], [1]]


def test_a_recorded_walker_is_one_person_from_the_first_quarter_second() -> None:
    seen = follow(Tracker(), trace("gmd_s1_adl_10"))
    assert {tuple(ids(tracks)) for tracks in seen} == {(), (1,)}
    first = next(i for i, poses in enumerate(trace("gmd_s1_adl_10")) if len(poses))
    real = next(tracks.t_ns for tracks in seen if tracks.people)
    assert real - seen[first].t_ns <= 250 * MS


def test_a_flicker_never_gets_an_id() -> None:
    frames = [poses if i % 2 else without_people(poses) for i, poses in enumerate(walking())]
    assert not any(tracks.people for tracks in follow(Tracker(), frames))


def test_what_never_moves_is_furniture_however_long_it_is_seen() -> None:
    seen = follow(Tracker(), (frame(100 * i, person(0.5)) for i in range(600)))
    assert not any(tracks.people for tracks in seen)


def test_what_only_jitters_is_furniture() -> None:
    random = np.random.default_rng(1)

    def jittering(i: int) -> Poses:
        pose, world = person(0.5)
        pose[:, :2] += random.normal(scale=0.004, size=(33, 2))  # 2 to 3 % of the torso
        return frame(33 * i, (pose, world))

    assert not any(tracks.people for tracks in follow(Tracker(), (jittering(i) for i in range(900))))


def test_what_the_model_saw_in_a_wall_is_furniture() -> None:
    frames = trace("furniture")
    assert all(len(poses) for poses in frames)
    assert not any(tracks.people for tracks in follow(Tracker(), frames))


def test_somebody_who_sat_there_from_the_start_is_real_once_a_hand_moves() -> None:
    def still_then_waving(i: int) -> Poses:
        pose, world = person(0.5)
        pose[[15, 17, 19, 21], 1] -= 0.02 * max(0, i - 100)
        return frame(33 * i, (pose, world))

    seen = follow(Tracker(), (still_then_waving(i) for i in range(120)))
    assert not any(tracks.people for tracks in seen[:101])
    assert any(tracks.people for tracks in seen[101:110])


def sinking(fall_s: float) -> list[Poses]:
    """Somebody whose body is seen a little elsewhere in each frame stays for a second, and then sinks for so long."""
    random = np.random.default_rng(3)

    def one(i: int) -> Poses:
        share = min(1.0, max(0.0, (i / 30 - 1.0) / fall_s)) if fall_s else float(i >= 30)
        pose, world = person(0.5, 0.4 + 0.3 * share)
        pose[:, :2] += random.normal(scale=0.015, size=(33, 2))  # a tenth of the torso
        return frame(33 * i, (pose, world))

    return [one(i) for i in range(90)]


def test_a_body_that_sinks_is_real_however_badly_its_limbs_are_seen() -> None:
    seen = follow(Tracker(), sinking(0.6))
    assert not any(tracks.people for tracks in seen[:30])
    assert ids(seen[-1]) == [1]


def test_what_jumps_down_is_furniture() -> None:
    assert not any(tracks.people for tracks in follow(Tracker(), sinking(0.0)))


def test_somebody_who_becomes_real_brings_how_they_were_seen_before() -> None:
    tracker, frames = Tracker(birth_hits=5), list(walking())
    tracks = follow(tracker, frames[:5])[-1]
    assert ids(tracks) == [1]
    assert [(track.id, track.seen_ns) for track in tracker.past(1)] == [(1, poses.t_ns) for poses in frames[:4]]
    assert np.array_equal(tracker.past(1)[0].landmarks, frames[0].landmarks[0])


def test_a_past_is_of_the_last_seconds_only_and_is_gone_after_them() -> None:
    still = [frame(33 * i, person(0.3)) for i in range(400)]
    tracker = Tracker()
    follow(tracker, still)
    real_ns = follow(tracker, walking(400 * 33))[-1].t_ns
    past = tracker.past(1)
    assert past[0].seen_ns >= real_ns - 3.1 * S
    assert len(past) <= 61
    follow(tracker, walking(400 * 33 + 1200, frames=40, x=0.5, step=0.002))
    assert not tracker.past(1)


def test_nobody_hears_of_a_candidate_that_is_not_real() -> None:
    tracker = Tracker()
    follow(tracker, (frame(100 * i, person(0.5)) for i in range(60)))
    assert not tracker.past(0)
    assert not tracker.past(1)


def test_a_person_who_then_keeps_still_for_an_hour_stays_real() -> None:
    tracker = real_tracker()
    seen = follow(tracker, (frame(2000 + 500 * i, person(0.52)) for i in range(7200)))
    assert all(ids(tracks) == [1] for tracks in seen)


def leaping(looks: str) -> list[Tracks]:
    """Somebody in a chair, twice a second: by look in the chair, taken for a sofa beside it, both, or not seen."""
    chair, sofa = person(0.52), person(0.62, 0.6, height=0.5)
    seen = {"c": (chair,), "s": (sofa,), "b": (sofa, chair), "-": ()}
    return follow(real_tracker(), (frame(1600 + 500 * i, *seen[look]) for i, look in enumerate("cccc" + looks)))


@pytest.mark.parametrize("looks", ["sbbbcb", "s-bbbb", "-sbbbb", "ssbbbb", "scbbbb", "bsbbbb"])
def test_who_is_taken_for_a_sofa_for_a_look_is_still_the_one_in_the_chair(looks: str) -> None:
    (track,) = leaping(looks * 20)[-1].people
    assert track.id == 1
    assert abs(track.landmarks[TRUNK, 0].mean() - 0.52) < 0.02


def test_somebody_who_is_seen_to_move_away_is_not_given_the_chair_left_behind() -> None:
    tracker = real_tracker()
    follow(tracker, (frame(1200 + 100 * i, person(0.52)) for i in range(10)))
    leaves = [frame(2200 + 100 * i, person(0.52 + 0.015 * i * i)) for i in range(5)]
    chair_too = [frame(2700 + 100 * i, person(0.52), person(0.76 + 0.02 * i)) for i in range(6)]
    (track,) = follow(tracker, leaves + chair_too)[-1].people
    assert track.id == 1
    assert track.landmarks[TRUNK, 0].mean() > 0.8


def test_a_short_loss_is_bridged_with_falling_confidence() -> None:
    tracker = real_tracker()
    lost = follow(tracker, (frame(1200 + 100 * i) for i in range(14)))
    assert all(ids(tracks) == [1] and tracks.people[0].predicted for tracks in lost)
    confidences = [tracks.people[0].confidence for tracks in lost]
    assert confidences == sorted(confidences, reverse=True)
    (back,) = follow(tracker, [frame(2600, person(0.54))])
    assert ids(back) == [1]
    assert not back.people[0].predicted


@pytest.mark.parametrize(("every_ms", "who"), [(300, 1), (100, 2)])
def test_who_is_found_some_steps_away_is_the_same_person_only_if_looks_are_rare(every_ms: int, who: int) -> None:
    tracker = Tracker(birth_hits=2)
    step = 0.00012 * every_ms
    frames = [frame(every_ms * i, person(0.2 + step * i, height=0.4)) for i in range(8)]
    assert ids(follow(tracker, frames)[-1]) == [1]
    lost_ms, x = 7 * every_ms, 0.2 + 7 * step
    found_ms = lost_ms + 600
    tracker.update(frame(lost_ms + 300))
    found = (frame(found_ms + every_ms * i, person(x + 0.3 + step * i, height=0.4)) for i in range(4))
    (track,) = [track for track in follow(tracker, found)[-1].people if not track.predicted]
    assert track.id == who


def test_somebody_unseen_for_longer_than_an_occlusion_is_no_longer_listed() -> None:
    tracker = real_tracker()
    assert ids(tracker.update(frame(2600))) == [1]
    assert ids(tracker.update(frame(2700))) == []


def test_somebody_who_is_not_seen_while_sitting_still_is_known_again_without_moving() -> None:
    tracker = real_tracker()
    follow(tracker, [frame(1200, person(0.52)), frame(1300, person(0.52)), frame(1400, person(0.52)), frame(9000)])
    (back,) = follow(tracker, [frame(20_000, person(0.52))])
    assert ids(back) == [1]


def test_who_walked_out_of_the_picture_is_released() -> None:
    tracker = Tracker()
    seen = follow(tracker, walking(x=0.7, step=0.03, frames=9))
    assert ids(seen[-1]) == [1]
    assert tracker.missing == ()
    tracker.update(frame(900))
    assert tracker.missing == ()
    assert ids(tracker.update(frame(2500))) == []


def test_who_is_lost_going_down_is_held_for_minutes_and_is_missed() -> None:
    tracker = real_tracker()
    follow(tracker, (frame(1200 + 100 * i, person(0.52, 0.5 + 0.05 * i)) for i in range(5)))
    held = follow(tracker, (frame(2000 + 1000 * i) for i in range(120)))
    assert all(ids(tracks) == [1] and tracks.people[0].predicted for tracks in held)
    (missing,) = tracker.missing
    assert (missing.track, missing.going_down) == (1, True)
    x0, y0, x1, y1 = missing.box
    assert 0.0 <= x0 < 0.52 < x1 <= 1.0
    assert 0.0 <= y0 < 0.7 < y1 <= 1.0
    assert ids(tracker.update(frame(1_000_000))) == []


def test_a_chair_that_appears_when_somebody_falls_does_not_take_the_track() -> None:
    tracker = real_tracker()
    follow(tracker, (frame(1200 + 100 * i, person(0.52, 0.5 + 0.05 * i)) for i in range(5)))
    seen = follow(tracker, (frame(1700 + 100 * i, person(0.85, 0.6, height=0.4)) for i in range(50)))
    for tracks in seen:
        (track,) = tracks.people
        assert (track.id, track.predicted) == (1, True)
        assert track.landmarks[:, 0].mean() < 0.6


def test_who_falls_unseen_and_lies_there_is_the_same_person() -> None:
    tracker = real_tracker()
    follow(tracker, (frame(1200 + 100 * i) for i in range(14)))
    seen = follow(tracker, (frame(2600 + 100 * i, person(0.55, 0.6, lying=True)) for i in range(4)))
    assert ids(seen[-1]) == [1]
    assert not seen[-1].people[0].predicted


def test_who_gets_up_after_being_held_keeps_the_id() -> None:
    tracker = real_tracker()
    follow(tracker, (frame(1200 + 100 * i, person(0.52, 0.5 + 0.05 * i)) for i in range(5)))
    follow(tracker, (frame(2000 + 1000 * i) for i in range(30)))
    seen = follow(tracker, walking(32_000, x=0.5))
    assert ids(seen[-1]) == [1]
    assert not seen[-1].people[0].predicted


def test_a_recorded_fall_is_one_person_to_its_end() -> None:
    seen = follow(Tracker(), trace("gmd_s1_fall_14"))
    assert {tuple(ids(tracks)) for tracks in seen} == {(), (1,)}
    assert ids(seen[-1]) == [1]


@pytest.mark.parametrize("every", [1, 2])
def test_two_who_pass_each_other_keep_their_ids(every: int) -> None:
    seen = follow(Tracker(smooth=True), trace("studio_crossing")[::every])

    def from_left_to_right(i: int) -> list[int]:
        people = [track for track in seen[i].people if not track.predicted]
        return [track.id for track in sorted(people, key=lambda track: float(track.landmarks[23, 0]))]

    before = next(order for i in range(len(seen)) if len(order := from_left_to_right(i)) == 2)
    after = next(order for i in reversed(range(len(seen))) if len(order := from_left_to_right(i)) == 2)
    assert before == after[::-1]
    assert {track.id for tracks in seen for track in tracks.people} == {1, 2}


def test_the_order_of_the_poses_does_not_matter() -> None:
    tracker = Tracker()
    seen = []
    for i in range(10):
        pair = [person(0.25 + 0.01 * i), person(0.8 - 0.01 * i)]
        seen.append(tracker.update(frame(100 * i, *(pair if i % 2 else pair[::-1]))))
    places = [{track.id: float(track.landmarks[23, 0]) for track in tracks.people} for tracks in seen[3:]]
    assert all(sorted(place) == [1, 2] for place in places)
    assert len({place[1] < place[2] for place in places}) == 1


def test_one_body_found_twice_is_one_person() -> None:
    frames = [frame(100 * i, person(0.3 + 0.02 * i), person(0.302 + 0.02 * i)) for i in range(10)]
    assert {tuple(ids(tracks)) for tracks in follow(Tracker(), frames)} == {(), (1,)}


def test_mirrored_people_get_the_same_ids() -> None:
    for name in ("gmd_s1_adl_10", "studio_crossing"):
        plain = [ids(tracks) for tracks in follow(Tracker(), trace(name))]
        assert [ids(tracks) for tracks in follow(Tracker(), map(mirrored, trace(name)))] == plain


@settings(deadline=None, max_examples=15)
@given(st.floats(0.6, 1.0), st.floats(-0.05, 0.05), st.floats(-0.05, 0.05))
def test_smaller_and_shifted_people_get_the_same_ids(size: float, right: float, down: float) -> None:
    def moved(poses: Poses) -> Poses:
        landmarks = poses.landmarks.copy()
        landmarks[:, :, :2] = (landmarks[:, :, :2] - 0.5) * size + 0.5 + [right, down]
        return changed(poses, landmarks, poses.world)

    frames = trace("gmd_s3_adl_07")[::2]
    assert ids(follow(Tracker(), map(moved, frames))[-1]) == ids(follow(Tracker(), frames)[-1]) == [1]


@settings(deadline=None, max_examples=60)
@given(
    st.lists(
        st.integers(0, 6).flatmap(
            lambda n: hnp.arrays(
                np.float32, (n, 33, 5), elements=st.floats(width=32, allow_nan=True, allow_infinity=True)
            )
        ),
        max_size=6,
    )
)
def test_rubbish_never_raises_and_is_never_a_person(rubbish: list[FloatArray]) -> None:
    tracker = Tracker(birth_hits=1, smooth=True)
    for i, landmarks in enumerate(rubbish):
        poses = changed(frame(100 * i), landmarks, np.zeros((len(landmarks), 33, 4), dtype=np.float32))
        assert not tracker.update(poses).people


@pytest.mark.parametrize("rubbish", [np.nan, np.inf, -np.inf, 0.0, 0.5, 1e30])
def test_rubbish_beside_a_person_changes_nothing(rubbish: float) -> None:
    bad = (np.full((33, 5), rubbish, dtype=np.float32), np.full((33, 4), rubbish, dtype=np.float32))
    tracker = Tracker()
    seen = [tracker.update(frame(100 * i, bad, person(0.3 + 0.02 * i), bad)) for i in range(6)]
    assert {tuple(ids(tracks)) for tracks in seen} == {(), (1,)}
    assert all(0.0 <= track.confidence <= 1.0 for tracks in seen for track in tracks.people)


def test_what_is_given_is_not_written_to() -> None:
    poses = standing()
    before = poses.landmarks.copy()
    poses.landmarks.setflags(write=False)
    Tracker(smooth=True).update(poses)
    assert np.array_equal(poses.landmarks, before)
