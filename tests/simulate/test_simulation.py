"""Virtual boxes against a real mosquitto."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping

import jsonschema
import pytest
from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion
from support.broker import Broker, Listener, free_port, wait_until

from edge.errors import OutputError
from edge.publish.address import BrokerAddress
from edge.publish.listener import Access
from edge.publish.schemas import schema
from edge.publish.wire import decode
from edge.simulate.box import Habits
from edge.simulate.reel import Reel
from edge.simulate.report import Report
from edge.simulate.run import Simulation
from edge.simulate.tally import Figures

COMMAND = """
import argparse, sys
from edge.cli import simulate
parser = argparse.ArgumentParser()
simulate.configure(parser)
sys.exit(simulate.run(parser.parse_args()))
"""
LIVELY = Habits(landmark_rate_hz=20, event_every_s=0.5, health_every_s=1)


def simulated(port: int, *, boxes: int, seconds: float = 2.0, habits: Habits = LIVELY) -> Report:
    access = Access(BrokerAddress("127.0.0.1", port))
    simulation = Simulation(
        access=access, prefix="pose-edge", boxes=boxes, seconds=seconds, habits=habits, reels=[Reel.walk()]
    )
    return simulation.run()


def by_kind(report: Report) -> Mapping[str, Figures]:
    return {one.kind: one for one in report.figures}


def retained(port: int) -> list[str]:
    """Topics of which the broker keeps something, other than its own."""
    found: list[str] = []
    done = threading.Event()
    client = paho.Client(CallbackAPIVersion.VERSION2)
    client.on_message = lambda _c, _u, message: found.append(message.topic)
    client.on_subscribe = lambda *_: done.set()
    client.connect("127.0.0.1", port)
    client.subscribe("#")
    client.loop_start()
    assert done.wait(5)
    time.sleep(0.2)
    client.loop_stop()
    client.disconnect()
    return found


def test_everything_that_boxes_say_arrives_in_order_and_is_timed(broker: Broker) -> None:
    report = simulated(broker.port, boxes=20)
    assert report.passed, report.text()
    kinds = by_kind(report)
    assert 20 * 2 * 20 * 0.8 <= kinds["landmarks"].sent <= 20 * 2 * 20 * 1.1
    assert 20 * 2 * 2 * 0.8 <= kinds["event"].sent <= 20 * 2 * 2 * 1.3
    for one in kinds.values():
        assert (one.lost, one.twice, one.disordered) == (0, 0, 0)
        assert one.p50_ms is not None
        assert one.p95_ms is not None
        assert 0 <= one.p50_ms <= one.p95_ms


def test_nothing_of_the_boxes_stays_at_the_broker(broker: Broker) -> None:
    report = simulated(broker.port, boxes=5, seconds=1.0)
    assert report.kept_back == 0
    assert retained(broker.port) == []


def test_virtual_boxes_say_what_real_ones_say_and_nobody_falls(broker: Broker) -> None:
    with Listener(broker.port) as listener:
        simulated(broker.port, boxes=2, seconds=1.5)
        for kind in ("event", "state", "health"):
            documents = [json.loads(payload) for payload in listener.payloads(kind) if payload]
            assert documents
            for document in documents:
                jsonschema.validate(document, schema(kind))
            assert all("fall" not in str(document.get("type")) for document in documents)
            assert all(document.get("fall") != "ON" for document in documents)
        assert {bytes(p) for p in listener.payloads("status")} == {b"online", b""}
        assert all(len(decode(payload).people) == 1 for payload in listener.payloads("landmarks"))


def test_without_a_rate_there_are_heartbeats_only(broker: Broker) -> None:
    report = simulated(broker.port, boxes=30, seconds=1.5, habits=Habits(landmark_rate_hz=0, health_every_s=0.5))
    assert report.passed, report.text()
    assert set(by_kind(report)) == {"state", "health"}


def test_a_broker_that_goes_and_comes_back_costs_landmarks_and_no_event(broker: Broker) -> None:
    restart = threading.Timer(1.0, broker.restart)
    restart.start()
    report = simulated(broker.port, boxes=5, seconds=6.0)
    restart.join()
    assert report.connections_lost >= 5
    assert not report.passed
    events = by_kind(report)["event"]
    # What was published before the subscriber was back is gone for it; a box with an outbox is tested elsewhere.
    assert events.delivered >= events.sent * 0.4
    assert retained(broker.port) == []


def test_everybody_comes_back_from_a_longer_silence_and_is_heard_again(idle_broker: Broker) -> None:
    broker = idle_broker
    broker.start()
    away = threading.Timer(1.0, broker.stop)
    back = threading.Timer(3.0, broker.start)
    for timer in (away, back):
        timer.start()
    with_pauses = Habits(landmark_rate_hz=0, health_every_s=0.5)
    report = simulated(broker.port, boxes=20, seconds=7.0, habits=with_pauses)
    back.join()
    health = by_kind(report)["health"]
    # Away from the first second to the third, and a second or two until the last has called again.
    assert health.delivered >= health.sent * 0.5
    assert retained(broker.port) == []


def test_a_broker_that_is_not_there_is_one_clear_line() -> None:
    with pytest.raises(OutputError, match=r"cannot connect to broker 127\.0\.0\.1:\d+: Connection refused"):
        simulated(free_port(), boxes=1)


def test_ctrl_c_ends_early_with_a_report_and_cleans_up(broker: Broker) -> None:
    with Listener(broker.port) as listener:
        command = [sys.executable, "-c", COMMAND, "--broker", f"127.0.0.1:{broker.port}", "--boxes", "3"]
        process = subprocess.Popen(
            [*command, "--seconds", "0", "--json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={**os.environ}
        )
        wait_until(lambda: len(listener.payloads("landmarks")) > 10, "landmarks")
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=20)
    report = json.loads(out)
    assert process.returncode == 0
    assert (report["boxes"], report["connected"], report["kinds"]["landmarks"]["lost"]) == (3, 3, 0)
    assert retained(broker.port) == []


@pytest.mark.parametrize(
    ("arguments", "words"),
    [(("--boxes", "0"), "--boxes"), (("--rate", "-1"), "--rate"), (("--seconds", "nan"), "--seconds")],
)
def test_nonsense_is_refused_with_the_option_s_name(arguments: tuple[str, ...], words: str) -> None:
    done = subprocess.run([sys.executable, "-c", COMMAND, *arguments], capture_output=True, text=True, check=False)
    assert words in done.stderr
    assert done.returncode != 0
