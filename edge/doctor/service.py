"""The service and its sandbox, as systemd has them."""

import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from edge.doctor.finding import Finding, fail, ok, warn

UNIT: Final = "pose-edge.service"
_RESTARTS_MANY: Final = 3
_WORST_EXPOSURE: Final = 1.5
_RUN_S: Final = 15.0

_REACH: Final = """
import socket, sys
try:
    socket.create_connection(("127.0.0.1", int(sys.argv[1])), timeout=2).close()
    print("reached")
except OSError:
    print("kept in")
"""
"""Tried under the service's address rule, which is a kernel's feature: systemd is silent where it is missing."""

Ask = Callable[[tuple[str, ...]], str]
"""Runs a command and returns what it printed; empty when it fails."""


def ask(command: tuple[str, ...]) -> str:
    """Run one of systemd's commands."""
    program = shutil.which(command[0])
    if program is None:
        return ""
    try:
        done = subprocess.run(  # noqa: S603 - systemd's own programs, with fixed arguments
            [program, *command[1:]], capture_output=True, text=True, timeout=_RUN_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout


def check_service(ask: Ask = ask) -> Iterator[Finding]:
    """Whether the service runs, stays up, and is fenced in."""
    shown = _properties(ask(("systemctl", "show", UNIT, "--no-pager")))
    if shown.get("LoadState") != "loaded":
        yield warn("service", "not installed as a service", "sudo systemd/install.sh, or Ansible")
        return
    state, result = shown.get("ActiveState", ""), shown.get("Result", "")
    restarts = int(shown.get("NRestarts", "0") or 0)
    if shown.get("NeedDaemonReload") == "yes":
        yield warn(
            "service",
            "the unit was changed on the disk, and systemd does not know yet",
            "sudo systemctl daemon-reload; sudo systemctl restart pose-edge",
        )
    if state != "active":
        yield fail(
            "service", f"{state} ({result or 'no result'})", f"journalctl -u {UNIT} -n 30; sudo systemctl start {UNIT}"
        )
    elif restarts >= _RESTARTS_MANY:
        yield warn(
            "service",
            f"runs, after {restarts} restarts: {shown.get('StatusText', '')}",
            f"journalctl -u {UNIT} -p warning",
        )
    else:
        yield ok("service", shown.get("StatusText", "") or "runs")
    yield _sandbox(shown, ask)


def _sandbox(shown: Mapping[str, str], ask: Ask) -> Finding:
    remedy = "install the unit again; remove drop-ins that loosen it: systemctl cat " + UNIT
    if "::/0" not in shown.get("IPAddressDeny", "") and "any" not in shown.get("IPAddressDeny", ""):
        return fail("sandbox", "the service may talk to any address", remedy)
    tried = _try_filter(ask)
    if tried == "reached":
        return fail(
            "sandbox",
            "this kernel does not enforce systemd's address filter: the service may talk to any address",
            "use Raspberry Pi OS's or Debian's own kernel (CONFIG_CGROUP_BPF), and no container without BPF",
        )
    found = re.search(r"exposure level for .*?: ([0-9.]+)", ask(("systemd-analyze", "security", UNIT, "--no-pager")))
    if found is None:
        return warn("sandbox", "systemd does not tell how well the service is fenced in", remedy)
    exposure = float(found[1])
    if exposure > _WORST_EXPOSURE:
        return warn("sandbox", f"exposure {exposure:.1f}, more than {_WORST_EXPOSURE}", remedy)
    proof = "; the address filter was tried and holds" if tried == "kept in" else ""
    return ok("sandbox", f"active, exposure {exposure:.1f} of 10; only the brokers can be reached{proof}")


def _try_filter(ask: Ask) -> str:
    """What becomes of a connection from a unit that may reach nobody; empty where none can be started (not root)."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = str(server.getsockname()[1])
        unit = ("--quiet", "--wait", "--pipe", "--collect", "--no-ask-password", "--property=IPAddressDeny=any")
        return ask(("systemd-run", *unit, sys.executable, "-I", "-c", _REACH, port)).strip()


def _properties(text: str) -> dict[str, str]:
    return dict(line.split("=", 1) for line in text.splitlines() if "=" in line)
