"""One thread's work: from the newest frame to messages.

It waits for whatever comes first: a frame, the model's answer, or the next tick of the landmark stream. So the stream
keeps its rate while the model runs, and a slow model makes poses older but never makes anything wait in a queue.
"""

import logging
import math
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import time as TimeOfDay  # noqa: N812 - beside the module of the clock
from typing import Any, Final

from edge.capture.mailbox import Mailbox
from edge.detect.eyes import Eyes
from edge.flow import Frame, Poses, Tracks
from edge.heap import trim
from edge.lookout import Lookout
from edge.pace.governor import Governor, Look, Mode
from edge.pace.limits import Reading
from edge.pace.motion import STILL, MotionGate
from edge.pace.movement import Movement, person_boxes
from edge.pace.watch import Watch
from edge.publish.messages import Health, PersonState, State
from edge.publish.publisher import Publisher
from edge.publish.stream import LandmarkStream
from edge.schedule import Schedule
from edge.service.health import HealthKeeper
from edge.service.memory import release_code, release_startup_memory
from edge.service.one_core import OneCore
from edge.service.readings import Vitals, read
from edge.understanding import Understanding

logger = logging.getLogger(__name__)

_NS_PER_S: Final = 1_000_000_000

_SETTLE_NS: Final = _NS_PER_S
"""How long after the start the box has settled: what starting up needed can go, and rates begin to mean something."""

_CHORES_S: Final = 0.1
"""Time between two looks at what is due every second or so: the worker wakes sixty times in one."""

_READING_S: Final = 2.0
"""Time between two looks at heat and CPU share."""

_TRIM_S: Final = 2.0
"""Time between two returns of free heap. What a model run needs for a moment (copies of the picture, the network's
input, the heat map) lies where there is room for it, now here, now there, and what it has touched stays resident: 0.6
to 0.9 MB more each time. Beside other work memory was 0.7 to 1 MB less than with ten seconds. To get back what is
needed takes the next run 1.4 ms."""

_CODE_S: Final = 300.0
"""Time between two returns of code that nothing has run for some time."""

_PAUSED_FPS: Final = 1.0
"""Asked of the source while nobody looks."""

_FALLS_S: Final = 1.0
"""Time between two looks at falls whose person nobody knows."""

_LOOK_S: Final = 0.5
"""The longest wait: how soon after its deadline a camera gone silent, or a landmarker, is noticed."""


class Worker:
    """Takes frames from the mailbox and sees to the rest. `run` ends when the mailbox is closed.

    Args:
        frames: Where the capturing thread leaves the newest frame.
        eyes: The model; wakes the mailbox when it answers.
        understanding: Track and posture.
        publisher: Where messages go.
        landmark_rate_hz: Landmark messages a second; 0 for none.
        governor: Decides which frames get a model run.
        set_rate: Asks the source for so many frames a second.
        stale_s: Seconds without a frame or a result after which the camera counts as offline.
        health: Told of every model run.
        report: Sums up how the box is doing, as of a monotonic time.
        settings: What the state says of settings that may be changed.
        pause_over: Called when a pause is over.
    """

    def __init__(  # noqa: PLR0913  the flow's parts meet here
        self,
        *,
        frames: Mailbox[Frame],
        eyes: Eyes,
        understanding: Understanding,
        publisher: Publisher,
        landmark_rate_hz: float,
        governor: Governor,
        set_rate: Callable[[float], None],
        stale_s: float,
        health: HealthKeeper,
        report: Callable[[int], Health],
        settings: Callable[[], Mapping[str, Any]] = dict,
        pause_over: Callable[[], None] = lambda: None,
    ) -> None:
        self._frames = frames
        self._eyes = eyes
        self._understanding = understanding
        self._publisher = publisher
        self._stream: LandmarkStream | None = None
        self._message_s = math.inf
        self._set_landmark_rate(landmark_rate_hz)
        self._governor = governor
        self._set_rate = set_rate
        self._rate_fps = 0.0
        self._gate = MotionGate()
        self._lookout = Lookout()
        self._movement = Movement()
        self._watch = Watch()
        self._watching = True
        self._motion = STILL
        self._speed = 0.0
        self._submitted_ns = 0
        self._slow = False
        """Whether messages are due before the model answers: then people are worth following in its own frame too."""
        self._chores_due = Schedule(_CHORES_S)
        self._readings_due = Schedule(_READING_S)
        self._vitals = Vitals(time.monotonic_ns(), read)
        self._one_core = OneCore()
        self._stale_ns = round(stale_s * _NS_PER_S)
        self._health = health
        self._report = report
        self._settings = settings
        self._pause_over = pause_over
        self._paused_until_ns: float | None = None
        self._falls_due = Schedule(_FALLS_S)
        self._time_of_day = _time_of_day()
        self._trim_due = Schedule(_TRIM_S)
        self._code_due = Schedule(_CODE_S)
        self._settle_ns: int | None = time.monotonic_ns() + _SETTLE_NS
        self._openings = 0
        self._last: Poses | None = None
        self._told: object = None
        """What the last published state says."""
        self._fresh_ns = time.monotonic_ns()
        self._jobs: deque[Callable[[], None]] = deque()
        self.runs = 0
        """Model runs so far."""
        self.people = 0
        """How many are in the room, as of the last look; like `runs`, for any thread to read."""

    def run(self) -> None:
        """Work until the mailbox is closed.

        Raises:
            DetectorStalledError: The model did not answer in time.
        """
        if self.paused or self._publisher.falls:
            self.say_state()
        try:
            while not self._frames.closed:
                self._go_round()
        finally:
            self._one_core.leave()

    def _go_round(self) -> None:
        """Wait for something to do, and do it."""
        while self._jobs:
            self._jobs.popleft()()
        if (frame := self._next_frame()) is not None and not self.paused:
            self._consider(frame)
        if self._eyes.busy and (poses := self._eyes.take(self._understanding.missing)) is not None and not self.paused:
            self._understand(poses)
        self._tell(time.monotonic_ns())

    def between_frames(self, job: Callable[[], None]) -> None:
        """Have something done in the worker's thread, before it takes the next frame; may be called by any."""
        self._jobs.append(job)
        self._frames.wake()

    def retune(self, *, governor: Governor, landmark_rate_hz: float) -> None:
        """Go on at another pace, with everybody known so far. Only `between_frames`."""
        self._governor = governor
        self._rate_fps = 0.0
        self._set_landmark_rate(landmark_rate_hz)

    @property
    def paused(self) -> bool:
        """Whether the box was told to look away."""
        return self._paused_until_ns is not None

    def pause(self, until_ns: float | None) -> None:
        """Look away until a monotonic time, or look again (None). Only `between_frames`, or before `run`."""
        if until_ns is None and self.paused:
            logger.info("looking again")
            self._rate_fps = 0.0
            self._fresh_ns = time.monotonic_ns()
            self._pause_over()
        elif until_ns is not None and not self.paused:
            logger.info("paused: looking away")
            self._set_rate(_PAUSED_FPS)
            if self._last is not None:
                for event in self._understanding.end(time.monotonic_ns()):
                    self._publisher.event(event)
                self._last = None
            self._publisher.forget_people()
        self._paused_until_ns = until_ns
        self.say_state()

    def say_state(self) -> None:
        """Publish the state if anything in it has changed. Only `between_frames`."""
        self._publish_state(time.monotonic_ns())

    def finish(self) -> None:
        """The recording is over: whoever was there has left."""
        if self._last is not None:
            for event in self._understanding.end(self._last.t_ns):
                self._publisher.event(event)
            self._publish_state(self._last.t_ns)

    def _set_landmark_rate(self, rate_hz: float) -> None:
        self._message_s = 1.0 / rate_hz if rate_hz else math.inf
        if not rate_hz:
            self._stream = None
        elif self._stream:
            self._stream.set_rate(rate_hz)
        else:
            self._stream = LandmarkStream(
                rate_hz=rate_hz, predict=self._understanding.at, publish=self._publisher.tracks
            )

    def _next_frame(self) -> Frame | None:
        """Wait for something to do; returns a frame if there is one that the model can take."""
        now_ns = time.monotonic_ns()
        wait_s = _LOOK_S
        if self._stream and self._sees(now_ns):
            wait_s = min(wait_s, self._stream.wait_s(now_ns))
        if self._eyes.busy:
            self._frames.rest(wait_s)
            return None
        if self._governor.mode is Mode.ACTIVE and now_ns + round(wait_s * _NS_PER_S) < self._governor.turn_ns:
            # Frames until the next message are for following people at most: to wake up once does for both.
            self._frames.rest(wait_s)
            wait_s = 0.0
        return self._frames.take(wait_s)

    def _consider(self, frame: Frame) -> None:
        """Give the frame to the model if it is worth it."""
        self._fresh_ns = time.monotonic_ns()
        self._watching = self._governor.mode is not Mode.ACTIVE or self._watch.due(
            frame.t_ns, look_ns=self._governor.turn_ns, speed=self._speed
        )
        if self._watching:
            self._motion = self._gate.update(frame.image, frame.t_ns)
        if events := self._lookout.look(frame):
            for event in events:
                self._publisher.event(event)
            self._publish_state(frame.t_ns)
        if self._lookout.anew:
            self._understanding.forget_room()
        decision = self._governor.frame(frame.t_ns, self._motion)
        if decision.run:
            self._submitted_ns = self._fresh_ns
            self._eyes.submit(frame)
        if self._stream and self._governor.mode is Mode.ACTIVE and (self._slow or not decision.run):
            self._understanding.follow(frame)
        if decision.run:
            self._understanding.looking(frame)
        if decision.capture_fps != self._rate_fps:
            self._rate_fps = decision.capture_fps
            self._set_rate(decision.capture_fps)

    def _understand(self, poses: Poses) -> None:
        tracks, events = self._understanding.update(poses, time_of_day=self._time_of_day)
        self._learn(poses, tracks)
        for event in events:
            self._publisher.event(event)
        if self._stream:
            self._stream.inferred(tracks)
        if self._understanding.observed_ns == poses.t_ns:
            self._publish_state(poses.t_ns)
        self._last = poses
        self._fresh_ns = poses.done_ns
        self.runs += 1
        self._health.inferred(captured_ns=poses.t_ns, done_ns=poses.done_ns)

    def _learn(self, poses: Poses, tracks: Tracks) -> None:
        """Tell those who set the pace what came of the run."""
        duration_s = (poses.done_ns - self._submitted_ns) / _NS_PER_S
        self._slow = duration_s > self._message_s
        if self._watching:
            self._speed = self._movement.update(tracks)
            self._gate.looked(person_boxes(poses), self._speed)
        self._governor.looked(
            Look(
                t_ns=poses.t_ns,
                duration_s=duration_s,
                people=len(tracks.people),
                candidates=max(0, len(poses) - sum(not track.predicted for track in tracks.people)),
                speed=self._speed,
                urgent=self._understanding.urgent,
            )
        )

    def _tell(self, now_ns: int) -> None:
        sees = self._sees(now_ns)
        if sees and self._stream:
            self._stream.tick(now_ns)
        if self._chores_due.due(now_ns):
            self._see_to_chores(now_ns, sees=sees)

    def _see_to_chores(self, now_ns: int, *, sees: bool) -> None:
        """See to what is due every second or so."""
        if self._paused_until_ns is not None and now_ns >= self._paused_until_ns:
            self.pause(None)
        if self._falls_due.due(now_ns):
            self._time_of_day = _time_of_day()
            self._look_after_falls(now_ns)
        self._publisher.camera(online=sees)
        if self._readings_due.due(now_ns):
            self._read_vitals(now_ns)
        if self._trim_due.due(now_ns):
            trim()
        if self._code_due.due(now_ns):
            release_code()
        if self._openings != self._eyes.openings:
            self._openings = self._eyes.openings
            self._settle_ns = now_ns + _SETTLE_NS
        if self._settle_ns is not None:
            if now_ns < self._settle_ns:
                return
            self._settle_ns = None
            release_startup_memory()
        if self._publisher.health_due(now_ns):
            self._publisher.health(self._report(now_ns), t_ns=now_ns)

    def _read_vitals(self, now_ns: int) -> None:
        """Look at heat and CPU share, which pace depends on, and where threads run."""
        box, cpu_percent = self._vitals.look(now_ns)
        missed = self._stream.take_missed() if self._stream else 0.0
        self._governor.read(
            Reading(
                t_ns=now_ns,
                cpu_percent=cpu_percent,
                temperature_c=box.temperature_c,
                throttled=box.throttled,
                missed=missed,
            )
        )
        self._one_core.look(now_ns, cpu_percent=cpu_percent, missed=missed)

    def _look_after_falls(self, now_ns: int) -> None:
        if not self._publisher.falls:
            return
        people = self._understanding.people
        low = sum(person.down or person.posture == "lying" for person in people)
        self._publisher.look_after_falls(people=len(people), low=low)
        self._publish_state(now_ns)

    def _sees(self, now_ns: int) -> bool:
        """Whether frames and results are fresh."""
        return self._last is not None and not self.paused and now_ns - self._fresh_ns <= self._stale_ns

    def _publish_state(self, t_ns: int) -> None:
        people, view, settings = self._understanding.people, self._lookout.view, self._settings()
        self.people = len(people)
        now = people, view, self._publisher.falls, self.paused, settings
        if now == self._told:
            return
        self._told = now
        state = State(
            people=tuple(PersonState(**asdict(person)) for person in people),
            view=view,
            paused=self.paused,
            settings=settings,
        )
        self._publisher.state(state, t_ns=t_ns)


def _time_of_day() -> TimeOfDay:
    """Where the box stands."""
    now = time.localtime()
    return TimeOfDay(now.tm_hour, now.tm_min)
