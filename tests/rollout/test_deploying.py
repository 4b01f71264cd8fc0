"""A good release's way to all boxes, and back: in waves, without losing an event or telling a secret."""

import stat
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from rollout.conftest import Fleet
from rollout.figures import measured
from rollout.playing import Playing
from rollout.spy import ProcessSpy, files_with
from rollout.subscriber import Subscriber

MOST_DOWN_S = 10.0
SOAK_S = 5
WAVES = [1, "100%"]

MOST_SENT = 2_000_000
"""Bytes of a version with the same locks: its own wheel and the documents, of 130 MB."""


@dataclass
class Rollout:
    """A deploy with everything printed that Ansible can print, and what was heard and seen meanwhile."""

    code: int
    playing: Playing
    subscriber: Subscriber
    spy: ProcessSpy
    before: dict[str, tuple[str, str]]


@pytest.fixture(scope="module")
def packed(fleet: Fleet) -> Fleet:
    """All with 1.0.0, and 1.1.0 in the bundle."""
    fleet.pack("1.1.0")
    return fleet


def test_a_check_names_the_waves_and_changes_nothing(packed: Fleet) -> None:
    before = packed.running()
    assert packed.play("deploy", "--check", "--diff", pose_edge_version="1.1.0", pose_edge_waves=WAVES) == 0, (
        packed.said
    )
    assert [line for line in packed.said.splitlines() if "Wave: box2, box3" in line]
    assert all(packed.changed().values())
    assert packed.running() == before
    assert [name for name, box in packed.boxes.items() if (box.root / "opt/pose-edge/releases/1.1.0").exists()] == []


@pytest.fixture(scope="module")
def rollout(packed: Fleet) -> Iterator[Rollout]:
    fleet = packed
    before, began_s = fleet.running(), time.monotonic()
    with fleet.subscriber() as subscriber, fleet.spy() as spy:
        playing = fleet.start(
            "deploy",
            *("-vvv", "--diff"),
            pose_edge_version="1.1.0",
            pose_edge_waves=WAVES,
            pose_edge_soak_seconds=SOAK_S,
        )
        code = playing.finish()
        time.sleep(5)  # so that each box has said something since
        measured(f"deploy.yml, three boxes in two waves, {SOAK_S} s of soak: {time.monotonic() - began_s:.0f} s")
        yield Rollout(code, playing, subscriber, spy, before)


def test_a_good_release_reaches_all_boxes_wave_by_wave(fleet: Fleet, rollout: Rollout) -> None:
    assert rollout.code == 0, rollout.playing.said[-20000:]
    waves = [line.split("Wave: ")[1].strip(" \n'\"") for _, line in rollout.playing.lines if "Wave: " in line]
    assert waves == ["box1", "box2, box3"]
    assert fleet.versions() == {"1.1.0"}


def test_the_second_wave_begins_when_the_first_has_soaked(rollout: Rollout) -> None:
    soaks, second = rollout.playing.first("Let the wave soak"), rollout.playing.first("Wave: box2")
    assert soaks
    assert second
    measured(f"from the beginning of the soak to the next wave: {second - soaks:.1f} s of at least {SOAK_S}")
    assert second - soaks >= SOAK_S


def test_only_what_a_box_lacks_is_sent_to_it(fleet: Fleet, rollout: Rollout) -> None:
    sent = [int(line.split("sent_bytes:")[1]) for _, line in rollout.playing.lines if "sent_bytes:" in line]
    measured(f"sent to the boxes: {', '.join(f'{size / 1e6:.2f}' for size in sent)} MB")
    assert len(sent) == len(fleet.boxes)
    assert all(0 < size < MOST_SENT for size in sent)


def new_version_s(rollout: Rollout, name: str) -> float:
    said = rollout.subscriber.heard(name, "health")
    return next(heard.at_s for heard in said if '"version":"1.1.0"' in heard.payload.replace(" ", ""))


def test_boxes_change_over_in_the_order_of_the_waves(rollout: Rollout) -> None:
    first, *others = (new_version_s(rollout, name) for name in ("box1", "box2", "box3"))
    assert all(other > first + SOAK_S for other in others)


@pytest.mark.parametrize("name", ["box1", "box2", "box3"])
def test_a_box_is_away_for_less_than_ten_seconds(rollout: Rollout, name: str) -> None:
    # Around its own change alone: while releases are built a busy machine makes pauses of its own.
    gap_s = rollout.subscriber.longest_gap_s(name, since_s=new_version_s(rollout, name) - 20)
    measured(f"{name} was without landmarks for {gap_s:.1f} s while it changed over")
    assert gap_s <= MOST_DOWN_S


def continuous(events: list[dict[str, Any]]) -> bool:
    """Whether the numbers go on by one; an event may come twice."""
    numbers = list(dict.fromkeys(event["seq"] for event in events))
    return len(numbers) > 1 and all(later == earlier + 1 for earlier, later in pairwise(numbers))


@pytest.mark.parametrize("name", ["box1", "box2", "box3"])
def test_no_event_is_lost_across_the_upgrade(rollout: Rollout, name: str) -> None:
    events = rollout.subscriber.events(name)
    measured(f"{name} said {len(events)} events across the upgrade, {events[0]['seq']} to {events[-1]['seq']}")
    assert continuous(events), [event["seq"] for event in events]


def test_no_secret_is_printed_even_with_all_details(fleet: Fleet, rollout: Rollout) -> None:
    assert "content" in rollout.playing.said
    assert [name for name, secret in fleet.secrets().items() if secret in rollout.playing.said] == []


def test_no_secret_stands_in_a_process_list(rollout: Rollout) -> None:
    spy = rollout.spy
    measured(f"secrets in process lists: {len(spy.found)} of {len(spy.processes)} processes, {spy.looks} looks")
    assert spy.found == set()


def test_boxes_keep_their_password_where_only_the_service_reads_it(fleet: Fleet, rollout: Rollout) -> None:
    assert rollout.code == 0
    for name, box in fleet.boxes.items():
        found = files_with(fleet.secrets().values(), Path(str(box.root).removesuffix("root") + "upper"))
        assert [str(path).split("/upper/")[1] for path in found] == ["etc/pose-edge/mqtt-password"], name
        assert fleet.secrets()[name] in (box.root / "etc/pose-edge/mqtt-password").read_text()
        assert box.sh("stat -c '%a %U %G' /etc/pose-edge/mqtt-password").strip() == "640 root pose-edge"


def test_no_log_of_a_box_or_the_broker_has_a_secret(fleet: Fleet, rollout: Rollout) -> None:
    assert rollout.code == 0
    for name, box in {**fleet.boxes, "broker": fleet.broker}.items():
        log = box.sh("journalctl --no-pager --all; cat /var/log/mosquitto/* 2>/dev/null", check=False)
        assert "Invoked with" in log, "Ansible's modules do write into this log"
        assert [user for user, secret in fleet.secrets().items() if secret in log] == [], name


def test_on_the_control_node_only_the_operator_reads_secrets(fleet: Fleet, rollout: Rollout) -> None:
    assert rollout.code == 0
    found = files_with(fleet.secrets().values(), fleet.folder)
    assert found
    assert [path for path in found if stat.S_IMODE(path.stat().st_mode) & 0o077] == []


def test_events_of_the_time_without_a_broker_are_told_by_the_release_that_follows(
    fleet: Fleet, rollout: Rollout
) -> None:
    assert rollout.code == 0
    with fleet.subscriber() as subscriber:
        time.sleep(10)
        with fleet.without_broker():
            playing = fleet.start("rollback", pose_edge_gate_within_seconds=200)
            playing.wait_for(lambda: fleet.versions() == {"1.0.0"})
            time.sleep(20)
        assert playing.finish() == 0, playing.said
        time.sleep(10)
        for name in fleet.boxes:
            events = subscriber.events(name)
            late = [event for event in events if event.get("delayed_ms", 0) > 1000]
            measured(f"{name} said {len(events)} events across a rollback without broker, {len(late)} of them late")
            assert late, name
            assert continuous(events), [event["seq"] for event in events]
    assert fleet.versions() == {"1.0.0"}
