import json
from pathlib import Path

from edge.config import load, resolve, showing
from edge.config.keys import KEYS, LISTS

SECRETIVE = """
[source]
uri = "rtsp://viewer:hunter2@camera/stream"
[mqtt]
username = "bar1"
password = "hunter2"
"""


def test_every_key_is_shown_with_its_origin(tmp_path: Path) -> None:
    file = tmp_path / "box.toml"
    file.write_text('[device]\nid = "bar1"\n')

    lines = showing.as_toml(resolve(file, environ={"POSE_EDGE_SOURCE_FPS": "7"}, overrides={})).splitlines()

    assert f'id = "bar1"  # {file}' in lines
    assert "fps = 7.0  # POSE_EDGE_SOURCE_FPS" in lines
    assert "privacy_masks = []  # default" in lines
    assert "# username is not set" in lines
    assert sum("=" in line or "not set" in line for line in lines) == len(KEYS)


def test_masks_are_shown_as_they_are_written(tmp_path: Path) -> None:
    file = tmp_path / "box.toml"
    file.write_text("[source]\nprivacy_masks = [[[0, 0.5], [1, 0], [1, 1]]]\n")
    resolved = resolve(file, environ={}, overrides={})

    text = showing.as_toml(resolved)

    assert "privacy_masks = [[[0.0, 0.5], [1.0, 0.0], [1.0, 1.0]]]  # " in text
    file.write_text(text)
    assert load(file, environ={}, overrides={}) == resolved.config


ZONES = """
[[zones]]
name = "bed1"
kind = "bed"
polygon = [[0, 0.5], [1, 0], [1, 1]]
hours = "22:00-07:00"
[[zones]]
name = "rack"
kind = "station"
polygon = [[0.5, 0.5], [1, 0], [1, 1]]
"""


def test_zones_are_shown_as_they_are_written(tmp_path: Path) -> None:
    file = tmp_path / "box.toml"
    file.write_text(ZONES)
    resolved = resolve(file, environ={}, overrides={})

    text = showing.as_toml(resolved)

    assert text.count(f"[[zones]]  # {file}") == 2
    file.write_text(text)
    assert load(file, environ={}, overrides={}) == resolved.config


def test_programs_get_zones_as_a_list(tmp_path: Path) -> None:
    file = tmp_path / "box.toml"
    file.write_text(ZONES)

    answer = json.loads(showing.as_json(resolve(file, environ={}, overrides={})))

    assert [zone["name"] for zone in answer["config"]["zones"]] == ["bed1", "rack"]
    assert answer["origins"]["zones"] == str(file)


def test_nothing_secret_is_shown(tmp_path: Path) -> None:
    file = tmp_path / "box.toml"
    file.write_text(SECRETIVE)
    resolved = resolve(file, environ={}, overrides={})

    for text in (showing.as_toml(resolved), showing.as_json(resolved)):
        assert "hunter2" not in text
        assert "rtsp://***@camera/stream" in text
        assert '"********"' in text


def test_programs_get_values_and_origins_apart(tmp_path: Path) -> None:
    file = tmp_path / "box.toml"
    file.write_text('[detect]\nmodel_dir = "/models"\n')

    answer = json.loads(showing.as_json(resolve(file, environ={"POSE_EDGE_SOURCE_FPS": "7"}, overrides={})))

    assert answer["file"] == str(file)
    assert answer["config"]["detect"]["model_dir"] == "/models"
    assert answer["config"]["mqtt"]["username"] is None
    assert answer["config"]["source"]["privacy_masks"] == []
    assert answer["origins"]["source.fps"] == "POSE_EDGE_SOURCE_FPS"
    assert list(answer["origins"]) == [*KEYS, *LISTS]


def test_without_a_file_programs_get_null(tmp_path: Path) -> None:
    file = tmp_path / "box.toml"
    file.write_text("")
    resolved = resolve(file, environ={}, overrides={})

    assert json.loads(showing.as_json(type(resolved)(resolved.config, None, resolved.origins)))["file"] is None
