"""Shows the progress of long work: bars on a terminal, rare lines in a log."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from edge.detect.progress import Progress, Silence, Unit

REPORT_PERIOD_S: Final = 5.0
"""Between two progress lines in a log."""


@contextmanager
def shown_progress(*, quiet: bool) -> Iterator[Progress]:
    """A progress for people, on standard error: results go to standard output.

    Args:
        quiet: Show nothing at all.
    """
    if quiet:
        yield Silence()
    elif sys.stderr.isatty():
        with _bars() as bars:
            yield bars
    else:
        yield _Lines()


class _Lines:
    """Progress as rare lines, for logs and pipes."""

    def __init__(self) -> None:
        self._next_s = 0.0
        self._what = ""

    def say(self, line: str) -> None:
        print(line, file=sys.stderr, flush=True)

    def advance(self, what: str, done: int, total: int, unit: Unit) -> None:
        now_s = time.monotonic()
        if what != self._what:
            self._what, self._next_s = what, now_s + REPORT_PERIOD_S
        elif now_s >= self._next_s and done < total:
            self._next_s = now_s + REPORT_PERIOD_S
            self.say(f"{what}: {_amount(done, unit)} of {_amount(total, unit)}")


def _amount(number: int, unit: Unit) -> str:
    return f"{number / 1e6:.1f} MB" if unit == "bytes" else f"{number} frames"


@contextmanager
def _bars() -> Iterator[Progress]:
    from rich.console import Console  # noqa: PLC0415 - slow to import, for terminals only
    from rich.progress import BarColumn, TaskID, TextColumn, TimeRemainingColumn  # noqa: PLC0415 - the same
    from rich.progress import Progress as Display  # noqa: PLC0415 - the same

    class Bars:
        def __init__(self, display: Display) -> None:
            self._display = display
            self._tasks: dict[str, TaskID] = {}

        def say(self, line: str) -> None:
            self._display.console.print(line, markup=False, highlight=False)

        def advance(self, what: str, done: int, total: int, unit: Unit) -> None:
            if what not in self._tasks:
                self._tasks[what] = self._display.add_task(what, total=total, amount="")
            amount = f"{_amount(done, unit)} of {_amount(total, unit)}"
            self._display.update(self._tasks[what], completed=done, amount=amount)

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[amount]}"),
        TimeRemainingColumn(),
    )
    with Display(*columns, console=Console(stderr=True)) as display:
        yield Bars(display)
