"""pose-edge on emulated ARM processors; `make test-arm` builds what this needs and runs it."""

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from edge.capture.studio import studio_frames
from edge.detect.landmarker import OfflineLandmarker
from edge.errors import ExitCode
from edge.flow import FloatArray, Frame

LAB = Path(os.environ["POSE_EDGE_ARM_LAB"])
ROOT = Path(__file__).parents[2]
GENERATIONS = {"pi5": "cortex-a76", "pi4": "cortex-a72"}

DETECT = """
import sys
from pathlib import Path
import numpy as np
from edge.detect.landmarker import OfflineLandmarker
from edge.flow import Frame
bundle, pictures, out = map(Path, sys.argv[1:])
images = np.load(pictures)
with OfflineLandmarker(bundle=bundle, mode="image") as landmarker:
    found = [landmarker.detect(Frame(image=image, t_ns=i, seq=i)).landmarks for i, image in enumerate(images)]
np.save(out, np.array(found))
"""


def on_arm(generation: str, cpu: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    tree = LAB / generation
    return subprocess.run(
        [LAB / "emulator/usr/bin/qemu-aarch64", "-cpu", cpu, "-L", tree, tree / "usr/bin/python3", *arguments],
        env={
            "PYTHONPATH": f"{ROOT}:{LAB / f'site-{generation}'}",
            "PYTHONDONTWRITEBYTECODE": "1",
            "HOME": os.environ.get("HOME", "/"),
            "PATH": "/usr/bin:/bin",
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


@pytest.fixture(scope="module")
def frames() -> Sequence[Frame]:
    return list(studio_frames("walk_across", count=31))[10::10]


@pytest.fixture(scope="module")
def golden(bundle: Path, frames: Sequence[Frame]) -> FloatArray:
    """What this machine's processor finds."""
    with OfflineLandmarker(bundle=bundle, mode="image") as landmarker:
        return np.array([landmarker.detect(frame).landmarks for frame in frames])


def test_a_pi_4_refuses_the_new_mediapipe_with_a_sentence_instead_of_dying() -> None:
    done = on_arm("pi5", "cortex-a72", "-m", "edge", "run", "--source", "studio")
    assert done.returncode == ExitCode.PROCESSOR, done.stderr
    assert "would crash on this processor" in done.stderr
    assert "requirements/pi4.lock" in done.stderr
    assert "Traceback" not in done.stderr


def test_without_the_check_a_pi_4_would_die_of_sigill(tmp_path: Path) -> None:
    np.save(tmp_path / "pictures.npy", np.zeros((1, 48, 64, 3), dtype=np.uint8))
    unchecked = "import edge.detect.runtime as r; r.check_processor = lambda version: None\n" + DETECT
    done = on_arm("pi5", "cortex-a72", "-c", unchecked, "nothing.task", tmp_path / "pictures.npy", tmp_path / "out.npy")
    assert done.returncode < 0 or "SIGILL" in done.stderr or "lse" in done.stderr, (done.returncode, done.stderr)


@pytest.mark.parametrize(("generation", "cpu"), GENERATIONS.items())
def test_landmarks_on_arm_are_those_of_this_machine(
    generation: str, cpu: str, bundle: Path, frames: Sequence[Frame], golden: FloatArray, tmp_path: Path
) -> None:
    np.save(tmp_path / "pictures.npy", np.stack([frame.image for frame in frames]))
    done = on_arm(generation, cpu, "-c", DETECT, bundle, tmp_path / "pictures.npy", tmp_path / "found.npy")
    assert done.returncode == 0, done.stderr
    found = np.load(tmp_path / "found.npy")
    assert found.shape == golden.shape == (3, 1, 33, 5)
    assert np.abs(found[..., :2] - golden[..., :2]).max() <= 1e-3
