"""Writing of Avro's binary encoding: one function per kind of value, each appends its bytes to `out`.

Each raises ValueError for a value outside the limits of its contract: what is written here is read
back. Patterns and check characters are left to the reader. The buffer is mypyc's own: compiled code
writes into it without making an object for each value.
"""

from typing import Final

from librt.strings import BytesWriter, write_f64_le, write_i64_le
from mypy_extensions import i64  # to the compiler a machine word, otherwise an int

NULL: Final = 0
SOME: Final = 2
_ONE_BYTE: Final = tuple(bytes((group,)) for group in range(128))
_MORE_FOLLOWS: Final = tuple(bytes((group | 128,)) for group in range(128))
_DIGIT: Final = tuple(b"%d" % digit for digit in range(10))
_ONE: Final[i64] = -0x80
_EIGHT: Final[i64] = -0x100000000000000
"""Bits that are not set in what fits into so many bytes of a varint."""
_SHIFTED: Final[i64] = 0x1FFFFFFFFFFFFFF
"""What is left of 64 bits when seven are shifted out, whichever sign the word has."""


def write_long(out: BytesWriter, value: i64) -> None:
    """Write a zigzag varint; one of up to eight bytes is put together in a machine word."""
    group: i64 = value << 1 ^ value >> 63
    if group & _ONE == 0:
        out.write(_ONE_BYTE[group])
    elif group & _EIGHT == 0:
        word: i64 = 0
        shift: i64 = 0
        while group > 127:
            word |= (group & 127 | 128) << shift
            group >>= 7
            shift += 8
        write_i64_le(out, word | group << shift)
        out.truncate(len(out) - 7 + (shift >> 3))
    else:
        while group & _ONE:
            out.write(_MORE_FOLLOWS[group & 127])
            group = group >> 7 & _SHIFTED
        out.write(_ONE_BYTE[group])


def write_number(out: BytesWriter, value: int, least: int, most: int, field: str) -> None:
    """Write an int, a long, a date (days) or a timestamp (milliseconds) within its range."""
    if value < least or value > most:
        raise ValueError(f"{field} is not within {least}..{most}")
    write_long(out, value)


def write_number_or_null(out: BytesWriter, value: int | None, least: int, most: int, field: str) -> None:
    """Write a [null, number]."""
    if value is None:
        out.append(NULL)
    else:
        out.append(SOME)
        write_number(out, value, least, most, field)


def write_double(out: BytesWriter, value: float) -> None:
    """Write a double."""
    write_f64_le(out, value)


def write_boolean(out: BytesWriter, value: bool) -> None:
    """Write 0 or 1."""
    if value:
        out.append(1)
    else:
        out.append(0)


def write_symbol(out: BytesWriter, value: str, written: dict[str, bytes], field: str) -> None:
    """Write an enum; `written` holds the one byte of each symbol."""
    byte = written.get(value)
    if byte is None:
        raise ValueError(f"{field} has no such symbol")
    out.write(byte)


def write_text(out: BytesWriter, value: str, most: int, field: str) -> None:
    """Write a string of at most `most` bytes."""
    write_bytes(out, value.encode(), most, field)


def write_text_or_null(out: BytesWriter, value: str | None, most: int, field: str) -> None:
    """Write a [null, string] of at most `most` bytes."""
    if value is None:
        out.append(NULL)
    else:
        out.append(SOME)
        write_bytes(out, value.encode(), most, field)


def write_bytes(out: BytesWriter, value: bytes, most: int, field: str) -> None:
    """Write at most `most` bytes, with their number before them."""
    size = len(value)
    if size > most:
        raise ValueError(f"{field} has {size} bytes, at most {most} are allowed")
    write_long(out, size)
    out.write(value)


def write_fixed(out: BytesWriter, value: bytes, size: int, field: str) -> None:
    """Write exactly `size` bytes."""
    if len(value) != size:
        raise ValueError(f"{field} has {len(value)} bytes, not {size}")
    out.write(value)


def write_known(out: BytesWriter, value: str, written: dict[str, bytes]) -> None:
    """Write one of the texts that come again and again, as `written` remembers it."""
    out.write(written[value])


def write_known_or_null(out: BytesWriter, value: str | None, written: dict[str, bytes]) -> None:
    """Write a [null, string] of such a text."""
    if value is None:
        out.append(NULL)
    else:
        out.write(written[value])


def write_count(out: BytesWriter, count: int, most: int, field: str) -> None:
    """Begin an array of at most `most` items, in one block; NULL behind them ends it."""
    if count > most:
        raise ValueError(f"{field} has {count} items, at most {most} are allowed")
    if count:
        write_long(out, count)


def write_decimal(out: BytesWriter, value: i64) -> None:
    """Write the digits of a number that is not negative: no Avro, but headers are made of the same bytes."""
    if value > 9:
        write_decimal(out, value // 10)
    out.write(_DIGIT[value % 10])
