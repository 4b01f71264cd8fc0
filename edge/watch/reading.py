"""From what came over MQTT to what it means. Trusts nothing: anything may be published by anybody."""

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import numpy as np

from edge.flow import LANDMARKS
from edge.publish.listener import Heard
from edge.publish.wire import VERSION, LandmarkMessage, WireError, WirePerson, decode, landmarks_json

Content: TypeAlias = LandmarkMessage | dict[str, Any] | str
"""Decoded landmarks, a JSON object, or text."""

LARGEST_BYTES: Final = 256 * 1024
"""Beyond it a payload is not looked at: 255 people as JSON have as much."""

_EVENT_VERSION: Final = 1
_AVAILABILITY: Final = frozenset({"online", "offline"})
_DEVICE: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")
_KIND: Final = re.compile(r"[\x21-\x7e]{1,128}")
_JSON_KINDS: Final = frozenset({"event", "state", "health"})
_LONGEST_TEXT: Final = 4096


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a box, read.

    Attributes:
        topic: Its full name.
        device: Which box.
        kind: What stands after the box in the topic: `event`, `cmd/pause/result`.
        content: What it says; None when it could not be read.
        fault: Why it could not be read; empty when it could.
        retained: Whether the broker had kept it from earlier.
        at_s: When it came, on the monotonic clock.
    """

    topic: str
    device: str
    kind: str
    content: Content | None
    fault: str
    retained: bool
    at_s: float

    def as_dict(self) -> dict[str, Any]:
        """For a JSON line."""
        head: dict[str, Any] = {"topic": self.topic, "device": self.device, "kind": self.kind}
        if self.retained:
            head["retained"] = True
        if self.fault:
            return head | {"error": self.fault}
        if isinstance(self.content, LandmarkMessage):
            return head | {"message": json.loads(landmarks_json(self.content))}
        return head | {"message": self.content}


def read(heard: Heard, prefix: str) -> Message | None:
    """Read a message; None when its topic is not of a box under this prefix."""
    if not heard.topic.startswith(prefix + "/"):
        return None
    device, _, kind = heard.topic[len(prefix) + 1 :].partition("/")
    if not (_DEVICE.fullmatch(device) and _KIND.fullmatch(kind)):
        return None
    content: Content | None = None
    fault = ""
    try:
        content = _content(kind, heard.payload)
    except ValueError as error:
        fault = str(error)
    return Message(heard.topic, device, kind, content, fault, heard.retained, heard.at_s)


def _content(kind: str, payload: bytes) -> Content:
    if len(payload) > LARGEST_BYTES:
        raise ValueError(f"{len(payload)} bytes: too long for a message of a box")
    if kind == "landmarks":
        return _landmarks(payload)
    try:
        text = payload.decode()
    except UnicodeDecodeError:
        raise ValueError("not UTF-8 text") from None
    if kind in _JSON_KINDS:
        document = _document(text)
        if kind == "event":
            _check_event(document)
        return document
    if kind in ("status", "camera"):
        if text not in _AVAILABILITY and text:
            raise ValueError(f"neither online nor offline: {text[:32]!r}")
        return text
    try:
        return _document(text)
    except ValueError:
        return text[:_LONGEST_TEXT]


def _document(text: str) -> dict[str, Any]:
    try:
        document = json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        raise ValueError("not JSON") from None
    if not isinstance(document, dict):
        raise ValueError("not a JSON object")  # noqa: TRY004 - of a message, not of an argument
    return document


def _refuse_constant(name: str) -> None:
    raise ValueError(name)


def _check_event(document: Mapping[str, Any]) -> None:
    version = document.get("v")
    if version != _EVENT_VERSION:
        raise ValueError(f"version {version!r} of the event message is not known: this reads {_EVENT_VERSION}")
    if not isinstance(document.get("type"), str):
        raise ValueError("an event without a type")  # noqa: TRY004 - of a message, not of an argument


def _landmarks(payload: bytes) -> LandmarkMessage:
    if not payload.startswith(b"{"):
        return decode(payload)
    document = _document(payload.decode(errors="replace"))
    if document.get("v") != VERSION:
        raise WireError(f"version {document.get('v')!r} of the landmark message is not known: this reads {VERSION}")
    try:
        people = tuple(_person(person) for person in document["people"])
        numbers = [int(document[key]) for key in ("seq", "time_ms", "width", "height")]
    except (KeyError, TypeError, ValueError, OverflowError, RecursionError):
        raise WireError("not landmarks as docs/wire-format.md describes their JSON form") from None
    seq, time_ms, width, height = numbers
    return LandmarkMessage(seq=seq, time_ms=time_ms, width=width, height=height, people=people)


def _person(person: Mapping[str, Any]) -> WirePerson:
    with np.errstate(over="ignore"):
        landmarks = np.array(person["landmarks"], dtype=np.float32)
    if landmarks.shape != (LANDMARKS, 4):
        raise ValueError("shape")
    return WirePerson(int(person["id"]), bool(person["predicted"]), float(person["confidence"]), landmarks)


def text(value: object, *, longest: int = 40) -> str:
    """A value from a message as it may be shown: short, on one line, without anything that moves a cursor."""
    words = "" if value is None else str(value)[: longest + 1]
    shown = "".join(letter if letter.isprintable() else "�" for letter in words)
    return shown if len(shown) <= longest else shown[: longest - 1] + "…"


def number(value: object) -> float | None:
    """A value from a message as a number, or None if it is none."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        found = float(value)
    except OverflowError:
        return None
    return found if math.isfinite(found) else None


def listed(value: object) -> list[Any]:
    """A value from a message as a list; empty if it is none."""
    return value if isinstance(value, list) else []
