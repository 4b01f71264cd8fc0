"""Listens to boxes and shows what they say, until somebody has seen enough."""

import signal
import time
from typing import Final

from rich.console import Console

from edge.publish.listener import Access, Listener
from edge.publish.topics import check_device
from edge.watch.inbox import Inbox
from edge.watch.reading import read
from edge.watch.screens import BoxScreen, FleetScreen
from edge.watch.views import JsonView, PlainView, View

_STOP_SIGNALS: Final = frozenset({signal.SIGTERM, signal.SIGINT})
_LOOK_S: Final = 0.05

_TOLD_BY_ALL: Final = ("status", "camera", "state", "health", "event")
"""What the table is made of. Landmarks of two hundred boxes are two thousand messages a second more."""


def watch(access: Access, *, prefix: str, device: str | None, as_json: bool) -> int:
    """Show what boxes say until SIGINT or SIGTERM, which the caller has blocked before any thread exists.

    Args:
        access: How the broker is reached.
        prefix: What all topics begin with.
        device: The only box to show; None shows all.
        as_json: Print every message as a JSON line.

    Returns:
        0.

    Raises:
        ConfigError: The device id is none.
    """
    if device is not None:
        check_device(device)
    inbox = Inbox()
    filters = _filters(prefix, device, everything=as_json)
    listener = Listener(access=access, filters=filters, on_message=inbox.put)
    listener.start()
    try:
        with _view(device, as_json=as_json) as view:
            while not signal.sigtimedwait(_STOP_SIGNALS, _LOOK_S):
                for heard in inbox.take():
                    if message := read(heard, prefix):
                        view.take(message)
                view.redraw(listener.link, time.monotonic())
    finally:
        listener.close()
    return 0


def _filters(prefix: str, device: str | None, *, everything: bool) -> list[tuple[str, int]]:
    if device is not None:
        return [(f"{prefix}/{device}/#", 1)]
    if everything:
        return [(f"{prefix}/#", 1)]
    return [(f"{prefix}/+/{kind}", 1) for kind in _TOLD_BY_ALL]


def _view(device: str | None, *, as_json: bool) -> View:
    if as_json:
        return JsonView()
    console = Console()
    if not console.is_terminal:
        return PlainView()
    return FleetScreen(console=console) if device is None else BoxScreen(device, console=console)
