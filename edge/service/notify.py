"""Tells systemd how the service is doing, by the protocol of sd_notify(3): one datagram of VARIABLE=value lines.

Spoken here rather than through python-systemd, which needs a compiler where apt's build of it does not fit the
interpreter; the protocol is stable and is all this service needs of it.
"""

import os
import socket
from collections.abc import Mapping
from typing import Final

_US_PER_S: Final = 1_000_000
_NS_PER_US: Final = 1000


class Notifier:
    """The line to the service manager; silent where there is none.

    Args:
        address: What NOTIFY_SOCKET holds, or None outside systemd.
        watchdog_s: Within how many seconds systemd wants a sign of life, or None if it does not ask.
    """

    def __init__(self, address: str | None = None, *, watchdog_s: float | None = None) -> None:
        self._address = "\0" + address[1:] if address and address.startswith("@") else address
        self._socket: socket.socket | None = None
        self._status = ""
        self.watchdog_s = watchdog_s

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] = os.environ, *, pid: int | None = None) -> "Notifier":
        """As systemd has set up this process.

        Args:
            environ: Environment variables.
            pid: Process the watchdog is meant for; None is this one.
        """
        watchdog_s = None
        if (usec := environ.get("WATCHDOG_USEC", "")).isdecimal():
            meant = environ.get("WATCHDOG_PID")
            if meant is None or meant == str(os.getpid() if pid is None else pid):
                watchdog_s = int(usec) / _US_PER_S
        return cls(environ.get("NOTIFY_SOCKET") or None, watchdog_s=watchdog_s)

    def ready(self) -> None:
        """The service does its work: said once, and again at the end of a reload."""
        self._send({"READY": "1"})

    def status(self, text: str) -> None:
        """One line for `systemctl status`; the same line is not sent twice."""
        if text != self._status:
            self._status = text
            self._send({"STATUS": text.replace("\n", " ")})

    def alive(self) -> None:
        """Feed the watchdog."""
        self._send({"WATCHDOG": "1"})

    def reloading(self, now_ns: int) -> None:
        """The configuration is being read anew; `ready` ends that.

        Args:
            now_ns: Monotonic time.
        """
        self._send({"RELOADING": "1", "MONOTONIC_USEC": str(now_ns // _NS_PER_US)})

    def stopping(self) -> None:
        """The service is on its way out."""
        self._send({"STOPPING": "1"})

    def _send(self, variables: Mapping[str, str]) -> None:
        if self._address is None:
            return
        message = "\n".join(f"{name}={value}" for name, value in variables.items()).encode()
        try:
            if self._socket is None:
                self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)
                self._socket.settimeout(0)
                self._socket.connect(self._address)
            self._socket.send(message)
        except OSError:
            # A manager that does not listen must not stop the service; without signs of life it will act by itself.
            self._hang_up()

    def close(self) -> None:
        """Say no more."""
        self._hang_up()
        self._address = None

    def _hang_up(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None
