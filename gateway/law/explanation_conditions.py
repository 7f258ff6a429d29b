"""A condition taken apart: which of its parts hold, and what kind of value stood there.

A small interpreter of the trees that conditions are made of; a property test holds it equal to CEL, which
alone decides. It exists because CEL says only yes or no, and a reader wants to know which part said no.
What it tells of a value is its class, never the value: equal or different, earlier or later, missing.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from gateway.definitions.conditions import DATE, DECLARED, Condition, Facts, Node, typed

Shown = tuple[str, str]
"""A word to be shown: the list it is of, and its code; ("class", ...) for the class of a value."""

AND: Final = "_&&_"
OR: Final = "_||_"
NOT: Final = "!_"
SIZE: Final = "size"
IN: Final = "@in"
MISSING: Final[Shown] = ("class", "missing")

_COMPARISONS: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "_==_": lambda left, right: bool(left == right),
    "_!=_": lambda left, right: bool(left != right),
    "_<_": lambda left, right: bool(left < right),
    "_<=_": lambda left, right: bool(left <= right),
    "_>_": lambda left, right: bool(left > right),
    "_>=_": lambda left, right: bool(left >= right),
    IN: lambda left, right: left in right,
    "startsWith": lambda text, part: bool(text.startswith(part)),
    "endsWith": lambda text, part: bool(text.endswith(part)),
    "contains": lambda text, part: part in text,
}
_ORDERED: Final = frozenset({"_<_", "_<=_", "_>_", "_>=_"})
_LISTED: Final = {name: kind for name, (_, kind) in DECLARED.items() if kind}
"""The list that the codes of a declared name come from: closed codes may be shown."""


@dataclass(frozen=True)
class Part:
    """One step of a condition and what came of it.

    held: None where a value it needs is missing. found: of what class the value was; None for and, or, not.
    """

    node: Node
    held: bool | None
    found: Shown | None
    inner: tuple["Part", ...] = ()


def weighed(condition: Condition, facts: Facts) -> Part:
    """The condition part by part, on these facts."""
    values = {read.name: typed(facts.get(read.name), read.kind) for read in condition.reads}
    dates = {read.name for read in condition.reads if read.kind == DATE}
    return _part(condition.tree, values, dates)


def _part(node: Node, values: Mapping[str, object], dates: set[str]) -> Part:
    if node.kind == "call" and node.name in (AND, OR, NOT):
        inner = tuple(_part(one, values, dates) for one in node.inner)
        return Part(node, _joined(node.name, [part.held for part in inner]), None, inner)
    value = _value(node, values, dates)
    held = value if isinstance(value, bool) else None
    return Part(node, held, _class_of(node, values, dates, held))


def _joined(name: str, held: list[bool | None]) -> bool | None:
    """Yes, no, or unknown: what is missing counts only where it could turn the result."""
    if name == NOT:
        return None if held[0] is None else not held[0]
    decides = name == OR
    if decides in held:
        return decides
    return None if None in held else not decides


def _value(node: Node, values: Mapping[str, object], dates: set[str]) -> Any:
    """What a step is worth; None where a value it needs is missing."""
    if node.kind == "name":
        return values.get(node.name)
    if node.kind == "literal":
        return node.literal
    if node.kind == "call" and node.name in (AND, OR, NOT):
        return _part(node, values, dates).held
    inner = [_value(one, values, dates) for one in node.inner]
    if None in inner:
        return None
    if node.kind == "list":
        return inner
    return len(inner[0]) if node.name == SIZE else _COMPARISONS[node.name](*inner)


def _class_of(node: Node, values: Mapping[str, object], dates: set[str], held: bool | None) -> Shown:
    if held is None:
        return MISSING
    if node.kind != "call":
        return "class", "yes" if held else "no"
    code = next((one.name for one in node.inner if one.name in _LISTED and node.name not in _ORDERED), None)
    if code is not None:
        return _LISTED[code], str(values[code])
    return "class", _compared(node, values, dates, held)


def _compared(node: Node, values: Mapping[str, object], dates: set[str], held: bool) -> str:
    """How the first value stands to the second, in one word."""
    if node.name == IN:
        return "among" if held else "not-among"
    if node.name in ("startsWith", "endsWith", "contains"):
        return "so" if held else "not-so"
    left, right = (_value(one, values, dates) for one in node.inner)
    if left == right:
        return "equal"
    if node.name not in _ORDERED and node.inner[0].name != SIZE:
        return "different"
    words = ("earlier", "later") if any(one.name in dates for one in node.inner) else ("less", "more")
    return words[0] if left < right else words[1]
