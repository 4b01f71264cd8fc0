"""How much a body that sank looks like one that fell."""

from edge.posture.fall_descent import Drop
from edge.posture.features import Features


def lowness(f: Features) -> float:
    if f.hip_up > 0.42:
        return 0.0
    return min(1.0, max(0.0, (0.75 - f.head_up) / 0.4, (f.tilt - 45) / 30, (f.tilt_world - 45) / 30))


def propped_up(f: Features) -> bool:
    return f.propped > 0.22 and f.knee > 120 and 55 < f.tilt_world < 112


def likelihood(f: Features, drop: Drop) -> float:
    if drop.torsos < 1.0 or drop.speed < 1.4:
        return 0.0
    low = lowness(f)
    if low == 0:
        return 0.0
    return low + 0.5 * min(1.0, drop.torsos - 1.4) + 0.3 * min(2.0, drop.speed - 2.0) - 0.4
