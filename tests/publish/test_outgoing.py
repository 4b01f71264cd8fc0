"""What waits to be sent, without a broker."""

import json

from publish.outboxes import message

from edge.publish.outbox import Outbox
from edge.publish.outgoing import Outbound, Outgoing
from edge.publish.topics import Topic


class WithOutbox(Outgoing):
    """With the outbox, in memory, at hand."""

    def __init__(self) -> None:
        self.events = Outbox(None)
        super().__init__(self.events)


def payload(outbound: Outbound) -> bytes:
    """An event's number stands for its payload."""
    return b"%d" % json.loads(outbound.payload)["seq"] if outbound.topic is Topic.EVENT else outbound.payload


def drain(outgoing: Outgoing, *, window: int = 16, writable: bool = True) -> list[Outbound]:
    messages = []
    while message := outgoing.take(window=window, writable=writable):
        messages.append(message)
    return messages


def online() -> WithOutbox:
    outgoing = WithOutbox()
    outgoing.connected()
    return outgoing


def test_the_present_goes_before_a_backlog_of_events() -> None:
    outgoing = online()
    for number in range(3):
        outgoing.events.put(message(number + 1))
    outgoing.put(Topic.STATE, b"now")
    outgoing.put(Topic.STATUS, b"online")
    assert [payload(m) for m in drain(outgoing)] == [b"online", b"now", b"1", b"2", b"3"]


def test_no_more_is_handed_out_than_may_be_unacknowledged() -> None:
    outgoing = online()
    for number in range(5):
        outgoing.events.put(message(number + 1))
    first = drain(outgoing, window=2)
    assert [payload(m) for m in first] == [b"1", b"2"]
    outgoing.settle(first[0].ticket, accepted=True)
    assert [payload(m) for m in drain(outgoing, window=2)] == [b"3"]


def test_a_full_window_does_not_hold_back_what_needs_no_acknowledgement() -> None:
    outgoing = online()
    outgoing.events.put(message(1))
    outgoing.put(Topic.STATE, b"waits")
    outgoing.put(Topic.HEALTH, b"health")
    outgoing.put(Topic.LANDMARKS, b"landmarks")
    assert [payload(m) for m in drain(outgoing, window=0)] == [b"health", b"landmarks"]


def test_only_the_newest_value_of_a_retained_topic_is_sent() -> None:
    outgoing = online()
    outgoing.put(Topic.STATE, b"old")
    outgoing.put(Topic.STATE, b"new")
    assert [payload(m) for m in drain(outgoing)] == [b"new"]


def test_newer_landmarks_replace_those_the_connection_has_no_room_for() -> None:
    outgoing = online()
    outgoing.put(Topic.LANDMARKS, b"1")
    outgoing.put(Topic.LANDMARKS, b"2")
    assert drain(outgoing, writable=False) == []
    outgoing.put(Topic.LANDMARKS, b"3")
    assert [payload(m) for m in drain(outgoing)] == [b"3"]
    assert outgoing.counts().landmarks_dropped == 2
    assert outgoing.counts().landmarks_sent == 1


def test_landmarks_of_before_the_connection_are_dropped() -> None:
    outgoing = WithOutbox()
    outgoing.put(Topic.LANDMARKS, b"stale")
    outgoing.connected()
    assert drain(outgoing) == []
    assert outgoing.counts().landmarks_dropped == 1


def test_landmarks_not_yet_sent_when_the_connection_breaks_are_dropped() -> None:
    outgoing = online()
    outgoing.put(Topic.LANDMARKS, b"stale")
    outgoing.disconnected()
    outgoing.connected()
    assert drain(outgoing) == []


def test_after_a_reconnect_the_retained_values_and_last_events_come_again_in_order() -> None:
    """Also those acknowledged a moment ago: a broker that was killed may have forgotten them."""
    outgoing = online()
    outgoing.put(Topic.STATE, b"state")
    for number in range(4):
        outgoing.events.put(message(number + 1))
    sent = drain(outgoing, window=4)
    outgoing.settle(sent[1].ticket, accepted=True)
    outgoing.disconnected()
    outgoing.connected()
    assert [payload(m) for m in drain(outgoing)] == [b"state", b"1", b"2", b"3", b"4"]
    assert outgoing.counts().events_delivered == 1


def test_an_answer_to_a_message_of_the_last_connection_is_ignored() -> None:
    outgoing = online()
    outgoing.events.put(message(1))
    (sent,) = drain(outgoing)
    outgoing.connected()
    assert outgoing.settle(sent.ticket, accepted=True) is None
    assert [payload(m) for m in drain(outgoing)] == [b"1"]


def test_a_refused_event_is_not_tried_for_ever_and_counts_as_dropped() -> None:
    outgoing = online()
    outgoing.events.put(message(1))
    (sent,) = drain(outgoing)
    assert outgoing.settle(sent.ticket, accepted=False) is Topic.EVENT
    outgoing.disconnected()
    outgoing.connected()
    assert drain(outgoing) == []
    assert outgoing.counts().events_dropped == 1
    assert outgoing.counts().events_delivered == 0


def test_it_is_idle_once_everything_is_acknowledged() -> None:
    outgoing = online()
    outgoing.events.put(message(1))
    outgoing.put(Topic.STATUS, b"online")
    assert not outgoing.idle()
    for sent in drain(outgoing):
        assert not outgoing.idle()
        outgoing.settle(sent.ticket, accepted=True)
    assert outgoing.idle()
