"""Results for people, programs and documents."""

from collections.abc import Callable
from dataclasses import asdict
from typing import Any, Final

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from edge.bench.plan import Plan
from edge.bench.results import Results, Row

_FORMAT_VERSION: Final = 1
_NOTHING: Final = "–"
_LONG_S: Final = 300.0
"""Of fewer seconds the rise of memory says nothing: allocators are still finding their size."""


def _number(value: float | None, digits: int) -> str:
    return _NOTHING if value is None else f"{value:.{digits}f}"


def _ages(row: Row) -> str:
    if row.age_p50_ms is None:
        return _NOTHING
    return " / ".join(_number(age, 0) for age in (row.age_p50_ms, row.age_p95_ms, row.age_p99_ms))


_COLUMNS: Final[tuple[tuple[str, Callable[[Row], str]], ...]] = (
    ("contender", lambda row: row.contender),
    ("CPU ms/s", lambda row: _number(row.cpu_ms_per_s, 1)),
    ("× stock", lambda row: _number(row.cpu_to_stock, 3)),
    ("× bare", lambda row: _number(row.cpu_to_bare, 3)),
    ("CPU ms/run", lambda row: _number(row.cpu_ms_per_run, 2)),
    ("× stock", lambda row: _number(row.run_to_stock, 3)),
    ("× bare", lambda row: _number(row.run_to_bare, 3)),
    ("runs/s", lambda row: _number(row.inferred_hz, 1)),
    ("sent /s", lambda row: _number(row.published_hz, 1)),
    ("age ms p50 / p95 / p99", _ages),
    ("lost %", lambda row: _number(100 * row.lost, 1)),
    ("MB", lambda row: _number(row.rss_mb, 0)),
    ("threads", lambda row: str(row.threads)),
)


def show(results: Results, plan: Plan, console: Console) -> None:
    """Print tables."""
    console.print(f"{results.machine}; broker {results.broker}", highlight=False)
    for scene, found in results.scenes.items():
        table = Table(title=scene, title_justify="left", title_style="bold", box=SIMPLE_HEAD, pad_edge=False)
        for number, (heading, _) in enumerate(_COLUMNS):
            narrow = heading.replace(" ", "\n", 1)
            table.add_column(narrow, justify="left" if number == 0 else "right", no_wrap=True)
        for row in found:
            table.add_row(*(cell(row) for _, cell in _COLUMNS))
        console.print(table)
    for line in _remarks(results, plan):
        console.print(line, highlight=False, soft_wrap=True)


def as_dict(results: Results, plan: Plan) -> dict[str, Any]:
    """For JSON: figures with their full digits, and what was asked for."""
    return {
        "v": _FORMAT_VERSION,
        "machine": results.machine,
        "broker": results.broker,
        "plan": {
            "contenders": [one.name for one in plan.contenders],
            "clips": list(plan.clips),
            "seconds": plan.seconds,
            "slices": plan.slices,
            "inference_fps": plan.inference_fps,
            "landmark_rate": plan.landmark_rate,
            "num_poses": plan.num_poses,
            "cpu_quota": plan.cpu_quota,
        },
        "limit": results.limit,
        "scenes": {scene: [asdict(row) for row in found] for scene, found in results.scenes.items()},
        "motion_ms": results.motion_ms,
        "floor": asdict(results.floor) if results.floor else None,
        "proof": results.proof,
    }


def markdown(results: Results, plan: Plan, command: str) -> str:
    """The results as part of a document."""
    lines = [f"Command: `{command}`", "", f"Machine: {results.machine}; broker: {results.broker}.", ""]
    for scene, found in results.scenes.items():
        lines += [f"**{scene}**", "", "| " + " | ".join(heading for heading, _ in _COLUMNS) + " |"]
        lines += ["|---" + "|---:" * (len(_COLUMNS) - 1) + "|"]
        lines += ["| " + " | ".join(cell(row) for _, cell in _COLUMNS) + " |" for row in found]
        lines += [""]
    lines += [f"{remark}." for remark in _remarks(results, plan)]
    return "\n".join(lines)


def _remarks(results: Results, plan: Plan) -> list[str]:
    remarks = []
    if results.limit:
        remarks.append(f"Every contender was limited to {results.limit}")
    remarks.append(f"Motion in a frame of the first clip, one thread: {results.motion_ms:.2f} ms")
    if floor := results.floor:
        remarks.append(
            f"The networks alone, one thread: landmarks {floor.landmarks_stock_ms:.2f} ms stock and "
            f"{floor.landmarks_slim_ms:.2f} ms slim, detector {floor.detector_ms:.2f} ms a run"
        )
    else:
        remarks.append("The networks alone were not measured: LiteRT is not installed (make bench)")
    if plan.seconds >= _LONG_S:
        rises = (
            f"{row.contender} {row.rss_slope_mb_per_h:+.1f} ({scene})"
            for scene, found in results.scenes.items()
            for row in found
            if row.rss_slope_mb_per_h is not None
        )
        remarks.append(f"Memory rose by so many MB an hour: {', '.join(rises)}")
    if results.proof:
        remarks.append(results.proof[0].upper() + results.proof[1:])
    remarks.append(
        f"Medians over turns of {plan.slice_s:g} s ({plan.slices} each), ratios within a round; age is measured where "
        "a subscriber gets the message, for stock and bare where the result is there"
    )
    return remarks
