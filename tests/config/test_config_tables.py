import re
import socket
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr, ValidationError
from pydantic.fields import FieldInfo

from edge.config import Config
from edge.config.keys import ENTRY_KEYS, KEYS
from edge.config.tables import DeviceTable, MqttTable, PostureTable, TrackTable, ZoneTable
from edge.errors import ConfigError


def fields() -> list[Any]:
    models = {name: field.annotation for name, field in Config.model_fields.items()} | {"zones": ZoneTable}
    return [
        pytest.param(field, id=f"{table}.{name}")
        for table, model in models.items()
        if model is not None
        for name, field in model.model_fields.items()
    ]


@pytest.mark.parametrize("field", fields())
def test_every_key_has_a_title_and_a_sentence(field: FieldInfo) -> None:
    assert field.title
    assert field.description
    assert re.fullmatch(r"[A-Z].{15,}[.)]", field.description)


@pytest.mark.parametrize(
    "path", [path for path, key in KEYS.items() if key.allowed.startswith(("a number", "a whole"))]
)
def test_every_number_has_bounds_that_are_enforced(path: str) -> None:
    table, _, name = path.partition(".")
    low, high = (float(bound) for bound in re.findall(r"[\d.]+", KEYS[path].allowed))
    kind = float if KEYS[path].allowed.startswith("a number") else int

    for bad in (kind(low - 1), kind(high + 1)):
        with pytest.raises(ValidationError):
            Config.model_validate({table: {name: bad}})


@pytest.mark.parametrize("path", KEYS)
def test_every_key_has_a_value_to_show_that_is_allowed(path: str) -> None:
    table, _, name = path.partition(".")
    needed: dict[str, object] = {"username": "bar1"} if path in ("mqtt.password", "mqtt.password_file") else {}
    if path in ("mqtt.ca_file", "mqtt.cert_file", "mqtt.key_file"):
        needed = {"tls": True} | ({"cert_file": "box.pem"} if name == "key_file" else {})
    example = KEYS[path].example

    assert example is not None
    Config.model_validate({table: {name: example, **needed}})


SOURCES = "\n".join(
    file.read_text(encoding="utf-8")
    for file in (Path(__file__).parents[2] / "edge").rglob("*.py")
    if file.parent.name != "config"
)


@pytest.mark.parametrize("path", [*KEYS, *ENTRY_KEYS])
def test_every_key_has_an_effect(path: str) -> None:
    """Something outside the configuration reads it, by `config.table.key` or from a variable named like the table."""
    read = "mqtt.read_password" if path in ("mqtt.password", "mqtt.password_file") else path
    read = read.replace("zones.", "zone.")

    assert re.search(rf"\b{re.escape(read)}\b", SOURCES), "a key that nothing reads: remove it, or use it"


def test_keys_that_end_in_a_unit_say_it_in_words() -> None:
    for key in (*KEYS.values(), *ENTRY_KEYS.values()):
        if key.name.endswith("_s"):
            assert "econds" in key.description, key.path
        if key.name.endswith("_hz"):
            assert "a second" in key.description, key.path


def test_a_configuration_cannot_be_changed() -> None:
    config = Config()

    with pytest.raises(ValidationError):
        config.device.id = "other"  # type: ignore[misc]
    with pytest.raises(ValidationError):
        config.device = DeviceTable(id="other")  # type: ignore[misc]


@pytest.mark.parametrize(
    ("host", "device"),
    [
        ("bar1", "bar1"),
        ("raspberrypi.local", "raspberrypi-local"),
        ("Gym_3", "Gym_3"),
        ("küche", "k-che"),
        (".", "pose-edge"),
        ("", "pose-edge"),
        ("a" * 80, "a" * 64),
    ],
)
def test_the_device_id_is_made_from_the_host_name(monkeypatch: pytest.MonkeyPatch, host: str, device: str) -> None:
    monkeypatch.setattr(socket, "gethostname", lambda: host)

    assert Config().device.id == device


def test_nothing_secret_stands_in_the_representation() -> None:
    config = Config.model_validate(
        {
            "source": {"uri": "rtsp://viewer:hunter2@camera/stream"},
            "mqtt": {"username": "bar1", "password": "hunter2"},
        }
    )

    assert "hunter2" not in repr(config)
    assert "hunter2" not in str(config)


def test_keys_that_contradict_each_other_are_refused_however_a_configuration_is_made() -> None:
    with pytest.raises(ValidationError, match="a person who is only hidden has not left"):
        Config(track=TrackTable(occlusion_s=5.0), posture=PostureTable(left_after_s=4.0))


def test_a_person_may_leave_at_the_very_end_of_an_occlusion() -> None:
    config = Config(track=TrackTable(occlusion_s=4.0), posture=PostureTable(left_after_s=4.0))

    assert config.posture.left_after_s == config.track.occlusion_s


def test_the_password_is_read_from_its_file_without_the_line_end(tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_bytes(b" hunter 2 \r\nanother line\n")

    assert MqttTable(username="bar1", password_file=file).read_password() == " hunter 2 "


def test_the_password_may_stand_in_the_configuration_or_nowhere() -> None:
    assert MqttTable(username="bar1", password=SecretStr("hunter2")).read_password() == "hunter2"
    assert MqttTable().read_password() is None


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (None, r"cannot read .*password: No such file or directory"),
        (b"\xff\xfe\x00", r"cannot read .*password: not a text file"),
        (b"", r"the first line of .*password is empty"),
        (b"\nhunter2", r"the first line of .*password is empty"),
    ],
)
def test_a_password_file_without_a_password_is_named(tmp_path: Path, content: bytes | None, reason: str) -> None:
    file = tmp_path / "password"
    if content is not None:
        file.write_bytes(content)

    with pytest.raises(ConfigError, match=rf"^mqtt\.password_file: {reason}$"):
        MqttTable(username="bar1", password_file=file).read_password()


def test_a_systemd_credential_is_the_password_where_the_configuration_names_no_other(tmp_path: Path) -> None:
    (tmp_path / "mqtt-password").write_text("hunter3\n")
    assert MqttTable(username="bar1").read_password(tmp_path) == "hunter3"
    assert MqttTable.model_validate({"username": "bar1", "password": "own"}).read_password(tmp_path) == "own"
    assert MqttTable(username="bar1").read_password(tmp_path / "none") is None
