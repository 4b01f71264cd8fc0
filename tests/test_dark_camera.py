"""A daemon whose camera sees nothing says so, as an event and in its state. Model and broker are real."""

import json
import time
from pathlib import Path

import numpy as np
import pytest
from support.broker import Broker, Listener

from edge.capture.source import FrameSource
from edge.config import load
from edge.daemon import Daemon
from edge.flow import Frame


class DarkCamera(FrameSource):
    """Ten black pictures a second."""

    name = "dark"

    def __init__(self) -> None:
        self._seq = 0

    def open(self) -> None:
        pass

    def read(self, timeout_s: float) -> Frame | None:
        time.sleep(min(timeout_s, 0.1))
        self._seq += 1
        return Frame(image=np.zeros((120, 160, 3), dtype=np.uint8), t_ns=time.monotonic_ns(), seq=self._seq)

    def close(self) -> None:
        pass


def test_a_camera_in_the_dark_is_an_event_and_stands_in_the_state(
    broker: Broker, bundle: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert bundle.exists()
    overrides = {"mqtt.broker": f"127.0.0.1:{broker.port}", "device.id": "box", "source.uri": "studio"}
    monkeypatch.setattr("edge.daemon.make_source", lambda _config: DarkCamera())
    with Listener(broker.port) as listener:
        daemon = Daemon(load(None, environ={}, overrides=overrides))
        daemon.start()
        try:
            listener.wait_for_number("event", 1)
            listener.wait_for_number("state", 2)
        finally:
            daemon.stop()
        event = json.loads(listener.payloads("event")[0])
        states = [json.loads(payload)["view"] for payload in listener.payloads("state")]
    assert (event["type"], event["track"], event["data"]) == ("view_lost", None, {"reason": "dark"})
    assert states == ["ok", "dark"]
