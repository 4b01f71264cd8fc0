"""The daemon as a user starts it, with a real broker, the real model, rendered people and real video files."""

import json
import os
import shutil
import signal
from pathlib import Path
from typing import Any

import pytest
from support.broker import Broker, Listener
from support.daemon import RunningDaemon
from support.films import film

from edge.publish.wire import decode


def events(listener: Listener) -> list[dict[str, Any]]:
    return [json.loads(payload) for payload in listener.payloads("event")]


@pytest.fixture(scope="module")
def leaving(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A film in which somebody walks out of the picture."""
    return film(tmp_path_factory.mktemp("films") / "leaving.mp4", "leave", seconds=6)


def on_studio(broker: Broker, **options: Any) -> RunningDaemon:  # noqa: ANN401 - RunningDaemon's
    arguments = ("--source", "studio", "--broker", f"127.0.0.1:{broker.port}", "--device", "bar1")
    return RunningDaemon(*arguments, **options)


def test_the_studio_is_watched_and_published_at_ten_messages_a_second(broker: Broker) -> None:
    with Listener(broker.port) as listener, on_studio(broker):
        listener.wait_for("status", b"online")
        listener.wait_for("camera", b"online")
        listener.wait_for_number("event", 1)
        listener.wait_for_number("health", 1)
        listener.wait_for_number("landmarks", 61)
        messages = [decode(payload) for payload in listener.payloads("landmarks")[:61]]
        assert 9.5 <= 60_000 / (messages[60].time_ms - messages[0].time_ms) <= 10.5
        assert messages[60].seq - messages[0].seq == 60
        assert any(message.people for message in messages)
        (entered, *_) = events(listener)
        assert (entered["type"], entered["device"], entered["track"]) == ("person_entered", "bar1", 1)
        assert json.loads(listener.payloads("state")[-1])["presence"] == "ON"
        assert json.loads(listener.payloads("health")[0])["fps_inferred"] > 0


def test_what_a_late_subscriber_must_know_is_retained(broker: Broker) -> None:
    with Listener(broker.port) as early, on_studio(broker):
        early.wait_for_number("health", 1)
        with Listener(broker.port) as late:
            late.wait_for("status", b"online")
            late.wait_for("camera", b"online")
            late.wait_for_number("state", 1)
            late.wait_for_number("health", 1)
            assert all(late.messages(topic)[0].retained for topic in ("status", "camera", "state", "health"))
            assert not any(message.retained for topic in ("landmarks", "event") for message in late.messages(topic))


def test_sigterm_says_offline_and_ends_with_zero_within_two_seconds(broker: Broker) -> None:
    with Listener(broker.port) as listener, on_studio(broker) as daemon:
        listener.wait_for("camera", b"online")
        assert daemon.end(signal.SIGTERM, within_s=2) == 0
        listener.wait_for("status", b"offline")
        assert listener.payloads("camera")[-1] == b"offline"


def test_after_kill_9_the_will_says_offline(broker: Broker) -> None:
    with Listener(broker.port) as listener, on_studio(broker) as daemon:
        listener.wait_for("camera", b"online")
        daemon.end(signal.SIGKILL, within_s=2)
        listener.wait_for("status", b"offline")


def test_a_recording_is_played_once_and_whoever_was_there_has_left_at_its_end(broker: Broker, leaving: Path) -> None:
    arguments = ("--source", f"file:{leaving}", "--broker", f"127.0.0.1:{broker.port}", "--device", "film")
    with Listener(broker.port) as listener, RunningDaemon(*arguments) as daemon:
        assert daemon.wait(within_s=30) == 0
        listener.wait_for("status", b"offline")
        comings = [event["type"] for event in events(listener) if event["type"].startswith("person_")]
        assert comings == ["person_entered", "person_left"]
        assert json.loads(listener.payloads("state")[-1])["people"] == 0
        assert max(map(len, listener.payloads("landmarks"))) <= 176
        assert json.loads(listener.payloads("health")[-1])["rss_mb"] <= 200


def test_a_broker_that_comes_later_is_found_and_told_everything(idle_broker: Broker) -> None:
    with on_studio(idle_broker) as daemon:
        daemon.read_until("cannot connect to broker")
        idle_broker.start()
        with Listener(idle_broker.port) as listener:
            listener.wait_for("status", b"online")
            listener.wait_for("camera", b"online")
            listener.wait_for_number("event", 1)
        assert daemon.end(signal.SIGTERM, within_s=2) == 0
        assert daemon.errors().count("cannot connect to broker") == 1


def test_landmarks_can_be_json(broker: Broker) -> None:
    with Listener(broker.port) as listener, on_studio(broker, environ={"POSE_EDGE_PUBLISH_LANDMARK_FORMAT": "json"}):
        listener.wait_for_number("landmarks", 1)
        assert json.loads(listener.payloads("landmarks")[0])["width"] == 640


def test_landmarks_can_be_off(broker: Broker) -> None:
    with Listener(broker.port) as listener, on_studio(broker, environ={"POSE_EDGE_PUBLISH_LANDMARK_RATE_HZ": "0"}):
        listener.wait_for_number("event", 1)
        assert listener.payloads("landmarks") == []


@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed: connections were not watched")
def test_nothing_is_looked_up_and_nobody_is_called_but_the_broker(broker: Broker, tmp_path: Path) -> None:
    calls = tmp_path / "calls"
    strace = (
        "strace",
        "-f",
        "-qq",
        "-e",
        "trace=connect,sendto,sendmsg,sendmmsg",
        "-e",
        "signal=none",
        "-o",
        str(calls),
    )
    with Listener(broker.port) as listener, on_studio(broker, wrapper=strace) as daemon:
        listener.wait_for("camera", b"online")
        listener.wait_for_number("landmarks", 30)
        children = Path(f"/proc/{daemon.process.pid}/task/{daemon.process.pid}/children").read_text(encoding="ascii")
        os.kill(int(children), signal.SIGTERM)
        # MediaPipe would send its usage figures when the landmarker closes.
        assert daemon.wait(within_s=10) == 0
    addressed = [line for line in calls.read_text().splitlines() if "sa_family" in line]
    assert addressed
    assert all(f"htons({broker.port})" in line and "127.0.0.1" in line for line in addressed), "\n".join(addressed)
