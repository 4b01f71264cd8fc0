"""The box's line to the broker: connects in the background, for ever, and says once what is wrong."""

import logging
import random
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from paho.mqtt.enums import MQTTProtocolVersion

from edge.backoff import Backoff
from edge.publish.address import BrokerAddress
from edge.publish.commands import Commands
from edge.publish.ending import Ended, Ending
from edge.publish.line import Line
from edge.publish.messages import EventMessage
from edge.publish.outbox import Outbox
from edge.publish.outgoing import Outgoing, OutgoingCounts
from edge.publish.reception import Announcement, Reception
from edge.publish.session import ONLINE, Login, Session
from edge.publish.stored import OutboxState
from edge.publish.topics import Topic, Topics
from edge.publish.wake import Wake

logger = logging.getLogger(__name__)

Protocol: TypeAlias = Literal["auto", "5", "3.1.1"]

_VERSIONS: Final = {
    "auto": MQTTProtocolVersion.MQTTv5,
    "5": MQTTProtocolVersion.MQTTv5,
    "3.1.1": MQTTProtocolVersion.MQTTv311,
}
_NAMES: Final = {MQTTProtocolVersion.MQTTv5: "5", MQTTProtocolVersion.MQTTv311: "3.1.1"}

_STABLE_S: Final = 30.0
"""A connection this old resets the waits; two boxes of one name must not throw each other out every second."""

_CLOSE_S: Final = 1.0
"""The longest `close` takes; `status` becomes offline through the will if this was not enough."""

_ADVICE: Final = {
    Ending.UNREACHABLE: "check that the broker runs and that its address is right",
    Ending.NOT_TRUSTED: "check mqtt.ca_file, the name in mqtt.broker, the box's clock, and that this port speaks TLS",
    Ending.NO_ANSWER: "check that this port speaks MQTT without TLS, or set mqtt.tls",
    Ending.VERSION_REFUSED: 'set the protocol to "auto"',
    Ending.LOGIN_REFUSED: "check the user name, the password and the broker's access list",
    Ending.REFUSED: "the broker's log says why",
}


IN_MEMORY: Final = OutboxState(waiting=0, durable=False)


@dataclass(frozen=True, slots=True)
class LinkCounters:
    """The state of the line, for health.

    Attributes:
        connected: Whether the broker has accepted us.
        connects: How often it has since the start; each beyond the first is a reconnect.
        traffic: What became of the messages.
        outbox: How the events that wait are kept.
    """

    connected: bool
    connects: int
    traffic: OutgoingCounts
    outbox: OutboxState = IN_MEMORY


class MqttClient:
    """Publishes to a broker. `publish` never blocks and never fails; what happens to a message depends on its topic.

    Landmarks are dropped while the broker is away or slow. Of each retained topic the last value is kept and sent again
    on every connect. Events are kept in order, in the outbox, until the broker has acknowledged them.

    Args:
        brokers: Where brokers are; the next is tried when one cannot be reached.
        topics: Names of this box's topics.
        login: User name and password, if the broker wants them.
        protocol: MQTT version; `auto` tries 5 and falls back to 3.1.1 when the broker does not know 5.
        keepalive_s: Longest silence in seconds; after one and a half times as long the broker reports the box offline.
        outbox: Keeps the events; by default in memory. The client starts and closes it.
        line: Plain or encrypted, TCP or WebSocket.
        backoff: Waits after a connection that was lost or refused; by default seeded with the device id.
        away_wait_s: Longest wait, in seconds, while nothing answers at the broker's address. Knocking costs next to
            nothing, and landmarks and events are to go on at once when the broker is back, however long it was away.
        refused_wait_s: Longest wait, in seconds, while the broker answers and refuses: nobody repairs a password within
            seconds, and brokers lock out clients that knock too often.
    """

    def __init__(
        self,
        *,
        brokers: Sequence[BrokerAddress],
        topics: Topics,
        login: Login | None = None,
        protocol: Protocol = "auto",
        keepalive_s: int = 30,
        outbox: Outbox | None = None,
        line: Line | None = None,
        backoff: Backoff | None = None,
        away_wait_s: float = 2.0,
        refused_wait_s: float = 60.0,
    ) -> None:
        self._brokers = tuple(brokers)
        self._turn = 0
        self._topics = topics
        self._login = login
        self._choose_version = protocol == "auto"
        self._versions = dict.fromkeys(self._brokers, _VERSIONS[protocol])
        self._keepalive_s = keepalive_s
        self._backoff = backoff or Backoff(draw=random.Random(topics.device).random)  # noqa: S311 - spreads load
        self._away_wait_s = away_wait_s
        self._refused_wait_s = refused_wait_s
        self._outbox = outbox or Outbox(None)
        self._line = line or Line()
        self._outgoing = Outgoing(self._outbox)
        self._reception = Reception(topics=topics, outgoing=self._outgoing)
        self._wake = Wake()
        self._closing = threading.Event()
        self._session: Session | None = None
        self._connected = False
        self._connects = 0
        self._told: set[str] = set()
        self._thread = threading.Thread(target=self._run, name="mqtt", daemon=True)

    def listen(self, *, commands: Commands | None, announcement: Announcement | None) -> None:
        """Take commands, and tell Home Assistant, from the next connection on; to be called before `start`."""
        self._reception = Reception(
            topics=self._topics, outgoing=self._outgoing, commands=commands, announcement=announcement
        )

    def start(self) -> None:
        """Begin to connect, in the background."""
        self._outbox.start(on_ready=self._wake.set)
        self._outgoing.put(Topic.STATUS, ONLINE)
        self._thread.start()

    def publish(self, topic: Topic, payload: bytes) -> None:
        """Take a message; from any thread, before and after `start`."""
        if topic is Topic.LANDMARKS and (session := self._session) and session.send_landmarks(payload):
            return
        self._outgoing.put(topic, payload)
        self._wake.set()

    def event(self, message: EventMessage, notes: Mapping[str, bytes | None] | None = None) -> None:
        """Take an event, and notes that are kept along with it; from any thread.

        Raises:
            ValueError: Its number is not above all earlier ones.
        """
        self._outbox.put(message, notes)

    def note(self, name: str, value: bytes | None) -> None:
        """Keep a value across restarts; None removes it."""
        self._outbox.note(name, value)

    @property
    def alive(self) -> bool:
        """Whether the thread that talks to the broker does its work, or has not begun to."""
        return self._thread.ident is None or self._thread.is_alive()

    def counters(self) -> LinkCounters:
        """The state of the line now."""
        return LinkCounters(self._connected, self._connects, self._outgoing.counts(), self._outbox.state)

    def close(self) -> None:
        """Deliver what can be delivered within a second, say `offline`, and disconnect."""
        self._closing.set()
        self._wake.set()
        if self._thread.ident is None:
            self._wake.close()
        else:
            self._thread.join(_CLOSE_S)
        outbox = self._outbox.state
        if outbox.waiting and outbox.durable:
            logger.info("%d events wait in the outbox for the next start", outbox.waiting)
        elif outbox.waiting:
            logger.warning("closed while %d events were not yet delivered to broker %s", outbox.waiting, self._broker)
        self._outbox.close()

    @property
    def _broker(self) -> BrokerAddress:
        return self._brokers[self._turn]

    def _run(self) -> None:
        while not self._closing.is_set():
            self._session = session = Session(
                address=self._broker,
                topics=self._topics,
                login=self._login,
                protocol=self._versions[self._broker],
                keepalive_s=self._keepalive_s,
                outgoing=self._outgoing,
                wake=self._wake,
                closing=self._closing,
                on_accepted=self._accepted,
                line=self._line,
                reception=self._reception,
            )
            ended = session.run()
            self._session = None
            self._connected = False
            if ended.lasted_s > _STABLE_S:
                self._backoff.reset()
            self._closing.wait(self._wait_after(ended))
        self._wake.close()

    def _accepted(self) -> None:
        logger.info("connected to broker %s (MQTT %s)", self._broker, _NAMES[self._versions[self._broker]])
        self._told.clear()
        self._connects += 1
        self._connected = True

    def _wait_after(self, ended: Ended) -> float:
        """Tell what happened, settle with which version to go on, and say for how many seconds to wait."""
        match ended.ending:
            case Ending.CLOSED:
                return 0.0
            case Ending.LOST | Ending.DISMISSED:
                return self._wait_after_loss(ended)
            case Ending.VERSION_REFUSED if self._choose_version:
                self._other_version()
                return 0.0
            case Ending.NO_ANSWER:
                self._tell(ended)
                # Brokers of 3.1.1 may also close the connection without a word.
                self._other_version()
                return self._next_broker()
            case Ending.UNREACHABLE | Ending.LOGIN_REFUSED:
                self._tell(ended)
                away = ended.ending is Ending.UNREACHABLE
                return self._next_broker(self._backoff.jittered_s(self._away_wait_s if away else self._refused_wait_s))
            case _:
                self._tell(ended)
                return self._next_broker()

    def _wait_after_loss(self, ended: Ended) -> float:
        hint = "" if ended.lasted_s > _STABLE_S else "; if this repeats, look for a second box of the same name"
        logger.warning("lost broker %s: %s; connecting again%s", self._broker, ended.reason, hint)
        if ended.ending is Ending.LOST and self._versions[self._broker] is MQTTProtocolVersion.MQTTv5:
            # In 5 a second box of this name shows as a dismissal. In 3.1.1 it looks as any other loss.
            return self._backoff.jittered_s(self._away_wait_s)
        return self._backoff.next_s()

    def _next_broker(self, wait_s: float | None = None) -> float:
        """Go on to the next address; seconds to wait before: none, until all have had their turn."""
        self._turn = (self._turn + 1) % len(self._brokers)
        if self._turn:
            return 0.0
        return self._backoff.next_s() if wait_s is None else wait_s

    def _other_version(self) -> None:
        if self._choose_version:
            five = self._versions[self._broker] is MQTTProtocolVersion.MQTTv5
            self._versions[self._broker] = MQTTProtocolVersion.MQTTv311 if five else MQTTProtocolVersion.MQTTv5

    def _tell(self, ended: Ended) -> None:
        """Log a failure once, until the next connection."""
        told = f"{self._broker}: {ended.reason}"
        if told in self._told:
            return
        self._told.add(told)
        advice = _ADVICE[ended.ending]
        logger.warning("cannot connect to broker %s: %s; %s; still trying", self._broker, ended.reason, advice)
