"""Results as a picture: CPU, and age of the landmarks, by scene and contender."""

import importlib
from pathlib import Path
from typing import Any, Final

from edge.bench.results import Results, Row
from edge.errors import OutputError

_COLOURS: Final = ("#7f7f7f", "#c49a3c", "#2a7fba", "#2f9e6e", "#b0508a")
_BAR_SHARE: Final = 0.8
"""Of the width of a scene; the rest parts it from the next."""


def plot(results: Results, target: Path) -> None:
    """Draw the results into a PNG.

    Raises:
        OutputError: It cannot be written.
    """
    figures: Any = importlib.import_module("matplotlib.figure")
    figure = figures.Figure(figsize=(10, 7), layout="constrained")
    cpu, age = figure.subplots(2, 1)
    contenders = list(dict.fromkeys(row.contender for rows in results.scenes.values() for row in rows))
    width = _BAR_SHARE / len(contenders)
    for number, name in enumerate(contenders):
        found = [_of(name, rows) for rows in results.scenes.values()]
        places = [scene + (number - (len(contenders) - 1) / 2) * width for scene in range(len(found))]
        colour = _COLOURS[number % len(_COLOURS)]
        cpu.bar(places, [row.cpu_ms_per_s or 0.0 for row in found], width, label=name, color=colour)
        told = [(place, row) for place, row in zip(places, found, strict=True) if row.age_p50_ms is not None]
        age.bar([place for place, _ in told], [row.age_p95_ms for _, row in told], width, color=colour, alpha=0.5)
        age.scatter([place for place, _ in told], [row.age_p50_ms for _, row in told], color=colour, zorder=3)
    for axes, title in ((cpu, "CPU, ms a second (10 = 1 % of one core)"), (age, "age of landmarks, ms: p50 •, p95 ▮")):
        axes.set_xticks(range(len(results.scenes)), list(results.scenes))
        axes.set_title(title, loc="left")
        axes.grid(axis="y", alpha=0.3)
    cpu.legend()
    figure.suptitle(results.machine, fontsize="small")
    try:
        figure.savefig(target, dpi=110, format="png")
    except OSError as error:
        raise OutputError(f"--plot {target}: cannot be written: {error.strerror}") from error


def _of(name: str, rows: Any) -> Row:  # noqa: ANN401
    found: Row = next(row for row in rows if row.contender == name)
    return found
