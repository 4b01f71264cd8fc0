"""Which posture somebody is in: on recorded people, on a figure whose truth is known, and on garbage."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from edge.capture.studio.camera import Camera
from edge.capture.studio.scenes import build_scene
from edge.capture.studio.script import Label
from edge.capture.studio.skeleton import landmarks
from edge.flow import LANDMARKS
from edge.posture.body import NS_PER_S, Body, body_of
from edge.posture.stance import Posture, Stance, StanceReader
from edge.trace import read_trace
from edge.track.geometry import HIPS, torso_scale
from edge.track.tracker import Tracker

TRACES = Path(__file__).parents[1] / "data" / "traces"
WALK, FALL, SIT = "gmd_s1_adl_10", "gmd_s1_fall_14", "gmd_s3_adl_18"
CAMERA = Camera(width=640, height=480)

MEANS = {
    Label.STANDING: Posture.STANDING,
    Label.WALKING: Posture.STANDING,
    Label.SITTING: Posture.SITTING,
    Label.LYING: Posture.LYING,
    Label.LYING_BED: Posture.LYING,
}


@cache
def recorded(name: str) -> tuple[Body, ...]:
    tracker = Tracker()
    frames = (tracker.update(poses) for poses in read_trace(TRACES / f"{name}.jsonl.gz"))
    return tuple(body_of(person, tracks) for tracks in frames for person in tracks.people[:1])


@cache
def acted(scene: str, seed: int = 0, fps: float = 15.0) -> tuple[tuple[Body, Label], ...]:
    """What a perfect model would make of the studio's figure, and what the figure does."""
    stage = build_scene(scene, seed=seed)
    frames = []
    for index in range(int(stage.duration_s * fps)):
        state = stage.at(index / fps)[0]
        if state.bones is not None:
            frames.append((seen(landmarks(state.bones), t_ns=round(index * NS_PER_S / fps)), state.label))
    return tuple(frames)


def seen(places: np.ndarray, *, t_ns: int) -> Body:
    pixels, _ = CAMERA.project(places)
    xy = pixels / CAMERA.height
    world = (places - places[list(HIPS)].mean(axis=0)) @ CAMERA.rotation.T
    return Body(
        track=1,
        t_ns=t_ns,
        seen_ns=t_ns,
        xy=xy,
        world=world,
        visibility=np.ones(LANDMARKS),
        scale=float(torso_scale(xy)),
        aspect=CAMERA.width / CAMERA.height,
        confidence=1.0,
    )


def read(bodies: Iterable[Body]) -> list[Stance]:
    reader = StanceReader()
    return [reader.update(body) for body in bodies]


def changes(stances: Iterable[Stance]) -> list[Posture]:
    """The postures in a row, each once."""
    found: list[Posture] = []
    for stance in stances:
        if not found or stance.posture is not found[-1]:
            found.append(stance.posture)
    return found


def every(bodies: Iterable[Body], step_s: float) -> Iterator[Body]:
    due_ns = -1
    for body in bodies:
        if body.t_ns >= due_ns:
            due_ns = body.t_ns + round(step_s * NS_PER_S)
            yield body


def right_share(frames: Iterable[tuple[Body, Label]]) -> float:
    """Share of the instants, half a second from any change, on which figure and reader agree."""
    frames = tuple(frames)
    stances = read(body for body, _ in frames)
    hits = [
        stance.posture is MEANS[label]
        for (body, label), stance in zip(frames, stances, strict=True)
        if label in MEANS
        and all(other is label for near, other in frames if abs(near.t_ns - body.t_ns) <= NS_PER_S // 2)
    ]
    assert len(hits) > 10
    return sum(hits) / len(hits)


def noisy(bodies: Iterable[Body], torsos: float) -> Iterator[Body]:
    random = np.random.default_rng(5)
    for body in bodies:
        yield replace(body, xy=body.xy + random.normal(0, torsos * body.scale, body.xy.shape))


def mirrored(body: Body) -> Body:
    return replace(body, xy=body.xy * (-1, 1) + (body.aspect, 0), world=body.world * (-1, 1, 1))


def smaller(body: Body) -> Body:
    """The same person twice as far away, the camera raised to look at them."""
    return replace(body, xy=(body.xy - (0.6, 0.4)) / 2 + (0.6, 0.4), scale=body.scale / 2)


def without_legs(body: Body) -> Body:
    """The same person behind a table: the model guesses knees and feet, and knows that it does."""
    random = np.random.default_rng(body.t_ns)
    legs = list(range(25, LANDMARKS))
    xy, visibility = body.xy.copy(), body.visibility.copy()
    xy[legs] += random.normal(0, 0.1 * body.scale, (len(legs), 2))
    visibility[legs] = 0.15
    return replace(body, xy=xy, visibility=visibility)


def test_somebody_who_walks_through_a_room_stands_all_the_way() -> None:
    assert changes(read(recorded(WALK))) == [Posture.STANDING]


def test_walking_is_standing_and_moving() -> None:
    bodies = recorded(WALK)
    crossing = [s for b, s in zip(bodies, read(bodies), strict=True) if 0.8 <= b.t_ns / NS_PER_S <= 2.2]
    assert all(stance.moving for stance in crossing)
    assert changes(crossing) == [Posture.STANDING]


def test_standing_still_is_not_moving() -> None:
    assert not any(stance.moving for stance in read(body for body, _ in acted("still")))


def test_somebody_who_sits_down_on_a_bed_sits_until_the_end() -> None:
    stances = read(recorded(SIT))
    assert changes(stances)[0] is Posture.STANDING
    seated = [stance for body, stance in zip(recorded(SIT), stances, strict=True) if body.t_ns > 1.9 * NS_PER_S]
    assert changes(seated) == [Posture.SITTING]
    assert not any(stance.moving for stance in seated[-50:])


def test_somebody_who_fell_lies_on_the_floor() -> None:
    last = read(recorded(FALL))[-1]
    assert last.posture is Posture.LYING
    assert last.on_floor is True


@pytest.mark.parametrize("step_s", [0.066, 0.1, 0.125])
@pytest.mark.parametrize("name", [WALK, FALL, SIT])
def test_fewer_frames_a_second_end_in_the_same_posture(name: str, step_s: float) -> None:
    slow = tuple(every(recorded(name), step_s))
    assert read(slow)[-1].posture is read(recorded(name))[-1].posture


@pytest.mark.parametrize("seed", [0, 3])
@pytest.mark.parametrize(
    "scene", ["still", "walk_across", "walk_toward", "sit_chair", "fall_forward", "fall_side", "fall_back", "lie_bed"]
)
def test_a_figure_is_read_as_what_it_does(scene: str, seed: int) -> None:
    assert right_share(acted(scene, seed)) > 0.95


@pytest.mark.parametrize("fps", [8.0, 30.0])
def test_a_figure_is_read_alike_at_any_rate(fps: float) -> None:
    assert right_share(acted("sit_chair", fps=fps)) > 0.95


def test_a_change_is_decided_within_half_a_second_of_being_there() -> None:
    frames = acted("sit_chair")
    there = next(body.t_ns for body, label in frames if label is Label.SITTING)
    stances = read(body for body, _ in frames)
    told = next(
        body.t_ns for (body, _), stance in zip(frames, stances, strict=True) if stance.posture is Posture.SITTING
    )
    assert told - there <= NS_PER_S // 2


@pytest.mark.parametrize(("scene", "floor"), [("fall_side", True), ("fall_back", True), ("lie_bed", False)])
def test_floor_and_bed_differ(scene: str, floor: bool) -> None:
    lying = [stance for stance in read(body for body, _ in acted(scene)) if stance.posture is Posture.LYING]
    assert {stance.on_floor for stance in lying} - {None} == {floor}


def test_nobody_who_does_not_lie_is_on_the_floor() -> None:
    stances = read(body for body, _ in acted("get_up"))
    assert all(stance.on_floor is None for stance in stances if stance.posture is not Posture.LYING)


def test_somebody_who_picks_something_up_bends() -> None:
    assert changes(read(body for body, _ in acted("pickup"))) == [
        Posture.STANDING,
        Posture.BENDING,
        Posture.STANDING,
        Posture.BENDING,
        Posture.STANDING,
    ]


def test_noise_does_not_make_a_still_person_change() -> None:
    for scene in ("still", "walk_across"):
        assert changes(read(noisy((body for body, _ in acted(scene)), torsos=0.05))) == [Posture.STANDING]


@pytest.mark.parametrize("name", [WALK, FALL, SIT])
def test_a_mirrored_person_holds_the_same_postures(name: str) -> None:
    plain, turned = read(recorded(name)), read(mirrored(body) for body in recorded(name))
    assert [stance.posture for stance in turned] == [stance.posture for stance in plain]


def test_size_and_place_in_the_picture_mean_nothing() -> None:
    bodies = [body for body, _ in acted("sit_chair")]
    assert changes(read(smaller(body) for body in bodies)) == changes(read(bodies))


def test_time_shifts_change_nothing() -> None:
    later = [
        replace(body, t_ns=body.t_ns + 7 * NS_PER_S, seen_ns=body.seen_ns + 7 * NS_PER_S) for body in recorded(SIT)
    ]
    assert read(later) == read(recorded(SIT))


def test_legs_behind_a_table_break_neither_standing_nor_sitting() -> None:
    frames = [(without_legs(body), label) for body, label in acted("sit_chair")]
    assert right_share(frames) > 0.9


def test_somebody_whom_the_model_lost_keeps_the_posture() -> None:
    reader = StanceReader()
    *_, last = (reader.update(body) for body in recorded(FALL))
    body = recorded(FALL)[-1]
    lost = replace(body, t_ns=body.t_ns + 60 * NS_PER_S, xy=recorded(WALK)[0].xy)
    assert reader.update(lost) == last


def test_one_frame_of_something_else_changes_nothing() -> None:
    bodies = [body for body, _ in acted("still")]
    lying = next(body for body, label in acted("fall_side") if label is Label.LYING)
    odd = [
        replace(lying, t_ns=body.t_ns, seen_ns=body.t_ns) if index % 20 == 10 else body
        for index, body in enumerate(bodies)
    ]
    assert changes(read(odd)) == [Posture.STANDING]


@pytest.mark.parametrize("value", [np.nan, np.inf, 0.0, 1e30])
def test_garbage_never_raises_and_is_forgotten(value: float) -> None:
    bodies = [body for body, _ in acted("still")]
    reader = StanceReader()
    for index, body in enumerate(bodies):
        points = np.full_like(body.xy, value)
        garbage = replace(body, xy=points, world=np.full_like(body.world, value))
        stance = reader.update(garbage if index % 10 == 5 else body)
    assert stance.posture is Posture.STANDING


def test_confidence_is_a_probability() -> None:
    assert all(0.0 <= stance.confidence <= 1.0 for stance in read(recorded(FALL)))
