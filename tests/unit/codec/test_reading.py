"""Each reading function on bytes that a lenient reader lets pass, and at its limits."""

import re
import struct
from collections.abc import Callable
from typing import Any

import pytest
from librt.strings import BytesWriter

from gateway.codec.reading import (
    Alphabet,
    Layout,
    expect_end,
    expect_unique,
    read_array,
    read_boolean,
    read_bytes,
    read_checked,
    read_double,
    read_fixed,
    read_identifier,
    read_layout,
    read_long,
    read_number,
    read_presence,
    read_symbol,
    read_text,
)
from gateway.codec.writing import write_double, write_long
from gateway.errors import Reason, Refused

WHERE = ("sample v1", "it")
NAME = Alphabet("^[a-c][a-c0-9]{0,8}$", 1, 9, b"abc", b"0123456789abc")
DATE = Layout("^[0-9]{4}-[0-9]{2}$", 7, re.compile(rb"[0-9]{4}-[0-9]{2}").fullmatch)


def refused(read: Callable[..., Any], body: bytes, *between: Any) -> tuple[str, str]:
    """The reason and the sentence behind `sample v1: field "it" (byte 0) `."""
    with pytest.raises(Refused) as refusal:
        read(body, 0, *between, *WHERE)
    start = 'sample v1: field "it" (byte 0) '
    assert refusal.value.detail.startswith(start)
    assert refusal.value.chinese.startswith('sample v1：字段 "it"（第 0 字节）')
    return refusal.value.reason.value, refusal.value.detail.removeprefix(start)


def varint(value: int) -> bytes:
    out = BytesWriter()
    write_long(out, value)
    return out.getvalue()


@pytest.mark.parametrize("value", [0, -1, 1, 63, -64, 64, -65, 8191, 8192, 2**31, 2**62, 2**63 - 1, -(2**63)])
def test_long_comes_back(value: int) -> None:
    body = varint(value)
    assert read_long(body + b"\xff", 0, *WHERE) == (value, len(body))


@pytest.mark.parametrize(
    ("body", "reason", "problem"),
    [
        (b"", "malformed", "is cut short"),
        (b"\x80", "malformed", "is cut short"),
        (b"\xff" * 9, "malformed", "is cut short"),
        (b"\x80\x00", "bad-varint", "has a varint padded with zero groups"),
        (b"\x81\x80\x00", "bad-varint", "has a varint padded with zero groups"),
        (b"\x80" * 9 + b"\x00", "bad-varint", "has a varint padded with zero groups"),
        (b"\xff" * 9 + b"\x02", "bad-varint", "has a varint of more than 64 bits"),
        (b"\x80" * 10 + b"\x01", "bad-varint", "has a varint of more than 64 bits"),
        (b"\xff" * 20, "bad-varint", "has a varint of more than 64 bits"),
    ],
)
def test_long_is_refused(body: bytes, reason: str, problem: str) -> None:
    assert refused(read_long, body) == (reason, problem)


def test_number_has_its_range() -> None:
    assert read_number(varint(5), 0, 1, 5, *WHERE) == (5, 1)
    assert refused(read_number, varint(2**40), 1, 5) == ("out-of-range", "is not within 1..5")
    assert refused(read_number, varint(0), 1, 5) == ("out-of-range", "is not within 1..5")


def test_double_is_finite() -> None:
    out = BytesWriter()
    write_double(out, -0.5)
    assert read_double(out.getvalue(), 0, *WHERE) == (-0.5, 8)
    assert refused(read_double, b"\x00" * 7) == ("malformed", "is cut short")
    for odd in ("nan", "inf", "-inf"):
        body = struct.pack("<d", float(odd))
        assert refused(read_double, body) == ("not-a-number", "is not a finite number")


def test_boolean_is_0_or_1() -> None:
    assert read_boolean(b"\x00", 0, *WHERE) == (False, 1)
    assert read_boolean(b"\x01", 0, *WHERE) == (True, 1)
    assert refused(read_boolean, b"\x07") == ("bad-boolean", "has byte 7, neither 0 nor 1")
    assert refused(read_boolean, b"") == ("malformed", "is cut short")


def test_union_has_two_branches() -> None:
    assert read_presence(b"\x00", 0, *WHERE) == (False, 1)
    assert read_presence(b"\x02", 0, *WHERE) == (True, 1)
    assert refused(read_presence, b"\x04") == ("bad-union", "has branch 2 of 2")
    assert refused(read_presence, b"\x01") == ("bad-union", "has branch -1 of 2")
    assert refused(read_presence, b"\x82\x00") == ("bad-varint", "has a varint padded with zero groups")
    assert refused(read_presence, b"") == ("malformed", "is cut short")


def test_enum_counts_from_its_first_symbol() -> None:
    assert read_symbol(b"\x02", 0, ("A", "B"), *WHERE) == ("B", 1)
    assert refused(read_symbol, b"\x04", ("A", "B")) == ("bad-enum", "has symbol 2 of 2")
    assert refused(read_symbol, b"\x01", ("A", "B")) == ("bad-enum", "has symbol -1 of 2")


@pytest.mark.parametrize("read", [read_text, read_bytes])
def test_length_fits_the_bytes_left_and_the_limit(read: Callable[..., Any]) -> None:
    assert read(b"\x06abc", 0, 3, *WHERE)[1] == 4
    assert read(b"\x00", 0, 3, *WHERE)[1] == 1
    assert read(varint(100) + b"a" * 100, 0, 100, *WHERE)[1] == 102
    assert refused(read, b"", 3) == ("malformed", "is cut short")
    assert refused(read, b"\x01abc", 3) == ("malformed", "has length -1")
    assert refused(read, b"\x08abc", 9) == ("malformed", "has length 4 where 3 bytes are left")
    assert refused(read, varint(2**40), 3) == ("malformed", f"has length {2**40} where 0 bytes are left")
    assert refused(read, b"\x08abcd", 3) == ("over-limit", "has 4 bytes, at most 3 are allowed")
    long = varint(100) + b"a" * 100
    assert refused(read, long, 99) == ("over-limit", "has 100 bytes, at most 99 are allowed")


def test_beyond_the_bytes_left_comes_before_over_the_limit() -> None:
    assert refused(read_text, b"\x0aabcd", 3)[0] == "malformed"
    assert refused(read_identifier, b"\x16abcd", NAME)[0] == "malformed"
    assert refused(read_layout, b"\x16abcd", DATE)[0] == "malformed"


@pytest.mark.parametrize("letters", [b"\xff", b"\xed\xa0\x80", b"\xc0\x80", "办".encode()[:2]])
def test_text_is_utf_8(letters: bytes) -> None:
    assert refused(read_text, varint(len(letters)) + letters, 9) == ("bad-utf8", "is not UTF-8")


def test_identifier_is_spelt_in_its_alphabet() -> None:
    assert read_identifier(b"\x06ab1\x00", 0, NAME, *WHERE) == ("ab1", 4)
    for letters in (b"", b"1ab", b"a-b", b"a\x00", "a\u200b".encode(), "\u0430".encode(), b"ab\n"):
        reason, problem = refused(read_identifier, varint(len(letters)) + letters, NAME)
        assert (reason, problem) == ("bad-identifier", "is not of the form ^[a-c][a-c0-9]{0,8}$")
    assert refused(read_identifier, b"\x14" + b"a" * 10, NAME)[0] == "over-limit"


def test_identifier_of_parts_follows_its_layout() -> None:
    assert read_layout(b"\x0e2026-01", 0, DATE, *WHERE) == ("2026-01", 8)
    reason, problem = refused(read_layout, b"\x0e2026/01", DATE)
    assert (reason, problem) == ("bad-identifier", "is not of the form ^[0-9]{4}-[0-9]{2}$")
    assert refused(read_layout, b"\x102026-011", DATE)[0] == "over-limit"


def test_check_is_asked_after_the_spelling() -> None:
    assert read_checked(b"\x04ab", 0, NAME, str.isalpha, *WHERE) == ("ab", 3)
    reason, problem = refused(read_checked, b"\x04a1", NAME, str.isalpha)
    assert (reason, problem) == ("bad-identifier", "has the wrong parts or check character")
    assert refused(read_checked, b"\x041a", NAME, str.isalpha)[1].startswith("is not of the form")


def test_fixed_has_all_its_bytes() -> None:
    assert read_fixed(b"abcd", 0, 3, *WHERE) == (b"abc", 3)
    assert refused(read_fixed, b"ab", 3) == ("malformed", "is cut short")


def read_flag(body: bytes, at: int, contract: str) -> tuple[bool, int]:
    return read_boolean(body, at, contract, "it")


@pytest.mark.parametrize(
    ("body", "items"),
    [
        (b"\x00", 0),
        (b"\x04\x01\x00\x00", 2),
        (b"\x02\x01\x02\x00\x00", 2),  # two blocks
        (b"\x03\x04\x01\x00\x00", 2),  # a block that states its size
        (b"\x01\x02\x01\x02\x00\x00", 2),  # both
    ],
)
def test_array_is_read_in_any_blocks(body: bytes, items: int) -> None:
    assert read_array(body + b"\xff", 0, read_flag, 2, *WHERE) == ((True, False)[:items], len(body))


@pytest.mark.parametrize(
    ("body", "reason", "problem"),
    [
        (b"", "malformed", "is cut short"),
        (b"\x06\x01\x01", "malformed", "has a block of 3 items where 2 bytes are left"),
        (varint(2**40) + b"\x00", "malformed", f"has a block of {2**40} items where 1 bytes are left"),
        (varint(-(2**63)) + b"\x00", "malformed", f"has a block of {2**63} items where 0 bytes are left"),
        (b"\x06\x01\x01\x01\x00", "over-limit", "has 3 items, at most 2 are allowed"),
        (b"\x03\x06\x01\x00\x00", "malformed", "has a block of another size than it states"),
        (b"\x03\x02\x01\x00\x00", "malformed", "has a block of another size than it states"),
        (b"\x03\x01\x01\x00\x00", "malformed", "has length -1"),
    ],
)
def test_array_is_refused(body: bytes, reason: str, problem: str) -> None:
    with pytest.raises(Refused) as refusal:
        read_array(body, 0, read_flag, 2, *WHERE)
    assert refusal.value.reason == reason
    assert refusal.value.detail.endswith(problem)
    assert re.findall("-?[0-9]+", problem) == re.findall("-?[0-9]+", refusal.value.chinese.split("）")[1])


def test_limit_counts_over_all_blocks() -> None:
    with pytest.raises(Refused, match=r"over-limit: .*byte 3.* has 3 items"):
        read_array(b"\x04\x01\x01\x02\x01\x00", 0, read_flag, 2, *WHERE)


def test_array_of_one_key_twice_is_refused() -> None:
    expect_unique(2, 2, 0, *WHERE)
    with pytest.raises(Refused, match=r'duplicate-key: .* "it" \(byte 7\) names one key twice'):
        expect_unique(2, 1, 7, *WHERE)


def test_record_ends_with_the_body() -> None:
    expect_end(b"abc", 3, "sample v1")
    with pytest.raises(Refused, match=r": 2 bytes follow the record \(byte 1\)") as refusal:
        expect_end(b"abc", 1, "sample v1")
    assert refusal.value.reason is Reason.TRAILING_BYTES
    assert refusal.value.chinese == "sample v1：消息体之后多出 2 字节（第 1 字节）"
