"""Runs the demo's parts together and prints what the subscriber gets."""

import queue
import signal
import sys
import time
from contextlib import ExitStack
from typing import Final

from edge.config import Config
from edge.daemon import Daemon
from edge.demo.broker import EmbeddedBroker
from edge.demo.view import JsonView, TerminalView, View
from edge.demo.viewer import Subscriber, Tally
from edge.errors import ExitCode, ModelError
from edge.parts import model_bundle

_STOP_SIGNALS: Final = frozenset({signal.SIGTERM, signal.SIGINT})
_LOOK_S: Final = 0.1
_LAST_WORDS_S: Final = 0.5
"""How long to wait for the messages of the daemon's stop."""


def show(config: Config, *, seconds: float, as_json: bool) -> int:
    """Run the demo.

    Args:
        config: The configuration; its broker is replaced by the embedded one.
        seconds: How long; 0 until a signal.
        as_json: Print every message as a JSON line instead of a live view.

    Returns:
        0 if somebody was seen and landmarks arrived, else 1.
    """
    # Blocked before any thread exists, and waited for below.
    signal.pthread_sigmask(signal.SIG_BLOCK, _STOP_SIGNALS)
    with ExitStack() as stack:
        broker = stack.enter_context(EmbeddedBroker())
        config = _with_broker(config, broker.port)
        prefix = f"{config.mqtt.topic_prefix}/{config.device.id}"
        view: View = stack.enter_context(JsonView() if as_json else TerminalView())
        view.say(f"broker    127.0.0.1:{broker.port}, embedded; topics {prefix}/#")
        view.say(f"source    {config.source.uri}, {config.source.width}×{config.source.height}")
        config = _with_model(config, view)
        view.say(f"model     {config.detect.model}")
        subscriber = Subscriber(port=broker.port, prefix=prefix)
        subscriber.start()
        stack.callback(subscriber.stop)
        daemon = Daemon(config)
        try:
            daemon.start()
            _watch(daemon, subscriber, view, seconds)
        finally:
            daemon.stop()
        _drain(subscriber, view, until_s=time.monotonic() + _LAST_WORDS_S)
    view.end()
    return _verdict(view.tally)


def _with_broker(config: Config, port: int) -> Config:
    # amqtt speaks 3.1.1 only.
    mqtt = config.mqtt.model_copy(
        update={"broker": f"127.0.0.1:{port}", "protocol": "3.1.1", "username": None, "password": None}
    )
    return config.model_copy(update={"mqtt": mqtt})


def _with_model(config: Config, view: View) -> Config:
    """The configured model, or the full one where only that could be had."""
    try:
        model_bundle(config)
    except ModelError as missing:
        full = config.model_copy(update={"detect": config.detect.model_copy(update={"model": "full"})})
        try:
            model_bundle(full)
        except ModelError:
            raise missing from None
        view.say(f"ATTENTION the {config.detect.model} model is not here ({missing}); showing the slower full model")
        return full
    return config


def _watch(daemon: Daemon, subscriber: Subscriber, view: View, seconds: float) -> None:
    started_s = time.monotonic()
    while not daemon.ended.is_set():
        now_s = time.monotonic()
        if seconds and now_s - started_s >= seconds:
            return
        _drain(subscriber, view, until_s=now_s)
        view.redraw(now_s - started_s)
        if signal.sigtimedwait(_STOP_SIGNALS, _LOOK_S):
            return


def _drain(subscriber: Subscriber, view: View, *, until_s: float) -> None:
    """Show what has arrived, and what arrives until then."""
    while True:
        try:
            view.take(subscriber.received.get(timeout=max(0.0, until_s - time.monotonic())))
        except queue.Empty:
            return


def _verdict(tally: Tally) -> int:
    if tally.messages["landmarks"] and tally.events["person_entered"]:
        return ExitCode.OK
    print("pose-edge: nobody was seen: let the demo run longer, or check the source", file=sys.stderr)
    return ExitCode.DEFECT
