"""What posture a person is in."""

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from edge.posture.body import NS_PER_S, Body
from edge.posture.stance_classifier import Classifier, likelihoods, shipped_classifier
from edge.posture.stance_features import features_of
from edge.posture.stance_height import Height
from edge.posture.stance_motion import Motion
from edge.track.geometry import JOINTS

_MEMORY_S: Final = 0.2
"""Time constant over which what single instants say is averaged."""

_LONGEST_STEP_S: Final = 0.15
"""However long nothing was seen, one instant alone decides nothing: the model may have caught something else."""

_LEAD: Final = 0.2
"""How much more likely than the posture in force another one has to be."""

_HELD_NS: Final = round(0.15 * NS_PER_S)
_ON_THE_WAY_NS: Final = round(0.5 * NS_PER_S)
"""How long the same other posture has to lead before it is believed; and how long if the person still rises or sinks
and it may be passed through only, as a squat is in a fall."""

_SURE: Final = 0.65
_LIKELY: Final = 0.5
_FIRST_NS: Final = round(0.2 * NS_PER_S)
"""Somebody's first posture is believed at once from the one probability on, from the other after a moment."""

_WHOLE: Final = 0.3
"""Weight of a body whose side is not cut off by much."""

_LEAST_WEIGHT: Final = 0.03
"""Of a body that is nearly all outside the picture."""

_WALKING: Final = 1.5
_WALKS: Final = 0.5
_WALKS_LEGS_UNSEEN: Final = 2.5
"""From this speed on, in torso lengths a second, somebody walks rather than sits: what that adds to the log-odds of
standing, and what it adds more where nobody sees the knees. Little in the first case: a wheelchair moves as well."""

_KNEES_SEEN: Final = 0.4
_BLIND_TRUST: Final = 0.4
"""Where knees are seen worse than this the legs are the model's guess, and so much of what the body says is left."""

_OFF_FLOOR_NS: Final = round(0.6 * NS_PER_S)
_FLOOR_ANEW_NS: Final = 3 * NS_PER_S
"""How long the height has to say so before it is believed that somebody does not lie on the floor, for whoever still
falls is not there yet; and how long before one is believed after the other."""

_PLAINLY: Final = 0.7
"""Probability of standing from which on the height is that of somebody who stands."""


class Posture(StrEnum):
    """How somebody holds themselves."""

    STANDING = "standing"
    SITTING = "sitting"
    LYING = "lying"
    CROUCHING = "crouching"
    BENDING = "bending"
    UNKNOWN = "unknown"


_UPRIGHT: Final = frozenset({Posture.STANDING, Posture.SITTING, Posture.UNKNOWN})
"""Who walks, or rolls in a wheelchair. Whoever lies there and is seen badly only seems to move."""

_AT_ONCE: Final = frozenset({Posture.STANDING, Posture.LYING, Posture.BENDING})
"""Nobody passes through the first two on the way to another; bending is over too soon to wait."""


@dataclass(frozen=True, slots=True)
class Stance:
    """A person's posture at an instant.

    Attributes:
        posture: As decided, with hysteresis.
        confidence: 0..1.
        on_floor: When lying, whether on the floor; None when not lying or not known.
        moving: Whether the person moves through the room.
    """

    posture: Posture = Posture.UNKNOWN
    confidence: float = 0.0
    on_floor: bool | None = None
    moving: bool = False


class StanceReader:
    """Follows one person's posture.

    Args:
        classifier: What single instants are read with.
        height: How high somebody stood where this person turned up, if that is known.
    """

    def __init__(self, classifier: Classifier | None = None, *, height: Height | None = None) -> None:
        self._classifier = classifier or shipped_classifier()
        self.height = height or Height()
        """Against which the person's height is judged."""
        self._motion = Motion()
        self._belief: dict[str, float] = {}
        self._t_ns = 0
        self._since_ns = 0
        self._leader = ""
        self._leads_since_ns = 0
        self._floor: bool | None = None
        self._floor_says: bool | None = None
        self._floor_since_ns = 0
        self._stance = Stance()

    def update(self, body: Body) -> Stance:
        """Take in one instant; `body.t_ns` rises from call to call."""
        if not (body.seen and _finite(body)):
            return self._stance
        self._motion.see(body)
        chances = self._chances(body)
        weight = _weight(body)
        if self._belief:
            passed_s = min((body.t_ns - self._t_ns) / NS_PER_S, _LONGEST_STEP_S)
            keep = math.exp(-weight * passed_s / _MEMORY_S)
            chances = {one: keep * self._belief[one] + (1 - keep) * chance for one, chance in chances.items()}
        elif weight < _WHOLE:
            return self._stance
        else:
            self._since_ns = body.t_ns
        self._belief, self._t_ns = chances, body.t_ns
        self._find_floor(body)
        self._decide(body.t_ns)
        if self._stance.posture is Posture.STANDING and chances["standing"] > _PLAINLY and weight >= _WHOLE:
            self.height.stand(body)
        return self._stance

    def _chances(self, body: Body) -> dict[str, float]:
        features = features_of(body)
        trust = _BLIND_TRUST + (1.0 - _BLIND_TRUST) * min(1.0, features.knees_seen / _KNEES_SEEN)
        scores = {posture: trust * score for posture, score in self._classifier.scores(features).items()}
        drop = self.height.drop(body)
        if drop is not None:
            for posture, doubt in drop.doubts().items():
                scores[posture] -= doubt
        upright = max(0.0, features.trunk_up) ** 2
        walks = upright * min(1.0, self._motion.speed / _WALKING)
        scores["standing"] += walks * (_WALKS + _WALKS_LEGS_UNSEEN * (1.0 - features.knees_seen))
        return likelihoods(scores)

    def _decide(self, t_ns: int) -> None:
        leader = max(self._belief, key=self._belief.__getitem__)
        now = self._stance.posture
        if leader != self._leader:
            self._leader, self._leads_since_ns = leader, t_ns
        held_ns = _HELD_NS if self._motion.settled or leader in _AT_ONCE else _ON_THE_WAY_NS
        if now is Posture.UNKNOWN:
            change = self._belief[leader] >= (_SURE if t_ns - self._since_ns < _FIRST_NS else _LIKELY)
        else:
            change = (
                leader != now
                and self._belief[leader] - self._belief[now] >= _LEAD
                and t_ns - self._leads_since_ns >= held_ns
            )
        posture = Posture(leader) if change else now
        self._stance = Stance(
            posture=posture,
            confidence=round(self._belief.get(posture, 0.0), 2),
            on_floor=self._floor if posture is Posture.LYING else None,
            moving=self._motion.moving and posture in _UPRIGHT,
        )

    def _find_floor(self, body: Body) -> None:
        """Settle whether it is the floor on which the person lies: once known, that changes only for good reason."""
        if self._leader != "lying" and self._stance.posture is not Posture.LYING:
            self._floor = self._floor_says = None
            return
        says = self.height.on_floor(body)
        if says is not self._floor_says:
            self._floor_says, self._floor_since_ns = says, body.t_ns
        first_ns = 0 if says else _OFF_FLOOR_NS
        settled_ns = first_ns if self._floor is None else _FLOOR_ANEW_NS
        if says is not None and body.t_ns - self._floor_since_ns >= settled_ns:
            self._floor = says


def _finite(body: Body) -> bool:
    return math.isfinite(float(body.xy.sum()) + float(body.world.sum()) + float(body.visibility.sum()))


def _weight(body: Body) -> float:
    """How much a body counts: one cut off by the picture's side is half a guess."""
    inside = sum(0.0 <= x <= body.aspect for x in body.xy[list(JOINTS), 0].tolist()) / len(JOINTS)
    return max(math.pow(inside, 4), _LEAST_WEIGHT)
