"""How much people move, and where they are: what the governor and the motion gate ask of poses."""

from collections import deque
from dataclasses import dataclass
from typing import Final

import numpy as np

from edge.flow import FloatArray, Poses, Track, Tracks
from edge.pace.motion import Box

_JOINTS: Final = (11, 12, 13, 14, 15, 16, 23, 24, 25, 26, 27, 28)
"""Shoulders, elbows, wrists, hips, knees, ankles."""

_SHOULDERS, _HIPS = slice(0, 2), slice(6, 8)

_THIRD_QUARTILE: Final = 8
"""Of the twelve joints in the order of their ways: three quarters of the others move less. Wrists of still people
wander by 9 % of the torso, hidden ankles by 35 %: the fastest joint says nothing, and a waving hand is the motion
gate's business."""

_BASELINE_S: Final = 0.5
"""Movement is measured over at least this long: hips of still people wander by 2 % of the torso from frame to frame,
which at 30 frames a second would be a brisk 0.9 torso lengths a second."""

_MARGIN: Final = 0.1
"""Share of its size by which a box is larger than the landmarks in it: they end at finger and toe joints, and above the
eyes there is a head."""

_NS_PER_S: Final = 1_000_000_000


@dataclass(frozen=True, slots=True, eq=False)
class _Sighting:
    """Where a person's joints were: `(12, 2)` pixels, with the torso's length in pixels."""

    t_ns: int
    joints: FloatArray
    torso: float


class Movement:
    """Follows tracks and says how fast the liveliest person is."""

    def __init__(self) -> None:
        self._people: dict[int, deque[_Sighting]] = {}

    def update(self, tracks: Tracks) -> float:
        """Take in the tracks after a model run.

        Returns:
            Torso lengths a second of the liveliest person; 0 with nobody, or for somebody seen for less than half a
            second.
        """
        here = {track.id for track in tracks.people}
        self._people = {person: seen for person, seen in self._people.items() if person in here}
        return max((self._speed(track, tracks) for track in tracks.people), default=0.0)

    def _speed(self, track: Track, tracks: Tracks) -> float:
        seen = self._people.setdefault(track.id, deque())
        if not track.predicted:
            seen.append(_sighting(track, tracks))
        if not seen:
            return 0.0
        last = seen[-1]
        while len(seen) > 1 and last.t_ns - seen[1].t_ns >= _BASELINE_S * _NS_PER_S:
            seen.popleft()
        first = seen[0]
        seconds = (last.t_ns - first.t_ns) / _NS_PER_S
        if seconds < _BASELINE_S:
            return 0.0
        ways = np.linalg.norm(last.joints - first.joints, axis=1)
        return float(np.sort(ways)[_THIRD_QUARTILE]) / max(last.torso, first.torso) / seconds


def person_boxes(poses: Poses) -> tuple[Box, ...]:
    """A box around each pose, with a margin."""
    boxes = []
    for points in poses.landmarks[:, :, :2]:
        (left, top), (right, bottom) = points.min(axis=0).tolist(), points.max(axis=0).tolist()
        across, down = _MARGIN * (right - left), _MARGIN * (bottom - top)
        boxes.append((left - across, top - down, right + across, bottom + down))
    return tuple(boxes)


def _sighting(track: Track, tracks: Tracks) -> _Sighting:
    joints = track.landmarks[list(_JOINTS), :2] * np.array((tracks.width, tracks.height), np.float32)
    shoulders, hips = joints[_SHOULDERS], joints[_HIPS]
    length = float(np.linalg.norm(shoulders.mean(axis=0) - hips.mean(axis=0)))
    # Seen from above or from the feet a torso is short; its width then stands for it.
    width = float(np.linalg.norm(shoulders[0] - shoulders[1]))
    return _Sighting(t_ns=tracks.t_ns, joints=joints, torso=max(length, width, 1.0))
