import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from edge.bench.statistics import median, median_ratio, percentile, slope_per_hour

numbers = st.floats(-1e6, 1e6, allow_nan=False)
amounts = st.floats(0.01, 1e4)


def test_nothing_has_no_median_percentile_ratio_or_slope() -> None:
    assert median([]) is None
    assert percentile([], 95) is None
    assert median_ratio([], []) is None
    assert slope_per_hour([], []) is None
    assert slope_per_hour([5.0], [1.0]) is None
    assert slope_per_hour([5.0, 5.0], [1.0, 2.0]) is None


@given(st.lists(numbers, min_size=1), st.floats(0, 100))
def test_a_percentile_lies_within_the_values_and_rises_with_the_per_cent(values: list[float], percent: float) -> None:
    found, largest = percentile(values, percent), percentile(values, 100)
    assert found is not None
    assert min(values) <= found + 1e-6
    assert largest == max(values) >= found - 1e-6


@given(st.lists(amounts, min_size=1), amounts)
def test_a_contender_that_costs_a_constant_share_has_that_ratio_however_the_machine_varies(
    machine: list[float], share: float
) -> None:
    assert median_ratio([share * speed for speed in machine], machine) == pytest.approx(share)


def test_one_disturbed_round_does_not_move_the_ratio() -> None:
    assert median_ratio([5.0, 50.0, 5.0], [10.0, 10.0, 10.0]) == 0.5


def test_rounds_without_a_figure_do_not_count() -> None:
    assert median_ratio([None, 5.0, 4.0], [10.0, None, 8.0]) == 0.5
    assert median_ratio([1.0], [0.0]) is None


@given(st.lists(st.floats(0, 1e5), min_size=2), st.floats(-100, 100), st.floats(-1000, 1000))
def test_the_slope_of_a_line_is_found_wherever_the_clock_began(times: list[float], slope: float, start: float) -> None:
    assume(max(times) - min(times) > 1)
    values = [300 + slope * time / 3600 for time in times]
    assert slope_per_hour([time + start for time in times], values) == pytest.approx(slope, abs=1e-3)


def test_noise_around_a_constant_has_hardly_a_slope() -> None:
    times = [10.0 * n for n in range(720)]
    values = [100 + (0.5 if n % 2 else -0.5) for n in range(720)]
    assert slope_per_hour(times, values) == pytest.approx(0, abs=0.01)
