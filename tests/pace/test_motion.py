from typing import Final

import cv2
import numpy as np
import pytest

from edge.flow import Image
from edge.pace.motion import Motion, MotionGate

NS_PER_S: Final = 1_000_000_000
FPS: Final = 10
ROOM: Final = np.asarray(
    cv2.resize(
        np.random.default_rng(7).integers(40, 190, (12, 16, 3)).astype(np.uint8),
        (320, 240),
        interpolation=cv2.INTER_CUBIC,
    ),
    dtype=np.uint8,
)
EVERYWHERE: Final = (0.0, 0.0, 1.0, 1.0)


class Watch:
    """A gate with a camera that takes ten noisy pictures a second."""

    def __init__(self, noise: float = 3.0) -> None:
        self.gate = MotionGate()
        self.noise = np.random.default_rng(3).normal(0, noise, (300, 380, 3)).astype(np.int16)
        self.random = np.random.default_rng(4)
        self.t_ns = 0

    def see(self, picture: Image, *, gain: float = 1.0, after_s: float = 1 / FPS) -> Motion:
        top, left = self.random.integers(0, 60, 2)
        lit = picture if gain == 1.0 else picture * gain
        image = np.clip(lit + self.noise[top : top + 240, left : left + 320], 0, 255).astype(np.uint8)
        self.t_ns += round(after_s * NS_PER_S)
        return self.gate.update(image, self.t_ns)

    def rest(self, seconds: float = 2.0) -> list[Motion]:
        return [self.see(ROOM) for _ in range(round(seconds * FPS))]


def with_body(x: int, *, level: int = 30, width: int = 30) -> Image:
    picture = ROOM.copy()
    picture[60:220, max(0, x) : max(0, x + width)] = level
    return picture


def screen(number: int) -> Image:
    """The room with a television, whose picture is another one each time."""
    picture = ROOM.copy()
    picture[40:100, 200:290] = np.random.default_rng(number).integers(20, 230, 3)
    return picture


@pytest.mark.parametrize("noise", [0.0, 3.0, 8.0, 20.0])
def test_noise_is_not_motion(noise: float) -> None:
    watch = Watch(noise)
    watch.rest(1)
    assert not any(motion.moving for motion in watch.rest(20))


def test_somebody_who_walks_in_is_motion_with_the_first_hand_breadth() -> None:
    watch = Watch()
    watch.rest()
    assert watch.see(with_body(-24)).moving


def test_a_walk_is_motion_in_every_frame() -> None:
    watch = Watch()
    watch.rest()
    assert all(watch.see(with_body(x)).moving for x in range(0, 280, 7))


def test_what_stands_still_is_no_longer_motion_after_some_seconds() -> None:
    watch = Watch()
    watch.rest()
    motions = [watch.see(with_body(100)) for _ in range(60)]
    assert motions[0].moving
    assert not any(motion.moving for motion in motions[40:])


@pytest.mark.parametrize("gain", [0.5, 0.8, 1.15])
def test_light_that_changes_everywhere_alike_is_not_motion(gain: float) -> None:
    watch = Watch()
    watch.rest()
    assert not any(watch.see(ROOM, gain=gain).moving for _ in range(20))


def test_slow_automatic_exposure_is_not_motion() -> None:
    watch = Watch()
    watch.rest()
    assert not any(watch.see(ROOM, gain=1 + 0.3 * np.sin(step / 15)).moving for step in range(200))


@pytest.mark.parametrize("gain", [0.5, 1.15])
def test_somebody_who_comes_in_while_the_light_changes_is_motion(gain: float) -> None:
    watch = Watch()
    watch.rest()
    assert watch.see(with_body(10), gain=gain).moving


def test_a_television_that_looks_find_nobody_at_is_motion_for_a_moment_only() -> None:
    watch = Watch()
    watch.rest()
    woken = 0
    for second in range(60):
        if watch.see(screen(second)).moving:
            woken += 1
            watch.gate.looked(())
        watch.see(screen(second))
    assert 1 <= woken <= 8


def test_elsewhere_the_bar_stays_where_it_was() -> None:
    watch = Watch()
    for second in range(30):
        watch.see(screen(second))
        watch.gate.looked(())
    assert watch.see(with_body(-24)).moving


def test_where_a_bar_was_raised_stronger_motion_still_counts() -> None:
    watch = Watch()
    watch.rest()
    shimmer = ROOM.copy()
    shimmer[40:100, 200:290] = np.clip(shimmer[40:100, 200:290].astype(int) + 15, 0, 255)
    watch.see(shimmer)
    watch.gate.looked(())
    watch.rest()
    assert not watch.see(shimmer).moving
    watch.rest()
    dark = ROOM.copy()
    dark[40:100, 200:290] = 0
    assert watch.see(dark).moving


def test_a_bar_falls_with_time() -> None:
    watch = Watch()
    watch.rest()
    shimmer = ROOM.copy()
    shimmer[40:100, 200:290] = np.clip(shimmer[40:100, 200:290].astype(int) + 15, 0, 255)
    watch.see(shimmer)
    watch.gate.looked(())
    for _ in range(60):
        watch.see(ROOM, after_s=5.0)
    assert watch.see(shimmer).moving


def test_who_is_found_at_last_lowers_the_bars_that_the_way_in_had_raised() -> None:
    watch = Watch()
    for _ in range(2):
        watch.rest(4)
        motions = []
        for x in range(-24, 60, 7):
            motions.append(watch.see(with_body(x)))
            watch.gate.looked((EVERYWHERE,) if x > 20 else (), speed=1.0)
        assert motions[0].moving


def test_looks_at_somebody_who_is_leaving_teach_nothing() -> None:
    watch = Watch()
    watch.rest()
    watch.see(with_body(40))
    watch.gate.looked(((0.1, 0.2, 0.25, 1.0),), speed=1.0)
    for x in range(33, -30, -7):
        watch.see(with_body(x))
        watch.gate.looked(())
    watch.rest(6)
    assert watch.see(with_body(-24)).moving


def test_a_screen_beside_somebody_still_is_learned_and_the_person_is_not() -> None:
    watch = Watch()
    sitting = (0.1, 0.2, 0.3, 0.95)
    for second in range(40):
        picture = screen(second)
        picture[60:220, 40:80] = 30
        watch.see(picture)
        watch.gate.looked((sitting,), speed=0.05)
    picture = screen(99)
    picture[60:220, 40:80] = 30
    watch.see(picture)
    for _ in range(20):
        watch.see(picture)
    moved = picture.copy()
    moved[60:220, 40:80] = ROOM[60:220, 40:80]
    moved[60:220, 50:90] = 30
    assert watch.see(moved).moving


def test_a_light_that_is_switched_leaves_no_bars() -> None:
    watch = Watch()
    watch.rest()
    slope = np.linspace(0.9, 0.1, 320)[None, :, None]
    dim = (ROOM * slope).astype(np.uint8)
    watch.see(dim)
    watch.gate.looked(())
    for _ in range(20):
        watch.see(dim)
    dark = dim.copy()
    dark[60:220, 20:50] = 110
    assert watch.see(dark).moving


def test_another_size_begins_anew() -> None:
    gate = MotionGate()
    gate.update(ROOM, 0)
    assert not gate.update(ROOM[:, :200].copy(), NS_PER_S).moving


@pytest.mark.parametrize("size", [(2, 2), (1, 640), (480, 1), (33, 57), (1080, 1920)])
def test_any_size_can_be_watched(size: tuple[int, int]) -> None:
    gate = MotionGate()
    black, white = np.zeros((*size, 3), np.uint8), np.full((*size, 3), 255, np.uint8)
    for step, image in enumerate((black, black, white, black)):
        gate.update(image, step * NS_PER_S)
        gate.looked(((-1.0, -1.0, 2.0, 2.0),))


def test_motion_is_the_same_however_the_picture_lies_in_memory() -> None:
    packed, spaced = MotionGate(), MotionGate()
    for x in range(-40, 160, 20):
        picture: Image = np.asarray(cv2.resize(with_body(x), (640, 480)), np.uint8)
        apart = np.zeros((480, 648, 3), np.uint8)[:, :640]
        apart[:] = picture
        t_ns = (x + 40) * NS_PER_S // 200
        seen = packed.update(picture, t_ns)
        assert spaced.update(apart, t_ns) == seen
        assert seen.moving or x < 0


def test_a_look_before_the_first_frame_teaches_nothing() -> None:
    MotionGate().looked(())
