from dataclasses import replace
from pathlib import Path

import pytest

from edge.bench.document import Block
from edge.bench.looks import Heard, Look, Slice, between
from edge.bench.plan import Plan, parse_contender
from edge.bench.report import as_dict, markdown
from edge.bench.results import Floor, Results, rows
from edge.errors import ConfigError, OutputError

S = 1_000_000_000
FIRST = Look(
    t_ns=10 * S,
    cpu_ns=3 * S,
    model_runs=100,
    frames_read=200,
    frames_missed=5,
    unanswered=2,
    rss_mb=100,
    threads=9,
    descriptors=20,
)
LAST = replace(
    FIRST,
    t_ns=14 * S,
    cpu_ns=4 * S,
    model_runs=180,
    frames_read=310,
    frames_missed=15,
    unanswered=4,
    rss_mb=104,
    ages_ms=[5.0, 7.0, 9.0],
)
TURN = Slice(
    t_s=0,
    seconds=5,
    cpu_ms_per_s=100,
    cpu_ms_per_run=10,
    inferred_hz=30,
    published_hz=None,
    predicted=None,
    frames=150,
    lost=0,
    ages_ms=(5.0,),
    rss_mb=100,
    threads=9,
)


def heard(at_s: float, seq: int, *, predicted: bool = False) -> Heard:
    return Heard(at_ns=round(at_s * S), age_ms=20.0, seq=seq, predicted=predicted)


def test_a_turn_is_what_lies_between_two_looks() -> None:
    turn = between(FIRST, LAST)
    assert turn.seconds == 4
    assert turn.cpu_ms_per_s == 250
    assert turn.cpu_ms_per_run == 12.5
    assert turn.inferred_hz == 20
    assert turn.frames == 120
    assert turn.lost == 12
    assert turn.age_ms == 7
    assert turn.published_hz is None


def test_what_a_subscriber_hears_outside_the_turn_does_not_count() -> None:
    turn = between(FIRST, LAST, [heard(9.9, 0), heard(10.1, 1), heard(12, 2, predicted=True), heard(14.1, 3)])
    assert turn.published_hz == 0.5
    assert turn.predicted == 0.5
    assert list(turn.ages_ms) == [20, 20]


def test_a_message_that_never_arrived_is_lost() -> None:
    assert between(FIRST, LAST, [heard(11, 7), heard(12, 10)]).lost == 12 + 2


def test_a_daemon_that_says_nothing_publishes_zero_a_second() -> None:
    turn = between(FIRST, LAST, [])
    assert (turn.published_hz, turn.predicted, turn.age_ms) == (0, None, None)


def test_without_a_model_run_there_is_no_cost_of_one() -> None:
    assert between(FIRST, replace(LAST, model_runs=100)).cpu_ms_per_run is None


def test_ratios_are_taken_within_a_round() -> None:
    slow = [TURN, replace(TURN, cpu_ms_per_s=300, cpu_ms_per_run=30), TURN]
    half = [replace(turn, cpu_ms_per_s=turn.cpu_ms_per_s / 2) for turn in slow]
    stock, daemon = rows({"stock": slow, "daemon": half})
    assert (stock.cpu_to_stock, stock.cpu_to_bare) == (1, None)
    assert (daemon.cpu_to_stock, daemon.run_to_stock) == (0.5, 1)
    assert daemon.cpu_ms_per_s == 50


def test_ages_of_all_turns_are_pooled() -> None:
    (row,) = rows({"bare": [replace(TURN, ages_ms=[1.0] * 99), replace(TURN, ages_ms=[100.0])]})
    assert (row.age_p50_ms, row.age_p95_ms) == (1, 1)
    assert row.age_p99_ms == pytest.approx(1.99)


def test_lost_is_a_share_of_all_frames() -> None:
    (row,) = rows({"bare": [replace(TURN, lost=3), TURN]})
    assert row.lost == 0.01


def results() -> Results:
    return Results(
        scenes={"walking": rows({"stock": [TURN], "daemon": [replace(TURN, published_hz=10.0)]})},
        machine="x86_64, 2 cores",
        broker="mosquitto",
        limit="25 % of one core by magic",
        motion_ms=0.25,
        floor=Floor(6.2, 2.8, 5.6),
        proof=None,
    )


PLAN = Plan(contenders=(parse_contender("stock"), parse_contender("daemon")), scenes=("walking",))


def test_the_json_document_names_plan_and_figures() -> None:
    document = as_dict(results(), PLAN)
    assert document["plan"]["contenders"] == ["stock", "daemon"]
    assert document["scenes"]["walking"][1]["published_hz"] == 10
    assert document["motion_ms"] == 0.25
    assert document["floor"]["landmarks_slim_ms"] == 2.8


def test_the_tables_are_put_between_the_marks_of_a_document_and_replaced_there(tmp_path: Path) -> None:
    document = tmp_path / "performance.md"
    document.write_text("# Before\n\n<!-- bench -->\nold\n<!-- /bench -->\n\n<!-- soak --><!-- /soak -->\n")
    for _ in range(2):
        Block.parse(str(document)).write(markdown(results(), PLAN, "pose-edge bench"))
    Block.parse(f"{document}#soak").write("two hours")
    text = document.read_text()
    assert text.startswith("# Before\n\n")
    assert text.endswith("<!-- /bench -->\n\n<!-- soak -->\n\ntwo hours\n\n<!-- /soak -->\n")
    assert text.count("**walking**") == 1
    assert "| daemon | 100.0 |" in text
    assert "old" not in text


def test_how_memory_rises_is_told_of_a_long_run_only() -> None:
    turns = [replace(TURN, t_s=t_s, rss_mb=100 + t_s / 3600) for t_s in (0.0, 300.0, 600.0)]
    long = replace(results(), scenes={"walking": rows({"daemon": turns})})
    assert "daemon +1.0 (walking)" in markdown(long, replace(PLAN, seconds=600), "")
    assert "Memory rose" not in markdown(long, PLAN, "")


def test_a_document_without_marks_is_refused_and_left_alone(tmp_path: Path) -> None:
    document = tmp_path / "performance.md"
    document.write_text("mine\n")
    with pytest.raises(OutputError, match="needs the lines <!-- bench --> and <!-- /bench -->"):
        Block(document).write("figures")
    assert document.read_text() == "mine\n"


def test_a_daemon_may_be_given_its_model_runs_in_its_name() -> None:
    assert parse_contender("daemon@10").inference_fps == 10
    assert parse_contender("daemon").inference_fps is None


@pytest.mark.parametrize("text", ["", "stock@10", "daemon@", "daemon@-1", "daemonette"])
def test_an_unknown_contender_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="there is no contender"):
        parse_contender(text)


def test_the_expected_time_is_that_of_all_turns() -> None:
    plan = replace(PLAN, seconds=20, slices=4, settle_s=2, first_settle_s=6)
    assert plan.expected_s == 2 * (20 + 6 + 3 * 2)
