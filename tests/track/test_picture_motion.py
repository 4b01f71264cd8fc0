"""How far bodies have moved between two pictures."""

from itertools import islice

import cv2
import numpy as np
import pytest
from track.skeletons import standing

from edge.capture.studio import studio_frames
from edge.flow import Image
from edge.track.geometry import Points, points, torso_length
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
    assert moved.by[0] == pytest.approx(np.tile([12 / HEIGHT, -8 / HEIGHT], (33, 1)), abs=1.0 / HEIGHT)
    assert moved.trust.min() > 0.8


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
    assert np.median(moved.trust) < 0.4


def test_nothing_is_trusted_before_the_first_look_or_in_another_format() -> None:
    picture = PictureMotion()
    assert picture.since_look(textured(), body()[None]).trust.max() == 0.0
    picture.look(textured())
    assert picture.since_look(np.ascontiguousarray(textured()[::2]), body()[None]).trust.max() == 0.0


def test_a_body_outside_of_the_picture_does_no_harm() -> None:
    picture = PictureMotion()
    picture.look(textured())
    moved = picture.since_look(shifted(textured(), 5, 0), body(3.0)[None])
    assert np.isfinite(moved.by).all()
    assert ((moved.trust >= 0.0) & (moved.trust <= 1.0)).all()


@pytest.mark.parametrize("scene", ["walk_across", "squats"])
def test_rendered_people_are_followed_to_where_they_are(scene: str) -> None:
    frames = list(islice(studio_frames(scene, fps=30), 60, 120))
    followed: list[float] = []
    held: list[float] = []
    for before, after in zip(frames[::4], frames[2::4], strict=False):
        (start,), (end,) = before.truth, after.truth
        picture = PictureMotion()
        picture.look(before.image)
        xy, now = start.landmarks_px / HEIGHT, end.landmarks_px / HEIGHT
        moved = picture.since_look(after.image, xy[None])
        for expected, errors in ((xy + moved.by[0], followed), (xy, held)):
            errors.append(float(np.hypot(*(expected - now).T).mean() / torso_length(now)))
    assert np.mean(held) > 0.03
    assert np.mean(followed) < 0.45 * np.mean(held)
