"""Every value of every contract, made wrong in every way it can be: reason, field and byte that must be told.

The bodies are drawn up from the schemas: one with everything in it, one with as little as is allowed.
What is wrong is made of their bytes; what must be said of it is read off the schema, not off the decoder.
"""

import importlib
import re
from collections.abc import Iterator
from typing import Any, Final

import pytest

from gateway import codec
from gateway.codegen.names import snake
from gateway.definitions.patterns import parts_of
from gateway.definitions.shapes import Shape, shapes_of
from gateway.errors import Refused
from tests.contracts import as_dict, encode, schema, written
from tests.hostile.spans import Span, spans, varint

Key = tuple[str, int]
Refusal = tuple[str, str, int]
"""Reason, field and byte of the body."""

RIGHT: Final = {
    "licence-identifier": "1.2.156.3005.2.11100000MB0143028R001.11330100Y999000132.ZJ20260000000031.001.9",
    "uscc": "91330100Y99900021L",
    "item-code": "000116001000",
}
WRONG: Final = {
    "licence-identifier": "1.2.156.3005.2.11100000MB0143028R001.11330100Y999000132.ZJ20260000000031.001.8",
    "uscc": "91330100Y99900021K",
    "item-code": "0001160010001",
}
LONG_TEXT: Final = 66
"""Bytes of a free text where so many are allowed: its length takes two bytes."""
ITEMS: Final = 2
WIDEST: Final = {"int": (-(2**31), 2**31 - 1), "long": (-(2**63), 2**63 - 1)}
BEYOND_ANY_BODY: Final = varint(2**40)
KEYS: Final = sorted(codec.DECODERS)
each_contract = pytest.mark.parametrize("key", KEYS, ids=lambda key: f"{key[0]}-v{key[1]}")


# ── two bodies of each contract ──────────────────────────────────────────────────────────────────


def full(shape: Shape, number: int = 0) -> Any:
    """A value with all that may be in it; `number` tells the items of an array apart."""
    if shape.items is not None:
        return [full(shape.items, item) for item in range(ITEMS)]
    match shape.kind:
        case "string":
            return full_string(shape.limits, number)
        case "enum":
            return shape.symbols[-1]
        case "fixed":
            return b"\xff" * shape.size
        case "record":
            return {field.name: full(field, number) for field in shape.fields}
        case "boolean":
            return True
        case "int" | "long":
            return shape.limits.get("minimum", 0)
    raise AssertionError(f"{shape.path}: teach the kind {shape.kind} to this test")


def full_string(limits: dict[str, Any], number: int) -> str:
    if "check" in limits:
        return RIGHT[limits["check"]]
    if "pattern" not in limits:
        return "éß"[number] * (min(limits["maxLength"], LONG_TEXT) // 2)
    return "".join(chr(part.letters[number % len(part.letters)]) * part.most for part in parts(limits))


def least(shape: Shape) -> Any:
    """A value with as little as is allowed in it."""
    if shape.optional:
        return None
    if shape.items is not None:
        return []
    match shape.kind:
        case "string" if "check" not in shape.limits:
            return "".join(chr(part.letters[0]) * part.least for part in parts(shape.limits))
        case "enum":
            return shape.symbols[0]
        case "record":
            return {field.name: least(field) for field in shape.fields}
    return full(shape)


def parts(limits: dict[str, Any]) -> Any:
    return (parts_of(limits["pattern"]) or ()) if "pattern" in limits else ()


def body_of(key: Key, of_each: Any) -> bytes:
    return written(*key, {shape.name: of_each(shape) for shape in shapes_of(schema(*key))})


# ── what can be wrong with it ────────────────────────────────────────────────────────────────────


def wrong(span: Span, old: bytes, item: bytes) -> Iterator[tuple[bytes, str]]:
    """What may stand in place of a value's bytes, and the reason it is refused for; item: of its array."""
    if span.kind in ("number", "symbol", "branch", "length", "count"):
        yield b"\x80" * 10 + b"\x01", "bad-varint"
        yield bytes([*old[:-1], old[-1] | 128, 0]), "bad-varint"
    match span.kind:
        case "number":
            yield from ((varint(number), "out-of-range") for number in beyond(span.shape))
        case "symbol":
            yield from ((varint(number), "bad-enum") for number in (-1, len(span.shape.symbols)))
        case "branch":
            yield from ((varint(number), "bad-union") for number in (-1, 2))
        case "length":
            yield from ((new, "malformed") for new in (varint(-1), BEYOND_ANY_BODY))
        case "count":
            yield from ((new, "malformed") for new in (varint(-(2**40)) + varint(0), BEYOND_ANY_BODY))
        case "boolean":
            yield b"\x02", "bad-boolean"
        case "sized":
            yield from wrong_texts(span.shape.limits)
        case "array" if item:
            yield from wrong_arrays(span.shape.limits, item)


def beyond(shape: Shape) -> list[int]:
    """The first numbers outside a range, where a body can hold them."""
    lowest, highest = WIDEST[shape.kind]
    outside = shape.limits.get("minimum", lowest) - 1, shape.limits.get("maximum", highest) + 1
    return [number for number in outside if -(2**63) <= number < 2**63]


def wrong_texts(limits: dict[str, Any]) -> Iterator[tuple[bytes, str]]:
    most = limits["maxLength"]
    yield varint(most + 1) + b"a" * (most + 1), "over-limit"
    yield varint(1) + b"\xff", "bad-identifier" if "pattern" in limits else "bad-utf8"
    if "pattern" in limits:
        yield varint(0), "bad-identifier"
        yield varint(most) + b"*" * most, "bad-identifier"
    if "check" in limits:
        mistyped = WRONG[limits["check"]].encode()
        yield varint(len(mistyped)) + mistyped, "bad-identifier"


def wrong_arrays(limits: dict[str, Any], item: bytes) -> Iterator[tuple[bytes, str]]:
    many = limits["maxItems"] + 1
    yield varint(many) + item * many + b"\x00", "over-limit"
    yield varint(-1) + varint(len(item) + 1) + item + b"\x00", "malformed"
    if "unique" in limits:
        yield varint(2) + item * 2 + b"\x00", "duplicate-key"


def refused(key: Key, body: bytes) -> Refusal:
    with pytest.raises(Refused) as refusal:
        codec.DECODERS[key](body)
    assert refusal.value.detail.startswith(f"{key[0]} v{key[1]}: ")
    told = re.search(r'field "(.+?)" \(byte (\d+)\)', refusal.value.detail)
    assert told is not None, refusal.value.detail
    return refusal.value.reason.value, told[1], int(told[2])


@each_contract
def test_a_wrong_value_is_refused_for_what_is_wrong(key: Key) -> None:
    for body in (body_of(key, full), body_of(key, least)):
        places = spans(body, shapes_of(schema(*key)))
        items = {span.shape.path: body[span.start : span.end] for span in places if span.kind == "item"}
        for span in places:
            old = body[span.start : span.end]
            for new, reason in wrong(span, old, items.get(span.shape.path, b"")):
                changed = body[: span.start] + new + body[span.end :]
                wanted = (reason, span.shape.path, span.start)
                assert refused(key, changed) == wanted, f"{span.kind} {old.hex()} became {new.hex()}"


@each_contract
def test_a_body_cut_anywhere_is_malformed_where_it_was_cut(key: Key) -> None:
    for body in (body_of(key, full), body_of(key, least)):
        places = spans(body, shapes_of(schema(*key)))
        for end in range(len(body)):
            cut = next(span for span in places if span.end > end or lacks(span, body, end))
            assert refused(key, body[:end]) == ("malformed", cut.shape.path, cut.start)


def lacks(span: Span, body: bytes, end: int) -> bool:
    """Whether fewer bytes are left behind a count or a length than it says there are."""
    counts = span.kind in ("count", "length")
    return counts and body[span.start] >> 1 > end - span.end and span.end - span.start == 1


@each_contract
def test_a_body_that_goes_on_has_trailing_bytes(key: Key) -> None:
    for body in (body_of(key, full), body_of(key, least)):
        with pytest.raises(Refused, match=rf"1 bytes follow the record \(byte {len(body)}\)") as refusal:
            codec.DECODERS[key](body + b"\x00")
        assert refusal.value.reason.value == "trailing-bytes"


# ── what is right ────────────────────────────────────────────────────────────────────────────────


@each_contract
def test_everything_and_the_least_are_read_quickly_and_written_again(key: Key) -> None:
    module = importlib.import_module(f"gateway.codec.generated.{snake(key[0])}")
    shapes = shapes_of(schema(*key))
    for of_each in (full, least):
        body = body_of(key, of_each)
        record = getattr(module, f"_quick_v{key[1]}")(body)
        assert record is not None, "what a publisher normally writes is left to the careful half"
        assert as_dict(record, shapes) == {shape.name: of_each(shape) for shape in shapes}
        assert encode(*key, record) == body


@each_contract
def test_arrays_are_read_in_other_blocks_too(key: Key) -> None:
    body = body_of(key, full)
    shapes = shapes_of(schema(*key))
    for array in (span for span in spans(body, shapes) if span.kind == "array"):
        items = [
            body[span.start : span.end]
            for span in spans(body, shapes)
            if span.kind == "item" and array.start <= span.start < array.end
        ]
        for blocks in (
            [varint(1) + item for item in items],
            [varint(-1) + varint(len(item)) + item for item in items],
        ):
            other = body[: array.start] + b"".join(blocks) + b"\x00" + body[array.end :]
            assert encode(*key, codec.DECODERS[key](other)) == body
