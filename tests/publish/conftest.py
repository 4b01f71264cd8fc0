from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any, TypeAlias

import pytest

from edge.backoff import Backoff
from edge.publish.address import BrokerAddress
from edge.publish.client import MqttClient
from edge.publish.topics import Topics

ClientFactory: TypeAlias = Callable[..., MqttClient]


@pytest.fixture
def start_client() -> Iterator[ClientFactory]:
    """Starts clients that retry quickly, and closes them at the end."""
    with ExitStack() as clients:

        def start(
            port: int,
            device: str = "box",
            **arguments: Any,  # noqa: ANN401 (whatever MqttClient takes)
        ) -> MqttClient:
            arguments.setdefault("brokers", [BrokerAddress("127.0.0.1", port)])
            client = MqttClient(
                topics=Topics(device),
                backoff=Backoff(first_s=0.05, limit_s=0.1),
                away_wait_s=0.1,
                refused_wait_s=0.1,
                **arguments,
            )
            clients.callback(client.close)
            client.start()
            return client

        yield start
