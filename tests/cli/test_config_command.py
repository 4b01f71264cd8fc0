import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

GYM = """\
[device]
id = "bar1"
[mqtt]
broker = "10.0.0.7"
username = "bar1"
password = "hunter2"
"""


@pytest.fixture
def gym(tmp_path: Path) -> Path:
    file = tmp_path / "gym.toml"
    file.write_text(GYM)
    return file


def config(*arguments: str | Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run `pose-edge config` as a user would, with no variables of pose-edge but these."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith("POSE_EDGE_")}
    return subprocess.run(
        [sys.executable, "-m", "edge", "config", *map(str, arguments)],
        env=environ | variables,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def test_check_says_ok_in_one_line_with_file_and_device(gym: Path) -> None:
    done = config("check", gym)

    assert (done.returncode, done.stdout, done.stderr) == (0, f"OK: {gym}, device bar1\n", "")


def test_check_names_every_mistake_and_leaves_with_2(gym: Path) -> None:
    gym.write_text(GYM + "keepalive = 30\n[source]\nfps = 120\n")

    done = config("check", gym, POSE_EDGE_SOURCE_WIDTH="5")

    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.splitlines() == [
        f"pose-edge: {gym}: mqtt.keepalive: there is no such key: did you mean keepalive_s?",
        "pose-edge: POSE_EDGE_SOURCE_WIDTH: source.width: must be an even number from 160 to 1920, got 5",
        f"pose-edge: {gym}: source.fps: must be a number from 1 to 60, got 120",
    ]


def test_check_without_a_file_says_what_it_looked_at() -> None:
    done = config("check", POSE_EDGE_DEVICE_ID="bar7")

    assert done.returncode == 0
    assert done.stdout.startswith("OK: ")
    assert "/etc/pose-edge/pose-edge.toml" in done.stdout
    assert done.stdout.endswith("device bar7\n")


def test_show_prints_toml_with_origins_and_without_secrets(gym: Path) -> None:
    done = config("show", gym, POSE_EDGE_SOURCE_FPS="7")

    assert done.returncode == 0
    assert tomllib.loads(done.stdout)["source"]["fps"] == 7.0
    assert f'broker = "10.0.0.7"  # {gym}\n' in done.stdout
    assert "fps = 7.0  # POSE_EDGE_SOURCE_FPS\n" in done.stdout
    assert "hunter2" not in done.stdout


def test_show_prints_json_for_programs(gym: Path) -> None:
    done = config("show", "--json", gym)

    answer = json.loads(done.stdout)
    assert answer["config"]["mqtt"]["broker"] == "10.0.0.7"
    assert answer["origins"]["mqtt.broker"] == str(gym)
    assert "hunter2" not in done.stdout


def test_show_explains_a_wrong_configuration_like_check(gym: Path) -> None:
    gym.write_text("[device]\nid = 'a b'\n")

    assert config("show", gym).stderr == config("check", gym).stderr != ""


def test_schema_prints_a_json_schema() -> None:
    done = config("schema")

    assert done.returncode == 0
    assert json.loads(done.stdout)["$schema"] == "https://json-schema.org/draft/2020-12/schema"


@pytest.mark.parametrize("arguments", [[], ["shwo"], ["check", "a.toml", "b.toml"], ["schema", "--json"]])
def test_a_wrong_command_line_leaves_with_2_and_the_usage(arguments: list[str]) -> None:
    done = config(*arguments)

    assert done.returncode == 2
    assert "usage: pose-edge" in done.stderr


@pytest.mark.parametrize("arguments", [[], ["check"], ["show"], ["schema"]])
def test_help_teaches_with_an_example(arguments: list[str]) -> None:
    done = config(*arguments, "--help")

    assert done.returncode == 0
    assert "xample" in done.stdout
    assert "pose-edge config" in done.stdout.split("xample")[1]


def test_the_command_line_is_built_without_the_configuration() -> None:
    code = "import sys, edge.cli.config; sys.exit('pydantic' in sys.modules or 'edge.config' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
