"""A resident's day, written from chance: who does what when, and what ought to be said about it.

One room of a care home with a bed, a chair and a sofa, seen by the studio's camera. The resident sleeps, sits, does
chores, exercises with a therapist's list, goes out; carers, visitors and a cat come; the light changes. Into that true
events are strewn: falls with and without recovery, one in the dark, a call for help, getting up at night, a long
stillness.
"""

import math
import random
from collections.abc import Callable, Sequence
from types import MappingProxyType
from typing import Final

from edge.capture.studio import Label, household, motions
from edge.capture.studio.bedtime import bedside, get_out_of_bed, go_to_bed
from edge.capture.studio.script import Script
from edge.capture.studio.unrest import RIGHT_DOOR
from edge.capture.studio.writer import ScriptWriter

from .agenda import Day, Episode, Expected
from .room import BED, CHAIR, FALL_SPOTS, SOFA, SPOTS, free_floor

HOUR_S: Final = 3600.0
MINUTE_S: Final = 60.0

_SLACK_S: Final = 1.0

_BODY_M: Final = 1.7
_LIES_TOWARD_DEG: Final = MappingProxyType({"forward": 0.0, "sideways": -90.0, "backward": 180.0})
"""Where a body ends against where it faced; sideways is to its right."""


class Routine:
    """Writes a day.

    Args:
        seed: The same number gives the same day.
        long_lie_s: Seconds down after which `long_lie` is due.
        inactivity_s: Seconds without movement after which `inactivity` is due.
        found_s: Seconds on the floor after which a fall is due that nobody saw.
    """

    def __init__(self, seed: int, *, long_lie_s: float, inactivity_s: float, found_s: float) -> None:
        self._chance = random.Random(seed)  # noqa: S311 - a simulation
        self._long_lie_s, self._inactivity_s, self._found_s = long_lie_s, inactivity_s, found_s
        self._day = Day()
        self._t_s = 0.0
        self._place: tuple[float, float] | None = None
        self._heading = 0.0

    def day(self) -> Day:
        """The whole day, from midnight on."""
        self._night(until_s=6.6 * HOUR_S)
        self._morning()
        blocks: list[Callable[[], None]] = [
            self._breakfast,
            self._chores,
            self._exercises,
            self._sofa_rest,
            self._visit,
            self._short_fall,
            self._chores,
            self._cat,
            self._call_for_help,
            self._long_fall,
            self._stillness,
            self._chores,
            self._fall_in_the_dark,
            self._bed_made,
            self._short_fall,
            self._cat_alone,
        ]
        self._chance.shuffle(blocks)
        pause_s = max(5 * MINUTE_S, (21.8 * HOUR_S - self._t_s - 5.5 * HOUR_S) / len(blocks))
        for block in blocks:
            block()
            self._out(self._about(pause_s))
        self._t_s = max(self._t_s, 21.8 * HOUR_S)
        self._switch(2.0)
        self._evening()
        return self._day

    # Writing -----------------------------------------------------------------------------------------------------

    def _about(self, seconds: float) -> float:
        return seconds * self._chance.uniform(0.6, 1.4)

    def _writer(self) -> ScriptWriter:
        """Where the resident is; through the door if out."""
        tempo = self._chance.uniform(0.95, 1.25)
        if self._place is None:
            writer = ScriptWriter(x=RIGHT_DOOR[0], y=RIGHT_DOOR[1], heading=-90, tempo=tempo).appear(*RIGHT_DOOR)
            return self._walk(writer, self._spot())
        return ScriptWriter(x=self._place[0], y=self._place[1], heading=self._heading, tempo=tempo)

    def _walk(self, writer: ScriptWriter, to: tuple[float, float], *, carrying: bool = False) -> ScriptWriter:
        # Care-home residents walk 0.5 to 0.9 m/s.
        return writer.walk(*to, self._chance.uniform(0.5, 0.9), arms=household.CARRYING if carrying else None)

    def _room_to_lie(self, direction: str) -> tuple[tuple[float, float], float]:
        """Where to stand and to face, so that a body that goes down that way lies on free floor, in the picture."""
        while True:
            (x, y), heading = self._spot(FALL_SPOTS), self._chance.uniform(-180, 180)
            along = math.radians(heading + _LIES_TOWARD_DEG[direction])
            body = [
                (x + reach * math.sin(along), y - reach * math.cos(along))
                for reach in (0.0, _BODY_M / 4, _BODY_M / 2, 3 * _BODY_M / 4, _BODY_M)
            ]
            if all(free_floor(*point) for point in body):
                return (x, y), heading

    def _spot(self, spots: Sequence[tuple[float, float]] = SPOTS) -> tuple[float, float]:
        x, y = self._chance.choice(spots)
        return x + self._chance.uniform(-0.15, 0.15), y + self._chance.uniform(-0.15, 0.15)

    def _add(self, writer: ScriptWriter, at: tuple[float, float]) -> Script:
        script = writer.script()
        self._day.resident.append(Episode(self._t_s, script))
        self._t_s += script.duration_s
        self._place, self._heading = at, writer.heading
        return script

    def _when(self, script: Script, name: str, start_s: float) -> list[float]:
        return [start_s + mark.t_s for mark in script.marks if mark.name == name]

    def _expect(self, name: str, type_: str, from_s: float, within_s: float, **more: object) -> None:
        exercise, count = more.get("exercise"), more.get("count", 1)
        self._day.expected.append(
            Expected(
                name, type_, from_s - _SLACK_S, from_s + within_s, str(exercise) if exercise else None, int(str(count))
            )
        )

    def _out(self, seconds: float) -> None:
        if self._place is not None:
            writer = ScriptWriter(x=self._place[0], y=self._place[1], heading=self._heading)
            self._add(self._walk(writer, RIGHT_DOOR), RIGHT_DOOR)
            self._place = None
        self._t_s += seconds

    def _switch(self, seconds: float) -> None:
        """The light goes off or on, and the camera adapts."""
        self._day.dark.append((self._t_s, self._t_s + seconds))

    # Rest --------------------------------------------------------------------------------------------------------

    def _sleep(self, writer: ScriptWriter, seconds: float) -> None:
        """Lying in bed on the back, with turns, for so long; ends on the back."""
        until_s = writer.t_s + seconds
        while writer.t_s < until_s:
            writer.hold(self._chance.uniform(10, 40) * MINUTE_S, Label.LYING_BED)
            household.turn_over(writer, self._chance.choice((-70.0, 70.0)))
            writer.hold(self._chance.uniform(5, 30) * MINUTE_S, Label.LYING_BED)
            household.turn_over(writer, 0.0)

    def _night(self, until_s: float) -> None:
        """In bed from just after midnight on, once up in between."""
        for part in range(2):
            writer = self._writer()
            self._walk(writer, bedside(BED))
            go_to_bed(writer, BED, 60.0)
            writer.hold(1.0, Label.LYING_BED)
            length_s = (2.6 + self._chance.uniform(-1, 1)) * HOUR_S if part == 0 else until_s - self._t_s - writer.t_s
            self._sleep(writer, length_s - 40 * MINUTE_S)
            rises_s = self._t_s + writer.t_s
            get_out_of_bed(writer, BED)
            to = self._spot()
            self._walk(writer, to).hold(2.0, Label.STANDING)
            self._add(writer, to)
            self._expect("got up at night", "zone_left", rises_s, 25.0)
            if part == 0:
                self._out(self._about(6 * MINUTE_S))

    def _morning(self) -> None:
        self._switch(3.0)
        self._chores()
        self._out(self._about(15 * MINUTE_S))

    def _evening(self) -> None:
        writer = self._writer()
        self._walk(writer, CHAIR[:2]).turn(CHAIR[2])
        motions.sit_down(writer)
        household.tie_shoes(writer)
        writer.hold(self._about(5 * MINUTE_S), Label.SITTING)
        motions.stand_up(writer)
        self._walk(writer, bedside(BED))
        go_to_bed(writer, BED, 60.0)
        self._switch(4.0)
        writer.hold(max(60.0, 24 * HOUR_S - self._t_s - writer.t_s), Label.LYING_BED)
        self._add(writer, bedside(BED))

    # Daily life --------------------------------------------------------------------------------------------------

    def _seated(self, minutes: float) -> None:
        """Sit on the chair: drink, tie shoes, slouch, be still."""
        writer = self._writer()
        self._walk(writer, CHAIR[:2]).turn(CHAIR[2])
        motions.sit_down(writer)
        until_s = writer.t_s + minutes * MINUTE_S
        while writer.t_s < until_s:
            writer.hold(self._chance.uniform(20, 200), Label.SITTING)
            what = self._chance.choice(("drink", "drink", "shoes", "slouch", "look"))
            if what == "drink":
                for _ in range(self._chance.randint(1, 6)):
                    household.drink(writer)
                    writer.hold(self._chance.uniform(2, 9), Label.SITTING)
            elif what == "shoes":
                household.tie_shoes(writer)
            elif what == "slouch":
                household.lean_back(writer)
                writer.hold(self._chance.uniform(60, 400), Label.SITTING)
                household.sit_up(writer)
            else:
                writer.move(0.8, Label.MOVING, {"neck_turn": 35.0}).move(0.8, Label.MOVING, {"neck_turn": 0.0})
        motions.stand_up(writer)
        writer.hold(1.0, Label.STANDING)
        self._add(writer, CHAIR[:2])

    def _breakfast(self) -> None:
        self._seated(self._about(25))

    def _chores(self) -> None:
        for _ in range(self._chance.randint(18, 30)):
            writer = self._writer()
            to = self._spot()
            self._walk(writer, to, carrying=self._chance.random() < 0.4)
            writer.turn(self._chance.uniform(-180, 180))
            writer.hold(self._chance.uniform(1, 4), Label.STANDING)
            for _ in range(self._chance.randint(1, 3)):
                what = self._chance.choice(("pick", "reach", "wipe", "low", "stretch"))
                if what == "pick":
                    motions.pick_up(writer)
                elif what == "reach":
                    household.reach_up(writer)
                elif what == "wipe":
                    household.wipe(writer, self._chance.randint(3, 10))
                elif what == "low":
                    household.low_cupboard(writer, self._chance.uniform(1, 6))
                else:
                    household.stretch(writer)
                writer.hold(self._chance.uniform(1, 6), Label.STANDING)
            self._add(writer, to)

    def _sofa_rest(self) -> None:
        writer = self._writer()
        self._walk(writer, bedside(SOFA))
        go_to_bed(writer, SOFA, self._about(35 * MINUTE_S))
        get_out_of_bed(writer, SOFA)
        writer.hold(1.0, Label.STANDING)
        self._add(writer, bedside(SOFA))

    def _exercises(self) -> None:
        """The therapist's list: squats, jumping jacks, push-ups, with a rest after each."""
        sets: list[tuple[str, Callable[[ScriptWriter, int], None]]] = [
            ("squat", motions.squats),
            ("jumping_jack", motions.jumping_jacks),
            ("pushup", _push_ups),
        ]
        self._chance.shuffle(sets)
        for exercise, motion in sets:
            count = self._chance.randint(5, 12)
            writer = self._writer()
            to, heading = self._room_to_lie("forward")
            self._walk(writer, to).turn(heading).hold(3.0, Label.STANDING)
            start_s = self._t_s + writer.t_s
            motion(writer, count)
            end_s = self._t_s + writer.t_s
            writer.hold(self._chance.uniform(20, 40), Label.STANDING)
            self._add(writer, to)
            self._day.sets.append((start_s, end_s + 5.0))
            self._expect(f"{count} × {exercise}", "rep", start_s, end_s - start_s + 5.0, exercise=exercise, count=count)

    def _visit(self) -> None:
        """Somebody comes, both sit or stand for a while, the visitor leaves."""
        came_s = self._t_s + 20.0
        visitor = ScriptWriter(x=RIGHT_DOOR[0], y=RIGHT_DOOR[1], heading=-90).appear(*RIGHT_DOOR)
        self._walk(visitor, (1.1, 3.0)).turn(-40).hold(self._chance.uniform(3, 8) * MINUTE_S, Label.STANDING)
        household.reach_up(visitor)
        motions.pick_up(visitor)
        visitor.hold(30.0, Label.STANDING)
        self._walk(visitor, RIGHT_DOOR)
        self._day.guests.append(Episode(came_s, visitor.script()))
        self._seated(self._about(12))

    def _bed_made(self) -> None:
        """A carer makes the bed, or bends over whoever lies in it, while the resident is in bed."""
        writer = self._writer()
        self._walk(writer, bedside(BED))
        go_to_bed(writer, BED, 4 * MINUTE_S)
        get_out_of_bed(writer, BED)
        carer = self._carer((BED.x - 0.4, BED.y - 0.95), heading=180.0, seconds=70.0)
        self._day.guests.append(Episode(self._t_s + 80.0, carer))
        self._add(writer, bedside(BED))

    def _carer(self, at: tuple[float, float], *, heading: float, seconds: float) -> Script:
        writer = ScriptWriter(x=RIGHT_DOOR[0], y=RIGHT_DOOR[1], heading=-90).appear(*RIGHT_DOOR)
        writer.walk(*at).turn(heading)
        household.lean_over(writer, seconds / 2)
        writer.hold(2.0, Label.STANDING)
        household.lean_over(writer, seconds / 2)
        return writer.walk(*RIGHT_DOOR).script()

    def _cat(self) -> None:
        """A cat wanders about while the resident sits."""
        self._day.guests.append(Episode(self._t_s + 60.0, self._cat_walk(), size=0.3, find=0.5))
        self._seated(self._about(8))

    def _cat_alone(self) -> None:
        self._out(60.0)
        self._day.guests.append(Episode(self._t_s, self._cat_walk(), size=0.3, find=0.5))
        self._t_s += 4 * MINUTE_S

    def _cat_walk(self) -> Script:
        """On all fours: the torso level, as the model has it; sits and lies for a while in between."""
        x, y = RIGHT_DOOR
        writer = ScriptWriter(x=x, y=y, heading=-90).appear(*RIGHT_DOOR)
        for _ in range(self._chance.randint(4, 8)):
            motions.plank(writer)
            to = self._spot()
            heading = math.degrees(math.atan2(to[0] - x, y - to[1]))
            writer.move(0.5, Label.WALKING, heading=heading)
            distance = math.hypot(to[0] - x, to[1] - y)
            writer.move(max(0.5, distance / self._chance.uniform(0.4, 1.0)), Label.WALKING, {"x": to[0], "y": to[1]})
            writer.hold(self._chance.uniform(2, 25), Label.STANDING)
            x, y = to
        return writer.move(3.0, Label.WALKING, {"x": RIGHT_DOOR[0], "y": RIGHT_DOOR[1]}).script()

    # What is to be found -----------------------------------------------------------------------------------------

    def _fall(self, name: str, *, lying_s: float, helped: bool, unseen: bool = False) -> None:
        """Fall on the free floor, lie and stir, get up; a carer comes before if `helped`."""
        writer = self._writer()
        direction, motion = self._chance.choice(
            (
                ("forward", motions.fall_forward),
                ("sideways", motions.fall_sideways),
                ("backward", motions.fall_backward),
            )
        )
        to, heading = self._room_to_lie(direction)
        self._walk(writer, to).turn(heading).hold(self._chance.uniform(1, 5), Label.STANDING)
        motion(writer, 6.0)
        until_s = writer.t_s + lying_s - 6.0
        while writer.t_s < until_s:
            if direction == "backward":
                household.stir(writer)
            else:
                writer.move(0.9, Label.LYING, {"neck_turn": 25.0, "right_elbow": 75.0})
                writer.move(0.9, Label.LYING, {"neck_turn": 0.0, "right_elbow": 45.0})
            writer.hold(self._chance.uniform(3, 20), Label.LYING)
        motions.get_up(writer)
        writer.hold(4.0, Label.STANDING)
        start_s = self._t_s
        script = self._add(writer, to)
        fell_s, landed_s = self._when(script, "fall", start_s)[0], self._when(script, "landed", start_s)[0]
        up_s = self._when(script, "got_up", start_s)[0]
        self._day.down.append((fell_s - _SLACK_S, up_s + 5.0))
        from_s = fell_s
        if unseen:
            from_s = landed_s + self._chance.uniform(4, 12)
            self._day.dark.append((fell_s - 2.0, from_s))
        within_s = self._found_s + 20.0 if unseen else landed_s - fell_s + 8.0
        self._expect(f"{name} {direction}", "fall_detected", from_s, within_s)
        self._expect(f"{name} {direction}: up again", "fall_cleared", up_s - 3.0, 20.0)
        if not unseen and lying_s > self._long_lie_s + 30.0:
            self._expect(f"{name} {direction}: long lie", "long_lie", from_s + self._long_lie_s - 5.0, 40.0)
        if helped:
            beside = (to[0] + 0.9, to[1] - 0.2)
            self._day.guests.append(Episode(up_s - 40.0, self._carer(beside, heading=90.0, seconds=20.0)))

    def _short_fall(self) -> None:
        self._fall("fall", lying_s=self._chance.uniform(15, 45), helped=False)

    def _long_fall(self) -> None:
        self._fall("fall with long lie", lying_s=self._long_lie_s + self._chance.uniform(60, 120), helped=True)

    def _fall_in_the_dark(self) -> None:
        self._fall("fall in the dark", lying_s=self._found_s + self._chance.uniform(60, 100), helped=True, unseen=True)

    def _call_for_help(self) -> None:
        writer = self._writer()
        to = self._spot()
        self._walk(writer, to).turn(self._chance.uniform(-40, 40)).hold(1.0, Label.STANDING)
        household.hands_over_head(writer, self._chance.uniform(5, 8))
        writer.hold(2.0, Label.STANDING)
        start_s = self._t_s
        script = self._add(writer, to)
        self._expect("call for help", "help_gesture", self._when(script, "help", start_s)[0] - 1.0, 9.0)

    def _stillness(self) -> None:
        """Sits on the chair without a movement, for longer than is good."""
        writer = self._writer()
        self._walk(writer, CHAIR[:2]).turn(CHAIR[2])
        motions.sit_down(writer)
        still_s = self._t_s + writer.t_s
        writer.hold(self._inactivity_s + 6 * MINUTE_S, Label.SITTING)
        motions.stand_up(writer)
        self._add(writer, CHAIR[:2])
        self._expect("long stillness", "inactivity", still_s + self._inactivity_s - 60.0, 5 * MINUTE_S)


def _push_ups(writer: ScriptWriter, count: int) -> None:
    motions.get_down_to_plank(writer)
    writer.hold(1.0, Label.PLANK)
    motions.push_ups(writer, count)
    writer.hold(0.8, Label.PLANK)
    motions.get_up_from_plank(writer)
