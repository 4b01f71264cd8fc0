"""A scene: who does what in which room, and the truth about it at any time."""

from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np

from edge.capture.studio.backdrop import Backdrop
from edge.capture.studio.furniture import Furniture
from edge.capture.studio.lamp import Lamp
from edge.capture.studio.look import NOMINAL_LOOKS, Look, random_look
from edge.capture.studio.script import Label, Script
from edge.capture.studio.skeleton import Bones, place
from edge.capture.studio.writer import ScriptWriter

REP: Final = "rep"
"""Name of the mark at the end of each repetition of an exercise."""


class SceneEvent(NamedTuple):
    """Something that happens in a scene.

    Attributes:
        t_s: Seconds from the scene's start.
        name: `entered left sat_down stood_up picked_up hand_up fall landed got_up lay_down rep`.
        actor: Number of the actor, from 1.
    """

    t_s: float
    name: str
    actor: int


@dataclass(frozen=True, slots=True, eq=False)
class Actor:
    """A figure with its script.

    Attributes:
        id: From 1, in the order of the scene.
        script: What it does; it is in the room while its label is not `absent`.
        look: Colours and build.
    """

    id: int
    script: Script
    look: Look


@dataclass(frozen=True, slots=True, eq=False)
class ActorState:
    """An actor at one time.

    Attributes:
        actor: Who.
        label: What it does.
        bones: Where its bones are, None while it is not in the room.
        surface_z: Height in metres of what its shadow falls on.
        reps: Repetitions finished so far.
        events: Names of everything it did so far, in order.
    """

    actor: Actor
    label: Label
    bones: Bones | None
    surface_z: float
    reps: int
    events: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """A room, actors and their scripts. Made by `build_scene`.

    Attributes:
        name: As given to `build_scene`.
        seed: 0 is the nominal scene; others vary looks, headings, places and tempo.
        duration_s: Length in seconds.
        actors: Everyone who appears.
        furniture: What stands in the room.
        backdrop: What moves by itself, behind everyone.
        lamp: The light, if it is switched during the scene.
    """

    name: str
    seed: int
    duration_s: float
    actors: tuple[Actor, ...]
    furniture: tuple[Furniture, ...]
    backdrop: tuple[Backdrop, ...] = ()
    lamp: Lamp | None = None

    def at(self, t_s: float) -> tuple[ActorState, ...]:
        """Every actor at `t_s` seconds, in the order of their numbers."""
        return tuple(_state(actor, t_s) for actor in self.actors)

    @property
    def events(self) -> tuple[SceneEvent, ...]:
        """Everything that happens, in the order of time."""
        return tuple(
            sorted(SceneEvent(mark.t_s, mark.name, actor.id) for actor in self.actors for mark in actor.script.marks)
        )

    @property
    def reps(self) -> int:
        """Repetitions in the whole scene, all actors together."""
        return sum(event.name == REP for event in self.events)


class Variation:
    """How a seed varies a scene. Seed 0 varies nothing.

    A scene draws what it needs in a fixed order, so that the same seed gives the same scene.
    """

    def __init__(self, seed: int) -> None:
        self._random = np.random.default_rng(seed) if seed else None

    def within(self, spread: float) -> float:
        """A number in `-spread..spread`: degrees of heading, metres of place."""
        return float(self._random.uniform(-spread, spread)) if self._random else 0.0

    def writer(self, x: float, y: float, heading: float, *, turn: float = 15.0, shift: float = 0.12) -> ScriptWriter:
        """A script's beginning near (x, y): tempo ±7 %, heading within `turn` degrees, place within `shift` metres."""
        return ScriptWriter(
            x=x + self.within(shift),
            y=y + self.within(shift),
            heading=heading + self.within(turn),
            tempo=1 + self.within(0.07),
        )

    def look(self, number: int) -> Look:
        """The look of the actor with this number (from 1)."""
        return random_look(self._random) if self._random else NOMINAL_LOOKS[number - 1]


def _state(actor: Actor, t_s: float) -> ActorState:
    pose = actor.script.at(t_s)
    events = tuple(mark.name for mark in actor.script.marks_until(t_s))
    return ActorState(
        actor=actor,
        label=actor.script.label_at(t_s),
        bones=place(*pose) if pose else None,
        surface_z=pose[0].surface_z if pose else 0.0,
        reps=events.count(REP),
        events=events,
    )
