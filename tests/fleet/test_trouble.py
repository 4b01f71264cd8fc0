"""What one who runs hundreds of boxes is told is wrong with them."""

from edge.fleet.trouble import Filter, as_json, common_version, rank, troubles
from edge.watch.box import Box


def box(device: str = "hall", *, status: str = "online", **health: object) -> Box:
    found = Box(device)
    found.status = status
    found.camera = "online"
    found.heard_s = 0.0
    found.health = {"version": "2.0", "fps_in": 30.0, "outbox": 0, "throttled": False} | health
    return found


def told(of: Box, now_s: float = 1.0) -> list[str]:
    return troubles(of, wanted="2.0", least_fps=5.0, now_s=now_s)


def test_nothing_is_wrong_with_a_box_that_does_its_work() -> None:
    assert told(box()) == []


def test_each_trouble_has_its_name() -> None:
    assert told(box(version="1.0")) == ["behind"]
    assert told(box(throttled=True)) == ["hot"]
    assert told(box(fps_in=2.0)) == ["slow"]
    assert told(box(outbox=40)) == ["waiting"]
    assert told(box(), now_s=500.0) == ["silent"]


def test_a_fall_stands_before_everything_and_what_is_offline_says_nothing_else() -> None:
    fallen = box(status="offline", version="1.0")
    fallen.state = {"fall": "ON"}
    assert told(fallen) == ["fall", "offline"]
    assert rank(told(fallen)) < rank(["offline"]) < rank([])


def test_a_blind_box_is_not_called_slow_as_well() -> None:
    blind = box(fps_in=0.0)
    blind.camera = "offline"
    assert told(blind) == ["blind"]


def test_without_a_word_from_the_operator_the_version_most_boxes_run_is_wanted() -> None:
    assert common_version([box("a"), box("b"), box("c", version="1.0")]) == "2.0"
    assert common_version([box("a", status="offline")]) is None


def test_boxes_are_chosen_by_name_and_trouble() -> None:
    assert Filter(name="ha*").shows(box(), [])
    assert not Filter(name="bar*").shows(box(), [])
    assert Filter(troubles=frozenset({"hot", "slow"})).shows(box(), ["slow"])
    assert not Filter(troubles=frozenset({"hot"})).shows(box(), [])


def test_a_box_that_says_odd_things_is_shown_all_the_same() -> None:
    odd = box(version=["x"], fps_in="fast", outbox=None)
    assert told(odd) == ["behind"]
    assert as_json(odd, [])["fps_in"] == "fast"


def test_of_a_box_that_tells_no_event_the_time_of_its_last_change_is_told() -> None:
    quiet = box()
    assert as_json(quiet, [])["changed"] is None
    quiet.state = {"people": 0, "ts": "2026-11-20T13:06:46.184Z"}
    assert as_json(quiet, [])["last_event"] is None
    assert as_json(quiet, [])["changed"] == "2026-11-20T13:06:46.184Z"
