"""Read a YAML 1.2 file as plain values and remember where each of them stands.

Mappings become dicts, lists become tuples, scalars follow the core schema of YAML 1.2: `yes` and
`2024-05-01` are texts, an unquoted `330000` is a number. A key written twice, an anchor or a tag is
a finding, never a guess. The only module that knows ruamel.yaml.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceEndEvent,
)
from ruamel.yaml.reader import ReaderError

from gateway.errors import Finding

Location = tuple[str | int, ...]
"""The way from the top of a file to a value: keys and list positions."""

MAX_BYTES: Final = 1024 * 1024
"""The largest definition file. The shipped ones stay under 64 KiB."""

MAX_DEPTH: Final = 16
"""How deep values may be nested. The shipped files need 5."""

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
    """The plain value of one file, and the place of every value and key in it."""

    path: str
    value: object
    places: Mapping[Location, Place]
    keys: Mapping[Location, Place]

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


@lru_cache(maxsize=256)  # reading takes most of the time of loading, and between two loads few files change
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
    tree = _Tree(path, YAML(typ="safe", pure=True).parse(text))
    try:
        value = tree.document()
    except YAMLError as error:
        return None, (_not_yaml(path, error, text),)
    if () not in tree.places:
        return None, (Finding(path, 1, 1, "the file is empty."),)
    return Document(path, value, tree.places, tree.keys), tuple(tree.findings)


def _not_yaml(path: str, error: YAMLError, text: str) -> Finding:
    line, column, problem = 1, 1, " ".join(str(error).split())
    if isinstance(error, ReaderError):
        line, column = _end(text[: error.position])
        problem = f"character U+{error.character:04X} is not allowed"
    elif isinstance(error, MarkedYAMLError) and error.problem_mark is not None:
        line, column = error.problem_mark.line + 1, error.problem_mark.column + 1
        problem = f"{error.context}, {error.problem}" if error.context else str(error.problem)
    return Finding(path, line, column, f"the file is not YAML 1.2: {problem}.")


def _end(text: str) -> tuple[int, int]:
    """Line and column of the character that follows `text`."""
    return text.count("\n") + 1, len(text) - text.rfind("\n")


@dataclass
class _Tree:
    """Folds ruamel's events into plain values, noting places and findings on the way."""

    path: str
    events: Iterator[Any]  # ruamel's events are typed too loosely to help
    places: dict[Location, Place] = field(default_factory=dict)
    keys: dict[Location, Place] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    def document(self) -> object:
        """The value of the only document, or None if there is none."""
        value = None
        for event in self.events:
            if isinstance(event, NodeEvent):
                value = self.value(event, ())
            elif isinstance(event, DocumentStartEvent) and () in self.places:
                raise MarkedYAMLError(problem="a second document begins", problem_mark=event.start_mark)
        return value

    def value(self, event: Any, location: Location) -> object:
        self.places[location] = _place(event)
        if len(location) > MAX_DEPTH:
            problem = f"values are nested more than {MAX_DEPTH} deep"
            raise MarkedYAMLError(problem=problem, problem_mark=event.start_mark)
        if isinstance(event, AliasEvent):
            self._refuse(event, location, f'"*{event.anchor}" is an alias; write the value out.')
            return None
        if event.anchor is not None:
            self._refuse(event, location, f'"&{event.anchor}" is an anchor; write the value without it.')
        if event.tag is not None:
            self._refuse(event, location, f'"{event.tag}" is a tag; write the value without it.')
        if isinstance(event, ScalarEvent):
            return _scalar(event)
        if isinstance(event, MappingStartEvent):
            return dict(self._pairs(location))
        return tuple(self._items(location))

    def _items(self, location: Location) -> Iterator[object]:
        for index, event in enumerate(self.events):
            if isinstance(event, SequenceEndEvent):
                return
            yield self.value(event, (*location, index))

    def _pairs(self, location: Location) -> Iterator[tuple[str, object]]:
        for event in self.events:
            if isinstance(event, MappingEndEvent):
                return
            if not isinstance(event, ScalarEvent):
                self._refuse(event, location, "a key is a list or a mapping; a text is wanted.")
                self.value(event, (*location, "?"))
                self.value(next(self.events), (*location, "?"))
                continue
            here = (*location, event.value)
            if here in self.keys:
                first = self.keys[here].line
                self._refuse(event, here, f"the key is written twice (first in line {first}).")
                self.value(next(self.events), (*here, "again"))
                continue
            self.keys[here] = _place(event)
            value = self.value(next(self.events), here)
            if value is None and not self.places[here].text:
                self.places[here] = self.keys[here]  # ruamel puts what is not written behind the next break
            yield event.value, value

    def _refuse(self, event: Event, location: Location, message: str) -> None:
        self.findings.append(_finding(self.path, _place(event), location, message))


def _finding(path: str, place: Place, location: Location, message: str) -> Finding:
    prefix = f"{spelled(location)}: " if location else ""
    return Finding(path, place.line, place.column, prefix + message)


def _place(event: Event) -> Place:
    text = event.value if isinstance(event, ScalarEvent) else ""
    return Place(event.start_mark.line + 1, event.start_mark.column + 1, text)


def _scalar(event: ScalarEvent) -> object:
    text: str = event.value
    if not event.implicit[0]:  # it is quoted or a block
        return text
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    for pattern, convert in _NUMBERS:
        if pattern.fullmatch(text):
            return convert(text)
    return text
