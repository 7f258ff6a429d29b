"""Read a YAML 1.2 file as plain values and tell where each of them stands.

Mappings become dicts, lists become tuples, scalars follow the core schema of YAML 1.2: `yes` and
`2024-05-01` are texts, an unquoted `330000` is a number. A key written twice, an anchor or a tag is
a finding, never a guess. libyaml finds the events; what they mean is decided here. Places are looked
up by reading the file again, and only for a finding. The only module that knows PyYAML.
"""

import re
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

from gateway.errors import Finding

Location = tuple[str | int, ...]
"""The way from the top of a file to a value: keys and list positions."""

MAX_BYTES: Final = 1024 * 1024
"""The largest definition file. The shipped ones stay under 64 KiB."""

MAX_DEPTH: Final = 16
"""How deep values may be nested. The shipped files need 5."""

_BARRED: Final = re.compile("[^\t\n\r\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that YAML 1.2 bars, and those that end a line for libyaml but not in YAML 1.2."""

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


@dataclass(frozen=True)
class Place:
    """Where a value stands, counted from 1, and how a scalar is written there."""

    line: int
    column: int
    text: str = ""


@dataclass(frozen=True)
class Document:
    """The plain value of one file, and its bytes, which tell where every value and key of it stands."""

    path: str
    value: object
    content: bytes

    @property
    def places(self) -> Mapping[Location, Place]:
        return _places(self.content)[0]

    @property
    def keys(self) -> Mapping[Location, Place]:
        return _places(self.content)[1]

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
    if barred := _BARRED.search(text):
        line, column = _end(text[: barred.start()])
        return None, (_not_yaml(path, line, column, f"character U+{ord(barred[0]):04X} is not allowed"),)
    tree = _Tree(path, CParser(content).get_event)
    try:
        value = tree.document()
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        problem = f"{error.context}, {error.problem}" if error.context else str(error.problem)
        return None, (_not_yaml(path, mark.line + 1, mark.column + 1, problem),)
    except YAMLError as error:
        return None, (_not_yaml(path, 1, 1, " ".join(str(error).split())),)
    if not tree.has_value:
        return None, (Finding(path, 1, 1, "the file is empty."),)
    return Document(path, value, content), tuple(tree.findings)


@lru_cache(maxsize=8)  # the findings of one file follow one another
def _places(content: bytes) -> tuple[Mapping[Location, Place], Mapping[Location, Place]]:
    """Where every value and every key stands in a file that can be read."""
    tree = _PlacedTree("", CParser(content).get_event)
    tree.document()
    return tree.places, tree.keys


def _not_yaml(path: str, line: int, column: int, problem: str) -> Finding:
    return Finding(path, line, column, f"the file is not YAML 1.2: {problem}.")


def _end(text: str) -> tuple[int, int]:
    """Line and column of the character that follows `text`."""
    return text.count("\n") + 1, len(text) - text.rfind("\n")


@dataclass
class _Tree:
    """Folds events into plain values, noting findings on the way."""

    path: str
    event: Callable[[], Any]
    """The next event; they bear no types."""
    has_value: bool = False
    findings: list[Finding] = field(default_factory=list)

    def document(self) -> object:
        """The value of the only document, or None if there is none."""
        value = None
        while not isinstance(event := self.event(), StreamEndEvent):
            if isinstance(event, NodeEvent):
                value = self.value(event, ())
                self.has_value = True
            elif isinstance(event, DocumentStartEvent) and self.has_value:
                raise MarkedYAMLError(problem="a second document begins", problem_mark=event.start_mark)
        return value

    def value(self, event: Any, location: Location) -> object:
        if len(location) > MAX_DEPTH:
            problem = f"values are nested more than {MAX_DEPTH} deep"
            raise MarkedYAMLError(problem=problem, problem_mark=event.start_mark)
        if type(event) is AliasEvent:
            self._refuse(event, location, f'"*{event.anchor}" is an alias; write the value out.')
            return None
        if event.anchor is not None:
            self._refuse(event, location, f'"&{event.anchor}" is an anchor; write the value without it.')
        if event.tag is not None:
            self._refuse(event, location, f'"{event.tag}" is a tag; write the value without it.')
        if type(event) is ScalarEvent:
            return _plain(event.value) if event.implicit[0] else event.value  # else quoted or a block
        if type(event) is MappingStartEvent:
            return self._mapping(location)
        return tuple(self._items(location))

    def _items(self, location: Location) -> list[object]:
        items: list[object] = []
        while type(event := self.event()) is not SequenceEndEvent:
            items.append(self.value(event, (*location, len(items))))
        return items

    def _mapping(self, location: Location) -> dict[str, object]:
        values: dict[str, object] = {}
        lines: dict[str, int] = {}
        while type(event := self.event()) is not MappingEndEvent:
            if type(event) is not ScalarEvent:
                self._refuse(event, location, "a key is a list or a mapping; a text is wanted.")
                self.value(event, (*location, "?"))
                self.value(self.event(), (*location, "?"))
                continue
            key = _once(event.value)
            if key in lines:
                message = f"the key is written twice (first in line {lines[key]})."
                self._refuse(event, (*location, key), message)
                self.value(self.event(), (*location, key, "again"))
                continue
            lines[key] = event.start_mark.line + 1
            values[key] = self.entry(event, (*location, key))
        return values

    def entry(self, _key: Any, location: Location) -> object:
        """The value behind this key."""
        return self.value(self.event(), location)

    def _refuse(self, event: Any, location: Location, message: str) -> None:
        self.findings.append(_finding(self.path, _place(event), location, message))


@dataclass
class _PlacedTree(_Tree):
    """The same, noting where everything stands."""

    places: dict[Location, Place] = field(default_factory=dict)
    keys: dict[Location, Place] = field(default_factory=dict)

    def value(self, event: Any, location: Location) -> object:
        self.places[location] = _place(event)
        return super().value(event, location)

    def entry(self, _key: Any, location: Location) -> object:
        self.keys[location] = _place(_key)
        value = super().entry(_key, location)
        if value is None and not self.places[location].text:
            self.places[location] = self.keys[location]  # what is not written has no place of its own
        return value


def _finding(path: str, place: Place, location: Location, message: str) -> Finding:
    prefix = f"{spelled(location)}: " if location else ""
    return Finding(path, place.line, place.column, prefix + message)


def _place(event: Any) -> Place:
    text = event.value if isinstance(event, ScalarEvent) else ""
    return Place(event.start_mark.line + 1, event.start_mark.column + 1, text)


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
