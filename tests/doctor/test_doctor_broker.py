"""Brokers that let a box in, and those that do not."""

import socket
import threading
from pathlib import Path

import pytest
from support.broker import Broker, free_port

from edge.doctor.broker import BrokerReport, visit_broker
from edge.doctor.finding import Level
from edge.publish.address import BrokerAddress
from edge.publish.session import Login
from edge.publish.topics import Topics

BAR1 = Topics("bar1")


def visit(port: int, login: Login | None = None, host: str = "127.0.0.1") -> BrokerReport:
    return visit_broker(BrokerAddress(host, port), BAR1, login)


def test_a_broker_that_lets_the_box_in_passes_there_and_back(tmp_path: Path) -> None:
    with Broker(tmp_path) as broker:
        report = visit(broker.port)
    assert [finding.level for finding in report.findings] == [Level.OK, Level.OK]
    assert "there and back" in report.findings[-1].text


def test_nobody_at_the_port_fails() -> None:
    (found,) = visit(free_port()).findings
    assert found.level is Level.FAIL
    assert "firewall" in found.remedy


def test_a_name_that_nobody_knows_fails() -> None:
    (found,) = visit(1883, host="no-such-broker.invalid").findings
    assert "is not known" in found.text


def test_something_else_at_the_port_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("edge.doctor.broker._WAIT_S", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as server:
        taken: list[socket.socket] = []
        thread = threading.Thread(target=lambda: taken.append(server.accept()[0]))
        thread.start()
        (found,) = visit(server.getsockname()[1]).findings
        thread.join()
        taken[0].close()
    assert "does not speak MQTT" in found.text


def test_a_wrong_password_fails_and_the_key_is_named(tmp_path: Path) -> None:
    with Broker(tmp_path, users={"bar1": "right"}) as broker:
        (found,) = visit(broker.port, Login("bar1", "wrong")).findings
    assert found.level is Level.FAIL
    assert "mqtt.username" in found.remedy


def test_a_box_that_may_not_speak_is_told_what_to_allow(tmp_path: Path) -> None:
    rules = tmp_path / "acl"
    rules.write_text("topic read pose-edge/bar1/#\n")
    rules.chmod(0o600)
    with Broker(tmp_path, options=f"acl_file {rules}") as broker, pytest.MonkeyPatch.context() as patched:
        patched.setattr("edge.doctor.broker._WAIT_S", 1.0)
        found = visit(broker.port).findings[-1]
    assert found.level is Level.FAIL
    assert found.remedy == "allow this user: topic readwrite pose-edge/bar1/#"
