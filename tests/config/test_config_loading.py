import re
from collections.abc import Callable
from pathlib import Path

import pytest
from support.users import unprivileged

from edge.config import Config, load, loading, resolve
from edge.errors import ConfigError

Load = Callable[..., Config]


def test_an_empty_file_gives_the_defaults(load_text: Load) -> None:
    assert load_text("") == Config()


def test_each_layer_goes_over_the_one_before(load_text: Load) -> None:
    config = load_text(
        "[source]\nwidth = 320\nheight = 240\nfps = 5\n",
        environ={"POSE_EDGE_SOURCE_HEIGHT": "360", "POSE_EDGE_SOURCE_FPS": "6"},
        overrides={"source.fps": 7},
    )

    assert (config.source.width, config.source.height, config.source.fps) == (320, 360, 7)
    assert config.source.rotation == 0


def test_every_value_knows_where_it_comes_from(tmp_path: Path) -> None:
    file = tmp_path / "box.toml"
    file.write_text("[source]\nwidth = 320\n")

    origins = resolve(file, environ={"POSE_EDGE_SOURCE_HEIGHT": "360"}, overrides={"source.fps": 7}).origins

    assert origins["source.width"] == str(file)
    assert origins["source.height"] == "POSE_EDGE_SOURCE_HEIGHT"
    assert origins["source.fps"] == "command line"
    assert origins["source.rotation"] == "default"


def test_an_option_that_was_not_given_leaves_the_value_alone(load_text: Load) -> None:
    assert load_text("[source]\nfps = 5\n", overrides={"source.fps": None}).source.fps == 5


def test_a_wrong_value_that_is_overridden_does_no_harm(load_text: Load) -> None:
    assert load_text("[source]\nfps = 500\n", overrides={"source.fps": 5}).source.fps == 5


def test_without_a_file_the_box_s_own_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "pose-edge.toml"
    monkeypatch.setattr(loading, "DEFAULT_PATH", file)

    assert resolve(None, environ={}, overrides={}).file is None
    file.write_text('[device]\nid = "bar1"\n')
    resolved = resolve(None, environ={}, overrides={})
    assert resolved.file == file
    assert resolved.config.device.id == "bar1"


@pytest.mark.parametrize(
    ("variable", "text", "value"),
    [
        ("POSE_EDGE_DEVICE_ID", "bar1", "bar1"),
        ("POSE_EDGE_DEVICE_ID", "12", "12"),
        ("POSE_EDGE_DEVICE_ID", "true", "true"),
        ("POSE_EDGE_MQTT_USERNAME", '"Bar 1"', "Bar 1"),
        ("POSE_EDGE_MQTT_USERNAME", "'Bar 1'", "Bar 1"),
        ("POSE_EDGE_MQTT_USERNAME", "2026-01-02", "2026-01-02"),
        ("POSE_EDGE_MQTT_USERNAME", 'the "big" bar', 'the "big" bar'),
        ("POSE_EDGE_MQTT_USERNAME", "[bar]", "[bar]"),
        ("POSE_EDGE_MQTT_PROTOCOL", "5", "5"),
        ("POSE_EDGE_MQTT_PROTOCOL", "3.1.1", "3.1.1"),
        ("POSE_EDGE_SOURCE_WIDTH", "320", 320),
        ("POSE_EDGE_SOURCE_WIDTH", " 320 ", 320),
        ("POSE_EDGE_SOURCE_FPS", "7.5", 7.5),
        ("POSE_EDGE_SOURCE_FPS", "7", 7.0),
        ("POSE_EDGE_SOURCE_HFLIP", "true", True),
        ("POSE_EDGE_SOURCE_PRIVACY_MASKS", "[[[0, 0], [1, 0], [1, 1]]]", (((0.0, 0.0), (1.0, 0.0), (1.0, 1.0)),)),
        ("POSE_EDGE_DETECT_MODEL_DIR", "/var/lib/models", Path("/var/lib/models")),
        ("POSE_EDGE_DETECT_MIN_TRACKING_CONFIDENCE", "0.25", 0.25),
    ],
)
def test_a_variable_is_read_like_a_value_in_the_file_and_text_needs_no_quotes(
    variable: str, text: str, value: object, load_text: Load
) -> None:
    table, _, name = variable.removeprefix("POSE_EDGE_").lower().partition("_")

    assert getattr(getattr(load_text(environ={variable: text}), table), name) == value


def test_a_password_of_digits_stays_a_password(load_text: Load) -> None:
    config = load_text(environ={"POSE_EDGE_MQTT_USERNAME": "bar1", "POSE_EDGE_MQTT_PASSWORD": "0123"})

    assert config.mqtt.read_password() == "0123"


@pytest.mark.parametrize(
    "variable", ["POSE_EDGE_DEMO_SECONDS", "POSE_EDGE_", "POSE_EDGE", "POSE_EDGE_SOURCES_URI", "SOURCE_URI", "HOME"]
)
def test_variables_of_others_are_left_alone(variable: str, load_text: Load) -> None:
    assert load_text(environ={variable: "x"}) == Config()


def test_a_number_is_not_smuggled_in_by_more_lines_in_a_variable(load_text: Load) -> None:
    with pytest.raises(ConfigError, match=r"source.width: must be an even number from 160 to 1920, got \"320\\n"):
        load_text(environ={"POSE_EDGE_SOURCE_WIDTH": "320\nheight = 240"})


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_files_from_windows_are_read(tmp_path: Path, newline: str) -> None:
    file = tmp_path / "box.toml"
    file.write_bytes(b"\xef\xbb\xbf" + newline.join(["[mqtt]", 'username = "Küche"', ""]).encode())

    assert load(file, environ={}, overrides={}).mqtt.username == "Küche"


def wrong(path: Path) -> str:
    with pytest.raises(ConfigError) as caught:
        load(path, environ={}, overrides={})
    return str(caught.value).removeprefix(str(path))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    assert wrong(tmp_path / "none.toml") == ": there is no such file"


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    assert wrong(tmp_path) == ": is a folder: name the file in it"


def test_a_file_used_as_a_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "box.toml").touch()

    assert wrong(tmp_path / "box.toml" / "more.toml") == ": cannot be read: Not a directory"


def test_a_path_that_can_be_none_is_named() -> None:
    assert re.fullmatch(r"box\\u0000: cannot be read: .*", wrong(Path("box\0")))


def test_an_unreadable_file_is_named(tmp_path: Path) -> None:
    file = tmp_path / "box.toml"
    file.touch(mode=0)

    with unprivileged():
        assert wrong(file) == ": cannot be read: Permission denied"


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b'[device]\nid = "bar1\n', r": line 2, column 11: is not TOML: .+"),
        (b"[device\n", r": line 1, column 8: is not TOML: .+"),
        (b"[device]\nid\n", r": line 2, column 3: is not TOML: .+"),
        (b"[device]\nid =", r": line 2, column 5: is not TOML: .+"),
        (b'[mqtt]\n[device]\nid = "a"\nid = "b"\n', r": line 4, column \d+: is not TOML: Cannot overwrite a value"),
        (b'[mqtt]\nusername = "K\xfcche"\n', r": line 2: is not UTF-8: save the file in that encoding"),
        (b"\x7fELF\0\0\0", r": is not a text file: TOML was expected"),
        (b"#" * 300_000, r": is larger than 256 KiB: that is no configuration"),
        (b"[source]\nfps = " + b"[" * 5000 + b"]" * 5000, r": lists or tables are nested too deeply"),
        (b"[source]\nfps = " + b"9" * 5000, r": a number is too long"),
    ],
)
def test_what_is_no_toml_is_refused_with_the_place(tmp_path: Path, content: bytes, text: str) -> None:
    file = tmp_path / "box.toml"
    file.write_bytes(content)

    assert re.fullmatch(text, wrong(file))
