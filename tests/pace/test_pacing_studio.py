"""What a box makes of rooms that are not at rest, in simulated time on rendered pictures."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np
import pytest
from support.pacing import FOUND_SHARE, Diary, watch

from edge.capture.studio import Scene, Studio, StudioFrame, build_scene
from edge.detect.landmarker import OfflineLandmarker
from edge.pace.motion import Box
from edge.pace.movement import person_boxes

RESTLESS: Final = ("tv", "light_switch", "sun", "curtain")
TRUTH_FPS: Final = 30
SLOW_RUN_S: Final = 0.08
"""A model run on a Pi 4 under load."""


def instants(scene: Scene, *, share: float) -> Iterator[float]:
    """When somebody is in the picture by more than `share`, after two seconds of not being there."""
    studio = Studio(scene, width=64, height=64)
    last_s = -10.0
    for frame in range(int(scene.duration_s * TRUTH_FPS)):
        t_s = frame / TRUTH_FPS
        if max(truth.in_picture for truth in studio.truth(t_s)) > share:
            if t_s - last_s > 2:
                yield t_s
            last_s = t_s


def wait_s(diary: Diary, since_s: float, *, found: bool) -> float:
    """How long until the next look, or the next that finds somebody."""
    return next(
        step.t_s - since_s
        for step in diary.steps
        if step.run and step.t_s > since_s - 1e-6 and (step.found or not found)
    )


@pytest.mark.parametrize("name", RESTLESS)
@pytest.mark.parametrize("seed", range(4))
def test_a_restless_room_without_people_is_hardly_ever_active(name: str, seed: int) -> None:
    assert watch(name, seed=seed).active_share <= 0.05


def test_an_empty_room_costs_a_look_every_three_seconds_and_ten_frames_a_second() -> None:
    diary = watch("empty", seconds=60)
    assert diary.active_share == 0
    assert diary.runs == pytest.approx(20, abs=1)
    assert len(diary.steps) == pytest.approx(600, abs=5)


@cache
def entrances(seed: int) -> tuple[list[float], list[float]]:
    """How long until the first look after the first visible frame, and until somebody is found who could be."""
    scene = build_scene("entrances", seed)
    diary = watch("entrances", seed=seed, width=160, height=120, run_s=SLOW_RUN_S)
    looked = [wait_s(diary, t_s, found=False) for t_s in instants(scene, share=0)]
    found = [wait_s(diary, t_s, found=True) for t_s in instants(scene, share=FOUND_SHARE)]
    return looked, found


def test_fifty_entrances_are_looked_at_within_250_ms_of_the_first_visible_frame() -> None:
    looked = [wait for seed in range(5) for wait in entrances(seed)[0]]
    assert len(looked) == 50
    assert np.percentile(looked, 95) <= 0.25


def test_who_can_be_found_is_found_two_slow_runs_later() -> None:
    found = [wait for seed in range(5) for wait in entrances(seed)[1]]
    assert len(found) == 50
    assert np.percentile(found, 95) <= 2 * SLOW_RUN_S


@pytest.mark.parametrize("name", ["tv_entry", "light_switch_entry", "sun_entry", "curtain_entry"])
@pytest.mark.parametrize("seed", [0, 1])
def test_who_comes_into_a_restless_room_is_found_as_soon_as_that(name: str, seed: int) -> None:
    (arrival_s,) = instants(build_scene(name, seed), share=FOUND_SHARE)
    diary = watch(name, seed=seed, seconds=arrival_s + 2)
    assert wait_s(diary, arrival_s, found=True) <= 0.25


def test_who_creeps_in_is_found_by_the_next_heartbeat_at_the_latest() -> None:
    (arrival_s,) = instants(build_scene("slow_entry"), share=FOUND_SHARE)
    diary = watch("slow_entry", seconds=arrival_s + 5)
    assert wait_s(diary, arrival_s, found=True) <= 3.1


def test_the_real_model_sees_nobody_on_the_television(bundle: Path) -> None:
    with OfflineLandmarker(bundle=bundle) as landmarker:

        def look(frame: StudioFrame) -> tuple[Box, ...]:
            return person_boxes(landmarker.detect(frame))

        diary = watch("tv", width=640, height=480, finder=look)
    assert diary.active_share <= 0.05
    assert not any(step.found for step in diary.steps)


def test_the_real_model_finds_who_comes_in_while_the_television_is_on(bundle: Path) -> None:
    (arrival_s,) = instants(build_scene("tv_entry"), share=FOUND_SHARE)
    with OfflineLandmarker(bundle=bundle) as landmarker:

        def look(frame: StudioFrame) -> tuple[Box, ...]:
            return person_boxes(landmarker.detect(frame))

        diary = watch("tv_entry", seconds=arrival_s + 2, width=640, height=480, finder=look)
    assert wait_s(diary, arrival_s, found=True) <= 0.4
