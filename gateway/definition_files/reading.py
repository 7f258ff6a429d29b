"""Read a YAML 1.2 file as plain values and tell where each of them stands.

Mappings become dicts, lists become tuples, scalars follow the core schema of YAML 1.2: `yes` and
`2024-05-01` are texts, an unquoted `330000` is a number. A key written twice, an anchor or a tag is
a finding, never a guess.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from gateway.definition_files import yaml_values
from gateway.definition_files.yaml_values import Location, NotYaml
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
    """Where a value stands, counted from 1, and how a scalar is written there."""

    line: int
    column: int
    text: str = ""


@dataclass(frozen=True, eq=False)
class Writing:
    """What a file holds, as it was read. spots: of each key and value, in the order of the file."""

    content: bytes
    value: object
    spots: Sequence[int]


@dataclass(frozen=True)
class Document:
    """The plain value of one file, or of a part of it, and where every value and key stands."""

    path: str
    value: object
    writing: Writing

    @property
    def places(self) -> Mapping[Location, Place]:
        """Of every value."""
        return _placed(self.writing)[0]

    @property
    def keys(self) -> Mapping[Location, Place]:
        """Of every key."""
        return _placed(self.writing)[1]

    def finding(self, location: Location, message: str) -> Finding:
        """A problem of the value at `location`, or of the nearest value around it that was written."""
        written = location
        while written and written not in self.places:
            written = written[:-1]
        return _finding(self.path, self.places.get(written, Place(1, 1)), location, message)

    def key_finding(self, location: Location, message: str) -> Finding:
        """A problem of the key at `location`."""
        return _finding(self.path, self.keys[location], location, message)

    def written(self, location: Location) -> str:
        """The scalar at `location` as it is written, without its quotes."""
        return self.places[location].text if location in self.places else ""


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
        return None, (Finding(path, 1, 1, message),)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line, column = _end(content[: error.start].decode("utf-8"))
        return None, (Finding(path, line, column, f"the file is not UTF-8: {error.reason}."),)
    try:
        if barred := _BARRED.search(text):
            raise NotYaml(*_end(text[: barred.start()]), f"character U+{ord(barred[0]):04X} is not allowed")
        values = yaml_values.read(content)
    except NotYaml as error:
        message = f"the file is not YAML 1.2: {error.problem}."
        return None, (Finding(path, error.line, error.column, message),)
    if not values.spots:
        return None, (Finding(path, 1, 1, "the file is empty."),)
    found = (_finding(path, Place(*at), location, said) for location, at, said in values.problems)
    return Document(path, values.value, Writing(content, values.value, values.spots)), tuple(found)


def _end(text: str) -> tuple[int, int]:
    """Line and column of the character that follows `text`."""
    return text.count("\n") + 1, len(text) - text.rfind("\n")


def _finding(path: str, place: Place, location: Location, message: str) -> Finding:
    prefix = f"{spelled(location)}: " if location else ""
    return Finding(path, place.line, place.column, prefix + message)


@lru_cache(maxsize=8)  # what is said of one file follows one another
def _placed(writing: Writing) -> tuple[dict[Location, Place], dict[Location, Place]]:
    """The places of values and of keys, by location: the spots dealt out in the order they were noted."""
    lines = _BREAK.split(writing.content.decode("utf-8-sig"))
    spots = map(yaml_values.line_and_column, writing.spots)
    places: dict[Location, Place] = {}
    keys: dict[Location, Place] = {}

    def deal(value: object, location: Location) -> None:
        line, column = next(spots)
        places[location] = Place(line, column, _written(value, lines[line - 1], column))
        if isinstance(value, dict):
            for key, inner in value.items():
                here = (*location, key)
                keys[here] = Place(*next(spots), key)
                deal(inner, here)
        elif isinstance(value, tuple):
            for index, inner in enumerate(value):
                deal(inner, (*location, index))

    deal(writing.value, ())
    return places, keys


def _written(value: object, line: str, column: int) -> str:
    """A scalar as it is written, without its quotes; what is no text is written in one word."""
    if isinstance(value, str):
        return value
    if isinstance(value, dict | tuple):
        return ""
    found = _WORD.match(line, column - 1)
    return found[0] if found else ""
