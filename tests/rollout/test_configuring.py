"""A new configuration reaches the boxes that it is meant for, and no box is restarted for it."""

from collections.abc import Iterator

import pytest
from rollout.conftest import Fleet

SLOWER = "pose_edge_host_config: {pace: {max_inference_fps: 4}}\n"


@pytest.fixture(scope="module")
def slower(fleet: Fleet) -> Iterator[Fleet]:
    """Box2 is to look at fewer pictures than the others."""
    variables = fleet.host_vars("box2")
    variables.write_text(SLOWER)
    yield fleet
    variables.unlink()
    assert fleet.play("configure") == 0, fleet.said


def most_looks(fleet: Fleet, name: str) -> object:
    settings = fleet.state(name)["settings"]
    assert isinstance(settings, dict)
    return settings["pace.max_inference_fps"]


def test_a_check_shows_what_would_change_and_changes_nothing(slower: Fleet) -> None:
    before = slower.running()
    assert slower.play("configure", "--check", "--diff") == 0, slower.said
    assert "-max_inference_fps = 5" in slower.said
    assert "+max_inference_fps = 4" in slower.said
    assert slower.running() == before
    assert most_looks(slower, "box2") == 5.0


def test_a_change_for_one_box_is_in_force_without_a_restart_and_touches_no_other(slower: Fleet) -> None:
    before = slower.running()
    assert slower.play("configure") == 0, slower.said
    assert {name: count > 0 for name, count in slower.changed().items()} == {"box1": False, "box2": True, "box3": False}
    assert slower.running() == before
    assert [most_looks(slower, name) for name in slower.boxes] == [5.0, 4.0, 5.0]
