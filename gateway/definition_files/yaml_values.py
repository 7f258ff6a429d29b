"""libyaml's events folded into plain values, with the spot of every key and value.

A spot is a line and a column, packed into one number: a large file has many, and nobody asks for most of
them. The only module that knows PyYAML.
"""

import re
from array import array
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final

from yaml.cyaml import CParser
from yaml.error import MarkedYAMLError, YAMLError
from yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceEndEvent,
    StreamEndEvent,
)

from gateway.definition_files.codes import Code

Location = tuple[str | int, ...]
"""The way from the top of a file to a value: keys and list positions."""

Problem = tuple[Location, tuple[int, int], str, Code]
"""What is refused: where in the file's values, at which line and column, why."""

MAX_DEPTH: Final = 16
"""How deep values may be nested. The shipped files need 5."""

OUTER: Final = 2
"""An entry of a list at the top of a file lies so deep: `recognition[3]`."""

_COLUMN_BITS: Final = 24
_COLUMNS: Final = (1 << _COLUMN_BITS) - 1

_CONSTANTS: Final[Mapping[str, object]] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_NUMBERS: Final[tuple[tuple[re.Pattern[str], Callable[[str], object]], ...]] = (
    (re.compile(r"[-+]?[0-9]+"), int),
    (re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+"), lambda text: int(text, base=0)),
    (re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?"), float),
    (re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)"), lambda text: float(text.replace(".", ""))),
)


class NotYaml(Exception):
    """The file cannot be read at all. line, column: from 1."""

    def __init__(self, line: int, column: int, problem: str) -> None:
        super().__init__(problem)
        self.line = line
        self.column = column
        self.problem = problem


@dataclass(frozen=True)
class Values:
    """What a file holds.

    spots: of each key and value in the order of the file; none if it is empty.
    outer: of the values that are asked for without a problem, because decisions name their lines: those at
    most OUTER deep.
    """

    value: object
    spots: "array[int]"
    outer: Mapping[Location, int]
    problems: list[Problem]


def read(content: bytes) -> Values:
    """Read one file in UTF-8. Raises `NotYaml`."""
    tree = _Tree(CParser(content).get_event)
    try:
        return Values(tree.document(), tree.spots, tree.outer, tree.problems)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        problem = f"{error.context}, {error.problem}" if error.context else str(error.problem)
        raise NotYaml(mark.line + 1, mark.column + 1, problem) from error
    except YAMLError as error:
        raise NotYaml(1, 1, " ".join(str(error).split())) from error


def line_and_column(spot: int) -> tuple[int, int]:
    return spot >> _COLUMN_BITS, spot & _COLUMNS


@dataclass
class _Tree:
    """Folds events into plain values, noting spots and problems on the way."""

    event: Callable[[], Any]
    """The next event; they bear no types."""
    spots: "array[int]" = field(default_factory=lambda: array("Q"))
    outer: dict[Location, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def document(self) -> object:
        """The value of the only document, or None if there is none."""
        value = None
        while not isinstance(event := self.event(), StreamEndEvent):
            if isinstance(event, NodeEvent):
                value = self.value(event, ())
            elif isinstance(event, DocumentStartEvent) and self.spots:
                raise MarkedYAMLError(problem="a second document begins", problem_mark=event.start_mark)
        return value

    def value(self, event: Any, location: Location) -> object:
        mark, depth = event.start_mark, len(location)
        spot = (mark.line + 1 << _COLUMN_BITS) + mark.column + 1
        self.spots.append(spot)
        if depth <= OUTER:
            self.outer[location] = spot
        elif depth > MAX_DEPTH:
            problem = f"values are nested more than {MAX_DEPTH} deep"
            raise MarkedYAMLError(problem=problem, problem_mark=event.start_mark)
        if type(event) is AliasEvent:
            self._refuse(event, location, f'"*{event.anchor}" is an alias; write the value out.', Code.ANCHOR)
            return None
        if event.anchor is not None or event.tag is not None:
            self._refuse_marks(event, location)
        if type(event) is ScalarEvent:
            return _plain(event.value) if event.implicit[0] else event.value  # else quoted or a block
        if type(event) is MappingStartEvent:
            return self._mapping(location)
        return tuple(self._items(location))

    def _refuse_marks(self, event: Any, location: Location) -> None:
        if event.anchor is not None:
            message = f'"&{event.anchor}" is an anchor; write the value without it.'
            self._refuse(event, location, message, Code.ANCHOR)
        if event.tag is not None:
            self._refuse(event, location, f'"{event.tag}" is a tag; write the value without it.', Code.TAG)

    def _items(self, location: Location) -> list[object]:
        items: list[object] = []
        next_event, value = self.event, self.value
        while type(event := next_event()) is not SequenceEndEvent:
            items.append(value(event, (*location, len(items))))
        return items

    def _mapping(self, location: Location) -> dict[str, object]:
        values: dict[str, object] = {}
        lines: dict[str, int] = {}
        spots = self.spots
        while type(event := self.event()) is not MappingEndEvent:
            if type(event) is not ScalarEvent:
                message = "a key is a list or a mapping; a text is wanted."
                self._refuse(event, location, message, Code.KEY_NO_TEXT)
                self._skip(event, (*location, "?"))
                self._skip(self.event(), (*location, "?"))
                continue
            key = event.value
            here = (*location, key)
            if key in lines:
                message = f"the key is written twice (first in line {lines[key]})."
                self._refuse(event, here, message, Code.KEY_TWICE)
                self._skip(self.event(), (*here, "again"))
                continue
            spot = _spot(event)
            lines[key] = spot >> _COLUMN_BITS
            spots.append(spot)
            behind = self.event()
            value = values[_once(key)] = self.value(behind, here)
            if value is None and not getattr(behind, "value", ""):
                spots[-1] = spot  # what is not written stands where its key does
                if here in self.outer:
                    self.outer[here] = spot
        return values

    def _skip(self, event: Any, location: Location) -> None:
        """Read a value that is not taken."""
        kept = len(self.spots)
        self.value(event, location)
        del self.spots[kept:]

    def _refuse(self, event: Any, location: Location, message: str, code: Code) -> None:
        self.problems.append((location, line_and_column(_spot(event)), message, code))


def _spot(event: Any) -> int:
    mark = event.start_mark
    spot: int = (mark.line + 1 << _COLUMN_BITS) + mark.column + 1
    return spot


@lru_cache(maxsize=8192)  # few words fill most of the files; each is then kept once
def _plain(text: str) -> object:
    """The value of a scalar without quotes."""
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    for pattern, convert in _NUMBERS:
        if pattern.fullmatch(text):
            return convert(text)
    return text


@lru_cache(maxsize=1024)
def _once(key: str) -> str:
    """The same key, kept once."""
    return key
