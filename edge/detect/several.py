"""Follows several people at the price of one landmark run each: the detector runs now and then, not on every frame.

MediaPipe runs its detector on every frame on which it follows fewer than `num_poses` people, so a second place costs a
detection a frame for as long as nobody takes it. Here everybody is followed in a region of their own, and the detector
looks over the whole picture on a schedule. `docs/detection.md` has the figures of this and of what else was tried.
"""

import queue
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np

from edge.detect.landmarker import LandmarkerOptions, OfflineLandmarker
from edge.detect.likeness import coincide, strangers
from edge.detect.one_in_flight import OneInFlight
from edge.detect.region import Region, RegionLandmarker
from edge.flow import LANDMARKS, FloatArray, Frame, Poses

_NS_PER_S: Final = 1_000_000_000

LOOK_AROUND_S: Final = 0.3
"""How often the detector looks for others while somebody is followed. Of 48 entrances at all phases of this, the
slowest was found 0.90 s after the first visible limb; 1.57 s with looks half a second apart, 0.67 s on every frame."""

_SEARCH_S: Final = 1.0
"""How long the detector looks more often for somebody just lost; MediaPipe does so on every frame, without end."""

_SEARCH_EVERY_S: Final = 0.1
"""How often it looks then."""

_KNOWN_AFTER_S: Final = 0.5
"""How long somebody has to have been followed to be searched for when lost: what the detector takes for a person on one
frame and the landmark network drops on the next would keep it searching."""


@dataclass(frozen=True, slots=True, eq=False)
class _Pose:
    landmarks: FloatArray
    world: FloatArray
    mask: FloatArray | None
    since_ns: int


class SeveralPeople:
    """Finds up to `num_poses` people, frame after frame. Deterministic: the same frames give the same poses.

    Whoever is followed keeps their own region until the landmark network says that nobody is in it; a detector that
    would no longer find them, as with people on the floor, or a bystander, takes nobody's place. Poses keep their order
    while followed. There is no smoothing, as in MediaPipe with `num_poses` above 1.

    Args:
        bundle: The `.task` file.
        options: See `LandmarkerOptions`.
        look_around_s: Seconds between two looks of the detector while people are followed and there is room for more.

    Raises:
        ModelError: The bundle cannot be used.
        ProcessorError: This processor cannot run the installed MediaPipe.
    """

    def __init__(
        self, *, bundle: Path, options: LandmarkerOptions | None = None, look_around_s: float = LOOK_AROUND_S
    ) -> None:
        self._options = options or LandmarkerOptions()
        self._look_around_ns = round(look_around_s * _NS_PER_S)
        self._whole = OfflineLandmarker(bundle=bundle, mode="image", options=self._options)
        self._single = RegionLandmarker(bundle=bundle, options=self._options)
        self._followed: list[_Pose] = []
        self._looked_ns: int | None = None
        self._search_until_ns = 0
        self.looks = 0
        """Runs of the detector so far."""
        self.follows = 0
        """Runs of the landmark network for people already known."""

    def detect(self, frame: Frame) -> Poses:
        """Find the people of one frame; frames come in the order of their time."""
        known_since_ns = frame.t_ns - round(_KNOWN_AFTER_S * _NS_PER_S)
        before = sum(person.since_ns <= known_since_ns for person in self._followed)
        self._followed = self._distinct(self._follow(frame), frame)
        if sum(person.since_ns <= known_since_ns for person in self._followed) < before:
            self._search_until_ns = frame.t_ns + round(_SEARCH_S * _NS_PER_S)
        if self._look_due(frame.t_ns):
            self._look_around(frame)
        return self._poses(frame)

    def close(self) -> None:
        """Release both landmarkers."""
        self._whole.close()
        self._single.close()

    def _follow(self, frame: Frame) -> list[_Pose]:
        still = []
        for person in self._followed:
            region = Region.around(person.landmarks, width=frame.width, height=frame.height)
            if region is not None:
                self.follows += 1
                still += _separate(self._single.look(frame, region), since_ns=person.since_ns)
        return still

    def _distinct(self, people: list[_Pose], frame: Frame) -> list[_Pose]:
        """Two regions may drift onto one person when people cross: the one followed for longer stays."""
        aspect = frame.width / frame.height
        kept: list[_Pose] = []
        for person in people:
            if not any(coincide(person.landmarks, other.landmarks, aspect=aspect) for other in kept):
                kept.append(person)
        return kept

    def _look_due(self, t_ns: int) -> bool:
        if len(self._followed) >= self._options.num_poses:
            return False
        if not self._followed or self._looked_ns is None:
            return True
        pause_ns = self._look_around_ns
        if t_ns < self._search_until_ns:
            pause_ns = min(pause_ns, round(_SEARCH_EVERY_S * _NS_PER_S))
        return not 0 <= t_ns - self._looked_ns < pause_ns

    def _look_around(self, frame: Frame) -> None:
        self._looked_ns = frame.t_ns
        self.looks += 1
        found = self._whole.detect(frame)
        people = _separate(found, since_ns=frame.t_ns)
        new = strangers(found.landmarks, _stacked(self._followed), aspect=frame.width / frame.height)
        self._followed += [people[index] for index in new[: self._options.num_poses - len(self._followed)]]

    def _poses(self, frame: Frame) -> Poses:
        people = self._followed
        world = np.array([person.world for person in people], dtype=np.float32).reshape(-1, LANDMARKS, 4)
        masks = [person.mask for person in people if person.mask is not None]
        return Poses(
            t_ns=frame.t_ns,
            seq=frame.seq,
            width=frame.width,
            height=frame.height,
            landmarks=_stacked(people),
            world=world,
            done_ns=frame.t_ns,
            masks=np.stack(masks) if masks else None,
        )


def _separate(poses: Poses, *, since_ns: int) -> list[_Pose]:
    masks = [None] * len(poses) if poses.masks is None else poses.masks
    return [_Pose(*parts, since_ns) for parts in zip(poses.landmarks, poses.world, masks, strict=True)]


def _stacked(people: list[_Pose]) -> FloatArray:
    return np.array([person.landmarks for person in people], dtype=np.float32).reshape(-1, LANDMARKS, 5)


class SeveralPeopleLandmarker(OneInFlight):
    """`SeveralPeople` with the face of `LiveLandmarker`: submit the newest frame, take its poses, submit the next.

    MediaPipe's image mode, which this uses, keeps its caller waiting and has no deadline; so it works on a thread of
    its own, and is given up when an answer is overdue.

    Args:
        bundle: The `.task` file.
        options: See `LandmarkerOptions`.
        result_timeout_s: See `OneInFlight`.
        clock: See `OneInFlight`.
        on_result: Called on the landmarker's thread when poses can be taken; has to return at once.
        look_around_s: See `SeveralPeople`.

    Raises:
        ModelError: The bundle cannot be used.
        ProcessorError: This processor cannot run the installed MediaPipe.
    """

    def __init__(
        self,
        *,
        bundle: Path,
        options: LandmarkerOptions | None = None,
        result_timeout_s: float = 10.0,
        clock: Callable[[], int] = time.monotonic_ns,
        on_result: Callable[[], None] | None = None,
        look_around_s: float = LOOK_AROUND_S,
    ) -> None:
        super().__init__(result_timeout_s=result_timeout_s, clock=clock)
        self._on_result = on_result
        self._people = SeveralPeople(bundle=bundle, options=options, look_around_s=look_around_s)
        self._frames: queue.SimpleQueue[Frame | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._work, name="several-people", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Release the landmarker, after the frame in flight. Not to be called after `DetectorStalledError`."""
        self._frames.put(None)
        self._thread.join()
        self._people.close()

    def _begin(self, frame: Frame) -> None:
        self._frames.put(frame)

    def _work(self) -> None:
        while (frame := self._frames.get()) is not None:
            try:
                answer: Poses | Exception = replace(self._people.detect(frame), done_ns=self._clock())
            except Exception as error:  # noqa: BLE001 - raised again where the answer is taken
                answer = error
            self._answers.put(answer)
            if self._on_result is not None:
                self._on_result()
