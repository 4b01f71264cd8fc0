"""Where one body will be, from its sightings and from pictures since."""

import numpy as np
import pytest
from track.skeletons import MS, standing

from edge.track.geometry import Points, points
from edge.track.motion import Motion

SCALE = 0.2


def body(right: float = 0.0) -> Points:
    return np.asarray(points(standing().landmarks[0], width=640, height=480) + np.array((right, 0.0)))


def walking() -> Motion:
    """Seen three times, the last at 200 ms, moving right by 0.02 every 100 ms."""
    motion = Motion(body(), t_ns=0)
    for i in (1, 2):
        motion.see(body(0.02 * i), scale=SCALE, t_ns=100 * i * MS)
    return motion


def ahead(motion: Motion, t_ms: int) -> float:
    """How far to the right of the last sighting."""
    return float((motion.landmarks(t_ms * MS) - motion.seen)[:, 0].mean())


def test_a_body_goes_on_as_it_went() -> None:
    assert ahead(walking(), 250) == pytest.approx(0.01, rel=0.15)


def test_how_far_a_body_came_to_its_last_sighting_is_known() -> None:
    assert walking().came == pytest.approx(body(0.02) - body())


def test_after_a_long_gap_nobody_knows_how_far_it_came() -> None:
    motion = walking()
    motion.see(body(0.3), scale=SCALE, t_ns=1_000 * MS)
    assert not motion.came.any()


def test_a_body_that_stops_in_the_picture_stops() -> None:
    motion = walking()
    motion.follow(np.zeros((33, 2)), scale=SCALE, t_ns=250 * MS)
    assert ahead(motion, 250) < 0.4 * ahead(walking(), 250)


def test_between_two_pictures_a_body_moves_evenly_and_after_the_last_as_it_went() -> None:
    motion = walking()
    for t_ms, way in ((233, 0.02), (267, 0.03)):
        motion.follow(np.tile([way, 0.0], (33, 1)), scale=SCALE, t_ns=t_ms * MS)
    assert ahead(motion, 250) == pytest.approx((ahead(motion, 233) + ahead(motion, 267)) / 2, rel=0.01)
    assert (
        0.0
        < ahead(motion, 300) - ahead(motion, 267)
        == pytest.approx(ahead(walking(), 300) - ahead(walking(), 267), rel=0.01)
    )


def test_a_new_sighting_counts_for_more_than_pictures_before() -> None:
    motion, without = walking(), walking()
    motion.follow(np.full((33, 2), 0.05), scale=SCALE, t_ns=250 * MS)
    for each in (motion, without):
        each.see(body(0.06), scale=SCALE, t_ns=300 * MS)
    assert np.array_equal(motion.landmarks(350 * MS), without.landmarks(350 * MS))


def test_who_is_who_does_not_depend_on_pictures() -> None:
    motion = walking()
    motion.follow(np.full((33, 2), 0.05), scale=SCALE, t_ns=250 * MS)
    for t_ms in (250, 300, 2000):
        assert np.array_equal(motion.whereabouts(t_ms * MS), walking().whereabouts(t_ms * MS))


def test_no_picture_moves_a_body_faster_than_bodies_are() -> None:
    motion = walking()
    motion.follow(np.full((33, 2), 5.0), scale=SCALE, t_ns=233 * MS)
    assert np.hypot(*(motion.landmarks(233 * MS) - motion.seen).T).max() <= 12.01 * SCALE * 0.033


def test_pictures_long_after_the_last_sighting_are_not_taken_in() -> None:
    motion = walking()
    motion.follow(np.full((33, 2), 0.05), scale=SCALE, t_ns=600 * MS)
    assert np.array_equal(motion.landmarks(600 * MS), walking().landmarks(600 * MS))
