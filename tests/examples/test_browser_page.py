"""The browser page in a real browser, over mosquitto's WebSockets; `scripts/test-node-red` builds what this needs."""

import json
import os
import subprocess
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion
from support.broker import Broker, free_port

from edge.simulate.reel import Reel

ROOT = Path(__file__).parents[2]
LAB = Path(os.environ["POSE_EDGE_NODE_RED_LAB"])
BROWSER = os.environ.get("POSE_EDGE_BROWSER", "chromium-headless-shell")
PAGE = "/examples/browser/index.html"
DRAWN = """(() => {
  const canvas = document.querySelector("canvas");
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  return data.some((value) => value > 0) && document.body.innerText.includes("fall_detected");
})()"""
FALL = {"v": 1, "id": "A", "type": "fall_detected", "ts": "2026-11-20T13:06:46.184Z", "track": 1, "data": {}}


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def pages() -> Iterator[int]:
    """The repository's root over HTTP; gives the port."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(ROOT))) as server:
        thread = threading.Thread(target=server.serve_forever, name="pages")
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


def looked_at(url: str, until: str, picture: Path) -> dict[str, Any]:
    look = Path(__file__).parent / "look.mjs"
    done = subprocess.run(
        ["node", look, LAB, BROWSER, url, until, picture], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.fixture
def speaking(tmp_path: Path) -> Iterator[int]:
    """A broker with WebSockets at which a box speaks; gives the WebSocket port."""
    port = free_port()
    reel = Reel.walk()
    ended = threading.Event()
    with Broker(tmp_path, options=f"listener {port} 127.0.0.1\nprotocol websockets") as broker:
        box = paho.Client(CallbackAPIVersion.VERSION2)
        box.connect("127.0.0.1", broker.port)
        box.loop_start()
        box.publish("pose-edge/hall/status", "online", 1, retain=True)
        box.publish("pose-edge/hall/state", '{"people":1,"posture":"lying","fall":"ON"}', 1, retain=True)

        def speak() -> None:
            seq = 0
            while not ended.wait(0.1):
                seq += 1
                box.publish("pose-edge/hall/landmarks", reel.message(2.0 + seq / 10, seq=seq, time_ms=0))
                box.publish("pose-edge/hall/event", json.dumps(FALL), qos=1)
                box.publish("pose-edge/hall/landmarks" if seq % 7 == 0 else "pose-edge/hall/x", b"\x09")

        thread = threading.Thread(target=speak, name="box")
        thread.start()
        yield port
        ended.set()
        thread.join()
        box.disconnect()
        box.loop_stop()


def test_the_page_draws_the_person_and_tells_of_the_fall_once(speaking: int, pages: int, tmp_path: Path) -> None:
    url = f"http://127.0.0.1:{pages}{PAGE}?broker=ws://127.0.0.1:{speaking}&device=hall"
    found = looked_at(url, DRAWN, Path(os.environ.get("POSE_EDGE_PICTURES", tmp_path)) / "browser.png")
    assert found["errors"] == []
    assert "hall is online" in found["text"]
    assert "1 in view, lying, FALL" in found["text"]
    assert found["text"].count("fall_detected") == 1
