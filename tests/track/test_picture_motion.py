"""How far bodies have moved between two pictures."""

import cv2
import numpy as np
import pytest
from track.skeletons import standing

from edge.flow import Image
from edge.track.geometry import Points, points
from edge.track.picture_motion import PictureMotion

WIDTH, HEIGHT = 640, 480


def textured() -> Image:
    """Blurred noise, as contrasted as clothes."""
    noise = np.random.default_rng(1).normal(size=(HEIGHT, WIDTH, 3)).astype(np.float32)
    blurred = cv2.GaussianBlur(noise, (0, 0), 5.0)
    return np.asarray(np.clip(127 + 50 * blurred / blurred.std(), 0, 255), dtype=np.uint8)


def shifted(image: Image, dx: float, dy: float) -> Image:
    moved = cv2.warpAffine(image, np.array([[1, 0, dx], [0, 1, dy]], dtype=np.float64), (WIDTH, HEIGHT), borderMode=2)
    return np.ascontiguousarray(moved, dtype=np.uint8)


def body(right: float = 0.0) -> Points:
    pose = points(standing().landmarks[0], width=WIDTH, height=HEIGHT)
    return np.asarray(0.6 * (pose - pose.mean(axis=0)) + np.array((WIDTH / HEIGHT / 2 + right, 0.5)))


def test_a_body_has_moved_as_far_as_its_picture() -> None:
    picture = PictureMotion()
    picture.look(textured())
    moved = picture.since_look(shifted(textured(), 12, -8), body()[None])
    assert moved.by[0] == pytest.approx(np.tile([12 / HEIGHT, -8 / HEIGHT], (27, 1)), abs=1.0 / HEIGHT)
    assert moved.good.min() > 0.5
    assert np.median(moved.changed) > 3.0 * np.median(moved.differs)


def test_each_body_has_its_own_way() -> None:
    picture = PictureMotion()
    picture.look(textured())
    after = textured()
    after[:, WIDTH // 2 :] = shifted(textured(), 0, 10)[:, WIDTH // 2 :]
    moved = picture.since_look(after, np.array([body(-0.35), body(0.35)]))
    assert np.median(moved.by[0, :, 1]) == pytest.approx(0.0, abs=0.5 / HEIGHT)
    assert np.median(moved.by[1, :, 1]) == pytest.approx(10 / HEIGHT, abs=1.0 / HEIGHT)


def test_what_is_hidden_is_not_trusted() -> None:
    picture = PictureMotion()
    picture.look(textured())
    moved = picture.since_look(np.full_like(textured(), 127), body()[None])
    assert np.median(moved.good) < 0.1


def test_nothing_is_found_before_the_first_look_or_in_another_format() -> None:
    picture = PictureMotion()
    assert picture.since_look(textured(), body()[None]).good.max() == 0.0
    picture.look(textured())
    assert picture.since_look(np.ascontiguousarray(textured()[::2]), body()[None]).good.max() == 0.0


def test_a_body_outside_of_the_picture_does_no_harm() -> None:
    picture = PictureMotion()
    picture.look(textured())
    moved = picture.since_look(shifted(textured(), 5, 0), body(3.0)[None])
    assert np.isfinite(moved.by).all()
    assert ((moved.good >= 0.0) & (moved.good <= 1.0)).all()
