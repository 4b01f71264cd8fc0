"""A wire between a client and its broker that a test can cut, stall or make old-fashioned."""

import contextlib
import socket
import threading
from types import TracebackType
from typing import Final, Self

MQTT_5: Final = 5
CONNACK: Final = b"\x20\x03\x00\x00\x00"
"""MQTT 5: accepted, no properties."""


class Relay:
    """Passes bytes between its own port and a broker's, both on loopback; use as a context manager.

    Args:
        target_port: The broker's port.
        answer_to_5: When given, a client that asks for MQTT 5 gets this instead of a connection.
    """

    def __init__(self, target_port: int, *, answer_to_5: bytes | None = None) -> None:
        self._target_port = target_port
        self._answer_to_5 = answer_to_5
        self._door = self._open_door(0)
        self.port: int = self._door.getsockname()[1]
        self._lines: list[socket.socket] = []
        self._threads: list[threading.Thread] = []

    @staticmethod
    def _open_door(port: int) -> socket.socket:
        door = socket.socket()
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        door.bind(("127.0.0.1", port))
        door.listen()
        return door

    def cut(self) -> None:
        """Break all connections and refuse new ones."""
        for sock in (self._door, *self._lines):
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join()
        for sock in (self._door, *self._lines):
            sock.close()
        self._lines.clear()
        self._threads.clear()

    def mend(self) -> None:
        """Take connections again, on the same port."""
        self._door = self._open_door(self.port)
        self._spawn(self._admit)

    def _spawn(self, job: object, *arguments: socket.socket) -> None:
        thread = threading.Thread(target=job, args=arguments, name="relay")  # type: ignore[arg-type]
        self._threads.append(thread)
        thread.start()

    def _admit(self) -> None:
        while True:
            try:
                client, _ = self._door.accept()
            except OSError:
                return
            self._lines.append(client)
            request = client.recv(4096)
            level = request[request.index(b"MQTT") + 4] if b"MQTT" in request else None
            if level == MQTT_5 and self._answer_to_5 is not None:
                with contextlib.suppress(OSError):
                    client.sendall(self._answer_to_5)
                    client.shutdown(socket.SHUT_RDWR)
                continue
            broker = socket.create_connection(("127.0.0.1", self._target_port))
            self._lines.append(broker)
            broker.sendall(request)
            self._spawn(self._pass, client, broker)
            self._spawn(self._pass, broker, client)

    @staticmethod
    def _pass(source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(4096):
                sink.sendall(data)
        with contextlib.suppress(OSError):
            sink.shutdown(socket.SHUT_RDWR)

    def __enter__(self) -> Self:
        self._spawn(self._admit)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.cut()


class DeafBroker:
    """Takes one connection, accepts the client, and from then on neither reads nor answers.

    Args:
        answer: What it says to the connection request.
    """

    def __init__(self, answer: bytes = CONNACK) -> None:
        self._answer = answer
        self._door = socket.create_server(("127.0.0.1", 0))
        # Inherited by the connection: little room, so that it is soon full.
        self._door.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self.port: int = self._door.getsockname()[1]
        self._line: socket.socket | None = None
        self._thread = threading.Thread(target=self._accept, name="deaf broker")

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            self._line, _ = self._door.accept()
            self._line.recv(4096)
            self._line.sendall(self._answer)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with contextlib.suppress(OSError):
            self._door.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._door.close()
        if self._line:
            self._line.close()
