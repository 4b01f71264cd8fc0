"""Runs the daemon in the foreground until SIGTERM or Ctrl-C; what systemd starts.

pose-edge run                                             as configured in /etc/pose-edge/pose-edge.toml
pose-edge run --source studio --broker 127.0.0.1 --device bar1
pose-edge run --source file:kitchen.mp4 --broker broker.local:1883
"""

import argparse
import os
import signal
import sys
import time
from typing import TYPE_CHECKING, Final

from edge.cli.options import add_box, add_config, load_config
from edge.errors import EdgeError, ExitCode
from edge.schedule import Schedule

if TYPE_CHECKING:
    from edge.daemon import Daemon
    from edge.service.notify import Notifier
    from edge.service.progress import Progress

SUMMARY: Final = "watch the camera and publish: the daemon"

_STOP_SIGNALS: Final = frozenset({signal.SIGTERM, signal.SIGINT})

_LOOK_S: Final = 0.2
"""How soon the end of a recording or a failure is noticed; a signal is noticed at once."""

_REPORT_S: Final = 2.0
"""How often systemd is told how things are."""

_FRAMES_S: Final = 15.0
"""Without a frame for so long the watchdog goes hungry: every source has tried by itself by then."""

_RESULTS_S: Final = 10.0
"""The same without a result, on top of two heartbeats."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add this command's arguments."""
    add_config(parser)
    add_box(parser)
    parser.add_argument("--broker", metavar="HOST[:PORT]", help="MQTT broker instead of the configured one")


def run(args: argparse.Namespace) -> int:
    """Run until told to stop, or until the work ends by itself."""
    config = load_config(args, {"source.uri": args.source, "device.id": args.device, "mqtt.broker": args.broker})
    # Blocked here, before any thread exists, and waited for below: no handler can interrupt anything.
    signal.pthread_sigmask(signal.SIG_BLOCK, _STOP_SIGNALS)
    from edge.daemon import Daemon  # noqa: PLC0415 - MediaPipe and OpenCV are for this command alone
    from edge.service.log import set_up  # noqa: PLC0415
    from edge.service.notify import Notifier  # noqa: PLC0415
    from edge.service.progress import Progress  # noqa: PLC0415

    set_up(level=config.service.log_level, style=config.service.log_format)
    daemon = Daemon(config)
    notifier = Notifier.from_environment()
    try:
        daemon.start()
        results_s = _RESULTS_S + 2 * config.pace.heartbeat_s
        progress = Progress(frames_s=_FRAMES_S, results_s=results_s, now_ns=time.monotonic_ns())
        due = Schedule(min(_REPORT_S, (notifier.watchdog_s or _REPORT_S) / 3))
        while not daemon.ended.is_set():
            if signal.sigtimedwait(_STOP_SIGNALS, _LOOK_S):
                break
            if due.due(now_ns := time.monotonic_ns()) or not progress.ready:
                _report(daemon, progress, notifier, now_ns)
    finally:
        notifier.stopping()
        _stop(daemon)
        notifier.close()
    return ExitCode.OK


def _report(daemon: "Daemon", progress: "Progress", notifier: "Notifier", now_ns: int) -> None:
    """Tell systemd how things are, and that they go on if they do."""
    was_ready = progress.ready
    progress.update(daemon.signs, now_ns)
    if progress.ready and not was_ready:
        notifier.ready()
    if (trouble := progress.stuck(now_ns)) is None:
        notifier.alive()
    notifier.status(trouble or daemon.status)


def _stop(daemon: "Daemon") -> None:
    try:
        daemon.stop()
    except EdgeError as error:
        if not daemon.stuck:
            raise
        print(f"pose-edge: {error}", file=sys.stderr, flush=True)
        os._exit(error.exit_code)
    if daemon.stuck:
        # Python would wait at exit for MediaPipe's threads, one of which is never coming back.
        print("pose-edge: a thread is stuck in a driver: leaving without it", file=sys.stderr, flush=True)
        os._exit(ExitCode.OK)
