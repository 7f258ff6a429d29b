"""Strict reading of Avro's binary encoding, one function per kind of value.

Every function takes the body and the position of a value and returns the value and the position
behind it. What Avro readers commonly let pass is refused here: padded varints, refusals.negative lengths,
symbols from the end, booleans above 1, counts that the bytes left cannot hold. Each raises
`Refused` and nothing else; the sentence names contract, field and byte of the body, never a value.
"""

import struct
from collections.abc import Callable
from typing import Final, TypeVar

from mypy_extensions import i64  # to the compiler a machine word, otherwise an int

from gateway.codec import refusals
from gateway.codec.refusals import refusal
from gateway.errors import Reason

Item = TypeVar("Item")

_DOUBLE: Final = struct.Struct("<d")
_INFINITY: Final = float("inf")


class Alphabet:
    """An identifier's letters: the first from `first`, the others from `rest`, `least` to `most` in all.

    foreign: a table for `bytes.translate`, 1 for each letter that is not of the alphabet.
    """

    __slots__ = ("first", "foreign", "least", "most", "pattern")

    def __init__(self, pattern: str, least: int, most: int, first: bytes, rest: bytes) -> None:
        self.pattern = pattern
        self.least = least
        self.most = most
        self.first = first
        self.foreign = bytes(letter not in rest for letter in range(256))


class Layout:
    """An identifier made of several parts; `matches` is the compiled pattern's `fullmatch`."""

    __slots__ = ("matches", "most", "pattern")

    def __init__(self, pattern: str, most: int, matches: Callable[[bytes], object | None]) -> None:
        self.pattern = pattern
        self.most = most
        self.matches = matches


def matches(letters: bytes, alphabet: Alphabet) -> bool:
    """Whether these bytes are an identifier of this alphabet."""
    return (
        alphabet.least <= len(letters) <= alphabet.most
        and 1 not in letters.translate(alphabet.foreign)
        and letters[0] in alphabet.first
    )


def read_long(body: bytes, at: int, contract: str, field: str) -> tuple[int, int]:
    """Read one zigzag varint of at most 64 bits, in its shortest form."""
    if at >= len(body):
        raise refusal(Reason.MALFORMED, contract, field, at, refusals.CUT_SHORT)
    group = body[at]
    if group < 128:
        return (group >> 1) ^ -(group & 1), at + 1
    return _read_wide_long(body, at, contract, field)


def _read_wide_long(body: bytes, start: int, contract: str, field: str) -> tuple[int, int]:
    value = 0
    shift = 0
    group = 128
    for group in body[start : start + 10]:
        value |= (group & 127) << shift
        shift += 7
        if group < 128:
            break
    if group > 127 and shift < 70:
        raise refusal(Reason.MALFORMED, contract, field, start, refusals.CUT_SHORT)
    if group > 127 or value >> 64:
        raise refusal(Reason.BAD_VARINT, contract, field, start, refusals.TOO_WIDE)
    if group == 0:
        raise refusal(Reason.BAD_VARINT, contract, field, start, refusals.PADDED)
    return (value >> 1) ^ -(value & 1), start + shift // 7


def six_bytes(body: bytes, at: i64) -> int:
    """Read a varint of exactly six bytes that is not refusals.negative: a time between 1987 and 2039.

    Raises ValueError for any other.
    """
    a: i64 = body[at]
    b: i64 = body[at + 1]
    c: i64 = body[at + 2]
    d: i64 = body[at + 3]
    e: i64 = body[at + 4]
    f: i64 = body[at + 5]
    if a & b & c & d & e < 128 or f > 127 or f == 0 or a & 1:
        raise ValueError
    return (a & 127) >> 1 | (b & 127) << 6 | (c & 127) << 13 | (d & 127) << 20 | (e & 127) << 27 | f << 34


def read_number(body: bytes, at: int, least: int, most: int, contract: str, field: str) -> tuple[int, int]:
    """Read an int, a long, a date (days) or a timestamp (milliseconds) within its range."""
    value, end = read_long(body, at, contract, field)
    if value < least or value > most:
        raise refusal(Reason.OUT_OF_RANGE, contract, field, at, refusals.outside(least, most))
    return value, end


def read_double(body: bytes, at: int, contract: str, field: str) -> tuple[float, int]:
    """Read a finite number."""
    end = at + 8
    if end > len(body):
        raise refusal(Reason.MALFORMED, contract, field, at, refusals.CUT_SHORT)
    value: float = _DOUBLE.unpack_from(body, at)[0]
    if value != value or value in (_INFINITY, -_INFINITY):
        raise refusal(Reason.NOT_A_NUMBER, contract, field, at, refusals.INFINITE)
    return value, end


def read_boolean(body: bytes, at: int, contract: str, field: str) -> tuple[bool, int]:
    """Read a byte that is 0 or 1."""
    if at >= len(body):
        raise refusal(Reason.MALFORMED, contract, field, at, refusals.CUT_SHORT)
    byte = body[at]
    if byte > 1:
        raise refusal(Reason.BAD_BOOLEAN, contract, field, at, refusals.no_boolean(byte))
    return byte == 1, at + 1


def read_presence(body: bytes, at: int, contract: str, field: str) -> tuple[bool, int]:
    """Read the branch of a [null, X] union: whether X follows."""
    if at < len(body):
        byte = body[at]
        if byte == 0:
            return False, at + 1
        if byte == 2:
            return True, at + 1
    branch, _ = read_long(body, at, contract, field)
    raise refusal(Reason.BAD_UNION, contract, field, at, refusals.no_branch(branch))


def read_symbol(body: bytes, at: int, symbols: tuple[str, ...], contract: str, field: str) -> tuple[str, int]:
    """Read an enum; the lint allows at most 64 symbols, so one byte holds every good index."""
    index, end = read_long(body, at, contract, field)
    if index < 0 or index >= len(symbols):
        raise refusal(Reason.BAD_ENUM, contract, field, at, refusals.no_symbol(index, len(symbols)))
    return symbols[index], end


def read_size(body: bytes, at: int, most: int, contract: str, field: str) -> tuple[int, int]:
    """Read the length of a string or bytes: what the bytes left can hold, and the limit allows."""
    size, end = read_long(body, at, contract, field)
    if size < 0:
        raise refusal(Reason.MALFORMED, contract, field, at, refusals.negative(size))
    left = len(body) - end
    if size > left:
        raise refusal(Reason.MALFORMED, contract, field, at, refusals.beyond_end(size, left))
    if size > most:
        raise refusal(Reason.OVER_LIMIT, contract, field, at, refusals.too_many(size, most, refusals.BYTES))
    return size, end


# The three below begin alike: a length of one byte that fits is taken at sight, any other goes the
# careful way through `read_size`. A function for that would cost a third of their time.


def read_text(body: bytes, at: int, most: int, contract: str, field: str) -> tuple[str, int]:
    """Read free text of at most `most` bytes."""
    left = len(body) - at
    head = body[at] if left > 0 else 1
    size = head >> 1
    start = at + 1
    if head & 129 or size >= left or size > most:
        size, start = read_size(body, at, most, contract, field)
    end = start + size
    try:
        return body[start:end].decode(), end
    except UnicodeDecodeError:
        raise refusal(Reason.BAD_UTF8, contract, field, at, refusals.NOT_UTF8) from None


def read_identifier(body: bytes, at: int, alphabet: Alphabet, contract: str, field: str) -> tuple[str, int]:
    """Read an identifier spelt in one alphabet."""
    left = len(body) - at
    head = body[at] if left > 0 else 1
    size = head >> 1
    start = at + 1
    if head & 129 or size >= left or size > alphabet.most:
        size, start = read_size(body, at, alphabet.most, contract, field)
    end = start + size
    letters = body[start:end]
    if not matches(letters, alphabet):
        raise refusal(Reason.BAD_IDENTIFIER, contract, field, at, refusals.misshapen(alphabet.pattern))
    return letters.decode(), end


def read_layout(body: bytes, at: int, layout: Layout, contract: str, field: str) -> tuple[str, int]:
    """Read an identifier made of several parts."""
    left = len(body) - at
    head = body[at] if left > 0 else 1
    size = head >> 1
    start = at + 1
    if head & 129 or size >= left or size > layout.most:
        size, start = read_size(body, at, layout.most, contract, field)
    end = start + size
    letters = body[start:end]
    if layout.matches(letters) is None:
        raise refusal(Reason.BAD_IDENTIFIER, contract, field, at, refusals.misshapen(layout.pattern))
    return letters.decode(), end


def read_checked(
    body: bytes, at: int, alphabet: Alphabet, is_right: Callable[[str], bool], contract: str, field: str
) -> tuple[str, int]:
    """Read an identifier that carries a check character."""
    identifier, end = read_identifier(body, at, alphabet, contract, field)
    if not is_right(identifier):
        raise refusal(Reason.BAD_IDENTIFIER, contract, field, at, refusals.CHECK_FAILED)
    return identifier, end


def read_bytes(body: bytes, at: int, most: int, contract: str, field: str) -> tuple[bytes, int]:
    """Read at most `most` bytes."""
    size, start = read_size(body, at, most, contract, field)
    end = start + size
    return body[start:end], end


def read_fixed(body: bytes, at: int, size: int, contract: str, field: str) -> tuple[bytes, int]:
    """Read exactly `size` bytes."""
    end = at + size
    if end > len(body):
        raise refusal(Reason.MALFORMED, contract, field, at, refusals.CUT_SHORT)
    return body[at:end], end


def read_array(
    body: bytes,
    at: int,
    read_item: Callable[[bytes, int, str], tuple[Item, int]],
    most: int,
    contract: str,
    field: str,
) -> tuple[tuple[Item, ...], int]:
    """Read an array, in as many blocks as the writer chose, of at most `most` items in all.

    A block with a refusals.negative count states its size in bytes (Avro: so that readers can skip it); a
    size that is not that of its items is refused. Every item takes at least one byte (lint rule 2).
    """
    items: list[Item] = []
    while True:
        start = at
        count, at = read_long(body, at, contract, field)
        if count == 0:
            return tuple(items), at
        stated_end = -1
        if count < 0:
            count = -count
            size, at = read_size(body, at, len(body), contract, field)
            stated_end = at + size
        left = len(body) - at
        if count > left:
            problem = refusals.block_beyond_end(count, left)
            raise refusal(Reason.MALFORMED, contract, field, start, problem)
        if len(items) + count > most:
            problem = refusals.too_many(len(items) + count, most, refusals.ITEMS)
            raise refusal(Reason.OVER_LIMIT, contract, field, start, problem)
        for _ in range(count):
            item, at = read_item(body, at, contract)
            items.append(item)
        if stated_end >= 0 and at != stated_end:
            problem = refusals.BLOCK_SIZE
            raise refusal(Reason.MALFORMED, contract, field, start, problem)


def expect_unique(count: int, distinct: int, at: int, contract: str, field: str) -> None:
    """Refuse an array in which two items carry the same key: two readers would differ."""
    if count != distinct:
        raise refusal(Reason.DUPLICATE_KEY, contract, field, at, refusals.TWICE)


def expect_end(body: bytes, at: int, contract: str) -> None:
    """Refuse a body that goes on behind its record."""
    if at != len(body):
        raise refusals.left_over(contract, len(body) - at, at)
