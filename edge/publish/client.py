"""The box's line to the broker: connects in the background, for ever, and says once what is wrong."""

import logging
import random
import threading
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from paho.mqtt.enums import MQTTProtocolVersion

from edge.backoff import Backoff
from edge.publish.address import BrokerAddress
from edge.publish.outgoing import Outgoing, OutgoingCounts
from edge.publish.session import ONLINE, Ended, Ending, Login, Session, Wake
from edge.publish.topics import Topic, Topics

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
    Ending.NO_ANSWER: "check that this port speaks MQTT without TLS",
    Ending.VERSION_REFUSED: 'set the protocol to "auto"',
    Ending.LOGIN_REFUSED: "check the user name, the password and the broker's access list",
    Ending.REFUSED: "the broker's log says why",
}


@dataclass(frozen=True, slots=True)
class LinkCounters:
    """The state of the line, for health.

    Attributes:
        connected: Whether the broker has accepted us.
        connects: How often it has since the start; each beyond the first is a reconnect.
        traffic: What became of the messages.
    """

    connected: bool
    connects: int
    traffic: OutgoingCounts


class MqttClient:
    """Publishes to one broker. `publish` never blocks and never fails; what happens to a message depends on its topic.

    Landmarks are dropped while the broker is away or slow. Of each retained topic the last value is kept and sent again
    on every connect. Events are kept in order, in memory, until the broker has acknowledged them.

    Args:
        broker: Where the broker is.
        topics: Names of this box's topics.
        login: User name and password, if the broker wants them.
        protocol: MQTT version; `auto` tries 5 and falls back to 3.1.1 when the broker does not know 5.
        keepalive_s: Longest silence in seconds; after one and a half times as long the broker reports the box offline.
        event_limit: The most events kept; beyond it the oldest are lost, and counted.
        backoff: Waits between attempts; by default seeded with the device id.
        refused_wait_s: Longest wait, in seconds, while the broker answers and refuses: nobody repairs a password within
            seconds, and brokers lock out clients that knock too often.
    """

    def __init__(
        self,
        *,
        broker: BrokerAddress,
        topics: Topics,
        login: Login | None = None,
        protocol: Protocol = "auto",
        keepalive_s: int = 30,
        event_limit: int = 1000,
        backoff: Backoff | None = None,
        refused_wait_s: float = 60.0,
    ) -> None:
        self._broker = broker
        self._topics = topics
        self._login = login
        self._choose_version = protocol == "auto"
        self._version = _VERSIONS[protocol]
        self._keepalive_s = keepalive_s
        self._backoff = backoff or Backoff(draw=random.Random(topics.device).random)  # noqa: S311 - spreads load
        self._refused_wait_s = refused_wait_s
        self._outgoing = Outgoing(event_limit=event_limit)
        self._wake = Wake()
        self._closing = threading.Event()
        self._connected = False
        self._connects = 0
        self._told: set[str] = set()
        self._thread = threading.Thread(target=self._run, name="mqtt", daemon=True)

    def start(self) -> None:
        """Begin to connect, in the background."""
        self._outgoing.put(Topic.STATUS, ONLINE)
        self._thread.start()

    def publish(self, topic: Topic, payload: bytes) -> None:
        """Take a message; from any thread, before and after `start`."""
        self._outgoing.put(topic, payload)
        self._wake.set()

    @property
    def alive(self) -> bool:
        """Whether the thread that talks to the broker does its work, or has not begun to."""
        return self._thread.ident is None or self._thread.is_alive()

    def counters(self) -> LinkCounters:
        """The state of the line now."""
        return LinkCounters(self._connected, self._connects, self._outgoing.counts())

    def close(self) -> None:
        """Deliver what can be delivered within a second, say `offline`, and disconnect."""
        self._closing.set()
        self._wake.set()
        if self._thread.ident is None:
            self._wake.close()
            return
        self._thread.join(_CLOSE_S)
        waiting = self._outgoing.counts().events_waiting
        if waiting:
            logger.warning("closed while %d events were not yet delivered to broker %s", waiting, self._broker)

    def _run(self) -> None:
        while not self._closing.is_set():
            session = Session(
                address=self._broker,
                topics=self._topics,
                login=self._login,
                protocol=self._version,
                keepalive_s=self._keepalive_s,
                outgoing=self._outgoing,
                wake=self._wake,
                closing=self._closing,
                on_accepted=self._accepted,
            )
            ended = session.run()
            self._connected = False
            if ended.lasted_s > _STABLE_S:
                self._backoff.reset()
            self._closing.wait(self._wait_after(ended))
        self._wake.close()

    def _accepted(self) -> None:
        self._connected = True
        self._connects += 1
        self._told.clear()
        logger.info("connected to broker %s (MQTT %s)", self._broker, _NAMES[self._version])

    def _wait_after(self, ended: Ended) -> float:
        """Tell what happened, settle with which version to go on, and say for how many seconds to wait."""
        match ended.ending:
            case Ending.CLOSED:
                return 0.0
            case Ending.LOST:
                hint = "" if ended.lasted_s > _STABLE_S else "; if this repeats, look for a second box of the same name"
                logger.warning("lost broker %s: %s; connecting again%s", self._broker, ended.reason, hint)
            case Ending.VERSION_REFUSED if self._choose_version:
                self._other_version()
                return 0.0
            case Ending.NO_ANSWER:
                self._tell(ended)
                # Brokers of 3.1.1 may also close the connection without a word.
                self._other_version()
            case Ending.LOGIN_REFUSED:
                self._tell(ended)
                return self._backoff.jittered_s(self._refused_wait_s)
            case _:
                self._tell(ended)
        return self._backoff.next_s()

    def _other_version(self) -> None:
        if self._choose_version:
            five = self._version is MQTTProtocolVersion.MQTTv5
            self._version = MQTTProtocolVersion.MQTTv311 if five else MQTTProtocolVersion.MQTTv5

    def _tell(self, ended: Ended) -> None:
        """Log a failure once, until the next connection."""
        if ended.reason in self._told:
            return
        self._told.add(ended.reason)
        advice = _ADVICE[ended.ending]
        logger.warning("cannot connect to broker %s: %s; %s; still trying", self._broker, ended.reason, advice)
