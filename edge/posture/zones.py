"""Named parts of the room: who is in which, and what that changes about what they do."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import time
from enum import StrEnum
from itertools import pairwise
from types import MappingProxyType
from typing import Final, TypeAlias

import numpy as np

from edge.flow import Event
from edge.posture.body import NS_PER_S, Body
from edge.posture.stance import Posture, Stance
from edge.track.geometry import BODY

XY: TypeAlias = tuple[float, float]

_ENTER_NS: Final = round(0.5 * NS_PER_S)
"""How long somebody must be inside to have entered: a walk through a corner of a zone is no stay."""

_LEAVE_NS: Final = NS_PER_S
"""How long outside to have left: a step off the mat and back, or a reading of the model that jumps, is none."""

_OUT_NS: Final = round(0.3 * NS_PER_S)
"""How long somebody must be seen outside to have left the zone when they are seen no more: longer than a bad pose, with
which many a loss begins; shorter than the way to a door beside the bed."""

_OUTSIDE_TORSOS: Final = 0.25
"""How far outside to have left. The feet of still people wander by 0.01, hidden ones by 0.35 for a moment (which
`_LEAVE_NS` covers), and an installer draws a bed no more exactly than by a hand's breadth."""

_FLAT: Final = 0.6
"""Hips above the ankles, in torso lengths, below which somebody whose trunk is level lies or holds a plank. Standing
it is 1.5, bending far forward still 1.2."""

_MOSTLY: Final = 0.8
"""Share of the body in a zone to ignore from which it is somebody in a mirror or on a screen. Who stands in front of a
mirror has the feet, a quarter of the landmarks, outside of it."""

_HARDLY: Final = 0.5
"""Share of the body below which somebody taken for a reflection is real after all."""

_REAL_FOR_NS: Final = 10 * NS_PER_S
"""Who was outside before is real: only after so long in a zone to ignore has the track gone over to the reflection."""

_REFLECTION_FOR_NS: Final = NS_PER_S
"""How long a reflection must be outside to be somebody."""


class ZoneKind(StrEnum):
    """What a zone is."""

    BED = "bed"
    SOFA = "sofa"
    CHAIR = "chair"
    FLOOR = "floor"
    MAT = "mat"
    STATION = "station"
    DOOR = "door"
    IGNORE = "ignore"


SEATS: Final = frozenset({ZoneKind.BED, ZoneKind.SOFA, ZoneKind.CHAIR})
"""Furniture: in it is who sits or lies there, not who stands in front of it."""

RESTING: Final = frozenset({ZoneKind.BED, ZoneKind.SOFA})
"""Where lying is rest."""


@dataclass(frozen=True, slots=True)
class Hours:
    """A part of every day, from `start` until before `end`; over midnight where `end` is not later than `start`."""

    start: time
    end: time

    def include(self, now: time) -> bool:
        """Whether `now` lies in it."""
        if self.start < self.end:
            return self.start <= now < self.end
        return now >= self.start or now < self.end


@dataclass(frozen=True, slots=True)
class Zone:
    """A named part of the picture.

    Attributes:
        name: Slug.
        kind: What is there.
        polygon: Three or more corners x, y in 0..1 of the picture; does not cross itself.
        exercise: The only exercise done at a station; None where any may be.
        hours: When leaving a bed is a bed exit; None for never.
    """

    name: str
    kind: ZoneKind
    polygon: tuple[XY, ...]
    exercise: str | None = None
    hours: Hours | None = None


@dataclass(slots=True)
class _Stay:
    """How one person stands to one zone."""

    inside: bool = False
    entered_ns: int = 0
    doubted_ns: int | None = None
    """Since when the person seems to be on the other side."""
    doubted_at: time | None = None
    """The time of day then."""


@dataclass(slots=True)
class ZoneWatch:
    """Follows one person through the zones.

    Args:
        zones: All zones; those to ignore do not count here.
    """

    zones: Sequence[Zone]
    _stays: dict[str, _Stay] = field(init=False)
    _known: bool = field(init=False, default=False)
    """Whether the person was seen before. Who is first seen in a zone is in it."""
    _seen_ns: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        self.zones = [zone for zone in self.zones if zone.kind is not ZoneKind.IGNORE]
        self._stays = {zone.name: _Stay() for zone in self.zones}

    @property
    def inside(self) -> tuple[Zone, ...]:
        """The zones the person is in, in the order of the configuration."""
        return tuple(zone for zone in self.zones if self._stays[zone.name].inside)

    @property
    def resting(self) -> bool:
        """Whether the person is in a bed or on a sofa."""
        return any(zone.kind in RESTING for zone in self.inside)

    def holds(self, kind: ZoneKind) -> bool:
        """Whether the person is in a zone of this kind."""
        return any(zone.kind is kind for zone in self.inside)

    @property
    def exercise(self) -> str | None:
        """What is done at the station the person is at, if it is for one exercise."""
        return next((zone.exercise for zone in self.inside if zone.exercise), None)

    def update(self, body: Body, stance: Stance, *, time_of_day: time | None = None) -> Iterator[Event]:
        """Take in one instant; yields who entered or left what.

        Args:
            body: `t_ns` rises from call to call. Somebody unseen neither enters nor leaves.
            stance: The posture at this instant.
            time_of_day: Local; None where nobody knows it.
        """
        if not (self.zones and body.seen):
            return
        places = _Places(body, stance)
        for zone in self.zones:
            stay = self._stays[zone.name]
            if places.within(zone, already=stay.inside) == stay.inside:
                stay.doubted_ns = None
                continue
            if stay.doubted_ns is None:
                stay.doubted_ns, stay.doubted_at = body.t_ns, time_of_day
            wait_ns = _LEAVE_NS if stay.inside else _ENTER_NS if self._known else 0
            if body.t_ns - stay.doubted_ns < wait_ns:
                continue
            if stay.inside:
                yield _left(zone, stay, body.t_ns, body.track, body.confidence, time_of_day=time_of_day, lost=False)
                stay.inside = False
            else:
                stay.inside, stay.entered_ns = True, body.t_ns
                yield _entered(zone, body)
            stay.doubted_ns = None
        self._known, self._seen_ns = True, body.t_ns

    def end(self, t_ns: int, track: int) -> Iterator[Event]:
        """The person has gone from view, from wherever they were."""
        for zone in self.inside:
            stay = self._stays[zone.name]
            out = stay.doubted_ns is not None and self._seen_ns - stay.doubted_ns >= _OUT_NS
            yield _left(zone, stay, t_ns, track, 1.0, time_of_day=stay.doubted_at if out else None, lost=not out)
            stay.inside = False


class Reflections:
    """Tells people from what mirrors and screens show of people.

    Args:
        zones: All zones; only those to ignore count here.
    """

    def __init__(self, zones: Iterable[Zone]) -> None:
        self._polygons = [zone.polygon for zone in zones if zone.kind is ZoneKind.IGNORE]
        self._ignored: dict[int, bool] = {}
        self._doubted_ns: dict[int, int] = {}

    def ignored(self, body: Body, *, down: bool) -> bool:
        """Whether not to report a person at all.

        Args:
            body: `t_ns` rises from call to call of one track.
            down: Whether the person is falling or has fallen: then nothing may hide them.
        """
        if not self._polygons:
            return False
        share = _share_within(self._polygons, body)
        ignored = self._ignored.get(body.track)
        if ignored is None:
            ignored = self._ignored[body.track] = share >= _MOSTLY
        elif body.seen:
            if down or not (share < _HARDLY if ignored else share >= _MOSTLY):
                self._doubted_ns.pop(body.track, None)
            else:
                since_ns = self._doubted_ns.setdefault(body.track, body.t_ns)
                if body.t_ns - since_ns >= (_REFLECTION_FOR_NS if ignored else _REAL_FOR_NS):
                    ignored = self._ignored[body.track] = not ignored
                    del self._doubted_ns[body.track]
        return ignored

    def forget_all_but(self, tracks: Iterable[int]) -> None:
        """Only these tracks exist any more."""
        kept = set(tracks)
        for known in (self._ignored, self._doubted_ns):
            for track in known.keys() - kept:
                del known[track]


class _Places:
    """Where a body is, by what counts for each kind of zone; in frame heights, like the body."""

    def __init__(self, body: Body, stance: Stance) -> None:
        xy = body.xy
        shoulders, hips = (xy[11] + xy[12]) / 2, (xy[23] + xy[24]) / 2
        ankles = (xy[27] + xy[28]) / 2
        across, down = abs(hips - shoulders)
        level = across > down and abs(ankles[1] - hips[1]) < _FLAT * body.scale
        lying = stance.posture is Posture.LYING or level
        trunk = _pair((shoulders + hips) / 2)
        self._feet = _pair(ankles)
        self._weight = trunk if lying else _pair(hips)
        self._ground = trunk if lying else self._feet
        self._posture = Posture.LYING if level else stance.posture
        self._slack = _OUTSIDE_TORSOS * body.scale
        self._aspect = body.aspect

    def within(self, zone: Zone, *, already: bool) -> bool:
        """Whether the body is in the zone, or `already` was and is not clearly outside."""
        slack = self._slack if already else 0.0
        if zone.kind not in SEATS:
            return self._near(zone, self._ground, slack)
        # Who stands in front of a bed has the hips over it in the picture, and the feet on the floor. Who bends there
        # may be a carer, or somebody who sits on its edge and ties a shoe.
        on_feet = self._posture is Posture.STANDING or (self._posture is Posture.BENDING and not already)
        return self._near(zone, self._weight, slack) and (not on_feet or self._near(zone, self._feet, slack))

    def _near(self, zone: Zone, point: XY, slack: float) -> bool:
        corners = [(x * self._aspect, y) for x, y in zone.polygon]
        return contains(corners, point) or (slack > 0 and distance(corners, point) <= slack)


def contains(corners: Sequence[XY], point: XY) -> bool:
    """Whether a point lies in a polygon: a ray from it crosses an odd number of sides."""
    px, py = point
    odd = False
    for (x0, y0), (x1, y1) in pairwise((*corners, corners[0])):
        if (y0 > py) != (y1 > py) and px < x0 + (py - y0) * (x1 - x0) / (y1 - y0):
            odd = not odd
    return odd


def distance(corners: Sequence[XY], point: XY) -> float:
    """From a point to the nearest side of a polygon."""
    return min(_to_side(point, start, end) for start, end in pairwise((*corners, corners[0])))


def _to_side(point: XY, start: XY, end: XY) -> float:
    dx, dy = end[0] - start[0], end[1] - start[1]
    px, py = point[0] - start[0], point[1] - start[1]
    length2 = dx * dx + dy * dy
    along = min(1.0, max(0.0, (px * dx + py * dy) / length2)) if length2 else 0.0
    return float(np.hypot(px - along * dx, py - along * dy))


def _share_within(polygons: Iterable[Sequence[XY]], body: Body) -> float:
    """The largest share of the body in one of the polygons, each landmark counting as much as it is seen.

    Somebody on a screen is cut off by its edge; the model makes up the rest and gives it a low visibility.
    """
    weights = [max(0.0, float(body.visibility[i])) for i in BODY]
    total = sum(weights)
    if not total > 0:
        return 0.0
    points = [(float(body.xy[i, 0]) / body.aspect, float(body.xy[i, 1])) for i in BODY]

    def share(polygon: Sequence[XY]) -> float:
        return sum(weight for weight, point in zip(weights, points, strict=True) if contains(polygon, point)) / total

    return max(map(share, polygons), default=0.0)


def _pair(point: "np.ndarray[tuple[int], np.dtype[np.float64]]") -> XY:
    return float(point[0]), float(point[1])


def _entered(zone: Zone, body: Body) -> Event:
    return Event(
        type="zone_entered",
        t_ns=body.t_ns,
        track=body.track,
        confidence=body.confidence,
        data=MappingProxyType({"zone": zone.name, "kind": zone.kind.value}),
    )


def _left(
    zone: Zone, stay: _Stay, t_ns: int, track: int, confidence: float, *, time_of_day: time | None, lost: bool
) -> Event:
    data: dict[str, object] = {
        "zone": zone.name,
        "kind": zone.kind.value,
        "stayed_s": round((t_ns - stay.entered_ns) / NS_PER_S, 1),
        "lost": lost,
    }
    if zone.kind is ZoneKind.BED and zone.hours is not None:
        data["bed_exit"] = not lost and time_of_day is not None and zone.hours.include(time_of_day)
    return Event(type="zone_left", t_ns=t_ns, track=track, confidence=confidence, data=MappingProxyType(data))
