"""A real mosquitto on a free loopback port, and a subscriber to look at what arrives there."""

import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

WAIT_S = 10.0
"""Long enough for a loaded machine; what is waited for normally comes within milliseconds."""


def find_mosquitto() -> str | None:
    """Path of the broker, which Debian installs where only root's PATH looks."""
    return shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_until(condition: Callable[[], object], what: str, *, within_s: float = WAIT_S) -> None:
    """Look at a condition until it holds; fail, saying what was waited for, when it does not in time."""
    deadline = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < deadline, f"waited {within_s} s in vain: {what}"
        time.sleep(0.01)


class Broker:
    """A mosquitto of its own; use as a context manager, or start and stop it as a broker would come and go.

    Args:
        directory: Where its configuration and log go.
        users: User names and passwords; empty lets everybody in.
        options: Further lines for its configuration.
    """

    def __init__(self, directory: Path, *, users: Mapping[str, str] | None = None, options: str = "") -> None:
        self.port = free_port()
        self._directory = directory
        self._users = dict(users or {})
        self._options = options
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        executable = find_mosquitto()
        assert executable, "mosquitto is not installed"
        # Started by root, mosquitto would become a user who may not read the test's directory.
        lines = [f"listener {self.port} 127.0.0.1", "user root", "log_dest file " + str(self.log), self._options]
        if self._users:
            passwords = self._directory / "passwords"
            passwords.write_text("".join(f"{name}:{word}\n" for name, word in self._users.items()))
            passwords.chmod(0o600)
            subprocess.run(["mosquitto_passwd", "-U", passwords], check=True, capture_output=True)
            lines += ["allow_anonymous false", f"password_file {passwords}"]
        else:
            lines += ["allow_anonymous true"]
        configuration = self._directory / "mosquitto.conf"
        configuration.write_text("\n".join(lines) + "\n")
        self._process = subprocess.Popen([executable, "-c", configuration])
        wait_until(self._answers, f"mosquitto on port {self.port}")

    @property
    def log(self) -> Path:
        return self._directory / "mosquitto.log"

    def _answers(self) -> bool:
        assert self._process
        assert self._process.poll() is None, "mosquitto ended: " + self.log.read_text()
        try:
            socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
        except OSError:
            return False
        return True

    def stop(self) -> None:
        if self._process:
            self._process.terminate()
            self._process.wait(WAIT_S)
            self._process = None

    def restart(self) -> None:
        self.stop()
        self.start()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


@dataclass(frozen=True, slots=True)
class Received:
    topic: str
    payload: bytes
    qos: int
    retained: bool
    expiry_s: int | None


class Listener:
    """Subscribes to everything, speaking MQTT 5, and keeps what arrives; connects again when the broker comes back.

    Args:
        port: The broker's port on loopback.
        login: User name and password.
    """

    def __init__(self, port: int, *, login: tuple[str, str] | None = None) -> None:
        self.received: list[Received] = []
        self._subscribed = False
        self._client = paho.Client(CallbackAPIVersion.VERSION2, protocol=MQTTProtocolVersion.MQTTv5)
        self._client.reconnect_delay_set(0.05, 0.2)  # type: ignore[arg-type]
        self._client.on_connect = lambda client, *_: client.subscribe("#", qos=1)
        self._client.on_subscribe = self._on_subscribe
        self._client.on_message = self._on_message
        if login:
            self._client.username_pw_set(*login)
        self._client.connect("127.0.0.1", port)

    def _on_subscribe(self, *_: object) -> None:
        self._subscribed = True

    def _on_message(self, _client: paho.Client, _userdata: object, message: paho.MQTTMessage) -> None:
        expiry = getattr(message.properties, "MessageExpiryInterval", None)
        self.received.append(Received(message.topic, bytes(message.payload), message.qos, message.retain, expiry))

    def payloads(self, topic: str) -> list[bytes]:
        """All payloads so far on topics that end like this."""
        return [message.payload for message in self.received if message.topic.endswith("/" + topic)]

    def messages(self, topic: str) -> list[Received]:
        return [message for message in self.received if message.topic.endswith("/" + topic)]

    def wait_for(self, topic: str, payload: bytes, *, times: int = 1) -> None:
        """Wait until a payload has arrived on a topic, so and so many times."""
        wait_until(lambda: self.payloads(topic).count(payload) >= times, f"{payload!r} on {topic}, {times} times")

    def wait_for_number(self, topic: str, number: int) -> None:
        wait_until(lambda: len(self.payloads(topic)) >= number, f"{number} messages on {topic}")

    def __enter__(self) -> Self:
        self._client.loop_start()
        wait_until(lambda: self._subscribed, "the subscription")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.disconnect()
        self._client.loop_stop()
