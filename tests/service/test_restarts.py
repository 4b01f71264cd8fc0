"""When to stop trying."""

from pathlib import Path

from edge.errors import ExitCode
from edge.service.restarts import STARTS, Restarts


def test_some_starts_are_tried_and_then_it_is_said_why_they_failed(tmp_path: Path) -> None:
    for _ in range(STARTS):
        restarts = Restarts(tmp_path)
        assert restarts.begin() is None
        restarts.failed(ExitCode.SOURCE_LOST, "no camera found")
    assert Restarts(tmp_path).begin() == "no camera found"


def test_after_having_said_so_the_starts_count_anew(tmp_path: Path) -> None:
    tries = [Restarts(tmp_path).begin() for _ in range(2 * STARTS + 2)]
    assert [number for number, why in enumerate(tries) if why] == [STARTS, 2 * STARTS + 1]


def test_a_run_that_goes_well_forgives_all(tmp_path: Path) -> None:
    for _ in range(STARTS):
        Restarts(tmp_path).begin()
    Restarts(tmp_path).went_well()
    assert Restarts(tmp_path).begin() is None


def test_a_crash_without_a_word_counts_too(tmp_path: Path) -> None:
    for _ in range(STARTS):
        Restarts(tmp_path).begin()
    assert str(Restarts(tmp_path).begin()).startswith("it ended without a word")


def test_how_runs_ended_is_counted_over_restarts(tmp_path: Path) -> None:
    for code in (ExitCode.SOURCE_LOST, ExitCode.SOURCE_LOST, ExitCode.DETECTOR_STALLED):
        restarts = Restarts(tmp_path)
        restarts.begin()
        restarts.went_well()
        restarts.failed(code, f"because of {code.name}")
    past = Restarts(tmp_path).past
    assert past.ends == {"source_lost": 2, "detector_stalled": 1}
    assert past.why == "because of DETECTOR_STALLED"


def test_a_run_that_was_killed_is_told_from_one_that_was_stopped(tmp_path: Path) -> None:
    Restarts(tmp_path).begin()
    again = Restarts(tmp_path)
    again.begin()
    assert again.past.ends == {"killed": 1}
    again.stopped()
    once_more = Restarts(tmp_path)
    once_more.begin()
    assert once_more.past.ends == {"killed": 1}


def test_staying_up_blind_is_counted(tmp_path: Path) -> None:
    for _ in range(STARTS + 1):
        Restarts(tmp_path).begin()
    assert Restarts(tmp_path).past.blind == 1


def test_outside_systemd_nothing_is_counted() -> None:
    restarts = Restarts.from_environment({})
    assert [restarts.begin() for _ in range(3 * STARTS)] == [None] * 3 * STARTS


def test_a_damaged_mark_or_a_full_folder_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / "starts.json").write_text("{")
    assert Restarts(tmp_path).begin() is None
    assert Restarts(tmp_path / "gone").begin() is None


def test_systemd_names_the_folder(tmp_path: Path) -> None:
    Restarts.from_environment({"RUNTIME_DIRECTORY": f"{tmp_path}:/elsewhere"}).begin()
    assert (tmp_path / "starts.json").exists()
