"""What the tracker remembers of one person, real or not yet."""

from collections import deque
from dataclasses import replace
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from edge.flow import FloatArray, Track
from edge.track.descent import Descent
from edge.track.geometry import BODY, NS_PER_S, Points, Rows, trunk_centre
from edge.track.liveliness import Liveliness
from edge.track.motion import HORIZON_NS, Motion, Outlook
from edge.track.plausible import body_evidence, looks_like_a_body
from edge.track.sighting import Sighting
from edge.track.similarity import similarity
from edge.track.smoothing import OneEuro

HOLD_DOWN_NS: Final = 300 * NS_PER_S
"""How long somebody who was lost going down, or down, is kept. Every look for them may fail for minutes, as the model
loses many people who lie; the alarm, the carer's way and the help take about that long. After it, nobody watches a
guess."""

REMEMBER_NS: Final = 60 * NS_PER_S
"""How long somebody who was lost inside the picture is known again in the same place: whoever sits still and is not
seen for a while must not have to move again to be real."""

_MOST_HITS: Final = 60
"""A candidate that was seen for long outlives as many frames without a sighting; the highest `track.birth_hits`."""

_SCALE_MEMORY_S: Final = 0.5
"""The torso scale follows slowly: a landmark that jumps must not change the measure of everything."""

_EVIDENCE_SIGHTINGS: Final = 10
"""Over which the evidence for a body is averaged, at most."""

_LEAVING_NS: Final = round(0.5 * NS_PER_S)
_LEAVING_SHARE: Final = 0.5
_AT_EDGE_TORSOS: Final = 0.5
"""Who has half of the body outside the picture, or will have at this pace in half a second, has left it when lost."""

_LEAP_NS: Final = 2 * NS_PER_S
"""For so long somebody who seemed to leap may turn out not to have: the model mistakes a place for a look or two, at
two looks a second, and seated people are lost for 0.3 s on average."""

_REST_TORSOS: Final = 0.05
_AT_REST: Final = 0.8
"""Slack and lowest similarity of two sightings of somebody who rests: jitter, and no more than the begin of a movement.
No body gets from there to a leap within a tenth of a second, not even falling."""

_MOST_WAITING: Final = 90
_KEPT_WAITING: Final = 45
"""Sightings that nobody has asked about yet, at most, and how many of them are kept then: at 30 a second more than what
velocities remember (five sightings, 0.4 s) and than `_LEAVING_NS`."""

PAST_NS: Final = 3 * NS_PER_S
"""How long before a candidate becomes real its sightings count: who falls becomes real soon after."""

_PAST_STEP_NS: Final = round(0.05 * NS_PER_S)
"""The least time between two of them: people are observed 15 times a second at most."""


class _Waiting(NamedTuple):
    """A sighting from which the person's motion has not been learnt yet."""

    t_ns: int
    rows: Rows
    scale: float
    low: bool


class Place(NamedTuple):
    """Where somebody was, who seemed to leap away at `left_ns`: the 33 points and the torso, in frame heights."""

    left_ns: int
    rows: Rows
    scale: float


class Person:
    """One person, or a candidate while `id` is 0.

    Args:
        pose: The first sighting.
        smooth: Whether to smooth the landmarks.
    """

    def __init__(self, pose: Sighting, *, smooth: bool) -> None:
        self.id = 0
        self.hits = 0
        self.born_ns = self.seen_ns = pose.t_ns
        self.born_xy = pose.xy
        self.scale = pose.torso_scale
        self._motion = Motion(pose.xy, t_ns=pose.t_ns)
        self._waiting: list[_Waiting] = []
        self.liveliness = Liveliness()
        self.descent = Descent()
        self._outlooks: deque[Outlook] = deque()
        self._leaving: bool | None = None
        self._evidence: NDArray[np.float64] | None = None
        self._past: deque[Track] = deque()
        self._before_leap: Place | None = None
        self._aspect = pose.aspect
        self.rows: Rows = pose.rows
        self._filters: tuple[OneEuro, OneEuro] | None = None
        if smooth:
            self._filters = (
                OneEuro(_depth(pose.xy, pose.landmarks), t_ns=pose.t_ns),
                OneEuro(pose.world[:, :3].astype(np.float64), t_ns=pose.t_ns),
            )
        self._take(pose, pose.rows)

    def see(self, pose: Sighting) -> None:
        """Take in a further sighting."""
        if not self.id:
            self._keep_for_later(pose.t_ns)
        step_s = (pose.t_ns - self.seen_ns) / NS_PER_S
        self.scale += (pose.torso_scale - self.scale) * min(1.0, step_s / _SCALE_MEMORY_S)
        if self._filters:
            in_picture, in_room = self._filters
            smooth = in_picture(_depth(pose.xy, pose.landmarks), scale=self.scale, t_ns=pose.t_ns)
            world = in_room(pose.world[:, :3].astype(np.float64), scale=_TORSO_M, t_ns=pose.t_ns)
            xy = smooth[:, :2]
            self._take(pose, xy.tolist())
            self._landmarks = self._with_points(xy, smooth[:, 2])
            self.world = np.column_stack([world, pose.world[:, 3]]).astype(np.float32)
        else:
            self._take(pose, pose.rows)

    def adopt(self, candidate: "Person") -> None:
        """Go on as a candidate that turned out to be this person."""
        self.__dict__.update(candidate.__dict__ | {"id": self.id, "descent": self.descent, "_leaving": None})

    @property
    def at_rest(self) -> bool:
        """Whether the last two sightings are plainly the same."""
        return similarity(self._rows_before, self.rows, scale=self.scale, slack=_REST_TORSOS) >= _AT_REST

    def leaps(self, t_ns: int) -> None:
        """What comes next is far from where the person was last seen, who was at rest there."""
        self._before_leap = Place(t_ns, self.rows, self.scale)

    def came_back(self) -> None:
        """The person did not leap after all."""
        self._before_leap = None

    def before_leap(self, t_ns: int) -> Place | None:
        """Where somebody was who has just seemed to leap."""
        if self._before_leap is not None and t_ns - self._before_leap.left_ns > _LEAP_NS:
            self._before_leap = None
        return self._before_leap

    @property
    def past(self) -> tuple[Track, ...]:
        """How the person was seen in the last seconds before being real, oldest first, without the last sighting."""
        return tuple(replace(track, id=self.id) for track in self._past)

    def likely(self) -> bool:
        """Whether the candidate looks like a body and has moved like one."""
        return self.liveliness.moved and self._evidence is not None and looks_like_a_body(self._evidence)

    @property
    def motion(self) -> Motion:
        """How the person moves. Learnt when asked for: while the model sees every frame, nobody asks."""
        if self._waiting:
            self._catch_up()
        return self._motion

    def landmarks(self, t_ns: int) -> FloatArray:
        """`(33, 5)` as in `Poses`, at `t_ns`."""
        if t_ns <= self.seen_ns:
            return self._landmarks
        return self._with_points(self.motion.landmarks(t_ns), self._landmarks[:, 2])

    def centre(self, t_ns: int) -> Points:
        """`(2,)`, where the trunk is, or probably is, in frame heights."""
        return trunk_centre(self.motion.whereabouts(t_ns))

    def confidence(self, t_ns: int, *, occlusion_ns: int) -> float:
        """Presence of the last pose, fading over the time for which the person is kept."""
        unseen_ns = max(0, t_ns - self.seen_ns)
        if unseen_ns == 0:
            return self._presence
        kept_ns = HOLD_DOWN_NS if self.held else occlusion_ns
        return self._presence * max(0.0, 1.0 - unseen_ns / kept_ns) if kept_ns else 0.0

    @property
    def held(self) -> bool:
        """Whether, once unseen, the person is probably on the floor and is kept for minutes."""
        return self.descent.low and not self.leaving

    @property
    def leaving(self) -> bool:
        """Whether the person was walking out of the picture when last seen."""
        if self._leaving is None:
            self._leaving = self._was_leaving()
        return self._leaving

    def _was_leaving(self) -> bool:
        if self._share_outside(self.motion.seen) >= _LEAVING_SHARE:
            return True
        if not any(self._leads_outside(outlook) for outlook in self._outlooks):
            return False
        # The last pose at the edge is often a bad one, which looks like a fall.
        x = float(self.centre(self.seen_ns)[0])
        return not self.descent.low or min(x, self._aspect - x) <= _AT_EDGE_TORSOS * self.scale

    def listed(self, t_ns: int, *, occlusion_ns: int) -> bool:
        """Whether the person counts as being there at `t_ns`."""
        unseen_ns = t_ns - self.seen_ns
        return unseen_ns <= occlusion_ns or (unseen_ns <= HOLD_DOWN_NS and self.held)

    def remembered(self, t_ns: int, *, occlusion_ns: int) -> bool:
        """Whether the person would be known again in the same place at `t_ns`."""
        unseen_ns = t_ns - self.seen_ns
        return self.listed(t_ns, occlusion_ns=occlusion_ns) or (unseen_ns <= REMEMBER_NS and not self.leaving)

    def _keep_for_later(self, t_ns: int) -> None:
        past = self._past
        if not past or self.seen_ns - past[-1].seen_ns >= _PAST_STEP_NS:
            past.append(
                Track(
                    id=0,
                    landmarks=self._landmarks,
                    world=self.world,
                    seen_ns=self.seen_ns,
                    predicted=False,
                    confidence=self._presence,
                )
            )
        while past and t_ns - past[0].seen_ns > PAST_NS:
            past.popleft()

    def _take(self, pose: Sighting, rows: Rows) -> None:
        self.hits = min(self.hits + 1, _MOST_HITS)
        self.seen_ns = pose.t_ns
        self._leaving = None
        self._landmarks = pose.landmarks
        self.world = pose.world
        self._presence: float = pose.presence
        self.descent.see(rows, scale=self.scale, t_ns=pose.t_ns)
        self._rows_before, self.rows = self.rows, rows
        self._waiting.append(_Waiting(pose.t_ns, rows, self.scale, self.descent.low))
        if len(self._waiting) > _MOST_WAITING:
            del self._waiting[:-_KEPT_WAITING]
            first = self._waiting[0]
            self._motion = Motion(np.array(first.rows), t_ns=first.t_ns)
        if not self.id:
            xy = np.array(rows)
            self.liveliness.see(xy, scale=self.scale, t_ns=pose.t_ns)
            evidence = body_evidence(pose, xy)
            if self._evidence is None:
                self._evidence = evidence
            else:
                self._evidence = self._evidence + (evidence - self._evidence) / min(self.hits, _EVIDENCE_SIGHTINGS)

    def _catch_up(self) -> None:
        for t_ns, rows, scale, low in self._waiting:
            self._motion.see(np.array(rows), scale=scale, t_ns=t_ns)
            if not low:
                self._outlooks.append(self._motion.outlook)
        self._waiting.clear()
        while self._outlooks and self.seen_ns - self._outlooks[0].t_ns > _LEAVING_NS:
            self._outlooks.popleft()

    def _leads_outside(self, outlook: Outlook) -> bool:
        soon = outlook.at(outlook.t_ns + HORIZON_NS + _LEAVING_NS)
        return self._share_outside(soon) >= _LEAVING_SHARE

    def _with_points(self, xy: Points, z: NDArray[np.floating]) -> FloatArray:
        landmarks = self._landmarks.copy()
        landmarks[:, 0] = xy[:, 0] / self._aspect
        landmarks[:, 1] = xy[:, 1]
        landmarks[:, 2] = z
        return landmarks

    def _share_outside(self, xy: Points) -> float:
        aspect = self._aspect
        rows = xy.tolist()
        inside = 0
        for landmark in BODY:
            x, y = rows[landmark]
            if 0.0 <= x <= aspect and 0.0 <= y <= 1.0:
                inside += 1
        return 1.0 - inside / len(BODY)


_TORSO_M: Final = 0.48
"""Torso length of world landmarks: the median over 83,000 poses."""


def _depth(xy: Points, landmarks: FloatArray) -> Points:
    """x, y and z of a pose, `(33, 3)`; MediaPipe's z has about the scale of its x, so it is smoothed with them."""
    return np.column_stack([xy, landmarks[:, 2]]).astype(np.float64)
