"""A box whose state folder fails it: events arrive all the same."""

from collections.abc import Iterator
from pathlib import Path
from types import MappingProxyType

import pytest
from publish.conftest import ClientFactory
from publish.outboxes import message
from support.broker import Broker, Listener, wait_until

from edge.config import Config, load
from edge.flow import Event
from edge.parts import make_client, make_outbox, make_publisher, state_folder
from edge.publish.outbox import Outbox


@pytest.fixture
def listener(broker: Broker) -> Iterator[Listener]:
    with Listener(broker.port) as listening:
        yield listening


def boxed(broker: Broker) -> Config:
    overrides = {"mqtt.broker": f"127.0.0.1:{broker.port}", "device.id": "box", "source.uri": "studio"}
    return load(None, environ={}, overrides=overrides)


def test_a_corrupted_file_is_set_aside_with_one_line_and_the_fall_is_told(
    broker: Broker, listener: Listener, start_client: ClientFactory, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "outbox.db"
    file.write_bytes(b"garbage" * 1000)
    outbox = Outbox(file)
    client = start_client(broker.port, outbox=outbox)
    client.event(message(outbox.last_seq + 1, "fall_detected", fall_id="f", down_s=3.0))
    listener.wait_for_number("event", 1)
    assert client.counters().outbox.durable
    assert len([text for text in caplog.messages if "outbox" in text]) == 1
    client.close()


def test_without_a_folder_the_fall_is_told_and_health_knows_why(
    broker: Broker, listener: Listener, start_client: ClientFactory, tmp_path: Path
) -> None:
    outbox = Outbox(tmp_path / "absent" / "outbox.db")
    client = start_client(broker.port, outbox=outbox)
    client.event(message(outbox.last_seq + 1, "fall_detected", fall_id="f", down_s=3.0))
    listener.wait_for_number("event", 1)
    wait_until(lambda: client.counters().outbox.trouble, "the trouble")
    assert not client.counters().outbox.durable


def test_numbers_go_on_where_the_last_run_ended(broker: Broker, listener: Listener, tmp_path: Path) -> None:
    config = boxed(broker)
    for seconds in (1, 2):
        outbox = make_outbox(state_folder({"STATE_DIRECTORY": f"{tmp_path}:/elsewhere"}))
        client = make_client(config, outbox)
        publisher = make_publisher(config, client, outbox)
        client.start()
        sent = publisher.event(Event("person_entered", seconds, 1, 1.0, MappingProxyType({})))
        assert sent is not None
        assert sent.seq == seconds
        listener.wait_for_number("event", seconds)
        client.close()


def test_outside_systemd_there_is_no_folder() -> None:
    assert state_folder({}) is None
