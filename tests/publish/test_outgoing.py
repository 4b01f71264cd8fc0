"""What waits to be sent, without a broker."""

from edge.publish.outgoing import EventQueue, Outbound, Outgoing
from edge.publish.topics import Topic


def drain(outgoing: Outgoing, *, window: int = 16, writable: bool = True) -> list[Outbound]:
    messages = []
    while message := outgoing.take(window=window, writable=writable):
        messages.append(message)
    return messages


def online(event_limit: int = 100) -> Outgoing:
    outgoing = Outgoing(event_limit=event_limit)
    outgoing.connected()
    return outgoing


def test_the_present_goes_before_a_backlog_of_events() -> None:
    outgoing = online()
    for number in range(3):
        outgoing.put(Topic.EVENT, b"%d" % number)
    outgoing.put(Topic.STATE, b"now")
    outgoing.put(Topic.STATUS, b"online")
    assert [m.payload for m in drain(outgoing)] == [b"online", b"now", b"0", b"1", b"2"]


def test_no_more_is_handed_out_than_may_be_unacknowledged() -> None:
    outgoing = online()
    for number in range(5):
        outgoing.put(Topic.EVENT, b"%d" % number)
    first = drain(outgoing, window=2)
    assert [m.payload for m in first] == [b"0", b"1"]
    outgoing.settle(first[0].ticket, accepted=True)
    assert [m.payload for m in drain(outgoing, window=2)] == [b"2"]


def test_a_full_window_does_not_hold_back_what_needs_no_acknowledgement() -> None:
    outgoing = online()
    outgoing.put(Topic.EVENT, b"waits")
    outgoing.put(Topic.STATE, b"waits")
    outgoing.put(Topic.HEALTH, b"health")
    outgoing.put(Topic.LANDMARKS, b"landmarks")
    assert [m.payload for m in drain(outgoing, window=0)] == [b"health", b"landmarks"]


def test_only_the_newest_value_of_a_retained_topic_is_sent() -> None:
    outgoing = online()
    outgoing.put(Topic.STATE, b"old")
    outgoing.put(Topic.STATE, b"new")
    assert [m.payload for m in drain(outgoing)] == [b"new"]


def test_newer_landmarks_replace_those_the_connection_has_no_room_for() -> None:
    outgoing = online()
    outgoing.put(Topic.LANDMARKS, b"1")
    outgoing.put(Topic.LANDMARKS, b"2")
    assert drain(outgoing, writable=False) == []
    outgoing.put(Topic.LANDMARKS, b"3")
    assert [m.payload for m in drain(outgoing)] == [b"3"]
    assert outgoing.counts().landmarks_dropped == 2
    assert outgoing.counts().landmarks_sent == 1


def test_landmarks_of_before_the_connection_are_dropped() -> None:
    outgoing = Outgoing(event_limit=1)
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


def test_after_a_reconnect_the_retained_values_and_unacknowledged_events_come_again_in_order() -> None:
    outgoing = online()
    outgoing.put(Topic.STATE, b"state")
    for number in range(4):
        outgoing.put(Topic.EVENT, b"%d" % number)
    sent = drain(outgoing, window=4)
    outgoing.settle(sent[1].ticket, accepted=True)
    outgoing.disconnected()
    outgoing.connected()
    assert [m.payload for m in drain(outgoing)] == [b"state", b"1", b"2", b"3"]


def test_an_answer_to_a_message_of_the_last_connection_is_ignored() -> None:
    outgoing = online()
    outgoing.put(Topic.EVENT, b"1")
    (sent,) = drain(outgoing)
    outgoing.connected()
    assert outgoing.settle(sent.ticket, accepted=True) is None
    assert [m.payload for m in drain(outgoing)] == [b"1"]


def test_a_refused_event_is_not_tried_for_ever_and_counts_as_dropped() -> None:
    outgoing = online()
    outgoing.put(Topic.EVENT, b"1")
    (sent,) = drain(outgoing)
    assert outgoing.settle(sent.ticket, accepted=False) is Topic.EVENT
    outgoing.connected()
    assert drain(outgoing) == []
    assert outgoing.counts().events_dropped == 1
    assert outgoing.counts().events_delivered == 0


def test_it_is_idle_once_everything_is_acknowledged() -> None:
    outgoing = online()
    outgoing.put(Topic.EVENT, b"1")
    outgoing.put(Topic.STATUS, b"online")
    assert not outgoing.idle()
    for sent in drain(outgoing):
        assert not outgoing.idle()
        outgoing.settle(sent.ticket, accepted=True)
    assert outgoing.idle()


def test_the_oldest_events_make_room_and_those_underway_last() -> None:
    queue = EventQueue(limit=3)
    for ticket in range(3):
        queue.put(ticket, b"%d" % ticket)
    queue.take()
    queue.put(3, b"3")
    queue.put(4, b"4")
    queue.rewind()
    assert [queue.take() for _ in range(4)] == [(0, b"0"), (3, b"3"), (4, b"4"), None]
    assert queue.dropped == 2


def test_when_all_events_are_underway_the_oldest_of_them_makes_room() -> None:
    queue = EventQueue(limit=2)
    for ticket in range(2):
        queue.put(ticket, b"%d" % ticket)
        queue.take()
    queue.put(2, b"2")
    assert not queue.remove(0)
    assert len(queue) == 2
