"""decode∘encode is identity, against fastavro and alone; nothing but `Refused` leaves a decoder.

Records are drawn from the schemas themselves. Where a body is accepted after a mutation, it must say
the same to us as to fastavro, and writing it again must give the same bytes; the one licence Avro
leaves is how an array is cut into blocks, and then ours is the shortest form.
"""

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway import codec
from gateway.definitions.patterns import parts_of
from gateway.definitions.shapes import Shape, shapes_of
from gateway.errors import Refused
from gateway.identifiers import (
    DIGITS_AND_LETTERS,
    LICENCE_ROOT,
    USCC_LETTERS,
    licence_check_character,
    uscc_check_character,
)
from tests.contracts import as_dict, encode, read, schema, written

CAPITALS = DIGITS_AND_LETTERS.decode()
FEW = 3  # items of an array: more of them show nothing new
KEYS = sorted(codec.DECODERS)

SHORT_TEXT = st.text("a\x00é办\u200b🙂", max_size=20)  # one to four bytes each, some of them unseen
USCC = st.text(USCC_LETTERS.decode(), min_size=17, max_size=17).map(
    lambda body: body + uscc_check_character(body)
)
DIVISION = st.text("0123456789", min_size=6, max_size=6)
BASE_ITEM = st.text("0123456789", min_size=12, max_size=12)
SERIAL = st.text(CAPITALS, min_size=1, max_size=32)
THREE_DIGITS = st.text("0123456789", min_size=3, max_size=3)


@st.composite
def licence_identifiers(draw: st.DrawFn) -> str:
    segments = (draw(USCC) + draw(THREE_DIGITS), draw(USCC | DIVISION), draw(SERIAL), draw(THREE_DIGITS))
    body = ".".join(segments)
    return f"{LICENCE_ROOT}{body}.{licence_check_character(body)}"


CHECKED = {
    "licence-identifier": licence_identifiers(),
    "uscc": USCC,
    "item-code": BASE_ITEM | st.builds("{}1{}{}".format, USCC, BASE_ITEM, st.sampled_from(["", "01"])),
}
WIDEST = {"int": (-(2**31), 2**31 - 1), "long": (-(2**63), 2**63 - 1)}


def values(shape: Shape) -> st.SearchStrategy[Any]:
    """Values of one field within its limits, as fastavro takes them."""
    value = plain_values(shape)
    return st.none() | value if shape.optional else value


def plain_values(shape: Shape) -> st.SearchStrategy[Any]:
    limits = shape.limits
    if shape.items is not None:
        key = limits.get("unique")
        unique_by = None if key is None else lambda item: item[key]
        return st.lists(values(shape.items), max_size=min(FEW, limits["maxItems"]), unique_by=unique_by)
    match shape.kind:
        case "string":
            return strings(limits)
        case "int" | "long":
            least, most = WIDEST[shape.kind]
            return st.integers(limits.get("minimum", least), limits.get("maximum", most))
        case "enum":
            return st.sampled_from(shape.symbols)
        case "boolean":
            return st.booleans()
        case "fixed":
            return st.binary(min_size=shape.size, max_size=shape.size)
        case "record":
            return records(shape.fields)
    raise AssertionError(f"{shape.path}: no values for {shape.kind}")


def strings(limits: dict[str, Any]) -> st.SearchStrategy[str]:
    if "check" in limits:
        return CHECKED[limits["check"]]
    if "pattern" not in limits:
        return SHORT_TEXT
    parts = parts_of(limits["pattern"]) or ()
    drawn = (st.text(part.letters.decode(), min_size=part.least, max_size=part.most) for part in parts)
    return st.tuples(*drawn).map("".join)


def records(shapes: tuple[Shape, ...]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({shape.name: values(shape) for shape in shapes})


def bodies(contract: str, version: int) -> st.SearchStrategy[tuple[dict[str, Any], bytes]]:
    """A record and the body fastavro writes for it."""
    drawn = records(shapes_of(schema(contract, version)))
    return drawn.map(lambda record: (record, written(contract, version, record)))


BODIES = {key: bodies(*key) for key in KEYS}


@pytest.mark.parametrize("key", KEYS, ids=lambda key: f"{key[0]}-v{key[1]}")
@given(data=st.data())
def test_bodies_are_those_of_fastavro_both_ways(key: tuple[str, int], data: st.DataObject) -> None:
    record, body = data.draw(BODIES[key])
    decoded = codec.DECODERS[key](body)
    assert as_dict(decoded, shapes_of(schema(*key))) == record == read(*key, body)
    assert encode(*key, decoded) == body


KINDS_OF_MUTATION = ["overwrite", "insert", "delete", "cut", "repeat"]
MUTATION = st.tuples(
    st.sampled_from(KINDS_OF_MUTATION), st.integers(0, 2**16), st.binary(min_size=1, max_size=11)
)


def mutated(body: bytes, kind: str, place: int, new: bytes) -> bytes:
    at = place % (len(body) + 1)
    after = {
        "overwrite": new + body[at + len(new) :],
        "insert": new + body[at:],
        "delete": body[at + len(new) :],
        "cut": b"",
        "repeat": body[max(0, at - len(new)) :],
    }
    return body[:at] + after[kind]


@pytest.mark.parametrize("key", KEYS, ids=lambda key: f"{key[0]}-v{key[1]}")
@given(data=st.data(), mutations=st.lists(MUTATION, min_size=1, max_size=3))
def test_mutated_body_is_refused_or_says_the_same_to_all(
    key: tuple[str, int], data: st.DataObject, mutations: list[tuple[str, int, bytes]]
) -> None:
    body = data.draw(BODIES[key])[1]
    for mutation in mutations:
        body = mutated(body, *mutation)
    try:
        decoded = codec.DECODERS[key](body)
    except Refused:
        return
    again = encode(*key, decoded)
    shapes = shapes_of(schema(*key))
    assert as_dict(decoded, shapes) == read(*key, body)
    assert as_dict(codec.DECODERS[key](again), shapes) == as_dict(decoded, shapes)
    assert again == body or len(again) < len(body)
    assert again == body or has_array(shapes)


def has_array(shapes: tuple[Shape, ...]) -> bool:
    return any(shape.items is not None or has_array(shape.fields) for shape in shapes)


@pytest.mark.parametrize("key", KEYS, ids=lambda key: f"{key[0]}-v{key[1]}")
@given(body=st.binary(max_size=100))
def test_any_bytes_are_refused_or_read(key: tuple[str, int], body: bytes) -> None:
    with suppress(Refused):
        codec.DECODERS[key](body)
