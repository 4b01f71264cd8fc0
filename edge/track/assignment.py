"""Pairs people with poses so that the total similarity is the highest possible: exact, for the few poses of a frame."""

from collections.abc import Sequence
from typing import Final

MOST_POSES: Final = 8
"""Poses that can be paired at once. The landmarker gives four at most; the work doubles with each."""


def best_pairs(score: Sequence[Sequence[float]]) -> list[tuple[int, int]]:
    """The pairs `(row, column)` with the highest sum of scores; each row and column at most once.

    Dynamic programming over the sets of columns already taken (Held and Karp's idea): rows × 2^columns × columns
    steps, so people cost linearly and only poses exponentially.

    Args:
        score: One row a person, one column a pose. Only scores above 0 can be paired.

    Raises:
        ValueError: More than `MOST_POSES` columns.
    """
    columns = len(score[0]) if score else 0
    if columns > MOST_POSES:
        raise ValueError(f"{columns} poses are too many to pair; the most are {MOST_POSES}")
    reached: dict[int, tuple[float, tuple[tuple[int, int], ...]]] = {0: (0.0, ())}
    for row, scores in enumerate(score):
        useful = [(column, value) for column, value in enumerate(scores) if value > 0.0]
        if not useful:
            continue
        following = dict(reached)
        for taken, (total, pairs) in reached.items():
            for column, value in useful:
                if taken >> column & 1:
                    continue
                now = taken | 1 << column
                if now not in following or total + value > following[now][0]:
                    following[now] = (total + value, (*pairs, (row, column)))
        reached = following
    return list(max(reached.values(), key=lambda found: found[0])[1])
