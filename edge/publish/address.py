"""Where the broker is."""

import re
from dataclasses import dataclass
from typing import Final

from edge.errors import ConfigError

DEFAULT_PORT: Final = 1883
"""MQTT without TLS, registered with IANA."""

_LARGEST_PORT: Final = 65535
_ADDRESS: Final = re.compile(
    r"(?:\[(?P<six>[0-9A-Fa-f:.]+(?:%[\w.-]+)?)\]|(?P<host>[A-Za-z0-9._-]+))(?::(?P<port>[0-9]{1,5}))?"
)


@dataclass(frozen=True, slots=True)
class BrokerAddress:
    """Host and port of a broker.

    Attributes:
        host: Name, IPv4 address, or IPv6 address without brackets.
        port: TCP port, 1..65535.
    """

    host: str
    port: int = DEFAULT_PORT

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def parse_broker(text: str, *, port: int = DEFAULT_PORT) -> BrokerAddress:
    """Read `HOST`, `HOST:PORT`, `[IPV6]` or `[IPV6]:PORT`.

    Args:
        text: The address.
        port: Where it names none.

    Raises:
        ConfigError: The text is none of these, or the port is outside 1..65535.
    """
    found = _ADDRESS.fullmatch(text)
    if not found:
        raise ConfigError(
            f"broker {text!r} is not an address: write HOST or HOST:PORT, an IPv6 address in brackets like [::1]:1883"
        )
    port = int(found["port"] or port)
    if not 1 <= port <= _LARGEST_PORT:
        raise ConfigError(f"broker {text!r} has port {port}: it must be 1 to {_LARGEST_PORT}")
    return BrokerAddress(found["six"] or found["host"], port)
