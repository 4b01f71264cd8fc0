"""Landmarks to the broker: the only messages that do not go through paho."""

import contextlib
import ssl
import threading
from collections.abc import Iterator
from typing import Final, Protocol

from paho.mqtt.enums import MQTTProtocolVersion

_PUBLISH: Final = b"\x30"
"""First byte of a message of QoS 0 that is not retained."""

_EXPIRE_S: Final = 2
"""A broker that speaks MQTT 5 throws away landmarks older than this instead of handing them to a slow subscriber."""

_EXPIRY: Final = 0x02
"""MQTT 5's property with that time (2.2.2.2)."""


class Socket(Protocol):
    """What is needed of a socket that does not block."""

    def fileno(self) -> int:
        """For `select`."""

    def send(self, data: bytes, /) -> int:
        """Take some bytes and say how many."""


class LandmarkLine:
    """Sends landmarks past paho, which takes several times as long for each as the rest of the way to the socket.

    A landmark message is QoS 0: nobody answers it, and paho keeps nothing of it. Only while paho has nothing to write,
    and before it writes again, may anything be sent here. While the thread that talks to the broker sleeps, it lends
    the socket to whoever has landmarks: to wake a thread takes longer than to send them.

    Args:
        topic: Full name of the topic.
        protocol: MQTT 5 or 3.1.1.
    """

    def __init__(self, *, topic: str, protocol: MQTTProtocolVersion) -> None:
        name = topic.encode()
        self._head = len(name).to_bytes(2, "big") + name
        if protocol is MQTTProtocolVersion.MQTTv5:
            expiry = bytes([_EXPIRY]) + _EXPIRE_S.to_bytes(4, "big")
            self._head += bytes([len(expiry)]) + expiry
        self._rest = b""
        self._lending = threading.Lock()
        self._lent: Socket | None = None

    @property
    def busy(self) -> bool:
        """Whether the socket has taken only a part of the last message: nothing else may be written until `go_on`."""
        return bool(self._rest)

    def send(self, sock: Socket, payload: bytes) -> None:
        """Send a message, or as much of it as the socket takes; only when not `busy`.

        Raises:
            OSError: The connection is broken.
        """
        length = len(self._head) + len(payload)
        self._rest = _PUBLISH + _variable_integer(length) + self._head + payload
        self.go_on(sock)

    @contextlib.contextmanager
    def lend(self, sock: Socket) -> Iterator[None]:
        """Let `send_at_once` have the socket for as long as this lasts; only when not `busy`."""
        self._lent = sock
        try:
            yield
        finally:
            with self._lending:
                self._lent = None

    def send_at_once(self, payload: bytes) -> bool:
        """Send a message, from any thread, if the socket is lent; `busy` may be the case afterwards.

        Returns:
            Whether it was sent. If not, the thread that talks to the broker has to, or to find out what is wrong.
        """
        with self._lending:
            if self._lent is None or self._rest:
                return False
            try:
                self.send(self._lent, payload)
            except OSError:
                self._rest, self._lent = b"", None
                return False
            return True

    def go_on(self, sock: Socket) -> None:
        """Send the rest of the last message.

        Raises:
            OSError: The connection is broken.
        """
        with contextlib.suppress(BlockingIOError, ssl.SSLWantWriteError, ssl.SSLWantReadError):
            self._rest = self._rest[sock.send(self._rest) :]


def _variable_integer(value: int) -> bytes:
    """As MQTT writes lengths: seven bits a byte, the lowest first, the highest bit for more."""
    written = bytearray()
    while value > 0x7F:  # noqa: PLR2004 - what seven bits hold
        written.append(value & 0x7F | 0x80)
        value >>= 7
    written.append(value)
    return bytes(written)
