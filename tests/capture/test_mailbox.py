import threading
import time

from edge.capture.mailbox import Mailbox


def test_an_item_put_is_taken_once() -> None:
    box: Mailbox[str] = Mailbox()
    box.put("a")
    assert box.take(0) == "a"
    assert box.take(0) is None


def test_the_newest_item_wins_and_the_replaced_ones_are_counted() -> None:
    box: Mailbox[int] = Mailbox()
    for n in range(5):
        box.put(n)
    assert box.take(0) == 4
    assert box.dropped == 4


def test_an_item_taken_in_time_is_not_counted_as_dropped() -> None:
    box: Mailbox[int] = Mailbox()
    for n in range(5):
        box.put(n)
        box.take(0)
    assert box.dropped == 0


def test_items_that_are_false_are_items() -> None:
    box: Mailbox[int] = Mailbox()
    box.put(0)
    box.put(0)
    assert box.dropped == 1
    assert box.take(0) == 0


def test_take_gives_up_after_its_timeout() -> None:
    box: Mailbox[int] = Mailbox()
    start = time.monotonic()
    assert box.take(0.05) is None
    assert 0.04 < time.monotonic() - start < 2
    assert not box.closed


def test_put_wakes_a_waiting_taker() -> None:
    box: Mailbox[str] = Mailbox()
    threading.Timer(0.05, box.put, ["late"]).start()
    assert box.take(10) == "late"


def test_close_wakes_a_waiting_taker() -> None:
    box: Mailbox[str] = Mailbox()
    threading.Timer(0.05, box.close).start()
    start = time.monotonic()
    assert box.take(10) is None
    assert time.monotonic() - start < 5
    assert box.closed


def test_what_lay_there_at_closing_can_still_be_taken_but_nothing_comes_after() -> None:
    box: Mailbox[str] = Mailbox()
    box.put("last")
    box.close()
    box.close()
    box.put("too late")
    assert box.take(0) == "last"
    assert box.take(0) is None


def test_no_item_is_lost_or_seen_twice_under_contention() -> None:
    box: Mailbox[int] = Mailbox()
    taken: list[int] = []

    def worker() -> None:
        while True:
            item = box.take(1)
            if item is None:
                return
            taken.append(item)

    thread = threading.Thread(target=worker, name="taker")
    thread.start()
    for n in range(20_000):
        box.put(n)
    box.close()
    thread.join(10)
    assert taken == sorted(set(taken))
    assert taken[-1] == 19_999
    assert len(taken) + box.dropped == 20_000


def test_a_wake_ends_the_wait_once_and_leaves_the_item() -> None:
    box: Mailbox[int] = Mailbox()
    box.put(1)
    box.wake()
    box.rest(60)
    assert box.take(0) == 1
    box.wake()
    assert box.take(60) is None
    assert box.take(0) is None


def test_rest_waits_for_no_item_and_ends_when_closed() -> None:
    box: Mailbox[int] = Mailbox()
    box.put(1)
    box.rest(0.01)
    box.close()
    box.rest(60)
    assert box.take(60) == 1
