from itertools import count

import pytest

from edge.pace.governor import Mode, Pace
from edge.publish.client import LinkCounters
from edge.publish.outgoing import OutgoingCounts
from edge.service.health import HealthKeeper
from edge.service.readings import Readings

S = 1_000_000_000
PACE = Pace(mode=Mode.CALM, reason="nothing moved", inference_fps=3.0, capture_fps=15.0, limited_by="heat")
MS = 1_000_000


def link(*, sent: int = 0, waiting: int = 0) -> LinkCounters:
    counts = OutgoingCounts(
        landmarks_sent=sent, landmarks_dropped=0, events_delivered=0, events_dropped=0, events_waiting=waiting
    )
    return LinkCounters(connected=True, connects=1, traffic=counts)


@pytest.fixture
def keeper() -> HealthKeeper:
    """A keeper on a box whose process uses two CPU seconds between two looks."""
    cpu = count(start=10, step=2)
    return HealthKeeper(
        version="1",
        model="lite",
        now_ns=0,
        readings=lambda: Readings(rss_bytes=150 << 20, cpu_s=float(next(cpu)), temperature_c=50.0, throttled=False),
    )


def test_rates_are_those_since_the_last_message(keeper: HealthKeeper) -> None:
    keeper.message(captured=30, dropped=0, link=link(sent=10), pace=PACE, now_ns=1 * S)
    for frame in range(40):
        keeper.inferred(captured_ns=frame * MS, done_ns=(frame + 20) * MS)
    health = keeper.message(captured=90, dropped=20, link=link(sent=30, waiting=3), pace=PACE, now_ns=3 * S)
    assert (health.fps_in, health.fps_inferred, health.fps_published) == (30.0, 20.0, 10.0)
    assert health.drop_ratio == pytest.approx(1 / 3)
    assert (health.mode, health.limited_by) == ("calm", "heat")
    assert (health.uptime_s, health.outbox, health.cpu_percent, health.rss_mb) == (3, 3, 100.0, 150.0)


def test_latency_is_of_the_frames_since_the_last_message(keeper: HealthKeeper) -> None:
    keeper.inferred(captured_ns=0, done_ns=900 * MS)
    keeper.message(captured=1, dropped=0, link=link(), pace=PACE, now_ns=S)
    for ms in range(1, 101):
        keeper.inferred(captured_ns=0, done_ns=ms * MS)
    health = keeper.message(captured=101, dropped=0, link=link(), pace=PACE, now_ns=2 * S)
    assert health.latency_p50_ms == pytest.approx(50.5)
    assert health.latency_p95_ms == pytest.approx(95.05)


def test_without_frames_nothing_is_dropped_and_there_is_no_latency(keeper: HealthKeeper) -> None:
    health = keeper.message(captured=0, dropped=0, link=link(), pace=PACE, now_ns=S)
    assert (health.drop_ratio, health.latency_p50_ms, health.latency_p95_ms) == (0.0, None, None)


def test_two_messages_at_the_same_instant_do_not_divide_by_zero(keeper: HealthKeeper) -> None:
    keeper.message(captured=0, dropped=0, link=link(), pace=PACE, now_ns=S)
    assert keeper.message(captured=0, dropped=0, link=link(), pace=PACE, now_ns=S).fps_in == 0.0
