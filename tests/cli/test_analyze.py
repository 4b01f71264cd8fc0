"""Recordings, looked at with the real model. The films are rendered."""

import gzip
import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from support.daemon import pose_edge
from support.films import film

from edge.detect.runtime import load


@pytest.fixture(scope="module")
def walk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return film(tmp_path_factory.mktemp("films") / "walk.mp4", "walk_across", seconds=3)


def lines(path: Path) -> list[dict[str, Any]]:
    data = path.read_bytes()
    text = (gzip.decompress(data) if path.suffix == ".gz" else data).decode()
    return [json.loads(line) for line in text.splitlines()]


def test_events_are_json_lines_and_the_summary_is_apart(walk: Path) -> None:
    done = pose_edge("analyze", walk)
    assert done.returncode == 0, done.stderr
    found = [json.loads(line) for line in done.stdout.splitlines()]
    comings = [event["type"] for event in found if event["type"].startswith("person_")]
    assert comings == ["person_entered", "person_left"]
    assert found[0]["ts"].startswith("1970-01-01T00:00:0")
    assert "45 frames" in done.stderr


def test_with_json_the_summary_is_the_last_line(walk: Path) -> None:
    done = pose_edge("analyze", "--json", walk)
    summary = json.loads(done.stdout.splitlines()[-1])["summary"]
    assert (summary["frames"], summary["people"]) == (45, 1)
    assert done.stderr == ""


def test_the_same_recording_gives_the_same_events_to_the_letter(walk: Path) -> None:
    assert pose_edge("analyze", walk).stdout == pose_edge("analyze", walk).stdout


def test_the_trace_is_mediapipes_video_mode_called_directly(walk: Path, bundle: Path, tmp_path: Path) -> None:
    trace = tmp_path / "walk.jsonl.gz"
    assert pose_edge("analyze", walk, "--trace", trace).returncode == 0
    meta, *frames = lines(trace)
    assert meta["meta"]["mode"] == "video"
    mp = load()
    options = mp.options(base_options=mp.base_options(model_asset_path=str(bundle)), running_mode=mp.running_mode.VIDEO)
    video = cv2.VideoCapture(str(walk))
    with mp.landmarker.create_from_options(options) as landmarker:
        for line in frames:
            _, bgr = video.read()
            assert line["t"] == int(video.get(cv2.CAP_PROP_POS_MSEC))
            image = mp.image(image_format=mp.srgb, data=cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB))
            result = landmarker.detect_for_video(image, line["t"])
            direct = [[(p.x, p.y, p.z, p.visibility, p.presence) for p in pose] for pose in result.pose_landmarks]
            assert np.array_equal(np.array(line["poses"], dtype=np.float32), np.array(direct, dtype=np.float32))
            world = [[(p.x, p.y, p.z, p.visibility) for p in pose] for pose in result.pose_world_landmarks]
            assert np.array_equal(np.array(line["world"], dtype=np.float32), np.array(world, dtype=np.float32))
    assert not video.read()[0]


def test_the_overlay_has_every_frame_with_the_skeleton_on_it(walk: Path, tmp_path: Path) -> None:
    overlay = tmp_path / "seen.mp4"
    assert pose_edge("analyze", walk, "--overlay", overlay).returncode == 0
    original, drawn = cv2.VideoCapture(str(walk)), cv2.VideoCapture(str(overlay))
    assert drawn.get(cv2.CAP_PROP_FRAME_COUNT) == original.get(cv2.CAP_PROP_FRAME_COUNT) == 45
    assert drawn.get(cv2.CAP_PROP_FPS) == pytest.approx(15, abs=0.1)
    for _ in range(30):
        before, after = original.read()[1], drawn.read()[1]
    changed = np.abs(before.astype(int) - after.astype(int)).max(axis=2) > 80
    assert 0.001 < changed.mean() < 0.05


def test_image_mode_looks_at_every_frame_alone(walk: Path, tmp_path: Path) -> None:
    trace = tmp_path / "walk.jsonl"
    assert pose_edge("analyze", walk, "--mode", "image", "--trace", trace).returncode == 0
    assert lines(trace)[0]["meta"]["mode"] == "image"


def test_a_privacy_mask_hides_people_from_the_model(walk: Path, tmp_path: Path) -> None:
    config = tmp_path / "masked.toml"
    config.write_text("[source]\nprivacy_masks = [[[0, 0], [1, 0], [1, 1], [0, 1]]]\n")
    overlay = tmp_path / "seen.mp4"
    done = pose_edge("analyze", walk, "--config", config, "--overlay", overlay)
    assert done.stdout == ""
    assert cv2.VideoCapture(str(overlay)).read()[1].max() < 16
