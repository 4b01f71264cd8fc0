"""An MQTT broker inside this process, on loopback, for the demo only: amqtt on an event loop of its own thread."""

import asyncio
import logging
import socket
import threading
from types import TracebackType
from typing import Any, Final, Self

from edge.errors import ConfigError

_START_S: Final = 10.0
_STOP_S: Final = 2.0


class EmbeddedBroker:
    """Listens on a free port of 127.0.0.1 while used as a context manager.

    Attributes:
        port: The port it listens on.

    Raises:
        ConfigError: amqtt is not installed.
    """

    port: int

    def __init__(self) -> None:
        try:
            from amqtt.broker import Broker  # noqa: PLC0415 - an extra of the demo
        except ModuleNotFoundError:
            raise ConfigError(
                "The demo's broker is not installed: "
                "pip install --no-deps --require-hashes -r requirements/demo.lock (or: make demo)"
            ) from None
        # It logs every subscription at info, and every departure of a client as a warning.
        logging.getLogger("amqtt").setLevel(logging.ERROR)
        logging.getLogger("transitions").setLevel(logging.ERROR)
        self._factory = Broker
        self._broker: Any = None
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="demo-broker", daemon=True)

    def __enter__(self) -> Self:
        self.port = _free_port()
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._start(), self._loop).result(_START_S)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        asyncio.run_coroutine_threadsafe(self._broker.shutdown(), self._loop).result(_STOP_S)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(_STOP_S)

    async def _start(self) -> None:
        self._broker = self._factory(
            {
                "listeners": {"default": {"type": "tcp", "bind": f"127.0.0.1:{self.port}"}},
                "plugins": {"amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True}},
            }
        )
        await self._broker.start()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port
