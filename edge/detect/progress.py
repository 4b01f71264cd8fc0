"""How long work in this room tells of itself: to a terminal, to a log, or to nobody."""

from typing import Literal, Protocol

Unit = Literal["bytes", "frames"]


class Progress(Protocol):
    """Hears what is going on. Called from one thread."""

    def say(self, line: str) -> None:
        """A step begins, ended or failed."""

    def advance(self, what: str, done: int, total: int, unit: Unit) -> None:
        """So much of something is done; called often, in rising order, and once with `done == total`."""


class Silence:
    """A progress that nobody wants to hear."""

    def say(self, line: str) -> None:
        """Say nothing."""

    def advance(self, what: str, done: int, total: int, unit: Unit) -> None:
        """Say nothing."""
