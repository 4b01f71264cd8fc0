"""A broker on loopback in a process of its own, so that its CPU time is nobody's figure."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from edge.bench.errors import BenchError
from edge.errors import ConfigError

_HOST: Final = "127.0.0.1"
_START_S: Final = 10.0
_END_S: Final = 5.0
_LOOK_S: Final = 0.02
_ROOT_ONLY_PATHS: Final = "/usr/sbin:/usr/local/sbin"
_WHILE_INPUT_IS_OPEN: Final = '"$0" "$@" & cat >/dev/null; kill $!; wait $!'
"""Shell line that ends a program when this process has ended, in whatever way."""
_EMBEDDED: Final = """\
import sys
from edge.demo.broker import EmbeddedBroker
with EmbeddedBroker() as broker:
    print(broker.port, flush=True)
    sys.stdin.read()
"""


class BrokerProcess:
    """mosquitto where it is installed, else the demo's broker. Use as a context manager.

    Attributes:
        port: Where it listens on 127.0.0.1.
        protocol: What `mqtt.protocol` has to be: the demo's broker speaks 3.1.1 only.
        name: Which one it is.

    Raises:
        ConfigError: Neither is installed.
        BenchError: mosquitto does not start.
    """

    port: int
    protocol: str
    name: str

    def __init__(self) -> None:
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            mosquitto = shutil.which("mosquitto") or shutil.which("mosquitto", path=_ROOT_ONLY_PATHS)
            if mosquitto:
                self._start_mosquitto(mosquitto, stack)
            else:
                self._start_embedded(stack)
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def _start_mosquitto(self, program: str, stack: ExitStack) -> None:
        self.name, self.protocol, self.port = "mosquitto", "auto", _free_port()
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        lines = [f"listener {self.port} {_HOST}", "allow_anonymous true", "log_dest none", "persistence false"]
        if os.geteuid() == 0:
            lines.append("user root")  # else it would become a user who may not read its configuration
        configuration = folder / "mosquitto.conf"
        configuration.write_text("\n".join(lines) + "\n", encoding="ascii")
        self._process(["sh", "-c", _WHILE_INPUT_IS_OPEN, program, "-c", str(configuration)], stack)
        deadline_s = time.monotonic() + _START_S
        while not _answers(self.port):
            if time.monotonic() > deadline_s:
                raise BenchError("mosquitto does not start: run it by hand to see why")
            time.sleep(_LOOK_S)

    def _start_embedded(self, stack: ExitStack) -> None:
        self.name, self.protocol = "amqtt", "3.1.1"
        process = self._process([sys.executable, "-c", _EMBEDDED], stack)
        assert process.stdout is not None  # noqa: S101 - it was asked for
        line = process.stdout.readline()
        if not line:
            raise ConfigError("the bench needs a broker: sudo apt install mosquitto (or: make demo, for its own)")
        self.port = int(line)

    @staticmethod
    def _process(command: list[str], stack: ExitStack) -> "subprocess.Popen[bytes]":
        process = subprocess.Popen(  # noqa: S603 - found on PATH, or this Python
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, process_group=0
        )
        stack.callback(_end, process)
        return process


def _end(process: "subprocess.Popen[bytes]") -> None:
    with process:
        assert process.stdin is not None  # noqa: S101 - it was asked for
        process.stdin.close()
        try:
            process.wait(_END_S)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)


def _free_port() -> int:
    with socket.create_server((_HOST, 0)) as probe:
        port: int = probe.getsockname()[1]
        return port


def _answers(port: int) -> bool:
    try:
        socket.create_connection((_HOST, port), timeout=1).close()
    except OSError:
        return False
    return True
