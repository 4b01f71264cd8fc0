"""Landmark messages on a socket, as the broker reads them."""

import socket
import threading
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


def test_landmarks_go_at_once_while_the_socket_is_lent_and_not_otherwise(
    ends: tuple[socket.socket, socket.socket],
) -> None:
    box, broker = ends
    line = LandmarkLine(topic="a/b", protocol=V311)
    assert not line.send_at_once(b"early")
    with line.lend(box):
        assert line.send_at_once(b"xyz")
    assert not line.send_at_once(b"late")
    assert broker.recv(100) == b"\x30\x08\x00\x03a/bxyz"


def test_nothing_is_put_into_the_middle_of_a_message(ends: tuple[socket.socket, socket.socket]) -> None:
    box, _ = ends
    line = LandmarkLine(topic="a/b", protocol=V311)
    with line.lend(box):
        assert line.send_at_once(bytes(200_000))
        assert line.busy
        assert not line.send_at_once(b"xyz")


def test_a_connection_that_breaks_while_it_is_lent_is_left_to_its_owner(
    ends: tuple[socket.socket, socket.socket],
) -> None:
    box, broker = ends
    broker.close()
    line = LandmarkLine(topic="t", protocol=V5)
    with line.lend(box):
        assert not line.send_at_once(b"")
        assert not line.busy


def test_the_owner_waits_for_whoever_is_sending(ends: tuple[socket.socket, socket.socket]) -> None:
    box, broker = ends
    line = LandmarkLine(topic="t", protocol=V311)
    inside, go_on = threading.Event(), threading.Event()

    class Slow:
        def fileno(self) -> int:
            return box.fileno()

        def send(self, data: bytes, /) -> int:
            inside.set()
            assert go_on.wait(5)
            return box.send(data)

    over = threading.Event()

    def own() -> None:
        with line.lend(Slow()):
            assert inside.wait(5)
        over.set()

    owner = threading.Thread(target=own)
    sender = threading.Thread(target=line.send_at_once, args=(b"xyz",))
    owner.start()
    while not inside.is_set():
        if not sender.is_alive():
            sender = threading.Thread(target=line.send_at_once, args=(b"xyz",))
            sender.start()
        inside.wait(0.01)
    assert not over.wait(0.05)
    go_on.set()
    owner.join(5)
    sender.join(5)
    assert broker.recv(100).endswith(b"xyz")
