"""Names of the definitions with their Chinese beside them, and lines that fit a terminal."""

import re
from collections.abc import Sequence
from typing import Final

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from gateway.definitions import ANY_ITEM, Definitions
from gateway.law.grid import Period, day_of

WIDTH = 110
NARROW = 100
MOST_NAMED = 6
"""Items that a sentence names; more are counted. --json has all."""


class Terms:
    """How people read names: with the Chinese term."""

    def __init__(self, definitions: Definitions) -> None:
        self._regions = {str(name): one.chinese for name, one in definitions.regions.items()}
        self._types = {str(name): one.chinese for name, one in definitions.licence_types.items()}
        self._items = {str(name): one.chinese for name, one in definitions.items.items()}

    def region(self, name: str) -> str:
        return f"{name} {self._regions[name]}"

    def licence_type(self, name: str) -> str:
        return f"{name} {self._types.get(name, '')}".rstrip()

    def items(self, names: Sequence[str]) -> str:
        told = [
            "any item" if name == ANY_ITEM else f"{name} {self._items[name]}" for name in names[:MOST_NAMED]
        ]
        more = len(names) - len(told)
        return ", ".join(told) + (f" and {more} more" if more else "")


def days(period: Period) -> str:
    """A period in words; the last day is named, not the first one after it."""
    begins = None if period.begins is None else day_of(period.begins)
    ends = None if period.ends is None else day_of(period.ends)
    if begins is None:
        return "at any time" if ends is None else f"before {ends}"
    return f"from {begins} on" if ends is None else f"from {begins} until {day_of((period.ends or 0) - 1)}"


_COLUMN: Final = re.compile(r" *(?:[✓✗?·] )?(?:\S+ ){1,3} +(?=\S)")
"""A mark and the name of a check, up to the column where what is told of it begins."""
_INDENT: Final = re.compile(r" *(?:[▸→✗] )?")


def wrapped(head: str, text: str, width: int = WIDTH, deeper: int = 0) -> str:
    """The text behind its head; further lines as far in, and deeper. Chinese counts double."""
    room = width - cell_len(head) - deeper
    lines = [line.plain.rstrip() for line in Text(text).wrap(Console(width=room), room)]
    return ("\n" + " " * (cell_len(head) + deeper)).join([head + lines[0], *lines[1:]]).rstrip()


def hanging(line: str, column: int, width: int = NARROW) -> str:
    """A line of an explanation, on several if it is too wide. column: where the text of a check begins."""
    if cell_len(line) <= width:
        return line
    named = _COLUMN.match(line)
    if named is not None and cell_len(named[0]) == column:
        return wrapped(named[0], line[named.end() :], width)
    indent = _INDENT.match(line)
    assert indent is not None  # it matches nothing at all too
    return wrapped(indent[0], line[indent.end() :], width, deeper=4)


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Columns as wide as their widest cell, where Chinese counts double; all but the first to the right."""
    widths = [max(cell_len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = []
    for row in rows:
        cells = [
            " " * (width - cell_len(cell)) + cell if column else cell + " " * (width - cell_len(cell))
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append("  ".join(cells).rstrip())
    return lines
