"""The daemon, wired: capture → detect → track → posture → publish.

Threads: one captures; one works, from detection to publishing; MediaPipe and the MQTT client have their own. Between
capture and the worker stands a mailbox that holds the newest frame.
"""

import logging
import threading
import time
from collections.abc import Callable
from typing import Final

from edge import __version__
from edge.capture.mailbox import Mailbox
from edge.capture.source import FrameOverdueError, FrameSource
from edge.config import Config
from edge.detect.landmarker import LiveLandmarker
from edge.errors import DetectorStalledError
from edge.flow import Frame
from edge.parts import landmarker_options, make_client, make_publisher, make_source, model_bundle
from edge.publish.messages import PersonState, State
from edge.schedule import FRAME_SLACK, Schedule
from edge.service.health import HealthKeeper
from edge.service.memory import release_startup_memory
from edge.understanding import Understanding

logger = logging.getLogger(__name__)

_JOIN_S: Final = 0.4
"""How long a thread may take to end at a stop. Longer, and it is stuck in a driver or in MediaPipe; the process leaves
without it."""

_SETTLE_NS: Final = 1_000_000_000
"""How long after the start the box has settled: what starting up needed can go, and rates begin to mean something."""


class Daemon:
    """One box at work: `start` it, wait for `ended`, then `stop` it. Runs once.

    Args:
        config: The whole configuration.
        source: Where frames come from instead of the configured source; not yet open.

    Raises:
        ModelError: The model bundle is missing or damaged.
        ProcessorError: This processor cannot run the installed MediaPipe.
        ConfigError: A setting turned out to be unusable.
    """

    def __init__(self, config: Config, *, source: FrameSource | None = None) -> None:
        self._config = config
        self._source = source or make_source(config)
        self._client = make_client(config)
        self._publisher = make_publisher(config, self._client)
        self._understanding = Understanding(config)
        self._runs = Schedule(1.0 / config.pace.max_inference_fps, slack=FRAME_SLACK)
        self._health = HealthKeeper(version=__version__, model=config.detect.model, now_ns=time.monotonic_ns())
        self._landmarker = LiveLandmarker(
            bundle=model_bundle(config),
            options=landmarker_options(config),
            result_timeout_s=config.detect.result_timeout_s,
        )
        self._frames: Mailbox[Frame] = Mailbox()
        self._captured = 0
        self._model_runs = 0
        self._settle_at_ns = 0
        self._settled = False
        self._stopping = False
        self._failure: BaseException | None = None
        self._capturer = threading.Thread(target=self._guard, args=(self._capture,), name="capture", daemon=True)
        self._worker = threading.Thread(target=self._guard, args=(self._work,), name="worker", daemon=True)
        self.ended = threading.Event()
        """Set when the work has ended by itself: a recording is over, or something failed."""

    def start(self) -> None:
        """Open the source, then begin to connect, to capture and to look.

        Raises:
            SourceError: The source cannot be used as given.
            SourceLostError: The source does not answer now.
        """
        self._source.open()
        logger.info("watching %s as %s", self._source.name, self._config.device.id)
        self._publisher.camera(online=False)
        self._client.start()
        self._settle_at_ns = time.monotonic_ns() + _SETTLE_NS
        self._worker.start()
        self._capturer.start()

    def stop(self) -> None:
        """End everything within two seconds, saying `offline` to the broker.

        Raises:
            EdgeError: What ended the work before this call.
        """
        self._stopping = True
        self._frames.close()
        if self._worker.ident is not None:
            self._worker.join(_JOIN_S)
        if not self._worker.is_alive():
            self._publisher.camera(online=False)
        self._client.close()
        # Apart, as closing a camera may wait for its driver.
        closer = threading.Thread(target=self._source.close, name="close-source", daemon=True)
        closer.start()
        for thread in (closer, self._capturer):
            if thread.ident is not None:
                thread.join(_JOIN_S)
        if not self.stuck:
            self._landmarker.close()
        if self._failure is not None:
            raise self._failure

    @property
    def model_runs(self) -> int:
        """Frames the model has looked at so far."""
        return self._model_runs

    @property
    def stuck(self) -> bool:
        """Whether a thread hangs in a driver or in MediaPipe, which Python would wait for at exit, for ever."""
        hanging = self._worker.is_alive() or self._capturer.is_alive()
        return hanging or isinstance(self._failure, DetectorStalledError)

    def _guard(self, work: Callable[[], None]) -> None:
        """Let nothing die in silence: what ends one thread ends the daemon."""
        try:
            work()
        except BaseException as error:  # noqa: BLE001 - raised again by stop()
            self._failure = self._failure or error
            self.ended.set()
        finally:
            self._frames.close()

    def _capture(self) -> None:
        overdue = False
        while not self._stopping:
            try:
                frame = self._source.read(self._config.source.read_timeout_s)
            except FrameOverdueError as error:
                if not overdue:
                    logger.warning("%s", error)
                overdue = True
                continue
            if frame is None:
                return
            if overdue:
                logger.info("%s delivers again", self._source.name)
                overdue = False
            self._captured += 1
            self._frames.put(frame)

    def _work(self) -> None:
        frame: Frame | None = None
        while (newest := self._frames.take(self._config.source.read_timeout_s)) or not self._frames.closed:
            if newest is None:
                self._publisher.camera(online=False)
            elif self._runs.due(newest.t_ns):
                frame = newest
                self._look(frame)
            self._report_health()
        if frame and not self._stopping:
            self._finish(frame)
        self.ended.set()

    def _look(self, frame: Frame) -> None:
        """One frame's way through the house."""
        poses = self._landmarker.detect(frame)
        self._model_runs += 1
        tracks, events = self._understanding.update(poses)
        for event in events:
            self._publisher.event(event)
        self._publisher.tracks(tracks)
        self._publish_state(frame)
        self._publisher.camera(online=True)
        self._health.inferred(captured_ns=frame.t_ns, done_ns=poses.done_ns)

    def _finish(self, frame: Frame) -> None:
        """The recording is over: whoever was there has left."""
        for event in self._understanding.end(frame.t_ns):
            self._publisher.event(event)
        self._publish_state(frame)
        logger.info("%s has ended", self._source.name)

    def _publish_state(self, frame: Frame) -> None:
        people = tuple(PersonState(id=person) for person in self._understanding.people)
        self._publisher.state(State(people=people), t_ns=frame.t_ns)

    def _report_health(self) -> None:
        now_ns = time.monotonic_ns()
        if not self._settled:
            if now_ns < self._settle_at_ns:
                return
            self._settled = True
            release_startup_memory()
        if self._publisher.health_due(now_ns):
            message = self._health.message(captured=self._captured, link=self._client.counters(), now_ns=now_ns)
            self._publisher.health(message, t_ns=now_ns)
