"""The address of an RTSP camera, which holds its password."""

import re
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

from edge.errors import ConfigError

_PORTS: Final = {"rtsp": 554, "rtsps": 322}
"""Assigned by IANA."""

_FORM: Final = "rtsp://[user:password@]host[:port]/path"


@dataclass(frozen=True, slots=True)
class RtspAddress:
    """Where an RTSP camera is.

    Attributes:
        url: The whole address; left out when this is printed.
        host: Host name or IP address.
        port: TCP port.
        name: What may be shown: scheme, host and port. Never the path, where many cameras take the password.
    """

    url: str = field(repr=False)
    host: str
    port: int
    name: str


def parse_rtsp(url: str) -> RtspAddress:
    """Take an RTSP or RTSPS address apart.

    Raises:
        ConfigError: It is no such address. The text never repeats any of it.
    """
    wrong = f"the camera's address is not of the form {_FORM}"
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise ConfigError(f"{wrong}: check host and port") from None
    if parts.scheme not in _PORTS or not host:
        raise ConfigError(wrong)
    if not re.fullmatch(r"[!-~]+", url):  # OpenCV crashes on what is not UTF-8, and cameras expect ASCII
        raise ConfigError(f"{wrong}: write spaces and letters other than a to z percent-encoded, such as %20")
    if "@" not in parts.netloc and "@" in url:  # else a part of the password would be taken for the host
        raise ConfigError(f"{wrong}: write /, ?, # and @ in user, password and path as %2F, %3F, %23 and %40")
    shown = f"[{host}]" if ":" in host else host
    name = f"{parts.scheme}://{shown}" + (f":{port}" if port else "")
    return RtspAddress(url=url, host=host, port=port or _PORTS[parts.scheme], name=name)
