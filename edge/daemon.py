"""The daemon, wired: capture → detect → track → posture → publish.

Threads: one captures; one works, from detection to publishing; MediaPipe and the MQTT client have their own. Between
capture and the worker stands a mailbox that holds the newest frame.
"""

import logging
import threading
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Final

from edge import __version__
from edge.capture.mailbox import Mailbox
from edge.capture.source import FrameOverdueError, FrameSource
from edge.config import Config
from edge.control import PAUSE_NOTE, Control, Wishes, paused_until_ns
from edge.errors import DetectorStalledError
from edge.flow import Frame
from edge.introduction import introduction
from edge.parts import make_client, make_eyes, make_governor, make_outbox, make_publisher, make_source
from edge.publish.commands import Commands
from edge.publish.messages import Health
from edge.publish.tunables import Value
from edge.reload import Change, compare
from edge.room import ROOM_NOTE, RoomKeeper, read_room
from edge.service.flow_stats import Rate
from edge.service.health import HealthKeeper
from edge.service.log import set_level
from edge.service.memory import share_one_heap
from edge.service.progress import Signs
from edge.service.recovery import Recovery
from edge.service.restarts import Past
from edge.settings import NOTE as SETTINGS_NOTE
from edge.settings import Kept, settable, shown, value_of, with_value
from edge.understanding import Understanding
from edge.worker import Worker

logger = logging.getLogger(__name__)

_JOIN_S: Final = 0.4
"""How long a thread may take to end at a stop. Longer, and it is stuck in a driver or in MediaPipe; the process leaves
without it."""

CONFIG_OK: Final = "ok"
_LONGEST_STATE: Final = 255
"""Characters of the configuration's state: what Home Assistant takes."""


class Daemon:
    """One box at work: `start` it, wait for `ended`, then `stop` it. Runs once.

    Args:
        config: The whole configuration.
        source: Where frames come from instead of the configured source; not yet open.
        past: What became of the runs before, for health.
        state: Folder for what must outlive a restart: undelivered events, falls, settings; None for memory only.

    Raises:
        ModelError: The model bundle is missing or damaged.
        ProcessorError: This processor cannot run the installed MediaPipe.
        ConfigError: A setting turned out to be unusable.
    """

    def __init__(
        self,
        config: Config,
        *,
        source: FrameSource | None = None,
        past: Past | None = None,
        state: Path | None = None,
    ) -> None:
        share_one_heap()
        outbox = make_outbox(state)
        self._kept = Kept(outbox.noted.get(SETTINGS_NOTE))
        self._file = config
        self._config = self._wanted = config = self._kept.over(config)
        self._applying = threading.Lock()
        self._settings = shown(config)
        self._source = source or make_source(config)
        self._client = make_client(config, outbox)
        self._publisher = make_publisher(config, self._client, outbox)
        self._frames: Mailbox[Frame] = Mailbox()
        self._captured = self._rounds = 0
        self._recovery = Recovery(past or Past())
        self._config_state = CONFIG_OK
        self._rate = Rate(time.monotonic_ns())
        self._health = HealthKeeper(version=__version__, model=config.detect.model, now_ns=time.monotonic_ns())
        self._eyes = make_eyes(config, on_result=self._frames.wake)
        self._governor = make_governor(config)
        room = outbox.noted.get(ROOM_NOTE)
        self._understanding = Understanding(config, learned=read_room(room))
        self._room = RoomKeeper(room, learned=lambda: self._understanding.learned, keep=self._client.note)
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
            settings=lambda: self._settings,
            pause_over=partial(self._client.note, PAUSE_NOTE, None),
        )
        until_ns = paused_until_ns(outbox.noted.get(PAUSE_NOTE), now_ns=time.monotonic_ns(), unix_s=time.time())
        if until_ns is not None:
            self._work_loop.between_frames(partial(self._work_loop.pause, until_ns))
        self.wishes = Wishes()
        """What commands over MQTT ask of whoever looks after this."""
        self._listen(outbox.noted)
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
            self._room.keep()
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
        return Signs(
            self._rounds,
            self._captured,
            self._work_loop.runs,
            link_alive=self._client.alive,
            paused=self._work_loop.paused,
        )

    def status(self, now_ns: int) -> str:
        """One line for people: mode, frames a second since the last call, people, broker, and the configuration."""
        people = self._work_loop.people
        config = "" if self._config_state == CONFIG_OK else f", configuration {self._config_state}"
        return (
            f"{self._governor.mode.value}, {self._rate.since(self._captured, now_ns):.0f} fps, "
            f"{people} {'person' if people == 1 else 'people'}, "
            f"broker {'connected' if self._client.counters().connected else 'away'}{config}"
        )

    def apply(self, wanted: Config) -> Change:
        """Put in force what can be without losing anybody; returns what was, and what waits for the next start.

        Settings kept from MQTT stand over it. May be called by any thread; it does not wait for the worker, which
        changes over before its next frame.
        """
        with self._applying:
            self._file = wanted
            change = self._apply(self._kept.over(wanted))
            self._client.note(SETTINGS_NOTE, self._kept.note())
            return change

    def _set(self, key: str, value: Value, *, persist: bool) -> None:
        """Change one setting.

        Raises:
            ValueError: It contradicts another.
        """
        with self._applying:
            wanted = with_value(self._wanted, key, value)
            if persist:
                self._kept.keep(key, value, file=value_of(self._file, key))
            else:
                self._kept.forget(key)
            self._client.note(SETTINGS_NOTE, self._kept.note())
            self._apply(wanted)

    def _apply(self, wanted: Config) -> Change:
        change = compare(self._config, wanted)
        self._wanted = wanted
        self._config = change.config
        self._settings = shown(change.config)
        self._config_state = f"restart needed: {', '.join(change.waiting)}" if change.waiting else CONFIG_OK
        if change.touches("service.log_level"):
            set_level(change.config.service.log_level)
        self._work_loop.between_frames(partial(self._change_over, change))
        return change

    def refused(self, why: str) -> None:
        """Note that a configuration was to be put in force and is wrong; the old one stays."""
        self._config_state = f"refused: {why}"[:_LONGEST_STATE]

    def _change_over(self, change: Change) -> None:
        config = change.config
        if change.touches("pace", "publish.landmark_rate_hz"):
            self._governor = make_governor(config)
            self._work_loop.retune(governor=self._governor, landmark_rate_hz=config.publish.landmark_rate_hz)
        if change.touches("posture", "zones"):
            self._understanding.retune(config)
        if change.touches("publish.health_interval_s"):
            self._publisher.set_health_interval(config.publish.health_interval_s)
        self._work_loop.say_state()

    def _listen(self, noted: Mapping[str, bytes]) -> None:
        """Take commands, and have Home Assistant told."""
        control = Control(
            looking=self._work_loop,
            publisher=self._publisher,
            keep=self._client.note,
            config=lambda: self._config,
            change=self._set,
            wishes=self.wishes,
            name=self._config.device.id,
        )
        tunables = settable()
        told, note = introduction(self._config, tunables, noted)
        self._client.listen(commands=Commands(control, tunables), announcement=told)
        if note is not None:
            self._client.note(*note)

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
                    self._recovery.overdue += 1
                overdue = True
                continue
            if frame is None:
                return
            if overdue:
                logger.info("%s delivers again", self._source.name)
                overdue = False
                self._recovery.returned += 1
            self._captured += 1
            if not self._work_loop.paused:
                self._frames.put(frame)

    def _work(self) -> None:
        self._work_loop.run()
        if not self._stopping and self._failure is None:
            self._work_loop.finish()
            logger.info("%s has ended", self._source.name)
        self.ended.set()

    def _report(self, now_ns: int) -> Health:
        # In the worker's thread, as what it asks is the worker's.
        self._room.tick(now_ns)
        return self._health.message(
            captured=self._captured,
            dropped=self._frames.dropped,
            link=self._client.counters(),
            pace=self._governor.pace,
            now_ns=now_ns,
            config=self._config_state,
            recovery=self._recovery.as_dict(),
        )
