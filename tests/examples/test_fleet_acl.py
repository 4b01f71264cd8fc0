"""examples/mosquitto/acl at a real mosquitto: who can say and hear what."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from support.broker import Broker, find_mosquitto, wait_until

EXAMPLES = Path(__file__).parents[2] / "examples/mosquitto"
USERS = {"hall": "h", "yard": "y", "integrator": "i", "homeassistant": "a"}
SETTLE_S = 0.3
"""Within it everything that is let through has arrived: some milliseconds, on a loaded machine more."""

pytestmark = pytest.mark.skipif(find_mosquitto() is None, reason="mosquitto is not installed: the ACL was not tried")


class Peer:
    """Somebody with a login."""

    def __init__(self, broker: Broker, user: str) -> None:
        self.heard: list[str] = []
        self._refused: list[bool] = []
        self.client = paho.Client(CallbackAPIVersion.VERSION2, protocol=MQTTProtocolVersion.MQTTv5)
        self.client.username_pw_set(user, USERS[user])
        self.client.on_message = lambda _c, _u, message: self.heard.append(message.topic)
        self.client.on_publish = lambda _c, _u, _m, code, _p: self._refused.append(code.is_failure)
        self.client.connect("127.0.0.1", broker.port)
        self.client.loop_start()
        wait_until(self.client.is_connected, f"the connection of {user}")

    def may_say(self, topic: str) -> bool:
        before = len(self._refused)
        self.client.publish(topic, "x", qos=1)
        wait_until(lambda: len(self._refused) > before, "the acknowledgement")
        return not self._refused[-1]

    def close(self) -> None:
        self.client.disconnect()
        self.client.loop_stop()


@pytest.fixture
def fleet(tmp_path: Path) -> Iterator[Broker]:
    acl = tmp_path / "acl"
    acl.write_text((EXAMPLES / "acl").read_text())
    acl.chmod(0o600)
    with Broker(tmp_path, users=USERS, options=f"acl_file {acl}") as broker:
        yield broker


@contextmanager
def peer(broker: Broker, user: str, *filters: str) -> Iterator[Peer]:
    one = Peer(broker, user)
    try:
        if filters:
            one.client.subscribe([(name, 1) for name in filters])
            time.sleep(SETTLE_S)
        yield one
    finally:
        one.close()


@pytest.mark.parametrize(
    "kind", ["status", "camera", "landmarks", "event", "state", "health", "cmd/pause/result", "doctor"]
)
def test_a_box_speaks_for_itself_and_for_nobody_else(fleet: Broker, kind: str) -> None:
    with peer(fleet, "hall") as hall:
        assert hall.may_say(f"pose-edge/hall/{kind}")
        assert not hall.may_say(f"pose-edge/yard/{kind}")


def test_a_box_is_announced_under_its_own_name_only(fleet: Broker) -> None:
    with peer(fleet, "hall") as hall:
        assert hall.may_say("homeassistant/device/pose-edge-hall/config")
        assert not hall.may_say("homeassistant/device/pose-edge-yard/config")
        assert not hall.may_say("homeassistant/status")


def test_a_box_commands_nobody_not_even_itself(fleet: Broker) -> None:
    with peer(fleet, "hall") as hall:
        assert not hall.may_say("pose-edge/yard/cmd/pause")
        assert not hall.may_say("pose-edge/hall/cmd/pause")


def test_a_box_hears_its_own_commands_and_nothing_of_the_others(fleet: Broker) -> None:
    with peer(fleet, "hall", "#", "pose-edge/+/+", "pose-edge/yard/#") as hall, peer(fleet, "yard") as yard:
        with peer(fleet, "integrator") as integrator:
            assert integrator.may_say("pose-edge/yard/cmd/pause")
            assert integrator.may_say("pose-edge/hall/cmd/pause")
        for kind in ("landmarks", "event", "state", "cmd/pause/result"):
            assert yard.may_say(f"pose-edge/yard/{kind}")
        time.sleep(SETTLE_S)
        assert set(hall.heard) == {"pose-edge/hall/cmd/pause"}


def test_home_assistant_s_birth_is_heard_by_every_box(fleet: Broker) -> None:
    with peer(fleet, "hall", "homeassistant/status") as hall, peer(fleet, "homeassistant") as home:
        assert home.may_say("homeassistant/status")
        wait_until(lambda: hall.heard == ["homeassistant/status"], "the birth message")


@pytest.mark.parametrize("user", ["integrator", "homeassistant"])
def test_programs_hear_all_boxes_command_them_and_speak_for_none(fleet: Broker, user: str) -> None:
    with peer(fleet, user, "pose-edge/#") as program, peer(fleet, "hall") as hall, peer(fleet, "yard") as yard:
        assert hall.may_say("pose-edge/hall/landmarks")
        assert yard.may_say("pose-edge/yard/event")
        wait_until(
            lambda: set(program.heard) == {"pose-edge/hall/landmarks", "pose-edge/yard/event"}, "both boxes' messages"
        )
        assert program.may_say("pose-edge/hall/cmd/ack_fall")
        assert not program.may_say("pose-edge/hall/event")
        assert not program.may_say("pose-edge/hall/status")


def test_the_broker_s_configuration_is_one_that_mosquitto_takes(tmp_path: Path) -> None:
    kept = [
        line
        for line in (EXAMPLES / "mosquitto.conf").read_text().splitlines()
        if not line.startswith(("listener", "protocol", "certfile", "keyfile", "password_file", "acl_file", "persist"))
    ]
    options = "\n".join(line for line in kept if not line.startswith("allow_anonymous"))
    with Broker(tmp_path, options=options) as broker:
        assert "Error" not in broker.log.read_text()
