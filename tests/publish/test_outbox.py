"""The outbox: order, bounds, and what is forgotten when."""

import json
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Protocol

import pytest
from publish.outboxes import message, take_all, until

from edge.publish.messages import WallClock
from edge.publish.outbox import Outbox
from edge.publish.stored import Limits


class OutboxFactory(Protocol):
    def __call__(self, **arguments: Any) -> Outbox: ...  # noqa: ANN401 (whatever Outbox takes)


@pytest.fixture
def open_outbox(tmp_path: Path) -> Iterator[OutboxFactory]:
    with ExitStack() as opened:

        def make(**arguments: Any) -> Outbox:  # noqa: ANN401
            outbox = Outbox(arguments.pop("path", tmp_path / "outbox.sqlite3"), **arguments)
            opened.callback(outbox.close)
            outbox.start()
            return outbox

        yield make


def test_events_come_out_in_the_order_of_their_numbers(open_outbox: OutboxFactory) -> None:
    outbox = open_outbox()
    for seq in range(1, 1001):
        outbox.put(message(seq))
    assert take_all(outbox, 1000) == list(range(1, 1001))
    assert outbox.depth == 0


def test_a_taken_event_is_not_handed_out_again(open_outbox: OutboxFactory) -> None:
    outbox = open_outbox()
    outbox.put(message(1))
    assert take_all(outbox, 1, acknowledge=False) == [1]
    assert outbox.take() is None
    assert outbox.depth == 1


def test_after_a_lost_connection_the_unacknowledged_come_first(open_outbox: OutboxFactory) -> None:
    outbox = open_outbox()
    for seq in range(1, 6):
        outbox.put(message(seq))
    take_all(outbox, 5, acknowledge=False)
    assert outbox.acknowledged(2)
    outbox.put(message(6))
    outbox.rewind()
    assert take_all(outbox, 5) == [1, 3, 4, 5, 6]


def test_what_was_acknowledged_just_before_a_connection_was_lost_comes_once_more(open_outbox: OutboxFactory) -> None:
    now_ns = [0]
    outbox = open_outbox(clock=lambda: now_ns[0])
    for seq in range(1, 5):
        outbox.put(message(seq))
    assert take_all(outbox, 4, acknowledge=False) == [1, 2, 3, 4]
    for seq, later_s in ((1, 0), (2, 3), (3, 0)):
        assert outbox.acknowledged(seq)
        now_ns[0] += later_s * 1_000_000_000
    outbox.doubt()
    outbox.doubt()
    outbox.rewind()
    assert take_all(outbox, 2, acknowledge=False) == [3, 4]
    assert not outbox.acknowledged(3), "it counts once"
    assert outbox.acknowledged(4)
    now_ns[0] += 3_000_000_000
    outbox.doubt()
    outbox.rewind()
    assert outbox.take() is None
    assert outbox.depth == 0


def test_what_was_not_acknowledged_is_there_after_a_restart(open_outbox: OutboxFactory) -> None:
    first = open_outbox()
    sent = [message(seq) for seq in range(1, 4)]
    for one in sent:
        first.put(one)
    take_all(first, 3, acknowledge=False)
    first.acknowledged(1)
    first.close()

    again = open_outbox()
    take_all(again, 2, acknowledge=False)
    again.rewind()
    events = [one for one in (again.take(), again.take()) if one]
    assert [(one.seq, one.id, one.payload) for one in events] == [(one.seq, one.id, one.to_mqtt()) for one in sent[1:]]


def test_numbers_continue_after_a_restart_even_when_everything_was_delivered(open_outbox: OutboxFactory) -> None:
    first = open_outbox()
    for seq in range(1, 4):
        first.put(message(seq))
    take_all(first, 3)
    first.close()
    again = open_outbox()
    assert (again.last_seq, again.depth) == (3, 0)
    again.put(message(4))
    assert take_all(again, 1) == [4]


def test_a_new_box_begins_at_one(open_outbox: OutboxFactory) -> None:
    assert open_outbox().last_seq == 0


def test_a_number_that_was_used_is_refused(open_outbox: OutboxFactory) -> None:
    outbox = open_outbox()
    outbox.put(message(5))
    with pytest.raises(ValueError, match="event 5 comes after 5"):
        outbox.put(message(5))


def test_an_acknowledgement_of_something_not_taken_changes_nothing(open_outbox: OutboxFactory) -> None:
    outbox = open_outbox()
    outbox.put(message(1))
    assert not outbox.acknowledged(1)
    assert not outbox.acknowledged(99)
    assert take_all(outbox, 1) == [1]


def test_the_writer_tells_when_there_is_something_to_take(open_outbox: OutboxFactory) -> None:
    ready: list[int] = []
    outbox = open_outbox(on_ready=lambda: ready.append(1))
    outbox.put(message(1))
    until(lambda: bool(ready))


def test_more_than_is_read_at_once_comes_out_whole(open_outbox: OutboxFactory) -> None:
    first = open_outbox()
    for seq in range(1, 701):
        first.put(message(seq))
    first.close()
    assert take_all(open_outbox(), 700) == list(range(1, 701))


def test_beyond_the_limit_the_oldest_are_lost_and_alarms_last(
    open_outbox: OutboxFactory, caplog: pytest.LogCaptureFixture
) -> None:
    outbox = open_outbox(limits=Limits(events=100, payload_bytes=10**6))
    kinds = {7: "fall_detected", 8: "long_lie", 20: "view_lost"}
    for seq in range(1, 201):
        outbox.put(message(seq, kinds.get(seq, "rep")))
        if seq % 20 == 0:
            until(lambda: not outbox._unwritten)  # noqa: SLF001 (lets the writer meet the limit several times)
    taken = take_all(outbox, 90)
    assert taken[:3] == [7, 8, 20]
    assert taken[3:] == list(range(taken[3], 201))
    assert 95 <= len(taken) <= 100
    assert (outbox.state.lost, outbox.state.alarms_lost) == (200 - len(taken), 0)
    assert [record.getMessage() for record in caplog.records] == [
        "too many events wait for the broker: the oldest are lost from here on, alarms last"
    ]


def test_bytes_are_limited_as_well(open_outbox: OutboxFactory) -> None:
    outbox = open_outbox(limits=Limits(events=1000, payload_bytes=20_000))
    for seq in range(1, 51):
        outbox.put(message(seq, note="x" * 1000))
    until(lambda: outbox.state.lost > 0)
    until(lambda: not outbox._unwritten)  # noqa: SLF001
    assert 10 <= outbox.depth <= 20


def test_of_too_many_alarms_the_oldest_are_lost(open_outbox: OutboxFactory) -> None:
    outbox = open_outbox(limits=Limits(events=10, payload_bytes=10**6))
    for seq in range(1, 31):
        outbox.put(message(seq, "fall_detected"))
    until(lambda: not outbox._unwritten)  # noqa: SLF001
    assert take_all(outbox, 10)[-1] == 30
    assert outbox.state.alarms_lost == outbox.state.lost > 0


def test_without_a_folder_everything_is_kept_in_memory(open_outbox: OutboxFactory) -> None:
    outbox = open_outbox(path=None)
    for seq in range(1, 11):
        outbox.put(message(seq))
    assert not outbox.state.durable
    assert take_all(outbox, 10) == list(range(1, 11))


def test_in_memory_alarms_are_lost_last_too(open_outbox: OutboxFactory) -> None:
    outbox = open_outbox(path=None, memory=Limits(events=10, payload_bytes=10**6))
    for seq in range(1, 31):
        outbox.put(message(seq, "fall_detected" if seq in {3, 4} else "rep"))
    assert take_all(outbox, 10) == [3, 4, *range(23, 31)]
    assert (outbox.state.lost, outbox.state.alarms_lost) == (20, 0)


def test_an_event_goes_out_unwritten_when_the_disk_stalls(tmp_path: Path) -> None:
    clock = iter(range(0, 10**12, 10**8)).__next__  # a tenth of a second passes at every look
    outbox = Outbox(tmp_path / "outbox.sqlite3", clock=clock)  # not started: nothing is ever written
    outbox.put(message(1))
    assert outbox.take() is None
    until(lambda: (event := outbox.take()) is not None and event.seq == 1)
    outbox.close()


def test_notes_survive_a_restart(open_outbox: OutboxFactory) -> None:
    first = open_outbox()
    first.note("calibration", b"1")
    first.note("gone", b"2")
    first.note("gone", None)
    first.put(message(1), {"alarms": b"{}"})
    first.close()
    again = open_outbox()
    assert again.noted == {"calibration": b"1", "alarms": b"{}"}


def test_delivered_events_do_not_make_the_file_grow(open_outbox: OutboxFactory, tmp_path: Path) -> None:
    outbox = open_outbox()
    for seq in range(1, 3001):
        outbox.put(message(seq))
        if seq % 50 == 0:
            take_all(outbox, 50)
    outbox.close()
    assert (tmp_path / "outbox.sqlite3").stat().st_size < 200_000


def test_putting_takes_the_worker_less_than_a_millisecond(open_outbox: OutboxFactory) -> None:
    outbox = open_outbox()
    spent = []
    for seq in range(1, 201):
        one = message(seq)
        begin = time.perf_counter()
        outbox.put(one)
        spent.append(time.perf_counter() - begin)
        time.sleep(0.001)
    assert sorted(spent)[len(spent) * 95 // 100] < 0.001


def test_a_fresh_event_is_not_marked_as_late(open_outbox: OutboxFactory) -> None:
    outbox = open_outbox(boot="a")
    outbox.put(message(1))
    take_all(outbox, 1, acknowledge=False)
    outbox.rewind()
    event = outbox.take()
    assert event is not None
    assert "delayed_ms" not in json.loads(event.payload_at(WallClock.now(), "a"))
