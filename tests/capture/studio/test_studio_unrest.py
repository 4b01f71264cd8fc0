"""Rooms that are not at rest: what moves in them, and who comes meanwhile."""

from itertools import pairwise

import numpy as np
import pytest
from numpy.typing import NDArray

from edge.capture.studio import Studio, build_scene
from edge.capture.studio.lamp import Lamp
from edge.capture.studio.unrest import UNREST

EMPTY = ("tv", "light_switch", "sun", "curtain")
WITH_SOMEBODY = ("tv_entry", "light_switch_entry", "sun_entry", "curtain_entry", "slow_entry", "entrances")


def picture(name: str, t_s: float, *, seed: int = 0) -> NDArray[np.int16]:
    return Studio(build_scene(name, seed), width=320, height=240).render(t_s).image.astype(np.int16)


def in_picture(name: str, *, seed: int = 0, fps: int = 10) -> list[float]:
    scene = build_scene(name, seed)
    studio = Studio(scene, width=64, height=64)
    times = np.arange(0, scene.duration_s, 1 / fps)
    return [max(truth.in_picture for truth in studio.truth(float(t_s))) for t_s in times]


def test_every_scene_is_known_to_be_with_or_without_somebody() -> None:
    assert {*EMPTY, *WITH_SOMEBODY} == set(UNREST)
    assert all(not build_scene(name).actors for name in EMPTY)


@pytest.mark.parametrize("name", sorted(UNREST))
@pytest.mark.parametrize("seed", [0, 4])
def test_a_frame_is_the_same_whatever_was_rendered_before(name: str, seed: int) -> None:
    one, other = (Studio(build_scene(name, seed), width=160, height=120) for _ in range(2))
    for step in range(5):
        other.render(7.0 * step, seq=step)
    assert np.array_equal(one.render(26.3, seq=9).image, other.render(26.3, seq=9).image)


@pytest.mark.parametrize("name", EMPTY)
def test_seeds_differ_in_what_moves(name: str) -> None:
    times = np.arange(1.0, 60.0, 3.0)
    assert any(np.abs(picture(name, t_s) - picture(name, t_s, seed=3)).max() > 20 for t_s in times)


@pytest.mark.parametrize(
    ("name", "apart_s", "share"), [("tv", 8.0, 0.01), ("curtain", 1.0, 0.005), ("sun", 90.0, 0.01)]
)
def test_only_a_part_of_the_picture_moves(name: str, apart_s: float, share: float) -> None:
    changed = np.abs(picture(name, 2.0) - picture(name, 2.0 + apart_s)).max(axis=2) > 15
    assert share < changed.mean() < 0.2


def test_truth_can_be_had_without_a_picture() -> None:
    studio = Studio(build_scene("entrances", 1), width=64, height=64)
    (told,), (rendered,) = studio.truth(8.0), studio.render(8.0).truth
    assert told.in_picture == rendered.in_picture
    assert np.array_equal(told.landmarks_px, rendered.landmarks_px, equal_nan=True)


def test_the_sun_moves_too_slowly_to_be_seen_moving() -> None:
    assert np.abs(picture("sun", 10.0) - picture("sun", 10.1)).max() <= 10


def test_a_lamp_that_is_off_leaves_the_room_dark_and_the_camera_brightens_it() -> None:
    lit, dark, brightened = (picture("light_switch", t_s).mean() for t_s in (7.0, 8.2, 12.0))
    assert dark < 0.4 * lit
    assert 1.5 * dark < brightened < 0.8 * lit


def test_the_light_goes_on_again_and_the_camera_finds_back() -> None:
    before, flash, after = (picture("light_switch", t_s).mean() for t_s in (7.0, 22.15, 30.0))
    assert flash > before + 5
    assert after == pytest.approx(before, abs=0.5)


def test_a_lamp_glides_between_on_and_off() -> None:
    levels = [Lamp((1.0, 3.0)).level(t_s) for t_s in (0.0, 0.99, 1.06, 1.2, 2.9, 3.06, 3.2)]
    assert levels == [1, 1, pytest.approx(0.5), 0, 0, pytest.approx(0.5), 1]


def test_noise_is_louder_in_the_dark() -> None:
    studio = Studio(build_scene("light_switch"), width=320, height=240)
    lit, dark = (
        (studio.render(t_s, seq=1).image.astype(int) - studio.render(t_s, seq=2).image).std() for t_s in (7.0, 20.0)
    )
    assert dark > 1.6 * lit


@pytest.mark.parametrize("name", ["tv_entry", "light_switch_entry", "sun_entry", "curtain_entry"])
@pytest.mark.parametrize("seed", [0, 2])
def test_somebody_comes_after_a_while_stays_and_leaves(name: str, seed: int) -> None:
    shares = in_picture(name, seed=seed)
    assert set(shares[:150]) == {0.0}
    assert max(shares) == 1.0
    assert sum(share == 1.0 for share in shares) > 50
    assert shares[-1] == 0.0


def test_somebody_creeps_in_over_a_minute() -> None:
    shares = in_picture("slow_entry", fps=2)
    assert shares[0] == 0.0
    assert shares[-1] == 1.0
    scene = build_scene("slow_entry")
    places = [
        float(state.bones.origins[0, 0])
        for t_s in range(0, 60, 5)
        for state in scene.at(t_s)
        if state.bones is not None
    ]
    assert all(0.05 < before - after < 0.25 for before, after in pairwise(places[1:]))


@pytest.mark.parametrize("seed", range(3))
def test_ten_entrances_come_from_both_sides_with_the_room_empty_between(seed: int) -> None:
    shares = in_picture("entrances", seed=seed)
    starts = [
        n for n, (before, now) in enumerate(pairwise(shares), 1) if now > 0 and not any(shares[max(0, n - 20) : n])
    ]
    assert len(starts) == 10
    scene = build_scene("entrances", seed)
    sides = {
        float(np.sign(state.bones.origins[0, 0]))
        for n in starts
        for state in scene.at(n / 10)
        if state.bones is not None
    }
    assert sides == {-1.0, 1.0}
