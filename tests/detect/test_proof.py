from pathlib import Path

import pytest
from support.models import Parts

from edge.capture.studio import studio_frames
from edge.detect.bundles import path_of
from edge.detect.installed import Proof
from edge.detect.preflight import installed_version
from edge.detect.progress import Silence, Unit
from edge.detect.proof import prove
from edge.detect.task import assemble

FRAMES = 24


def compare(stock: Path, slim: Path, scene: str, frames: int = FRAMES) -> Proof:
    return prove(stock=stock, slim=slim, frames=studio_frames(scene, count=frames), count=frames, progress=Silence())


@pytest.mark.parametrize("name", ["lite", "full", "heavy"])
def test_slim_finds_the_same_as_stock_to_the_bit(parts: Parts, tmp_path: Path, name: str) -> None:
    stock, slim = tmp_path / "stock.task", tmp_path / "slim.task"
    for path, content in zip(
        (stock, slim), assemble(detector=parts.detector(), landmarks=parts.landmarks(name)), strict=True
    ):
        path.write_bytes(content)
    proof = compare(stock, slim, "jacks", 12)
    assert (proof.frames, proof.different, proof.max_difference) == (12, 0, 0.0)
    assert proof.with_pose >= 10
    assert proof.objection is None
    assert proof.mediapipe == installed_version()


def test_another_network_is_found_out(parts: Parts, models: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.task"
    other.write_bytes(assemble(detector=parts.detector(), landmarks=parts.landmarks("full"))[1])
    proof = compare(path_of("lite", "stock", models), other, "still")
    assert proof.different > FRAMES / 2
    assert proof.max_difference > 0
    assert proof.objection
    assert f"of {FRAMES} frames differ" in proof.objection


def test_an_empty_room_proves_nothing(models: Path) -> None:
    proof = compare(path_of("lite", "stock", models), path_of("lite", "slim", models), "empty")
    assert proof.different == 0
    assert proof.objection
    assert "the proof is empty" in proof.objection


def test_no_frames_prove_nothing() -> None:
    nothing = Proof(mediapipe="1", machine="x", frames=0, with_pose=0, different=0, max_difference=0.0)
    assert nothing.objection


def test_progress_hears_of_every_frame(models: Path) -> None:
    heard: list[int] = []

    class Ear(Silence):
        def advance(self, what: str, done: int, total: int, unit: Unit) -> None:
            assert (what, total, unit) == ("proof of lite-slim", 3, "frames")
            heard.append(done)

    stock, slim = path_of("lite", "stock", models), path_of("lite", "slim", models)
    prove(stock=stock, slim=slim, frames=studio_frames("still", count=3), count=3, progress=Ear())
    assert heard == [1, 2, 3]
