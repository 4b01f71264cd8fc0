"""Falls that are not over: kept across restarts, so that nobody is forgotten on the floor because a daemon was updated.

Within a run the posture rules know who is down. After a restart they know nobody any more: a restored fall is then
looked after here, until the posture rules find somebody on the floor and take it over, somebody acknowledges it, or
people have been up and about for a while with nobody on the floor.
"""

import logging
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, Final, Self

from pydantic import BaseModel, ConfigDict, ValidationError

from edge.flow import Event
from edge.publish.messages import EventMessage, WallClock, rfc3339
from edge.publish.stored import elapsed_ms

logger = logging.getLogger(__name__)

_FOUND: Final = "found"
"""How the posture rules call a fall that nobody saw happen."""

NOTE: Final = "alarms"
"""Under this name the outbox keeps them."""

_NS_PER_S: Final = 1_000_000_000
_NS_PER_MS: Final = 1_000_000
_MS_PER_S: Final = 1000

_SETTLED_S: Final = 120.0
"""How long people must be in view, and nobody low, before a restored fall counts as over. A carer who stands beside
somebody whom the model does not see on the floor has come by then, and would acknowledge."""

_GAP_S: Final = 5.0
"""Nobody in view for longer begins that time anew."""

_FORGET_S: Final = 24 * 3600.0
"""A fall this old at a start is from before the box was moved or switched off, and no longer news."""

_MOST: Final = 16
"""Falls kept; more people than this do not lie in one picture, so the oldest was missed when it ended."""


@dataclass(frozen=True, slots=True)
class ActiveFall:
    """A fall that was detected and is not over.

    Attributes:
        fall_id: Names it in all its events, also after a restart.
        t_ns: Since when the person is down, on the monotonic clock of `boot`.
        unix_ms: The same in milliseconds of Unix time.
        boot: Names the start of the machine.
        confidence: Of its detection.
        long_lie: Whether `long_lie` was said.
        acknowledged: Whether somebody has said that they take care.
    """

    fall_id: str
    t_ns: int
    unix_ms: int
    boot: str
    confidence: float
    long_lie: bool = False
    acknowledged: bool = False

    def down_s(self, now: WallClock, boot: str) -> float:
        """Seconds since the person went down; the time without power counts, as far as the clocks can tell."""
        passed_ms = elapsed_ms(t_ns=self.t_ns, unix_ms=self.unix_ms, boot=self.boot, now=now, now_boot=boot)
        return passed_ms / _MS_PER_S

    def as_dict(self) -> dict[str, Any]:
        """What the state topic says of it."""
        return {
            "fall_id": self.fall_id,
            "since": rfc3339(self.unix_ms),
            "long_lie": self.long_lie,
            "acknowledged": self.acknowledged,
        }


class _NotedFall(BaseModel):
    """A fall as it is written down."""

    model_config = ConfigDict(strict=True)

    fall_id: str
    t_ns: int
    unix_ms: int
    boot: str
    confidence: float
    long_lie: bool
    acknowledged: bool


class _Note(BaseModel):
    model_config = ConfigDict(strict=True)

    falls: list[_NotedFall]


class Alarms:
    """The falls that are not over. Pure: knows no clock and no disk; `note` says what is to be written.

    Args:
        boot: Names this start of the machine.
        long_lie_s: How long somebody must be down for `long_lie`, in seconds.
        restored: Falls of an earlier run.
        run: Names this start of the daemon; stands in the ids of its falls, as the posture rules count from 1 anew.
    """

    def __init__(
        self, *, boot: str, long_lie_s: float, restored: Iterable[ActiveFall] = (), run: str | None = None
    ) -> None:
        self._boot = boot
        self._run = run or secrets.token_hex(3)
        self._names: dict[str, str] = {}
        self._tracks: dict[str, int] = {}
        self._long_lie_s = long_lie_s
        self._falls = {fall.fall_id: fall for fall in restored}
        self._orphans = set(self._falls)
        self._settling_ns: int | None = None
        self._in_view_ns = 0

    @classmethod
    def from_note(cls, note: bytes | None, *, now: WallClock, boot: str, long_lie_s: float) -> Self:
        """Bring back what an earlier run wrote down; what cannot be read or is a day old is forgotten, with a line."""
        falls: list[ActiveFall] = []
        try:
            found = _Note.model_validate_json(note).falls if note else []
        except ValidationError:
            logger.warning("the note about falls before this start cannot be read: they are forgotten")
            found = []
        for one in found:
            fall = ActiveFall(**one.model_dump())
            if fall.down_s(now, boot) > _FORGET_S:
                logger.warning("fall %s of %s is more than a day old: forgotten", fall.fall_id, rfc3339(fall.unix_ms))
            else:
                falls.append(fall)
        return cls(boot=boot, long_lie_s=long_lie_s, restored=falls)

    @property
    def falls(self) -> tuple[ActiveFall, ...]:
        """All of them, the oldest first."""
        return tuple(self._falls.values())

    @property
    def orphans(self) -> tuple[ActiveFall, ...]:
        """Those whose person nobody knows: of an earlier run, or no longer seen."""
        return tuple(fall for fall in self._falls.values() if fall.fall_id in self._orphans)

    @property
    def alarming(self) -> bool:
        """Whether there is a fall that nobody has acknowledged."""
        return any(not fall.acknowledged for fall in self._falls.values())

    def note(self) -> bytes | None:
        """What is to be kept; None when there is nothing."""
        if not self._falls:
            return None
        noted = [_NotedFall.model_validate(fall, from_attributes=True) for fall in self._falls.values()]
        return _Note(falls=noted).model_dump_json().encode()

    def told(self, event: Event) -> Event | None:
        """The event as it is to be published, under an id of its fall that no other run uses.

        Somebody who is found on the floor while a fall has lost its person is that person: the fall goes on under its
        id, and None says that it was told already.
        """
        fall_id = event.data.get("fall_id")
        if not isinstance(fall_id, str) or event.data.get("restored"):
            return event
        orphan = next(iter(self._orphans), None)
        if event.type == "fall_detected" and event.data.get("how") == _FOUND and orphan is not None:
            self._names[fall_id] = orphan
            self.adopted(orphan)
            if event.track is not None:
                self._tracks[orphan] = event.track
            logger.info("fall %s goes on with track %s", orphan, event.track)
            return None
        name = self._names.setdefault(fall_id, f"{self._run}-{fall_id}")
        if event.type == "fall_cleared":
            del self._names[fall_id]
        if event.type == "long_lie" and (known := self._falls.get(name)) is not None and known.long_lie:
            return None
        return replace(event, data=MappingProxyType({**event.data, "fall_id": name}))

    def abandoned(self) -> None:
        """The posture rules have forgotten everybody: falls go on without a person."""
        self._orphans.update(self._falls)
        self._names.clear()
        self._tracks.clear()

    def update(self, message: EventMessage) -> bool:
        """Take in an event; True when something changed and `note` is to be kept along with it."""
        event = message.event
        if event.type == "person_left":
            # Whoever is no longer seen may still lie there.
            self._orphans.update(fall_id for fall_id, track in self._tracks.items() if track == event.track)
            self._tracks = {fall_id: track for fall_id, track in self._tracks.items() if track != event.track}
            return False
        fall_id = event.data.get("fall_id")
        if not isinstance(fall_id, str):
            return False
        match event.type:
            case "fall_detected":
                down_ns = round(_number(event.data.get("down_s")) * _NS_PER_S)
                self._falls[fall_id] = ActiveFall(
                    fall_id=fall_id,
                    t_ns=event.t_ns - down_ns,
                    unix_ms=message.unix_ms - down_ns // _NS_PER_MS,
                    boot=self._boot,
                    confidence=event.confidence,
                )
                self._orphans.discard(fall_id)
                if event.track is not None:
                    self._tracks[fall_id] = event.track
                while len(self._falls) > _MOST:
                    self._remove(next(iter(self._falls)))
            case "long_lie" if fall_id in self._falls:
                self._falls[fall_id] = replace(self._falls[fall_id], long_lie=True)
            case "fall_cleared" if fall_id in self._falls:
                self._remove(fall_id)
            case _:
                return False
        return True

    def acknowledge(self, fall_id: str | None = None) -> tuple[str, ...]:
        """Note that somebody takes care of one fall, or of all; returns the ids for which that is new.

        An acknowledged fall of an earlier run is over. One of this run goes on until the person is up.
        """
        taken = tuple(
            fall.fall_id for fall in self._falls.values() if not fall.acknowledged and fall_id in (None, fall.fall_id)
        )
        for one in taken:
            self._falls[one] = replace(self._falls[one], acknowledged=True)
        return taken

    def adopted(self, fall_id: str) -> None:
        """The posture rules have found the person of an earlier run's fall, and go on from here."""
        self._orphans.discard(fall_id)

    def look(self, now: WallClock, *, people: int, low: int) -> tuple[Event, ...]:
        """What is to be said of falls that only this knows of; empty in all but the first minutes after a start.

        Args:
            now: This moment.
            people: How many people are seen.
            low: How many of them lie, or are down.
        """
        if not self._orphans:
            return ()
        said = [
            self._event("fall_cleared", fall, now, why="acknowledged") for fall in self.orphans if fall.acknowledged
        ]
        if self._settled(now.monotonic_ns, people=people, low=low):
            said += [
                self._event("fall_cleared", fall, now, why="nobody_down")
                for fall in self.orphans
                if not fall.acknowledged
            ]
            return tuple(said)
        for fall in self.orphans:
            waited = fall.down_s(now, self._boot) >= self._long_lie_s
            if waited and not fall.long_lie and not fall.acknowledged:
                said.append(self._event("long_lie", fall, now))
        return tuple(said)

    def _settled(self, now_ns: int, *, people: int, low: int) -> bool:
        """Whether people have been in view for long enough, none of them low."""
        if low:
            self._settling_ns = None
        elif people:
            if self._settling_ns is None or now_ns - self._in_view_ns > _GAP_S * _NS_PER_S:
                self._settling_ns = now_ns
            self._in_view_ns = now_ns
            return now_ns - self._settling_ns >= _SETTLED_S * _NS_PER_S
        return False

    def _event(self, event_type: str, fall: ActiveFall, now: WallClock, *, why: str | None = None) -> Event:
        data: dict[str, object] = {
            "fall_id": fall.fall_id,
            "down_s": round(fall.down_s(now, self._boot), 1),
            "restored": True,
        }
        if why:
            data["why"] = why
        return Event(event_type, now.monotonic_ns, None, fall.confidence, MappingProxyType(data))

    def _remove(self, fall_id: str) -> None:
        del self._falls[fall_id]
        self._orphans.discard(fall_id)
        self._tracks.pop(fall_id, None)


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) and value > 0 else 0.0
