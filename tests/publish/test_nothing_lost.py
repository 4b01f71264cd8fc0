"""Every event arrives, in order, whatever is killed and however long the broker is away.

The full runs take minutes: POSE_EDGE_TESTS_LONG=1.
"""

import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import quantiles

import pytest
from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from support.broker import Broker, find_mosquitto, wait_until

LONG = "POSE_EDGE_TESTS_LONG" in os.environ
SEED = int(os.environ.get("POSE_EDGE_TESTS_SEED", "5"))
PROGRAM = Path(__file__).with_name("event_box.py")
PERSISTENT = (
    "persistence true\npersistence_location {}/\nmax_queued_messages 0\nmax_queued_bytes 0\n"
    "autosave_interval 1\nset_tcp_nodelay true"
)
"""Saved every second: a killed broker forgets what it has acknowledged since, and the box sends two seconds again."""

MS = 1_000_000


class Witness:
    """A subscriber with a session that outlives the broker; notes number, id and delay of each event."""

    def __init__(self, port: int) -> None:
        self.events: list[tuple[int, str]] = []
        self.delays_ms: list[float] = []
        self._seen: set[int] = set()
        self.longest_silence_s = 0.0
        self.late = 0
        self._client = paho.Client(
            CallbackAPIVersion.VERSION2, client_id="witness", protocol=MQTTProtocolVersion.MQTTv5
        )
        self._client.reconnect_delay_set(0.05, 0.1)  # type: ignore[arg-type]
        self._client.on_connect = lambda client, *_: client.subscribe("pose-edge/box/event", qos=1)
        self._client.on_message = self._take
        kept = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        kept.SessionExpiryInterval = 3600
        self._client.connect("127.0.0.1", port, clean_start=False, properties=kept)
        self._client.loop_start()

    def _take(self, _client: paho.Client, _userdata: object, message: paho.MQTTMessage) -> None:
        document = json.loads(message.payload)
        first = document["seq"] not in self._seen
        self._seen.add(document["seq"])
        self.events.append((document["seq"], document["id"]))
        self.late += "delayed_ms" in document
        # What comes again was there before: only its first arrival says how long it took.
        if first and document["data"]["connected"]:
            self.delays_ms.append(time.monotonic_ns() / MS - document["t_ms"])

    @property
    def newest(self) -> int:
        return max((seq for seq, _ in self.events), default=0)

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()


class Box:
    """`event_box.py` as a process."""

    def __init__(self, port: int, state: Path, most: int, rate_hz: float) -> None:
        self._command = [sys.executable, str(PROGRAM), str(port), str(state), str(most), str(rate_hz)]
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self._process = subprocess.Popen(self._command)

    def kill(self) -> None:
        assert self._process
        self._process.kill()
        self._process.wait()

    def rss_mb(self) -> float:
        assert self._process
        pages = int(Path(f"/proc/{self._process.pid}/statm").read_text(encoding="ascii").split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 1024 / 1024


class MortalBroker(Broker):
    """One that can end without a chance to save anything."""

    def kill(self) -> None:
        assert self._process
        self._process.kill()
        self.stop()


@pytest.fixture
def persistent_broker(tmp_path: Path) -> Iterator[MortalBroker]:
    if find_mosquitto() is None:
        pytest.skip("mosquitto is not installed: the delivery of events was not tested")
    with MortalBroker(tmp_path, options=PERSISTENT.format(tmp_path)) as broker:
        yield broker


def test_no_event_is_lost_or_out_of_order_while_broker_and_box_are_killed(
    persistent_broker: MortalBroker, tmp_path: Path
) -> None:
    """All of them with SIGKILL."""
    events, broker_kills, box_kills, rate_hz = (10_000, 50, 20, 100.0) if LONG else (300, 3, 2, 150.0)
    draw = random.Random(SEED)  # noqa: S311 (a test's dice)
    victims = ["broker"] * broker_kills + ["box"] * box_kills
    draw.shuffle(victims)
    witness = Witness(persistent_broker.port)
    box = Box(persistent_broker.port, tmp_path, events, rate_hz)
    box.start()
    pause_s = 0.8 * events / rate_hz / len(victims)
    try:
        for victim in victims:
            time.sleep(draw.uniform(0.5, 1.5) * pause_s)
            if victim == "broker":
                persistent_broker.kill()
                time.sleep(draw.uniform(0.0, 0.4))
                persistent_broker.start()
            else:
                box.kill()
                box.start()
        wait_until(lambda: witness.newest >= events, "the last event", within_s=60 + 2 * events / rate_hz)
        time.sleep(0.5)
    finally:
        box.kill()
        witness.close()
    ids: dict[int, str] = {}
    order = []
    for seq, name in witness.events:
        if seq not in ids:
            order.append(seq)
        assert ids.setdefault(seq, name) == name, f"event {seq} came again with another id"
    duplicates = len(witness.events) - len(ids)
    p95_ms = quantiles(witness.delays_ms, n=20)[-1]
    print(f"{len(ids)} events, {duplicates} duplicates, {witness.late} late, p95 {p95_ms:.1f} ms")  # noqa: T201
    assert order == list(range(1, events + 1))
    assert p95_ms <= 50 or not LONG


def test_what_happened_while_the_broker_was_away_arrives_soon_after_its_return(
    persistent_broker: Broker, tmp_path: Path
) -> None:
    """An hour at one event a second, in a few seconds."""
    events = 3600 if LONG else 600
    witness = Witness(persistent_broker.port)
    box = Box(persistent_broker.port, tmp_path, events, 400.0)
    try:
        persistent_broker.stop()
        box.start()
        # With all its modules loaded and its first events written.
        wait_until((tmp_path / "outbox.db").exists, "the outbox")
        time.sleep(0.5)
        before_mb = box.rss_mb()
        time.sleep(events / 400 * 1.5 + 1)
        grown_mb = box.rss_mb() - before_mb
        persistent_broker.start()
        back = time.monotonic()
        wait_until(lambda: witness.newest >= events, "the last event", within_s=30)
        took_s = time.monotonic() - back
    finally:
        box.kill()
        witness.close()
    print(f"{events} events in {took_s:.1f} s after the return, RSS grew by {grown_mb:.1f} MB")  # noqa: T201
    assert [seq for seq, _ in witness.events] == list(range(1, events + 1))
    assert grown_mb <= 5
