"""What a text or a polygon in the configuration must look like: tiny pure functions that check and give back the value.

Each raises ValueError with the reason; the words around it (key, origin, what is allowed) are `problems`' job. A reason
never repeats a value that may hold a password.
"""

import re
import socket
from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations, pairwise
from pathlib import Path
from typing import Annotated, Final, TypeAlias

from pydantic import AfterValidator, BeforeValidator, Field, GetJsonSchemaHandler, SecretStr
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from edge.errors import ConfigError
from edge.publish.address import parse_broker
from edge.publish.topics import check_device, check_prefix

Point: TypeAlias = tuple[float, float]
"""x, y in 0..1 of the picture, origin top left."""

_Side: TypeAlias = tuple[Point, Point]

_ZONE_NAME: Final = re.compile(r"[a-z0-9_-]{1,32}")
_HOURS: Final = re.compile(r"([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d")

MAX_MASK_POINTS: Final = 64
"""Enough for a window bay with mullions; a longer list is a mistake in whatever wrote it."""

SMALLEST_MASK_AREA: Final = 1e-6
"""As a share of the picture: two pixels of 1920×1080. Less is a line, and a line covers nobody."""

_ID_LENGTH: Final = 64

ALLOWED: Final = "x-allowed"
HOLDS_CREDENTIALS: Final = "x-credentials"


@dataclass(frozen=True, slots=True)
class Form:
    """Notes in a field's JSON Schema what it takes, where the schema's own words cannot.

    Attributes:
        text: What is allowed, in words that finish the sentence "must be …".
        credentials: Whether the value may be a URL with user and password in it, which are then never shown.
    """

    text: str
    credentials: bool = False

    def __get_pydantic_json_schema__(self, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        entry = handler(core)
        entry[ALLOWED] = self.text
        if self.credentials:
            entry[HOLDS_CREDENTIALS] = True
        return entry


class ExplainedError(ValueError):
    """Its text is a whole sentence, with the value and what is allowed."""


def host_id() -> str:
    """This host's name as a device id: what is not allowed in one becomes `-`."""
    return re.sub(r"[^A-Za-z0-9_-]+", "-", socket.gethostname()).strip("-")[:_ID_LENGTH] or "pose-edge"


def printable(text: str) -> str:
    """Check that a text is one line that can be shown to people and sent as UTF-8."""
    if not text.strip():
        raise ValueError("it is empty")
    if not text.isprintable():
        raise ValueError("it holds a character that cannot be printed")
    return text


def path_text(value: object) -> object:
    """Check the text of a path: an empty one would be the current folder."""
    return printable(value) if isinstance(value, str) else value


def source_uri(text: str) -> str:
    """Check that a frame source can be read from the text; does not look whether it is there."""
    from edge.capture.opening import parse_source  # noqa: PLC0415 - most errors are found without it

    try:
        parse_source(printable(text))
    except ConfigError as error:
        raise ExplainedError(str(error)) from None
    return text


def broker(text: str) -> str:
    """Check `HOST[:PORT]`, with a hint for what people paste here."""
    if "://" in text:
        raise ValueError("leave out the scheme and ://")
    if "@" in text:
        raise ValueError("user and password go to mqtt.username and mqtt.password_file")
    return _accepted_by(parse_broker, text)


def url_path(text: str) -> str:
    """Check the path of a WebSocket."""
    if not text.isascii() or not text.startswith("/") or any(letter.isspace() for letter in printable(text)):
        raise ValueError
    return text


def device_id(text: str) -> str:
    """Check a device id."""
    return _accepted_by(check_device, text)


def topic_prefix(text: str) -> str:
    """Check what stands before the device id in topics."""
    return _accepted_by(check_prefix, text)


def _accepted_by(check: Callable[[str], object], text: str) -> str:
    """Ask the room that will use the text. `Form` says what is allowed, so the room's own words are not repeated."""
    try:
        check(text)
    except ConfigError:
        raise ValueError from None
    return text


def polygon(value: object) -> tuple[Point, ...]:
    """Check a polygon and turn TOML's lists into tuples."""
    return _with_area(_corners(value))


def _corners(value: object) -> tuple[Point, ...]:
    if not isinstance(value, list | tuple):
        raise ValueError("it is not a list of points")  # noqa: TRY004 - pydantic reports ValueError only
    if not 3 <= len(value) <= MAX_MASK_POINTS:  # noqa: PLR2004 - a triangle is the smallest polygon
        raise ValueError(f"it has {len(value)} points")
    return tuple(_point(item, number) for number, item in enumerate(value, start=1))


def _with_area(points: tuple[Point, ...]) -> tuple[Point, ...]:
    if _area(points) < SMALLEST_MASK_AREA:
        raise ValueError("it encloses no area")
    return points


def _point(item: object, number: int) -> Point:
    if not isinstance(item, list | tuple) or len(item) != 2:  # noqa: PLR2004 - x and y
        raise ValueError(f"point {number} is not [x, y]")
    for coordinate in item:
        if isinstance(coordinate, bool) or not isinstance(coordinate, int | float) or not 0 <= coordinate <= 1:
            raise ValueError(f"point {number} lies outside 0 to 1, which is the whole picture")
    return float(item[0]), float(item[1])


def _area(points: tuple[Point, ...]) -> float:
    """The shoelace formula."""
    return abs(sum(x0 * y1 - x1 * y0 for (x0, y0), (x1, y1) in pairwise((*points, points[0])))) / 2


def outline(value: object) -> tuple[Point, ...]:
    """Check a polygon whose inside matters: its sides may meet at corners only."""
    points = _corners(value)
    sides = list(pairwise((*points, points[0])))
    for (first, one), (second, other) in combinations(enumerate(sides, start=1), 2):
        if one[0] == other[0]:
            raise ValueError(f"points {first} and {second} are the same")
        if second - first not in (1, len(sides) - 1) and _meet(one, other):
            raise ValueError(f"its sides after point {first} and after point {second} cross")
    return _with_area(points)


def _meet(one: _Side, other: _Side) -> bool:
    """Whether two sides without a common corner have a point in common."""
    turns = [_turn(*one, other[0]), _turn(*one, other[1]), _turn(*other, one[0]), _turn(*other, one[1])]
    if turns[0] * turns[1] < 0 and turns[2] * turns[3] < 0:
        return True
    ends = ((one, other[0]), (one, other[1]), (other, one[0]), (other, one[1]))
    return any(turn == 0 and _spans(side, end) for turn, (side, end) in zip(turns, ends, strict=True))


def _turn(start: Point, end: Point, point: Point) -> float:
    """Positive where `point` lies to one side of the line from `start` to `end`, negative to the other, 0 on it."""
    return (end[0] - start[0]) * (point[1] - start[1]) - (end[1] - start[1]) * (point[0] - start[0])


def _spans(side: _Side, point: Point) -> bool:
    """Whether a point on a side's line lies between its ends."""
    return all(min(ends) <= value <= max(ends) for value, *ends in zip(point, *side, strict=True))


def zone_name(text: str) -> str:
    """Check a zone's name: it stands in events and in the ids of home-automation systems."""
    if not _ZONE_NAME.fullmatch(text):
        raise ValueError
    return text


def hours(text: str) -> str:
    """Check a part of the day, as `22:00-07:00`."""
    if not _HOURS.fullmatch(text):
        raise ValueError
    if len(set(text.split("-"))) == 1:
        raise ValueError("it begins and ends at the same time")
    return text


def as_tuple(value: object) -> object:
    """TOML has lists, frozen models hold tuples."""
    return tuple(value) if isinstance(value, list) else value


Text: TypeAlias = Annotated[str, AfterValidator(printable), Form("text on one line")]
FilePath: TypeAlias = Annotated[Path, Field(strict=False), BeforeValidator(path_text), Form("a path")]
Password: TypeAlias = Annotated[SecretStr, Field(min_length=1), Form("text, not empty")]
DeviceId: TypeAlias = Annotated[str, AfterValidator(device_id), Form("1 to 64 letters, digits, '-' and '_'")]
SourceUri: TypeAlias = Annotated[
    str,
    AfterValidator(source_uri),
    Form("picamera, studio[:SCENE], file:PATH, v4l2:N or rtsp://…", credentials=True),
]
ModelSource: TypeAlias = Annotated[
    str, AfterValidator(printable), Form("a file, a folder or a URL, on one line", credentials=True)
]
Broker: TypeAlias = Annotated[
    str, AfterValidator(broker), Form("HOST or HOST:PORT (1 to 65535), IPv6 as [ADDRESS]:PORT", credentials=True)
]
Brokers: TypeAlias = Annotated[
    tuple[Broker, ...], BeforeValidator(as_tuple), Form("a list of HOST or HOST:PORT", credentials=True)
]
TopicPrefix: TypeAlias = Annotated[
    str, AfterValidator(topic_prefix), Form("up to 8 levels of letters, digits, '-' and '_', joined by '/'")
]
Polygon: TypeAlias = Annotated[tuple[Point, ...], BeforeValidator(polygon)]
Polygons: TypeAlias = Annotated[
    tuple[Polygon, ...],
    BeforeValidator(as_tuple),
    Form(f"a list of polygons, each of 3 to {MAX_MASK_POINTS} points [x, y] from 0 to 1"),
]
ZoneName: TypeAlias = Annotated[str, AfterValidator(zone_name), Form("1 to 32 lower-case letters, digits, '-' and '_'")]
Outline: TypeAlias = Annotated[
    tuple[Point, ...],
    BeforeValidator(outline),
    Form(f"3 to {MAX_MASK_POINTS} points [x, y] from 0 to 1 whose sides do not cross"),
]
UrlPath: TypeAlias = Annotated[str, AfterValidator(url_path), Form("a path that begins with /, without spaces")]
HoursOfDay: TypeAlias = Annotated[
    str, AfterValidator(hours), Form("two times of day, HH:MM-HH:MM, the second on the next day if it is earlier")
]
