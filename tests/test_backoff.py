"""Waits between attempts to connect."""

from itertools import pairwise

import pytest

from edge.publish.backoff import Backoff


def test_waits_grow_to_their_limit_and_stay_there() -> None:
    backoff = Backoff("box")
    waits = [backoff.next() for _ in range(200)]
    limits = [min(30.0, 2.0**n) for n in range(200)]
    assert all(limit / 4 <= wait <= limit for wait, limit in zip(waits, limits, strict=True))


def test_reset_begins_anew() -> None:
    backoff = Backoff("box")
    for _ in range(10):
        backoff.next()
    backoff.reset()
    assert backoff.next() <= 1.0


def test_a_box_waits_the_same_on_every_run() -> None:
    first, second = Backoff("box"), Backoff("box")
    assert [first.next() for _ in range(5)] == [second.next() for _ in range(5)]


def test_a_fleet_spreads_its_return_over_the_whole_wait() -> None:
    waits = sorted(Backoff(f"box-{n}").next() for n in range(400))
    assert waits[0] < 0.3
    assert waits[-1] > 0.95
    assert max(later - sooner for sooner, later in pairwise(waits)) < 0.05


def test_a_refusal_waits_long_at_once() -> None:
    assert Backoff("box").next_slow() >= 15


@pytest.mark.parametrize("failures", [5_000])
def test_weeks_of_failures_do_not_overflow(failures: int) -> None:
    backoff = Backoff("box")
    assert [backoff.next() for _ in range(failures)][-1] <= 30
