"""What a run of the bench has found, summed up over its turns."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from edge.bench.looks import Slice
from edge.bench.statistics import median, median_ratio, percentile, slope_per_hour

Rounds = Mapping[str, Sequence[Slice]]
"""By contender: its turns in one scene; turn n of each was in the same round."""


@dataclass(frozen=True, slots=True)
class Row:
    """One contender in one scene: medians over its turns; ratios are medians over rounds.

    Attributes:
        contender: Its name.
        cpu_ms_per_s: CPU milliseconds a second.
        cpu_to_stock: That, as a share of the stock loop's; None if it was not measured.
        cpu_to_bare: The same against bare MediaPipe.
        cpu_ms_per_run: CPU milliseconds for each model run.
        run_to_stock: That, as a share of the stock loop's.
        run_to_bare: The same against bare MediaPipe.
        inferred_hz: Model runs a second.
        published_hz: Landmark messages a second.
        predicted: Share of those whose people are all predicted.
        age_p50_ms: Median age of the landmarks, of all turns together.
        age_p95_ms: 95th percentile.
        age_p99_ms: 99th percentile.
        lost: Share of frames that were lost on the way, 0..1.
        rss_mb: Resident memory at the end, MiB.
        rss_slope_mb_per_h: How fast it rises, over this scene; means something for long runs only.
        threads: Threads at the end.
    """

    contender: str
    cpu_ms_per_s: float | None
    cpu_to_stock: float | None
    cpu_to_bare: float | None
    cpu_ms_per_run: float | None
    run_to_stock: float | None
    run_to_bare: float | None
    inferred_hz: float | None
    published_hz: float | None
    predicted: float | None
    age_p50_ms: float | None
    age_p95_ms: float | None
    age_p99_ms: float | None
    lost: float
    rss_mb: float
    rss_slope_mb_per_h: float | None
    threads: int


@dataclass(frozen=True, slots=True)
class Floor:
    """The networks alone, without MediaPipe: CPU milliseconds a run on one thread, the least a frame can cost.

    Attributes:
        landmarks_stock_ms: The landmark network as it comes.
        landmarks_slim_ms: The same without the person's outline.
        detector_ms: The person detector.
    """

    landmarks_stock_ms: float
    landmarks_slim_ms: float
    detector_ms: float


@dataclass(frozen=True, slots=True)
class Results:
    """All that a run has found.

    Attributes:
        scenes: By scene, one row a contender.
        machine: What it ran on, in words.
        broker: Which broker carried the messages.
        limit: How the CPU was limited, or None.
        motion_ms: CPU time of looking for motion in a frame of the first clip, in milliseconds.
        floor: The networks alone; None where LiteRT is not installed.
        proof: Whether slim and stock bundle found the same, in words; None if that was not asked.
    """

    scenes: Mapping[str, Sequence[Row]]
    machine: str
    broker: str
    limit: str | None
    motion_ms: float
    floor: Floor | None
    proof: str | None


def rows(rounds: Rounds) -> list[Row]:
    """Sum up one scene."""
    stock, bare = rounds.get("stock"), rounds.get("bare")
    return [_row(name, turns, stock, bare) for name, turns in rounds.items()]


def _row(name: str, turns: Sequence[Slice], stock: Sequence[Slice] | None, bare: Sequence[Slice] | None) -> Row:
    ages = [age for turn in turns for age in turn.ages_ms]
    return Row(
        contender=name,
        cpu_ms_per_s=_median(turns, "cpu_ms_per_s"),
        cpu_to_stock=_ratio(turns, stock, "cpu_ms_per_s"),
        cpu_to_bare=_ratio(turns, bare, "cpu_ms_per_s"),
        cpu_ms_per_run=_median(turns, "cpu_ms_per_run"),
        run_to_stock=_ratio(turns, stock, "cpu_ms_per_run"),
        run_to_bare=_ratio(turns, bare, "cpu_ms_per_run"),
        inferred_hz=_median(turns, "inferred_hz"),
        published_hz=_median(turns, "published_hz"),
        predicted=_median(turns, "predicted"),
        age_p50_ms=percentile(ages, 50),
        age_p95_ms=percentile(ages, 95),
        age_p99_ms=percentile(ages, 99),
        lost=sum(turn.lost for turn in turns) / max(1, sum(turn.frames for turn in turns)),
        rss_mb=turns[-1].rss_mb,
        rss_slope_mb_per_h=slope_per_hour([turn.t_s for turn in turns], [turn.rss_mb for turn in turns]),
        threads=turns[-1].threads,
    )


def _values(turns: Sequence[Slice], figure: str) -> list[float | None]:
    return [getattr(turn, figure) for turn in turns]


def _median(turns: Sequence[Slice], figure: str) -> float | None:
    return median([value for value in _values(turns, figure) if value is not None])


def _ratio(turns: Sequence[Slice], reference: Sequence[Slice] | None, figure: str) -> float | None:
    return None if reference is None else median_ratio(_values(turns, figure), _values(reference, figure))
