"""Names of the definitions with their Chinese beside them, and lines that fit a terminal."""

import textwrap
from collections.abc import Sequence

from rich.cells import cell_len

from gateway.definitions import ANY_ITEM, Definitions
from gateway.law.grid import Period, day_of

WIDTH = 110
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


def wrapped(head: str, text: str) -> str:
    """The text behind its head, its further lines as far in as the head is wide."""
    lines = textwrap.wrap(text, WIDTH - cell_len(head), break_long_words=False, break_on_hyphens=False)
    indent = " " * cell_len(head)
    return "\n".join(
        (head if number == 0 else indent) + line for number, line in enumerate(lines or [""])
    ).rstrip()


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
