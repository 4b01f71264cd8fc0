"""Falls that are not over, across restarts."""

import json
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

from edge.flow import Event
from edge.publish.alarms import NOTE, Alarms
from edge.publish.messages import EventMessage, WallClock
from edge.publish.outbox import Outbox

S_NS = 1_000_000_000
UNIX_S = 1_790_000_000
LONG_LIE_S = 60.0


def at(seconds: float, *, unix_s: float | None = None) -> WallClock:
    """Seconds of uptime; the wall clock goes along unless it is given."""
    return WallClock(round(seconds * S_NS), round((UNIX_S + seconds if unix_s is None else unix_s) * S_NS))


def said(event_type: str, seconds: float, fall_id: str = "01K-1", seq: int = 1, **data: Any) -> EventMessage:  # noqa: ANN401
    now = at(seconds)
    details = MappingProxyType({"fall_id": fall_id} | data)
    event = Event(event_type, t_ns=now.monotonic_ns, track=4, confidence=0.8, data=details)
    return EventMessage(f"ulid{seq}", seq, "hall", now.unix_ms(event.t_ns), event)


def fallen(seconds: float = 100.0, *, boot: str = "a", down_s: float = 3.0) -> Alarms:
    alarms = Alarms(boot=boot, long_lie_s=LONG_LIE_S)
    assert alarms.update(said("fall_detected", seconds, down_s=down_s))
    return alarms


def restarted(alarms: Alarms, now: WallClock, *, boot: str = "a") -> Alarms:
    return Alarms.from_note(alarms.note(), now=now, boot=boot, long_lie_s=LONG_LIE_S)


def types(events: tuple[Event, ...]) -> list[str]:
    return [event.type for event in events]


def test_a_detected_fall_is_active_until_it_is_cleared() -> None:
    alarms = fallen()
    before = alarms.alarming
    assert alarms.update(said("fall_cleared", 130))
    assert (before, alarms.alarming, alarms.note()) == (True, False, None)


def test_a_suspicion_is_no_active_fall() -> None:
    alarms = Alarms(boot="a", long_lie_s=LONG_LIE_S)
    assert not alarms.update(said("fall_suspected", 1))
    assert not alarms.update(said("fall_cleared", 2))
    assert not alarms.falls


def test_an_acknowledged_fall_stays_active_and_no_longer_alarms() -> None:
    alarms = fallen()
    assert alarms.acknowledge() == ("01K-1",)
    assert not alarms.alarming
    assert len(alarms.falls) == 1


def test_only_the_named_fall_is_acknowledged() -> None:
    alarms = fallen()
    alarms.update(said("fall_detected", 110, "01K-2"))
    assert alarms.acknowledge("01K-2") == ("01K-2",)
    assert alarms.alarming
    assert alarms.acknowledge("01K-2") == alarms.acknowledge("other") == ()


def test_after_a_restart_the_fall_is_still_there() -> None:
    again = restarted(fallen(), at(140))
    assert again.alarming
    assert [fall.as_dict() for fall in again.falls] == [
        {
            "fall_id": "01K-1",
            "since": "2026-09-21T14:14:57.000Z",
            "long_lie": False,
            "acknowledged": False,
        }
    ]


def test_long_lie_is_said_in_time_although_the_daemon_was_restarted() -> None:
    again = restarted(fallen(100), at(110))
    assert again.look(at(156.9), people=0, low=0) == ()
    (event,) = again.look(at(157.0), people=0, low=0)
    assert (event.type, event.track, dict(event.data)) == (
        "long_lie",
        None,
        {"fall_id": "01K-1", "down_s": 60.0, "restored": True},
    )


def test_long_lie_is_said_once() -> None:
    again = restarted(fallen(100), at(110))
    (event,) = again.look(at(160), people=0, low=0)
    again.update(said(event.type, 160, **{key: value for key, value in event.data.items() if key != "fall_id"}))
    assert again.look(at(161), people=0, low=0) == ()
    assert restarted(again, at(200)).look(at(201), people=0, low=0) == ()


def test_the_time_without_power_counts() -> None:
    now = at(20, unix_s=UNIX_S + 100 + 3600)
    again = restarted(fallen(100), now, boot="b")
    (event,) = again.look(now, people=0, low=0)
    assert (event.type, event.data["down_s"]) == ("long_lie", 3603.0)


def test_after_a_reboot_with_the_clock_set_back_the_uptime_counts() -> None:
    now = at(20, unix_s=UNIX_S - 86_400)
    again = restarted(fallen(100), now, boot="b")
    assert again.look(now, people=0, low=0) == ()
    assert types(again.look(at(60, unix_s=UNIX_S - 86_360), people=0, low=0)) == ["long_lie"]


def test_a_fall_of_the_day_before_yesterday_is_forgotten_with_a_line(caplog: pytest.LogCaptureFixture) -> None:
    again = restarted(fallen(100), at(20, unix_s=UNIX_S + 2 * 86_400), boot="b")
    assert not again.falls
    assert "more than a day old" in caplog.text


@pytest.mark.parametrize("note", [b"", b"{", b'{"falls":[{}]}', b'{"falls":7}', b"\xff\x00", b"[]"])
def test_a_note_that_cannot_be_read_is_no_fall(note: bytes) -> None:
    assert not Alarms.from_note(note, now=at(1), boot="a", long_lie_s=LONG_LIE_S).falls


def test_a_restored_fall_is_over_when_people_were_up_for_two_minutes() -> None:
    again = restarted(fallen(100), at(110))
    said_at = {}
    for second in range(110, 300):
        for event in again.look(at(second), people=1, low=0):
            said_at[event.type] = second, event.data.get("why")
            again.update(said(event.type, second))
    assert said_at == {"long_lie": (157, None), "fall_cleared": (230, "nobody_down")}
    assert not again.falls


def test_somebody_low_or_an_empty_view_keeps_a_restored_fall() -> None:
    again = restarted(fallen(100), at(110))
    for second in range(110, 600):
        low = int(second % 100 == 0)
        people = int(second < 400)
        assert "fall_cleared" not in types(again.look(at(second), people=people, low=low))
    assert again.falls


def test_an_acknowledged_restored_fall_is_over() -> None:
    again = restarted(fallen(100), at(110))
    again.acknowledge("01K-1")
    (event,) = again.look(at(111), people=0, low=0)
    assert (event.type, event.data["why"]) == ("fall_cleared", "acknowledged")
    again.update(said("fall_cleared", 111))
    assert again.look(at(112), people=0, low=0) == ()


def test_an_adopted_fall_is_left_to_the_posture_rules() -> None:
    again = restarted(fallen(100), at(110))
    (fall,) = again.orphans
    again.adopted(fall.fall_id)
    assert again.look(at(500), people=1, low=0) == ()
    assert again.alarming
    assert again.update(said("fall_cleared", 501))
    assert not again.falls


def test_falls_of_this_run_are_not_spoken_for() -> None:
    assert fallen(100).look(at(500), people=1, low=0) == ()


def test_falls_that_never_end_do_not_pile_up() -> None:
    alarms = Alarms(boot="a", long_lie_s=LONG_LIE_S)
    for number in range(100):
        alarms.update(said("fall_detected", number, f"01K-{number}"))
    assert len(alarms.falls) == 16
    assert alarms.falls[-1].fall_id == "01K-99"


def test_event_and_note_are_on_the_disk_together(tmp_path: Path) -> None:
    path = tmp_path / "outbox.sqlite3"
    outbox = Outbox(path)
    outbox.start()
    alarms = Alarms(boot="a", long_lie_s=LONG_LIE_S)
    message = said("fall_detected", 100)
    alarms.update(message)
    outbox.put(message, {NOTE: alarms.note()})
    outbox.close()
    again = Outbox(path)
    assert json.loads(again.noted[NOTE])["falls"][0]["fall_id"] == "01K-1"
    assert (
        restarted(alarms, at(110)).falls
        == Alarms.from_note(again.noted[NOTE], now=at(110), boot="a", long_lie_s=LONG_LIE_S).falls
    )
    again.close()


def rule(event_type: str, seconds: float = 1.0, fall_id: str = "7-1", track: int = 7, **data: Any) -> Event:  # noqa: ANN401
    """An event as the posture rules give it, which count falls from 1 in every run."""
    return Event(event_type, round(seconds * S_NS), track, 0.8, MappingProxyType({"fall_id": fall_id} | data))


def told(alarms: Alarms, event: Event) -> Event | None:
    """What is published of an event, and taken in."""
    if (one := alarms.told(event)) is not None:
        alarms.update(EventMessage("ulid", 1, "hall", at(0).unix_ms(one.t_ns), one))
    return one


def test_falls_of_two_runs_have_different_ids_and_one_fall_has_one() -> None:
    one, other = (Alarms(boot="a", long_lie_s=LONG_LIE_S, run=run) for run in ("r1", "r2"))
    kinds = ("fall_suspected", "fall_detected", "long_lie", "fall_cleared")
    ids = [event.data["fall_id"] for kind in kinds if (event := told(one, rule(kind)))]
    assert ids == ["r1-7-1"] * 4
    assert (found := told(other, rule("fall_detected")))
    assert found.data["fall_id"] == "r2-7-1"


def test_who_is_found_on_the_floor_after_a_restart_is_who_fell_before_and_no_second_fall_is_told() -> None:
    again = restarted(fallen(100), at(110))
    assert told(again, rule("fall_detected", 200, how="found", down_s=90.0)) is None
    assert again.orphans == ()
    assert [fall.fall_id for fall in again.falls] == ["01K-1"]
    assert (long_lie := told(again, rule("long_lie", 210)))
    assert long_lie.data["fall_id"] == "01K-1"
    assert (cleared := told(again, rule("fall_cleared", 300)))
    assert cleared.data["fall_id"] == "01K-1"
    assert not again.falls


def test_a_fall_that_is_seen_after_a_restart_is_another_one() -> None:
    again = restarted(fallen(100), at(110))
    assert told(again, rule("fall_detected", 200, how="seen", down_s=3.0)) is not None
    assert len(again.falls) == 2


def test_a_fallen_person_who_is_no_longer_seen_is_not_forgotten() -> None:
    alarms = Alarms(boot="a", long_lie_s=LONG_LIE_S, run="r")
    told(alarms, rule("fall_detected", 100, how="seen", down_s=3.0))
    told(alarms, Event("person_left", 110 * S_NS, 7, 1.0))
    assert alarms.alarming
    assert types(alarms.look(at(157), people=0, low=0)) == ["long_lie"]


def test_a_long_lie_is_not_told_again_by_the_rules_that_took_the_fall_over() -> None:
    again = restarted(fallen(100), at(110))
    (event,) = again.look(at(160), people=0, low=0)
    again.update(said(event.type, 160))
    told(again, rule("fall_detected", 200, how="found", down_s=90.0))
    assert told(again, rule("long_lie", 230)) is None


def test_when_everybody_is_forgotten_falls_go_on() -> None:
    alarms = Alarms(boot="a", long_lie_s=LONG_LIE_S, run="r")
    told(alarms, rule("fall_detected", 100, how="seen", down_s=3.0))
    alarms.abandoned()
    assert len(alarms.orphans) == 1
