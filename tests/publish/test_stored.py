"""How late an event is, whatever the clocks do."""

import json

import pytest

from edge.flow import Event
from edge.publish.messages import EventMessage, WallClock
from edge.publish.stored import StoredEvent, boot_id

S_NS = 1_000_000_000
DAY_NS = 86_400 * S_NS
UNIX_NS = 1_790_000_000 * S_NS
HAPPENED = WallClock(monotonic_ns=5_000 * S_NS, unix_ns=UNIX_NS)


def stored(event_type: str = "fall_detected") -> StoredEvent:
    event = Event(event_type, t_ns=HAPPENED.monotonic_ns, track=1, confidence=1.0)
    return StoredEvent.of(EventMessage("01", 7, "hall", HAPPENED.unix_ms(event.t_ns), event), "boot-1")


def after(seconds: float, *, wall_jump_ns: int = 0) -> WallClock:
    passed = round(seconds * S_NS)
    return WallClock(HAPPENED.monotonic_ns + passed, HAPPENED.unix_ns + passed + wall_jump_ns)


def test_a_prompt_delivery_is_the_message_itself() -> None:
    event = stored()
    assert event.payload_at(after(0.3), "boot-1") == event.payload


def test_a_late_delivery_says_how_late() -> None:
    event = stored()
    late = json.loads(event.payload_at(after(90.5), "boot-1"))
    assert late == json.loads(event.payload) | {"delayed_ms": 90_500}


@pytest.mark.parametrize("jump_ns", [DAY_NS, -DAY_NS])
def test_a_clock_set_by_a_day_does_not_change_the_delay(jump_ns: int) -> None:
    assert stored().age_ms(after(60, wall_jump_ns=jump_ns), "boot-1") == 60_000


def test_after_a_reboot_the_wall_clock_tells_the_delay() -> None:
    now = WallClock(monotonic_ns=40 * S_NS, unix_ns=UNIX_NS + 3_600 * S_NS)
    assert stored().age_ms(now, "boot-2") == 3_600_000


@pytest.mark.parametrize(
    "unix_ns",
    [pytest.param(UNIX_NS - DAY_NS, id="set back"), pytest.param(UNIX_NS + 4_000 * DAY_NS, id="years ahead")],
)
def test_after_a_reboot_a_wall_clock_that_cannot_be_right_gives_way_to_the_uptime(unix_ns: int) -> None:
    assert stored().age_ms(WallClock(40 * S_NS, unix_ns), "boot-2") == 40_000


@pytest.mark.parametrize("event_type", ["fall_detected", "fall_cleared", "long_lie", "help_gesture", "view_lost"])
def test_what_somebody_must_act_upon_is_an_alarm(event_type: str) -> None:
    assert stored(event_type).alarm


@pytest.mark.parametrize("event_type", ["rep", "posture_changed", "person_entered", "zone_left"])
def test_other_events_are_not(event_type: str) -> None:
    assert not stored(event_type).alarm


def test_two_looks_at_the_boot_id_agree() -> None:
    assert boot_id() == boot_id() != ""
