"""Commands to a running daemon: real model, real broker, the studio as its camera."""

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion
from support.broker import Broker, Listener, wait_until
from support.daemon import RunningDaemon

from edge.config import Config, load
from edge.daemon import Daemon
from edge.errors import ExitCode
from edge.flow import Event
from edge.parts import make_client, make_outbox, make_publisher


@pytest.fixture
def config(broker: Broker, bundle: Path) -> Config:
    assert bundle.exists()
    overrides = {
        "mqtt.broker": f"127.0.0.1:{broker.port}",
        "mqtt.username": "bar1",
        "mqtt.password": "hunter2",
        "device.id": "box",
        "source.uri": "studio:walk_across",
        "publish.health_interval_s": 60.0,
    }
    return load(None, environ={}, overrides=overrides)


@pytest.fixture
def start(config: Config, tmp_path: Path) -> Iterator[Callable[[], Daemon]]:
    """Starts daemons that keep their state in one folder; each ends the one before."""
    running: list[Daemon] = []

    def begin() -> Daemon:
        for one in running:
            one.stop()
        running[:] = [Daemon(config, state=tmp_path)]
        running[0].start()
        return running[0]

    yield begin
    for one in running:
        one.stop()


class Building:
    """What listens and commands."""

    def __init__(self, broker: Broker, listener: Listener) -> None:
        self._listener = listener
        self._requests = 0
        self._client = paho.Client(CallbackAPIVersion.VERSION2)
        self._client.connect("127.0.0.1", broker.port)
        self._client.loop_start()

    def command(self, name: str, **request: object) -> dict[str, Any]:
        """Send a command and wait for its answer."""
        self._requests += 1
        asked = f"r{self._requests}"
        self.say(f"pose-edge/box/cmd/{name}", json.dumps({"id": asked, **request}))
        found: list[dict[str, Any]] = []

        def answered() -> bool:
            answers = map(json.loads, self._listener.payloads(f"cmd/{name}/result"))
            found[:] = [answer for answer in answers if answer["id"] == asked]
            return bool(found)

        wait_until(answered, f"the answer to {name}")
        assert len(found) == 1
        return found[0]

    def say(self, topic: str, payload: str, *, retain: bool = False) -> None:
        self._client.publish(topic, payload, qos=1, retain=retain)

    def state(self) -> dict[str, Any]:
        payloads = self._listener.payloads("box/state")
        return json.loads(payloads[-1]) if payloads else {}

    def events(self, kind: str) -> list[dict[str, Any]]:
        return [one for one in map(json.loads, self._listener.payloads("box/event")) if one["type"] == kind]

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()


@pytest.fixture
def building(broker: Broker) -> Iterator[Building]:
    with Listener(broker.port) as listener:
        building = Building(broker, listener)
        yield building
        building.close()


def connected(daemon: Daemon) -> None:
    wait_until(lambda: daemon.signs.results > 0, "the first result")


def test_a_pause_ends_all_looking_says_so_and_outlives_a_restart(
    start: Callable[[], Daemon], building: Building
) -> None:
    daemon = start()
    wait_until(lambda: building.events("person_entered"), "somebody")
    assert building.command("pause")["ok"]
    wait_until(lambda: building.state().get("paused") == "ON", "the state")
    assert building.state()["people"] == 0
    wait_until(lambda: building.events("person_left"), "the leaving")
    runs = daemon.signs.results
    time.sleep(0.7)
    assert daemon.signs.results == runs
    assert daemon.signs.paused

    daemon = start()
    time.sleep(1.0)
    assert daemon.signs.results == 0
    assert daemon.signs.paused

    assert building.command("resume")["ok"]
    connected(daemon)
    wait_until(lambda: building.state().get("paused") == "OFF", "the state")


def test_a_pause_ends_by_itself(start: Callable[[], Daemon], building: Building) -> None:
    daemon = start()
    connected(daemon)
    building.command("pause", duration_s=1.0)
    wait_until(lambda: building.state().get("paused") == "ON", "the state")
    runs = daemon.signs.results
    wait_until(lambda: building.state().get("paused") == "OFF", "the end of the pause")
    wait_until(lambda: daemon.signs.results > runs, "a model run")


def test_settings_change_at_once_and_those_that_are_kept_outlive_a_restart(
    start: Callable[[], Daemon], building: Building
) -> None:
    connected(start())
    assert building.command("set", key="pace.max_inference_fps", value=7.0, persist=True)["ok"]
    assert building.command("set", key="publish.landmark_rate_hz", value=3.0)["ok"]
    wait_until(lambda: building.state().get("settings", {}).get("publish.landmark_rate_hz") == 3.0, "the state")
    pace = building.command("get_config")["data"]["pace"]
    assert pace["max_inference_fps"] == 7.0

    connected(start())
    config = building.command("get_config")["data"]
    assert config["pace"]["max_inference_fps"] == 7.0
    assert config["publish"]["landmark_rate_hz"] == 10.0


def test_the_configuration_is_told_without_its_secrets(start: Callable[[], Daemon], building: Building) -> None:
    connected(start())
    answer = building.command("get_config")
    assert answer["data"]["mqtt"]["username"] == "bar1"
    assert "hunter2" not in json.dumps(answer)


REFUSED: list[tuple[str, dict[str, object], str]] = [
    ("set", {"key": "mqtt.broker", "value": "elsewhere"}, "not_settable"),
    ("set", {"key": "pace.max_inference_fps", "value": 1e9}, "out_of_bounds"),
    ("set", {"key": "pace.max_inference_fps", "value": "fast"}, "out_of_bounds"),
    ("dance", {}, "unknown"),
    ("pause", {"duration_s": -1}, "malformed"),
    ("ack_fall", {"fall_id": "none"}, "refused"),
]


def test_what_is_not_allowed_is_refused_with_a_reason_and_changes_nothing(
    start: Callable[[], Daemon], building: Building
) -> None:
    daemon = start()
    connected(daemon)
    before = building.command("get_config")["data"]
    for name, request, code in REFUSED:
        answer = building.command(name, **request)
        assert (answer["ok"], answer["code"]) == (False, code)
        assert answer["reason"]
    assert building.command("get_config")["data"] == before
    assert not daemon.signs.paused


def test_a_command_of_megabytes_does_not_even_arrive(start: Callable[[], Daemon], building: Building) -> None:
    daemon = start()
    connected(daemon)
    building.say("pose-edge/box/cmd/pause", " " * 5_000_000)
    assert building.command("get_config")["ok"]
    assert not daemon.signs.paused


def test_the_newest_landmarks_can_be_asked_for(start: Callable[[], Daemon], building: Building) -> None:
    start()
    wait_until(lambda: building.events("person_entered"), "somebody")
    data = building.command("snapshot_landmarks")["data"]
    assert data["width"] == 640
    assert all(len(person["landmarks"]) == 33 for person in data["people"])


def test_reload_and_restart_are_handed_to_the_supervisor(start: Callable[[], Daemon], building: Building) -> None:
    daemon = start()
    connected(daemon)
    building.command("reload")
    assert daemon.wishes.reload.is_set()
    assert daemon.wishes.restart_ns is None
    building.command("restart")
    assert daemon.wishes.restart_ns is not None


def test_a_command_the_broker_had_kept_is_not_carried_out(start: Callable[[], Daemon], building: Building) -> None:
    building.say("pose-edge/box/cmd/pause", "{}", retain=True)
    daemon = start()
    connected(daemon)
    time.sleep(0.3)
    assert not daemon.signs.paused


def test_a_fall_of_before_a_restart_is_still_told_and_can_be_acknowledged(
    start: Callable[[], Daemon], building: Building, config: Config, tmp_path: Path
) -> None:
    outbox = make_outbox(tmp_path)
    client = make_client(config, outbox)
    publisher = make_publisher(config, client, outbox)
    data = MappingProxyType({"fall_id": "1-1", "how": "seen", "down_s": 100.0})
    publisher.event(Event("fall_detected", time.monotonic_ns(), 1, 0.9, data))
    client.close()

    start()
    wait_until(lambda: building.events("fall_detected"), "the fall of before")
    wait_until(lambda: building.state().get("fall") == "ON", "the state")
    wait_until(lambda: building.events("long_lie"), "the long lie")
    (fall,) = building.state()["falls"]
    answer = building.command("ack_fall")
    assert answer["data"]["fall_ids"] == [fall["fall_id"]]
    wait_until(lambda: building.state()["fall"] == "OFF", "the state")
    wait_until(lambda: building.events("fall_cleared"), "the end of the fall")
    assert building.events("fall_cleared")[0]["data"]["why"] == "acknowledged"
    numbers = [one["seq"] for kind in ("fall_detected", "long_lie", "fall_cleared") for one in building.events(kind)]
    assert numbers == sorted(set(numbers))


def test_home_assistant_is_told_on_connect_and_again_when_it_starts(
    start: Callable[[], Daemon], building: Building, broker: Broker
) -> None:
    with Listener(broker.port) as listener:
        start()
        listener.wait_for_number("pose-edge-box/config", 1)
        announced = json.loads(listener.payloads("pose-edge-box/config")[0])
        assert {"fall", "presence", "pause", "ack_fall"} <= set(announced["components"])
        building.say("homeassistant/status", "online")
        listener.wait_for_number("pose-edge-box/config", 2)


def test_a_restart_ends_the_process_so_that_systemd_starts_it_again_and_reload_reads_the_file(
    broker: Broker, bundle: Path, building: Building, tmp_path: Path
) -> None:
    file = tmp_path / "box.toml"
    # Under systemd, models are looked for beside the state.
    lines = f'[detect]\nmodel_dir = "{bundle.parent}"\n'
    lines += f'[device]\nid = "box"\n[source]\nuri = "studio"\n[mqtt]\nbroker = "127.0.0.1:{broker.port}"\n'
    file.write_text(lines)
    with RunningDaemon("--config", file, environ={"STATE_DIRECTORY": str(tmp_path)}) as daemon:
        wait_until(lambda: building.events("person_entered"), "somebody")
        file.write_text(lines + "[pace]\nmax_inference_fps = 7.0\n")
        assert building.command("reload")["ok"]
        wait_until(
            lambda: building.state().get("settings", {}).get("pace.max_inference_fps") == 7.0, "the new configuration"
        )
        assert building.command("restart")["ok"]
        assert daemon.wait(5.0) == ExitCode.RESTART_ASKED
    assert (tmp_path / "outbox.db").exists()
