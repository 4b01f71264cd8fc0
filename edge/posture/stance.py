"""What posture a person is in."""

import math
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from edge.posture.body import NS_PER_S, Body
from edge.posture.stance_classifier import shipped_classifier
from edge.posture.stance_features import features_of

_MEMORY_S: Final = 0.2
"""Time constant over which what single instants say is averaged."""

_LEAD: Final = 0.2
"""How much more likely than the posture in force another one has to be."""

_HELD_NS: Final = round(0.15 * NS_PER_S)
"""How long the same other posture has to lead before it is believed."""

_SURE: Final = 0.5
"""Probability from which on somebody's first posture is believed at once."""


class Posture(StrEnum):
    """How somebody holds themselves."""

    STANDING = "standing"
    SITTING = "sitting"
    LYING = "lying"
    CROUCHING = "crouching"
    BENDING = "bending"
    UNKNOWN = "unknown"


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
    """Follows one person's posture."""

    def __init__(self) -> None:
        self._classifier = shipped_classifier()
        self._postures = tuple(Posture(name) for name in self._classifier.postures)
        self._belief: dict[Posture, float] = {}
        self._t_ns = 0
        self._leader = Posture.UNKNOWN
        self._leads_since_ns = 0
        self._stance = Stance()

    def update(self, body: Body) -> Stance:
        """Take in one instant; `body.t_ns` rises from call to call."""
        if not body.seen:
            return self._stance
        chances = dict(zip(self._postures, self._classifier.probabilities(features_of(body)), strict=True))
        if self._belief:
            keep = math.exp(-(body.t_ns - self._t_ns) / NS_PER_S / _MEMORY_S)
            chances = {one: keep * self._belief[one] + (1 - keep) * chance for one, chance in chances.items()}
        self._belief, self._t_ns = chances, body.t_ns
        self._decide(body.t_ns)
        return self._stance

    def _decide(self, t_ns: int) -> None:
        leader = max(self._belief, key=self._belief.__getitem__)
        now = self._stance.posture
        if leader is not self._leader:
            self._leader, self._leads_since_ns = leader, t_ns
        if now is Posture.UNKNOWN:
            change = self._belief[leader] >= _SURE
        else:
            change = (
                leader is not now
                and self._belief[leader] - self._belief[now] >= _LEAD
                and t_ns - self._leads_since_ns >= _HELD_NS
            )
        posture = leader if change else now
        confidence = round(self._belief.get(posture, 0.0), 2)
        self._stance = replace(self._stance, posture=posture, confidence=confidence)
