"""What a box has to do before a rollout goes on to the next."""

from edge.fleet.gate import Demands, Gate
from edge.watch.reading import Content, Message

DEMANDS = Demands(version="2.0", least_fps=5, for_s=10, health_interval_s=2)
WELL = {"version": "2.0", "fps_in": 10.0, "fps_inferred": 5.0}


def tell(gate: Gate, kind: str, content: Content, at_s: float = 0.0, *, retained: bool = False) -> None:
    gate.take(Message(f"pose-edge/hall/{kind}", "hall", kind, content, "", retained=retained, at_s=at_s))


def online(demands: Demands = DEMANDS) -> Gate:
    gate = Gate("hall", demands)
    for kind in ("status", "camera"):
        tell(gate, kind, "online", retained=True)
    return gate


def passed_at(gate: Gate, until_s: int = 30, **health: object) -> int | None:
    """The second at which a box that says this every other second has passed."""
    for now_s in range(until_s):
        if now_s % 2 == 0:
            tell(gate, "health", WELL | {"uptime_s": now_s} | health, now_s)
        if gate.passed(now_s):
            return now_s
    return None


def test_a_box_that_does_its_work_passes_after_the_time_asked_for() -> None:
    assert passed_at(online()) == 10


def test_an_empty_room_at_which_the_model_hardly_looks_passes() -> None:
    assert passed_at(online(), fps_inferred=0.0) == 10


def test_what_the_broker_had_kept_proves_nothing() -> None:
    gate = online()
    tell(gate, "health", WELL | {"uptime_s": 900}, retained=True)
    assert not gate.passed(0)
    assert "2.0 is wanted" in gate.missing(0)[0]


def test_another_version_does_not_pass_and_is_named() -> None:
    gate = online()
    assert passed_at(gate, version="1.0") is None
    assert gate.missing(30) == ["it runs version 1.0, 2.0 is wanted"]


def test_a_slow_camera_does_not_pass() -> None:
    gate = online()
    assert passed_at(gate, fps_in=2.0) is None
    assert gate.missing(29) == ["2.0 frames a second from the camera, 5 are wanted"]


def test_a_box_that_does_not_see_does_not_pass() -> None:
    gate = online()
    tell(gate, "camera", "offline")
    assert passed_at(gate) is None


def test_a_box_that_falls_silent_does_not_pass() -> None:
    gate = online()
    tell(gate, "health", WELL | {"uptime_s": 1}, 0)
    assert gate.missing(5) == []
    assert gate.missing(7) == ["its last health message is 7 s old"]


def test_a_start_begins_the_time_anew_and_many_are_hopeless() -> None:
    gate = online()
    assert passed_at(gate, until_s=10) is None
    tell(gate, "health", WELL | {"uptime_s": 0}, 10)
    assert (gate.passed(10), gate.hopeless) == (False, False)
    tell(gate, "health", WELL | {"uptime_s": 4}, 12)
    tell(gate, "health", WELL | {"uptime_s": 0}, 14)
    assert (gate.passed(14), gate.hopeless) == (False, True)
    assert gate.missing(14) == ["it has started 3 times"]


def test_who_was_seen_before_has_to_be_seen_again() -> None:
    gate = online(Demands(version="2.0", least_fps=5, for_s=10, health_interval_s=2, people=True))
    tell(gate, "state", {"people": 1}, retained=True)
    assert passed_at(gate) is None
    assert gate.missing(29) == ["it finds nobody where somebody was seen before"]
    tell(gate, "state", {"people": 1}, 30)
    assert gate.missing(30) == []


def test_a_box_that_started_anew_while_nobody_looked_does_not_pass_until_it_has_run_that_long() -> None:
    demands = Demands(version="2.0", least_fps=5, for_s=0, health_interval_s=2, least_uptime_s=300)
    gate = online(demands)
    tell(gate, "health", WELL | {"uptime_s": 12}, 0)
    assert not gate.passed(0)
    assert gate.missing(0) == ["it has started anew 12 s ago"]
    gate = online(demands)
    tell(gate, "health", WELL | {"uptime_s": 305}, 0)
    assert gate.passed(0)
