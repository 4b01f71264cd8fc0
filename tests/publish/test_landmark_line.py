"""Landmark messages on a socket, as the broker reads them."""

import socket
from collections.abc import Iterator

import pytest
from paho.mqtt.enums import MQTTProtocolVersion

from edge.publish.landmark_line import LandmarkLine

V5, V311 = MQTTProtocolVersion.MQTTv5, MQTTProtocolVersion.MQTTv311


@pytest.fixture
def ends() -> Iterator[tuple[socket.socket, socket.socket]]:
    box, broker = socket.socketpair()
    with box, broker:
        box.settimeout(0)
        box.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        yield box, broker


def test_a_message_of_311_is_topic_and_payload(ends: tuple[socket.socket, socket.socket]) -> None:
    box, broker = ends
    LandmarkLine(topic="a/b", protocol=V311).send(box, b"xyz")
    assert broker.recv(100) == b"\x30\x08\x00\x03a/bxyz"


def test_a_message_of_5_expires_after_two_seconds(ends: tuple[socket.socket, socket.socket]) -> None:
    box, broker = ends
    LandmarkLine(topic="a/b", protocol=V5).send(box, b"xyz")
    assert broker.recv(100) == b"\x30\x0e\x00\x03a/b\x05\x02\x00\x00\x00\x02xyz"


def test_lengths_beyond_seven_bits_take_two_bytes(ends: tuple[socket.socket, socket.socket]) -> None:
    box, broker = ends
    LandmarkLine(topic="a/b", protocol=V311).send(box, bytes(300))
    assert broker.recv(1000)[:3] == bytes([0x30, 305 & 0x7F | 0x80, 305 >> 7])


def test_what_the_socket_does_not_take_at_once_follows_in_order(ends: tuple[socket.socket, socket.socket]) -> None:
    box, broker = ends
    line = LandmarkLine(topic="t", protocol=V311)
    payload = bytes(range(256)) * 800
    line.send(box, payload)
    received, rests = b"", 0
    while line.busy:
        rests += 1
        received += broker.recv(65536)
        line.go_on(box)
    broker.settimeout(1)
    while len(received) < len(payload) + 7:
        received += broker.recv(65536)
    assert rests
    assert received.endswith(b"\x00\x01t" + payload)


def test_a_broken_connection_is_an_error(ends: tuple[socket.socket, socket.socket]) -> None:
    box, broker = ends
    broker.close()
    with pytest.raises(OSError, match="Broken pipe"):
        LandmarkLine(topic="t", protocol=V5).send(box, b"")
