import json
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.models import COMMAND, installed_models

from edge.cli import main
from edge.cli.models import PROOF_FRAMES, proof_frames
from edge.cli.progress import shown_progress
from edge.detect.bundles import path_of, sha256_of
from edge.detect.manifest import Pin, load_manifest

LITE = load_manifest().model("lite")


@pytest.fixture(scope="session")
def stock() -> Path:
    return path_of("lite", "stock", installed_models())


@pytest.fixture
def folder(stock: Path, tmp_path: Path) -> Path:
    """A folder of its own with the lite model in it."""
    folder = tmp_path / "models"
    folder.mkdir()
    for name in ("lite.task", "lite-slim.task"):
        shutil.copy(stock.with_name(name), folder)
    return folder


@pytest.fixture(autouse=True)
def _own_signals() -> Iterator[None]:
    handler = signal.getsignal(signal.SIGTERM)
    yield
    signal.signal(signal.SIGTERM, handler)


def flip_a_byte(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def test_fetch_installs_and_proves_from_the_bundle_of_another_box(
    stock: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main(["models", "fetch", "--from", str(stock), "--model-dir", str(tmp_path / "models")]) == 0
    said = capfd.readouterr().out
    assert f"lite: fetched from {stock}, slim equals stock on {PROOF_FRAMES} frames" in said
    assert sha256_of(tmp_path / "models/lite-slim.task") == LITE.slim.sha256
    proof = json.loads((tmp_path / "models/installed.json").read_text())["models"]["lite"]["proof"]
    assert proof["frames"] == PROOF_FRAMES
    assert proof["with_pose"] >= 0.9 * PROOF_FRAMES
    assert (proof["different"], proof["max_difference"]) == (0, 0.0)


def test_a_quiet_fetch_says_nothing(stock: Path, folder: Path) -> None:
    done = subprocess.run(
        [*COMMAND, "models", "fetch", "lite", "--from", stock, "--quiet", "--model-dir", folder],
        capture_output=True,
        text=True,
        check=True,
    )
    assert (done.stdout, done.stderr) == ("", "")


def test_an_unknown_model_is_a_usage_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "fetch", "light", "--model-dir", str(tmp_path)]) == 2
    assert 'There is no model "light": choose one of lite, full, heavy' in capsys.readouterr().err


def test_list_tells_what_there_is_and_what_is_installed(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "lite-slim.task").write_bytes(b"")
    assert main(["models", "list", "--model-dir", str(folder)]) == 0
    said = capsys.readouterr().out
    assert f"Models in {folder}:" in said
    assert "lite   stock 5.8 MB ok, slim 5.8 MB damaged; Apache-2.0" in said
    assert "heavy  stock 30.7 MB missing, slim 30.6 MB missing; Apache-2.0" in said


def test_list_as_json(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "list", "--json", "--model-dir", str(folder)]) == 0
    listed = json.loads(capsys.readouterr().out)
    assert listed["model_dir"] == str(folder)
    assert [model["name"] for model in listed["models"]] == ["lite", "full", "heavy"]
    lite = listed["models"][0]
    assert lite["stock"] == {
        "path": f"{folder}/lite.task",
        "state": "ok",
        "size": LITE.stock.size,
        "sha256": LITE.stock.sha256,
    }
    assert (lite["licence"], lite["proof"]) == ("Apache-2.0", None)


def test_verify_prints_the_figures_of_its_proof(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "verify", "--frames", "20", "--model-dir", str(folder)]) == 0
    said = capfd.readouterr().out
    assert said.startswith("lite: verified: both hashes match; 20 frames, ")
    assert "0 different, largest difference 0 (mediapipe " in said


def test_verify_as_json(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "verify", "lite", "--frames", "20", "--json", "--model-dir", str(folder)]) == 0
    report = json.loads(capfd.readouterr().out)
    assert report["ok"] is True
    (lite,) = report["models"]
    assert (lite["slim_sha256"], lite["problems"]) == (LITE.slim.sha256, [])
    assert (lite["proof"]["frames"], lite["proof"]["different"]) == (20, 0)
    assert lite["proof"]["with_pose"] >= 10


@pytest.mark.parametrize(("name", "pin"), [("lite.task", LITE.stock), ("lite-slim.task", LITE.slim)])
def test_verify_refuses_one_flipped_byte_with_the_file_and_both_hashes(
    folder: Path, capsys: pytest.CaptureFixture[str], name: str, pin: Pin
) -> None:
    flip_a_byte(folder / name)
    assert main(["models", "verify", "--model-dir", str(folder)]) == 3
    captured = capsys.readouterr()
    assert captured.out == "lite: not verified: 1 of 2 bundles cannot be used\n"
    for piece in (str(folder / name), sha256_of(folder / name), pin.sha256, "pose-edge models fetch lite"):
        assert piece in captured.err


def test_verify_as_json_reports_the_flipped_byte_too(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    flip_a_byte(folder / "lite-slim.task")
    assert main(["models", "verify", "--json", "--model-dir", str(folder)]) == 3
    report = json.loads(capsys.readouterr().out)
    assert report["ok"] is False
    assert LITE.slim.sha256 in report["models"][0]["problems"][0]


def test_verify_refuses_an_empty_file(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "lite.task").write_bytes(b"")
    assert main(["models", "verify", "--model-dir", str(folder)]) == 3
    assert f"{folder}/lite.task: the model bundle is empty" in capsys.readouterr().err


def test_verify_without_any_model_says_how_to_get_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "verify", "--model-dir", str(tmp_path)]) == 3
    assert f"pose-edge models fetch lite --model-dir {tmp_path}" in capsys.readouterr().err


@pytest.mark.parametrize("frames", ["0", "-1", "many", "1.5"])
def test_verify_needs_frames(frames: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["models", "verify", "--frames", frames])
    assert "number of frames" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "example"), [([], "pose-edge models fetch --from /media/usb"), (["fetch"], "--from lite.task")]
)
def test_help_teaches_with_examples(arguments: list[str], example: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="0"):
        main(["models", *arguments, "--help"])
    assert example in capsys.readouterr().out


@pytest.mark.parametrize("count", [1, 7, 20])
def test_the_proofs_film_is_one_sequence_of_the_length_asked_for(count: int) -> None:
    frames = list(proof_frames(count))
    assert [frame.seq for frame in frames] == list(range(count))
    times = [frame.t_ns for frame in frames]
    assert times == sorted(set(times))


def test_in_a_log_progress_is_a_rare_line(capsys: pytest.CaptureFixture[str]) -> None:
    with shown_progress(quiet=False) as progress:
        progress.say("lite: from npm")
        for done in range(1, 1001):
            progress.advance("part", done, 1000, "bytes")
    assert capsys.readouterr().err == "lite: from npm\n"


def test_on_a_terminal_progress_is_a_bar(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    with shown_progress(quiet=False) as progress:
        progress.say("lite: [from] npm")
        progress.advance("part", 1_500_000, 3_000_000, "bytes")
        progress.advance("part", 3_000_000, 3_000_000, "bytes")
    said = capsys.readouterr().err
    assert "lite: [from] npm" in said
    assert "3.0 MB of 3.0 MB" in said
