import json
from pathlib import Path

import pytest
from support.daemon import pose_edge

from edge.cli import main


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--scenes", "walkng"], "there is no scene 'walkng' (did you mean walking?)"),
        (["--contenders", "stock,demon"], "there is no contender 'demon'"),
        (["--slices", "0"], "--slices: must be 1 to 1000, got 0"),
        (["--seconds", "2", "--slices", "8"], "a turn must last 0.5 s or more"),
        (["--cpu-quota", "0"], "--cpu-quota: must be 1 to 400, got 0"),
        (["--inference-fps", "nan"], "--inference-fps: must be 1 to 60, got nan"),
        (["--source", "studio", "--scenes", "still"], "--source and --scenes: give one of them"),
        (["--source", "nonsense"], "nonsense"),
        (["--config", "nowhere.toml"], "nowhere.toml: there is no such file"),
        (["--soak", "1", "--contenders", "stock"], "--soak is of one daemon alone"),
        (["--soak", "1", "--plot", "a.png"], "--plot does not go together with --soak"),
        (["--plot", "bench.jpg"], "the name has to end in .png"),
        (["--plot", "nowhere/bench.png"], "there is no such folder"),
        (["--update", "nowhere.md"], "--update nowhere.md: cannot be read"),
    ],
)
def test_what_cannot_be_measured_is_refused_in_one_line_before_anything_starts(
    arguments: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["bench", *arguments]) in (2, 8)
    written = capsys.readouterr().err
    assert sentence in written
    assert written.count("\n") == 1


def test_without_matplotlib_a_plot_is_refused_with_the_command_that_installs_it(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    assert main(["bench", "--plot", "bench.png"]) == 2
    assert "requirements/bench.lock" in capsys.readouterr().err


def test_a_missing_clip_is_refused_with_its_name(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["bench", "--source", f"file:{tmp_path}/nothing.mp4", "--contenders", "bare"]) == 4
    assert "nothing.mp4" in capsys.readouterr().err


def test_the_command_prints_json_that_programs_can_read() -> None:
    done = pose_edge(
        "bench",
        "--scenes",
        "still",
        "--contenders",
        "bare",
        "--seconds",
        "1",
        "--slices",
        "1",
        "--settle",
        "0.5",
        "--json",
    )
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    (row,) = document["scenes"]["still"]
    assert row["contender"] == "bare"
    assert row["cpu_ms_per_s"] > 0
    assert document["plan"]["seconds"] == 1
