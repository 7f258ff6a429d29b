"""Writing of Avro's binary encoding: one function per kind of value, each returns its bytes.

Each raises ValueError for a value outside the limits of its contract: what is written here is read
back. Patterns and check characters are left to the reader.
"""

import struct
from typing import Final

_DOUBLE: Final = struct.Struct("<d")
NULL: Final = b"\x00"
SOME: Final = b"\x02"
_ONE_BYTE: Final = tuple(bytes((group,)) for group in range(128))
_SOME_AND_ONE_BYTE: Final = tuple(SOME + byte for byte in _ONE_BYTE)
_MORE_FOLLOWS: Final = tuple(bytes((group | 128,)) for group in range(128))


def write_long(value: int) -> bytes:
    """Write a zigzag varint."""
    group = value << 1 if value >= 0 else ~(value << 1)
    if group < 128:
        return _ONE_BYTE[group]
    if group < 16_384:
        return _MORE_FOLLOWS[group & 127] + _ONE_BYTE[group >> 7]
    if group < 2_097_152:
        return _MORE_FOLLOWS[group & 127] + _MORE_FOLLOWS[group >> 7 & 127] + _ONE_BYTE[group >> 14]
    out = bytearray()
    while group > 127:
        out.append(group & 127 | 128)
        group >>= 7
    out.append(group)
    return bytes(out)


def write_number(value: int, least: int, most: int, field: str) -> bytes:
    """Write an int, a long, a date (days) or a timestamp (milliseconds) within its range."""
    if value < least or value > most:
        raise ValueError(f"{field} is not within {least}..{most}")
    return write_long(value)


def write_number_or_null(value: int | None, least: int, most: int, field: str) -> bytes:
    """Write a [null, number]."""
    if value is None:
        return NULL
    if 0 <= value < 64 and least <= value <= most:
        return _SOME_AND_ONE_BYTE[value << 1]
    return SOME + write_number(value, least, most, field)


def write_double(value: float) -> bytes:
    """Write a double."""
    return _DOUBLE.pack(value)


def write_boolean(value: bool) -> bytes:
    """Write 0 or 1."""
    return b"\x01" if value else b"\x00"


def write_symbol(value: str, written: dict[str, bytes], field: str) -> bytes:
    """Write an enum; `written` holds the one byte of each symbol."""
    byte = written.get(value)
    if byte is None:
        raise ValueError(f"{field} has no such symbol")
    return byte


def write_text(value: str, most: int, field: str) -> bytes:
    """Write a string of at most `most` bytes."""
    return write_bytes(value.encode(), most, field)


def write_text_or_null(value: str | None, most: int, field: str) -> bytes:
    """Write a [null, string] of at most `most` bytes."""
    if value is None:
        return NULL
    text = value.encode()
    if len(text) <= most and len(text) < 64:
        return _SOME_AND_ONE_BYTE[len(text) << 1] + text
    return SOME + write_bytes(text, most, field)


def write_bytes(value: bytes, most: int, field: str) -> bytes:
    """Write at most `most` bytes, with their number before them."""
    size = len(value)
    if size > most:
        raise ValueError(f"{field} has {size} bytes, at most {most} are allowed")
    return _ONE_BYTE[size << 1] + value if size < 64 else write_long(size) + value


def write_fixed(value: bytes, size: int, field: str) -> bytes:
    """Write exactly `size` bytes."""
    if len(value) != size:
        raise ValueError(f"{field} has {len(value)} bytes, not {size}")
    return value


def write_array(items: list[bytes], most: int, field: str) -> bytes:
    """Write an array of at most `most` items, each written already, as one block."""
    if not items:
        return b"\x00"
    if len(items) > most:
        raise ValueError(f"{field} has {len(items)} items, at most {most} are allowed")
    return write_long(len(items)) + b"".join(items) + b"\x00"
