"""Runs the daemon as a service: tells systemd how it is, ends it when it hangs, and keeps a blind box visible."""

import logging
import os
import signal
import time
from collections.abc import Callable
from typing import Final

from edge.config import Config
from edge.daemon import Daemon
from edge.errors import (
    ConfigError,
    DetectorStalledError,
    EdgeError,
    ExitCode,
    LinkStalledError,
    RestartAskedError,
    SourceLostError,
)
from edge.parts import make_client, make_outbox, make_publisher, state_folder
from edge.schedule import Schedule
from edge.service.log import last_words
from edge.service.notify import Notifier
from edge.service.progress import Progress, Stuck
from edge.service.restarts import WELL_S, Restarts

logger = logging.getLogger(__name__)

STOP_SIGNALS: Final = frozenset({signal.SIGTERM, signal.SIGINT})
SIGNALS: Final = STOP_SIGNALS | {signal.SIGHUP}
"""All that are waited for; SIGHUP means to read the configuration again."""

_LOOK_S: Final = 0.2
"""How soon the end of a recording or a failure is noticed; a signal is noticed at once."""

_REPORT_S: Final = 2.0
"""How often progress is looked at and systemd is told."""

_CAPTURES_S: Final = 12.0
"""A capturing thread that has not come round for so long hangs in a driver: each of its waits ends after
`source.read_timeout_s` or, in the Pi's camera, after 10 s."""

_RESULTS_S: Final = 10.0
"""So long frames may come without a result, on top of two heartbeats. The landmarker has a deadline of its own."""

_BLIND_S: Final = 300.0
"""How long a blind box stays up before it tries again: five minutes without a picture, in which it says so."""

_NS_PER_S: Final = 1_000_000_000
_FAULTS: Final = {
    Stuck.CAPTURE: SourceLostError,
    Stuck.RESULTS: DetectorStalledError,
    Stuck.LINK: LinkStalledError,
}


class Supervisor:
    """Sees one run of the daemon through. `SIGNALS` must be blocked in all threads.

    Args:
        config: The whole configuration.
        read_config: Reads it again.
        notifier: The line to systemd.
        restarts: What became of the runs before.
    """

    def __init__(
        self, config: Config, *, read_config: Callable[[], Config], notifier: Notifier, restarts: Restarts
    ) -> None:
        self._config = config
        self._read_config = read_config
        self._notifier = notifier
        self._restarts = restarts

    def run(self) -> ExitCode:
        """Run until a stop signal, or until the work ends by itself.

        Raises:
            EdgeError: The box cannot work, or stopped working.
        """
        if (why := self._restarts.begin()) is not None:
            return self._stay_visible(why)
        try:
            self._watch()
        except RestartAskedError:
            self._restarts.stopped()
            raise
        except EdgeError as error:
            self._restarts.failed(error.exit_code, str(error).splitlines()[0])
            raise
        self._restarts.stopped()
        return ExitCode.OK

    def _watch(self) -> None:
        daemon = Daemon(self._config, past=self._restarts.past, state=state_folder())
        fault: EdgeError | None = None
        try:
            daemon.start()
            fault = self._look_after(daemon)
        finally:
            self._notifier.stopping()
            self._stop(daemon, fault)

    def _look_after(self, daemon: Daemon) -> EdgeError | None:
        """Wait for the end; returns what hangs, if that is why."""
        began_ns = time.monotonic_ns()
        results_s = _RESULTS_S + 2 * self._config.pace.heartbeat_s
        progress = Progress(captures_s=_CAPTURES_S, results_s=results_s, now_ns=began_ns)
        due = Schedule(min(_REPORT_S, (self._notifier.watchdog_s or _REPORT_S) / 3))
        well = False
        while not daemon.ended.is_set():
            if (caught := signal.sigtimedwait(SIGNALS, _LOOK_S)) is not None:
                if caught.si_signo in STOP_SIGNALS:
                    return None
                self._reload(daemon)
            if daemon.wishes.reload.is_set():
                daemon.wishes.reload.clear()
                self._reload(daemon)
            now_ns = time.monotonic_ns()
            if daemon.wishes.restart_ns is not None and now_ns >= daemon.wishes.restart_ns:
                return RestartAskedError("a restart was asked for over MQTT: leaving, to be started anew")
            if not due.due(now_ns) and progress.ready:
                continue
            was_ready = progress.ready
            progress.update(daemon.signs, now_ns)
            if (stuck := progress.stuck(now_ns)) is not None:
                kind, text = stuck
                logger.error("%s: leaving, to be started anew", text)
                return _FAULTS[kind](text)
            self._notifier.alive()
            self._notifier.status(daemon.status(now_ns))
            if progress.ready and not was_ready:
                self._notifier.ready()
            if not well and progress.ready and now_ns - began_ns > WELL_S * _NS_PER_S:
                well = True
                self._restarts.went_well()
        return None

    def _reload(self, daemon: Daemon) -> None:
        """Read the configuration again; a wrong one changes nothing."""
        self._notifier.reloading(time.monotonic_ns())
        problems: list[str] = []
        try:
            change = daemon.apply(self._read_config())
        except ConfigError as error:
            problems = str(error).splitlines()
        if problems:
            for problem in problems:
                logger.error("configuration not loaded: %s", problem)
            daemon.refused(problems[0])
        else:
            logger.info("configuration loaded anew: %s", ", ".join(change.live) or "nothing to change at once")
            if change.waiting:
                logger.warning("these keys wait for a restart: %s", ", ".join(change.waiting))
        self._notifier.status(daemon.status(time.monotonic_ns()))
        self._notifier.ready()

    def _stop(self, daemon: Daemon, fault: EdgeError | None) -> None:
        """End the daemon, even if a part of it never comes back."""
        error = fault
        try:
            daemon.stop()
        except EdgeError as failure:
            error = error or failure
        if daemon.stuck or (fault is not None and not isinstance(fault, RestartAskedError)):
            # Python would wait at exit for a thread that is never coming back.
            if error is not None:
                self._restarts.failed(error.exit_code, str(error).splitlines()[0])
            last_words(str(error or "a thread is stuck in a driver: leaving without it"))
            os._exit(error.exit_code if error else ExitCode.OK)
        if error is not None:
            raise error

    def _stay_visible(self, why: str) -> ExitCode:
        """Start nothing but the line to the broker, which learns that the camera is offline."""
        logger.error("starting again does not help (%s): staying up without a picture for %.0f s", why, _BLIND_S)
        outbox = make_outbox(state_folder())
        client = make_client(self._config, outbox)
        publisher = make_publisher(self._config, client, outbox)
        client.start()
        publisher.camera(online=False)
        self._notifier.status(f"blind: {why}")
        self._notifier.ready()
        deadline = time.monotonic() + _BLIND_S
        caught: signal.struct_siginfo | None = None
        while caught is None and time.monotonic() < deadline:
            self._notifier.alive()
            caught = signal.sigtimedwait(SIGNALS, _REPORT_S)
        client.close()
        if caught is not None and caught.si_signo in STOP_SIGNALS:
            return ExitCode.OK
        raise SourceLostError(f"was blind ({why}): trying again")
