"""All checks in the order in which an installer wants to know."""

import contextlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from edge.config import Config
from edge.config.tables import MqttTable
from edge.detect.bundles import default_model_dir
from edge.doctor.broker import BrokerReport, visit_broker
from edge.doctor.camera import check_camera
from edge.doctor.finding import Finding, fail, ok, warn
from edge.doctor.machine import check_clock, check_disk, check_heat, check_libraries, check_processor_fits
from edge.doctor.model import check_model
from edge.doctor.service import check_service
from edge.doctor.update import check_update
from edge.errors import ConfigError
from edge.parts import make_source
from edge.publish.listener import Access
from edge.publish.session import ONLINE, Login
from edge.publish.topics import Topics

STATE: Final = Path("/var/lib/pose-edge")
"""Where the service keeps undelivered events."""

CREDENTIALS: Final = (Path("/run/credentials/pose-edge.service"), Path("/etc/credstore"))
"""Where systemd keeps the running service's password, and where it takes it from; only root may look."""


def examine(config: Config) -> Iterator[Finding]:
    """Check everything; findings come as they are made. Safe while the daemon runs.

    Args:
        config: As the daemon has it.
    """
    processor = check_processor_fits()
    yield processor
    yield check_libraries()
    if not processor.remedy:
        yield check_model(config)
    mqtt = config.mqtt
    try:
        access = _as_the_service(Access.configured(mqtt), mqtt)
    except ConfigError as error:
        report = BrokerReport((fail("broker", str(error), "check the file, and that this user may read it"),), {})
    else:
        topics = Topics(device=config.device.id, prefix=mqtt.topic_prefix)
        report = visit_broker(access.address, topics, access.login, access.line)
    at_work = report.retained.get("status") == ONLINE
    if at_work:
        # The camera is the daemon's: two cannot open it.
        yield _camera_of_daemon(report.retained)
    else:
        yield from check_camera(make_source(config), fps=config.source.fps)
    yield from report.findings
    yield check_clock()
    yield from check_heat()
    yield from check_disk(STATE if STATE.is_dir() else Path(config.detect.model_dir or default_model_dir()))
    yield from check_service()
    yield from check_update(_version(report.retained) if at_work else None)


def _as_the_service(access: Access, mqtt: MqttTable) -> Access:
    """With the password that systemd gives the service, where the configuration names none."""
    for folder in CREDENTIALS:
        if access.login is None or access.login.password is not None:
            break
        with contextlib.suppress(OSError):
            access = replace(access, login=Login(access.login.username, mqtt.read_password(folder)))
    return access


def _version(retained: Mapping[str, bytes]) -> str | None:
    version = _json(retained.get("health", b"")).get("version")
    return version if isinstance(version, str) else None


def _camera_of_daemon(retained: Mapping[str, bytes]) -> Finding:
    health = _json(retained.get("health", b""))
    rate = health.get("fps_in")
    if retained.get("camera") != ONLINE:
        return warn("camera", "the daemon runs and gets no frames", "journalctl -u pose-edge -p warning")
    text = "in use by the daemon" + (
        f", which gets {rate:.1f} frames a second" if isinstance(rate, int | float) else ""
    )
    return ok("camera", text)


def _json(payload: bytes) -> dict[str, Any]:
    try:
        document = json.loads(payload)
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}
