"""The model's faults, measured on recordings of people, and put on a skeleton: jitter, losses, jumps.

    python -m tests.posture.evidence.faults TRACES

measures them again on labelled traces; the figures below are of 314 of them, those of one person and a fixed camera.
"""

import argparse
import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from statistics import fmean
from types import MappingProxyType
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from edge.flow import LANDMARKS, FloatArray, Poses
from edge.trace import read_trace
from edge.track.geometry import points, torso_scale, trunk_centre

from .projection import FOUND_SHARE, Projected

NS_PER_S: Final = 1_000_000_000

Pose: TypeAlias = tuple[FloatArray, FloatArray]
"""`(33, 5)` and `(33, 4)`, as in `Poses`."""

GROUPS: Final[Mapping[str, tuple[int, ...]]] = MappingProxyType(
    {
        "head": tuple(range(11)),
        "shoulders": (11, 12),
        "elbows": (13, 14),
        "wrists": (15, 16),
        "hands": tuple(range(17, 23)),
        "hips": (23, 24),
        "knees": (25, 26),
        "ankles": (27, 28),
        "feet": tuple(range(29, 33)),
    }
)


@dataclass(frozen=True, slots=True)
class Faults:
    """What the model makes of people in one posture. Lengths by landmark group, in the order of `GROUPS`.

    Attributes:
        jitter: Deviation from the median of the second around, of people who stay still; percent of the torso, in the
            picture. 75th percentile over recordings: a bad camera rather than a good one.
        world: The same in metres of the world landmarks, percent of half a metre.
        depth: The same of z, percent of the torso.
        lost: Share of frames without a pose.
        lost_s: Mean length of a loss, in seconds.
    """

    jitter: tuple[float, ...]
    world: tuple[float, ...]
    depth: tuple[float, ...]
    lost: float
    lost_s: float


STANDING: Final = Faults(
    jitter=(0.9, 0.7, 3.3, 6.3, 7.3, 0.8, 2.0, 1.5, 2.1),
    world=(1.1, 0.8, 1.6, 3.7, 4.1, 0.2, 1.5, 2.3, 2.6),
    depth=(7.1, 4.9, 7.8, 12.3, 13.1, 1.3, 7.9, 14.0, 15.8),
    lost=0.02,
    lost_s=0.15,
)
WALKING: Final = Faults(jitter=STANDING.jitter, world=STANDING.world, depth=STANDING.depth, lost=0.06, lost_s=0.3)
SITTING: Final = Faults(
    jitter=(1.1, 1.1, 2.7, 6.7, 8.4, 1.5, 6.0, 8.5, 10.1),
    world=(2.8, 2.4, 3.3, 4.0, 4.4, 0.4, 2.8, 3.5, 3.8),
    depth=(17.9, 12.1, 16.4, 26.3, 27.3, 1.8, 11.0, 22.8, 27.6),
    lost=0.01,
    lost_s=0.3,
)
LYING: Final = Faults(
    jitter=(1.3, 1.4, 4.0, 8.0, 9.3, 1.0, 2.6, 3.2, 4.2),
    world=(1.9, 1.7, 3.7, 6.0, 6.4, 0.4, 2.2, 3.5, 3.8),
    depth=(12.0, 11.3, 16.5, 23.6, 24.7, 3.5, 11.6, 18.6, 20.0),
    lost=0.09,
    lost_s=0.8,
)
"""1.3 % lost in these traces; 9 and 4 % in two other sets after a landing, at the same thresholds."""

ON_HANDS: Final = Faults(jitter=LYING.jitter, world=LYING.world, depth=LYING.depth, lost=0.02, lost_s=0.4)
"""1.6 % lost in 201 s of push-ups in 20 recordings, for 0.2 s on average and 0.8 s at most; none in 58 s of planks."""

LYING_BED: Final = Faults(
    jitter=(0.6, 0.9, 4.8, 10.2, 11.6, 1.8, 4.4, 5.2, 5.3),
    world=(1.9, 2.1, 5.4, 10.3, 11.1, 0.5, 4.0, 7.2, 7.9),
    depth=(14.0, 16.0, 23.4, 39.0, 40.6, 3.9, 24.5, 44.3, 49.1),
    lost=0.19,
    lost_s=1.6,
)
FALLING: Final = Faults(jitter=LYING.jitter, world=LYING.world, depth=LYING.depth, lost=0.08, lost_s=0.1)

VISIBILITY: Final = (1.0, 1.0, 0.85, 0.75, 0.69, 1.0, 0.89, 0.89, 0.8)
"""Medians of people who stand; lying 0.1 to 0.3 less from the elbows outward. It says little either way."""

PRESENCE: Final = 0.999

KEPT: Final = 0.35
"""Autocorrelation of the jitter over 0.1 s: 0.17 lying, 0.23 sitting, 0.47 standing."""

_TORSO_M: Final = 0.5
_LONGEST_STEP_S: Final = 1.0
"""Above that nothing of the jitter is left."""

_STILL: Final = MappingProxyType({"standing": "standing", "sitting": "sitting", "lying_floor": "lying"})
_ENDS_S: Final = 0.3
_HALF_WINDOW_S: Final = 0.5
_STILL_TORSOS: Final = 0.12
"""How far the trunk may wander within a second for somebody to count as still."""


def _per_landmark(groups: tuple[float, ...]) -> NDArray[np.float64]:
    values = np.empty(LANDMARKS)
    for amount, members in zip(groups, GROUPS.values(), strict=True):
        values[list(members)] = amount
    return values


class Eye:
    """Looks at one person with the model's faults. Deterministic: the same randomness gives the same.

    Args:
        chance: Where chance comes from.
        aspect: Picture width over height.
    """

    def __init__(self, chance: np.random.Generator, *, aspect: float) -> None:
        self._chance = chance
        self._aspect = aspect
        self._jitter: NDArray[np.float64] = chance.standard_normal((LANDMARKS, 6))
        self._last_s = 0.0
        self._lost_until_s = -1.0
        self._scales: dict[int, NDArray[np.float64]] = {}
        self._visibility = _per_landmark(VISIBILITY)

    def look(
        self, body: Projected, faults: Faults, t_s: float, *, worse: float = 1.0
    ) -> tuple[FloatArray, FloatArray] | None:
        """The pose that the model gives of a body at `t_s`, `(33, 5)` and `(33, 4)`, or None if it finds none.

        Args:
            body: Where it is in truth.
            faults: Of its posture.
            t_s: Rises from call to call.
            worse: Factor on jitter and losses: bad light.
        """
        step_s = min(_LONGEST_STEP_S, t_s - self._last_s)
        self._last_s = t_s
        kept = KEPT ** (step_s / 0.1)
        self._jitter = kept * self._jitter + np.sqrt(1 - kept**2) * self._chance.standard_normal((LANDMARKS, 6))
        # Losses begin so often that their share of the time is as measured, whatever the frame rate.
        begins = worse * faults.lost / ((1 - faults.lost) * faults.lost_s) * step_s
        if t_s >= self._lost_until_s and self._chance.random() < begins:
            self._lost_until_s = t_s + float(self._chance.exponential(faults.lost_s))
        if t_s < self._lost_until_s or body.in_picture < FOUND_SHARE:
            return None
        return self._pose(body, faults, worse)

    def _pose(self, body: Projected, faults: Faults, worse: float) -> Pose:
        torso = float(torso_scale(body.image[:, :2] * (self._aspect, 1.0)))
        amounts = worse * self._amounts(faults)
        image = np.empty((LANDMARKS, 5), dtype=np.float32)
        image[:, :3] = body.image + torso * amounts[:, :3] * self._jitter[:, :3] * (
            1 / self._aspect,
            1.0,
            1 / self._aspect,
        )
        image[:, 3] = self._visibility
        image[:, 4] = PRESENCE
        world = np.empty((LANDMARKS, 4), dtype=np.float32)
        world[:, :3] = body.world + _TORSO_M * amounts[:, 3:] * self._jitter[:, 3:]
        world[:, 3] = self._visibility
        return image, world

    def _amounts(self, faults: Faults) -> NDArray[np.float64]:
        """Standard deviations in torso lengths, `(33, 6)`: x, y, z in the picture, x, y, z in the world."""
        known = self._scales.get(id(faults))
        if known is None:
            flat, depth, world = (_per_landmark(group) / 100 for group in (faults.jitter, faults.depth, faults.world))
            known = np.stack([flat, flat, depth, world, world, world], axis=1)
            self._scales[id(faults)] = known
        return known


def measured(traces: Path) -> dict[str, dict[str, Any]]:
    """Measure jitter in the picture and losses of people who stay still, by posture."""
    labels: dict[str, Any] = json.loads((traces / "labels.json").read_text(encoding="utf-8"))
    jitter: dict[str, list[NDArray[np.float64]]] = {}
    looked: dict[str, list[bool]] = {}
    for name, label in labels.items():
        if not label["static_camera"] or "uncertain" in label["label_confidence"] or (label.get("persons") or 1) > 1:
            continue
        frames = list(read_trace(traces / f"{name}.jsonl.gz"))
        for start_s, end_s, what in label["segments"]:
            posture = _STILL.get(what)
            inside = [one for one in frames if start_s + _ENDS_S <= one.t_ns / NS_PER_S <= end_s - _ENDS_S]
            if posture is None or not inside:
                continue
            looked.setdefault(posture, []).extend(len(one) > 0 for one in inside)
            deviations = _deviations([one for one in inside if len(one)])
            if len(deviations):
                jitter.setdefault(posture, []).append(deviations)
    return {
        posture: {
            "jitter_percent_p75": dict(
                zip(GROUPS, np.quantile(np.array(clips), 0.75, axis=0).round(1).tolist(), strict=True)
            ),
            "lost": round(1 - float(np.mean(looked[posture])), 3),
            "clips": len(clips),
        }
        for posture, clips in jitter.items()
    }


def lost_on_hands(traces: Path) -> dict[str, Any]:
    """Measure how often and for how long the model loses people who do push-ups, once it has found them."""
    labels: dict[str, Any] = json.loads((traces / "labels.json").read_text(encoding="utf-8"))
    looks, lost, losses_s = 0, 0, list[float]()
    for name, label in labels.items():
        if label.get("exercise") != "pushup" or (label.get("persons") or 1) > 1:
            continue
        frames = list(read_trace(traces / f"{name}.jsonl.gz"))
        found = [number for number, one in enumerate(frames) if len(one)]
        looks += found[-1] - found[0] + 1 if found else 0
        losses_s += [
            (frames[after].t_ns - frames[before + 1].t_ns) / NS_PER_S
            for before, after in pairwise(found)
            if after > before + 1
        ]
        lost += sum(after - before - 1 for before, after in pairwise(found))
    return {"lost": round(lost / looks, 3), "lost_s": round(fmean(losses_s), 2), "longest_s": round(max(losses_s), 2)}


def _deviations(frames: list[Poses]) -> NDArray[np.float64]:
    """Root mean square by group in percent of the torso, `(9,)`; empty if nobody was still for long enough."""
    if len(frames) < 2:
        return np.empty(0)
    xy = np.array([points(one.landmarks[0], width=one.width, height=one.height) for one in frames])
    t_s = np.array([one.t_ns / NS_PER_S for one in frames])
    torso, trunk = float(np.median(torso_scale(xy))), trunk_centre(xy)
    found = []
    for at_s, here in zip(t_s, xy, strict=True):
        window = abs(t_s - at_s) <= _HALF_WINDOW_S
        still = np.hypot(*np.ptp(trunk[window], axis=0)) <= _STILL_TORSOS * torso
        if still and t_s[0] + _HALF_WINDOW_S <= at_s <= t_s[-1] - _HALF_WINDOW_S:
            found.append((here - np.median(xy[window], axis=0)) / torso)
    if len(found) < 10:
        return np.empty(0)
    square = (np.array(found) ** 2).mean(axis=(0, 2))
    return np.array([100 * np.sqrt(square[list(members)].mean()) for members in GROUPS.values()])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("traces", type=Path)
    traces = parser.parse_args().traces
    sys.stdout.write(json.dumps({**measured(traces), "on_hands": lost_on_hands(traces)}, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
