"""The two screens of a terminal: one box with its people, or all boxes as a table."""

from typing import Final

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from edge.publish.listener import Link
from edge.watch.box import Box, event_in_words
from edge.watch.canvas import draw
from edge.watch.reading import listed, number, text
from edge.watch.views import LiveView, ago, event_style, headline, time_of

_BOX_PERIOD_S: Final = 0.1
"""Landmarks come ten times a second."""

_TABLE_PERIOD_S: Final = 0.5
"""People read no faster, and two hundred rows take a while to lay out."""

_SIDE: Final = 40
"""Columns for what stands beside the skeleton."""

_EVENT_ROWS: Final = 8
_LEAST_ROWS: Final = 4

_SILENT_S: Final = 2.0
"""A box sends landmarks at least once a second (docs/mqtt.md): after twice as long the picture is old."""

_WORRIES: Final = {
    "fall": "bold white on red",
    "offline": "red",
    "camera": "red",
    "view": "yellow",
    "hot": "yellow",
    "ok": "",
}


class BoxScreen(LiveView):
    """One box: its skeletons, people, health and events.

    Args:
        device: Which.
        console: Where to draw.
    """

    def __init__(self, device: str, *, console: Console) -> None:
        super().__init__(period_s=_BOX_PERIOD_S, console=console)
        self._box = self.fleet.boxes[device] = Box(device)

    def picture(self, link: Link, now_s: float) -> RenderableType:
        """Head, skeleton beside facts, events."""
        width, height = self.console.size
        box = self._box
        event_rows = min(_EVENT_ROWS, max(1, height - 3 - _LEAST_ROWS))
        rows = max(1, height - 3 - event_rows)
        age_s = box.landmarks_age_s(now_s)
        beside = width >= 2 * _SIDE
        fresh = box.landmarks if age_s is not None and age_s <= _SILENT_S else None
        sheet = draw(fresh, width - _SIDE - 1 if beside else width, rows)
        facts = _facts(box, age_s)
        facts.truncate(10_000)
        body: RenderableType = sheet
        if beside:
            grid = Table.grid(padding=(0, 1, 0, 0))
            grid.add_column(width=width - _SIDE - 1, no_wrap=True)
            grid.add_column(width=_SIDE - 1, no_wrap=True, overflow="ellipsis")
            grid.add_row(sheet, Text("\n").join(facts.split("\n")[:rows]))
            body = grid
        return Group(
            headline(link, f"{box.device}: {_availability(box)}"),
            body,
            Text("─" * width, style="dim", no_wrap=True),
            *_events(box, event_rows),
        )


class FleetScreen(LiveView):
    """All boxes, those that need somebody first.

    Args:
        console: Where to draw.
    """

    def __init__(self, *, console: Console) -> None:
        super().__init__(period_s=_TABLE_PERIOD_S, console=console)

    def picture(self, link: Link, now_s: float) -> RenderableType:
        """Head, as many rows as there is room for, and how many there was none for."""
        boxes = self.fleet.worst_first()
        room = max(1, self.console.size.height - 5)
        table = Table(box=None, expand=True, padding=(0, 1, 0, 0), header_style="dim")
        for name, right in (
            ("box", False),
            ("status", False),
            ("camera", False),
            ("people", True),
            ("posture", False),
            ("fall", False),
            ("fps", True),
            ("°C", True),
            ("version", False),
            ("heard", True),
        ):
            table.add_column(name, justify="right" if right else "left", no_wrap=True, overflow="ellipsis")
        table.add_column("last event", ratio=1, no_wrap=True, overflow="ellipsis")
        for box in boxes[:room]:
            table.add_row(*_row(box, now_s), style=_WORRIES[box.worry])
        hidden = len(boxes) - room
        last = f"… and {hidden} more: make the window larger, or look at one with --device ID" if hidden > 0 else ""
        return Group(headline(link, self._summary(boxes)), Text(), table, Text(last, style="dim"))

    def _summary(self, boxes: list[Box]) -> str:
        online = sum(box.status == "online" for box in boxes)
        people = sum(box.people or 0 for box in boxes if box.status == "online")
        falls = sum(box.fallen for box in boxes)
        unreadable = sum(box.unreadable for box in boxes)
        words = f"{len(boxes)} boxes, {online} online, {people} people"
        words += f", {falls} {'FALL' if falls == 1 else 'FALLS'}" if falls else ""
        words += f", {unreadable} messages unreadable" if unreadable else ""
        return words + (f", {self.fleet.left_out} messages of further boxes left out" if self.fleet.left_out else "")


def _row(box: Box, now_s: float) -> list[str]:
    heard_s = None if box.heard_s is None else now_s - box.heard_s
    last = box.events[-1] if box.events else None
    return [
        box.device,
        box.status or "?",
        box.camera or "?",
        text(box.people),
        text(box.state.get("posture")),
        text(box.state.get("fall")),
        _rounded(box.health.get("fps_inferred")),
        _rounded(box.health.get("temperature_c")),
        text(box.health.get("version"), longest=12),
        ago(heard_s),
        f"{time_of(last)} {event_in_words(last)}" if last else "",
    ]


def _availability(box: Box) -> str:
    if box.status != "online":
        return f"{box.status or 'nothing heard yet'}"
    return f"online, camera {box.camera or '?'}, view {text(box.state.get('view', '?'))}"


def _facts(box: Box, age_s: float | None) -> Text:
    facts = Text(no_wrap=True)
    facts.append(f"people     {text(box.people) or '?'}\n")
    facts.append(f"fall       {text(box.state.get('fall')) or '?'}\n", "bold red" if box.fallen else "")
    for track in box.tracks[:8]:
        floor = " on the floor" if track.get("on_floor") is True else ""
        words = f" #{text(track.get('id')):<4} {text(track.get('posture'))}{floor}"
        zones = ", ".join(text(zone) for zone in listed(track.get("zones"))[:4])
        words += f" in {zones}" if zones else ""
        if track.get("exercise"):
            words += f", {text(track['exercise'])} {text(track.get('reps'))}"
        facts.append(words + "\n", "bold red" if track.get("fall") == "ON" else "bold")
    facts.append("\n")
    facts.append(f"landmarks  {_landmarks(box, age_s)}\n")
    for name, key, unit in (
        ("camera", "fps_in", "fps"),
        ("model", "fps_inferred", "runs/s"),
        ("latency", "latency_p95_ms", "ms (p95)"),
        ("CPU", "cpu_percent", "%"),
        ("memory", "rss_mb", "MiB"),
        ("heat", "temperature_c", "°C"),
        ("outbox", "outbox", "waiting"),
    ):
        value = box.health.get(key)
        facts.append(f"{name:<10} {_rounded(value)} {unit}\n" if number(value) is not None else f"{name:<10} –\n")
    facts.append(f"mode       {text(box.health.get('mode')) or '–'}")
    if box.health.get("limited_by"):
        facts.append(f", held back by {text(box.health['limited_by'])}", "yellow")
    facts.append(f"\nversion    {text(box.health.get('version')) or '–'} ({text(box.health.get('model')) or '–'})\n")
    if box.health.get("throttled") is True:
        facts.append("slowed down by heat or low voltage\n", "yellow")
    if box.unreadable:
        facts.append(f"{box.unreadable} unreadable: {text(box.fault, longest=200)}\n", "yellow")
    return facts


def _landmarks(box: Box, age_s: float | None) -> str:
    if age_s is None:
        return "none yet"
    if age_s > _SILENT_S:
        return f"silent for {ago(age_s)}"
    missed = f", {box.missed} missed" if box.missed else ""
    return f"{box.landmark_rate_hz:.1f} a second{missed}"


def _events(box: Box, rows: int) -> list[Text]:
    newest = list(box.events)[: -rows - 1 : -1]
    if not newest:
        return [Text("no event yet", style="dim")]
    return [
        Text(f"{time_of(event)} {event_in_words(event)}", style=event_style(event), no_wrap=True, overflow="ellipsis")
        for event in newest
    ]


def _rounded(value: object) -> str:
    found = number(value)
    if isinstance(value, int) and found is not None:
        return text(value)
    return "–" if found is None else f"{found:.0f}" if abs(found) >= 100 else f"{found:.1f}"  # noqa: PLR2004 - digits
