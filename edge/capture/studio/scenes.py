"""The studio's named scenes.

Falls happen 2.5 to 3.5 m from the camera, where the model sees them well. Nobody walks behind furniture: it is part of
the background and would not hide them.
"""

import difflib
from collections.abc import Callable
from typing import Final, TypeAlias

from edge.capture.studio import motions
from edge.capture.studio.bedtime import bedside, get_out_of_bed, go_to_bed
from edge.capture.studio.furniture import Bed, Chair, Furniture, Parcel
from edge.capture.studio.scene import Actor, Scene, Variation
from edge.capture.studio.script import Label
from edge.capture.studio.unrest import RIGHT_DOOR as _DOOR
from edge.capture.studio.unrest import UNREST, Cast
from edge.capture.studio.writer import ScriptWriter
from edge.errors import SourceError

_Cast: TypeAlias = tuple[list[ScriptWriter], list[Furniture]]
_Play: TypeAlias = Callable[[Variation], _Cast]

_EMPTY_S: Final = 10.0


def scene_names() -> tuple[str, ...]:
    """The names `build_scene` knows."""
    return (*_PLAYS, *UNREST)


def build_scene(name: str, seed: int = 0) -> Scene:
    """The scene of this name.

    Args:
        name: One of `scene_names()`.
        seed: 0 is the nominal scene, others vary it.

    Raises:
        SourceError: There is no such scene; the text names the nearest and lists all.
    """
    if name not in scene_names():
        near = difflib.get_close_matches(name, scene_names(), n=1, cutoff=0.4)
        hint = f"; did you mean {near[0]!r}?" if near else "."
        raise SourceError(f"studio has no scene {name!r}{hint} Scenes: {', '.join(scene_names())}")
    vary = Variation(seed)
    cast = UNREST[name](vary) if name in UNREST else Cast(*_PLAYS[name](vary))
    scripts = [writer.script() for writer in cast.writers]
    length_s = max((script.duration_s for script in scripts), default=_EMPTY_S)
    return Scene(
        name=name,
        seed=seed,
        duration_s=max(length_s, cast.duration_s),
        actors=tuple(Actor(id=n, script=script, look=vary.look(n)) for n, script in enumerate(scripts, start=1)),
        furniture=tuple(cast.furniture),
        backdrop=tuple(cast.backdrop),
        lamp=cast.lamp,
    )


def _empty(_: Variation) -> _Cast:
    return [], []


def _still(vary: Variation) -> _Cast:
    x, y, heading = 0.1 + vary.within(0.12), 3.3 + vary.within(0.12), 12 + vary.within(15)
    return [ScriptWriter(x=x, y=y, heading=heading, idle=0.0).hold(8.0, Label.STANDING)], []


def _walk_across(vary: Variation) -> _Cast:
    writer = vary.writer(-1.9, 3.6, 90)
    writer.walk(1.7, 3.6).turn(-10).hold(0.5, Label.STANDING)
    return [writer.walk(-1.6, 3.2).hold(0.6, Label.STANDING)], []


def _walk_toward(vary: Variation) -> _Cast:
    writer = vary.writer(0.5, 4.6, -12)
    writer.walk(0.1, 2.3).hold(0.5, Label.STANDING)
    return [writer.walk(0.4, 4.5).hold(0.5, Label.STANDING)], []


def _leave(vary: Variation) -> _Cast:
    writer = vary.writer(0.2, 3.2, 20)
    writer.hold(1.5, Label.STANDING).leave(*_DOOR, away_s=2.0).appear(*_DOOR)
    return [writer.walk(0.6, 3.2).turn(0).hold(1.0, Label.STANDING)], []


def _sit_chair(vary: Variation) -> _Cast:
    x, y, heading = 0.1 + vary.within(0.12), 3.0 + vary.within(0.12), 25 + vary.within(15)
    writer = vary.writer(x, y, heading, turn=0, shift=0).hold(1.5, Label.STANDING)
    for _ in range(2):
        motions.sit_down(writer)
        writer.hold(3.0, Label.SITTING)
        motions.stand_up(writer)
        writer.hold(1.5, Label.STANDING)
    return [writer], [Chair.under(x, y, heading)]


def _pickup(vary: Variation) -> _Cast:
    writer = vary.writer(0.05, 3.0, 20, shift=0.05).hold(1.2, Label.STANDING)
    for _ in range(2):
        motions.pick_up(writer)
        writer.hold(1.2, Label.STANDING)
    return [writer], [Parcel(0.20, 2.58)]


def _fall_forward(vary: Variation) -> _Cast:
    writer = vary.writer(0.5, 4.0, -35).hold(2.0, Label.STANDING)
    motions.fall_forward(writer, lying_s=5.0)
    return [writer], []


def _fall_side(vary: Variation) -> _Cast:
    writer = vary.writer(0.7, 3.3, 15).hold(2.0, Label.STANDING)
    motions.fall_sideways(writer, lying_s=5.0)
    return [writer], []


def _fall_back(vary: Variation) -> _Cast:
    writer = vary.writer(-0.1, 2.9, 30).hold(2.0, Label.STANDING)
    motions.fall_backward(writer, lying_s=5.0)
    return [writer], []


def _get_up(vary: Variation) -> _Cast:
    writer = vary.writer(-0.1, 2.9, 20).hold(2.0, Label.STANDING)
    motions.fall_backward(writer, lying_s=5.0)
    motions.get_up(writer)
    return [writer.hold(1.5, Label.STANDING)], []


def _lie_bed(vary: Variation) -> _Cast:
    bed = Bed(0.35 + vary.within(0.12), 3.75 + vary.within(0.08))
    x, y = bedside(bed)
    writer = vary.writer(x, y, 5, turn=0, shift=0).hold(1.2, Label.STANDING)
    go_to_bed(writer, bed, lying_s=5.0)
    get_out_of_bed(writer, bed)
    return [writer.hold(1.0, Label.STANDING)], [bed]


def _squats(vary: Variation) -> _Cast:
    writer = vary.writer(0.1, 3.2, 30).hold(1.0, Label.STANDING)
    motions.squats(writer, 5)
    return [writer.hold(0.5, Label.STANDING)], []


def _pushups(vary: Variation) -> _Cast:
    writer = vary.writer(0.75, 3.35, -65)
    motions.plank(writer)
    writer.hold(1.2, Label.PLANK)
    motions.push_ups(writer, 5)
    return [writer.hold(0.8, Label.PLANK)], []


def _jacks(vary: Variation) -> _Cast:
    writer = vary.writer(0.1, 3.2, 5).hold(1.0, Label.STANDING)
    motions.jumping_jacks(writer, 6)
    return [writer.hold(1.0, Label.STANDING)], []


def _raise_hand(vary: Variation) -> _Cast:
    writer = vary.writer(0.0, 3.3, -15).hold(1.2, Label.STANDING)
    motions.raise_right_hand(writer)
    writer.hold(0.8, Label.STANDING)
    motions.raise_left_hand(writer)
    return [writer.hold(0.8, Label.STANDING)], []


def _two_people(vary: Variation) -> _Cast:
    """Two stand 1.2 m apart, one waves, the other steps away to 2.8 m and comes back."""
    one = vary.writer(-0.8, 3.3, 25, shift=0.05).hold(2.0, Label.STANDING)
    motions.raise_right_hand(one)
    one.hold(9.0, Label.STANDING)
    other = vary.writer(0.4, 3.3, -25, shift=0.05).hold(3.0, Label.STANDING)
    other.walk(2.0, 3.5).turn(-20).hold(2.5, Label.STANDING)
    return [one, other.walk(0.6, 3.4).turn(-25).hold(1.5, Label.STANDING)], []


def _crossing(vary: Variation) -> _Cast:
    """Two cross the room in opposite directions, one behind the other as they meet, and cross back."""
    near = vary.writer(-1.5, 2.7, 60, shift=0.05).hold(0.8, Label.STANDING)
    near.walk(1.4, 2.7).turn(0).hold(1.2, Label.STANDING).walk(-1.4, 2.8).turn(0)
    far = vary.writer(1.7, 3.5, -60, shift=0.05).hold(0.8, Label.STANDING)
    far.walk(-1.6, 3.5).turn(0).hold(0.6, Label.STANDING).walk(1.6, 3.6).turn(0)
    return [near.hold(1.0, Label.STANDING), far.hold(1.0, Label.STANDING)], []


def _three_people(vary: Variation) -> _Cast:
    """One sits, one does jumping jacks, one walks in, stands and leaves."""
    chair = Chair.under(-1.35, 3.3, 20)
    seated = vary.writer(-1.35, 3.3, 20, turn=0, shift=0).hold(0.5, Label.STANDING)
    motions.sit_down(seated)
    seated.hold(11.0, Label.SITTING)
    athlete = vary.writer(0.0, 3.7, 5).hold(2.0, Label.STANDING)
    motions.jumping_jacks(athlete, 8)
    athlete.hold(4.0, Label.STANDING)
    guest = vary.writer(*_DOOR, -90, shift=0).absent(1.0).appear(*_DOOR)
    guest.walk(1.35, 3.0).turn(-15).hold(4.0, Label.STANDING).leave(*_DOOR, away_s=1.0)
    return [seated, athlete, guest], [chair]


def _demo(vary: Variation) -> _Cast:
    """Enters, waves, squats, leaves, comes back, sits, leaves: begins and ends in an empty room, so it loops."""
    chair = Chair.under(-0.75, 3.35, 25)
    writer = vary.writer(2.6, 3.0, -90, turn=0, shift=0).mark("entered")
    writer.walk(0.3, 3.1).turn(-10).hold(0.6, Label.STANDING)
    motions.raise_right_hand(writer)
    motions.squats(writer, 3)
    writer.leave(*_DOOR, away_s=2.5).appear(*_DOOR)
    writer.walk(-0.75, 3.35).turn(25)
    motions.sit_down(writer)
    writer.hold(4.0, Label.SITTING)
    motions.stand_up(writer)
    return [writer.hold(0.5, Label.STANDING).leave(*_DOOR, away_s=0.5)], [chair]


def _day(vary: Variation) -> _Cast:
    """A day in two and a half minutes: sits, tidies, exercises, goes out, sleeps, has a visitor, falls and gets up."""
    seat = (-1.35, 3.3, 25.0)
    bed = Bed(0.95, 4.0)
    resident = vary.writer(*_DOOR, -90, turn=0, shift=0).absent(4.0).appear(*_DOOR)
    resident.walk(-0.3, 2.95).walk(*seat[:2]).turn(seat[2])
    motions.sit_down(resident)
    resident.hold(8.0, Label.SITTING)
    motions.stand_up(resident)
    resident.hold(1.0, Label.STANDING).walk(-0.35, 2.95).turn(40)
    motions.pick_up(resident)
    resident.hold(1.0, Label.STANDING).turn(25)
    motions.squats(resident, 5)
    resident.hold(1.5, Label.STANDING).leave(*_DOOR, away_s=8.0).appear(*_DOOR)
    resident.walk(*bedside(bed))
    go_to_bed(resident, bed, lying_s=10.0)
    get_out_of_bed(resident, bed)
    resident.walk(-0.2, 3.0).turn(15)
    arrival_s = resident.t_s
    resident.hold(16.0, Label.STANDING)
    motions.fall_sideways(resident, lying_s=9.0)
    motions.get_up(resident)
    resident.hold(2.0, Label.STANDING).leave(*_DOOR, away_s=6.0)

    visitor = vary.writer(*_DOOR, -90, turn=0, shift=0)
    visitor.absent_until(arrival_s + 1.0).appear(*_DOOR)
    visitor.walk(1.2, 3.0).turn(-25).hold(4.0, Label.STANDING).leave(*_DOOR, away_s=1.0)
    return [resident, visitor], [Chair.under(*seat), bed, Parcel(-0.10, 2.57)]


_PLAYS: Final[dict[str, _Play]] = {
    "demo": _demo,
    "day": _day,
    "empty": _empty,
    "still": _still,
    "walk_across": _walk_across,
    "walk_toward": _walk_toward,
    "leave": _leave,
    "sit_chair": _sit_chair,
    "pickup": _pickup,
    "fall_forward": _fall_forward,
    "fall_side": _fall_side,
    "fall_back": _fall_back,
    "get_up": _get_up,
    "lie_bed": _lie_bed,
    "squats": _squats,
    "pushups": _pushups,
    "jacks": _jacks,
    "raise_hand": _raise_hand,
    "two_people": _two_people,
    "crossing": _crossing,
    "three_people": _three_people,
}
