"""Listens to a fleet and shows it: a table that stays up to date, or one look."""

import json
import signal
import sys
import time
from dataclasses import dataclass
from typing import Final

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from edge.errors import ExitCode
from edge.fleet.trouble import TROUBLES, Filter, as_json, common_version, rank, troubles
from edge.publish.listener import Access, Link, Listener
from edge.watch.box import Box, Fleet, event_in_words
from edge.watch.inbox import Inbox
from edge.watch.reading import number, read, text
from edge.watch.views import ago, headline, time_of

_STOP_SIGNALS: Final = frozenset({signal.SIGTERM, signal.SIGINT})
_LOOK_S: Final = 0.1
_PERIOD_S: Final = 1.0
"""Between two pictures: a thousand boxes take a while to sort."""

_AROUND: Final = 5
"""Lines around the table's rows."""

_TOLD: Final = ("status", "camera", "state", "health", "event")
_STYLES: Final = {"fall": "bold white on red", "offline": "red", "blind": "red"}
_COLUMNS: Final = ("box", "trouble", "version", "fps", "°C", "outbox", "uptime", "last event")


@dataclass(frozen=True, slots=True)
class Look:
    """What is asked of a fleet.

    Attributes:
        wanted: Version that boxes should run; None takes the one that most do.
        least_fps: Fewer frames a second from a camera are slow.
        only: Which boxes are shown.
    """

    wanted: str | None
    least_fps: float
    only: Filter

    def at(self, fleet: Fleet, now_s: float) -> list[tuple[Box, list[str]]]:
        """The boxes shown, each with its troubles, worst first."""
        boxes = fleet.boxes.values()
        wanted = self.wanted or common_version(boxes)
        judged = [(box, troubles(box, wanted=wanted, least_fps=self.least_fps, now_s=now_s)) for box in boxes]
        shown = [(box, found) for box, found in judged if self.only.shows(box, found)]
        return sorted(shown, key=lambda row: (rank(row[1]), row[0].device))


def show(
    access: Access,
    *,
    prefix: str,
    wanted: str | None,
    least_fps: float,
    only: Filter,
    as_json: bool,
    for_s: float,
) -> int:
    """Show the fleet until SIGINT or SIGTERM, or once after some seconds of listening.

    Args:
        access: How the broker is reached.
        prefix: What all topics begin with.
        wanted: Version that boxes should run; None takes the one that most do.
        least_fps: Fewer frames a second from a camera are slow.
        only: Which boxes are shown.
        as_json: Print JSON lines once instead of a table.
        for_s: Seconds to listen when nothing stays on a screen.

    Returns:
        0, or 9 if the broker could not be heard in time.
    """
    # Blocked before any thread exists, and waited for below: no handler can interrupt a drawing.
    signal.pthread_sigmask(signal.SIG_BLOCK, _STOP_SIGNALS)
    look, fleet, inbox, console = Look(wanted, least_fps, only), Fleet(), Inbox(), Console()
    filters = [(f"{prefix}/+/{kind}", 1) for kind in _TOLD]
    listener = Listener(access=access, filters=filters, on_message=inbox.put)
    live = None
    if console.is_terminal and not as_json:
        live = Live(console=console, auto_refresh=False, screen=True)
        live.start()
    listener.start()
    end_s, due_s = time.monotonic() + for_s, 0.0
    try:
        while not signal.sigtimedwait(_STOP_SIGNALS, _LOOK_S):
            for heard in inbox.take():
                if message := read(heard, prefix):
                    fleet.take(message)
            now_s = time.monotonic()
            if live and now_s >= due_s:
                due_s = now_s + _PERIOD_S
                live.update(picture(look.at(fleet, now_s), fleet, listener.link, console.height), refresh=True)
            if not live and now_s >= end_s:
                break
    finally:
        link = listener.link
        listener.close()
        if live:
            live.stop()
    if live:
        return ExitCode.OK
    return _say(look.at(fleet, time.monotonic()), fleet, link, console if not as_json else None)


def _say(rows: list[tuple[Box, list[str]]], fleet: Fleet, link: Link, console: Console | None) -> int:
    if link.trouble or not fleet.messages:
        sys.stderr.write(f"pose-edge: {link.trouble or 'no box has been heard of'}\n")
        return ExitCode.UNHEALTHY
    if console:
        console.print(picture(rows, fleet, link, len(rows) + _AROUND))
    else:
        sys.stdout.writelines(json.dumps(as_json(box, found)) + "\n" for box, found in rows)
    return ExitCode.OK


def picture(rows: list[tuple[Box, list[str]]], fleet: Fleet, link: Link, height: int) -> RenderableType:
    """Head, as many rows as there is room for, and how many there was none for."""
    table = Table(box=None, expand=True, padding=(0, 1, 0, 0), header_style="dim")
    for name in _COLUMNS[:-1]:
        right = name in {"fps", "°C", "outbox", "uptime"}
        table.add_column(name, justify="right" if right else "left", no_wrap=True, overflow="ellipsis")
    table.add_column(_COLUMNS[-1], ratio=1, no_wrap=True, overflow="ellipsis")
    room = max(1, height - _AROUND)
    for box, found in rows[:room]:
        style = _STYLES.get(found[0], "yellow") if found else ""
        table.add_row(*_row(box, found), style=style)
    counts = {trouble: sum(trouble in found for _, found in rows) for trouble in TROUBLES}
    words = f"{len(rows)} of {len(fleet.boxes)} boxes"
    words += "".join(f", {count} {trouble}" for trouble, count in counts.items() if count)
    hidden = len(rows) - room
    last = f"… and {hidden} more: narrow it down with --only or --name" if hidden > 0 else ""
    return Group(headline(link, words), Text(), table, Text(last, style="dim"))


def _row(box: Box, found: list[str]) -> list[str]:
    health = box.health
    last = box.events[-1] if box.events else None
    fps, heat = number(health.get("fps_in")), number(health.get("temperature_c"))
    return [
        box.device,
        ", ".join(found) or "–",
        text(health.get("version"), longest=16) or "?",
        "–" if fps is None else f"{fps:.1f}",
        "–" if heat is None else f"{heat:.0f}",
        text(health.get("outbox")),
        ago(number(health.get("uptime_s"))),
        f"{time_of(last)} {event_in_words(last)}" if last else _before(box),
    ]


def _before(box: Box) -> str:
    """Of a box that has told no event since we listen: brokers keep none, but what changed last, and when."""
    return f"{time_of(box.state)} or before" if box.state.get("ts") else ""
