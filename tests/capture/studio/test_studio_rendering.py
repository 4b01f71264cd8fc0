import hashlib
import subprocess
import sys
from dataclasses import replace

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from edge.capture.studio import Label, Scene, Studio, build_scene, scene_names
from edge.capture.studio.look import Look
from edge.flow import Frame, Image

GAUDY = Look(skin=(250, 0, 250), hair=(0, 250, 0), shirt=(250, 250, 0), trousers=(0, 250, 250), shoes=(250, 0, 0))


def digest(image: Image) -> str:
    return hashlib.sha256(image.tobytes()).hexdigest()


def silhouette(scene: Scene, t_s: float, *, grow_px: int = 5) -> NDArray[np.bool_]:
    """Where the figures are: what changes when they change their clothes; shadows stay as they are."""
    dressed = Studio(scene, width=640, height=480).render(t_s).image
    gaudy = replace(scene, actors=tuple(replace(actor, look=GAUDY) for actor in scene.actors))
    other = Studio(gaudy, width=640, height=480).render(t_s).image
    changed = (np.abs(dressed.astype(int) - other).max(axis=2) > 20).astype(np.uint8)
    return cv2.dilate(changed, np.ones((grow_px, grow_px), np.uint8)) > 0


@pytest.mark.parametrize("name", scene_names())
def test_every_scene_renders_small(name: str) -> None:
    scene = build_scene(name)
    studio = Studio(scene, width=320, height=240)
    for t_s in np.linspace(0, scene.duration_s, 8):
        frame = studio.render(float(t_s))
        assert frame.image.shape == (240, 320, 3)
        assert frame.image.dtype == np.uint8
        assert frame.image.flags.c_contiguous
        assert len(frame.truth) == len(scene.actors)


@pytest.mark.parametrize(("width", "height"), [(642, 362), (321, 241), (1280, 720), (240, 480), (64, 64)])
def test_unusual_sizes_render(width: int, height: int) -> None:
    studio = Studio(build_scene("walk_toward"), width=width, height=height)
    for t_s in (0.0, 2.2, 5.0):
        frame = studio.render(t_s)
        assert (frame.width, frame.height) == (width, height)
        assert frame.truth[0].visible


def test_a_studio_frame_is_a_frame() -> None:
    frame = Studio(build_scene("still"), width=320, height=240).render(1.5, seq=4)
    assert isinstance(frame, Frame)
    assert (frame.t_ns, frame.seq) == (1_500_000_000, 4)


def test_a_frame_does_not_depend_on_what_was_rendered_before() -> None:
    one = Studio(build_scene("squats"), width=320, height=240)
    other = Studio(build_scene("squats"), width=320, height=240)
    for seq in range(5):
        other.render(seq * 0.7, seq=seq)
    assert digest(one.render(3.0, seq=9).image) == digest(other.render(3.0, seq=9).image)


def test_every_process_renders_the_same_bytes() -> None:
    program = (
        "import hashlib; from edge.capture.studio import Studio, build_scene\n"
        "frame = Studio(build_scene('two_people', 5), width=320, height=240).render(4.0, seq=60)\n"
        "print(hashlib.sha256(frame.image.tobytes()).hexdigest())"
    )
    here = digest(Studio(build_scene("two_people", 5), width=320, height=240).render(4.0, seq=60).image)
    there = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    assert there.stdout.strip() == here


def test_noise_changes_from_frame_to_frame() -> None:
    studio = Studio(build_scene("empty"), width=320, height=240)
    first, second = (studio.render(0.0, seq=seq).image.astype(int) for seq in (0, 1))
    assert 2.5 < (first - second).std() < 6


def test_images_are_rgb() -> None:
    """The nominal shirt is blue: more blue than red where the chest is."""
    frame = Studio(build_scene("still"), width=640, height=480).render(0.0)
    x, y = frame.truth[0].landmarks_px[[11, 12, 23, 24]].mean(axis=0).astype(int)
    red, _, blue = frame.image[y - 3 : y + 4, x - 3 : x + 4].mean(axis=(0, 1))
    assert blue > red + 30


@pytest.mark.parametrize(
    ("name", "t_s"),
    [("still", 1.0), ("walk_across", 2.0), ("sit_chair", 4.0), ("squats", 2.5), ("pushups", 2.0), ("fall_side", 6.0)],
)
def test_true_landmarks_lie_on_the_rendered_figure(name: str, t_s: float) -> None:
    scene = build_scene(name)
    body = silhouette(scene, t_s)
    truth = Studio(scene, width=640, height=480).render(t_s).truth[0]
    columns, rows = truth.landmarks_px.astype(int).T
    assert body[rows, columns].all()


def test_true_landmarks_reach_the_ends_of_the_figure() -> None:
    scene = build_scene("still")
    rows, columns = np.nonzero(silhouette(scene, 1.0, grow_px=1))
    points = Studio(scene, width=640, height=480).render(1.0).truth[0].landmarks_px
    height = rows.max() - rows.min()
    assert points[:, 1].max() == pytest.approx(rows.max(), abs=0.04 * height)
    assert points[:, 1].min() == pytest.approx(rows.min(), abs=0.12 * height)  # eyes; the skull goes on above them
    assert points[:, 0].min() >= columns.min() - 2
    assert points[:, 0].max() <= columns.max() + 2


def test_nobody_is_drawn_in_an_empty_room() -> None:
    studio = Studio(build_scene("empty"), width=320, height=240)
    assert studio.render(0.0).truth == ()
    assert digest(studio.render(0.0, seq=3).image) == digest(studio.render(7.0, seq=3).image)


def test_an_absent_actor_leaves_the_picture_as_an_empty_room() -> None:
    away = Studio(build_scene("leave"), width=320, height=240).render(6.0, seq=3)
    empty = Studio(build_scene("empty"), width=320, height=240).render(0.0, seq=3)
    assert digest(away.image) == digest(empty.image)
    (truth,) = away.truth
    assert truth.label is Label.ABSENT
    assert not truth.visible
    assert np.isnan(truth.landmarks_px).all()


def test_an_actor_outside_the_picture_is_absent_though_still_walking() -> None:
    scene = build_scene("leave")
    (left,) = (event.t_s for event in scene.events if event.name == "left")
    (truth,) = Studio(scene, width=320, height=240).render(left - 0.05).truth
    assert not truth.visible
    assert truth.label is Label.ABSENT
    assert np.isfinite(truth.landmarks_m).all()


def test_the_nearer_of_two_hides_the_other() -> None:
    """Where the crossing figures overlap, the picture shows the near one's clothes."""
    scene = build_scene("crossing")
    studio = Studio(scene, width=640, height=480)
    times = np.arange(1.5, 4.0, 0.05)
    middles = [
        [truth.landmarks_px[[11, 12, 23, 24]].mean(axis=0) for truth in studio.render(float(t_s)).truth]
        for t_s in times
    ]
    meeting = int(np.argmin([abs(near[0] - far[0]) for near, far in middles]))
    x, y = middles[meeting][0].astype(int)
    red, _, blue = studio.render(float(times[meeting])).image[y, x]
    assert blue > red  # the near one wears blue, the far one red


def test_truth_counts_repetitions_and_events_so_far() -> None:
    studio = Studio(build_scene("squats"), width=320, height=240)
    (truth,) = studio.render(6.0).truth
    assert truth.reps == 2
    assert truth.events == ("rep", "rep")
