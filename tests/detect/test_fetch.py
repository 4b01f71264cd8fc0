import json
import platform
import shutil
import signal
import subprocess
import threading
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from support.mirror import Fault, Mirror
from support.models import COMMAND, Parts

from edge.detect.bundles import bundle_path, path_of, sha256_of
from edge.detect.fetch import Fetcher, Outcome
from edge.detect.installed import Proof, read_record
from edge.detect.manifest import load_manifest
from edge.detect.preflight import installed_version
from edge.detect.progress import Silence
from edge.errors import ConfigError, ModelError, OutputError

NO_SOURCES = replace(load_manifest(), sources=())
LITE = NO_SOURCES.model("lite")
GOOD = Proof(
    mediapipe=installed_version(),
    machine=platform.machine(),
    frames=200,
    with_pose=190,
    different=0,
    max_difference=0.0,
)
BAD = replace(GOOD, different=3, max_difference=0.25)


class Judge:
    """Takes the place of the real proof, which has tests of its own."""

    def __init__(self, verdict: Proof = GOOD) -> None:
        self.verdict = verdict
        self.asked: list[tuple[Path, Path]] = []

    def __call__(self, stock: Path, slim: Path) -> Proof:
        assert sha256_of(stock) == LITE.stock.sha256
        assert sha256_of(slim) == LITE.slim.sha256
        self.asked.append((stock, slim))
        return self.verdict


class Log(Silence):
    def __init__(self) -> None:
        self.lines: list[str] = []

    def say(self, line: str) -> None:
        self.lines.append(line)


@pytest.fixture
def judge() -> Judge:
    return Judge()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "models"


@pytest.fixture
def usb(parts: Parts, tmp_path: Path) -> Path:
    return parts.copy(LITE, tmp_path / "usb")


def fetch(
    folder: Path,
    judge: Judge,
    origin: Path | str | None,
    *,
    names: Sequence[str] = ("lite",),
    force: bool = False,
    log: Log | None = None,
) -> list[Outcome]:
    fetcher = Fetcher(
        model_dir=folder,
        prove=judge,
        progress=log or Silence(),
        origin=str(origin) if origin else None,
        manifest=NO_SOURCES,
    )
    return fetcher.fetch(names, force=force)


def visible(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()} - {".lock"}


EVERYTHING = {"lite.task", "lite-slim.task", "installed.json"}


def test_both_bundles_and_a_record_are_installed(folder: Path, judge: Judge, usb: Path) -> None:
    (outcome,) = fetch(folder, judge, usb)
    assert visible(folder) == EVERYTHING
    assert bundle_path("lite", model_dir=folder).name == "lite-slim.task"
    assert bundle_path("lite", masks=True, model_dir=folder).name == "lite.task"
    assert outcome.fetched
    assert outcome.entry.source == str(usb)
    assert outcome.entry.proof == GOOD
    assert read_record(folder) == {"lite": outcome.entry}


def test_everyone_may_read_them(folder: Path, judge: Judge, usb: Path) -> None:
    fetch(folder, judge, usb)
    for name in EVERYTHING:
        assert (folder / name).stat().st_mode & 0o777 == 0o644


def test_what_is_in_place_is_left_alone(folder: Path, judge: Judge, usb: Path) -> None:
    fetch(folder, judge, usb)
    before = {name: (folder / name).stat().st_mtime_ns for name in EVERYTHING}
    (outcome,) = fetch(folder, judge, None)
    assert not outcome.fetched
    assert outcome.entry.source == str(usb)
    assert len(judge.asked) == 1
    assert {name: (folder / name).stat().st_mtime_ns for name in EVERYTHING} == before


def test_force_does_it_all_again(folder: Path, judge: Judge, usb: Path) -> None:
    fetch(folder, judge, usb)
    (outcome,) = fetch(folder, judge, usb, force=True)
    assert outcome.fetched
    assert len(judge.asked) == 2


@pytest.mark.parametrize("name", ["lite.task", "lite-slim.task"])
def test_a_damaged_bundle_is_replaced(folder: Path, judge: Judge, usb: Path, name: str) -> None:
    fetch(folder, judge, usb)
    (folder / name).write_bytes(b"")
    fetch(folder, judge, usb)
    assert bundle_path("lite", model_dir=folder)
    assert bundle_path("lite", masks=True, model_dir=folder)


def test_a_missing_slim_bundle_is_made_of_the_stock_one_without_any_source(
    folder: Path, judge: Judge, usb: Path
) -> None:
    fetch(folder, judge, usb)
    (folder / "lite-slim.task").unlink()
    (outcome,) = fetch(folder, judge, None)
    assert not outcome.fetched
    assert bundle_path("lite", model_dir=folder).name == "lite-slim.task"


def test_another_mediapipe_calls_for_another_proof(folder: Path, usb: Path) -> None:
    fetch(folder, Judge(replace(GOOD, mediapipe="0.0.1")), usb)
    judge = Judge()
    (outcome,) = fetch(folder, judge, None)
    assert judge.asked == [(folder / "lite.task", folder / "lite-slim.task")]
    assert outcome.entry.proof == GOOD


def test_a_lost_record_calls_for_another_proof(folder: Path, judge: Judge, usb: Path) -> None:
    fetch(folder, judge, usb)
    (folder / "installed.json").write_text("{")
    fetch(folder, judge, None)
    assert len(judge.asked) == 2
    assert read_record(folder)["lite"].source == "unknown"


def test_a_slim_bundle_that_fails_its_proof_is_refused_and_stock_is_kept(folder: Path, usb: Path) -> None:
    with pytest.raises(ModelError, match=r"slim bundle was refused \(lite: 3 of 200 frames differ .* up to 0\.25"):
        fetch(folder, Judge(BAD), usb)
    assert visible(folder) == {"lite.task", "installed.json"}
    assert bundle_path("lite", model_dir=folder).name == "lite.task"


def test_an_installed_slim_bundle_goes_when_a_new_mediapipe_disagrees(folder: Path, usb: Path) -> None:
    fetch(folder, Judge(replace(GOOD, mediapipe="0.0.1")), usb)
    with pytest.raises(ModelError, match="refused"):
        fetch(folder, Judge(BAD), None)
    assert visible(folder) == {"lite.task", "installed.json"}


def test_a_refused_slim_bundle_gets_another_chance(folder: Path, usb: Path) -> None:
    with pytest.raises(ModelError):
        fetch(folder, Judge(BAD), usb)
    fetch(folder, Judge(GOOD), None)
    assert bundle_path("lite", model_dir=folder).name == "lite-slim.task"
    assert read_record(folder)["lite"].refused is None


def test_without_any_source_one_line_says_what_to_do(folder: Path, judge: Judge, tmp_path: Path) -> None:
    log = Log()
    with pytest.raises(ModelError) as caught:
        fetch(folder, judge, tmp_path / "nowhere", log=log)
    message = str(caught.value)
    assert "\n" not in message
    assert "pose_detection.tflite and pose_landmark_lite.tflite" in message
    assert f"pose-edge models fetch lite --model-dir {folder} --from" in message
    assert log.lines == [f"lite: not from {tmp_path}/nowhere: there is no such file or folder"]
    assert visible(folder) == set()


def test_parts_of_several_sources_are_put_together(
    folder: Path, judge: Judge, usb: Path, parts: Parts, mirror: Mirror
) -> None:
    detector, landmarks = LITE.detectors[0], LITE.landmarks[0]
    (usb / detector.file).unlink()
    mirror.files[detector.members["mediapipe"]] = parts.detector()
    sources = (replace(load_manifest().sources[0], url=mirror.url),)
    fetcher = Fetcher(
        model_dir=folder,
        prove=judge,
        progress=Silence(),
        origin=str(usb),
        manifest=replace(load_manifest(), sources=sources),
    )
    (outcome,) = fetcher.fetch(["lite"])
    assert outcome.entry.source == f"{usb} and mediapipe"
    assert [path for path, _ in mirror.requests] == ["/pose_detection/pose_detection.tflite"]
    assert landmarks.file in {path.name for path in usb.iterdir()}


def test_the_last_resort_is_said_aloud(folder: Path, usb: Path, judge: Judge, mirror: Mirror, parts: Parts) -> None:
    detector = LITE.detectors[0]
    (usb / detector.file).unlink()
    mirror.files[detector.members["mediapipe"]] = parts.detector()
    sources = (replace(load_manifest().sources[0], url=mirror.url, last_resort=True),)
    log = Log()
    manifest = replace(load_manifest(), sources=sources)
    Fetcher(model_dir=folder, prove=judge, progress=log, origin=str(usb), manifest=manifest).fetch(["lite"])
    assert "lite: taken from the last resort, mediapipe" in log.lines


def test_an_unknown_model_is_refused_before_anything_is_done(folder: Path, judge: Judge) -> None:
    with pytest.raises(ConfigError, match="lite, full, heavy"):
        fetch(folder, judge, None, names=["lite", "huge"])
    assert not folder.exists()


def test_a_folder_that_cannot_be_one_is_said(tmp_path: Path, judge: Judge, usb: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match="models cannot be written there"):
        fetch(tmp_path / "file" / "models", judge, usb)


def test_what_a_killed_fetch_left_is_swept_up(folder: Path, judge: Judge, usb: Path) -> None:
    (folder / ".fetch-abc").mkdir(parents=True)
    (folder / ".fetch-abc" / "lite.task.part").write_bytes(b"half")
    (folder / ".lite.task.new").write_bytes(b"half")
    fetch(folder, judge, usb)
    assert visible(folder) == EVERYTHING


def start_fetch_that_hangs(folder: Path, mirror: Mirror, models: Path) -> "subprocess.Popen[str]":
    mirror.files["lite.task"] = path_of("lite", "stock", models).read_bytes()
    mirror.faults = [Fault(stall_after=1_000_000)]
    process = subprocess.Popen(
        [*COMMAND, "models", "fetch", "--from", mirror.url, "--model-dir", folder], stderr=subprocess.PIPE, text=True
    )
    waiting = threading.Event()
    while not list(folder.glob(".fetch-*/shelf/lite.task.part")):
        assert process.poll() is None
        waiting.wait(0.01)
    return process


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_fetch_leaves_nothing(
    folder: Path, mirror: Mirror, models: Path, number: signal.Signals
) -> None:
    with start_fetch_that_hangs(folder, mirror, models) as process:
        process.send_signal(number)
        _, complaints = process.communicate(timeout=10)
    assert process.returncode == 130
    assert "Traceback" not in complaints
    assert visible(folder) == set()


def test_a_killed_fetch_leaves_nothing_that_looks_whole(
    folder: Path, mirror: Mirror, models: Path, judge: Judge
) -> None:
    with start_fetch_that_hangs(folder, mirror, models) as process:
        process.kill()
    assert not list(folder.glob("*.task"))
    with pytest.raises(ModelError, match="no such model bundle"):
        bundle_path("lite", model_dir=folder)
    fetch(folder, judge, path_of("lite", "stock", models))
    assert visible(folder) == EVERYTHING


def test_two_fetches_at_once_do_the_work_once(folder: Path, mirror: Mirror, models: Path) -> None:
    mirror.files["lite.task"] = path_of("lite", "stock", models).read_bytes()
    mirror.faults = [Fault(pause_s=0.02)]
    judges = [Judge(), Judge()]
    logs = [Log(), Log()]
    outcomes: list[list[Outcome]] = []

    def work(judge: Judge, log: Log) -> None:
        outcomes.append(fetch(folder, judge, mirror.url, log=log))

    threads = [threading.Thread(target=work, args=pair, name="fetch") for pair in zip(judges, logs, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert sorted(outcome.fetched for (outcome,) in outcomes) == [False, True]
    assert len(mirror.requests) == 1
    assert sum(len(judge.asked) for judge in judges) == 1
    assert f"another fetch is at work in {folder}: waiting for it" in logs[0].lines + logs[1].lines


def test_models_of_earlier_fetches_stay_in_the_record(folder: Path, judge: Judge, usb: Path) -> None:
    fetch(folder, judge, usb)
    record = json.loads((folder / "installed.json").read_text())
    record["models"]["heavy"] = record["models"]["lite"]
    (folder / "installed.json").write_text(json.dumps(record))
    shutil.copy(folder / "lite.task", usb)
    fetch(folder, judge, usb, force=True)
    assert read_record(folder).keys() == {"lite", "heavy"}
