"""How soon landmarks go on when the broker is back: with the waits that a box really has.

A longer outage: POSE_EDGE_TESTS_LONG=1.
"""

import os
import threading
import time
from collections.abc import Iterator

import pytest
from support.broker import Broker, Listener, wait_until

from edge.publish.address import BrokerAddress
from edge.publish.client import MqttClient
from edge.publish.topics import Topic, Topics

AWAY_S = 120.0 if "POSE_EDGE_TESTS_LONG" in os.environ else 8.0
"""Waits that double would be at 30 and 8 seconds by then."""

AT_ONCE_S = 2.5
"""Two seconds between two attempts at most, and the connection itself."""


@pytest.fixture
def client(broker: Broker) -> Iterator[MqttClient]:
    """A box's own client, which says landmarks ten times a second."""
    client = MqttClient(brokers=[BrokerAddress("127.0.0.1", broker.port)], topics=Topics("box"))
    over = threading.Event()

    def speak() -> None:
        while not over.wait(0.1):
            client.publish(Topic.LANDMARKS, str(time.monotonic()).encode())

    speaker = threading.Thread(target=speak, name="speaker")
    client.start()
    speaker.start()
    yield client
    over.set()
    speaker.join()
    client.close()


def test_landmarks_go_on_at_once_after_a_long_outage_and_none_of_them_is_old(
    broker: Broker, client: MqttClient
) -> None:
    wait_until(lambda: client.counters().traffic.landmarks_sent > 0, "landmarks")
    broker.stop()
    time.sleep(AWAY_S)
    broker.start()
    back_s = time.monotonic()
    with Listener(broker.port) as listener:
        wait_until(lambda: listener.payloads("landmarks"), "landmarks")
        took_s = time.monotonic() - back_s
        oldest_s = back_s - float(listener.payloads("landmarks")[0])
    print(f"away for {AWAY_S:.0f} s: landmarks again {took_s:.2f} s after the broker's return")  # noqa: T201
    assert took_s <= AT_ONCE_S
    assert oldest_s <= 0.1, "nothing of the outage is told"
