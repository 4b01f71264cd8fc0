"""What the service manager hears."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.service.notify import Notifier


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(str(tmp_path / "notify"))
        listener.settimeout(2)
        yield listener


def heard(manager: socket.socket) -> str:
    return manager.recv(4096).decode()


@pytest.fixture
def notifier(manager: socket.socket) -> Iterator[Notifier]:
    speaker = Notifier(manager.getsockname())
    yield speaker
    speaker.close()


def test_a_service_says_when_it_is_ready(manager: socket.socket, notifier: Notifier) -> None:
    notifier.ready()
    assert heard(manager) == "READY=1"


def test_the_status_line_is_sent_when_it_changes_only(manager: socket.socket, notifier: Notifier) -> None:
    for text in ("empty", "empty", "active,\n1 person"):
        notifier.status(text)
    notifier.alive()
    assert [heard(manager) for _ in range(3)] == ["STATUS=empty", "STATUS=active, 1 person", "WATCHDOG=1"]


def test_a_reload_carries_its_time_as_systemd_wants_it(manager: socket.socket, notifier: Notifier) -> None:
    notifier.reloading(5_000_123)
    assert heard(manager) == "RELOADING=1\nMONOTONIC_USEC=5000"


def test_the_abstract_address_of_containers_is_understood() -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind("\0pose-edge-notify-test")
        listener.settimeout(2)
        notifier = Notifier("@pose-edge-notify-test")
        notifier.stopping()
        assert heard(listener) == "STOPPING=1"
        notifier.close()


def test_outside_systemd_nothing_is_said_and_nothing_fails() -> None:
    notifier = Notifier.from_environment({})
    notifier.ready()
    notifier.close()
    assert notifier.watchdog_s is None


def test_a_manager_that_is_gone_does_not_stop_the_service(tmp_path: Path) -> None:
    Notifier(str(tmp_path / "nobody")).alive()


def test_the_watchdog_interval_is_read_if_it_is_meant_for_this_process() -> None:
    environ = {"NOTIFY_SOCKET": "/run/systemd/notify", "WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "17"}
    assert Notifier.from_environment(environ, pid=17).watchdog_s == 30.0
    assert Notifier.from_environment(environ, pid=18).watchdog_s is None
    assert Notifier.from_environment(environ | {"WATCHDOG_USEC": "soon"}, pid=17).watchdog_s is None
