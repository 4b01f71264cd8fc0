"""Looks again for people whom the model lost, as it loses many who have fallen: with the picture turned.

The person detector knows people upright. Turned by a quarter or half, with a lower threshold and room for more than one
answer, it finds most of those on the floor; `docs/detection.md` has the figures of this and of what else was tried.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np

from edge.detect.landmarker import LandmarkerOptions, OfflineLandmarker
from edge.detect.likeness import TORSO
from edge.detect.region import turned
from edge.flow import LANDMARKS, FloatArray, Frame, Missing, Poses
from edge.heap import trim
from edge.schedule import FRAME_SLACK, Schedule

_NS_PER_S: Final = 1_000_000_000

QUARTERS: Final = (1, 2, 3, 0)
"""Quarter turns counter-clockwise, the most productive first: of 165 frames in which a fallen person had no pose, 119,
112, 83 and 103 gave one, all four together 161. The picture as it is comes last: there the detector sees the most
furniture."""

_DETECTION_CONFIDENCE: Final = 0.3
"""At 0.5 the four turns find 127 of the 165; at 0.2 no more than at 0.3."""

_ANSWERS: Final = 3
"""With one answer a piece of furniture takes the place of the person in 36 of the 165; helpers take places too."""

_REACH: Final = 0.5
"""How far beyond the box the torso's middle may be, in longest sides of the box: a falling body moves by that much
between the last good pose and the floor."""

_SMALLEST: Final = 0.3
_LARGEST: Final = 2.0
"""Longest side of a pose over that of the box. Table feet and cushions that pass as people are far smaller."""

_SAME_BODY: Final = 0.3
"""Share of a pose's bounding box inside a tracked person's above which both are that person: a turned look at somebody
standing often gives another skeleton over the same body, with 36 of 39 above this."""

IDLE_S: Final = 60.0
"""The landmarker, 50 MB, is closed when nobody has been missing for this long."""

_NO_LANDMARKS: Final = np.zeros((0, LANDMARKS, 5), dtype=np.float32)
_NO_WORLD: Final = np.zeros((0, LANDMARKS, 4), dtype=np.float32)
"""Of the answer that is given for most frames."""

_EAGER_LOOKS: Final = 8
"""Two rounds of all turns at the full rate; whom they do not show is probably not there, or cannot be seen."""

_FIRST_NS: Final = 2 * _NS_PER_S
"""So long after they were last seen one looks again for those who were not going down: the main landmarker, which has
lost them, detects people in every frame then, and finds nearly all of them in its next two or three."""

_DOWN_PAUSE_NS: Final = 1 * _NS_PER_S
_PAUSE_NS: Final = 10 * _NS_PER_S
"""After that: time between two looks for somebody on the floor, and for anybody else."""


@dataclass(slots=True)
class _Search:
    """How far the looks for one person have come."""

    turn: int = 0
    looked_ns: int = -1
    in_vain: int = 0

    def due(self, person: Missing, t_ns: int) -> bool:
        """Whether a look, or another one, is worth it."""
        if not person.going_down and t_ns - person.seen_ns < _FIRST_NS:
            return False
        if self.in_vain < _EAGER_LOOKS:
            return True
        return t_ns - self.looked_ns >= (_DOWN_PAUSE_NS if person.going_down else _PAUSE_NS)


class SecondLook:
    """One look at a time, in turn, for everybody missing. Costs nothing while nobody is.

    A turn that found somebody is tried first the next time. What is found has to lie where the person was, have a
    person's size there, and be nobody who is tracked. The landmarker is made at the first look.

    Args:
        bundle: The `.task` file.
        options: Those of the main landmarker: presence and delegate are taken over.
        max_looks_per_s: Most looks a second, all missing people together.
        idle_s: Seconds after the last look at which the landmarker is closed.
    """

    def __init__(
        self,
        *,
        bundle: Path,
        options: LandmarkerOptions | None = None,
        max_looks_per_s: float = 4.0,
        idle_s: float = IDLE_S,
    ) -> None:
        self._bundle = bundle
        self._options = replace(
            options or LandmarkerOptions(),
            num_poses=_ANSWERS,
            min_pose_detection_confidence=_DETECTION_CONFIDENCE,
            output_segmentation_masks=False,
        )
        self._schedule = Schedule(1.0 / max_looks_per_s, slack=FRAME_SLACK)
        self._idle_ns = round(idle_s * _NS_PER_S)
        self._landmarker: OfflineLandmarker | None = None
        self._looked_ns = 0
        self._searches: dict[int, _Search] = {}
        self.looks = 0
        """Model runs so far."""
        self.openings = 0
        """How often a landmarker was made."""

    def look(self, frame: Frame, missing: Sequence[Missing], *, known: Poses | None = None) -> Poses:
        """Look once more at a frame, if somebody is missing and it is time. To be called for every frame.

        Args:
            frame: The frame that the main landmarker has just seen.
            missing: Who is missing in it.
            known: What the main landmarker found in it, which is not given again.

        Returns:
            At most one pose for each of the missing, without masks. Most often nobody.

        Raises:
            ModelError: The bundle cannot be used.
        """
        self._searches = {person.track: self._searches.get(person.track, _Search()) for person in missing}
        if not missing:
            self._close_if_idle(frame.t_ns)
            return _only(frame, [], [])
        worth = [person for person in missing if self._searches[person.track].due(person, frame.t_ns)]
        if not worth or not self._schedule.due(frame.t_ns):
            return _only(frame, [], [])
        person = min(worth, key=lambda one: (not one.going_down, self._searches[one.track].looked_ns))
        search = self._searches[person.track]
        poses = self._run(frame, QUARTERS[search.turn])
        search.looked_ns = self._looked_ns = frame.t_ns
        tracked = () if known is None else known.landmarks
        fresh = [
            index for index, pose in enumerate(poses.landmarks) if not any(_overlaps(pose, one) for one in tracked)
        ]
        taken = _assign(poses, fresh, missing)
        search.in_vain = 0 if person.track in taken else search.in_vain + 1
        if person.track not in taken:
            search.turn = (search.turn + 1) % len(QUARTERS)
        order = list(taken.values())
        return _only(frame, [poses.landmarks[index] for index in order], [poses.world[index] for index in order])

    def close(self) -> None:
        """Release the landmarker, if there is one; the next look makes a new one."""
        if self._landmarker is not None:
            self._landmarker.close()
            self._landmarker = None
            trim()  # 40 to 50 MB

    def _run(self, frame: Frame, quarter: int) -> Poses:
        if self._landmarker is None:
            self._landmarker = OfflineLandmarker(bundle=self._bundle, mode="image", options=self._options)
            self.openings += 1
        self.looks += 1
        image = np.ascontiguousarray(np.rot90(frame.image, quarter))
        found = self._landmarker.detect(Frame(image=image, t_ns=frame.t_ns, seq=frame.seq))
        # Turned counter-clockwise before, so clockwise back.
        world = turned(found.world, quarter * math.pi / 2)
        return _only(frame, list(_upright(found.landmarks, quarter, frame)), list(world))

    def _close_if_idle(self, t_ns: int) -> None:
        if self._landmarker is not None and t_ns - self._looked_ns > self._idle_ns:
            self.close()


def _upright(landmarks: FloatArray, quarter: int, frame: Frame) -> FloatArray:
    """Turn landmarks of a picture that was turned counter-clockwise by quarters back to the frame."""
    back = landmarks.copy()
    for _ in range(quarter):
        back[..., 0], back[..., 1] = 1.0 - back[..., 1], back[..., 0].copy()
    # z is in widths of the picture that the model was given.
    back[..., 2] *= (frame.height if quarter % 2 else frame.width) / frame.width
    return back


def _overlaps(pose: FloatArray, tracked: FloatArray) -> bool:
    low, high = pose[:, :2].min(axis=0), pose[:, :2].max(axis=0)
    common = np.minimum(high, tracked[:, :2].max(axis=0)) - np.maximum(low, tracked[:, :2].min(axis=0))
    return float(np.maximum(common, 0.0).prod()) > _SAME_BODY * float((high - low).prod())


def _assign(poses: Poses, candidates: list[int], missing: Sequence[Missing]) -> dict[int, int]:
    """The nearest fitting pose for each of the missing, by track; nobody's pose is given twice."""
    distances = [
        (distance, person.track, index)
        for person in missing
        for index in candidates
        if (distance := _distance(poses.landmarks[index], person, poses)) is not None
    ]
    taken: dict[int, int] = {}
    for _, track, index in sorted(distances):
        if track not in taken and index not in taken.values():
            taken[track] = index
    return taken


def _distance(landmarks: FloatArray, person: Missing, poses: Poses) -> float | None:
    """How far a pose lies from where somebody was, in longest sides of the box; None if it cannot be this person."""
    size = np.array([poses.width, poses.height], dtype=np.float64)
    points = landmarks[:, :2] * size
    low, high = np.array(person.box[:2]) * size, np.array(person.box[2:]) * size
    longest = float((high - low).max())
    if not np.isfinite(points).all() or longest <= 0:
        return None
    middle = points[TORSO, :].mean(axis=0)
    beyond = np.maximum(np.maximum(low - middle, middle - high), 0.0).max() / longest
    share = float((points.max(axis=0) - points.min(axis=0)).max()) / longest
    if beyond > _REACH or not _SMALLEST <= share <= _LARGEST:
        return None
    return float(np.linalg.norm(middle - (low + high) / 2)) / longest


def _only(frame: Frame, landmarks: list[FloatArray], world: list[FloatArray]) -> Poses:
    return Poses(
        t_ns=frame.t_ns,
        seq=frame.seq,
        width=frame.width,
        height=frame.height,
        landmarks=np.array(landmarks, dtype=np.float32) if landmarks else _NO_LANDMARKS,
        world=np.array(world, dtype=np.float32) if world else _NO_WORLD,
        done_ns=frame.t_ns,
    )
