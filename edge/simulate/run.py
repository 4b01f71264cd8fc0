"""Runs many virtual boxes and the subscriber that measures them, all in one thread."""

import heapq
import signal
import sys
import time
from collections.abc import Callable, Sequence
from typing import Final

from edge.errors import ConfigError, OutputError
from edge.publish.listener import Access, trouble_of
from edge.publish.topics import Topics
from edge.simulate.box import Habits, VirtualBox
from edge.simulate.ear import Ear
from edge.simulate.reel import Reel
from edge.simulate.report import Report
from edge.simulate.tally import Tally, percentile_ms
from edge.simulate.wires import Wires, make_room

_STOP_SIGNALS: Final = frozenset({signal.SIGTERM, signal.SIGINT})

_ANSWER_S: Final = 10.0
"""How long the broker may take to let somebody in."""

_AT_ONCE: Final = 50
"""Boxes that connect together. Each says two things at once with QoS 1, and a broker lets a subscriber fall behind by
some hundred of those before it drops them: that limit is worth knowing, and not what is measured here."""

_GREETING_S: Final = 2.0
"""How long those two things may take; after that the next come in all the same."""

_DRAIN_S: Final = 5.0
"""How long what is under way may take at the end; what has not come by then is lost."""

_FAREWELL_S: Final = 10.0
_BURST: Final = 50
"""Boxes that speak between two looks at the network: a late sender must not make arrivals look late."""

_LOOK_S: Final = 0.05
_MISC_S: Final = 1.0
_NS_PER_S: Final = 1_000_000_000


class Simulation:
    """Some virtual boxes against a broker; `run` does it all, once.

    Args:
        access: How the broker is reached.
        prefix: What all topics begin with.
        boxes: How many.
        seconds: How long they speak; 0 until a signal.
        habits: How often they say what.
        reels: What they see, in turn.
    """

    def __init__(
        self, *, access: Access, prefix: str, boxes: int, seconds: float, habits: Habits, reels: Sequence[Reel]
    ) -> None:
        self._access = access
        self._seconds = seconds
        self._habits = habits
        self._wires = Wires()
        self._tally = Tally()
        names = [Topics(f"sim-{number:04}", prefix) for number in range(1, boxes + 1)]
        self._boxes = [
            VirtualBox(
                topics=topics,
                access=access,
                reel=reels[i % len(reels)],
                habits=habits,
                share=i / boxes,
                tally=self._tally,
            )
            for i, topics in enumerate(names)
        ]
        self._ear = Ear(access=access, boxes=names, tally=self._tally)
        self._late_ns: list[int] = []
        self._misc_at_s = 0.0

    def run(self) -> Report:
        """Connect, speak, wait for what is under way, remove what the broker keeps, and report.

        Raises:
            OutputError: The broker cannot be reached, or refuses the subscriber.
            ConfigError: This machine does not allow so many connections.
        """
        room = make_room(len(self._boxes) + 1)
        if len(self._boxes) + 1 > room:
            raise ConfigError(f"--boxes: this user may open {room} connections: ask for fewer, or raise ulimit -n")
        self._call_in()
        cpu_s, began_s = time.process_time(), time.monotonic()
        connected = sum(box.connected for box in self._boxes)
        try:
            self._speak()
            seconds, cpu_s = time.monotonic() - began_s, time.process_time() - cpu_s
            self._until(lambda: not self._tally.waiting(), within_s=_DRAIN_S)
            lost = self._ear.lost + sum(box.lost for box in self._boxes)
            figures = self._tally.figures()
        finally:
            kept_back = self._leave()
        return Report(
            boxes=len(self._boxes),
            connected=connected,
            refused=next((box.refused for box in self._boxes if box.refused), ""),
            connections_lost=lost,
            seconds=seconds,
            rate_hz=self._habits.landmark_rate_hz,
            late_p95_ms=percentile_ms(sorted(self._late_ns), 0.95),
            cpu_percent=100 * cpu_s / seconds if seconds else 0.0,
            kept_back=kept_back,
            figures=figures,
        )

    def _call_in(self) -> None:
        """Connect everybody, the subscriber first: it is to hear the boxes' first words."""
        try:
            self._ear.connect()
            self._wires.watch(self._ear.client)
            self._until(lambda: self._ear.ready or bool(self._ear.refused), within_s=_ANSWER_S)
            if not self._ear.ready:
                reason = self._ear.refused or "it does not answer"
                raise OutputError(f"broker {self._access.address}: {reason}; check address, user name and password")
            for start in range(0, len(self._boxes), _AT_ONCE):
                self._let_in(self._boxes[start : start + _AT_ONCE])
        except (OSError, ValueError) as error:
            raise OutputError(f"cannot connect to broker {self._access.address}: {trouble_of(error)}") from None

    def _let_in(self, boxes: Sequence[VirtualBox]) -> None:
        heard = self._ear.greetings
        for box in boxes:
            box.connect()
            self._wires.watch(box.client)
            self._turn(0.0)
        self._until(lambda: all(box.connected or box.refused for box in boxes), within_s=_ANSWER_S)
        coming = sum(box.connected for box in boxes)
        self._until(lambda: self._ear.greetings >= heard + coming, within_s=_GREETING_S)

    def _speak(self) -> None:
        now_ns = time.monotonic_ns()
        end_ns = now_ns + round(self._seconds * _NS_PER_S) if self._seconds else None
        speaking = [box for box in self._boxes if box.connected]
        turns: list[tuple[int, int]] = []
        for number, box in enumerate(speaking):
            box.begin(now_ns)
            self._wires.watch(box.client)
            heapq.heappush(turns, (_next_ns(box, now_ns), number))
        while turns and not _stopped() and (end_ns is None or now_ns < end_ns):
            self._turn(min(_LOOK_S, (turns[0][0] - now_ns) / _NS_PER_S))
            now_ns = time.monotonic_ns()
            for _ in range(_BURST):
                if turns[0][0] > now_ns:
                    break
                due_ns, number = turns[0]
                self._late_ns.append(now_ns - due_ns)
                box = speaking[number]
                box.step(now_ns)
                self._wires.watch(box.client)
                heapq.heapreplace(turns, (max(_next_ns(box, now_ns), due_ns + 1), number))
                now_ns = time.monotonic_ns()
            self._misc(now_ns / _NS_PER_S)

    def _misc(self, now_s: float) -> None:
        """Let the clients see to their keepalive."""
        if now_s < self._misc_at_s:
            return
        self._misc_at_s = now_s + _MISC_S
        self._ear.connect_again()
        for client in (self._ear.client, *(box.client for box in self._boxes)):
            client.loop_misc()
            self._wires.watch(client)

    def _turn(self, wait_s: float) -> None:
        self._wires.turn(wait_s)

    def _until(self, condition: Callable[[], bool], *, within_s: float) -> bool:
        """See to the network until a condition holds, a signal comes or the time is over; whether it holds."""
        deadline_s = time.monotonic() + within_s
        while not condition():
            now_s = time.monotonic()
            if now_s >= deadline_s or _pending():
                return False
            self._turn(min(_LOOK_S, deadline_s - now_s))
            self._misc(now_s)
        return True

    def _leave(self) -> int:
        """Remove what the broker keeps, and disconnect; returns of how many boxes something may be left."""
        for box in self._boxes:
            box.leave(through=None if box.connected else self._ear.client)
            self._wires.watch(box.client)
        self._wires.watch(self._ear.client)
        self._until(lambda: all(box.gone for box in self._boxes), within_s=_FAREWELL_S)
        for box in self._boxes:
            box.close()
        self._ear.client.disconnect()
        self._wires.close()
        return sum(not box.gone for box in self._boxes)


def _next_ns(box: VirtualBox, now_ns: int) -> int:
    return now_ns + round(box.wait_s(now_ns) * _NS_PER_S)


def _pending() -> bool:
    return bool(signal.sigpending() & _STOP_SIGNALS)


def _stopped() -> bool:
    return _pending() and signal.sigtimedwait(_STOP_SIGNALS, 0) is not None


def simulate(  # the parts of one command line
    access: Access, *, prefix: str, boxes: int, seconds: float, habits: Habits, reels: Sequence[Reel]
) -> Report:
    """Run a simulation. SIGINT and SIGTERM, which the caller has blocked, end it early; it reports all the same."""
    sys.stderr.write(f"{boxes} boxes at {access.address}, topics {prefix}/sim-…\n")
    return Simulation(access=access, prefix=prefix, boxes=boxes, seconds=seconds, habits=habits, reels=reels).run()
