"""Mistakes in the inventory do not get as far as a box's service."""

from collections.abc import Iterator

import pytest
from rollout.conftest import Fleet

TYPO = '{"pose_edge_zones": [{"name": "bed", "kind": "bedd", "polygon": [[0, 0], [1, 0], [1, 1]]}]}'


@pytest.fixture
def mistaken(fleet: Fleet) -> Iterator[Fleet]:
    """A zone of box2 is of a kind that does not exist."""
    variables = fleet.host_vars("box2")
    variables.write_text(TYPO)
    yield fleet
    variables.unlink()


def untouched(fleet: Fleet) -> str:
    script = "cat /etc/pose-edge/pose-edge.toml; readlink /opt/pose-edge/current; systemctl show -p MainPID pose-edge"
    return "\n".join(box.sh(script) for box in fleet.boxes.values())


def test_configure_names_the_key_and_leaves_the_box_alone(mistaken: Fleet) -> None:
    before = untouched(mistaken)
    assert mistaken.play("configure") != 0
    assert "zones[0] (bed): kind: must be" in mistaken.said
    assert untouched(mistaken) == before


def test_a_rollout_ends_before_any_box_is_switched(mistaken: Fleet) -> None:
    if not (mistaken.folder / "bundle/1.1.0").exists():
        mistaken.pack("1.1.0")
    other = {"1.0.0": "1.1.0", "1.1.0": "1.0.0"}[mistaken.version("box2")]
    before = untouched(mistaken)
    assert mistaken.play("deploy", pose_edge_version=other) != 0
    assert "zones[0] (bed): kind: must be" in mistaken.said
    assert "Wave: " not in mistaken.said
    assert untouched(mistaken) == before


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"pose_edge_config": {"source": {"uri": "picamera"}}}, "no camera: check the cable"),
        ({"pose_edge_least_free_mb": 10**9}, "MB free, 1000000000 are needed"),
        ({"pose_edge_most_clock_drift_s": -1}, "set up time sync"),
        ({"pose_edge_target": "pi5"}, "has no release 1.0.0 for pi5"),
        ({"pose_edge_gate_least_fps": "many"}, "pose_edge_gate_least_fps"),
        ({"pose_edge_soak_seconds": "long"}, "pose_edge_soak_seconds"),
    ],
    ids=["camera", "disk", "time", "generation", "type", "type of a playbook's own"],
)
def test_what_cannot_be_is_refused_before_anything_is_touched(fleet: Fleet, wrong: dict[str, object], why: str) -> None:
    before = untouched(fleet)
    assert fleet.play("deploy", *("--limit", "box1"), **wrong | {"pose_edge_version": "1.0.0"}) != 0
    assert why in fleet.said
    assert fleet.changed() == {"box1": 0}
    assert untouched(fleet) == before


def test_a_release_is_built_beside_one_whose_configuration_it_would_refuse(fleet: Fleet) -> None:
    fleet.pack("1.2.0")
    toml = fleet.boxes["box1"].root / "opt/pose-edge/current/etc/pose-edge.toml"
    right = toml.read_text()
    toml.write_text(right + "\n[gone]\nkey = 1\n")
    try:
        code = fleet.play("deploy", "--limit", "box1", "--tags", "release", pose_edge_version="1.2.0")
    finally:
        toml.write_text(right)
    assert code == 0, fleet.said
    assert (fleet.boxes["box1"].root / "opt/pose-edge/releases/1.2.0/.complete").exists()
