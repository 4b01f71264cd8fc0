"""`pose-edge watch` as a user runs it, against a real broker."""

import json
import os
import pty
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from paho.mqtt import publish
from support.broker import Broker, find_mosquitto, wait_until

from edge.publish.address import BrokerAddress
from edge.publish.listener import Access, Heard, Listener
from edge.publish.session import Login
from edge.simulate.reel import Reel

COMMAND = """
import argparse, sys
from edge.cli import watch
parser = argparse.ArgumentParser()
watch.configure(parser)
sys.exit(watch.run(parser.parse_args()))
"""
EVENT = {"v": 1, "id": "A", "type": "fall_detected", "ts": "2026-11-20T13:06:46.184Z", "data": {"fall_id": "f1"}}


class Watching:
    """A running `pose-edge watch` and what it has written."""

    def __init__(self, out: Path, process: "subprocess.Popen[bytes]") -> None:
        self._out = out
        self.process = process

    def said(self) -> str:
        return self._out.read_text()

    def wait_for(self, words: str) -> None:
        wait_until(lambda: words in self.said(), words)

    def end(self) -> int:
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(10)


@contextmanager
def watching(tmp_path: Path, broker: Broker, *arguments: str) -> Iterator[Watching]:
    out = tmp_path / "out"
    with (
        out.open("wb") as file,
        subprocess.Popen(
            [sys.executable, "-c", COMMAND, "--broker", f"127.0.0.1:{broker.port}", *arguments],
            stdout=file,
            stderr=file,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        ) as process,
    ):
        try:
            yield Watching(out, process)
        finally:
            process.kill()


def say(broker: Broker, kind: str, payload: str | bytes, *, device: str = "hall", retain: bool = False) -> None:
    publish.single(f"pose-edge/{device}/{kind}", payload, qos=1, port=broker.port, hostname="127.0.0.1", retain=retain)


def json_lines(said: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in said.splitlines() if line.startswith("{")]


def test_without_a_terminal_every_change_is_a_line(broker: Broker, tmp_path: Path) -> None:
    say(broker, "status", "online", retain=True)
    with watching(tmp_path, broker) as watch:
        watch.wait_for("online")
        for _ in range(2):
            say(broker, "event", json.dumps(EVENT))
        say(broker, "state", "not JSON")
        watch.wait_for("cannot be read: not JSON")
        assert watch.end() == 0
        assert watch.said().count("fall_detected") == 1
        assert "Traceback" not in watch.said()


def test_json_streams_every_message_decoded_also_those_that_cannot_be_read(broker: Broker, tmp_path: Path) -> None:
    say(broker, "status", "online", retain=True)
    with watching(tmp_path, broker, "--json") as watch:
        watch.wait_for('"status"')
        say(broker, "landmarks", Reel.walk().message(2.0, seq=7, time_ms=123))
        say(broker, "landmarks", b"\x09\x00")
        say(broker, "event", json.dumps(EVENT), device="yard")
        watch.wait_for("fall_detected")
        assert watch.end() == 0
        status, landmarks, unknown, event = json_lines(watch.said())
    assert status == {
        "topic": "pose-edge/hall/status",
        "device": "hall",
        "kind": "status",
        "retained": True,
        "message": "online",
    }
    assert (landmarks["message"]["seq"], len(landmarks["message"]["people"][0]["landmarks"])) == (7, 33)
    assert unknown["error"] == "version 9 of the landmark message is not known: this decoder reads 1"
    assert (event["device"], event["message"]) == ("yard", EVENT)


def test_one_box_is_told_apart_from_the_others(broker: Broker, tmp_path: Path) -> None:
    say(broker, "status", "online", retain=True)
    say(broker, "status", "online", device="yard", retain=True)
    with watching(tmp_path, broker, "--json", "--device", "hall") as watch:
        watch.wait_for("online")
        say(broker, "camera", "online", device="yard")
        say(broker, "camera", "online")
        watch.wait_for("camera")
        assert {line["device"] for line in json_lines(watch.said())} == {"hall"}


def test_a_broker_that_restarts_is_found_again_and_told_of_once(broker: Broker, tmp_path: Path) -> None:
    say(broker, "status", "online", retain=True)
    with watching(tmp_path, broker) as watch:
        watch.wait_for("online")
        broker.stop()
        watch.wait_for("lost broker")
        broker.start()
        watch.wait_for("pose-edge: connected")
        say(broker, "event", json.dumps(EVENT))
        watch.wait_for("fall_detected")
        assert watch.said().count("lost broker") == 1


def test_a_terminal_gets_a_screen_and_has_its_own_back_at_the_end(broker: Broker) -> None:
    say(broker, "status", "online", retain=True)
    ours, theirs = pty.openpty()
    command = [sys.executable, "-c", COMMAND, "--broker", f"127.0.0.1:{broker.port}", "--device", "hall"]
    environ = {**os.environ, "TERM": "xterm", "COLUMNS": "100", "LINES": "30"}
    with subprocess.Popen(command, stdout=theirs, stderr=theirs, stdin=theirs, env=environ) as process:
        os.close(theirs)
        drawn = b""
        deadline_s = time.monotonic() + 10
        while b"hall: online" not in drawn and time.monotonic() < deadline_s:
            say(broker, "landmarks", Reel.walk().message(2.0, seq=1, time_ms=0))
            drawn += os.read(ours, 65536)
        process.send_signal(signal.SIGINT)
        try:
            while rest := os.read(ours, 65536):
                drawn += rest
        except OSError:
            pass  # the other end is closed
        assert process.wait(10) == 0
    os.close(ours)
    assert b"hall: online" in drawn
    assert drawn.rindex(b"\x1b[?1049l") > drawn.rindex(b"\x1b[?1049h")


@pytest.mark.skipif(find_mosquitto() is None, reason="mosquitto is not installed: no login was refused")
def test_a_wrong_password_is_explained_and_tried_again(tmp_path: Path) -> None:
    with Broker(tmp_path, users={"anna": "right"}) as broker:
        heard: list[Heard] = []
        address = BrokerAddress("127.0.0.1", broker.port)
        wrong = Listener(access=Access(address, Login("anna", "wrong")), filters=[("#", 0)], on_message=heard.append)
        wrong.start()
        wait_until(lambda: "refuses us" in wrong.link.trouble, "the refusal")
        wrong.close()
        right = Listener(access=Access(address, Login("anna", "right")), filters=[("#", 0)], on_message=heard.append)
        right.start()
        wait_until(lambda: right.link.connected, "the connection")
        right.close()
