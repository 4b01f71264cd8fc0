"""What somebody sat on before they lay down: a bed stays a bed, wherever in the picture it stands."""

from math import hypot
from typing import Final, TypeAlias

from edge.posture.body import NS_PER_S, Body
from edge.posture.floor import Floor
from edge.posture.stance import Posture
from edge.posture.stance_height import Drop
from edge.track.geometry import ANKLES, HIPS

Place: TypeAlias = tuple[float, float]
"""Of the hips' middle, in frame heights."""

_CARRIED_TORSOS: Final = 1.1
"""Hips that have sunk by less since standing are carried by something: on the edge of a bed half a metre high they have
sunk by 0.0 to 1.0 in the picture, as it stands farther from the camera than they stood, or nearer. On the floor 1.6."""

_SEAT_M: Final = 0.15
"""And are so high above the ankles, in the model's metres along the learned vertical: 0.18 to 0.6 on the edge of a bed
at eight headings, 0.0 to 0.05 seated on the floor."""

_SAT_NS: Final = NS_PER_S
_STILL_TORSOS: Final = 0.25
"""Who has kept the hips in place for so long sits; who sinks slowly passes through it."""

_LOWER_TORSOS: Final = 0.45
_BESIDE_TORSOS: Final = 0.8
"""Whoever lies down where they sit keeps the hips about there: 0.4 higher to 0.3 lower in 24 scenes at eight headings,
to the side by 0.6 at most in those that are taken for the floor otherwise. A slide from a chair takes them 0.8 down."""

_STAYS_TORSOS: Final = 0.9
"""So far the hips may be from there of somebody who turns over; falling out of bed, they sink by more."""

_FOLLOWS_S: Final = 20.0
"""Time constant with which the place follows whoever shifts in bed, slower than anybody falls out of it."""

_AWAY_NS: Final = 3 * NS_PER_S
"""Who is seen elsewhere, or neither sits nor lies, for so long has left the place. From sitting to lying it takes 0.1
to 1.4 s; a bad pose lasts some frames."""

_MOST_STEP_NS: Final = round(0.4 * NS_PER_S)
"""A time between two sightings counts up to this."""


class Seat:
    """Follows one person: sitting on something, and lying on it.

    Args:
        floor: Of the room: knows the vertical, once somebody has stood there.
    """

    def __init__(self, floor: Floor) -> None:
        self._floor = floor
        self._sat: Place | None = None
        self._sat_ns = 0
        self._seat: Place | None = None
        self._scale = 0.0
        self._away_ns = 0
        self._seen_ns: int | None = None
        self._lies = False

    def carries(self, body: Body, posture: Posture, drop: Drop | None) -> bool:
        """Take in one instant; returns whether the person lies on what they sat on.

        Args:
            body: `t_ns` rises from call to call.
            posture: At this instant.
            drop: How much lower the person is than when standing; None where that cannot be said.
        """
        if not body.seen:
            return self._lies
        step_ns = 0 if self._seen_ns is None else min(body.t_ns - self._seen_ns, _MOST_STEP_NS)
        self._seen_ns = body.t_ns
        hips = _hips(body)
        if posture is Posture.SITTING and drop is not None and self._sits_high(body, drop):
            self._sit(hips, body.scale, step_ns)
        else:
            self._sat = None
        there = posture in (Posture.SITTING, Posture.LYING) and self._is_there(hips)
        self._lies = there and posture is Posture.LYING
        if there:
            self._away_ns = 0
            self._follow(hips, step_ns)
        else:
            self._away_ns += step_ns
            if self._away_ns > _AWAY_NS:
                self._seat = None
        return self._lies

    def _sits_high(self, body: Body, drop: Drop) -> bool:
        up = self._floor.up
        if up is None or drop.hips_sunk >= _CARRIED_TORSOS:
            return False
        x, y, z = (body.world[list(HIPS)] - body.world[list(ANKLES)]).mean(axis=0).tolist()
        return bool(x * up[0] + y * up[1] + z * up[2] >= _SEAT_M)

    def _sit(self, hips: Place, scale: float, step_ns: int) -> None:
        if self._sat is None or _apart(hips, self._sat) > _STILL_TORSOS * scale:
            self._sat, self._sat_ns = hips, 0
        else:
            self._sat_ns += step_ns
        if self._sat_ns >= _SAT_NS:
            self._seat, self._scale = self._sat, scale

    def _is_there(self, hips: Place) -> bool:
        if self._seat is None:
            return False
        if self._lies:
            return _apart(hips, self._seat) <= _STAYS_TORSOS * self._scale
        beside, lower = abs(hips[0] - self._seat[0]), hips[1] - self._seat[1]
        return beside <= _BESIDE_TORSOS * self._scale and abs(lower) <= _LOWER_TORSOS * self._scale

    def _follow(self, hips: Place, step_ns: int) -> None:
        if self._seat is not None:
            share = step_ns / NS_PER_S / _FOLLOWS_S
            self._seat = (
                self._seat[0] + share * (hips[0] - self._seat[0]),
                self._seat[1] + share * (hips[1] - self._seat[1]),
            )


def _apart(one: Place, other: Place) -> float:
    return hypot(one[0] - other[0], one[1] - other[1])


def _hips(body: Body) -> Place:
    one, other = body.xy[list(HIPS)].tolist()
    return (one[0] + other[0]) / 2, (one[1] + other[1]) / 2
