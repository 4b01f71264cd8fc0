"""What counts as being alive."""

import pytest

from edge.service.progress import Progress, Signs, Stuck

S = 1_000_000_000


@pytest.fixture
def progress() -> Progress:
    return Progress(captures_s=5, results_s=10, now_ns=0)


def test_a_box_is_ready_with_its_first_result(progress: Progress) -> None:
    progress.update(Signs(12, 12, 0, link_alive=True), 1 * S)
    assert not progress.ready
    progress.update(Signs(13, 13, 1, link_alive=True), 2 * S)
    assert progress.ready


def test_frames_and_results_that_go_on_are_progress(progress: Progress) -> None:
    for second in range(60):
        progress.update(Signs(30 * second, 30 * second, second // 3, link_alive=True), second * S)
        assert progress.stuck(second * S) is None


def test_a_driver_that_hangs_is_noticed(progress: Progress) -> None:
    progress.update(Signs(1, 1, 1, link_alive=True), 1 * S)
    for second in range(2, 8):
        progress.update(Signs(1, 1, second, link_alive=True), second * S)
    assert progress.stuck(7 * S) == (Stuck.CAPTURE, "the camera's driver has not come back for 6 s")


def test_a_camera_that_is_away_is_waited_for(progress: Progress) -> None:
    for second in range(1, 100):
        progress.update(Signs(second, 1, 1, link_alive=True), second * S)
        assert progress.stuck(second * S) is None


def test_a_landmarker_that_stops_is_noticed(progress: Progress) -> None:
    for second in range(1, 13):
        progress.update(Signs(second, second, 1, link_alive=True), second * S)
    assert progress.stuck(12 * S) == (Stuck.RESULTS, "frames come and no result for 11 s")


def test_a_dead_broker_thread_is_noticed_at_once(progress: Progress) -> None:
    progress.update(Signs(1, 1, 1, link_alive=False), 1 * S)
    assert progress.stuck(1 * S) == (Stuck.LINK, "the broker's thread has ended")


def test_a_paused_box_is_alive_and_gets_its_full_time_afterwards(progress: Progress) -> None:
    for second in range(1, 100):
        progress.update(Signs(1, 1, 1, link_alive=True, paused=True), second * S)
        assert progress.stuck(second * S) is None
    progress.update(Signs(1, 1, 1, link_alive=True), 100 * S)
    assert progress.stuck(103 * S) is None
