from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.track.assignment import MOST_POSES, best_pairs

SCORES = st.integers(1, 4).flatmap(
    lambda columns: st.lists(st.lists(st.floats(0, 1), min_size=columns, max_size=columns), min_size=1, max_size=5)
)


@given(SCORES)
def test_no_other_pairing_scores_higher(score: list[list[float]]) -> None:
    pairs = best_pairs(score)
    columns = len(score[0])
    best = max(
        sum(score[row][column] for column, row in enumerate(order) if row is not None)
        for order in permutations([*range(len(score)), *[None] * columns], columns)
    )
    assert sum(score[row][column] for row, column in pairs) == pytest.approx(best)
    assert len({row for row, _ in pairs}) == len({column for _, column in pairs}) == len(pairs)


def test_what_scores_nothing_is_not_paired() -> None:
    assert best_pairs([[0.0, 0.4], [0.0, 0.0]]) == [(0, 1)]
    assert best_pairs([]) == []


def test_a_hundred_people_and_eight_poses_are_paired_at_once() -> None:
    score = [[1.0 if row % MOST_POSES == column else 0.5 for column in range(MOST_POSES)] for row in range(100)]
    assert len(best_pairs(score)) == MOST_POSES


def test_more_poses_than_any_landmarker_gives_are_refused() -> None:
    with pytest.raises(ValueError, match="9 poses"):
        best_pairs([[1.0] * 9])
