"""Writes scripts: one movement after another."""

import math
from typing import Final, Self

from edge.capture.studio.rotation import facing
from edge.capture.studio.script import (
    STRIDE_M,
    Ease,
    Gait,
    Keyframe,
    Label,
    Mark,
    Script,
    Span,
    smooth,
    stroll,
)
from edge.capture.studio.stance import STANDING, Changes, Stance

WALKING_SPEED: Final = 1.0
"""Metres a second: an unhurried indoor walk (adults 1.2, care-home residents 0.5-0.9)."""

_TURN_DEG_PER_S: Final = 130.0
_SHORTEST_TURN_S: Final = 0.3
_SAME_WAY_DEG: Final = 4.0
_TURN_STEPS_HZ: Final = 1.2
_TURN_STEP_STRENGTH: Final = 0.3
"""Turning on the spot: small steps, a quarter turn in 0.7 s."""


class ScriptWriter:
    """Builds a `Script`. Methods return the writer, so that movements chain.

    Args:
        x: Where the figure begins, room metres.
        y: Where the figure begins, room metres.
        heading: Degrees; 0 faces the camera, 90 the room's x.
        tempo: Every duration is multiplied by this.
        idle: See `Script.idle`.
    """

    def __init__(self, *, x: float, y: float, heading: float, tempo: float = 1.0, idle: float = 1.0) -> None:
        self._stance = Stance(x=x, y=y)
        self._heading, self._pitch, self._roll = heading, 0.0, 0.0
        self._tempo, self._idle = tempo, idle
        self._t_s = 0.0
        self._gaits: list[Gait] = []
        self._labels: list[Span] = []
        self._marks: list[Mark] = []
        self._keyframes = [self._keyframe(smooth)]

    @property
    def t_s(self) -> float:
        """Seconds written so far."""
        return self._t_s

    @property
    def heading(self) -> float:
        """Degrees, as of now."""
        return self._heading

    def absent_until(self, t_s: float) -> Self:
        """Be out of the room until `t_s` seconds from the script's start, whatever the tempo."""
        return self.absent((t_s - self._t_s) / self._tempo)

    def move(
        self,
        seconds: float,
        label: Label,
        *changes: Changes,
        ease: Ease = smooth,
        heading: float | None = None,
        pitch: float | None = None,
        roll: float | None = None,
    ) -> Self:
        """Change the stance and turn of the body over `seconds`; what is not named stays as it is."""
        for change in changes:
            self._stance = self._stance.changed(change)
        self._heading = self._heading if heading is None else heading
        self._pitch = self._pitch if pitch is None else pitch
        self._roll = self._roll if roll is None else roll
        start = self._t_s
        self._t_s += seconds * self._tempo
        if seconds > 0:
            self._labels.append(Span(start, self._t_s, label))
        self._keyframes.append(self._keyframe(ease))
        return self

    def set(self, changes: Changes) -> Self:
        """Change the stance at once."""
        return self.move(0.0, Label.MOVING, changes)

    def hold(self, seconds: float, label: Label) -> Self:
        """Stay as it is."""
        return self.move(seconds, label)

    def turn(self, heading: float) -> Self:
        """Turn on the spot, standing, the shorter way, with small steps."""
        amount = abs(_shorter_way(self._heading, heading))
        if amount < _SAME_WAY_DEG:
            return self
        seconds = max(_SHORTEST_TURN_S, amount / _TURN_DEG_PER_S)
        start = self._t_s
        self.move(seconds, Label.STANDING, STANDING, heading=heading)
        self._gaits.append(Gait(start, self._t_s, _TURN_STEPS_HZ / self._tempo, _TURN_STEP_STRENGTH))
        return self

    def walk(self, x: float, y: float, speed: float = WALKING_SPEED, *, arms: Changes | None = None) -> Self:
        """Turn toward (x, y) and walk there in a straight line; `speed` in metres a second, `arms` as they end."""
        across, away = x - self._stance.x, y - self._stance.y
        self.turn(math.degrees(math.atan2(across, -away)))
        seconds = math.hypot(across, away) / speed
        start = self._t_s
        # Walking feet move: hang the figure by its pelvis, and stand it on its feet again at the end.
        self.set({"feet_anchor": 0.0})
        self.move(seconds, Label.WALKING, STANDING, arms or {}, {"x": x, "y": y}, ease=stroll)
        self._gaits.append(Gait(start, self._t_s, speed / (STRIDE_M * self._tempo), 1.0))
        return self.set({"feet_anchor": 1.0})

    def absent(self, seconds: float) -> Self:
        """Be out of the room."""
        return self.hold(seconds, Label.ABSENT)

    def appear(self, x: float, y: float) -> Self:
        """Enter the room at (x, y), out of the picture if that is where the door is."""
        return self.set({**STANDING, "x": x, "y": y}).mark("entered")

    def leave(self, x: float, y: float, away_s: float) -> Self:
        """Walk out to (x, y) and be absent for `away_s`."""
        return self.walk(x, y).mark("left").absent(away_s)

    def mark(self, name: str) -> Self:
        """Note that something happens now."""
        self._marks.append(Mark(self._t_s, name))
        return self

    def script(self) -> Script:
        """What was written."""
        return Script(
            keyframes=tuple(self._keyframes),
            gaits=tuple(self._gaits),
            labels=tuple(self._labels),
            marks=tuple(self._marks),
            idle=self._idle,
        )

    def _keyframe(self, ease: Ease) -> Keyframe:
        return Keyframe(self._t_s, self._stance, facing(self._heading, self._pitch, self._roll), ease)


def _shorter_way(start: float, end: float) -> float:
    """Degrees from `start` to `end`, in -180..180."""
    return (end - start + 180) % 360 - 180
