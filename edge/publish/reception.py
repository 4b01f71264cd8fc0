"""What the box hears from the broker: commands, and Home Assistant that has started."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from edge.publish.commands import Commands
from edge.publish.outgoing import Outgoing
from edge.publish.topics import Topics

_JITTER_S: Final = 3.0
"""The longest wait before the announcement: a site's boxes are not to speak all at once when Home Assistant starts."""

_BORN: Final = b"online"
_NS_PER_S: Final = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Announcement:
    """What is told to Home Assistant.

    Attributes:
        topic: Where.
        payload: The announcement.
        birth: Where Home Assistant says that it has started.
    """

    topic: str
    payload: bytes
    birth: str


class Reception:
    """Takes in messages and answers through `outgoing`. Called by the thread that talks to the broker.

    Args:
        topics: The box's topics.
        outgoing: Where answers go.
        commands: Carries commands out; None where there is nobody to command.
        announcement: To Home Assistant, or None.
        draw: Gives a number from 0 to 1; spreads announcements.
    """

    def __init__(
        self,
        *,
        topics: Topics,
        outgoing: Outgoing,
        commands: Commands | None = None,
        announcement: Announcement | None = None,
        draw: Callable[[], float] = random.random,
    ) -> None:
        self._topics = topics
        self._outgoing = outgoing
        self._commands = commands
        self._announcement = announcement
        self._draw = draw
        self._before_name = topics.commands[:-1]
        self._announce_ns: int | None = None
        self._born = False

    @property
    def subscriptions(self) -> tuple[str, ...]:
        """Topics to subscribe to."""
        commands = (self._topics.commands,) if self._commands else ()
        return commands + ((self._announcement.birth,) if self._announcement else ())

    def connected(self, now_ns: int) -> None:
        """A connection has begun."""
        self._announce_soon(now_ns)

    def received(self, topic: str, payload: bytes, *, retained: bool, now_ns: int) -> None:
        """Take in a message."""
        if self._announcement and topic == self._announcement.birth:
            # Kept by the broker, it says nothing new: the announcement follows every connect anyway.
            if payload == _BORN and not retained:
                self._born = True
                self._announce_soon(now_ns)
            return
        name = topic.removeprefix(self._before_name)
        if self._commands is None or name == topic:
            return
        answer = self._commands.handle(name, payload, now_ns=now_ns, retained=retained)
        if answer is not None:
            self._outgoing.answer(self._topics.result(answer.command), answer.payload)

    def tick(self, now_ns: int) -> None:
        """Announce when the wait is over; to be called once a second at least."""
        if self._announcement and self._announce_ns is not None and now_ns >= self._announce_ns:
            self._announce_ns = None
            self._outgoing.announce(self._announcement.topic, self._announcement.payload, repeat=self._born)
            self._born = False

    def _announce_soon(self, now_ns: int) -> None:
        self._announce_ns = now_ns + round(self._draw() * _JITTER_S * _NS_PER_S)
