"""Encrypted connections against a real broker: what connects, and what is refused with one clear line."""

import logging
import ssl
import subprocess
import sys
from pathlib import Path

import pytest
from publish.conftest import ClientFactory
from publish.outboxes import message
from publish.papers import authority, certificate, encrypted, make_papers
from support.broker import Broker, Listener, find_mosquitto, free_port, wait_until

from edge.errors import ConfigError
from edge.publish.address import BrokerAddress
from edge.publish.line import Line, Tls
from edge.publish.topics import Topic

__all__ = ["authority", "certificate", "encrypted"]
"""What other tests of TLS take from here."""

pytestmark = pytest.mark.skipif(find_mosquitto() is None, reason="mosquitto is not installed: TLS was not tested")


@pytest.fixture(scope="module")
def papers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_papers(tmp_path_factory.mktemp("papers"))


def line(papers: Path, authority: str = "ca") -> Line:
    return Line(tls=Tls(ca_file=papers / f"{authority}.pem").context())


@pytest.fixture
def told(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.INFO, "edge")
    return caplog


@pytest.mark.parametrize("protocol", ["5", "3.1.1"])
def test_with_the_right_authority_everything_arrives(
    tmp_path: Path, papers: Path, start_client: ClientFactory, protocol: str
) -> None:
    broker, port = encrypted(tmp_path, papers)
    with broker, Listener(broker.port) as listener:
        client = start_client(port, line=line(papers), protocol=protocol)
        wait_until(lambda: client.counters().connected, "the connection")
        for number in range(200):
            client.event(message(number + 1))
            client.publish(Topic.LANDMARKS, bytes(171))
        wait_until(lambda: client.counters().traffic.events_waiting == 0, "the events")
        client.publish(Topic.LANDMARKS, b"last")
        listener.wait_for("landmarks", b"last")
        assert len(listener.payloads("event")) == 200
        client.close()
        listener.wait_for("status", b"offline")


@pytest.mark.parametrize(
    ("certificate", "authority", "why"),
    [
        ("right", "stranger", "its certificate is not trusted: self-signed certificate in certificate chain"),
        ("misnamed", "ca", "its certificate is not trusted: IP address mismatch, certificate is not valid for"),
        ("expired", "ca", "its certificate is not trusted: certificate has expired"),
    ],
    ids=["authority", "name", "date"],
)
def test_a_broker_that_cannot_prove_itself_is_refused_with_one_line(
    tmp_path: Path,
    papers: Path,
    start_client: ClientFactory,
    told: pytest.LogCaptureFixture,
    certificate: str,
    authority: str,
    why: str,
) -> None:
    broker, port = encrypted(tmp_path, papers, certificate)
    with broker, Listener(broker.port) as listener:
        client = start_client(port, line=line(papers, authority))
        wait_until(lambda: broker.log.read_text().count("OpenSSL Error") >= 2, "two attempts")
        client.close()
        assert listener.received == []
    lines = [text for text in told.messages if "event" not in text]
    assert len(lines) == 1
    assert lines[0].startswith(f"cannot connect to broker 127.0.0.1:{port}: {why}")
    assert "check mqtt.ca_file, the name in mqtt.broker, the box's clock" in lines[0]


def test_a_plain_port_is_refused_and_nothing_is_sent_in_the_clear(
    broker: Broker, papers: Path, start_client: ClientFactory, told: pytest.LogCaptureFixture
) -> None:
    with Listener(broker.port) as listener:
        client = start_client(broker.port, line=line(papers))
        wait_until(lambda: broker.log.read_text().count("New connection") >= 4, "several attempts")
        client.close()
        assert listener.received == []
    assert client.counters().connects == 0
    assert any("and that this port speaks TLS" in text for text in told.messages)
    assert len(told.messages) == 1


def test_an_encrypted_port_is_not_spoken_to_in_the_clear(
    tmp_path: Path, papers: Path, start_client: ClientFactory, told: pytest.LogCaptureFixture
) -> None:
    broker, port = encrypted(tmp_path, papers)
    with broker:
        client = start_client(port)
        wait_until(lambda: "check that this port speaks MQTT without TLS" in told.text, "the explanation")
        client.close()


def test_a_broker_that_asks_for_it_gets_the_box_s_certificate(
    tmp_path: Path, papers: Path, start_client: ClientFactory
) -> None:
    broker, port = encrypted(tmp_path, papers, options="require_certificate true")
    tls = Tls(ca_file=papers / "ca.pem", cert_file=papers / "box.pem", key_file=papers / "box.key")
    with broker, Listener(broker.port) as listener:
        start_client(port, line=Line(tls=tls.context()))
        listener.wait_for("status", b"online")


@pytest.mark.parametrize("secret", [False, True], ids=["plain", "encrypted"])
def test_web_sockets_carry_the_same(tmp_path: Path, papers: Path, start_client: ClientFactory, *, secret: bool) -> None:
    pytest.importorskip("amqtt", reason="amqtt is not installed: WebSockets were not tested")
    port = free_port()
    secrets = f", ssl: true, certfile: {papers}/right.pem, keyfile: {papers}/right.key" if secret else ""
    configuration = tmp_path / "amqtt.yaml"
    configuration.write_text(
        f"listeners: {{default: {{type: ws, bind: '127.0.0.1:{port}'{secrets}}}}}\n"
        "plugins: {amqtt.plugins.authentication.AnonymousAuthPlugin: {allow_anonymous: true}}\n"
    )
    command = [sys.executable, "-c", "from amqtt.scripts.broker_script import main; main()", "-c", str(configuration)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        tls = Tls(ca_file=papers / "ca.pem").context() if secret else None
        client = start_client(port, line=Line(tls=tls, transport="websockets"), protocol="3.1.1")
        wait_until(lambda: client.counters().connected, "the connection")
        for number in range(50):
            client.event(message(number + 1))
            client.publish(Topic.LANDMARKS, bytes(171))
        wait_until(lambda: client.counters().traffic.events_delivered == 50, "the events", within_s=20)
        client.close()
    finally:
        process.terminate()
        process.wait()
    assert client.counters().connects == 1


def test_the_next_broker_is_tried_when_one_is_away(broker: Broker, start_client: ClientFactory) -> None:
    away = BrokerAddress("127.0.0.1", free_port())
    with Listener(broker.port) as listener:
        start_client(0, brokers=[away, BrokerAddress("127.0.0.1", broker.port)])
        listener.wait_for("status", b"online")


@pytest.mark.parametrize("key", ["ca_file", "cert_file"])
def test_a_file_that_cannot_be_used_is_named(tmp_path: Path, key: str) -> None:
    with pytest.raises(ConfigError, match=rf"^mqtt\.{key}: cannot use .*absent.*: No such file or directory$"):
        Tls(**{key: tmp_path / "absent"}).context()


def test_a_file_that_is_no_certificate_is_named(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("hello")
    with pytest.raises(ConfigError, match=r"^mqtt\.ca_file: cannot use .*: not a PEM file"):
        Tls(ca_file=tmp_path / "ca.pem").context()


def test_verification_is_on(papers: Path) -> None:
    context = Tls(ca_file=papers / "ca.pem").context()
    assert context.check_hostname
    assert context.verify_mode is ssl.CERT_REQUIRED
