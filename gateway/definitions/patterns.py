"""Patterns of identifiers: a row of characters and character classes, each with its repeat.

`^[0-9]{6}-[0-9]{4}-[0-9]{1,20}$` is one. No groups, no choices, no open-ended repeats: such a
pattern is checked in one pass, and its longest match is known.
"""

import re
from dataclasses import dataclass
from typing import Final

_PART: Final = re.compile(r"(\[[^\]^\\]+\]|[0-9A-Za-z_-])(?:\{([0-9]+)(?:,([0-9]+))?\})?")


@dataclass(frozen=True)
class Part:
    """One class of ASCII characters and how often it may stand."""

    letters: bytes
    least: int
    most: int


def parts_of(pattern: str) -> tuple[Part, ...] | None:
    """Split a pattern into its parts; None if it is not of the plain form above."""
    if not (pattern.isascii() and pattern.startswith("^") and pattern.endswith("$")):
        return None
    inner, parts = pattern[1:-1], []
    while inner:
        found = _PART.match(inner)
        if found is None:
            return None
        letters = bytes(byte for byte in range(128) if re.fullmatch(found[1], chr(byte)))
        least = int(found[2] or 1)
        parts.append(Part(letters, least, int(found[3] or least)))
        inner = inner[found.end() :]
    return tuple(parts)


def longest(parts: tuple[Part, ...]) -> int:
    """The length of the longest match."""
    return sum(part.most for part in parts)


def as_alphabet(parts: tuple[Part, ...]) -> tuple[int, bytes, bytes] | None:
    """(least length, first letters, all letters) if the pattern says no more than that, else None."""
    if len(parts) == 1:
        return parts[0].least, parts[0].letters, parts[0].letters
    if len(parts) != 2 or not parts[0].least == parts[0].most == 1:
        return None
    first, rest = parts
    return (1 + rest.least, first.letters, rest.letters) if set(first.letters) <= set(rest.letters) else None
