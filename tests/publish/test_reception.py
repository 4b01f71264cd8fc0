"""What the box hears, without a broker."""

import json
from typing import Any

import pytest

from edge.publish import discovery
from edge.publish.commands import Commands
from edge.publish.discovery import Features, Identity
from edge.publish.outbox import Outbox
from edge.publish.outgoing import Outbound, Outgoing
from edge.publish.reception import Announcement, Reception
from edge.publish.topics import Topic, Topics

S = 1_000_000_000
BOX = Identity(Topics("box"), version="1.2.3")
TOLD = Announcement(discovery.topic(BOX), discovery.announcement(BOX, Features()), discovery.birth_topic())


class Willing:
    """Actions that do nothing."""

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401
        return lambda *_, **__: None


@pytest.fixture
def outgoing() -> Outgoing:
    outgoing = Outgoing(Outbox(None))
    outgoing.connected()
    return outgoing


@pytest.fixture
def reception(outgoing: Outgoing) -> Reception:
    return Reception(
        topics=Topics("box"),
        outgoing=outgoing,
        commands=Commands(Willing()),
        announcement=TOLD,
        draw=lambda: 0.5,
    )


def sent(outgoing: Outgoing) -> list[Outbound]:
    messages = []
    while message := outgoing.take(window=100, writable=True):
        messages.append(message)
    return messages


def test_it_listens_for_its_own_commands_and_for_home_assistant_only(reception: Reception) -> None:
    assert reception.subscriptions == ("pose-edge/box/cmd/+", "homeassistant/status")


def test_a_command_is_answered_on_its_own_topic(reception: Reception, outgoing: Outgoing) -> None:
    reception.received("pose-edge/box/cmd/resume", b'{"id":"a"}', retained=False, now_ns=0)
    (answer,) = sent(outgoing)
    assert (answer.topic, answer.name) == (Topic.RESULT, "pose-edge/box/cmd/resume/result")
    assert json.loads(answer.payload)["ok"]


@pytest.mark.parametrize("topic", ["pose-edge/other/cmd/resume", "pose-edge/box/status", "homeassistant", ""])
def test_what_is_not_for_the_box_is_passed_over(reception: Reception, outgoing: Outgoing, topic: str) -> None:
    reception.received(topic, b"{}", retained=False, now_ns=0)
    assert sent(outgoing) == []


def test_the_announcement_follows_the_connection_after_a_wait(reception: Reception, outgoing: Outgoing) -> None:
    outgoing.put(Topic.STATE, b"state")
    sent(outgoing)
    reception.connected(0)
    reception.tick(S)
    assert sent(outgoing) == []
    reception.tick(2 * S)
    (announced,) = sent(outgoing)
    assert (announced.topic, announced.name, announced.payload) == (Topic.DISCOVERY, TOLD.topic, TOLD.payload)
    reception.tick(3 * S)
    assert sent(outgoing) == []


def test_home_assistant_s_start_is_answered_once_and_its_end_or_a_kept_word_is_not(
    reception: Reception, outgoing: Outgoing
) -> None:
    for payload, retained in [(b"offline", False), (b"online", True)]:
        reception.received(TOLD.birth, payload, retained=retained, now_ns=0)
        reception.tick(10 * S)
        assert sent(outgoing) == []
    outgoing.put(Topic.STATE, b"state")
    sent(outgoing)
    reception.received(TOLD.birth, b"online", retained=False, now_ns=10 * S)
    reception.tick(12 * S)
    assert [one.topic for one in sent(outgoing)] == [Topic.DISCOVERY, Topic.STATE]


def test_answers_of_a_lost_connection_are_not_given_on_the_next(reception: Reception, outgoing: Outgoing) -> None:
    reception.received("pose-edge/box/cmd/resume", b"{}", retained=False, now_ns=0)
    outgoing.disconnected()
    outgoing.connected()
    assert sent(outgoing) == []


def test_with_nobody_to_command_it_listens_to_nothing(outgoing: Outgoing) -> None:
    quiet = Reception(topics=Topics("box"), outgoing=outgoing)
    quiet.received("pose-edge/box/cmd/resume", b"{}", retained=False, now_ns=0)
    quiet.connected(0)
    quiet.tick(100 * S)
    assert (quiet.subscriptions, sent(outgoing)) == ((), [])
