"""One connection to the broker, from its attempt to its end. All of paho is used here, and by one thread only."""

import contextlib
import logging
import select
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from edge.publish.address import BrokerAddress
from edge.publish.ending import SHUTTING_DOWN, Ended, Ending
from edge.publish.landmark_line import LandmarkLine, Socket
from edge.publish.line import Line, refusal
from edge.publish.outgoing import Outbound, Outgoing
from edge.publish.reception import Reception
from edge.publish.topics import DELIVERY, Topic, Topics
from edge.publish.wake import Wake

logger = logging.getLogger(__name__)

ONLINE: Final = b"online"
OFFLINE: Final = b"offline"
"""The payloads of the availability topics; Home Assistant expects exactly these words by default."""

_TICK_S: Final = 1.0
"""Longest sleep between two looks at the keepalive."""

_ANSWER_S: Final = 5.0
"""How long a broker may take to answer the connection request; some of 3.1.1 are silent when asked for 5."""

_ACKNOWLEDGE_S: Final = 30.0
"""How long a broker may take to acknowledge a message; after that, a new connection and the message once more."""

_WINDOW: Final = 16
"""Messages sent and not yet acknowledged: enough to hide the network's delay, below every broker's own limit (20)."""

_BURST: Final = 64
"""Messages handed over between two looks at what the broker says."""

_SEND_BUFFER_BYTES: Final = 32 * 1024
"""What the kernel may hold back for a slow broker: seconds of landmarks, not the minutes it would by itself."""

_LARGEST_RECEIVED_BYTES: Final = 64 * 1024
"""What a broker of MQTT 5 may deliver; a command of megabytes is not worth their memory only to be refused."""

_FAREWELL_S: Final = 0.9
"""Time for the last words in all; half of it for messages that still wait, the rest for `offline`."""


@dataclass(frozen=True, slots=True)
class Login:
    """What the broker asks for, if it does."""

    username: str
    password: str | None = field(default=None, repr=False)


class Session:
    """One attempt to connect and, if the broker accepts, all that is sent until the connection ends.

    Args:
        address: Where the broker is.
        topics: Names of this box's topics.
        login: User name and password, or None.
        protocol: MQTT 5 or 3.1.1.
        keepalive_s: Longest silence; the broker sends the will after one and a half times as long.
        outgoing: What is to be sent.
        wake: Set when something new is in `outgoing`, or when `closing` is set.
        closing: Set to say farewell and end.
        on_accepted: Called when the broker has accepted the connection.
        line: Plain or encrypted, TCP or WebSocket.
        reception: Takes in what the broker delivers.
    """

    def __init__(  # noqa: PLR0913  what a connection is made of, each a thing of its own
        self,
        *,
        address: BrokerAddress,
        topics: Topics,
        login: Login | None,
        protocol: MQTTProtocolVersion,
        keepalive_s: int,
        outgoing: Outgoing,
        wake: Wake,
        closing: threading.Event,
        on_accepted: Callable[[], None],
        line: Line,
        reception: Reception,
    ) -> None:
        self._address = address
        self._topics = topics
        self._keepalive_s = keepalive_s
        self._outgoing = outgoing
        self._wake = wake
        self._closing = closing
        self._on_accepted = on_accepted
        self._reception = reception

        self._accepted_at: float | None = None
        self._refusal: ReasonCode | None = None
        self._loss = "the broker or the network closed the connection"
        self._dismissed = False
        self._window = _WINDOW
        self._pending: dict[int, tuple[int, float]] = {}
        self._refused_topics: set[Topic] = set()
        self._farewell_at: float | None = None
        self._said_offline = False
        self._offline_acknowledged = False
        self._landmarks = LandmarkLine(topic=topics.name(Topic.LANDMARKS), protocol=protocol)
        self._stuck_since: float | None = None

        # The identity is fixed so that a new connection takes the place of a dead one at once.
        self._client = paho.Client(
            CallbackAPIVersion.VERSION2,
            client_id=f"pose-edge-{topics.device}",
            protocol=protocol,
            reconnect_on_failure=False,
            transport=line.transport,
        )
        if line.tls:
            self._client.tls_set_context(line.tls)
        if line.transport == "websockets":
            self._client.ws_set_options(path=line.path)
        self._connect_properties: Properties | None = None
        if protocol is MQTTProtocolVersion.MQTTv5:
            self._connect_properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
            self._connect_properties.MaximumPacketSize = _LARGEST_RECEIVED_BYTES
        if login:
            self._client.username_pw_set(login.username, login.password)
        will = DELIVERY[Topic.STATUS]
        self._client.will_set(topics.name(Topic.STATUS), OFFLINE, will.qos, will.retain)
        self._client.on_connect = self._connected
        self._client.on_disconnect = self._disconnected
        self._client.on_publish = self._published
        self._client.on_message = self._received
        self._client.on_subscribe = self._subscribed

    def run(self) -> Ended:
        """Connect, and return when that has failed or the connection has ended; nothing the network does raises."""
        try:
            self._client.connect(
                self._address.host, self._address.port, self._keepalive_s, properties=self._connect_properties
            )
        except (OSError, ValueError) as error:  # ValueError: a host name that DNS cannot even be asked for
            if isinstance(error, OSError) and (why := refusal(error)) is not None:
                return Ended(Ending.NOT_TRUSTED, why)
            return Ended(Ending.UNREACHABLE, getattr(error, "strerror", None) or str(error))
        opened_at = time.monotonic()
        try:
            self._tune_socket()
            self._converse(opened_at)
        except OSError as error:  # of our own writing; paho's end in a call of `_disconnected`
            if not isinstance(error, ConnectionError):
                self._loss = error.strerror or str(error)
        except (
            Exception
        ) as error:  # whatever a broker's bytes may do to the library ends this connection, not the thread
            logger.exception("the connection to %s broke in an unforeseen way", self._address)
            self._loss = f"unforeseen: {error}"
        finally:
            self._outgoing.disconnected()
            # Without a farewell that arrived, the broker is to publish the will: no DISCONNECT then.
            if rest := self._client.socket():
                rest.close()
        return self._ended()

    def send_landmarks(self, payload: bytes) -> bool:
        """Send landmarks at once, from any thread, if nothing stands in the way; whether they were sent."""
        if not self._landmarks.send_at_once(payload):
            return False
        self._outgoing.landmarks_went()
        if self._landmarks.busy:
            self._wake.set()
        return True

    def _tune_socket(self) -> None:
        # A WebSocket has its socket inside.
        sock = getattr(self._client.socket(), "_socket", self._client.socket())
        if isinstance(sock, socket.socket):
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BUFFER_BYTES)

    def _converse(self, opened_at: float) -> None:
        misc_at = opened_at
        while not self._over(now := time.monotonic(), opened_at):
            sock = self._client.socket()
            if sock is None:
                return
            if self._landmarks.busy:
                self._finish_landmarks(sock)
                continue
            self._wait(sock)
            if now >= misc_at:
                misc_at = now + _TICK_S
                self._client.loop_misc()
                self._reception.tick(time.monotonic_ns())

    def _over(self, now: float, opened_at: float) -> bool:
        """Send what waits; whether the connection is to end."""
        if self._landmarks.busy:
            # In the middle of a message there is no farewell: the broker publishes the will.
            return self._closing.is_set() or self._stuck(now)
        self._stuck_since = None
        if self._accepted_at is not None:
            self._send_waiting(now)
        elif now - opened_at > _ANSWER_S:
            return True
        if self._closing.is_set() and self._farewell_done(now):
            return True
        if self._overdue(now):
            self._loss = f"a message was not acknowledged within {_ACKNOWLEDGE_S:.0f} s"
            return True
        return False

    def _wait(self, sock: Socket) -> None:
        """Wait for the broker, or for something to send, and see to what paho has to do."""
        tick = _TICK_S if self._farewell_at is None else _FAREWELL_S / 10
        fd, wake_fd = sock.fileno(), self._wake.fileno()
        # What TLS has decrypted already, `select` does not know of.
        while (pending := getattr(sock, "pending", None)) and pending() and self._client.socket() is sock:
            self._client.loop_read()
        if self._client.socket() is not sock:
            return
        want_write = self._client.want_write()
        settled = self._accepted_at is not None and self._farewell_at is None and not want_write
        with self._landmarks.lend(sock) if settled else contextlib.nullcontext():
            readable, writable, _ = select.select([fd, wake_fd], [fd] if want_write else [], [], tick)
        if wake_fd in readable:
            self._wake.clear()
        if fd in readable:
            self._client.loop_read()
        if writable:
            self._client.loop_write()

    def _stuck(self, now: float) -> bool:
        """Whether the broker has taken nothing for so long that the connection is worth nothing."""
        if self._stuck_since is None:
            self._stuck_since = now
        if now - self._stuck_since <= _ACKNOWLEDGE_S:
            return False
        self._loss = f"the broker has taken no data for {_ACKNOWLEDGE_S:.0f} s"
        return True

    def _finish_landmarks(self, sock: Socket) -> None:
        """Wait for the socket to take the rest of a message."""
        woken, writable, _ = select.select([self._wake], [sock], [], _TICK_S)
        if woken:
            self._wake.clear()
        if writable:
            self._landmarks.go_on(sock)

    def _send_waiting(self, now: float) -> None:
        for _ in range(_BURST):
            if self._client.socket() is None or self._landmarks.busy:
                return
            message = self._outgoing.take(window=self._window, writable=not self._client.want_write())
            if message is None:
                return
            self._send(message, now)
        self._wake.set()

    def _send(self, message: Outbound, now: float) -> None:
        if message.topic is Topic.LANDMARKS:
            if (sock := self._client.socket()) is not None:
                self._landmarks.send(sock, message.payload)
            return
        delivery = DELIVERY[message.topic]
        name = message.name or self._topics.name(message.topic)
        info = self._client.publish(name, message.payload, delivery.qos, delivery.retain)
        if delivery.qos:
            self._pending[info.mid] = message.ticket, now

    def _overdue(self, now: float) -> bool:
        oldest = next(iter(self._pending.values()), None)
        return oldest is not None and now - oldest[1] > _ACKNOWLEDGE_S

    def _farewell_done(self, now: float) -> bool:
        """Deliver what waits, then `offline`, then disconnect; True when there is nothing left to do."""
        if self._accepted_at is None:
            return True
        if self._farewell_at is None:
            self._farewell_at = now
        spent_s = now - self._farewell_at
        if not self._said_offline and (self._outgoing.idle() or spent_s > _FAREWELL_S / 2):
            self._said_offline = True
            self._outgoing.put(Topic.STATUS, OFFLINE)
            self._send_waiting(now)
        if self._offline_acknowledged:
            self._client.disconnect()
            return self._client.socket() is None
        return spent_s > _FAREWELL_S

    def _ended(self) -> Ended:
        if self._refusal is not None:
            return Ended.refused(self._refusal)
        lasted_s = 0.0 if self._accepted_at is None else time.monotonic() - self._accepted_at
        if self._closing.is_set():
            return Ended(Ending.CLOSED, "closed", lasted_s)
        if self._accepted_at is None:
            return Ended(Ending.NO_ANSWER, "it took the connection and did not answer as an MQTT broker does")
        return Ended(Ending.DISMISSED if self._dismissed else Ending.LOST, self._loss, lasted_s)

    def _connected(
        self,
        client: paho.Client,
        userdata: Any,  # noqa: ANN401, ARG002 (paho's signature, here and below)
        flags: paho.ConnectFlags,  # noqa: ARG002
        reason: ReasonCode,
        properties: Properties | None,
    ) -> None:
        if reason.is_failure:
            self._refusal = reason
            return
        self._window = min(_WINDOW, getattr(properties, "ReceiveMaximum", _WINDOW))
        self._accepted_at = time.monotonic()
        self._outgoing.connected()
        self._reception.connected(time.monotonic_ns())
        if subscriptions := self._reception.subscriptions:
            client.subscribe([(topic, 1) for topic in subscriptions])
        self._on_accepted()

    def _disconnected(
        self,
        client: paho.Client,  # noqa: ARG002
        userdata: Any,  # noqa: ANN401, ARG002
        flags: paho.DisconnectFlags,
        reason: ReasonCode,
        properties: Properties | None,  # noqa: ARG002
    ) -> None:
        name = reason.getName()
        self._dismissed = flags.is_disconnect_packet_from_server and reason.value != SHUTTING_DOWN
        if name == "Session taken over":
            client_id = f"pose-edge-{self._topics.device}"
            self._loss = f"another client calls itself {client_id}: give every box its own device id"
        elif flags.is_disconnect_packet_from_server:
            self._loss = f"the broker ended it: {name}"
        elif name == "Keep alive timeout":
            self._loss = f"the broker has been silent for more than {self._keepalive_s} s"

    def _subscribed(
        self,
        client: paho.Client,  # noqa: ARG002
        userdata: Any,  # noqa: ANN401, ARG002
        mid: int,  # noqa: ARG002
        reasons: list[ReasonCode],
        properties: Properties | None,  # noqa: ARG002
    ) -> None:
        for topic, reason in zip(self._reception.subscriptions, reasons, strict=False):
            if reason.is_failure:
                logger.warning(
                    "broker %s does not let this box listen to %s: %s; allow this user to read there",
                    self._address,
                    topic,
                    reason.getName(),
                )

    def _received(self, client: paho.Client, userdata: Any, message: paho.MQTTMessage) -> None:  # noqa: ANN401, ARG002
        self._reception.received(
            message.topic, bytes(message.payload), retained=message.retain, now_ns=time.monotonic_ns()
        )
        self._wake.set()

    def _published(
        self,
        client: paho.Client,  # noqa: ARG002
        userdata: Any,  # noqa: ANN401, ARG002
        mid: int,
        reason: ReasonCode,
        properties: Properties | None,  # noqa: ARG002
    ) -> None:
        ticket, _ = self._pending.pop(mid, (None, None))
        if ticket is None:
            return
        topic = self._outgoing.settle(ticket, accepted=not reason.is_failure)
        if topic is Topic.STATUS and self._said_offline:
            self._offline_acknowledged = True
        if topic and reason.is_failure and topic not in self._refused_topics:
            self._refused_topics.add(topic)
            logger.warning(
                "broker %s refuses messages to %s: %s; allow this user to write there",
                self._address,
                self._topics.described(topic),
                reason.getName(),
            )
