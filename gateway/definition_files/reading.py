"""Read a YAML 1.2 file as plain values and tell where each of them stands.

Mappings become dicts, lists become tuples, scalars follow the core schema of YAML 1.2: `yes` and
`2024-05-01` are texts, an unquoted `330000` is a number. A key written twice, an anchor or a tag is
a finding, never a guess.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from gateway.definition_files import yaml_values
from gateway.definition_files.codes import Code
from gateway.definition_files.meanings import found
from gateway.definition_files.yaml_values import OUTER, Location, NotYaml
from gateway.errors import Finding

MAX_BYTES: Final = 1024 * 1024
"""The largest definition file. The shipped ones stay under 64 KiB."""

_BARRED: Final = re.compile("[^\t\n\r\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that YAML 1.2 bars, and those that end a line for libyaml but not in YAML 1.2."""

_BREAK: Final = re.compile(r"\r\n|\r|\n")
_WORD: Final = re.compile(r"[-+.~0-9A-Za-z]*")
"""Any number, truth value or null as YAML writes it."""


@dataclass(frozen=True)
class Place:
    """Where something stands, counted from 1."""

    line: int
    column: int


@dataclass(frozen=True, eq=False)
class Writing:
    """What a file holds, as it was read.

    spots: of each key and value, in the order of the file. outer: of the values near the top, by location.
    """

    content: bytes
    value: object
    spots: Sequence[int]
    outer: Mapping[Location, int]


@dataclass(frozen=True)
class Document:
    """The plain value of one file, or of a part of it, and where every value and key stands."""

    path: str
    value: object
    writing: Writing

    def place(self, location: Location) -> Place | None:
        """Where a value stands; None if nothing was written there."""
        if len(location) <= OUTER:
            return self._at(self.writing.outer.get(location))
        values, _ = _located(self.writing)
        return self._at(values.get(location))

    def key_place(self, location: Location) -> Place | None:
        """Where the key of a value stands."""
        _, keys = _located(self.writing)
        return self._at(keys.get(location))

    def _at(self, spot: int | None) -> Place | None:
        return None if spot is None else Place(*yaml_values.line_and_column(spot))

    def finding(self, location: Location, message: str, code: Code = Code.DOES_NOT_FIT) -> Finding:
        """A problem of the value at `location`, or of the nearest value around it that was written."""
        written = location
        while (place := self.place(written)) is None and written:
            written = written[:-1]
        return _finding(self.path, place or Place(1, 1), location, message, code)

    def key_finding(self, location: Location, message: str, code: Code) -> Finding:
        """A problem of the key at `location`."""
        return _finding(self.path, self.key_place(location) or Place(1, 1), location, message, code)

    def written(self, location: Location) -> str:
        """The number, truth value or null at `location` as it is written; empty for anything else."""
        place = self.place(location)
        if place is None:
            return ""
        line = _BREAK.split(self.writing.content.decode("utf-8-sig"))[place.line - 1]
        found = _WORD.match(line, place.column - 1)
        return found[0] if found else ""


def spelled(location: Location) -> str:
    """Spell a location as people write it: `recognition[3].fields[0]`."""
    steps = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in location)
    return "".join(steps).removeprefix(".")


def read(path: str, content: bytes) -> tuple[Document | None, tuple[Finding, ...]]:
    """Read one file.

    path: relative to the definitions root, for the findings.
    Returns the document and what is wrong with its YAML; no document if it cannot be read at all.
    """
    if len(content) > MAX_BYTES:
        message = f"the file has {len(content)} bytes; at most {MAX_BYTES} are read."
        return None, (found(path, 1, 1, message, Code.FILE_TOO_LARGE),)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line, column = _end(content[: error.start].decode("utf-8"))
        return None, (found(path, line, column, f"the file is not UTF-8: {error.reason}.", Code.NOT_UTF8),)
    try:
        if barred := _BARRED.search(text):
            raise NotYaml(*_end(text[: barred.start()]), f"character U+{ord(barred[0]):04X} is not allowed")
        values = yaml_values.read(content)
    except NotYaml as error:
        message = f"the file is not YAML 1.2: {error.problem}."
        return None, (found(path, error.line, error.column, message, Code.NOT_YAML),)
    if not values.spots:
        return None, (found(path, 1, 1, "the file is empty.", Code.FILE_EMPTY),)
    problems = [
        _finding(path, Place(*at), location, said, code) for location, at, said, code in values.problems
    ]
    return Document(path, values.value, Writing(content, values.value, values.spots, values.outer)), tuple(
        problems
    )


def _end(text: str) -> tuple[int, int]:
    """Line and column of the character that follows `text`."""
    return text.count("\n") + 1, len(text) - text.rfind("\n")


def _finding(path: str, place: Place, location: Location, message: str, code: Code) -> Finding:
    prefix = f"{spelled(location)}: " if location else ""
    return found(path, place.line, place.column, prefix + message, code)


@lru_cache(maxsize=8)  # what is said of one file follows one another
def _located(writing: Writing) -> tuple[dict[Location, int], dict[Location, int]]:
    """The spots of values and of keys, by location."""
    values: dict[Location, int] = {}
    keys: dict[Location, int] = {}
    _deal(writing.value, (), iter(writing.spots), values, keys)
    return values, keys


def _deal(
    value: object,
    location: Location,
    spots: Iterator[int],
    values: dict[Location, int],
    keys: dict[Location, int],
) -> None:
    """Give each key and value its spot, in the order in which they were noted."""
    values[location] = next(spots)
    if isinstance(value, dict):
        for key, inner in value.items():
            here = (*location, key)
            keys[here] = next(spots)
            _deal(inner, here, spots, values, keys)
    elif isinstance(value, tuple):
        for index, inner in enumerate(value):
            _deal(inner, (*location, index), spots, values, keys)
