"""`pose-edge run` with a wound: what is named in the file given as first argument stops working once that file appears.

Only for tests; the installed package knows nothing of it.
"""

import ctypes
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from edge.capture.source import FrameOverdueError
from edge.capture.studio.source import StudioSource
from edge.cli import main
from edge.detect.eyes import Eyes
from edge.detect.landmarker import LiveLandmarker

WOUND = Path(sys.argv.pop(1))
MEGABYTES = 4_000_000


def wounded(kind: str) -> bool:
    try:
        return WOUND.read_text() == kind
    except FileNotFoundError:
        return False


def hang() -> None:
    WOUND.unlink(missing_ok=True)
    threading.Event().wait()


healthy: dict[str, Callable[..., Any]] = {
    "driver": StudioSource.read,
    "callback": LiveLandmarker._hand_over,  # noqa: SLF001
    "worker": Eyes.take,
}


def wound(part: str) -> Callable[..., Any]:
    """The part as it is, until it is wounded: then it never comes back."""

    def call(*arguments: Any) -> Any:  # noqa: ANN401 - whatever the part takes and gives
        if wounded(part):
            hang()
        return healthy[part](*arguments)

    return call


def read(source: StudioSource, timeout_s: float) -> Any:  # noqa: ANN401
    """As a camera that is silent for as long as the file is there."""
    if wounded("silent"):
        time.sleep(timeout_s)
        raise FrameOverdueError(f"{source.name}: no picture for {timeout_s:g} s")
    return wound("driver")(source, timeout_s)


def end_mqtt_thread() -> None:
    while not wounded("mqtt"):
        time.sleep(0.1)
    WOUND.unlink(missing_ok=True)
    thread = next(thread for thread in threading.enumerate() if thread.name == "mqtt")
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread.ident or 0), ctypes.py_object(SystemExit))


def take_memory() -> None:
    while not wounded("memory"):
        time.sleep(0.1)
    WOUND.unlink(missing_ok=True)
    taken = []
    while True:
        taken.append(bytearray(b"1") * MEGABYTES)
        time.sleep(0.02)


StudioSource.read = read  # type: ignore[method-assign,assignment]
LiveLandmarker._hand_over = wound("callback")  # type: ignore[method-assign] # noqa: SLF001
Eyes.take = wound("worker")  # type: ignore[method-assign]
for wounding in (end_mqtt_thread, take_memory):
    threading.Thread(target=wounding, daemon=True).start()
sys.exit(main())
