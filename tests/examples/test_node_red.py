"""The flow in a real Node-RED; `scripts/test-node-red` installs it."""

import json
import os
import subprocess
import threading
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from examples.make_node_red_flow import FLOW
from paho.mqtt import publish
from support.broker import Broker, Listener, free_port, wait_until

from edge.simulate.reel import Reel

LAB = Path(os.environ["POSE_EDGE_NODE_RED_LAB"])
START_S = 60.0
SETTINGS = """module.exports = {
  uiPort: %d, uiHost: "127.0.0.1", flowFile: "flows.json", credentialSecret: "test", diagnostics: { enabled: false },
  telemetry: { enabled: false, updateNotification: false }, externalModules: { palette: { allowInstall: false } },
};"""
FALL = {"fall_id": "f1", "down_s": 3.1}


@dataclass(frozen=True)
class NodeRed:
    """A running Node-RED with the flow."""

    port: int
    log: Path

    def page(self) -> str:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/pose-edge", timeout=5) as answer:
            return str(answer.read().decode())

    def acknowledge(self, **fields: str) -> int:
        """The answer's code, before it is followed elsewhere."""
        url = f"http://127.0.0.1:{self.port}/pose-edge/acknowledge"
        try:
            with urllib.request.urlopen(url, urllib.parse.urlencode(fields).encode(), timeout=5) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            with error:
                return error.code

    def said(self) -> str:
        return self.log.read_text()


@contextmanager
def running(folder: Path, broker: Broker) -> Iterator[NodeRed]:
    port = free_port()
    nodes = json.loads(FLOW.read_text())
    for node in nodes:
        if node["type"] == "mqtt-broker":
            node.update(broker="127.0.0.1", port=str(broker.port))
    (folder / "flows.json").write_text(json.dumps(nodes))
    (folder / "settings.js").write_text(SETTINGS % port)
    red = NodeRed(port, folder / "log")
    command = ["node", str(LAB / "node_modules/node-red/red.js"), "--userDir", str(folder)]
    with red.log.open("wb") as log, subprocess.Popen(command, stdout=log, stderr=log) as process:
        try:
            wait_until(lambda: "Connected to broker" in red.said(), "Node-RED", within_s=START_S)
            yield red
        finally:
            process.terminate()


@pytest.fixture(scope="module")
def red(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[NodeRed, Broker]]:
    folder = tmp_path_factory.mktemp("node-red")
    with Broker(tmp_path_factory.mktemp("broker")) as broker, running(folder, broker) as node_red:
        yield node_red, broker


def say(broker: Broker, kind: str, payload: str | bytes, *, device: str = "hall") -> None:
    publish.single(f"pose-edge/{device}/{kind}", payload, 1, hostname="127.0.0.1", port=broker.port)


def event(name: str, kind: str = "fall_detected", device: str = "hall", **data: Any) -> str:  # noqa: ANN401
    head = {"v": 1, "id": name, "type": kind, "device": device, "ts": "2026-11-20T13:06:46.184Z", "confidence": 0.9}
    return json.dumps(head | {"data": FALL | data})


def test_landmarks_are_decoded_and_drawn_on_the_page(red: tuple[NodeRed, Broker]) -> None:
    node_red, broker = red
    reel = Reel.walk()
    ended = threading.Event()

    def speak() -> None:
        while not ended.wait(0.1):
            say(broker, "landmarks", reel.message(2.0, seq=1, time_ms=0))

    thread = threading.Thread(target=speak, name="box")
    thread.start()
    try:
        wait_until(lambda: "<path" in node_red.page(), "somebody drawn")
    finally:
        ended.set()
        thread.join()
    assert "[debug:people in view] 1" in node_red.said()


def test_landmarks_of_another_version_are_told_and_stop_nothing(red: tuple[NodeRed, Broker]) -> None:
    node_red, broker = red
    say(broker, "landmarks", b"\x09\x00")
    wait_until(lambda: "version 9 of the landmark message is not known" in node_red.said(), "the warning")


def test_a_fall_is_notified_once_and_acknowledged_at_the_box(red: tuple[NodeRed, Broker]) -> None:
    node_red, broker = red
    with Listener(broker.port) as listener:
        for _ in range(2):
            say(broker, "event", event("A"))
        wait_until(lambda: "I take care" in node_red.page(), "the fall on the page")
        assert node_red.said().count("Somebody has fallen at hall") == 1
        assert node_red.acknowledge(device="hall", fall_id="f1") == 200
        wait_until(lambda: listener.payloads("ack_fall"), "the command")
        (command,) = listener.payloads("ack_fall")
        assert json.loads(command)["fall_id"] == "f1"
    say(broker, "state", '{"people":1,"posture":"lying","fall":"ON"}')
    wait_until(lambda: "1 in view, lying" in node_red.page(), "the state")
    assert "I take care" in node_red.page()
    say(broker, "state", '{"people":1,"posture":"standing","fall":"OFF"}')
    wait_until(lambda: "I take care" not in node_red.page(), "the end of the fall")


def test_nobody_can_send_commands_to_other_topics_through_the_page(red: tuple[NodeRed, Broker]) -> None:
    node_red, _ = red
    assert node_red.acknowledge(device="hall/cmd/restart", fall_id="x") == 400
    assert node_red.acknowledge(device="+") == 400


def test_what_boxes_say_cannot_become_part_of_the_page(red: tuple[NodeRed, Broker]) -> None:
    node_red, broker = red
    say(broker, "state", '{"people":"<script>","posture":"\\"><script>"}', device="evil")
    say(broker, "event", event("B", device="<script>alert(1)</script>", fall_id="<script>"))
    wait_until(lambda: "evil" in node_red.page(), "the box")
    assert "<script" not in node_red.page()
