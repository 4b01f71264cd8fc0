"""Many MQTT connections in one thread: waits on all their sockets at once."""

import contextlib
import resource
import select
import selectors
from typing import Final, Protocol, TypeAlias

from paho.mqtt import client as paho

_FILES_BESIDE: Final = 100

_MOST_PACKETS: Final = 200
"""Read from one connection before the others get their turn."""


class _HasFile(Protocol):
    def fileno(self) -> int: ...


_Socket: TypeAlias = _HasFile


class Wires:
    """Sees to the network of all clients that were added. Used by one thread."""

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()
        self._known: dict[paho.Client, tuple[_Socket, int]] = {}

    def watch(self, client: paho.Client) -> None:
        """Wait for this client's socket, as it is now; to be called again when it may have changed."""
        sock = client.socket()
        wanted = selectors.EVENT_READ | (selectors.EVENT_WRITE if client.want_write() else 0)
        known = self._known.get(client)
        if known is not None and sock is known[0]:
            if wanted != known[1]:
                self._selector.modify(known[0], wanted, client)
                self._known[client] = (known[0], wanted)
            return
        if known is not None:
            self.forget(client)
        if sock is not None:
            self._selector.register(sock, wanted, client)
            self._known[client] = (sock, wanted)

    def forget(self, client: paho.Client) -> None:
        """Wait for this client no more; its socket may be closed already."""
        if (known := self._known.pop(client, None)) is None:
            return
        # One that is closed already is found by its object.
        with contextlib.suppress(KeyError):
            self._selector.unregister(known[0])

    def turn(self, wait_s: float) -> None:
        """Wait for the network, at most so long, and let the clients read and write what they can."""
        for key, mask in self._selector.select(max(0.0, wait_s)):
            client: paho.Client = key.data
            if mask & selectors.EVENT_WRITE:
                client.loop_write()
            if mask & selectors.EVENT_READ:
                _read(client)
            self.watch(client)

    def close(self) -> None:
        """Release what waits; the clients stay as they are."""
        self._selector.close()


def _read(client: paho.Client) -> None:
    """Read what has come: paho takes one packet at a time, and of many that wait the last would be late."""
    for _ in range(_MOST_PACKETS):
        client.loop_read()
        sock = client.socket()
        if sock is None or not _has_more(sock):
            return


def _has_more(sock: _Socket) -> bool:
    pending = getattr(sock, "pending", None)
    if pending is not None and pending():
        return True  # decrypted already: the kernel knows nothing of it
    poll = select.poll()
    poll.register(sock, select.POLLIN)
    return bool(poll.poll(0))


def make_room(lines: int) -> int:
    """Raise this process's limit of open files for so many connections; returns for how many there is room."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = lines + _FILES_BESIDE
    if hard != resource.RLIM_INFINITY:
        wanted = min(wanted, hard)
    if wanted > soft:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
        soft = wanted
    return soft - _FILES_BESIDE
