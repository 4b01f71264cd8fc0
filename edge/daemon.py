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
from edge.errors import DetectorStalledError
from edge.flow import Frame
from edge.parts import make_client, make_eyes, make_governor, make_publisher, make_source
from edge.publish.messages import Health
from edge.service.health import HealthKeeper
from edge.service.memory import share_one_heap
from edge.service.progress import Signs
from edge.understanding import Understanding
from edge.worker import Worker

logger = logging.getLogger(__name__)

_JOIN_S: Final = 0.4
"""How long a thread may take to end at a stop. Longer, and it is stuck in a driver or in MediaPipe; the process leaves
without it."""


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
        share_one_heap()
        self._config = config
        self._source = source or make_source(config)
        self._client = make_client(config)
        self._publisher = make_publisher(config, self._client)
        self._frames: Mailbox[Frame] = Mailbox()
        self._captured = self._rounds = 0
        self._health = HealthKeeper(version=__version__, model=config.detect.model, now_ns=time.monotonic_ns())
        self._eyes = make_eyes(config, on_result=self._frames.wake)
        self._governor = make_governor(config)
        self._understanding = Understanding(config)
        self._work_loop = Worker(
            frames=self._frames,
            eyes=self._eyes,
            understanding=self._understanding,
            publisher=self._publisher,
            landmark_rate_hz=config.publish.landmark_rate_hz,
            governor=self._governor,
            set_rate=self._source.set_rate,
            stale_s=config.source.read_timeout_s,
            health=self._health,
            report=self._report,
        )
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
            self._eyes.close()
        if self._failure is not None:
            raise self._failure

    @property
    def model_runs(self) -> int:
        """Frames the model has looked at so far."""
        return self._work_loop.runs

    @property
    def signs(self) -> Signs:
        """Signs of life, for the watchdog."""
        return Signs(self._rounds, self._captured, self._work_loop.runs, link_alive=self._client.alive)

    @property
    def status(self) -> str:
        """One line for people: mode, people, broker."""
        people = len(self._understanding.people)
        return (
            f"{self._governor.mode.value}, {people} {'person' if people == 1 else 'people'}, "
            f"broker {'connected' if self._client.counters().connected else 'away'}"
        )

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
            self._rounds += 1
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
        self._work_loop.run()
        if not self._stopping and self._failure is None:
            self._work_loop.finish()
            logger.info("%s has ended", self._source.name)
        self.ended.set()

    def _report(self, now_ns: int) -> Health:
        return self._health.message(
            captured=self._captured,
            dropped=self._frames.dropped,
            link=self._client.counters(),
            pace=self._governor.pace,
            now_ns=now_ns,
        )
