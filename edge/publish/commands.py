"""Commands: from what came over MQTT to what is done, and the answer. Trusts nothing that came from outside."""

import contextlib
import logging
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final, Protocol

from pydantic import ValidationError
from pydantic_core import from_json

from edge.publish.messages import compact_json
from edge.publish.requests import (
    REQUESTS,
    AckFallRequest,
    Code,
    GetConfigRequest,
    IdentifyRequest,
    PauseRequest,
    ReloadRequest,
    Request,
    RestartRequest,
    Result,
    ResumeRequest,
    SetRequest,
    SnapshotLandmarksRequest,
)
from edge.publish.tunables import Tunable, Value

logger = logging.getLogger(__name__)

LARGEST_BYTES: Final = 4096
"""Ten times the largest sensible command."""

_NAME: Final = re.compile(r"[a-z_]{1,32}")
_ID: Final = re.compile(r"[A-Za-z0-9_.:+-]{1,64}")

_NS_PER_S: Final = 1_000_000_000
_BURST: Final = 30
"""A scene in Home Assistant may set everything there is at once."""
_RATE_HZ: Final = 2.0
"""Commands come from people and automations. A loop that sends faster than this is a mistake or an attack."""

_REMEMBER_S: Final = 600.0
"""How long a request's id is remembered: longer than any broker keeps a message on its way to a connected client."""

_LONGEST_REASON: Final = 200


class CommandRefusedError(Exception):
    """An action says no: its text is the reason, for people."""


class Actions(Protocol):
    """What commands do. Each is done, or handed over to whoever does it, when it returns; none may take long.

    Raises:
        CommandRefusedError: It cannot be done now.
    """

    def pause(self, duration_s: float | None) -> None:
        """Stop looking, for so many seconds or until resumed."""

    def resume(self) -> None:
        """Look again."""

    def identify(self, duration_s: float) -> None:
        """Make the box name itself in its log."""

    def acknowledge_fall(self, fall_id: str | None) -> tuple[str, ...]:
        """Note that somebody takes care of a fall, or of all; returns the ids for which that is new."""

    def set(self, key: str, value: Value, *, persist: bool) -> None:
        """Change a setting; the value is within its own bounds, and may still contradict another."""

    def reload(self) -> None:
        """Read the configuration file again."""

    def restart(self) -> None:
        """End soon, so that the answer still goes out."""

    def config(self) -> Mapping[str, Any]:
        """The configuration in force, with secrets masked."""

    def landmarks(self) -> Mapping[str, Any]:
        """The newest landmarks."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The result of a command, for the topic `cmd/<command>/result`."""

    command: str
    payload: bytes
    ok: bool


@dataclass(frozen=True, slots=True)
class CommandCounts:
    """What became of the commands so far.

    Attributes:
        done: How many were carried out.
        refused: How many were not, by reason.
    """

    done: int
    refused: Mapping[Code, int]


class _RefusalError(Exception):
    def __init__(self, code: Code, reason: str) -> None:
        super().__init__(reason)
        self.code = code


class Commands:
    """Checks commands, carries out those that are right, and answers. Called by one thread.

    Args:
        actions: What commands do.
        tunables: What `set` may change.
    """

    def __init__(self, actions: Actions, tunables: Iterable[Tunable] = ()) -> None:
        self._actions = actions
        self._tunables = {one.key: one for one in tunables}
        self._tokens = float(_BURST)
        self._tokens_ns: int | None = None
        self._flooded = False
        self._seen: dict[str, int] = {}
        self._done = 0
        self._refused: Counter[Code] = Counter()

    @property
    def counts(self) -> CommandCounts:
        """What became of the commands so far."""
        return CommandCounts(self._done, MappingProxyType(dict(self._refused)))

    def handle(self, name: str, payload: bytes, *, now_ns: int, retained: bool = False) -> Answer | None:
        """Take in one message.

        Args:
            name: What stands behind `cmd/` in its topic.
            payload: As it came.
            now_ns: Monotonic time.
            retained: Whether the broker had kept it: an old command that would come again with every connect.

        Returns:
            The answer; None where one would only add to a flood, or where the name could not stand in a topic.
        """
        request_id = None
        try:
            self._throttle(now_ns)
            _admit(name, payload, retained=retained)
            document = _document(payload)
            request_id = _id_in(document)
            request = _request(REQUESTS[name], document)
            self._check(request)
            self._forget_old(now_ns)
            if request_id in self._seen:
                raise _RefusalError(Code.REPLAYED, "a command with this id was carried out already")  # noqa: TRY301
            data = self._carry_out(name, request)
        except _RefusalError as refusal:
            if refusal.code is Code.UNKNOWN and len(payload) <= LARGEST_BYTES:
                with contextlib.suppress(_RefusalError):
                    request_id = _id_in(_document(payload))
            return self._refuse(name, request_id, refusal)
        if request_id is not None:
            self._seen[request_id] = now_ns
        self._done += 1
        logger.info("command %s was carried out", name)
        return _answer(Result(command=name, id=request_id, ok=True, data=data))

    def _throttle(self, now_ns: int) -> None:
        """Take a token from the bucket."""
        if self._tokens_ns is not None:
            self._tokens += max(0, now_ns - self._tokens_ns) / _NS_PER_S * _RATE_HZ
        self._tokens_ns = now_ns
        self._tokens = min(self._tokens, _BURST)
        if self._tokens < 1.0:
            raise _RefusalError(Code.TOO_MANY, f"more than {_RATE_HZ:g} commands a second: some are not carried out")
        self._tokens -= 1.0
        self._flooded = False

    def _check(self, request: Request) -> None:
        if not isinstance(request, SetRequest):
            return
        tunable = self._tunables.get(request.key)
        if tunable is None:
            known = ", ".join(self._tunables) or "none"
            raise _RefusalError(Code.NOT_SETTABLE, f"this setting cannot be changed over MQTT: settable are {known}")
        if not tunable.takes(request.value):
            raise _RefusalError(Code.OUT_OF_BOUNDS, f"{tunable.key} must be {tunable.allowed}")

    def _forget_old(self, now_ns: int) -> None:
        # In the order of their coming, so the oldest are in front.
        while self._seen and now_ns - next(iter(self._seen.values())) > _REMEMBER_S * _NS_PER_S:
            del self._seen[next(iter(self._seen))]

    def _carry_out(self, name: str, request: Request) -> dict[str, Any]:
        try:
            return self._act(request)
        except CommandRefusedError as error:
            raise _RefusalError(Code.REFUSED, str(error)) from error
        except Exception as error:
            # A command that fails must not end the watch over the room.
            logger.exception("command %s failed", name)
            raise _RefusalError(Code.FAILED, "an error of pose-edge itself: its log says more") from error

    def _act(self, request: Request) -> dict[str, Any]:
        actions = self._actions
        match request:
            case PauseRequest(duration_s=0.0) | ResumeRequest():
                actions.resume()
            case PauseRequest():
                actions.pause(request.duration_s)
            case IdentifyRequest():
                actions.identify(request.duration_s)
            case AckFallRequest():
                return {"fall_ids": list(actions.acknowledge_fall(request.fall_id))}
            case SetRequest():
                actions.set(request.key, request.value, persist=request.persist)
                return {"key": request.key, "value": request.value}
            case ReloadRequest():
                actions.reload()
            case RestartRequest():
                actions.restart()
            case GetConfigRequest():
                return dict(actions.config())
            case SnapshotLandmarksRequest():
                return dict(actions.landmarks())
        return {}

    def _refuse(self, name: str, request_id: str | None, refusal: _RefusalError) -> Answer | None:
        if not self._refused[refusal.code]:
            logger.warning("a command was refused: %s; further ones of this kind are only counted", refusal)
        self._refused[refusal.code] += 1
        if refusal.code is Code.TOO_MANY:
            if self._flooded:
                return None
            self._flooded = True
        if not _NAME.fullmatch(name):
            return None
        return _answer(Result(command=name, id=request_id, ok=False, code=refusal.code, reason=str(refusal)))


def _admit(name: str, payload: bytes, *, retained: bool) -> None:
    if name not in REQUESTS:
        raise _RefusalError(Code.UNKNOWN, f"there is no such command: known are {', '.join(REQUESTS)}")
    if retained:
        raise _RefusalError(Code.RETAINED, "the broker had kept this command: send commands without retain")
    if len(payload) > LARGEST_BYTES:
        raise _RefusalError(Code.OVERSIZED, f"a command has at most {LARGEST_BYTES} bytes")


def _document(payload: bytes) -> dict[str, Any]:
    """The JSON object of a payload; nothing at all counts as an empty one."""
    try:
        document = from_json(payload, allow_inf_nan=False) if payload.strip() else {}
    except ValueError:
        raise _RefusalError(Code.MALFORMED, "this is not JSON") from None
    if not isinstance(document, dict):
        raise _RefusalError(Code.MALFORMED, "a command is a JSON object")
    return document


def _id_in(document: Mapping[str, Any]) -> str | None:
    """The request's id, also of one that will be refused."""
    found = document.get("id")
    return found if isinstance(found, str) and _ID.fullmatch(found) else None


def _request(model: type[Request], document: Mapping[str, Any]) -> Request:
    try:
        return model.model_validate(document)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"][:1])
        reason = f"{place}: {first['msg']}" if place else first["msg"]
        raise _RefusalError(Code.MALFORMED, reason[:_LONGEST_REASON]) from None


def _answer(result: Result) -> Answer:
    return Answer(result.command, compact_json(result.model_dump(mode="json")), result.ok)
