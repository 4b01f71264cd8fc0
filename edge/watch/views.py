"""How messages are shown: a JSON line each, plain lines for pipes and logs, or a picture of how things stand."""

import json
import sys
import time
from abc import ABC, abstractmethod
from datetime import datetime
from typing import TYPE_CHECKING, Final, Self

from rich.console import Console
from rich.text import Text

from edge.publish.listener import Link
from edge.publish.wire import LandmarkMessage
from edge.watch.box import Fleet, event_in_words
from edge.watch.reading import Message, text

if TYPE_CHECKING:
    from rich.console import RenderableType

_ALARMS: Final = frozenset({"fall_detected", "long_lie", "help_gesture"})


class View(ABC):
    """Shows messages as they come. Use as a context manager; `fleet` knows what was shown."""

    def __init__(self) -> None:
        self.fleet = Fleet()

    @abstractmethod
    def take(self, message: Message) -> None:
        """Show one message, or keep it for the next `redraw`."""

    @abstractmethod
    def redraw(self, link: Link, now_s: float) -> None:
        """Show how things stand, as of a monotonic time."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:  # noqa: B027 - most have nothing to give back
        """Give the terminal back."""


class _Troubles:
    """Tells each change of the connection once, on standard error."""

    def __init__(self) -> None:
        self._told = Link()

    @staticmethod
    def _say(words: str) -> None:
        sys.stderr.write(f"pose-edge: {words}\n")
        sys.stderr.flush()

    def tell(self, link: Link) -> None:
        if link.trouble and link.trouble != self._told.trouble:
            self._say(link.trouble)
        elif link.connected and self._told.trouble and not link.trouble:
            self._say("connected")
        if link.trouble or link.connected:
            self._told = link


class JsonView(View):
    """Every message, decoded, as one JSON object a line; also those that cannot be read."""

    def __init__(self) -> None:
        super().__init__()
        self._troubles = _Troubles()

    def take(self, message: Message) -> None:
        """Print one message."""
        sys.stdout.write(json.dumps(message.as_dict(), ensure_ascii=False, separators=(",", ":")) + "\n")

    def redraw(self, link: Link, now_s: float) -> None:  # noqa: ARG002 - of all views
        """Hand on what was printed."""
        self._troubles.tell(link)
        sys.stdout.flush()


class PlainView(View):
    """A line for each event and each change, for pipes, logs and terminals without a cursor."""

    def __init__(self) -> None:
        super().__init__()
        self._troubles = _Troubles()
        self._shown: dict[tuple[str, str], str] = {}

    def take(self, message: Message) -> None:
        """Print what is new."""
        new = self.fleet.take(message)
        if not new or (isinstance(message.content, LandmarkMessage) and not message.fault):
            return
        words = f"cannot be read: {text(message.fault, longest=200)}" if message.fault else _words(message)
        if message.kind not in ("event", "health"):
            if self._shown.get((message.device, message.kind)) == words:
                return
            self._shown[message.device, message.kind] = words
        sys.stdout.write(f"{_clock()}  {message.device:<12} {text(message.kind):<9} {words}\n")

    def redraw(self, link: Link, now_s: float) -> None:  # noqa: ARG002 - of all views
        """Hand on what was printed, and tell of the connection."""
        self._troubles.tell(link)
        sys.stdout.flush()


class LiveView(View):
    """A picture that is drawn anew while things change.

    Args:
        period_s: Seconds between two pictures.
        console: Where to draw.
    """

    def __init__(self, *, period_s: float, console: Console) -> None:
        super().__init__()
        from rich.live import Live  # noqa: PLC0415 - for terminals only

        self.console = console
        self._period_s = period_s
        self._due_s = 0.0
        self._live: Live = Live(console=console, auto_refresh=False, screen=True)

    @abstractmethod
    def picture(self, link: Link, now_s: float) -> "RenderableType":
        """What the screen is to show."""

    def take(self, message: Message) -> None:
        """Keep one message."""
        self.fleet.take(message)

    def redraw(self, link: Link, now_s: float) -> None:
        """Draw, if it is time."""
        if now_s >= self._due_s:
            self._due_s = now_s + self._period_s
            self._live.update(self.picture(link, now_s), refresh=True)

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Give the terminal back."""
        self._live.stop()


def headline(link: Link, words: str) -> Text:
    """The first line of a screen: what is shown, and what is wrong with the connection."""
    head = Text(words, style="bold", no_wrap=True, overflow="ellipsis")
    if link.trouble:
        head.append(f"   {text(link.trouble, longest=200)}", "bold red")
    elif not link.connected:
        head.append("   connecting …", "yellow")
    return head


def event_style(event: dict[str, object]) -> str:
    """How an event is to stand out."""
    kind = event.get("type")
    return "bold red" if kind in _ALARMS else "yellow" if kind == "fall_suspected" else ""


def ago(seconds: float | None) -> str:
    """How long ago something was, in few letters."""
    if seconds is None:
        return "–"
    for length_s, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= length_s:
            return f"{seconds / length_s:.0f} {unit}"
    return f"{max(0.0, seconds):.0f} s"


def time_of(event: dict[str, object]) -> str:
    """The time of day at which an event happened, here."""
    try:
        return f"{datetime.fromisoformat(str(event.get('ts'))).astimezone():%H:%M:%S}"
    except (ValueError, OverflowError):
        return "??:??:??"


def _clock() -> str:
    return time.strftime("%H:%M:%S")


def _words(message: Message) -> str:
    content = message.content
    if message.kind == "event" and isinstance(content, dict):
        return f"{time_of(content)} {event_in_words(content)}"
    if message.kind == "state" and isinstance(content, dict):
        shown = {key: content.get(key) for key in ("people", "posture", "fall", "view")}
        return ", ".join(f"{key} {text(value)}" for key, value in shown.items())
    if message.kind == "health" and isinstance(content, dict):
        shown = {
            key: content.get(key) for key in ("version", "fps_inferred", "latency_p95_ms", "temperature_c", "outbox")
        }
        return ", ".join(f"{key} {text(value)}" for key, value in shown.items() if value is not None)
    return text(content, longest=300)
