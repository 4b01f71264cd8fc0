from itertools import groupby, pairwise

import pytest

from edge.capture.studio import Label, Scene, build_scene, scene_names
from edge.capture.studio.skeleton import Bone
from edge.errors import SourceError

REPS = {"squats": 5, "pushups": 5, "jacks": 6, "three_people": 8, "demo": 3, "day": 5}
FALLS = {"fall_forward", "fall_side", "fall_back", "get_up", "day"}


def labels(scene: Scene, actor: int = 0) -> list[Label]:
    """What an actor does, each label once in a row."""
    return [label for label, _ in groupby(span.label for span in scene.actors[actor].script.labels)]


@pytest.mark.parametrize("name", scene_names())
def test_labels_cover_a_script_without_gaps(name: str) -> None:
    for actor in build_scene(name).actors:
        ends = [0.0, *(span.end_s for span in actor.script.labels)]
        assert [span.start_s for span in actor.script.labels] == ends[:-1]
        assert ends[-1] == actor.script.duration_s


@pytest.mark.parametrize("name", scene_names())
def test_events_lie_within_the_scene_in_order(name: str) -> None:
    scene = build_scene(name)
    times = [event.t_s for event in scene.events]
    assert times == sorted(times)
    assert all(0 <= t_s <= scene.duration_s for t_s in times)


@pytest.mark.parametrize("name", scene_names())
def test_repetitions_are_counted(name: str) -> None:
    assert build_scene(name).reps == REPS.get(name, 0)


def test_repetitions_rise_one_by_one() -> None:
    scene = build_scene("squats")
    counts = [scene.at(t_s / 10)[0].reps for t_s in range(round(scene.duration_s * 10) + 1)]
    assert sorted(set(counts)) == [0, 1, 2, 3, 4, 5]
    assert counts == sorted(counts)


@pytest.mark.parametrize("name", scene_names())
def test_only_fall_scenes_have_falls(name: str) -> None:
    names = [event.name for event in build_scene(name).events]
    assert names.count("fall") == names.count("landed") == (name in FALLS)


@pytest.mark.parametrize("name", sorted(FALLS))
def test_a_fallen_figure_lies_low(name: str) -> None:
    scene = build_scene(name)
    (landed,) = (event.t_s for event in scene.events if event.name == "landed")
    state = scene.at(landed + 1)[0]
    assert state.label is Label.LYING
    assert state.bones is not None
    assert state.bones.origins[: Bone.HEAD + 1, 2].max() < 0.3


def test_getting_up_ends_standing() -> None:
    done = labels(build_scene("get_up"))
    assert done[-4:] == [Label.MOVING, Label.SITTING_FLOOR, Label.MOVING, Label.STANDING]


def test_sitting_and_rising_twice() -> None:
    names = [event.name for event in build_scene("sit_chair").events]
    assert names == ["sat_down", "stood_up"] * 2


def test_the_demo_enters_acts_leaves_and_returns() -> None:
    scene = build_scene("demo")
    names = [event.name for event in scene.events if event.name != "rep"]
    assert names == ["entered", "hand_up", "left", "entered", "sat_down", "stood_up", "left"]
    assert 20 <= scene.duration_s <= 40


def test_the_day_has_empty_stretches_a_visitor_and_a_fall() -> None:
    scene = build_scene("day")
    present = [sum(state.bones is not None for state in scene.at(t_s)) for t_s in range(int(scene.duration_s))]
    assert {0, 1, 2} == set(present)
    assert present.count(0) > 15
    names = [event.name for event in scene.events if event.actor == 1]
    assert names[:4] == ["entered", "sat_down", "stood_up", "picked_up"]
    assert [name for name in names if name in {"lay_down", "fall", "got_up"}] == [
        "lay_down",
        "got_up",
        "fall",
        "got_up",
    ]


def test_the_pair_stands_between_a_step_and_a_room_apart() -> None:
    scene = build_scene("two_people")
    apart = []
    for t_s in range(int(scene.duration_s)):
        one, other = (state.bones.origins[0] for state in scene.at(t_s) if state.bones is not None)
        apart.append(abs(other - one)[0])
    assert min(apart) > 1.1
    assert max(apart) < 2.9
    assert max(apart) - min(apart) > 1


def test_the_crossing_pair_changes_sides_twice() -> None:
    scene = build_scene("crossing")
    sides = []
    for tenth in range(int(scene.duration_s * 10)):
        one, other = (state.bones.origins[0] for state in scene.at(tenth / 10) if state.bones is not None)
        sides.append(bool(one[0] < other[0]))
    assert sum(before != after for before, after in pairwise(sides)) == 2


def test_an_empty_room_has_nobody() -> None:
    assert build_scene("empty").at(1.0) == ()


def test_a_seed_gives_the_same_scene_again() -> None:
    one, other = build_scene("day", 7), build_scene("day", 7)
    assert one.events == other.events
    assert [actor.look for actor in one.actors] == [actor.look for actor in other.actors]


def test_seeds_vary_look_and_tempo_but_not_what_happens() -> None:
    nominal, varied = build_scene("demo"), build_scene("demo", 3)
    assert nominal.actors[0].look != varied.actors[0].look
    assert nominal.duration_s != varied.duration_s
    assert [event.name for event in nominal.events] == [event.name for event in varied.events]


def test_an_unknown_scene_is_refused_with_the_nearest_and_all() -> None:
    with pytest.raises(SourceError, match="no scene 'squat'; did you mean 'squats'\\? Scenes: demo, day, empty"):
        build_scene("squat")


def test_a_name_like_no_scene_gets_no_suggestion() -> None:
    with pytest.raises(SourceError, match=r"no scene 'xyzzy'\. Scenes: "):
        build_scene("xyzzy")
