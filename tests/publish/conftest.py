from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from support.broker import Broker, find_mosquitto

from edge.publish.address import BrokerAddress
from edge.publish.backoff import Backoff
from edge.publish.client import MqttClient
from edge.publish.topics import Topics

ClientFactory: TypeAlias = Callable[..., MqttClient]


@pytest.fixture
def idle_broker(tmp_path: Path) -> Iterator[Broker]:
    """A broker that has a port and does not run yet."""
    if find_mosquitto() is None:
        pytest.skip("mosquitto is not installed: nothing was tested against a real broker")
    broker = Broker(tmp_path)
    yield broker
    broker.stop()


@pytest.fixture
def broker(idle_broker: Broker) -> Broker:
    idle_broker.start()
    return idle_broker


@pytest.fixture
def start_client() -> Iterator[ClientFactory]:
    """Starts clients that retry quickly, and closes them at the end."""
    with ExitStack() as clients:

        def start(
            port: int,
            device: str = "box",
            **arguments: Any,  # noqa: ANN401 (whatever MqttClient takes)
        ) -> MqttClient:
            client = MqttClient(
                broker=BrokerAddress("127.0.0.1", port),
                topics=Topics(device),
                backoff=Backoff(device, first_s=0.05, limit_s=0.1, slow_s=0.1),
                **arguments,
            )
            clients.callback(client.close)
            client.start()
            return client

        yield start
