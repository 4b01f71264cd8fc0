"""Scenes of rooms that are not at rest: what a box must not take for people, and people who come meanwhile."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from edge.capture.studio.backdrop import Backdrop, Curtain, SunPatch, Television
from edge.capture.studio.furniture import Furniture
from edge.capture.studio.lamp import Lamp
from edge.capture.studio.scene import Variation
from edge.capture.studio.script import Label
from edge.capture.studio.writer import ScriptWriter

RIGHT_DOOR: Final = (3.3, 3.0)
"""Just through the door on the right; out of the picture, as all of x > 2.9 at this distance."""

LEFT_DOOR: Final = (-3.3, 3.0)

_MINUTE_S: Final = 60.0
_SUN_S: Final = 180.0
_ENTRY_S: Final = 25.0
"""When somebody comes into an unquiet room: late enough for a box to have learned what moves there."""

_ENTRANCES: Final = 10
_CREEP_M_PER_S: Final = 0.03
"""From the door into the middle of the picture in a minute."""


@dataclass(frozen=True, slots=True, eq=False)
class Cast:
    """What a scene is made of.

    Attributes:
        writers: What each actor does.
        furniture: What stands in the room.
        backdrop: What moves by itself.
        lamp: The light, if it is switched.
        duration_s: How long the scene is if that is longer than what the actors do.
    """

    writers: Sequence[ScriptWriter] = ()
    furniture: Sequence[Furniture] = ()
    backdrop: Sequence[Backdrop] = ()
    lamp: Lamp | None = None
    duration_s: float = 0.0


def _television(vary: Variation) -> Television:
    return Television(seed=round(1e6 * (1 + vary.within(1.0))), duration_s=_MINUTE_S)


def _tv(vary: Variation) -> Cast:
    return Cast(backdrop=[_television(vary)], duration_s=_MINUTE_S)


def _tv_entry(vary: Variation) -> Cast:
    return Cast([_guest(vary)], backdrop=[_television(vary)], duration_s=_MINUTE_S)


def _lamp(vary: Variation) -> Lamp:
    return Lamp(tuple(at + vary.within(4.0) for at in (8.0, 22.0, 36.0, 50.0)))


def _light_switch(vary: Variation) -> Cast:
    return Cast(lamp=_lamp(vary), duration_s=_MINUTE_S)


def _light_switch_entry(vary: Variation) -> Cast:
    """Somebody comes in and the light goes on: most often one does it for the other."""
    lamp = _lamp(vary)
    return Cast([_guest(vary, at_s=lamp.switched_s[1] - 0.8)], lamp=lamp, duration_s=_MINUTE_S)


def _patch(vary: Variation) -> SunPatch:
    # Twenty times as fast as the real sun: three minutes are an hour.
    start = (-1.0 + vary.within(0.3), 2.6 + vary.within(0.2))
    return SunPatch(
        start=start,
        drift=(0.004, 0.002 * (1 + vary.within(0.5))),
        clouds_s=tuple(at + vary.within(8.0) for at in (35.0, 60.0, 100.0, 118.0)),
    )


def _sun(vary: Variation) -> Cast:
    return Cast(backdrop=[_patch(vary)], duration_s=_SUN_S)


def _sun_entry(vary: Variation) -> Cast:
    return Cast([_guest(vary)], backdrop=[_patch(vary)], duration_s=_MINUTE_S)


def _curtain(vary: Variation) -> Cast:
    return Cast(backdrop=[Curtain(phase=vary.within(3.0))], duration_s=_MINUTE_S)


def _curtain_entry(vary: Variation) -> Cast:
    """Somebody comes in from the curtain's side."""
    return Cast([_guest(vary, side=-1)], backdrop=[Curtain(phase=vary.within(3.0))], duration_s=_MINUTE_S)


def _slow_entry(vary: Variation) -> Cast:
    """Somebody creeps in: from the door on, a few centimetres a second."""
    writer = ScriptWriter(x=2.9, y=3.0 + vary.within(0.2), heading=-90, idle=0.0).mark("entered")
    return Cast([writer.walk(1.1, 3.0, _CREEP_M_PER_S).hold(5.0, Label.STANDING)])


def _entrances(vary: Variation) -> Cast:
    """Comes in from either side again and again, stays a little, leaves."""
    writer = vary.writer(*RIGHT_DOOR, -90, turn=0, shift=0)
    side = 1
    for entrance in range(_ENTRANCES):
        chance = vary.within(1.0)
        side = -side if entrance % 2 or chance > 0 else side
        door = RIGHT_DOOR if side > 0 else LEFT_DOOR
        writer.absent(6.0 + 1.5 * chance).appear(*door)
        writer.walk(side * (1.2 + vary.within(0.4)), 3.0 + vary.within(0.5)).hold(0.5, Label.STANDING)
        writer.leave(*door, away_s=0.5)
    return Cast([writer.absent(4.0)])


def _guest(vary: Variation, *, at_s: float = _ENTRY_S, side: int = 1) -> ScriptWriter:
    """Comes through a door at `at_s` seconds, stays for a while, leaves."""
    door = RIGHT_DOOR if side > 0 else LEFT_DOOR
    writer = vary.writer(*door, 0, turn=0, shift=0).absent_until(at_s).appear(*door)
    return writer.walk(side * 0.9, 3.0).turn(side * -15).hold(6.0, Label.STANDING).leave(*door, away_s=3.0)


UNREST: Final[Mapping[str, Callable[[Variation], Cast]]] = MappingProxyType(
    {
        "tv": _tv,
        "tv_entry": _tv_entry,
        "light_switch": _light_switch,
        "light_switch_entry": _light_switch_entry,
        "sun": _sun,
        "sun_entry": _sun_entry,
        "curtain": _curtain,
        "curtain_entry": _curtain_entry,
        "slow_entry": _slow_entry,
        "entrances": _entrances,
    }
)
"""The plays by the names of their scenes."""
