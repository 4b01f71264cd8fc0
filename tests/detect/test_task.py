"""Bundles: the same bytes everywhere, and such that MediaPipe uses them in place."""

import hashlib
import io
import os
import subprocess
import sys
import zipfile
from importlib import metadata
from pathlib import Path

import pytest
from support.models import Parts

from edge.detect import task
from edge.detect.manifest import load_manifest
from edge.detect.preflight import installed_version
from edge.detect.task import DETECTOR_MEMBER, LANDMARKS_MEMBER, assemble, pack, slim_of

LOOK_ONCE = """
import logging, pathlib, sys
from edge.capture.studio import studio_frames
from edge.detect.landmarker import OfflineLandmarker
logging.basicConfig(level=logging.DEBUG)
with OfflineLandmarker(bundle=pathlib.Path(sys.argv[1])) as landmarker:
    assert len(landmarker.detect(next(studio_frames("still", count=1)))) == 1
"""


def complaints_of_mediapipe(bundle: bytes, folder: Path) -> list[str]:
    path = folder / "some.task"
    path.write_bytes(bundle)
    done = subprocess.run(
        [sys.executable, "-c", LOOK_ONCE, path], env=dict(os.environ), capture_output=True, text=True, check=True
    )
    return [line for line in done.stderr.splitlines() if "unaligned" in line]


@pytest.mark.parametrize("name", ["lite", "full", "heavy"])
def test_the_bundles_come_out_as_the_manifest_pins_them(parts: Parts, name: str) -> None:
    model = load_manifest().model(name)
    stock, slim = assemble(detector=parts.detector(), landmarks=parts.landmarks(name))
    assert (hashlib.sha256(stock).hexdigest(), len(stock)) == (model.stock.sha256, model.stock.size)
    assert (hashlib.sha256(slim).hexdigest(), len(slim)) == (model.slim.sha256, model.slim.size)


def test_the_slim_bundle_can_be_made_of_the_stock_one(parts: Parts) -> None:
    stock, slim = assemble(detector=parts.detector(), landmarks=parts.landmarks("lite"))
    assert slim_of(stock) == slim


def test_both_networks_are_stored_uncompressed_on_aligned_addresses(parts: Parts) -> None:
    stock, _ = assemble(detector=parts.detector(), landmarks=parts.landmarks("lite"))
    with zipfile.ZipFile(io.BytesIO(stock)) as bundle:
        assert bundle.namelist() == [DETECTOR_MEMBER, LANDMARKS_MEMBER]
        for entry in bundle.infolist():
            assert entry.compress_type == zipfile.ZIP_STORED
            assert stock.index(bundle.read(entry)) % 64 == 0


def test_mediapipe_uses_the_networks_in_place(parts: Parts, tmp_path: Path) -> None:
    for bundle in assemble(detector=parts.detector(), landmarks=parts.landmarks("lite")):
        assert complaints_of_mediapipe(bundle, tmp_path) == []


def test_without_the_alignment_mediapipe_would_complain(
    parts: Parts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stock, _ = assemble(detector=parts.detector(), landmarks=parts.landmarks("lite"))
    monkeypatch.setattr(task, "ALIGNMENT", 1)
    with zipfile.ZipFile(io.BytesIO(stock)) as bundle:
        crooked = pack(bundle.read(DETECTOR_MEMBER), bundle.read(LANDMARKS_MEMBER))
    says_so = not installed_version().startswith("0.")  # 0.10.18 copies in silence
    assert bool(complaints_of_mediapipe(crooked, tmp_path)) == says_so


def test_the_detector_in_mediapipes_own_wheel_makes_the_same_bundle(parts: Parts) -> None:
    modules = Path(str(metadata.distribution("mediapipe").locate_file("mediapipe/modules")))
    stock, slim = assemble(detector=parts.detector(), landmarks=parts.landmarks("full"))
    # 0.10.x wheels have one, 1.x wheels have none.
    for path in modules.glob("pose_detection/*.tflite"):
        wheels = path.read_bytes()
        assert wheels != parts.detector()
        assert assemble(detector=wheels, landmarks=parts.landmarks("full")) == (stock, slim)
