"""RTSP against real sockets on loopback: a camera that works, and the many ways in which one does not."""

import base64
import logging
import re
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import Final

import cv2
import numpy as np
import pytest

from edge.backoff import Backoff
from edge.capture.endpoints import RtspCamera
from edge.capture.opening import open_source, parse_source
from edge.capture.rtsp import parse_rtsp
from edge.capture.source import FrameOverdueError
from edge.capture.stream import StreamSource
from edge.errors import ConfigError

USER, PASSWORD = "watcher", "hunter2"
JPEG_OVER_RTP: Final = 26
PACKET: Final = 1400

Serve = Callable[[socket.socket], None]


def packets(jpeg: bytes, *, number: int, width: int, height: int) -> Iterator[bytes]:
    """Cut a JPEG (4:2:0, standard Huffman tables) into RTP packets as RFC 2435 has it."""
    tables = b"".join(jpeg[at + 5 : at + 69] for at in (found.start() for found in re.finditer(b"\xff\xdb", jpeg)))
    scan = jpeg.index(b"\xff\xda")
    scan_data = jpeg[scan + 2 + struct.unpack(">H", jpeg[scan + 2 : scan + 4])[0] : -2]
    quantisation = struct.pack(">BBH", 0, 0, len(tables)) + tables
    for at in range(0, len(scan_data), PACKET):
        last = at + PACKET >= len(scan_data)
        header = struct.pack(">BBHII", 0x80, JPEG_OVER_RTP | last << 7, number + at // PACKET, number * 9000, 1)
        header += struct.pack(">IBBBB", at, 1, 255, width // 8, height // 8)
        yield header + (quantisation if at == 0 else b"") + scan_data[at : at + PACKET]


def play(connection: socket.socket, *, frames: int) -> None:
    """Send red pictures at 20 a second, then hang up."""
    picture = np.full((96, 128, 3), (0, 0, 255), np.uint8)
    jpeg = cv2.imencode(".jpg", picture)[1].tobytes()
    for number in range(frames):
        for packet in packets(jpeg, number=number * 100, width=128, height=96):
            connection.sendall(b"$\0" + struct.pack(">H", len(packet)) + packet)
        time.sleep(0.05)


def camera(connection: socket.socket, *, frames: int = 1000) -> None:
    """Speak RTSP like a camera that wants a password."""
    expected = "Basic " + base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
    description = "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\nm=video 0 RTP/AVP 26\r\na=control:track\r\n"
    answers = {
        "OPTIONS": "Public: OPTIONS, DESCRIBE, SETUP, PLAY\r\n\r\n",
        "DESCRIBE": f"Content-Type: application/sdp\r\nContent-Length: {len(description)}\r\n\r\n{description}",
        "SETUP": "Session: 1\r\nTransport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n\r\n",
        "PLAY": "Session: 1\r\n\r\n",
    }
    stream = connection.makefile("r", newline="\r\n")
    while request := stream.readline():
        method = request.split()[0]
        headers = dict(line.strip().split(": ", 1) for line in iter(stream.readline, "\r\n"))
        if method == "SETUP" and "TCP" not in headers["Transport"]:
            return
        allowed = method == "OPTIONS" or headers.get("Authorization") == expected
        status, rest = ("200 OK", answers.get(method, "\r\n")) if allowed else ("401 Unauthorized", "")
        rest = rest or 'WWW-Authenticate: Basic realm="room"\r\n\r\n'
        connection.sendall(f"RTSP/1.0 {status}\r\nCSeq: {headers['CSeq']}\r\n{rest}".encode())
        if method == "PLAY" and allowed:
            play(connection, frames=frames)
            return


def silent(connection: socket.socket) -> None:
    """Accept and say nothing, like a camera that hangs."""
    while connection.recv(1000):
        pass


def hang_up(connection: socket.socket) -> None:
    """Accept and close."""


class Server:
    """Takes connections on loopback, one thread each."""

    def __init__(self, serve: Serve) -> None:
        self.serve = serve
        self.connections = 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self.listener.getsockname()[1]
        self.url = f"rtsp://{USER}:{PASSWORD}@127.0.0.1:{self.port}/secret-path"
        threading.Thread(target=self._accept, name="test-rtsp", daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._talk, args=(connection,), name="test-rtsp-talk", daemon=True).start()

    def _talk(self, connection: socket.socket) -> None:
        with connection:
            try:
                self.serve(connection)
            except OSError:
                return


@contextmanager
def server(serve: Serve) -> Iterator[Server]:
    running = Server(serve)
    with closing(running.listener):
        yield running


def stream(url: str) -> StreamSource:
    endpoint = RtspCamera(url, open_timeout_s=0.3, read_timeout_s=0.3)
    return StreamSource(endpoint, backoff=Backoff(first_s=0.01, limit_s=0.02))


def overdue(source: StreamSource) -> str:
    """Read until the error says more than that nothing has come yet."""
    for _ in range(50):
        with pytest.raises(FrameOverdueError) as late:
            source.read(0.1)
        if "no frame yet" not in str(late.value):
            break
    return str(late.value)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port


def test_a_camera_that_wants_a_password_is_read() -> None:
    with server(camera) as running, stream(running.url) as source:
        frames = [source.read(10) for _ in range(3)]
    times = [frame.t_ns for frame in frames if frame]
    assert times == sorted(set(times))
    image = frames[-1].image if frames[-1] else np.empty(0)
    assert image.shape == (96, 128, 3)
    assert image.flags.c_contiguous
    red, _, blue = image.reshape(-1, 3).mean(axis=0)
    assert red > 200
    assert blue < 50


def test_a_camera_that_hangs_up_is_called_again_and_time_goes_on_rising() -> None:
    def few(connection: socket.socket) -> None:
        camera(connection, frames=3)

    with server(few) as running, stream(running.url) as source:
        frames = [source.read(10) for _ in range(6)]
        assert running.connections >= 2
    times = [frame.t_ns for frame in frames if frame]
    numbers = [frame.seq for frame in frames if frame]
    assert len(times) == 6
    assert times == sorted(set(times))
    assert numbers == sorted(set(numbers))


def test_a_camera_that_falls_silent_while_playing_is_called_again() -> None:
    def stuck(connection: socket.socket) -> None:
        camera(connection, frames=3)
        silent(connection)

    with server(stuck) as running, stream(running.url) as source:
        for _ in range(6):
            assert source.read(10) is not None
        assert running.connections >= 2


def test_a_camera_that_is_down_at_the_start_is_waited_for() -> None:
    port = free_port()
    with stream(f"rtsp://{USER}:{PASSWORD}@127.0.0.1:{port}/") as source:
        assert "connection refused" in overdue(source)
        running = socket.create_server(("127.0.0.1", port))
        with running:
            connection, _ = running.accept()  # it went on trying
            connection.close()


def test_a_camera_that_accepts_and_says_nothing_holds_nobody_up() -> None:
    with server(silent) as running:
        start = time.monotonic()
        with stream(running.url) as source:
            with pytest.raises(FrameOverdueError):
                source.read(0.05)
            assert time.monotonic() - start < 2
            assert "gives no video" in overdue(source)
            assert running.connections >= 1


def test_a_wrong_password_is_told_from_a_camera_that_is_down() -> None:
    with server(camera) as running, stream(running.url.replace(PASSWORD, "wrong")) as source:
        assert "check path, user and password" in overdue(source)


def test_no_name_log_line_or_error_holds_the_password_or_the_path(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    said = []
    with caplog.at_level(logging.DEBUG), server(hang_up) as running:
        with stream(running.url) as source:
            said += [source.name, overdue(source)]
        spec = parse_source(running.url)
        with open_source(spec) as opened:
            said += [opened.name, repr(spec), str(spec), repr(opened), repr(parse_rtsp(running.url))]
    said += [caplog.text, *capfd.readouterr()]
    assert f"rtsp://127.0.0.1:{running.port}" in caplog.text
    for text in said:
        assert PASSWORD not in text
        assert "secret-path" not in text


@pytest.mark.parametrize(
    "url",
    [
        "rtsp://",
        "rtsp:///path",
        "rtsp://host:99999/hunter2",
        "rtsp://u:hunter2/3@host/",
        "rtsp://u:12/hunter2@host/",
        "rtsp://u:hunter2@host/with space",
        "rtsp://u:hunter2@host/\udce9",
        "rtsp://u:hunter2@[host/",
    ],
)
def test_an_address_that_is_none_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(ConfigError, match=r"rtsp://\[user:password@\]host") as refused:
        parse_rtsp(url)
    assert "hunter2" not in str(refused.value)
    assert refused.value.__cause__ is None


def test_the_usual_ports_are_known() -> None:
    assert parse_rtsp("rtsp://host/").port == 554
    assert parse_rtsp("rtsps://host/").port == 322
    assert parse_rtsp("rtsp://[fe80::1]:8554/").name == "rtsp://[fe80::1]:8554"
