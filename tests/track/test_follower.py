"""What points on a body and its velocity say about each landmark."""

import numpy as np
import pytest
from track.skeletons import standing

from edge.track.follower import Bodies, Layers, seen, ways
from edge.track.geometry import Points, points
from edge.track.picture_motion import Moved

SCALE = 0.2
NOTHING = Layers(
    first=np.zeros((229, 1), np.float32),
    first_bias=np.zeros(1, np.float32),
    second=np.zeros((1, 1), np.float32),
    second_bias=np.zeros(1, np.float32),
    last=np.zeros((1, 66), np.float32),
    last_bias=np.zeros(66, np.float32),
)


def body(*, way: float, found: float, differs: float = 1.0, changed: int = 40, expected: float = 0.0) -> Bodies:
    """Somebody standing whose points have all gone to the right."""
    xy = points(standing().landmarks, width=640, height=480)
    every = 1, 27
    return Bodies(
        xy=xy,
        scale=np.array([SCALE]),
        expected=_right(np.zeros((1, 33, 2)), expected),
        came=_right(np.zeros((1, 33, 2)), 1.5 * expected),
        ahead_s=0.067,
        moved=Moved(
            by=_right(np.zeros((*every, 2)), way),
            good=np.full(every, found),
            differs=np.full(every, differs, dtype=np.float32),
            changed=np.full(every, changed, dtype=np.uint8),
        ),
    )


def _right(xy: Points, by: float) -> Points:
    xy[..., 0] = by
    return xy


def test_a_body_goes_where_its_points_go() -> None:
    gone = ways(body(way=0.05, found=1.0), NOTHING)
    assert np.allclose(gone[..., 0], 0.05 * 0.75, atol=0.004)
    assert np.allclose(gone[..., 1], 0.0)


def test_without_points_a_body_goes_on_as_it_went() -> None:
    assert np.allclose(ways(body(way=0.05, found=0.0, expected=0.02))[..., 0], 0.02)


def test_points_that_fit_their_new_place_no_better_than_the_old_are_not_followed() -> None:
    stuck = ways(body(way=0.0, found=1.0, differs=39.0, changed=40, expected=0.04), NOTHING)
    still = ways(body(way=0.0, found=1.0, differs=1.0, changed=40, expected=0.04), NOTHING)
    assert stuck[..., 0].mean() > 2.0 * still[..., 0].mean()


def test_each_body_has_its_own_way() -> None:
    one, other = body(way=0.05, found=1.0), body(way=-0.02, found=0.6, differs=8.0)
    both = Bodies(
        xy=np.concatenate((one.xy, other.xy)),
        scale=np.array([SCALE, SCALE]),
        expected=np.concatenate((one.expected, other.expected)),
        came=np.concatenate((one.came, other.came)),
        ahead_s=one.ahead_s,
        moved=Moved(
            by=np.concatenate((one.moved.by, other.moved.by)),
            good=np.concatenate((one.moved.good, other.moved.good)),
            differs=np.concatenate((one.moved.differs, other.moved.differs)),
            changed=np.concatenate((one.moved.changed, other.moved.changed)),
        ),
    )
    assert np.allclose(ways(both), np.concatenate((ways(one), ways(other))), atol=1e-6)


@pytest.mark.parametrize("way", [0.0, 0.03, -0.08])
def test_what_has_been_learnt_is_a_correction_and_no_more(way: float) -> None:
    start, _ = seen(body(way=way, found=0.9))
    assert np.abs(ways(body(way=way, found=0.9)) - start).max() < 0.3 * SCALE
