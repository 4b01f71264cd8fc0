import random
from itertools import pairwise

import pytest

from edge.backoff import Backoff


def test_waits_double_up_to_the_limit_and_start_anew_after_success() -> None:
    backoff = Backoff(first_s=1, limit_s=30, draw=lambda: 1.0)
    assert [backoff.next_s() for _ in range(7)] == [1, 2, 4, 8, 16, 30, 30]
    backoff.reset()
    assert backoff.next_s() == 1


@pytest.mark.parametrize(("drawn", "wait_s"), [(0.0, 1.0), (1.0, 4.0)])
def test_waits_are_drawn_from_a_quarter_to_the_whole(drawn: float, wait_s: float) -> None:
    assert Backoff(first_s=4, draw=lambda: drawn).next_s() == wait_s


def test_a_wait_of_the_callers_choice_does_not_count_as_a_failure() -> None:
    backoff = Backoff(first_s=1, draw=lambda: 1.0)
    assert [backoff.jittered_s(60), backoff.next_s()] == [60, 1]


def test_a_fleet_spreads_its_return_over_the_whole_wait() -> None:
    waits = sorted(Backoff(draw=random.Random(f"box-{n}").random).next_s() for n in range(400))  # noqa: S311
    assert waits[0] < 0.3
    assert waits[-1] > 0.95
    assert max(later - sooner for sooner, later in pairwise(waits)) < 0.05


def test_weeks_of_failures_do_not_overflow() -> None:
    backoff = Backoff()
    assert [backoff.next_s() for _ in range(5_000)][-1] <= 30
