"""The examples that run anywhere: the Python subscriber, and what the others say about topics and names."""

import json
import re
import subprocess
import sys
from pathlib import Path

import yaml  # type: ignore[import-untyped]
from examples.make_node_red_flow import FLOW, text
from paho.mqtt import publish
from support.broker import Broker, wait_until

from edge.publish.discovery import EVENT_TYPES
from edge.publish.requests import REQUESTS
from edge.simulate.reel import Reel

EXAMPLES = Path(__file__).parents[2] / "examples"
SUBSCRIBER = EXAMPLES / "python/subscriber.py"
EVENT = {"id": "A", "type": "rep", "ts": "2026-11-20T13:06:46.184Z", "data": {"count": 1}}


def test_the_python_subscriber_prints_people_and_each_event_once(broker: Broker, tmp_path: Path) -> None:
    out = tmp_path / "out"
    command = [sys.executable, str(SUBSCRIBER), f"127.0.0.1:{broker.port}", "hall"]

    def say(kind: str, payload: str | bytes, *, retain: bool = False) -> None:
        publish.single(f"pose-edge/hall/{kind}", payload, 1, retain, hostname="127.0.0.1", port=broker.port)

    say("event", b"\xff", retain=True)
    with out.open("wb") as file, subprocess.Popen(command, stdout=file, stderr=file) as process:
        try:
            wait_until(lambda: "cannot be read" in out.read_text(), "the subscriber")
            say("landmarks", b"\x02")
            for _ in range(2):
                say("event", json.dumps(EVENT))
            say("landmarks", Reel.walk().message(2.0, seq=0, time_ms=0))
            wait_until(lambda: "nose" in out.read_text(), "a person")
        finally:
            process.kill()
    lines = out.read_text().splitlines()
    assert sum("rep {'count': 1}" in line for line in lines) == 1
    assert re.fullmatch(r"#1 nose 0\.\d\d 0\.\d\d", lines[-1])


def test_the_python_subscriber_is_short() -> None:
    assert len(SUBSCRIBER.read_text().splitlines()) <= 45


def test_the_flow_for_node_red_is_the_one_that_is_made_from_the_decoder() -> None:
    assert FLOW.read_text() == text(), "run python tests/examples/make_node_red_flow.py"


def test_the_automation_goes_by_events_and_commands_that_exist() -> None:
    (automation,) = yaml.safe_load((EXAMPLES / "home-assistant/fall.yaml").read_text())
    assert {trigger["payload"] for trigger in automation["triggers"]} <= set(EVENT_TYPES)
    words = json.dumps(automation)
    assert set(re.findall(r"/cmd/(\w+)", words)) <= set(REQUESTS)
    assert "/landmarks" not in words


def test_the_page_loads_nothing_but_the_decoder() -> None:
    page = (EXAMPLES / "browser/index.html").read_text()
    assert re.findall(r'(?:from|src=|href=|url\()\s*"([^"]+)"', page) == ["../../edge/publish/wire.mjs"]
