"""What systemd says of the service, and what that means."""

import sys

from edge.doctor.finding import Level
from edge.doctor.service import Ask, ask, check_service

RUNNING = """LoadState=loaded
ActiveState=active
Result=success
NRestarts=0
StatusText=calm, 10.0 fps, 1 person, broker connected
IPAddressDeny=::/0 0.0.0.0/0
"""


def systemd(shown: str, exposure: str = "1.4", *, tried: str = "kept in\n") -> Ask:
    def answer(command: tuple[str, ...]) -> str:
        if command[0] == "systemd-run":
            return tried
        if command[0] == "systemd-analyze":
            return f"→ Overall exposure level for pose-edge.service: {exposure} OK\n"
        return shown

    return answer


def test_a_running_service_passes_with_its_own_words() -> None:
    service, sandbox = check_service(systemd(RUNNING))
    assert (service.level, sandbox.level) == (Level.OK, Level.OK)
    assert "1 person" in service.text


def test_no_service_is_a_warning() -> None:
    (found,) = check_service(systemd("LoadState=not-found\n"))
    assert found.level is Level.WARN


def test_a_machine_without_systemd_is_a_warning() -> None:
    (found,) = check_service(lambda _: "")
    assert found.level is Level.WARN


def test_a_service_that_is_down_fails_with_the_command_that_says_why() -> None:
    service, _ = check_service(systemd(RUNNING.replace("=active", "=failed").replace("=success", "=exit-code")))
    assert (service.level, service.text) == (Level.FAIL, "failed (exit-code)")
    assert "journalctl" in service.remedy


def test_many_restarts_are_a_warning() -> None:
    service, _ = check_service(systemd(RUNNING.replace("NRestarts=0", "NRestarts=7")))
    assert service.level is Level.WARN


def test_a_service_that_may_talk_to_anybody_fails() -> None:
    _, sandbox = check_service(systemd(RUNNING.replace("IPAddressDeny=::/0 0.0.0.0/0", "IPAddressDeny=")))
    assert sandbox.level is Level.FAIL


def test_a_loosened_sandbox_is_a_warning() -> None:
    _, sandbox = check_service(systemd(RUNNING, exposure="4.2"))
    assert sandbox.level is Level.WARN


def test_a_kernel_that_does_not_enforce_the_address_filter_fails() -> None:
    _, sandbox = check_service(systemd(RUNNING, tried="reached\n"))
    assert sandbox.level is Level.FAIL
    assert "kernel" in sandbox.remedy


def test_what_was_not_tried_is_not_claimed() -> None:
    _, sandbox = check_service(systemd(RUNNING, tried=""))
    assert sandbox.level is Level.OK
    assert "tried" not in sandbox.text


def test_the_try_reaches_this_machine_where_nothing_filters() -> None:
    def unfiltered(command: tuple[str, ...]) -> str:
        return (
            ask(command[command.index(sys.executable) :]) if command[0] == "systemd-run" else systemd(RUNNING)(command)
        )

    _, sandbox = check_service(unfiltered)
    assert sandbox.level is Level.FAIL


def test_a_unit_that_systemd_has_not_read_again_is_a_warning() -> None:
    changed, *_ = check_service(systemd(RUNNING + "NeedDaemonReload=yes\n"))
    assert (changed.level, "daemon-reload" in changed.remedy) == (Level.WARN, True)
