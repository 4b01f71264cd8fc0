from edge.simulate.tally import Tally, percentile_ms

MS = 1_000_000


def test_what_did_not_arrive_is_lost_and_what_came_twice_is_counted_once() -> None:
    tally = Tally()
    for number in range(4):
        tally.sent("a", "event", number, 0)
    for number in (0, 1, 1, 3):
        tally.arrived("a", "event", number, 5 * MS)
    (figures,) = tally.figures()
    assert (figures.sent, figures.delivered, figures.lost, figures.twice) == (4, 3, 1, 1)
    assert tally.waiting() == 1


def test_a_message_after_a_later_one_is_out_of_order() -> None:
    tally = Tally()
    for number in range(3):
        tally.sent("a", "event", number, 0)
    for number in (0, 2, 1):
        tally.arrived("a", "event", number, MS)
    assert tally.figures()[0].disordered == 1


def test_boxes_and_kinds_are_kept_apart() -> None:
    tally = Tally()
    tally.sent("a", "event", 1, 0)
    tally.sent("b", "landmarks", 1, 0)
    tally.arrived("b", "event", 1, MS)
    tally.arrived("b", "landmarks", 1, MS)
    assert [(one.kind, one.delivered) for one in tally.figures()] == [("landmarks", 1), ("event", 0)]


def test_messages_of_strangers_count_for_nothing() -> None:
    tally = Tally()
    tally.arrived("stranger", "event", 1, MS)
    assert tally.figures() == ()


def test_percentiles_are_times_that_were_measured() -> None:
    hundred = [i * MS for i in range(1, 101)]
    assert [percentile_ms(hundred, share) for share in (0.5, 0.95, 0.99, 1.0)] == [50.0, 95.0, 99.0, 100.0]
    assert percentile_ms([7 * MS], 0.5) == 7.0
    assert percentile_ms([], 0.5) is None
