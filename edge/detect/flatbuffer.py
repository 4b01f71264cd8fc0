"""Reads and writes flatbuffers by a schema, as far as TFLite models need it: tables, unions, strings and vectors.

Neither MediaPipe's generated classes nor the `flatbuffers` package are used: the first need the second, which MediaPipe
1.x does not bring along, and the bytes written must be the same on every box, whatever is installed there, because the
manifest pins their hash. The format is described in the FlatBuffers documentation under "Internals".

A table is read into a dictionary that holds the fields which are present and differ from their default; the same
dictionary always gives the same bytes.
"""

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias

Table: TypeAlias = dict[str, Any]
"""Field name to int, float, bool, bytes, list of numbers, `Table` or list of `Table`."""

ScalarCode = Literal["b", "B", "?", "h", "H", "i", "I", "f", "q", "Q"]
"""A scalar's type as the struct module names it; its alignment is its size."""

OFFSET_SIZE: Final = 4
VECTOR_ALIGNMENT: Final = 4


class FlatbufferError(ValueError):
    """These bytes are not a flatbuffer of the schema."""


@dataclass(frozen=True, slots=True)
class Scalar:
    """A number or truth value within the table, left out when it is the default."""

    code: ScalarCode
    default: float = 0


@dataclass(frozen=True, slots=True)
class Text:
    """A string, kept as bytes."""


@dataclass(frozen=True, slots=True)
class Numbers:
    """A vector of scalars, a list of numbers in Python."""

    code: ScalarCode
    alignment: int = VECTOR_ALIGNMENT


@dataclass(frozen=True, slots=True)
class Blob:
    """A vector of unsigned bytes, `bytes` in Python."""

    alignment: int = VECTOR_ALIGNMENT


@dataclass(frozen=True, slots=True)
class Child:
    """A table."""

    table: str


@dataclass(frozen=True, slots=True)
class Children:
    """A vector of tables."""

    table: str


@dataclass(frozen=True, slots=True)
class Union:
    """One of several tables; the field named `type_field` says which, by number."""

    type_field: str
    tables: Mapping[int, str]


Kind: TypeAlias = Scalar | Text | Numbers | Blob | Child | Children | Union
Schema: TypeAlias = Mapping[str, Mapping[str, Kind]]
"""Table name to its fields, in the order of their ids."""


def decode(data: bytes, *, schema: Schema, root: str, identifier: bytes) -> Table:
    """Read a flatbuffer.

    Args:
        data: The whole file.
        schema: The tables it may hold.
        root: The root table's name.
        identifier: The four bytes that mark files of this kind.

    Raises:
        FlatbufferError: The bytes are damaged, of another kind, or hold fields that the schema does not know.
    """
    if data[4:8] != identifier:
        raise FlatbufferError(f"no {identifier.decode()} file: its identifier is {bytes(data[4:8])!r}")
    reader = _Reader(data, schema)
    return reader.table(reader.follow(0), root)


def encode(table: Table, *, schema: Schema, root: str, identifier: bytes) -> bytes:
    """Write a flatbuffer; the same table always gives the same bytes."""
    writer = _Writer(schema)
    writer.buffer += bytes(OFFSET_SIZE) + identifier
    writer.link(0, writer.table(table, root))
    return bytes(writer.buffer)


class _Reader:
    def __init__(self, data: bytes, schema: Schema) -> None:
        self._data = data
        self._schema = schema

    def table(self, at: int, name: str) -> Table:
        vtable = at - self._number("i", at)
        if vtable < 0:
            raise FlatbufferError(f"a table at {at} has its field list before the file")
        size = self._number("H", vtable)
        entries = [self._number("H", vtable + 4 + 2 * i) for i in range((size - 4) // 2)]
        fields = self._schema[name]
        if any(entries[len(fields) :]):
            raise FlatbufferError(f"{name} has fields that are not known")
        found: Table = {}
        for (field, kind), entry in zip(fields.items(), entries, strict=False):
            if entry:
                value = self._value(at + entry, kind, found, name)
                if not (isinstance(kind, Scalar) and value == kind.default):
                    found[field] = value
        return found

    def _value(self, at: int, kind: Kind, found: Table, name: str) -> Any:  # noqa: ANN401 - as many types as kinds
        match kind:
            case Scalar(code):
                return self._number(code, at)
            case Text() | Blob():
                return self._slice(self.follow(at), 1)
            case Numbers(code):
                raw = self._slice(self.follow(at), struct.calcsize(code))
                return [number for (number,) in struct.iter_unpack(f"<{code}", raw)]
            case Child(table):
                return self.table(self.follow(at), table)
            case Children(table):
                start = self.follow(at)
                first = start + OFFSET_SIZE
                count = len(self._slice(start, OFFSET_SIZE)) // OFFSET_SIZE
                return [self.table(self.follow(first + OFFSET_SIZE * i), table) for i in range(count)]
            case Union(type_field, tables):
                number = found.get(type_field, 0)
                if number not in tables:
                    raise FlatbufferError(f"{name}.{type_field} {number} is not known")
                return self.table(self.follow(at), tables[number])

    def follow(self, at: int) -> int:
        return at + int(self._number("I", at))

    def _number(self, code: str, at: int) -> int:
        try:
            number: int = struct.unpack_from(f"<{code}", self._data, at)[0]
        except struct.error:
            raise FlatbufferError(f"an offset leads to byte {at} of {len(self._data)}") from None
        return number

    def _slice(self, at: int, item_size: int) -> bytes:
        start = at + OFFSET_SIZE
        end = start + self._number("I", at) * item_size
        if end > len(self._data):
            raise FlatbufferError(f"a vector at byte {at} ends after the file")
        return bytes(self._data[start:end])


class _Writer:
    """Writes parents before their children, since offsets only lead forward."""

    def __init__(self, schema: Schema) -> None:
        self.buffer = bytearray()
        self._schema = schema
        self._vtables: dict[bytes, int] = {}

    def table(self, table: Table, name: str) -> int:
        fields = self._schema[name]
        if unknown := table.keys() - fields.keys():
            raise FlatbufferError(f"{name} has no field {', '.join(sorted(unknown))}")
        codes = {field: kind.code if isinstance(kind, Scalar) else "I" for field, kind in fields.items()}
        # Wide fields first: no padding between them.
        placed = sorted(table, key=lambda field: (-struct.calcsize(codes[field]), list(fields).index(field)))
        offsets: dict[str, int] = {}
        size = OFFSET_SIZE
        for field in placed:
            width = struct.calcsize(codes[field])
            size += -size % width
            offsets[field] = size
            size += width
        vtable = self._vtable([offsets.get(field, 0) for field in fields], size)
        self._pad(max([OFFSET_SIZE, *(struct.calcsize(codes[field]) for field in placed)]))
        at = len(self.buffer)
        self.buffer += struct.pack("<i", at - vtable) + bytes(size - OFFSET_SIZE)
        for field, kind in fields.items():
            if field in table:
                self._field(at + offsets[field], kind, table[field], table)
        return at

    def _vtable(self, offsets: list[int], size: int) -> int:
        while offsets and not offsets[-1]:
            offsets.pop()
        packed = struct.pack(f"<HH{len(offsets)}H", 4 + 2 * len(offsets), size, *offsets)
        if packed not in self._vtables:
            self._pad(2)
            self._vtables[packed] = len(self.buffer)
            self.buffer += packed
        return self._vtables[packed]

    def _field(self, at: int, kind: Kind, value: Any, table: Table) -> None:  # noqa: ANN401 - as many types as kinds
        match kind:
            case Scalar(code):
                struct.pack_into(f"<{code}", self.buffer, at, value)
            case Text():
                self.link(at, self._vector(value, len(value), VECTOR_ALIGNMENT))
                self.buffer.append(0)
            case Blob(alignment):
                self.link(at, self._vector(value, len(value), alignment))
            case Numbers(code, alignment):
                raw = struct.pack(f"<{len(value)}{code}", *value)
                self.link(at, self._vector(raw, len(value), max(alignment, struct.calcsize(code))))
            case Child(name):
                self.link(at, self.table(value, name))
            case Children(name):
                start = self._vector(bytes(OFFSET_SIZE * len(value)), len(value), VECTOR_ALIGNMENT)
                self.link(at, start)
                for i, child in enumerate(value, start=1):
                    self.link(start + OFFSET_SIZE * i, self.table(child, name))
            case Union(type_field, tables):
                self.link(at, self.table(value, tables[table[type_field]]))

    def _vector(self, raw: bytes, count: int, alignment: int) -> int:
        # The elements are aligned, not the count before them.
        self.buffer += bytes(-(len(self.buffer) + OFFSET_SIZE) % max(alignment, VECTOR_ALIGNMENT))
        at = len(self.buffer)
        self.buffer += struct.pack("<I", count) + raw
        return at

    def link(self, at: int, target: int) -> None:
        struct.pack_into("<I", self.buffer, at, target - at)

    def _pad(self, alignment: int) -> None:
        self.buffer += bytes(-len(self.buffer) % alignment)
