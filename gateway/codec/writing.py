"""Writing of Avro's binary encoding, one function per kind of value.

Each appends to `out` and raises ValueError for a value outside the limits of its contract: what is
written here is read back. Patterns and check characters are left to the reader.
"""

import struct
from collections.abc import Callable
from typing import Final, TypeVar

Item = TypeVar("Item")

_DOUBLE: Final = struct.Struct("<d")


def write_long(out: bytearray, value: int) -> None:
    """Write a zigzag varint."""
    group = value << 1 if value >= 0 else ~(value << 1)
    while group > 127:
        out.append(group & 127 | 128)
        group >>= 7
    out.append(group)


def write_number(out: bytearray, value: int, least: int, most: int, field: str) -> None:
    """Write an int, a long, a date (days) or a timestamp (milliseconds) within its range."""
    if value < least or value > most:
        raise ValueError(f"{field} is not within {least}..{most}")
    write_long(out, value)


def write_double(out: bytearray, value: float) -> None:
    """Write a double."""
    out += _DOUBLE.pack(value)


def write_boolean(out: bytearray, value: bool) -> None:
    """Write 0 or 1."""
    out.append(1 if value else 0)


def write_symbol(out: bytearray, value: str, bytes_of: dict[str, int], field: str) -> None:
    """Write an enum; `bytes_of` holds the one byte of each symbol."""
    byte = bytes_of.get(value, -1)
    if byte < 0:
        raise ValueError(f"{field} has no such symbol")
    out.append(byte)


def write_text(out: bytearray, value: str, most: int, field: str) -> None:
    """Write a string of at most `most` bytes."""
    write_bytes(out, value.encode(), most, field)


def write_bytes(out: bytearray, value: bytes, most: int, field: str) -> None:
    """Write at most `most` bytes, with their number before them."""
    size = len(value)
    if size > most:
        raise ValueError(f"{field} has {size} bytes, at most {most} are allowed")
    if size < 64:
        out.append(size << 1)
    else:
        write_long(out, size)
    out += value


def write_fixed(out: bytearray, value: bytes, size: int, field: str) -> None:
    """Write exactly `size` bytes."""
    if len(value) != size:
        raise ValueError(f"{field} has {len(value)} bytes, not {size}")
    out += value


def write_array(
    out: bytearray,
    items: tuple[Item, ...],
    write_item: Callable[[bytearray, Item], None],
    most: int,
    field: str,
) -> None:
    """Write an array of at most `most` items as one block."""
    if len(items) > most:
        raise ValueError(f"{field} has {len(items)} items, at most {most} are allowed")
    if items:
        write_long(out, len(items))
        for item in items:
            write_item(out, item)
    out.append(0)
