"""How the demo's messages are shown: a live line and events for people, JSON lines for scripts."""

import json
from abc import ABC, abstractmethod
from typing import Final, Self

from rich.console import Console
from rich.live import Live
from rich.text import Text

from edge.demo.viewer import Received, Tally
from edge.publish.wire import LandmarkMessage, landmarks_json

_PLAIN_LINE_S: Final = 1.0
"""Without a terminal the live line is printed this often."""


class View(ABC):
    """Shows messages. Use as a context manager; keeps count in `tally`."""

    def __init__(self) -> None:
        self.tally = Tally()

    @abstractmethod
    def say(self, text: str) -> None:
        """Show a line about the demo itself."""

    @abstractmethod
    def take(self, received: Received) -> None:
        """Show one message."""

    @abstractmethod
    def redraw(self, seconds: float) -> None:
        """Show how things stand, so many seconds after the start."""

    @abstractmethod
    def end(self) -> None:
        """Show the summary."""

    def __enter__(self) -> Self:
        return self

    @abstractmethod
    def __exit__(self, *_: object) -> None:
        """Give the terminal back."""


class JsonView(View):
    """Every message as one JSON object a line, with its topic; the summary last."""

    def say(self, text: str) -> None:
        """Stay silent: scripts read messages."""

    def take(self, received: Received) -> None:
        """Print one message."""
        self.tally.take(received)
        content = received.content
        if isinstance(content, LandmarkMessage):
            content = json.loads(landmarks_json(content))
        print(json.dumps({"topic": received.topic, "message": content}, ensure_ascii=False), flush=True)

    def redraw(self, seconds: float) -> None:
        """Print nothing in between."""

    def __exit__(self, *_: object) -> None:
        """There is nothing to give back."""

    def end(self) -> None:
        """Print the summary."""
        print(json.dumps({"summary": self.tally.as_dict()}), flush=True)


class TerminalView(View):
    """A live line that is redrawn in place, and above it every event and change of state as it happens.

    Args:
        console: Where to draw; not a terminal (a log, a pipe), it gets a line a second instead.
    """

    def __init__(self, console: Console | None = None) -> None:
        super().__init__()
        self._console = console or Console()
        self._live = Live(console=self._console, auto_refresh=False, transient=True)
        self._plain_due_s = 0.0

    def __enter__(self) -> Self:
        if self._console.is_terminal:
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Give the terminal back."""
        self._live.stop()

    def say(self, text: str) -> None:
        """Print a line."""
        self._console.print(Text(text))

    def take(self, received: Received) -> None:
        """Print events and states; landmarks go into the live line."""
        self.tally.take(received)
        if received.topic in ("landmarks", "health"):
            return
        style = "bold green" if received.topic == "event" else "dim"
        self._console.print(Text(f"{received.topic:<9} {_in_words(received)}", style=style), soft_wrap=True)

    def redraw(self, seconds: float) -> None:
        """Redraw the live line."""
        line = self.tally.line(seconds)
        if self._console.is_terminal:
            self._live.update(Text(line, no_wrap=True, overflow="ellipsis"), refresh=True)
        elif seconds >= self._plain_due_s:
            self._plain_due_s += _PLAIN_LINE_S
            self._console.print(Text(line), soft_wrap=True)

    def end(self) -> None:
        """Print the summary."""
        self._console.print(Text(self.tally.summary()), soft_wrap=True)


def _in_words(received: Received) -> str:
    """An event or a change of state, for people."""
    content = received.content
    if not isinstance(content, dict):
        return str(content)
    if received.topic == "event":
        data = "".join(f", {name} {value}" for name, value in content["data"].items())
        return (
            f"{content['type']} #{content['track']}, confidence {content['confidence']:.2f}{data}; id {content['id']}"
        )
    people = content["people"]
    return f"{people} {'person' if people == 1 else 'people'}, posture {content['posture']}, fall {content['fall']}"
