"""The examination of a whole box, as an installer runs it."""

import json
import subprocess
from pathlib import Path
from typing import Any

from support.broker import Broker, Listener, free_port
from support.daemon import RunningDaemon
from support.models import COMMAND, installed_models

from edge.errors import ExitCode


def doctor(port: int, *options: str) -> tuple[int, dict[str, Any]]:
    installed_models()
    arguments = ["doctor", "--source", "studio", "--device", "bar1", "--broker", f"127.0.0.1:{port}", "--json"]
    done = subprocess.run([*COMMAND, *arguments, *options], capture_output=True, text=True, check=False)
    return done.returncode, {finding["check"]: finding for finding in json.loads(done.stdout)["findings"]}


def test_a_healthy_box_has_no_faults(broker: Broker) -> None:
    code, found = doctor(broker.port)
    assert code == ExitCode.OK
    assert {name for name, finding in found.items() if finding["level"] == "fail"} == set()
    assert {"processor", "model", "camera", "picture", "broker", "permissions", "disk"} <= set(found)
    assert "of 640x480" in found["camera"]["text"]


def test_a_fault_is_named_with_its_remedy_and_the_rest_is_still_checked() -> None:
    code, found = doctor(free_port())
    assert code == ExitCode.UNHEALTHY
    assert found["broker"]["level"] == "fail"
    assert found["broker"]["remedy"]
    assert found["camera"]["level"] == "ok"


def test_a_damaged_model_is_named_with_the_command_that_mends_it(broker: Broker, tmp_path: Path) -> None:
    (tmp_path / "lite-slim.task").write_bytes(b"not a model")
    config = tmp_path / "box.toml"
    config.write_text(f'[detect]\nmodel_dir = "{tmp_path}"\n')
    code, found = doctor(broker.port, "--config", str(config))
    assert code == ExitCode.UNHEALTHY
    assert found["model"]["remedy"] == "pose-edge models fetch lite"


def test_the_daemon_keeps_its_camera_and_its_connection(broker: Broker) -> None:
    arguments = ("--source", "studio", "--broker", f"127.0.0.1:{broker.port}", "--device", "bar1")
    with Listener(broker.port) as listener, RunningDaemon(*arguments):
        listener.wait_for("camera", b"online")
        listener.wait_for_number("health", 1)
        code, found = doctor(broker.port)
        assert listener.payloads("status") == [b"online"]
    assert code == ExitCode.OK
    assert "in use by the daemon" in found["camera"]["text"]
