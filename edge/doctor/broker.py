"""The broker: reachable, does it let this box in, and may it speak and listen where it has to?"""

import secrets
import socket
import ssl
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from paho.mqtt import client as paho

from edge.doctor.finding import Finding, Level, fail, ok, warn
from edge.publish.address import BrokerAddress
from edge.publish.line import Line
from edge.publish.listener import Access
from edge.publish.session import Login
from edge.publish.topics import Topic, Topics

_ECHO: Final = "doctor"
"""Last level of the topic on which a message is sent to ourselves."""

_DAY_S: Final = 86400
_SOON_DAYS: Final = 21
"""Certificates are renewed a month or so before they expire; one this old was forgotten."""

_WAIT_S: Final = 5.0
_SLOW_MS: Final = 250.0
"""A round trip that takes longer means a bad link: landmarks will come late."""


@dataclass(frozen=True, slots=True)
class BrokerReport:
    """What came of a visit to the broker.

    Attributes:
        findings: Lines of the report.
        retained: What the broker keeps of this box, by the last level of the topic: `status`, `camera`, `health`.
    """

    findings: tuple[Finding, ...]
    retained: Mapping[str, bytes]


@dataclass(slots=True)
class _Heard:
    """What came back, filled by paho's thread."""

    connected: threading.Event = field(default_factory=threading.Event)
    refused: str = ""
    subscribed: threading.Event = field(default_factory=threading.Event)
    refused_topics: bool = False
    echo: threading.Event = field(default_factory=threading.Event)
    retained: dict[str, bytes] = field(default_factory=dict)


def visit_broker(address: BrokerAddress, topics: Topics, login: Login | None, line: Line | None = None) -> BrokerReport:
    """Connect beside the daemon, under another client id, and send a message to ourselves.

    Args:
        address: Where the broker is.
        topics: This box's.
        login: User name and password, or None.
        line: Plain or encrypted, TCP or WebSocket; None is plain TCP.
    """
    heard = _Heard()
    findings = tuple(_visit(Access(address, login=login, line=line or Line()), topics, heard))
    return BrokerReport(findings, heard.retained)


def _visit(access: Access, topics: Topics, heard: _Heard) -> Iterator[Finding]:
    address = access.address
    try:
        addresses = socket.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        yield fail("broker", f"the name {address.host} is not known: {reason}", "check mqtt.broker and the box's DNS")
        return
    if access.line.tls is not None and (found := _check_tls(address, access.line.tls)) is not None:
        yield found
        if found.level is Level.FAIL:
            return
    client = _client(topics, access, heard)
    try:
        access.connect(client)
    except (OSError, ValueError) as error:
        where = addresses[0][4][0]
        yield fail(
            "broker",
            f"{address} ({where}) does not answer: {getattr(error, 'strerror', None) or error}",
            "check that the broker runs, its port, and the firewall between",
        )
        return
    client.loop_start()
    try:
        yield from _converse(client, address, topics, heard)
    finally:
        client.disconnect()
        client.loop_stop()


def _converse(client: paho.Client, address: BrokerAddress, topics: Topics, heard: _Heard) -> Iterator[Finding]:
    if not heard.connected.wait(_WAIT_S):
        yield fail("broker", f"{address} takes the connection and does not speak MQTT", "check the port; TLS or not?")
        return
    if heard.refused:
        yield fail(
            "broker", f"{address} refuses this box: {heard.refused}", "check mqtt.username, the password and the ACL"
        )
        return
    yield ok("broker", f"{address} lets this box in")
    base = topics.name(Topic.STATUS).removesuffix(f"/{Topic.STATUS.value}")
    echo = f"{base}/{_ECHO}"
    client.subscribe([(echo, 1), *((topics.name(topic), 1) for topic in (Topic.STATUS, Topic.CAMERA, Topic.HEALTH))])
    if not heard.subscribed.wait(_WAIT_S) or heard.refused_topics:
        yield warn(
            "permissions",
            f"the broker does not let this box listen to {base}/#: commands will not reach it",
            f"allow this user: topic readwrite {base}/#",
        )
        return
    began = time.monotonic()
    client.publish(echo, secrets.token_hex(8), qos=1)
    if not heard.echo.wait(_WAIT_S):
        yield fail(
            "permissions",
            f"what this box sends to {base}/ does not arrive: nobody would hear of a fall",
            f"allow this user: topic readwrite {base}/#",
        )
        return
    round_trip_ms = 1000 * (time.monotonic() - began)
    if round_trip_ms > _SLOW_MS:
        yield warn("permissions", f"a message takes {round_trip_ms:.0f} ms there and back", "check the network's load")
    else:
        yield ok("permissions", f"may speak and listen; {round_trip_ms:.0f} ms there and back")


def _check_tls(address: BrokerAddress, context: ssl.SSLContext) -> Finding | None:
    """Look at the broker's certificate; None when nobody answers, which the visit itself will tell."""
    try:
        with (
            socket.create_connection((address.host, address.port), timeout=_WAIT_S) as plain,
            context.wrap_socket(plain, server_hostname=address.host) as line,
        ):
            certificate = line.getpeercert() or {}
    except ssl.SSLCertVerificationError as error:
        return fail(
            "tls",
            f"{address} is not to be trusted: {error.verify_message}",
            "check mqtt.ca_file, the name in the broker's certificate, its expiry, and the clock of this box",
        )
    except ssl.SSLError as error:
        reason = error.reason or str(error)
        return fail("tls", f"{address} does not agree on TLS: {reason}", "check the port, and mqtt.cert_file")
    except OSError:
        return None
    days = (ssl.cert_time_to_seconds(str(certificate["notAfter"])) - time.time()) / _DAY_S
    if days < _SOON_DAYS:
        return warn(
            "tls",
            f"the certificate of {address} expires in {days:.0f} days; then this box cannot connect",
            "have the broker's certificate renewed",
        )
    return ok("tls", f"the certificate of {address} is verified, good for {days:.0f} days")


def _client(topics: Topics, access: Access, heard: _Heard) -> paho.Client:
    # Not the daemon's id, or the broker would throw the daemon out.
    client = access.client(f"pose-edge-doctor-{topics.device}")

    def connected(_c: paho.Client, _u: Any, _f: Any, reason: Any, _p: Any) -> None:  # noqa: ANN401 - paho's signature
        heard.refused = reason.getName() if reason.is_failure else ""
        heard.connected.set()

    def subscribed(_c: paho.Client, _u: Any, _m: int, reasons: Any, _p: Any) -> None:  # noqa: ANN401
        heard.refused_topics = reasons[0].is_failure
        heard.subscribed.set()

    def message(_c: paho.Client, _u: Any, message: paho.MQTTMessage) -> None:  # noqa: ANN401
        level = message.topic.rsplit("/", 1)[-1]
        if level == _ECHO:
            heard.echo.set()
        elif message.retain:
            heard.retained[level] = bytes(message.payload)

    client.on_connect, client.on_subscribe, client.on_message = connected, subscribed, message
    return client
