"""Shows that the slim bundle finds the very same people as the stock one, on this machine with this MediaPipe."""

import platform
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path

import numpy as np

from edge.detect.installed import Proof
from edge.detect.landmarker import OfflineLandmarker
from edge.detect.preflight import installed_version
from edge.detect.progress import Progress
from edge.flow import FloatArray, Frame, Poses


def prove(*, stock: Path, slim: Path, frames: Iterable[Frame], count: int, progress: Progress) -> Proof:
    """Run both bundles over the same frames in video mode, where each result depends on all before it, and compare.

    Args:
        stock: The bundle with the mask head.
        slim: The bundle without.
        frames: Pictures with people in them, in the order of their time.
        count: How many there are, for the progress.
        progress: Told after every frame.

    Returns:
        The figures; `Proof.objection` judges them.

    Raises:
        ModelError: MediaPipe cannot use one of the bundles.
        ProcessorError: This processor cannot run the installed MediaPipe.
    """
    seen = with_pose = different = 0
    largest = 0.0
    with ExitStack() as stack:
        reference = stack.enter_context(OfflineLandmarker(bundle=stock, mode="video"))
        candidate = stack.enter_context(OfflineLandmarker(bundle=slim, mode="video"))
        for frame in frames:
            expected, actual = reference.detect(frame), candidate.detect(frame)
            seen += 1
            with_pose += len(expected) > 0
            different += not _same(expected, actual)
            largest = max(largest, _distance(expected, actual))
            progress.advance(f"proof of {slim.stem}", seen, count, "frames")
    return Proof(
        mediapipe=installed_version(),
        machine=platform.machine(),
        frames=seen,
        with_pose=with_pose,
        different=different,
        max_difference=largest,
    )


def _same(a: Poses, b: Poses) -> bool:
    # Bytes rather than numbers: -0.0 equals 0.0, and NaN does not equal itself.
    return a.landmarks.tobytes() == b.landmarks.tobytes() and a.world.tobytes() == b.world.tobytes()


def _distance(a: Poses, b: Poses) -> float:
    return max(_largest(a.landmarks, b.landmarks), _largest(a.world, b.world)) if len(a) == len(b) else 0.0


def _largest(a: FloatArray, b: FloatArray) -> float:
    return float(np.abs(a - b).max(initial=0.0))
