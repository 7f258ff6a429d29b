"""The encoders write nothing that lies outside the limits of a contract."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from librt.strings import BytesWriter

from gateway import codec
from gateway.codec.reading import read_long
from gateway.codec.writing import (
    write_bytes,
    write_count,
    write_decimal,
    write_fixed,
    write_number,
    write_number_or_null,
    write_symbol,
    write_text,
    write_text_or_null,
)
from tests.contracts import AVRO, written

NULL, SOME = b"\x00", b"\x02"


def by(write: Callable[..., None], *arguments: object) -> bytes:
    out = BytesWriter()
    write(out, *arguments)
    return out.getvalue()


@pytest.mark.parametrize(
    ("write", "arguments", "message"),
    [
        (write_number, (6, 1, 5, "it"), "it is not within 1..5"),
        (write_number, (0, 1, 5, "it"), "it is not within 1..5"),
        (write_number_or_null, (6, 1, 5, "it"), "it is not within 1..5"),
        (write_number_or_null, (0, 1, 5, "it"), "it is not within 1..5"),
        (write_symbol, ("C", {"A": b"\x00", "B": b"\x02"}, "it"), "it has no such symbol"),
        (write_text, ("办件", 5, "it"), "it has 6 bytes, at most 5 are allowed"),
        (write_text_or_null, ("办件", 5, "it"), "it has 6 bytes, at most 5 are allowed"),
        (write_bytes, (b"abc", 2, "it"), "it has 3 bytes, at most 2 are allowed"),
        (write_fixed, (b"abc", 4, "it"), "it has 3 bytes, not 4"),
        (write_count, (3, 2, "it"), "it has 3 items, at most 2 are allowed"),
    ],
)
def test_value_outside_its_limits_is_not_written(
    write: Callable[..., None], arguments: tuple[object, ...], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        by(write, *arguments)


EDGES = [0, 1, *(2 ** (7 * groups - 1) + edge for groups in range(1, 10) for edge in (-1, 0)), 2**63 - 1]


@pytest.mark.parametrize("number", EDGES)
def test_number_of_any_width_is_read_back(number: int) -> None:
    for value in (number, -number - 1):
        written = by(write_number, value, -(2**63), 2**63 - 1, "it")
        assert read_long(written, 0, "a contract", "it") == (value, len(written))
        assert by(write_number_or_null, value, -(2**63), 2**63 - 1, "it") == SOME + written


def test_null_and_text_of_any_length_are_told_apart() -> None:
    assert by(write_number_or_null, None, 1, 5, "it") == by(write_text_or_null, None, 5, "it") == NULL
    for text in ("", "a" * 63, "a" * 64, "办件"):
        assert by(write_text_or_null, text, 100, "it") == SOME + by(write_text, text, 100, "it")


def test_numbers_behind_each_other_are_kept_apart() -> None:
    """A word is written whole and cut off again."""
    out = BytesWriter()
    for value in (1, 300, 2**40, -(2**50), 2**62, 0):
        write_number(out, value, -(2**63), 2**63 - 1, "it")
    at, found = 0, []
    while at < len(out.getvalue()):
        value, at = read_long(out.getvalue(), at, "a contract", "it")
        found.append(value)
    assert found == [1, 300, 2**40, -(2**50), 2**62, 0]


def test_old_version_is_written_without_the_new_field() -> None:
    request = written("licence-verification-requested", 2, example("v2-with-use-text"))
    record = codec.decode_licence_verification_requested_v2(request)
    record.use_text = None
    newer = codec.encode_licence_verification_requested_v2(record)
    assert codec.encode_licence_verification_requested_v1(record) + b"\x00" == newer


def example(name: str) -> dict[str, Any]:
    path = AVRO / "licence-verification-requested" / "examples" / "valid" / f"{name}.json"
    found: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return found


def test_record_shows_no_values() -> None:
    assert "secret" not in repr(codec.Claim("name", "secret"))


@pytest.mark.parametrize("number", [0, 7, 10, 99, 1_000_000, 2**63 - 1])
def test_digits(number: int) -> None:
    assert by(write_decimal, number) == str(number).encode()
