"""What looking for motion costs, which is done with every frame, whether the model sees it or not."""

import time
from typing import Final

import cv2

from edge.bench.reel import Pictures, there_and_back
from edge.bench.scenes import FPS
from edge.bench.statistics import median
from edge.pace.motion import MotionGate

_NS_PER_MS: Final = 1_000_000
_FRAME_NS: Final = round(1000 * _NS_PER_MS / FPS)


def measure_motion(pictures: Pictures) -> float:
    """CPU time of a frame, the median of the way back, in milliseconds, on one thread.

    Args:
        pictures: Played there, when they are mapped into memory and the background is learned, and back.
    """
    threads = cv2.getNumThreads()
    cv2.setNumThreads(1)
    gate = MotionGate()
    costs = []
    try:
        for number in range(2 * len(pictures)):
            picture = pictures[there_and_back(number, len(pictures))]
            before_ns = time.thread_time_ns()
            gate.update(picture, number * _FRAME_NS)
            if number >= len(pictures):
                costs.append((time.thread_time_ns() - before_ns) / _NS_PER_MS)
    finally:
        cv2.setNumThreads(threads)
    return median(costs) or 0.0
