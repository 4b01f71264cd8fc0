"""The grid of studio scenes: what somebody does, toward which heading, how far from the camera."""

import itertools
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, NamedTuple

import numpy as np

from edge.capture.studio import Actor, Label, Scene, motions
from edge.capture.studio.bedtime import bedside, get_out_of_bed, go_to_bed
from edge.capture.studio.camera import Camera
from edge.capture.studio.furniture import Bed, Chair, Furniture, Parcel
from edge.capture.studio.look import random_look
from edge.capture.studio.placing import Placing
from edge.capture.studio.room import DEPTH_M, HALF_WIDTH_M
from edge.capture.studio.rotation import Array, about_vertical
from edge.capture.studio.script import Script
from edge.capture.studio.skeleton import landmarks, place
from edge.capture.studio.writer import ScriptWriter

from .seeing import HEIGHT_PX, WIDTH_PX

HEADINGS_DEG: Final = tuple(range(0, 360, 45))
DISTANCES: Final = MappingProxyType({"near": 0.0, "middle": 0.5, "far": 1.0})
"""From as near as the picture holds the whole person all the time, to as far as the room's wall allows: 2 to 5 m from
the camera."""

_NEAREST_M: Final = 2.0
_STEP_M: Final = 0.05
_SAMPLES_HZ: Final = 5.0
_MARGIN: Final = 0.02
"""Share of the picture that stays free at each side: what the camera cuts off is another question."""

_WALL_MARGIN_M: Final = 0.1
_LYING_S: Final = 8.0
_SETTLE_S: Final = 1.0
_ASIDE_M: Final = 0.8
"""Everybody walks a step or two first, as people have who stand in a room; the tracker takes nobody for real before."""


class _Play(NamedTuple):
    """What is done, written at the origin for somebody who faces the camera."""

    writer: ScriptWriter
    furniture: Sequence[Furniture] = ()


@dataclass(frozen=True, slots=True)
class Cell:
    """One scene of the grid.

    Attributes:
        what: `fall_forward`, …, `squats`; see `FALLS` and `QUIET`.
        heading: Degrees; 0 faces the camera while doing it, 90 the room's x.
        distance: One of `DISTANCES`.
    """

    what: str
    heading: int
    distance: str

    @property
    def name(self) -> str:
        """As it is reported and cached."""
        return f"{self.what}_{self.heading:03d}_{self.distance}"

    @property
    def falls(self) -> bool:
        """Whether somebody falls."""
        return self.what in FALLS

    @property
    def counted(self) -> str | None:
        """The exercise that is to be counted, by its name in events."""
        return EXERCISES.get(self.what)


def cells(what: Sequence[str] = ()) -> Iterator[Cell]:
    """The grid, or what it holds of some kinds."""
    for kind, heading, distance in itertools.product(what or (*FALLS, *QUIET), HEADINGS_DEG, DISTANCES):
        yield Cell(kind, heading, distance)


def scene_of(cell: Cell) -> Scene:
    """The scene of a cell, with a person of its own."""
    play = {**FALLS, **QUIET}[cell.what]()
    script = play.writer.script()
    placing = _placing(script, cell)
    seed = zlib.crc32(cell.name.encode())
    placed = placing.script(script)
    return Scene(
        name=cell.name,
        seed=seed,
        duration_s=script.duration_s,
        actors=(Actor(id=1, script=placed, look=random_look(np.random.default_rng(seed))),),
        furniture=tuple(placing.furniture(piece) for piece in play.furniture),
    )


def _placing(script: Script, cell: Cell) -> Placing:
    """Turned by the heading about the middle of where it takes place, and moved away from the camera."""
    camera = Camera(width=WIDTH_PX, height=HEIGHT_PX)
    places = _places(script)
    low, high = places[:, :2].min(axis=0), places[:, :2].max(axis=0)
    about = (float(low[0] + high[0]) / 2, float(low[1] + high[1]) / 2)
    turn = about_vertical(cell.heading)[:2, :2]
    places[:, :2] = (places[:, :2] - about) @ turn.T
    distances = np.arange(_NEAREST_M, DEPTH_M, _STEP_M)
    fitting = [float(y) for y in distances if _fits(places + np.array([0.0, y, 0.0]), camera)]
    share = DISTANCES[cell.distance]
    return Placing(cell.heading, about, (0.0, fitting[0] + share * (fitting[-1] - fitting[0])))


def _places(script: Script) -> Array:
    """All landmarks over the whole script, `(n, 3)` metres."""
    times = np.arange(0.0, script.duration_s, 1 / _SAMPLES_HZ)
    stances = [stance for t_s in times if (stance := script.at(float(t_s))) is not None]
    return np.concatenate([landmarks(place(*stance)) for stance in stances])


def _fits(places: Array, camera: Camera) -> bool:
    pixels, _ = camera.project(places)
    share = pixels / (camera.width, camera.height)
    in_room = places[:, 1].max() <= DEPTH_M - _WALL_MARGIN_M and abs(places[:, 0]).max() <= HALF_WIDTH_M
    return bool(in_room and share.min() >= _MARGIN and share.max() <= 1 - _MARGIN)


def _walked_in() -> ScriptWriter:
    writer = ScriptWriter(x=_ASIDE_M, y=0.0, heading=-90.0).hold(0.4, Label.STANDING)
    return writer.walk(0.0, 0.0).turn(0.0).hold(_SETTLE_S, Label.STANDING)


def _fall(motion: Callable[[ScriptWriter, float], None]) -> _Play:
    writer = _walked_in()
    motion(writer, _LYING_S)
    return _Play(writer)


def _sit() -> _Play:
    writer = _walked_in()
    motions.sit_down(writer)
    writer.hold(4.0, Label.SITTING)
    motions.stand_up(writer)
    return _Play(writer.hold(_SETTLE_S, Label.STANDING), (Chair.under(0.0, 0.0, 0.0),))


def _pick_up() -> _Play:
    writer = _walked_in()
    for _ in range(2):
        motions.pick_up(writer)
        writer.hold(_SETTLE_S, Label.STANDING)
    return _Play(writer, (Parcel(-0.05, -0.45),))


def _bed() -> _Play:
    bed = Bed(0.0, 0.0)
    x, y = bedside(bed)
    writer = ScriptWriter(x=x - _ASIDE_M, y=y, heading=90.0).hold(0.4, Label.STANDING)
    writer.walk(x, y).turn(5.0).hold(_SETTLE_S, Label.STANDING)
    go_to_bed(writer, bed, lying_s=_LYING_S)
    get_out_of_bed(writer, bed)
    return _Play(writer.hold(_SETTLE_S, Label.STANDING), (bed,))


def _squats() -> _Play:
    writer = _walked_in()
    motions.squats(writer, 5)
    return _Play(writer.hold(_SETTLE_S, Label.STANDING))


def _push_ups() -> _Play:
    writer = _walked_in()
    motions.get_down_to_plank(writer)
    writer.hold(_SETTLE_S, Label.PLANK)
    motions.push_ups(writer, 5)
    writer.hold(_SETTLE_S, Label.PLANK)
    motions.get_up_from_plank(writer)
    return _Play(writer.hold(_SETTLE_S, Label.STANDING))


def _jacks() -> _Play:
    writer = _walked_in()
    motions.jumping_jacks(writer, 6)
    return _Play(writer.hold(_SETTLE_S, Label.STANDING))


FALLS: Final[Mapping[str, Callable[[], _Play]]] = MappingProxyType(
    {
        "fall_forward": lambda: _fall(motions.fall_forward),
        "fall_sideways": lambda: _fall(motions.fall_sideways),
        "fall_backward": lambda: _fall(motions.fall_backward),
    }
)
QUIET: Final[Mapping[str, Callable[[], _Play]]] = MappingProxyType(
    {"sit": _sit, "pick_up": _pick_up, "bed": _bed, "squats": _squats, "push_ups": _push_ups, "jacks": _jacks}
)
EXERCISES: Final = MappingProxyType({"squats": "squat", "push_ups": "pushup", "jacks": "jumping_jack"})
"""Names of the exercises in events."""
