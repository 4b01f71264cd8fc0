"""What users get wrong: one clear line, a documented exit code, no traceback, nothing half-written."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from support.daemon import pose_edge

from edge.detect.bundles import bundle_path
from edge.errors import ExitCode


def assert_refused(code: ExitCode, names: str, *arguments: str | Path, environ: dict[str, str] | None = None) -> None:
    done = pose_edge(*arguments, environ=environ)
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    lines = done.stderr.strip().splitlines()
    assert lines[-1].startswith("pose-edge: "), done.stderr
    assert names in lines[-1]


@pytest.fixture
def not_a_video(tmp_path: Path) -> Path:
    path = tmp_path / "notes.mp4"
    path.write_text("shopping list\n")
    return path


@pytest.mark.parametrize("command", ["run", "analyze"])
def test_a_file_that_is_not_there(command: str, tmp_path: Path) -> None:
    missing = tmp_path / "gone.mp4"
    arguments = ["--source", f"file:{missing}"] if command == "run" else [missing]
    assert_refused(ExitCode.SOURCE, "does not exist", command, *arguments)


@pytest.mark.parametrize("command", ["run", "analyze"])
def test_a_file_that_is_no_video(command: str, not_a_video: Path) -> None:
    arguments = ["--source", f"file:{not_a_video}"] if command == "run" else [not_a_video]
    assert_refused(ExitCode.SOURCE, "looks like text", command, *arguments)


def test_an_empty_file_and_a_folder(tmp_path: Path) -> None:
    empty = tmp_path / "empty.mp4"
    empty.touch()
    assert_refused(ExitCode.SOURCE, "is empty", "analyze", empty)
    assert_refused(ExitCode.SOURCE, "is a directory", "analyze", tmp_path)


def test_a_still_image(tmp_path: Path) -> None:
    picture = tmp_path / "photo.jpg"
    assert cv2.imwrite(str(picture), np.zeros((48, 64, 3), dtype=np.uint8))
    assert_refused(ExitCode.SOURCE, "still image", "analyze", picture)


def test_a_camera_that_is_not_there() -> None:
    assert_refused(ExitCode.SOURCE, "v4l2", "run", "--source", "v4l2:97")


def test_a_pi_camera_without_its_library() -> None:
    assert_refused(ExitCode.SOURCE, "apt install", "run", "--source", "picamera")


def test_an_unknown_source_and_an_unknown_scene() -> None:
    assert_refused(ExitCode.CONFIG, "picamera", "run", "--source", "picam")
    assert_refused(ExitCode.SOURCE, "squats", "run", "--source", "studio:squat")


@pytest.mark.parametrize("device", ["bar/1", "bar+", "#", "", "küche", "a" * 65, "bar 1"])
def test_a_device_id_that_cannot_stand_in_a_topic(device: str) -> None:
    assert_refused(ExitCode.CONFIG, "device.id", "run", "--source", "studio", "--device", device)


@pytest.mark.parametrize("broker", ["host:99999", "host:x", "mqtt://host", "::1", ""])
def test_a_broker_address_that_is_none(broker: str) -> None:
    assert_refused(ExitCode.CONFIG, "mqtt.broker", "run", "--source", "studio", "--broker", broker)


def test_a_config_with_several_mistakes_names_them_all(tmp_path: Path) -> None:
    file = tmp_path / "box.toml"
    file.write_text("[detect]\nnum_pose = 2\n[source]\nfps = 900\n")
    done = pose_edge("run", "--config", file)
    assert done.returncode == ExitCode.CONFIG
    assert "num_poses" in done.stderr
    assert "source.fps" in done.stderr


def test_a_config_that_is_no_toml(tmp_path: Path) -> None:
    file = tmp_path / "box.toml"
    file.write_text("[source\n")
    assert_refused(ExitCode.CONFIG, "line 1", "run", "--config", file)


def test_a_model_that_was_never_fetched(tmp_path: Path) -> None:
    environ = {"POSE_EDGE_DETECT_MODEL_DIR": str(tmp_path)}
    assert_refused(ExitCode.MODEL, "models fetch", "run", "--source", "studio", environ=environ)


@pytest.mark.parametrize("damage", ["empty", "flipped", "short"])
def test_a_damaged_model(damage: str, tmp_path: Path) -> None:
    content = bytearray(bundle_path("lite").read_bytes())
    if damage == "flipped":
        content[len(content) // 2] ^= 1
    damaged = tmp_path / "lite-slim.task"
    damaged.write_bytes({"empty": b"", "flipped": bytes(content), "short": bytes(content[:-1])}[damage])
    environ = {"POSE_EDGE_DETECT_MODEL_DIR": str(tmp_path)}
    assert_refused(ExitCode.MODEL, "lite-slim.task", "run", "--source", "studio", environ=environ)


def test_an_output_that_cannot_be_written(tmp_path: Path, not_a_video: Path) -> None:
    from support.films import film  # noqa: PLC0415 - rendering is for this test alone

    video = film(tmp_path / "walk.mp4", "walk_across", seconds=1)
    assert_refused(ExitCode.OUTPUT, "nowhere", "analyze", video, "--trace", tmp_path / "nowhere/t.jsonl")
    assert_refused(ExitCode.CONFIG, ".mp4", "analyze", video, "--overlay", tmp_path / "seen.gif")
    assert_refused(ExitCode.CONFIG, "recording itself", "analyze", video, "--overlay", video)
    assert sorted(tmp_path.iterdir()) == sorted([video, not_a_video])


@pytest.mark.parametrize("seconds", ["-1", "nan", "soon"])
def test_demo_seconds_that_are_none(seconds: str) -> None:
    done = pose_edge("demo", environ={"POSE_EDGE_DEMO_SECONDS": seconds})
    assert done.returncode == ExitCode.CONFIG
    assert "SECONDS" in done.stderr.upper()


@pytest.mark.parametrize("arguments", [(), ("watch-tv",), ("run", "--brokr", "x"), ("models",), ("config",)])
def test_a_command_line_that_makes_no_sense_shows_how(arguments: tuple[str, ...]) -> None:
    done = pose_edge(*arguments)
    assert done.returncode == ExitCode.CONFIG
    assert done.stderr.startswith("usage: pose-edge")
