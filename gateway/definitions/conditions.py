"""What a `when:` of a rule may read, and what holds when a value is missing.

A condition is one CEL expression over declared names. It is compiled and type-checked when the files
are loaded; here is what the line needs of it: which names it reads, and the compiled program. No
condition can fail: it is only run with every name it reads, each of its declared type, and the
operators it may use are total.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

AT_REQUEST: Final = "request"
AT_ANSWER: Final = "answer"

TEXT: Final = "text"
DATE: Final = "date"
NUMBER: Final = "number"
FLAG: Final = "flag"
NAMES: Final = "names"

Value = str | int | bool | tuple[str, ...]
Facts = Mapping[str, Value]
"""What is known, by declared name: "request.item" -> "company-change". Claimed values are as written."""

DECLARED: Final[dict[str, tuple[str, str]]] = {
    "request.item": (TEXT, "item"),
    "request.licence_type": (TEXT, "licence type"),
    "request.use_kind": (TEXT, "use kind"),
    "request.purpose": (TEXT, "purpose"),
    "request.legal_basis": (TEXT, "legal basis"),
    "request.consent": (FLAG, ""),
    "request.holder": (TEXT, "holder"),
    "request.asking_division": (TEXT, ""),
    "request.issuing_division": (TEXT, ""),
    "request.fields": (NAMES, ""),
    "request.day": (DATE, ""),
    "answer.outcome": (TEXT, "verification outcome"),
    "answer.licence_state": (TEXT, "licence state"),
    "answer.trust_level": (TEXT, "trust level"),
    "answer.days_in_state": (NUMBER, ""),
    "answer.matched": (NAMES, ""),
    "answer.mismatched": (NAMES, ""),
    "answer.day": (DATE, ""),
}
"""What every condition may read: the kind of the value, and the list its codes come from.

Beside these, `claimed.<field>` is a value the request states and `returned.<field>` one the answer
gives, each with the kind the catalogue declares for that field of the licence type.
"""

_ISO_DATE: Final = re.compile(r"([0-9]{4})-?([0-9]{2})-?([0-9]{2})")
_WHOLE: Final = re.compile(r"-?[0-9]{1,15}")


@dataclass(frozen=True)
class Node:
    """One step of a condition, as CEL's compiler read it.

    kind: "call" (name is CEL's: _&&_, _==_, @in, startsWith ...), "name", "literal" or "list".
    """

    kind: str
    name: str
    literal: str | int | bool
    inner: tuple["Node", ...]


def steps(tree: Node) -> Iterator[Node]:
    """The step itself and all inside it."""
    yield tree
    for inner in tree.inner:
        yield from steps(inner)


@dataclass(frozen=True)
class Read:
    """A name that a condition reads, and the kind its value must have."""

    name: str
    kind: str


@dataclass(frozen=True)
class Condition:
    """One line of a rule's `when:`.

    text: the CEL expression as written. place: file:line of it. stage: when it is judged: with the
    request or with its answer. program: the compiled expression; takes the values of all `reads`.
    """

    text: str
    place: str
    stage: str
    reads: tuple[Read, ...]
    tree: Node
    program: Callable[[dict[str, object]], bool]

    def values(self, facts: Facts) -> tuple[dict[str, object], str | None]:
        """The values it reads, typed, and the first name that is missing or cannot be read as its kind."""
        taken: dict[str, object] = {}
        for read in self.reads:
            value = typed(facts.get(read.name), read.kind)
            if value is None:
                return taken, read.name
            taken[read.name] = value
        return taken, None


def typed(value: Value | None, kind: str) -> object:
    """The value as CEL sees it, or None: dates are texts like "2026-11-02", which compare as they follow."""
    if value is None:
        return None
    if kind == DATE:
        return _date(str(value))
    if kind == NUMBER:
        text = str(value)
        return int(text) if _WHOLE.fullmatch(text) else None
    if kind == NAMES:
        assert isinstance(value, tuple)
        return list(value)
    return value


def _date(text: str) -> str | None:
    found = _ISO_DATE.fullmatch(text)
    if found is None:
        return None
    year, month, day = found[1], found[2], found[3]
    return f"{year}-{month}-{day}" if "01" <= month <= "12" and "01" <= day <= "31" else None


def answered_facts(
    outcome: str,
    licence_state: str | None,
    trust_level: str,
    days_in_state: int | None,
    matched: tuple[str, ...],
    mismatched: tuple[str, ...],
    day: str,
    returned: list[tuple[str, str]],
) -> dict[str, Value]:
    """What a condition on an answer may read. day: "2026-11-02", Shanghai; returned: values by field."""
    facts: dict[str, Value] = {
        "answer.outcome": outcome,
        "answer.trust_level": trust_level,
        "answer.matched": matched,
        "answer.mismatched": mismatched,
        "answer.day": day,
    }
    if licence_state is not None:
        facts["answer.licence_state"] = licence_state
    if days_in_state is not None:
        facts["answer.days_in_state"] = days_in_state
    for field, value in returned:
        facts["returned." + field] = value
    return facts
