"""examples/mosquitto/bridge.conf between two real brokers: a house's, and head office's."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from paho.mqtt import publish
from support.broker import Broker, Listener, find_mosquitto, free_port, wait_until

EXAMPLE = Path(__file__).parents[2] / "examples/mosquitto/bridge.conf"
ACL = """
user house-north
topic readwrite pose-edge/house-north/#
user head
topic readwrite #
"""
HEAD: "publish.AuthParameter" = {"username": "head", "password": "head"}
NORTH = "pose-edge/house-north"

pytestmark = pytest.mark.skipif(find_mosquitto() is None, reason="mosquitto is not installed: no bridge was tried")


@dataclass(frozen=True, slots=True)
class Chain:
    """Two brokers.

    Attributes:
        head: Head office's, with a plain port for the test.
        house: The house's, which boxes talk to.
    """

    head: Broker
    house: Broker

    def say(self, topic: str, payload: str, *, retain: bool = False) -> None:
        """What a box says, at the house."""
        publish.single(topic, payload, qos=1, retain=retain, port=self.house.port)


@pytest.fixture
def chain(tmp_path: Path, papers: Path) -> Iterator[Chain]:
    encrypted = free_port()
    acl = tmp_path / "head/acl"
    for name in ("head", "house"):
        (tmp_path / name).mkdir()
    acl.write_text(ACL)
    acl.chmod(0o600)
    lines = [f"listener {encrypted} 127.0.0.1", f"certfile {papers}/server.crt", f"keyfile {papers}/server.key"]
    lines += [f"acl_file {acl}", "persistence true", f"persistence_location {tmp_path}/head/"]
    users = {"house-north": "change-me", "head": "head"}
    bridge = (
        EXAMPLE.read_text()
        .replace("address mqtt.head.example:8883", f"address 127.0.0.1:{encrypted}")
        .replace("/etc/mosquitto/certs/head-office-ca.crt", str(papers / "ca.crt"))
        .replace("restart_timeout 2 60", "restart_timeout 1 1")
    )
    with (
        Broker(tmp_path / "head", users=users, options="\n".join(lines)) as head,
        Broker(tmp_path / "house", options=bridge) as house,
        Listener(head.port, login=("head", "head")) as listener,
    ):
        listener.wait_for("bridge", b"1")
        yield Chain(head, house)


def test_what_boxes_say_reaches_head_office_below_the_house_s_name_and_landmarks_stay(chain: Chain) -> None:
    with Listener(chain.head.port, login=("head", "head")) as listener:
        chain.say("pose-edge/hall/landmarks", "many")
        for kind in ("status", "camera", "state", "health"):
            chain.say(f"pose-edge/hall/{kind}", kind, retain=True)
        chain.say("pose-edge/hall/event", "event")
        listener.wait_for("event", b"event")
        said = {one.topic for one in listener.received}
    assert said == {f"{NORTH}/hall/{kind}" for kind in ("status", "camera", "state", "health", "event")} | {
        f"{NORTH}/bridge"
    }


def test_what_is_kept_is_there_for_who_comes_later(chain: Chain) -> None:
    with Listener(chain.head.port, login=("head", "head")) as listener:
        chain.say("pose-edge/hall/state", "state", retain=True)
        listener.wait_for("state", b"state")
    with Listener(chain.head.port, login=("head", "head")) as later:
        later.wait_for("state", b"state")
        assert later.messages("state")[0].retained


def test_a_command_goes_down_and_its_answer_up(chain: Chain) -> None:
    with Listener(chain.house.port) as house, Listener(chain.head.port, login=("head", "head")) as head:
        publish.single(f"{NORTH}/hall/cmd/pause", "{}", qos=1, port=chain.head.port, auth=HEAD)
        house.wait_for("pause", b"{}")
        assert house.messages("pause")[0].topic == "pose-edge/hall/cmd/pause"
        chain.say("pose-edge/hall/cmd/pause/result", "done")
        head.wait_for("result", b"done")


def test_events_of_the_time_without_a_line_arrive_in_order_once_it_is_back(chain: Chain) -> None:
    with Listener(chain.head.port, login=("head", "head")) as listener:
        chain.say("pose-edge/hall/event", "before")
        listener.wait_for("event", b"before")
        chain.head.stop()
        for number in range(50):
            chain.say("pose-edge/hall/event", str(number))
        chain.head.start()
        wait_until(lambda: len(set(listener.payloads("event"))) == 51, "all events", within_s=20)
    later = [int(payload) for payload in dict.fromkeys(listener.payloads("event")) if payload != b"before"]
    assert later == list(range(50))


def test_a_house_cannot_speak_for_another(chain: Chain) -> None:
    with Listener(chain.head.port, login=("head", "head")) as listener:
        login: publish.AuthParameter = {"username": "house-north", "password": "change-me"}
        publish.single("pose-edge/house-south/hall/event", "forged", qos=1, port=chain.head.port, auth=login)
        publish.single(f"{NORTH}/hall/event", "own", qos=1, port=chain.head.port, auth=login)
        listener.wait_for("event", b"own")
        assert b"forged" not in listener.payloads("event")
