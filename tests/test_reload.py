"""A configuration that is read again: what changes at once, what waits, and that nobody is lost over it."""

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.broker import Broker, Listener, wait_until

from edge.config import Config, load
from edge.daemon import Daemon
from edge.reload import LIVE, compare


def configured(**keys: object) -> Config:
    overrides = {"device.id": "box", "source.uri": "studio"}
    return load(None, environ={}, overrides=overrides | {key.replace("__", "."): keys[key] for key in keys})


def test_what_can_change_at_once_is_told_from_what_waits_for_a_start() -> None:
    change = compare(configured(), configured(pace__max_inference_fps=5.0, source__width=320, posture__long_lie_s=30.0))
    assert change.live == ("pace.max_inference_fps", "posture.long_lie_s")
    assert change.waiting == ("source.width",)
    assert change.config.pace.max_inference_fps == 5.0
    assert change.config.posture.long_lie_s == 30.0
    assert change.config.source.width == 640


def test_a_zone_is_live_and_its_table_is_touched() -> None:
    zone = [{"name": "bed", "kind": "bed", "polygon": [[0.1, 0.5], [0.6, 0.5], [0.7, 0.9]]}]
    change = compare(configured(), configured(zones=zone))
    assert change.live == ("zones",)
    assert change.touches("posture", "zones")
    assert not change.touches("pace", "publish.landmark_rate_hz")


def test_the_same_configuration_changes_nothing() -> None:
    change = compare(configured(), configured())
    assert (change.live, change.waiting) == ((), ())


def test_every_live_key_is_one_of_the_configuration() -> None:
    tables = configured().model_dump()
    for path in LIVE:
        table, _, key = path.partition(".")
        assert not key or key in tables[table], path


@pytest.fixture
def daemon(broker: Broker, bundle: Path) -> Iterator[Daemon]:
    assert bundle.exists()
    daemon = Daemon(
        configured(
            mqtt__broker=f"127.0.0.1:{broker.port}", source__uri="studio:walk_across", publish__health_interval_s=60
        )
    )
    daemon.start()
    yield daemon
    daemon.stop()


@pytest.fixture
def listener(broker: Broker) -> Iterator[Listener]:
    with Listener(broker.port) as listening:
        yield listening


def test_a_new_pace_and_rate_are_in_force_without_losing_the_person(
    daemon: Daemon, broker: Broker, listener: Listener
) -> None:
    wait_until(lambda: "1 person" in daemon.status(time.monotonic_ns()), "somebody is seen")
    wanted = configured(
        mqtt__broker=f"127.0.0.1:{broker.port}",
        source__uri="studio:walk_across",
        publish__health_interval_s=1.0,
        publish__landmark_rate_hz=4.0,
        pace__max_inference_fps=8.0,
        source__height=240,
    )
    daemon.apply(wanted)
    seen = len(listener.payloads("health"))
    listener.wait_for_number("health", seen + 3)
    health = json.loads(listener.payloads("health")[-1])
    assert health["fps_published"] == pytest.approx(4.0, abs=1.5)
    assert health["fps_inferred"] < 10
    assert health["config"] == "restart needed: source.height"
    entered = [json.loads(event)["track"] for event in listener.payloads("event") if b"person_entered" in event]
    assert entered == [1]


def test_a_refused_configuration_shows_in_status_and_goes_with_the_next_good_one(
    daemon: Daemon, broker: Broker
) -> None:
    daemon.refused("pose-edge.toml: source.fpz: no such key")
    assert "configuration refused: pose-edge.toml: source.fpz" in daemon.status(time.monotonic_ns())
    daemon.apply(
        configured(
            mqtt__broker=f"127.0.0.1:{broker.port}", source__uri="studio:walk_across", publish__health_interval_s=60
        )
    )
    assert "configuration" not in daemon.status(time.monotonic_ns())
