"""The statistics of the bench: few, plain and pure."""

from collections.abc import Sequence
from typing import Final

import numpy as np

_S_PER_HOUR: Final = 3600.0


def median(values: Sequence[float]) -> float | None:
    """The middle value; None of nothing."""
    return float(np.median(values)) if values else None


def percentile(values: Sequence[float], percent: float) -> float | None:
    """The value below which so many per cent lie, interpolated between neighbours; None of nothing."""
    return float(np.percentile(values, percent)) if values else None


def median_ratio(values: Sequence[float | None], references: Sequence[float | None]) -> float | None:
    """The median of the ratios of what was measured in the same round.

    Neighbours in time share what else the machine does, which a ratio of two medians would not cancel.

    Args:
        values: One a round; None where a round gave nothing.
        references: What they are compared with, in the same order.
    """
    pairs = zip(values, references, strict=True)
    return median([value / reference for value, reference in pairs if value is not None and reference])


def slope_per_hour(times_s: Sequence[float], values: Sequence[float]) -> float | None:
    """How much a value rises in an hour: the slope of the line of least squares. None of fewer than two instants.

    Args:
        times_s: Seconds, in any order and from any start.
        values: The value at each.
    """
    times = np.asarray(times_s, dtype=np.float64)
    if not len(times) or np.ptp(times) == 0:
        return None
    centred = times - times.mean()
    return float(centred @ np.asarray(values, dtype=np.float64) / (centred @ centred)) * _S_PER_HOUR
