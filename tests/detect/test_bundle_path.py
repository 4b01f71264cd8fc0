import logging
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from edge.detect.bundles import bundle_path, default_model_dir, fetch_command, path_of, sha256_of
from edge.detect.installed import Entry, write_record
from edge.detect.manifest import load_manifest
from edge.errors import ConfigError, ExitCode, ModelError

LITE = load_manifest().model("lite")


@pytest.fixture
def copied(models: Path, tmp_path: Path) -> Path:
    for variant in ("stock", "slim"):
        shutil.copy(path_of("lite", variant, models), tmp_path)
    return tmp_path


def test_the_slim_bundle_is_run(models: Path) -> None:
    path = bundle_path("lite", model_dir=models)
    assert path.name == "lite-slim.task"
    assert sha256_of(path) == LITE.slim.sha256


def test_masks_need_the_stock_bundle(models: Path) -> None:
    path = bundle_path("lite", masks=True, model_dir=models)
    assert path.name == "lite.task"
    assert sha256_of(path) == LITE.stock.sha256


def test_a_missing_bundle_is_refused_with_the_command_that_gets_it(home: Path) -> None:
    with pytest.raises(ModelError) as caught:
        bundle_path("lite")
    folder = home / ".local/share/pose-edge/models"
    assert str(caught.value) == f"{folder}/lite-slim.task: there is no such model bundle: pose-edge models fetch lite"
    assert caught.value.exit_code == ExitCode.MODEL


def test_one_flipped_byte_is_refused_with_file_and_both_hashes(copied: Path) -> None:
    path = copied / "lite-slim.task"
    content = bytearray(path.read_bytes())
    content[1_000_000] ^= 1
    path.write_bytes(content)
    with pytest.raises(ModelError) as caught:
        bundle_path("lite", model_dir=copied)
    message = str(caught.value)
    for part in (str(path), sha256_of(path), LITE.slim.sha256, f"pose-edge models fetch lite --model-dir {copied}"):
        assert part in message
    assert "\n" not in message


@pytest.mark.parametrize("masks", [False, True])
def test_an_empty_file_is_refused(copied: Path, *, masks: bool) -> None:
    path = path_of("lite", "stock" if masks else "slim", copied)
    path.write_bytes(b"")
    with pytest.raises(ModelError, match=rf"{path}: the model bundle is empty"):
        bundle_path("lite", masks=masks, model_dir=copied)


def test_half_a_file_is_refused(copied: Path) -> None:
    path = copied / "lite-slim.task"
    path.write_bytes(path.read_bytes()[:3_000_000])
    with pytest.raises(ModelError, match="3000000 bytes, instead of"):
        bundle_path("lite", model_dir=copied)


def test_stock_under_the_name_of_slim_is_refused(copied: Path) -> None:
    shutil.copy(copied / "lite.task", copied / "lite-slim.task")
    with pytest.raises(ModelError, match="not the pinned one"):
        bundle_path("lite", model_dir=copied)


def test_something_that_is_no_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "lite-slim.task").mkdir()
    with pytest.raises(ModelError, match="cannot be read"):
        bundle_path("lite", model_dir=tmp_path)


def test_a_refused_slim_bundle_is_replaced_by_stock_and_said(copied: Path, caplog: pytest.LogCaptureFixture) -> None:
    (copied / "lite-slim.task").unlink()
    entry = Entry(source="npm", stock_sha256=LITE.stock.sha256, slim_sha256=LITE.slim.sha256, refused="3 frames differ")
    write_record(copied, {"lite": entry})
    with caplog.at_level(logging.WARNING):
        assert bundle_path("lite", model_dir=copied).name == "lite.task"
    assert "3 frames differ" in caplog.text


@pytest.mark.parametrize("record", ["", "{", "[]", '{"models": {"lite": {"source": 1}}}', '{"models": []}'])
def test_a_damaged_record_does_not_keep_a_good_bundle_from_running(copied: Path, record: str) -> None:
    (copied / "installed.json").write_text(record)
    assert bundle_path("lite", model_dir=copied)
    (copied / "lite-slim.task").unlink()
    with pytest.raises(ModelError):
        bundle_path("lite", model_dir=copied)


def test_an_unknown_model_names_the_known_ones() -> None:
    with pytest.raises(ConfigError, match='no model "lit": choose one of lite, full, heavy'):
        bundle_path("lit")


def test_the_service_has_its_own_folder() -> None:
    environ = {"STATE_DIRECTORY": "/var/lib/pose-edge:/var/lib/other", "XDG_DATA_HOME": "/data"}
    assert default_model_dir(environ) == Path("/var/lib/pose-edge/models")


def test_a_user_has_the_data_folder(home: Path) -> None:
    assert default_model_dir({"XDG_DATA_HOME": "/data"}) == Path("/data/pose-edge/models")
    assert default_model_dir({}) == home / ".local/share/pose-edge/models"


def test_the_service_tells_a_shell_which_folder_it_means(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert fetch_command("full", home / ".local/share/pose-edge/models") == "pose-edge models fetch full"
    monkeypatch.setenv("STATE_DIRECTORY", "/var/lib/pose-edge")
    with pytest.raises(ModelError, match="fetch lite --model-dir /var/lib/pose-edge/models"):
        bundle_path("lite")


def test_finding_the_bundle_loads_nothing_heavy(models: Path) -> None:
    code = (
        "import sys, pathlib; from edge.detect.bundles import bundle_path; "
        "bundle_path(model_dir=pathlib.Path(sys.argv[1])); "
        "print(sorted(sys.modules.keys() & {'mediapipe', 'cv2', 'numpy', 'rich', 'pydantic', 'urllib.request'}))"
    )
    done = subprocess.run([sys.executable, "-c", code, models], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
