"""Landmarks on the wire: a message of fixed layout that any language decodes without a library.

`docs/wire-format.md` is the specification; `wire.mjs` beside this file is the decoder for browsers and Node.
"""

import json
import math
import struct
from dataclasses import dataclass
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from edge.flow import LANDMARKS, FloatArray, Tracks

VERSION: Final = 1
"""First byte of every message. Any change of the layout gets a new one."""

HEADER_BYTES: Final = 16
PERSON_BYTES: Final = 155
MOST_PEOPLE: Final = 255

PREDICTED: Final = 0x01
"""Person flag: carried over from an earlier frame rather than inferred on this one."""

_HEADER: Final = struct.Struct("<BBHHIIH")
"""Version, people, width, height, sequence, low 32 and high 16 bits of the time."""

_PERSON_HEAD: Final = struct.Struct("<IBB")
"""Id, flags, confidence."""

_NIBBLE_BYTES: Final = (LANDMARKS + 1) // 2
_PERSON: Final = np.dtype(
    [
        ("id", "<u4"),
        ("flags", "u1"),
        ("confidence", "u1"),
        ("places", "<u4", (LANDMARKS,)),
        ("visibility", "u1", (_NIBBLE_BYTES,)),
    ]
)

# One 32-bit word holds x (12 bits), y (13) and z (7), lowest first. Steps are powers of two, so that every decoded
# number is exact in binary. The ranges were set on 82 000 real poses: outside them fall 0.010 % of x, 0.003 % of y (the
# model supposes hidden legs far below the picture's edge) and 0.044 % of z.
_VISIBILITY_CODES: Final = 15
_CONFIDENCE_CODES: Final = 255
_STEPS: Final = np.array([2048.0, 2048.0, 32.0, _VISIBILITY_CODES])
_OFFSETS: Final = np.array([0.5, 1.0, 2.0, 0.0])
_CODES: Final = np.array([0xFFF, 0x1FFF, 0x7F, _VISIBILITY_CODES], dtype=np.float64)
_SHIFTS: Final = np.array([0, 12, 25], dtype=np.uint32)

# The same by products of matrices, exact in floating point: three codes to a word, two nibbles to a byte.
_SHIFTED: Final = np.array([1, 1 << 12, 1 << 25, 0], dtype=np.float64)
_PAIRED: Final = np.kron(np.eye(_NIBBLE_BYTES), [1.0, 16.0])[:, :LANDMARKS]

_U16: Final = 0xFFFF
_U32: Final = 0xFFFF_FFFF
_U48: Final = 0xFFFF_FFFF_FFFF

_JSON_DIGITS: Final = 4
"""Decimals in the JSON form: finer than the binary form's steps."""


class WireError(ValueError):
    """The bytes are not a landmark message, or the values do not fit into one; the text says why."""


@dataclass(frozen=True, slots=True, eq=False)
class WirePerson:
    """One person of a message.

    Attributes:
        id: Track id; written modulo 2^32.
        predicted: Whether the pose was carried over rather than inferred on this frame.
        confidence: 0..1.
        landmarks: `(33, 4)` float32: x, y (normalised to the frame), z (MediaPipe's), visibility. Visibility 0 also
            marks a landmark whose values were not finite; its x, y and z then mean nothing.
    """

    id: int
    predicted: bool
    confidence: float
    landmarks: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class LandmarkMessage:
    """Everyone in view at one instant, as published.

    Attributes:
        seq: Counts the messages of a box from 0; a gap means messages were dropped. Written modulo 2^32.
        time_ms: Capture time, milliseconds of Unix time.
        width: Frame width in pixels.
        height: Frame height in pixels.
        people: In the order of the tracks.
    """

    seq: int
    time_ms: int
    width: int
    height: int
    people: tuple[WirePerson, ...]

    @classmethod
    def from_tracks(cls, tracks: Tracks, *, seq: int, time_ms: int) -> Self:
        """Take from the tracks what is published of them."""
        people = tuple(WirePerson(t.id, t.predicted, t.confidence, t.landmarks[:, :4]) for t in tracks.people)
        return cls(seq, time_ms, tracks.width, tracks.height, people)


def encode(message: LandmarkMessage) -> bytes:
    """Pack a message; values outside the format's ranges are clamped, landmarks that are not finite get visibility 0.

    Raises:
        WireError: More than 255 people, a frame side outside 0..65535, or landmarks that are not 33 by 4.
    """
    count = len(message.people)
    if count > MOST_PEOPLE:
        raise WireError(f"{count} people do not fit into one message: at most {MOST_PEOPLE}")
    if not (0 <= message.width <= _U16 and 0 <= message.height <= _U16):
        raise WireError(f"a frame of {message.width} by {message.height} does not fit: at most {_U16} a side")
    time_ms = min(max(message.time_ms, 0), _U48)
    header = _HEADER.pack(
        VERSION, count, message.width, message.height, message.seq & _U32, time_ms & _U32, time_ms >> 32
    )
    return header + b"".join([_person(person) for person in message.people])


def _person(person: WirePerson) -> bytes:
    """One person's part of a message, in as few steps as possible: it is made thirty times a second."""
    scaled = (_checked(person) + _OFFSETS) * _STEPS
    flat = scaled.ravel()
    if not math.isfinite(np.dot(flat, flat)):  # numbers of 32 bits cannot overflow it
        scaled = (_finite(person) + _OFFSETS) * _STEPS
    codes = np.minimum(np.maximum(np.rint(scaled), 0.0), _CODES)
    return b"".join(
        (
            _PERSON_HEAD.pack(
                person.id & _U32,
                PREDICTED if person.predicted else 0,
                round(_unit(person.confidence) * _CONFIDENCE_CODES),
            ),
            np.dot(codes, _SHIFTED).astype("<u4").tobytes(),
            np.dot(_PAIRED, codes[:, 3]).astype(np.uint8).tobytes(),
        )
    )


def decode(data: bytes) -> LandmarkMessage:
    """Unpack a message.

    Raises:
        WireError: The bytes are not a whole message of a version this decoder knows.
    """
    if not data:
        raise WireError("empty message")
    if data[0] != VERSION:
        raise WireError(f"version {data[0]} of the landmark message is not known: this decoder reads {VERSION}")
    if len(data) < HEADER_BYTES:
        raise WireError(f"cut off: {len(data)} bytes, and the header alone has {HEADER_BYTES}")
    count = data[1]
    expected = HEADER_BYTES + count * PERSON_BYTES
    if len(data) != expected:
        fault = "cut off" if len(data) < expected else "too long"
        raise WireError(f"{fault}: {len(data)} bytes, and {count} people take {expected}")

    _, _, width, height, seq, time_low, time_high = _HEADER.unpack_from(data)
    body = np.frombuffer(data, _PERSON, count=count, offset=HEADER_BYTES)
    landmarks = np.empty((count, LANDMARKS, 4), np.float32)
    codes = body["places"][..., np.newaxis] >> _SHIFTS & _CODES[:3].astype(np.uint32)
    landmarks[..., :3] = codes / _STEPS[:3] - _OFFSETS[:3]
    nibbles = np.stack([body["visibility"] & 0x0F, body["visibility"] >> 4], axis=-1).reshape(count, 2 * _NIBBLE_BYTES)
    landmarks[..., 3] = nibbles[:, :LANDMARKS] / _VISIBILITY_CODES
    return LandmarkMessage(
        seq=seq,
        time_ms=time_high << 32 | time_low,
        width=width,
        height=height,
        people=tuple(
            WirePerson(
                id=int(person["id"]),
                predicted=bool(person["flags"] & PREDICTED),
                confidence=int(person["confidence"]) / _CONFIDENCE_CODES,
                landmarks=places,
            )
            for person, places in zip(body, landmarks, strict=True)
        ),
    )


def landmarks_json(message: LandmarkMessage) -> bytes:
    """The same content as compact JSON, for subscribers to whom bytes are a burden; about six times as long.

    Raises:
        WireError: Landmarks that are not 33 by 4.
    """
    document = {
        "v": VERSION,
        "seq": message.seq,
        "time_ms": message.time_ms,
        "width": message.width,
        "height": message.height,
        "people": [
            {
                "id": person.id,
                "predicted": person.predicted,
                "confidence": round(_unit(person.confidence), _JSON_DIGITS),
                "landmarks": _finite(person).round(_JSON_DIGITS).tolist(),
            }
            for person in message.people
        ],
    }
    return json.dumps(document, separators=(",", ":")).encode()


def _checked(person: WirePerson) -> FloatArray:
    if person.landmarks.shape != (LANDMARKS, 4):
        raise WireError(f"landmarks of person {person.id} are {person.landmarks.shape}, not ({LANDMARKS}, 4)")
    return person.landmarks


def _finite(person: WirePerson) -> NDArray[np.float64]:
    """`(33, 4)` float64; a landmark with a number that is not finite becomes all zeros."""
    values = _checked(person).astype(np.float64)
    values[~np.isfinite(values).all(axis=-1)] = 0.0
    return values


def _unit(value: float) -> float:
    """Clamp to 0..1; what is not a number counts as 0."""
    return min(max(value, 0.0), 1.0) if value == value else 0.0  # noqa: PLR0124 (not a number is unlike itself)
