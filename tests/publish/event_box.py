"""A box that does nothing but tell events, until killed. Called with the broker's port, its state folder, how many
events there are to be in the end, and how many it tells a second."""

import sys
import time
from pathlib import Path
from types import MappingProxyType

from edge.flow import Event
from edge.publish.address import BrokerAddress
from edge.publish.client import MqttClient
from edge.publish.messages import EventNumbering
from edge.publish.outbox import Outbox
from edge.publish.publisher import Publisher
from edge.publish.topics import Topics


def main() -> None:
    port, state, most, rate_hz = int(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4])
    outbox = Outbox(state / "outbox.db")
    client = MqttClient(brokers=[BrokerAddress("127.0.0.1", port)], topics=Topics("box"), outbox=outbox)
    publisher = Publisher(client, device="box", numbering=EventNumbering("box", first=outbox.last_seq + 1))
    client.start()
    while outbox.last_seq < most:
        data = MappingProxyType({"zone": "bed", "kind": "bed", "connected": client.counters().connected})
        publisher.event(Event("zone_entered", time.monotonic_ns(), 1, 1.0, data))
        time.sleep(1 / rate_hz)
    time.sleep(600)


if __name__ == "__main__":
    main()
