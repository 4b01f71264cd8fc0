"""The networks alone on LiteRT, without MediaPipe around them: the least that looking at a frame can cost."""

import importlib
import io
import time
import zipfile
from pathlib import Path
from typing import Any, Final

import numpy as np

from edge.bench.results import Floor
from edge.bench.statistics import median
from edge.detect.native_output import quiet_native_output
from edge.detect.task import DETECTOR_MEMBER, LANDMARKS_MEMBER, slim_of
from edge.errors import ModelError

RUNS: Final = 8
"""Runs in a row, of which the median counts …"""
ROUNDS: Final = 8
"""… of this many turns, in which the networks alternate."""
_NS_PER_MS: Final = 1_000_000


def measure_floor(stock: Path) -> Floor | None:
    """Measure the networks of a bundle on one thread, as MediaPipe runs them.

    Args:
        stock: The stock bundle; the slim network is made of it.

    Returns:
        The figures, or None where LiteRT (requirements/bench.lock) is not installed.

    Raises:
        ModelError: The bundle cannot be read.
    """
    try:
        interpreter = importlib.import_module("ai_edge_litert.interpreter").Interpreter
    except ModuleNotFoundError:
        return None
    try:
        bundle = stock.read_bytes()
    except OSError as error:
        raise ModelError(f"{stock}: the model bundle cannot be read ({error.strerror})") from error
    slim = slim_of(bundle)
    with quiet_native_output():
        networks = [
            _Network(interpreter, content, member)
            for content, member in ((bundle, LANDMARKS_MEMBER), (slim, LANDMARKS_MEMBER), (bundle, DETECTOR_MEMBER))
        ]
    turns = [[network.cpu_ms() for network in networks] for _ in range(ROUNDS)]
    landmarks_stock, landmarks_slim, detector = (float(np.median(column)) for column in zip(*turns, strict=True))
    return Floor(landmarks_stock, landmarks_slim, detector)


class _Network:
    def __init__(self, interpreter: Any, bundle: bytes, member: str) -> None:  # noqa: ANN401 - LiteRT has no types
        with zipfile.ZipFile(io.BytesIO(bundle)) as task:
            self._interpreter = interpreter(model_content=task.read(member), num_threads=1)
        self._interpreter.allocate_tensors()
        (image, *_) = self._interpreter.get_input_details()
        # What is in the picture does not change the cost; noise keeps the arithmetic out of zeros and denormals.
        picture = np.random.default_rng(0).random(image["shape"], dtype=np.float32)
        self._interpreter.set_tensor(image["index"], picture)
        self._interpreter.invoke()

    def cpu_ms(self) -> float:
        costs = []
        for _ in range(RUNS):
            before_ns = time.thread_time_ns()
            self._interpreter.invoke()
            costs.append((time.thread_time_ns() - before_ns) / _NS_PER_MS)
        return median(costs) or 0.0
