"""How a connection to the broker, or the attempt at one, ended."""

from dataclasses import dataclass
from enum import Enum, auto
from typing import Final, Self

from paho.mqtt.reasoncodes import ReasonCode

SHUTTING_DOWN: Final = 139
"""Reason code of MQTT 5 with which a broker ends all connections before it ends itself."""

_VERSION_REFUSED: Final = 132
_LOGIN_REFUSED: Final = frozenset({134, 135, 138, 140})
"""Reason codes of MQTT 5 (2.4): bad user name or password, not authorized, banned, bad authentication method. paho
translates the return codes of 3.1.1 into them."""


class Ending(Enum):
    """How a connection, or the attempt at one, ended."""

    UNREACHABLE = auto()
    NOT_TRUSTED = auto()
    NO_ANSWER = auto()
    VERSION_REFUSED = auto()
    LOGIN_REFUSED = auto()
    REFUSED = auto()
    LOST = auto()
    DISMISSED = auto()
    """The broker is there and has ended it on purpose: another client of this name has come, or it wants no more."""
    CLOSED = auto()


@dataclass(frozen=True, slots=True)
class Ended:
    """The end of a connection.

    Attributes:
        ending: Its kind.
        reason: In words.
        lasted_s: How long the broker had accepted us, in seconds; 0 if it never did.
    """

    ending: Ending
    reason: str
    lasted_s: float = 0.0

    @classmethod
    def refused(cls, code: ReasonCode) -> Self:
        """The broker's answer to the attempt was no."""
        reason = code.getName()
        if code.value == _VERSION_REFUSED:
            return cls(Ending.VERSION_REFUSED, reason)
        if code.value in _LOGIN_REFUSED:
            return cls(Ending.LOGIN_REFUSED, reason)
        return cls(Ending.REFUSED, reason)
