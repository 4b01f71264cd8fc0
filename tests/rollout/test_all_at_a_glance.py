"""What an operator sees of all boxes at once: real ones among many simulated, and the table of a playbook."""

import json
import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rollout.conftest import Fleet
from rollout.figures import measured

SIMULATED = 50


@contextmanager
def simulated_boxes(fleet: Fleet) -> Iterator[None]:
    """Fifty virtual boxes, which say every ten seconds how they are."""
    words = ("simulate", "--boxes", str(SIMULATED), "--rate", "0", "--seconds", "0")
    process = subprocess.Popen(fleet.as_operator(*words), stdout=subprocess.DEVNULL)
    try:
        yield
    finally:
        process.terminate()
        process.wait(30)


def shown(fleet: Fleet, *options: str) -> dict[str, dict[str, Any]]:
    """What `pose-edge fleet --json` tells, by box."""
    done = subprocess.run(fleet.as_operator("fleet", "--json", *options), capture_output=True, text=True, check=True)
    return {box["device"]: box for box in map(json.loads, done.stdout.splitlines())}


def test_the_real_boxes_and_fifty_simulated_ones_are_seen_at_once_over_tls(fleet: Fleet) -> None:
    with simulated_boxes(fleet):
        boxes = shown(fleet, "--for", "14")
        only = shown(fleet, "--for", "4", "--name", "box*")
    assert len(boxes) == len(fleet.boxes) + SIMULATED
    assert {box["status"] for box in boxes.values()} == {"online"}
    assert {box["version"] for name, box in boxes.items() if name in fleet.boxes} == {fleet.version("box1")}
    assert set(only) == set(fleet.boxes)
    measured(f"pose-edge fleet: {len(fleet.boxes)} real boxes and {SIMULATED} simulated ones, all online")


def test_a_box_that_stops_is_the_one_that_is_shown_as_offline(fleet: Fleet) -> None:
    box = fleet.boxes["box2"]
    box.sh("systemctl stop pose-edge")
    try:
        assert list(shown(fleet, "--for", "3", "--only", "offline")) == ["box2"]
    finally:
        box.sh("systemctl start pose-edge")


def test_the_table_of_status_has_a_line_for_each_box_and_changes_nothing(fleet: Fleet) -> None:
    before = fleet.running()
    assert fleet.play("status", pose_edge_look_seconds=5) == 0, fleet.said
    assert set(fleet.changed().values()) == {0}
    assert fleet.running() == before
    table = fleet.said.split("PLAY RECAP")[0].splitlines()
    head, *lines = [words for line in table if (words := line.split()) and words[0] in {"box", *fleet.boxes}]
    assert " ".join(head) == "box status version people fall fps degrees throttled outbox uptime last event"
    assert [line[0] for line in lines] == list(fleet.boxes)
    for line in lines:
        assert line[1:3] == ["online", fleet.version(line[0])]
        assert float(line[5]) > 1.0


def broker_cpu_s(fleet: Fleet) -> float:
    """Processor time that the broker has taken since its start."""
    (process,) = fleet.broker.processes("mosquitto.service")
    numbers = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(numbers[11]) + int(numbers[12])) / os.sysconf("SC_CLK_TCK")


def test_one_broker_handles_the_heartbeat_of_a_thousand_boxes(fleet: Fleet) -> None:
    began_s, began_cpu_s = time.monotonic(), broker_cpu_s(fleet)
    words = ("--boxes", "1000", "--rate", "0", "--seconds", "30", "--json")
    done = subprocess.run(fleet.as_operator("simulate", *words), capture_output=True, text=True, check=False)
    share = (broker_cpu_s(fleet) - began_cpu_s) / (time.monotonic() - began_s)
    assert done.returncode == 0, done.stdout + done.stderr
    report = json.loads(done.stdout)
    assert report["connected"] == 1000
    assert {kind: told["lost"] for kind, told in report["kinds"].items() if told["lost"]} == {}
    measured(
        f"heartbeat of a thousand boxes: {report['messages_per_s']:.0f} messages a second, nothing lost, "
        f"{share:.0%} of a core for the broker, their connecting over TLS included"
    )
