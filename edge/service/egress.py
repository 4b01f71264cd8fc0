"""Whom the service may talk to: systemd's address filter, written from the configuration.

The unit denies every address. This drop-in lets through what the configuration names, and the name servers only if
there is a name to look up. Addresses are fixed when the drop-in is written: it has to be written again when a broker
moves.
"""

import ipaddress
import socket
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Final

from edge.errors import ConfigError

DROP_IN: Final = Path("/etc/systemd/system/pose-edge.service.d/egress.conf")
RESOLV_CONF: Final = Path("/etc/resolv.conf")

_HEAD: Final = (
    "# Written by `pose-edge configure-egress` from the configuration: whom the service may talk to.\n[Service]\n"
)

Resolve = Callable[[str], Sequence[str]]
"""Addresses of a host name; empty when there are none."""


def resolve(host: str) -> list[str]:
    """Every address of a host, as its name servers say now."""
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return []
    return sorted({str(entry[4][0]).split("%", 1)[0] for entry in found})


def name_servers(resolv_conf: Path = RESOLV_CONF) -> list[str]:
    """The addresses of this machine's name servers."""
    try:
        lines = resolv_conf.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []
    words = (line.split() for line in lines)
    return [entry[1].split("%", 1)[0] for entry in words if len(entry) > 1 and entry[0] == "nameserver"]


def drop_in(hosts: Iterable[str], *, servers: Sequence[str], resolve: Resolve = resolve) -> str:
    """The text of the drop-in.

    Args:
        hosts: Names and addresses that the configuration holds.
        servers: Addresses of the name servers.
        resolve: Looks a name up.

    Raises:
        ConfigError: A name has no address: nothing could be let through.
    """
    lines = []
    for host in dict.fromkeys(hosts):
        if _is_address(host):
            lines.append(f"# {host}\nIPAddressAllow={host}\n")
            continue
        found = resolve(host)
        if not found:
            raise ConfigError(
                f"{host} has no address: check the name in the configuration, and the network of this box"
            )
        lines.append(f"# {host}\nIPAddressAllow={' '.join(found)}\n")
        if servers and not any("name servers" in line for line in lines):
            lines.append(f"# name servers\nIPAddressAllow={' '.join(servers)}\n")
    return _HEAD + "".join(lines)


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
