"""The other end of the line: receives what boxes say, for the commands that watch and measure."""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from itertools import cycle
from typing import TYPE_CHECKING, Any, Final, Self

from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.reasoncodes import ReasonCode

from edge.backoff import Backoff
from edge.publish.address import DEFAULT_PORT, BrokerAddress, parse_broker
from edge.publish.line import TLS_PORT, Line, Tls, refusal
from edge.publish.session import Login

if TYPE_CHECKING:
    from edge.config.tables import MqttTable

logger = logging.getLogger(__name__)

_TICK_S: Final = 0.25
"""Longest sleep on the network: how long `close` may have to wait."""

_ANSWER_S: Final = 5.0
"""How long a broker may take to answer the connection request."""

_STABLE_S: Final = 10.0
"""A connection this old resets the waits between attempts."""

_LONGEST_WAIT_S: Final = 5.0
"""Between two attempts: somebody sits in front of the screen."""


@dataclass(frozen=True, slots=True)
class Access:
    """How a broker is reached; the one place where the clients of `watch` and `simulate` are made.

    Attributes:
        address: Where it is.
        login: User name and password, or None.
        protocol: MQTT version. Whoever only listens needs nothing of 5, and brokers of 5 speak 3.1.1 as well.
        keepalive_s: Longest silence in seconds.
        line: Plain or encrypted, TCP or WebSocket.
        others: Further addresses, for when the first cannot be reached.
    """

    address: BrokerAddress
    login: Login | None = None
    protocol: MQTTProtocolVersion = MQTTProtocolVersion.MQTTv311
    keepalive_s: int = 30
    line: Line = field(default_factory=Line)
    others: tuple[BrokerAddress, ...] = ()

    @classmethod
    def configured(cls, mqtt: "MqttTable") -> Self:
        """As the table [mqtt] says.

        Raises:
            ConfigError: The password's file, a certificate or a key cannot be read.
        """
        port = TLS_PORT if mqtt.tls else DEFAULT_PORT
        tls = (
            Tls(ca_file=mqtt.ca_file, cert_file=mqtt.cert_file, key_file=mqtt.key_file).context() if mqtt.tls else None
        )
        first, *others = (parse_broker(text, port=port) for text in (mqtt.broker, *mqtt.more_brokers))
        login = None if mqtt.username is None else Login(mqtt.username, mqtt.read_password())
        five = mqtt.protocol == "5"
        return cls(
            address=first,
            login=login,
            protocol=MQTTProtocolVersion.MQTTv5 if five else MQTTProtocolVersion.MQTTv311,
            keepalive_s=mqtt.keepalive_s,
            line=Line(tls=tls, transport=mqtt.transport, path=mqtt.websocket_path),
            others=tuple(others),
        )

    def client(self, client_id: str = "") -> paho.Client:
        """A client for this broker, not yet connected; without an id the broker, or paho, chooses one."""
        client = paho.Client(
            CallbackAPIVersion.VERSION2,
            client_id=client_id,
            protocol=self.protocol,
            transport=self.line.transport,
            reconnect_on_failure=False,
        )
        if self.line.tls is not None:
            client.tls_set_context(self.line.tls)
        if self.line.transport == "websockets":
            client.ws_set_options(path=self.line.path)
        if self.login:
            client.username_pw_set(self.login.username, self.login.password)
        return client

    def connect(self, client: paho.Client) -> None:
        """Open the connection and ask to be let in.

        Raises:
            OSError: The network or the broker's machine says no.
            ValueError: The host name is none that could be asked for.
        """
        client.connect(self.address.host, self.address.port, self.keepalive_s)


def trouble_of(error: OSError | ValueError) -> str:
    """Why a connection could not be opened, in words."""
    if isinstance(error, OSError) and (why := refusal(error)) is not None:
        return why
    return getattr(error, "strerror", None) or str(error)


@dataclass(frozen=True, slots=True)
class Heard:
    """One message as it came.

    Attributes:
        topic: Its full name.
        payload: Its bytes.
        retained: Whether the broker had kept it from earlier.
        at_s: When it came, on `time.monotonic`.
    """

    topic: str
    payload: bytes
    retained: bool
    at_s: float


@dataclass(frozen=True, slots=True)
class Link:
    """How the connection stands.

    Attributes:
        connected: Whether the broker has accepted us and the subscriptions.
        trouble: What is wrong, in words; empty when nothing is.
    """

    connected: bool = False
    trouble: str = ""


class Listener:
    """Subscribes, in a thread of its own, and connects again for ever.

    Args:
        access: How the broker is reached.
        filters: Topic filters, each with its QoS.
        on_message: Takes each message, in the listener's thread.
        backoff: Waits between attempts.
    """

    def __init__(
        self,
        *,
        access: Access,
        filters: Sequence[tuple[str, int]],
        on_message: Callable[[Heard], None],
        backoff: Backoff | None = None,
    ) -> None:
        self._access = access
        self._turns = cycle((access.address, *access.others))
        self._filters = list(filters)
        self._on_message = on_message
        self._backoff = backoff or Backoff(first_s=0.5, limit_s=_LONGEST_WAIT_S)
        self._closing = threading.Event()
        self._link = Link()
        self._refusal = ""
        self._thread = threading.Thread(target=self._run, name="listener", daemon=True)

    @property
    def link(self) -> Link:
        """How the connection stands now."""
        return self._link

    def start(self) -> None:
        """Begin to connect, in the background."""
        self._thread.start()

    def close(self) -> None:
        """Disconnect."""
        self._closing.set()
        if self._thread.ident is not None:
            self._thread.join()

    def _run(self) -> None:
        while not self._closing.is_set():
            began_s = time.monotonic()
            trouble = self._converse()
            if time.monotonic() - began_s > _STABLE_S:
                self._backoff.reset()
            self._link = Link(trouble=trouble)
            self._closing.wait(self._backoff.next_s())

    def _converse(self) -> str:
        """One connection, from the attempt to its end; returns why it ended."""
        self._refusal = ""
        # Those who refuse us, or are not there, give way to the next.
        self._access = replace(self._access, address=next(self._turns))
        client = self._access.client()
        client.on_connect = self._connected
        client.on_subscribe = self._subscribed
        client.on_message = self._take
        try:
            self._access.connect(client)
            answer_by_s = time.monotonic() + _ANSWER_S
            while not self._closing.is_set() and client.loop(_TICK_S) == MQTTErrorCode.MQTT_ERR_SUCCESS:
                if not (client.is_connected() or self._refusal) and time.monotonic() > answer_by_s:
                    return f"broker {self._access.address} does not answer; check that this port speaks MQTT"
        except (OSError, ValueError) as error:
            reason = trouble_of(error)
            return f"cannot connect to broker {self._access.address}: {reason}"
        except Exception as error:  # whatever a broker's bytes may do to the library ends this connection alone
            logger.exception("the connection to %s broke in an unforeseen way", self._access.address)
            return f"lost broker {self._access.address}: {error}"
        finally:
            client.disconnect()
            if rest := client.socket():
                rest.close()
        return self._refusal or f"lost broker {self._access.address}; connecting again"

    def _connected(self, client: paho.Client, _userdata: object, _flags: object, code: ReasonCode, _: object) -> None:
        if code.is_failure:
            self._refusal = (
                f"broker {self._access.address} refuses us: {code.getName()}; check mqtt.username and password"
            )
            return
        client.subscribe(self._filters)

    def _subscribed(self, _client: paho.Client, _data: object, _mid: int, codes: list[ReasonCode], _: object) -> None:
        refused = [name for (name, _), code in zip(self._filters, codes, strict=False) if code.is_failure]
        trouble = f"the broker does not let this user read {', '.join(refused)}" if refused else ""
        self._link = Link(connected=True, trouble=trouble)

    def _take(self, _client: paho.Client, _userdata: object, message: Any) -> None:  # noqa: ANN401 - paho's
        try:
            topic = message.topic
        except UnicodeDecodeError:
            return
        self._on_message(Heard(topic, bytes(message.payload), bool(message.retain), time.monotonic()))
