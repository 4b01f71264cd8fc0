"""A camera that cannot see says so, and why; a room in which things happen is no trouble."""

from collections.abc import Callable

import cv2
import numpy as np
import pytest

from edge.flow import Event, Frame, Image
from edge.lookout import Lookout
from edge.pace.glance import Eye, Glance
from edge.posture.view import ViewWatch

S = 1_000_000_000
W, H = 320, 240


def room(seed: int = 0) -> Image:
    """A room with things in it: boxes of all sizes and greys on a wall."""
    random = np.random.default_rng(seed)
    picture = np.full((H, W, 3), 140, np.uint8)
    for _ in range(60):
        x, y = int(random.integers(0, W - 20)), int(random.integers(0, H - 20))
        w, h = (int(side) for side in random.integers(12, 70, 2))
        picture[y : y + h, x : x + w] = int(random.integers(40, 240))
    return picture


NOISE = np.random.default_rng(1).normal(0, 3, (1000, W, 3)).astype(np.int16)


def noisy(picture: Image, t: int) -> Image:
    noise = NOISE[37 * t % 750 :][:H]
    return np.asarray(np.clip(picture + noise, 0, 255), np.uint8)


def resized(picture: Image, width: int, height: int) -> Image:
    return np.asarray(cv2.resize(picture, (width, height)), np.uint8)


def watch(lookout: Lookout, seconds: range, show: Callable[[int], Image]) -> list[tuple[str, object, int]]:
    """What is said while `show(t)` is what the camera sees at each second."""
    events: list[Event] = []
    for t in seconds:
        events.extend(lookout.look(Frame(image=show(t), t_ns=t * S, seq=t)))
    return [(event.type, event.data["reason"], event.t_ns // S) for event in events]


ROOM = room()


@pytest.fixture
def lookout() -> Lookout:
    lookout = Lookout()
    assert watch(lookout, range(30), lambda t: noisy(ROOM, t)) == []
    return lookout


TROUBLES = {
    "covered": lambda t: noisy(np.full((H, W, 3), 90, np.uint8), t),
    "dark": lambda t: noisy(room() // 30, t),
    "moved": lambda t: noisy(np.roll(room(), 100, axis=1), t),
    "frozen": lambda _: noisy(room(), 29),
}


@pytest.mark.parametrize("reason", TROUBLES)
def test_a_camera_that_cannot_see_says_why(reason: str, lookout: Lookout) -> None:
    (lost,) = watch(lookout, range(30, 60), TROUBLES[reason])

    assert lost[:2] == ("view_lost", reason)
    assert lost[2] <= 46
    assert lookout.view == reason


@pytest.mark.parametrize("reason", TROUBLES)
def test_a_camera_that_sees_again_says_so_after_some_seconds(reason: str, lookout: Lookout) -> None:
    watch(lookout, range(30, 60), TROUBLES[reason])

    (restored,) = watch(lookout, range(60, 80), lambda t: noisy(ROOM, t))

    assert restored[:2] == ("view_restored", reason)
    assert 63 <= restored[2] <= 64
    assert lookout.view == "ok"


@pytest.mark.parametrize("reason", TROUBLES)
def test_a_moment_is_no_trouble(reason: str, lookout: Lookout) -> None:
    assert watch(lookout, range(30, 33), TROUBLES[reason]) == []
    assert watch(lookout, range(33, 60), lambda t: noisy(ROOM, t)) == []


@pytest.mark.parametrize("gain", [0.4, 0.7, 1.4])
def test_another_light_is_no_other_view(gain: float, lookout: Lookout) -> None:
    lit = np.clip(room() * gain, 0, 255).astype(np.uint8)

    assert watch(lookout, range(30, 60), lambda t: noisy(lit, t)) == []


def test_somebody_close_to_the_camera_does_not_move_it(lookout: Lookout) -> None:
    crowded = room()
    crowded[40:, 60:200] = room(7)[40:, 60:200]

    assert watch(lookout, range(30, 90), lambda t: noisy(crowded, t)) == []


def test_a_camera_hung_elsewhere_gets_used_to_it_after_ten_minutes(lookout: Lookout) -> None:
    other = room(3)
    said = watch(lookout, range(30, 700), lambda t: noisy(other, t))

    assert [(kind, reason) for kind, reason, _ in said] == [("view_lost", "moved"), ("view_restored", "moved")]
    assert said[1][2] - said[0][2] >= 600


def test_one_trouble_may_follow_another(lookout: Lookout) -> None:
    watch(lookout, range(30, 40), TROUBLES["covered"])

    assert watch(lookout, range(40, 50), TROUBLES["dark"]) == [("view_lost", "dark", 45)]


def test_in_a_recording_a_still_picture_is_a_still_picture() -> None:
    assert watch(Lookout(live=False), range(60), lambda _: room()) == []


def test_a_large_privacy_mask_makes_no_trouble_and_hides_none() -> None:
    def masked(picture: Image, t: int) -> Image:
        picture = noisy(picture, t)
        picture[:, : W * 7 // 8] = 0
        return picture

    lookout = Lookout()

    assert watch(lookout, range(30), lambda t: masked(room() // 3, t)) == []
    (lost,) = watch(lookout, range(30, 50), lambda t: masked(np.full((H, W, 3), 90, np.uint8), t))
    assert lost[:2] == ("view_lost", "covered")


def test_a_camera_that_starts_in_the_dark_says_so() -> None:
    assert watch(Lookout(), range(10), TROUBLES["dark"]) == [("view_lost", "dark", 5)]


def test_a_restored_view_says_how_long_it_was_lost() -> None:
    view = ViewWatch()
    said = [
        event
        for t in range(31)
        for event in view.update(
            Glance(t * S, brightness=3.0 if t < 20 else 100.0, texture=5.0, repeated=False, likeness=None)
        )
    ]

    assert [(event.type, event.t_ns // S, event.track) for event in said] == [
        ("view_lost", 5, None),
        ("view_restored", 23, None),
    ]
    assert said[1].data == {"reason": "dark", "lost_s": 18.0}


@pytest.mark.parametrize("size", [(1080, 1920), (120, 160), (2, 2), (480, 64)])
def test_pictures_of_any_size_are_glanced_at(size: tuple[int, int]) -> None:
    eye = Eye()
    picture = resized(room(), size[1], size[0])

    assert eye.glance(picture, 0) is not None
    eye.learn(anew=False)
    glance = eye.glance(picture, S)
    assert glance is not None
    assert glance.repeated


def test_another_size_of_picture_is_no_other_view(lookout: Lookout) -> None:
    assert watch(lookout, range(30, 60), lambda t: resized(noisy(ROOM, t), 640, 360)) == []


def test_a_glance_costs_nothing_in_between() -> None:
    eye = Eye()
    assert eye.glance(room(), 0) is not None
    assert eye.glance(room(), S // 2) is None
