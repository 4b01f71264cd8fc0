"""Whether people have moved so much since they were last observed that they should be again."""

from math import hypot
from typing import Final, NamedTuple

from edge.flow import Track, Tracks
from edge.track.geometry import HIPS, SHORTEST_TORSO, SHOULDERS, WRISTS

_MOVED_TORSOS: Final = 0.08
"""Way of the shoulders up or down, in torso lengths: a step lifts them by 0.05 to 0.1, a fall lowers them by as much in
a fifteenth of a second. With 0.12 one in 56 recordings of exercises is counted worse."""

_REACHED_TORSOS: Final = 0.2
"""The same of a wrist: hands that swing beside somebody who walks rise by 0.1 to 0.2."""

_JOINTS: Final = (*SHOULDERS, *WRISTS, *HIPS)


class _Pose(NamedTuple):
    shoulders: float
    left: float
    right: float
    torso: float


class Changes:
    """Compares people with how they were when last observed."""

    def __init__(self) -> None:
        self._poses: dict[int, _Pose] = {}

    def observed(self, tracks: Tracks) -> None:
        """Take in how people are now."""
        self._poses = {track.id: _pose(track, tracks.width / tracks.height) for track in tracks.people}

    def since(self, tracks: Tracks) -> bool:
        """Whether somebody has come or gone, or has moved up or down."""
        if len(tracks.people) != len(self._poses):
            return True
        aspect = tracks.width / tracks.height
        return any(_moved(self._poses.get(track.id), _pose(track, aspect)) for track in tracks.people)


def _moved(before: _Pose | None, now: _Pose) -> bool:
    return (
        before is None
        or abs(now.shoulders - before.shoulders) > _MOVED_TORSOS * before.torso
        or abs(now.left - before.left) > _REACHED_TORSOS * before.torso
        or abs(now.right - before.right) > _REACHED_TORSOS * before.torso
    )


def _pose(track: Track, aspect: float) -> _Pose:
    (lx, ly), (rx, ry), left, right, (hlx, hly), (hrx, hry) = track.landmarks[_JOINTS, :2].tolist()
    torso = hypot((lx + rx - hlx - hrx) / 2 * aspect, (ly + ry - hly - hry) / 2)
    return _Pose((ly + ry) / 2, left[1], right[1], max(torso, SHORTEST_TORSO))
