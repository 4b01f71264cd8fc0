"""The client against a real broker that comes, goes, refuses and stalls."""

import json
import logging
import os
import signal
import subprocess
import sys
import threading
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import pytest
from publish.outboxes import message
from support.broker import Broker, Listener, find_mosquitto, free_port, wait_until
from support.relay import CONNACK, DeafBroker, Relay

from edge.backoff import Backoff
from edge.publish.address import BrokerAddress
from edge.publish.client import MqttClient
from edge.publish.outbox import Outbox
from edge.publish.session import Login
from edge.publish.stored import Limits
from edge.publish.topics import Topic, Topics

ClientFactory: TypeAlias = Callable[..., MqttClient]

BOX_PROGRAM = """
import sys, time
from edge.publish.address import BrokerAddress
from edge.publish.client import MqttClient
from edge.publish.topics import Topics
MqttClient(brokers=[BrokerAddress("127.0.0.1", int(sys.argv[1]))], topics=Topics("box")).start()
time.sleep(60)
"""


def connected(client: MqttClient) -> None:
    wait_until(lambda: client.counters().connected, "the connection")


def numbers(listener: Listener) -> list[int]:
    """The events that arrived."""
    return [json.loads(payload)["seq"] for payload in listener.payloads("event")]


def test_status_is_online_and_retained(broker: Broker, start_client: ClientFactory) -> None:
    with Listener(broker.port) as early:
        start_client(broker.port)
        early.wait_for("status", b"online")
    with Listener(broker.port) as late:
        late.wait_for("status", b"online")
        assert late.messages("status")[0].retained


def test_a_killed_box_is_reported_offline_by_the_will(broker: Broker) -> None:
    with Listener(broker.port) as listener:
        box = subprocess.Popen([sys.executable, "-c", BOX_PROGRAM, str(broker.port)])
        listener.wait_for("status", b"online")
        os.kill(box.pid, signal.SIGKILL)
        box.wait()
        listener.wait_for("status", b"offline")
    with Listener(broker.port) as late:
        late.wait_for("status", b"offline")


def test_close_says_offline_and_is_quick(broker: Broker, start_client: ClientFactory) -> None:
    with Listener(broker.port) as listener:
        client = start_client(broker.port)
        listener.wait_for("status", b"online")
        begin = time.monotonic()
        client.close()
        assert time.monotonic() - begin < 0.9
        listener.wait_for("status", b"offline")
    # A farewell, not the will: one message, and the broker saw a DISCONNECT.
    assert listener.payloads("status").count(b"offline") == 1
    assert "Client pose-edge-box disconnected." in broker.log.read_text()


def test_close_delivers_what_was_published_just_before(broker: Broker, start_client: ClientFactory) -> None:
    with Listener(broker.port) as listener:
        client = start_client(broker.port)
        connected(client)
        for number in range(40):
            client.event(message(number + 1))
        client.publish(Topic.CAMERA, b"offline")
        client.close()
        listener.wait_for("status", b"offline")
        assert numbers(listener) == list(range(1, 41))
        assert [m.topic.rpartition("/")[2] for m in listener.received][-1] == "status"
        assert b"offline" in listener.payloads("camera")


def test_close_before_the_broker_was_ever_reached_is_quick(start_client: ClientFactory) -> None:
    client = start_client(free_port())
    begin = time.monotonic()
    client.close()
    assert time.monotonic() - begin < 0.9


@pytest.mark.parametrize("protocol", ["5", "3.1.1", "auto"])
def test_every_protocol_setting_delivers_every_kind_as_the_table_says(
    broker: Broker, start_client: ClientFactory, protocol: str
) -> None:
    with Listener(broker.port) as listener:
        client = start_client(broker.port, protocol=protocol)
        connected(client)
        for topic in (Topic.CAMERA, Topic.STATE, Topic.HEALTH, Topic.LANDMARKS):
            client.publish(topic, topic.value.encode())
        client.event(message(1))
        wait_until(lambda: len(listener.received) >= 6, "one message of each kind")
        qos = {message.topic: message.qos for message in listener.received}
        expiry = {message.topic: message.expiry_s for message in listener.received}
    assert qos == {
        "pose-edge/box/status": 1,
        "pose-edge/box/camera": 1,
        "pose-edge/box/state": 1,
        "pose-edge/box/health": 0,
        "pose-edge/box/event": 1,
        "pose-edge/box/landmarks": 0,
    }
    assert bool(expiry["pose-edge/box/landmarks"]) is (protocol != "3.1.1")
    with Listener(broker.port) as late:
        wait_until(lambda: len(late.received) >= 4, "the retained messages")
        assert {m.topic.rpartition("/")[2] for m in late.received} == {"status", "camera", "state", "health"}


def test_auto_speaks_mqtt_5_with_a_broker_that_does(
    broker: Broker, start_client: ClientFactory, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "edge")
    connected(start_client(broker.port))
    assert caplog.messages == [f"connected to broker 127.0.0.1:{broker.port} (MQTT 5)"]


@pytest.mark.parametrize("answer", [b"\x20\x02\x00\x01", b""], ids=["return code 1", "connection closed"])
def test_auto_falls_back_to_311_when_the_broker_refuses_5(
    broker: Broker, start_client: ClientFactory, caplog: pytest.LogCaptureFixture, answer: bytes
) -> None:
    caplog.set_level(logging.INFO, "edge")
    with Listener(broker.port) as listener, Relay(broker.port, answer_to_5=answer) as relay:
        client = start_client(relay.port)
        listener.wait_for("status", b"online")
        assert caplog.messages[-1] == f"connected to broker 127.0.0.1:{relay.port} (MQTT 3.1.1)"
        client.close()


def test_auto_falls_back_with_a_broker_that_is_silent_when_asked_for_5(
    tmp_path: Path, start_client: ClientFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("edge.publish.session._ANSWER_S", 0.5)
    pytest.importorskip("amqtt", reason="amqtt is not installed: the fall back was not tested with a real 3.1.1 broker")
    port = free_port()
    configuration = tmp_path / "amqtt.yaml"
    configuration.write_text(
        f"listeners: {{default: {{type: tcp, bind: '127.0.0.1:{port}'}}}}\n"
        "plugins: {amqtt.plugins.authentication.AnonymousAuthPlugin: {allow_anonymous: true}}\n"
    )
    command = [sys.executable, "-c", "from amqtt.scripts.broker_script import main; main()", "-c", str(configuration)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        client = start_client(port)
        client.event(message(1, "fall_detected", fall_id="f", down_s=3.0))
        wait_until(lambda: client.counters().traffic.events_delivered == 1, "the event", within_s=20)
        client.close()
    finally:
        process.terminate()
        process.wait()


def test_a_broker_that_is_absent_at_the_start_is_found_when_it_appears(
    idle_broker: Broker, start_client: ClientFactory, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "edge")
    client = start_client(idle_broker.port)
    client.event(message(1))
    time.sleep(0.6)
    address = f"127.0.0.1:{idle_broker.port}"
    advice = "check that the broker runs and that its address is right; still trying"
    assert caplog.messages == [f"cannot connect to broker {address}: Connection refused; {advice}"]
    idle_broker.start()
    wait_until(lambda: client.counters().traffic.events_delivered == 1, "the event of before")
    assert caplog.messages[1:] == [f"connected to broker {address} (MQTT 5)"]


def test_after_a_restart_of_the_broker_everything_retained_is_there_again(
    broker: Broker, start_client: ClientFactory, caplog: pytest.LogCaptureFixture
) -> None:
    client = start_client(broker.port)
    client.publish(Topic.CAMERA, b"online")
    client.publish(Topic.STATE, b"old")
    client.publish(Topic.STATE, b"new")
    client.publish(Topic.HEALTH, b"well")
    connected(client)
    broker.restart()  # forgets what it retained: it has no persistence
    wait_until(lambda: client.counters().connects == 2, "the second connection")
    with Listener(broker.port) as listener:
        for topic, payload in [("status", b"online"), ("camera", b"online"), ("state", b"new"), ("health", b"well")]:
            listener.wait_for(topic, payload)
    assert sum(text.startswith("lost broker") for text in caplog.messages) == 1


def test_events_published_while_the_broker_is_away_arrive_in_order(broker: Broker, start_client: ClientFactory) -> None:
    with Listener(broker.port) as listener, Relay(broker.port) as relay:
        client = start_client(relay.port)
        listener.wait_for("status", b"online")
        relay.cut()
        wait_until(lambda: not client.counters().connected, "the loss")
        for number in range(100):
            client.event(message(number + 1))
        assert client.counters().traffic.events_waiting == 100
        relay.mend()
        wait_until(lambda: client.counters().traffic.events_waiting == 0, "the delivery")
        assert numbers(listener) == list(range(1, 101))
        client.close()
    assert client.counters().traffic.events_delivered == 100
    assert client.counters().connects == 2


def test_landmarks_are_dropped_and_never_kept_while_the_broker_is_away(
    broker: Broker, start_client: ClientFactory
) -> None:
    with Listener(broker.port) as listener, Relay(broker.port) as relay:
        client = start_client(relay.port)
        listener.wait_for("status", b"online")
        relay.cut()
        wait_until(lambda: not client.counters().connected, "the loss")
        for _ in range(5):
            client.publish(Topic.LANDMARKS, b"stale")
        relay.mend()
        listener.wait_for("status", b"online", times=2)
        client.publish(Topic.LANDMARKS, b"fresh")
        listener.wait_for("landmarks", b"fresh")
        client.close()
    assert listener.payloads("landmarks") == [b"fresh"]
    assert client.counters().traffic.landmarks_dropped == 5
    assert client.counters().traffic.landmarks_sent == 1


def test_a_broker_that_reads_nothing_gets_fewer_landmarks_and_memory_stays_bounded(
    start_client: ClientFactory,
) -> None:
    payload = bytes(171)
    with DeafBroker() as broker:
        client = start_client(broker.port)
        connected(client)
        tracemalloc.start()
        for _ in range(20_000):
            client.publish(Topic.LANDMARKS, payload)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        traffic = client.counters().traffic
        client.close()
    assert traffic.landmarks_dropped > 18_000
    assert peak < 256 * 1024


def test_a_broker_that_falls_silent_is_given_up_after_the_keepalive(
    start_client: ClientFactory, caplog: pytest.LogCaptureFixture
) -> None:
    with DeafBroker() as broker:
        client = start_client(broker.port, keepalive_s=1)
        connected(client)
        wait_until(lambda: "the broker has been silent for more than 1 s" in caplog.text, "the loss")
        client.close()


def test_a_broker_that_never_acknowledges_is_given_up_and_the_event_is_kept(
    start_client: ClientFactory, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("edge.publish.session._ACKNOWLEDGE_S", 0.2)
    with DeafBroker() as broker:
        client = start_client(broker.port)
        client.event(message(1, "fall_detected", fall_id="f", down_s=3.0))
        wait_until(lambda: "a message was not acknowledged" in caplog.text, "the loss")
        client.close()
    assert client.counters().traffic.events_waiting == 1


def test_close_of_a_stalled_connection_takes_no_longer_than_a_second(
    start_client: ClientFactory,
) -> None:
    with DeafBroker() as broker:
        client = start_client(broker.port)
        connected(client)
        begin = time.monotonic()
        client.close()
        assert time.monotonic() - begin < 1.2


def test_too_many_waiting_events_push_out_the_oldest_and_are_counted(
    start_client: ClientFactory,
) -> None:
    client = start_client(free_port(), outbox=Outbox(None, memory=Limits(events=10, payload_bytes=100_000)))
    for number in range(25):
        client.event(message(number + 1))
    assert client.counters().traffic.events_waiting == 10
    assert client.counters().traffic.events_dropped == 15


def test_undelivered_events_are_told_at_close(start_client: ClientFactory, caplog: pytest.LogCaptureFixture) -> None:
    port = free_port()
    client = start_client(port)
    client.event(message(1, "fall_detected", fall_id="f", down_s=3.0))
    client.close()
    assert caplog.messages[-1] == f"closed while 1 events were not yet delivered to broker 127.0.0.1:{port}"


@pytest.mark.parametrize("protocol", ["5", "3.1.1"])
def test_a_refused_login_is_told_once_and_tried_again(
    tmp_path: Path, start_client: ClientFactory, caplog: pytest.LogCaptureFixture, protocol: str
) -> None:
    if find_mosquitto() is None:
        pytest.skip("mosquitto is not installed: a refused login was not tested")
    with Broker(tmp_path, users={"box": "right"}) as broker:
        client = start_client(broker.port, login=Login("box", "mistyped"), protocol=protocol)
        wait_until(lambda: broker.log.read_text().count("not authorised") >= 3, "three attempts")
        client.close()
    assert len(caplog.messages) == 1
    assert "Not authorized; check the user name, the password and the broker's access list" in caplog.messages[0]
    assert "mistyped" not in caplog.text


def test_a_login_that_is_right_connects(tmp_path: Path, start_client: ClientFactory) -> None:
    if find_mosquitto() is None:
        pytest.skip("mosquitto is not installed: a login was not tested")
    with Broker(tmp_path, users={"box": "right"}) as broker, Listener(broker.port, login=("box", "right")) as listener:
        start_client(broker.port, login=Login("box", "right"))
        listener.wait_for("status", b"online")


def test_a_topic_the_access_list_forbids_is_told_with_its_name(
    tmp_path: Path, start_client: ClientFactory, caplog: pytest.LogCaptureFixture
) -> None:
    if find_mosquitto() is None:
        pytest.skip("mosquitto is not installed: an access list was not tested")
    rules = tmp_path / "rules"
    rules.write_text("topic readwrite pose-edge/box/status\n")
    rules.chmod(0o600)
    with Broker(tmp_path, options=f"acl_file {rules}") as broker:
        client = start_client(broker.port)
        connected(client)
        client.event(message(1))
        client.event(message(2))
        wait_until(lambda: client.counters().traffic.events_dropped == 2, "both refusals")
        client.close()
    refusals = [text for text in caplog.messages if "refuses messages" in text]
    assert len(refusals) == 1
    assert "to pose-edge/box/event: Not authorized; allow this user to write there" in refusals[0]


def test_two_boxes_of_one_name_are_hinted_at(
    broker: Broker, start_client: ClientFactory, caplog: pytest.LogCaptureFixture
) -> None:
    connected(start_client(broker.port))
    connected(start_client(broker.port))
    wait_until(lambda: "look for a second box of the same name" in caplog.text, "the explanation")


def test_a_broker_that_says_the_session_was_taken_over_is_quoted_with_the_remedy(
    start_client: ClientFactory, caplog: pytest.LogCaptureFixture
) -> None:
    with DeafBroker(CONNACK + b"\xe0\x01\x8e") as broker:
        client = start_client(broker.port)
        wait_until(lambda: client.counters().connects and not client.counters().connected, "the loss")
        wait_until(lambda: caplog.messages, "the explanation")
        client.close()
    assert "another client calls itself pose-edge-box: give every box its own device id" in caplog.messages[0]


def test_a_port_that_speaks_tls_is_told(start_client: ClientFactory, caplog: pytest.LogCaptureFixture) -> None:
    with DeafBroker(b"\x15\x03\x01\x00\x02\x02\x0a") as encrypted:  # TLS: alert, unexpected message
        start_client(encrypted.port)
        wait_until(lambda: "check that this port speaks MQTT without TLS" in caplog.text, "the explanation")


@pytest.mark.parametrize("host", ["no-such-host.invalid", "a" * 70 + ".invalid"])
def test_a_host_that_does_not_resolve_is_told_and_does_not_end_the_thread(
    host: str, caplog: pytest.LogCaptureFixture
) -> None:
    client = MqttClient(
        brokers=[BrokerAddress(host)], topics=Topics("box"), backoff=Backoff(first_s=0.01, limit_s=0.01)
    )
    client.start()
    wait_until(lambda: f"cannot connect to broker {host}:1883" in caplog.text, "the explanation")
    assert any(thread.name == "mqtt" for thread in threading.enumerate())
    client.close()


def test_the_password_is_not_shown_when_a_login_is_printed() -> None:
    assert "secret" not in repr(Login("box", "secret"))
