"""The governor: decides which frames get a model run, and how fast the camera should go.

Three modes. *Empty*: nobody there; motion wakes at once, and a slow heartbeat finds who came without any. *Calm*:
people who hardly move; a few looks a second, any motion wakes. *Active*: every frame, up to the most that is allowed.
"""

import logging
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from edge.pace.limits import Limits, Reading
from edge.pace.motion import RESTLESS, Motion

logger = logging.getLogger(__name__)

EMPTY_CAPTURE_FPS: Final = 10.0
"""Who walks in is in a captured frame 100 ms later at most, and two frames are there within the 250 ms allowed."""

CALM_CAPTURE_FPS: Final = 15.0
"""First movements are small: two frames, 133 ms, for one to pass the gate."""

CALM_FPS: Final = 3.0
"""Looks at people who hardly move: enough to keep MediaPipe's tracking on them, and a tenth of the cost."""

_CALM_AFTER_S: Final = 2.0
"""Without movement for this long, people are calm: longer than the pause between two repetitions of an exercise."""

_EMPTY_AFTER_S: Final = 0.2
"""Without motion for this long, and nobody found, whatever moved is over: six frames of a walk, and waking again costs
nothing. With 0.5 s a curtain and a lamp hold active for up to 10 % of a minute, with 0.2 s for up to 4 %."""

_LINGER_S: Final = 10.0
"""After the last sight of people the room is not yet empty: most of those whom the model loses are still there."""

_LIVELY: Final = 0.3
"""Torso lengths a second that make active; half of it, `RESTLESS`, keeps active."""

_CONFIRM_S: Final = 1.5
"""How long a pose that is not a person yet is followed at the full rate: births take a few sightings."""

_DOUBT_S: Final = 60.0
"""A pose that did not become a person in that time is furniture until something moves: the model sees a person in a
chair with full confidence, for hours."""

_SLACK: Final = 0.25
_MOST_SLACK_NS: Final = 20_000_000
"""Share of the period, and time, by which a frame may come before its turn: cameras jitter."""

_NS_PER_S: Final = 1_000_000_000


class Mode(StrEnum):
    """What the governor takes the room for."""

    EMPTY = "empty"
    CALM = "calm"
    ACTIVE = "active"


@dataclass(frozen=True, slots=True)
class Look:
    """What came of one model run.

    Attributes:
        t_ns: Capture time of the frame.
        duration_s: How long the run took, from submission to result.
        people: People there, those that are predicted or held for the moment included.
        candidates: Poses that are not people (yet).
        speed: How much the liveliest person moves, torso lengths a second; see `edge.pace.movement.Movement`.
        urgent: Whether somebody is falling or down, or was lost while going down.
    """

    t_ns: int
    duration_s: float
    people: int
    candidates: int = 0
    speed: float = 0.0
    urgent: bool = False


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do with one frame.

    Attributes:
        run: Whether the model should look at it.
        capture_fps: How many frames a second the source should deliver from now on.
    """

    run: bool
    capture_fps: float


@dataclass(frozen=True, slots=True)
class Pace:
    """What the governor is doing, for health.

    Attributes:
        mode: What the room is taken for.
        reason: Why that, in words.
        inference_fps: Model runs a second that it aims at.
        capture_fps: Frames a second that it wants.
        limited_by: What keeps the rate below the most that is allowed: `heat`, `CPU share`, `slow model runs`, or None.
    """

    mode: Mode
    reason: str
    inference_fps: float
    capture_fps: float
    limited_by: str | None


class Governor:
    """Decides frame by frame. To be called from one thread; time comes with the frames.

    Args:
        source_fps: Frames a second the source delivers at most.
        max_inference_fps: The most model runs a second.
        min_inference_fps: The fewest while somebody is falling or down, whatever limits; never more than the most.
        heartbeat_s: Time between two looks at an empty room, seconds.
        max_cpu_percent: CPU share that the process may use; 100 is one core.
        max_temperature_c: Temperature of the processor at which the rate begins to come down.
        follow_fps: Frames a second in which people who move are followed between looks; 0 if they are not.
    """

    def __init__(
        self,
        *,
        source_fps: float,
        max_inference_fps: float,
        min_inference_fps: float,
        heartbeat_s: float,
        max_cpu_percent: float,
        max_temperature_c: float,
        follow_fps: float = 0.0,
    ) -> None:
        self._source_fps = source_fps
        self._follow_fps = follow_fps
        self._max_fps = min(max_inference_fps, source_fps)
        self._min_fps = min(min_inference_fps, self._max_fps)
        self._heartbeat_fps = 1.0 / heartbeat_s
        self._limits = Limits(
            max_inference_fps=self._max_fps, max_cpu_percent=max_cpu_percent, max_temperature_c=max_temperature_c
        )
        self._limited_by: str | None = None
        self._mode, self._reason = Mode.EMPTY, "start"
        self._mode_since_ns = 0
        self._read_ns = 0
        self._turn_ns: int | None = None
        self._people = 0
        self._urgent = False
        self._seen_ns: int | None = None
        self._lively_ns = 0
        self._candidate_since_ns: int | None = None
        self._doubt_until_ns = 0

    @property
    def mode(self) -> Mode:
        """What the room is taken for."""
        return self._mode

    @property
    def turn_ns(self) -> int:
        """Captured before this instant, a frame gets no model run, unless motion wakes."""
        if self._turn_ns is None:
            return 0
        period_ns = round(_NS_PER_S / self._rate())
        return self._turn_ns + period_ns - _early_ns(period_ns)

    @property
    def pace(self) -> Pace:
        """What the governor is doing."""
        return Pace(
            mode=self._mode,
            reason=self._reason,
            inference_fps=self._rate(),
            capture_fps=self._capture_fps(),
            limited_by=self._limits.reason,
        )

    def frame(self, t_ns: int, motion: Motion) -> Decision:
        """Decide about one captured frame.

        Args:
            t_ns: When it was taken.
            motion: What moves in it.
        """
        woken = False
        if motion.moving:
            self._lively_ns = t_ns
            woken = self._mode is not Mode.ACTIVE
            if woken:
                self._change(Mode.ACTIVE, t_ns, f"motion in {max(motion.share, 0.001):.1%} of the picture")
        else:
            self._calm_down(t_ns)
        return Decision(run=self._take_turn(t_ns, at_once=woken), capture_fps=self._capture_fps())

    def looked(self, look: Look) -> None:
        """Learn what came of a run that `frame` asked for."""
        t_ns = look.t_ns
        self._limits.ran(t_ns + round(look.duration_s * _NS_PER_S), look.duration_s)
        self._note_limit()
        more = look.people > (0 if self._mode is Mode.EMPTY else self._people)
        self._people, self._urgent = look.people, look.urgent
        if look.people or look.urgent:
            self._seen_ns = t_ns
        if look.urgent and self._mode is Mode.EMPTY:
            self._change(Mode.CALM, t_ns, "somebody is down, or was lost while going down")
        if self._is_promising(look):
            self._lively_ns = t_ns
            self._wake(t_ns, "a pose was found")
        if more:
            self._lively_ns = t_ns
            self._wake(t_ns, "somebody was found")
        if look.speed >= (RESTLESS if self._mode is Mode.ACTIVE else _LIVELY):
            self._lively_ns = t_ns
            self._wake(t_ns, "somebody moves")
        self._calm_down(t_ns)

    def read(self, reading: Reading) -> None:
        """Take in a look at the machine; one every two seconds, with each limit effective from the next frame on."""
        busy = self._mode is Mode.ACTIVE and self._mode_since_ns <= self._read_ns
        self._read_ns = reading.t_ns
        self._limits.read(reading, busy=busy)
        self._note_limit()

    def _is_promising(self, look: Look) -> bool:
        """Whether a pose was found that may yet become a person."""
        if look.people:
            self._candidate_since_ns = None
        if look.people or not look.candidates or look.t_ns < self._doubt_until_ns:
            return False
        since_ns = self._candidate_since_ns
        # Furniture is found now and then; that does not make it new each time.
        if since_ns is None or look.t_ns - since_ns > _DOUBT_S * _NS_PER_S:
            since_ns = self._candidate_since_ns = look.t_ns
        if look.t_ns - since_ns < _CONFIRM_S * _NS_PER_S:
            return True
        self._doubt_until_ns = look.t_ns + round(_DOUBT_S * _NS_PER_S)
        return False

    def _calm_down(self, t_ns: int) -> None:
        """Leave a mode in which nothing happens any more."""
        nobody = self._seen_ns is None or t_ns - self._seen_ns > _LINGER_S * _NS_PER_S
        still_s = (t_ns - self._lively_ns) / _NS_PER_S
        if self._mode is Mode.ACTIVE and still_s >= (_EMPTY_AFTER_S if nobody else _CALM_AFTER_S):
            if nobody:
                self._change(Mode.EMPTY, t_ns, "nothing moves, and nobody was found")
            else:
                self._change(Mode.CALM, t_ns, f"nothing moved for {still_s:.0f} s")
        elif self._mode is Mode.CALM and nobody:
            self._change(Mode.EMPTY, t_ns, f"nobody seen for {_LINGER_S:.0f} s")

    def _wake(self, t_ns: int, reason: str) -> None:
        if self._mode is not Mode.ACTIVE:
            self._change(Mode.ACTIVE, t_ns, reason)

    def _change(self, mode: Mode, t_ns: int, reason: str) -> None:
        logger.info("%s, was %s: %s", mode, self._mode, reason)
        self._mode, self._reason, self._mode_since_ns = mode, reason, t_ns

    def _note_limit(self) -> None:
        """One log line when a limit begins to hold, or another one does, and one when none does any more."""
        now = self._limits.reason
        if now == self._limited_by:
            return
        if now is None:
            logger.info("full rate again: %s no longer limits", self._limited_by)
        else:
            logger.warning("limited by %s to %.1f model runs a second", now, self._limits.fps)
        self._limited_by = now

    def _rate(self) -> float:
        """Model runs a second to aim at."""
        rate = self._limits.fps
        if self._mode is Mode.EMPTY:
            rate = min(self._heartbeat_fps, rate)
        elif self._mode is Mode.CALM:
            rate = min(CALM_FPS, rate)
        return max(rate, self._min_fps) if self._urgent else rate

    def _capture_fps(self) -> float:
        """Frames a second to ask of the source: in active to look at or to follow people, else enough to see motion."""
        rate = self._rate()
        if self._mode is Mode.ACTIVE:
            rate = max(rate, self._follow_fps)
        elif self._mode is Mode.EMPTY:
            rate = max(rate, EMPTY_CAPTURE_FPS)
        elif self._mode is Mode.CALM:
            rate = max(rate, CALM_CAPTURE_FPS)
        return min(rate, self._source_fps)

    def _take_turn(self, t_ns: int, *, at_once: bool) -> bool:
        """Whether it is this frame's turn for a look; turns lie on an even grid."""
        period_ns = round(_NS_PER_S / self._rate())
        if at_once or self._turn_ns is None or t_ns < self._turn_ns:
            self._turn_ns = t_ns
            return True
        next_ns = self._turn_ns + period_ns
        if t_ns < next_ns - _early_ns(period_ns):
            return False
        # A turn missed by a whole period is not made up for.
        self._turn_ns = next_ns if t_ns < next_ns + period_ns else t_ns
        return True


def _early_ns(period_ns: int) -> int:
    """How long before its turn a frame may come."""
    return min(round(_SLACK * period_ns), _MOST_SLACK_NS)
