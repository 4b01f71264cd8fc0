import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.detect.flatbuffer import (
    Blob,
    Child,
    Children,
    FlatbufferError,
    Numbers,
    Scalar,
    Schema,
    Table,
    Text,
    Union,
    decode,
    encode,
)

SCHEMA: Schema = {
    "Root": {
        "small": Scalar("b"),
        "stride": Scalar("i", default=1),
        "wide": Scalar("q"),
        "name": Text(),
        "data": Blob(alignment=16),
        "shape": Numbers("i"),
        "points": Numbers("q"),
        "leaf": Child("Leaf"),
        "leaves": Children("Leaf"),
        "kind": Scalar("B"),
        "choice": Union("kind", {1: "Leaf", 2: "Other"}),
    },
    "Leaf": {"on": Scalar("?"), "name": Text()},
    "Other": {},
}
EVERYTHING: Table = {
    "small": -3,
    "stride": 2,
    "wide": 1 << 40,
    "name": b"Identity",
    "data": bytes(range(50)),
    "shape": [1, -1, 256],
    "points": [1 << 33],
    "leaf": {"on": True},
    "leaves": [{}, {"name": b"a"}, {"on": True, "name": b""}],
    "kind": 2,
    "choice": {},
}

leaves = st.fixed_dictionaries({}, optional={"on": st.just(value=True), "name": st.binary(max_size=9)})
roots = st.fixed_dictionaries(
    {},
    optional={
        "small": st.integers(-128, 127).filter(bool),
        "wide": st.integers(-(1 << 63), (1 << 63) - 1).filter(bool),
        "data": st.binary(max_size=99),
        "shape": st.lists(st.integers(-9, 9), max_size=5),
        "leaf": leaves,
        "leaves": st.lists(leaves, max_size=4),
    },
)


def write(table: Table) -> bytes:
    return encode(table, schema=SCHEMA, root="Root", identifier=b"TEST")


def read(data: bytes) -> Table:
    return decode(data, schema=SCHEMA, root="Root", identifier=b"TEST")


def test_every_kind_of_field_survives_writing_and_reading() -> None:
    assert read(write(EVERYTHING)) == EVERYTHING


@given(roots)
def test_what_is_written_is_read(table: Table) -> None:
    assert read(write(table)) == table


@given(roots)
def test_the_same_table_gives_the_same_bytes_however_its_fields_are_ordered(table: Table) -> None:
    assert write(dict(reversed(table.items()))) == write(table)


def test_a_blob_lies_on_its_alignment() -> None:
    data = b"0123456789abcdef"
    assert write({"name": b"x", "data": data}).index(data) % 16 == 0


def test_a_field_with_its_default_is_left_out() -> None:
    assert read(write({"stride": 1, "small": 0})) == {}


def test_another_kind_of_file_is_refused() -> None:
    with pytest.raises(FlatbufferError, match="TEST"):
        read(b"\x08\0\0\0TFL3" + bytes(40))


def test_fields_beyond_the_schema_are_refused_rather_than_lost() -> None:
    newer: Schema = {**SCHEMA, "Leaf": {**SCHEMA["Leaf"], "added": Scalar("i")}}
    data = encode({"leaf": {"added": 7}}, schema=newer, root="Root", identifier=b"TEST")
    with pytest.raises(FlatbufferError, match="Leaf has fields that are not known"):
        read(data)


def test_an_unknown_alternative_is_refused() -> None:
    newer: Schema = {**SCHEMA, "Root": {**SCHEMA["Root"], "choice": Union("kind", {9: "Leaf"})}}
    data = encode({"kind": 9, "choice": {}}, schema=newer, root="Root", identifier=b"TEST")
    with pytest.raises(FlatbufferError, match="kind 9"):
        read(data)


def test_a_misspelt_field_is_not_written() -> None:
    with pytest.raises(FlatbufferError, match="no field nmae"):
        write({"nmae": b"x"})


@given(st.integers(0, len(write(EVERYTHING)) - 1), st.integers(1, 255))
def test_a_damaged_file_is_read_otherwise_or_refused_but_never_crashes(at: int, flip: int) -> None:
    data = bytearray(write(EVERYTHING))
    data[at] ^= flip
    with contextlib.suppress(FlatbufferError):
        read(bytes(data))


@given(st.integers(0, len(write(EVERYTHING)) - 1))
def test_a_file_cut_short_never_crashes(end: int) -> None:
    with contextlib.suppress(FlatbufferError):
        read(write(EVERYTHING)[:end])
