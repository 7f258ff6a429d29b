"""The values at which conditions turn: for each name they read, below, at and above each literal.

What a condition reads of the question itself (its item, its divisions, its day ...) is given by the cell,
what the rule limits (use kind, state ...) varies within its limits; a value left out is one more value.
"""

import datetime
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain, islice, product
from math import prod
from typing import Final

from gateway.definitions import NO, REVIEW, YES, RecognitionRule
from gateway.definitions.conditions import DATE, FLAG, NAMES, NUMBER, Condition, Facts, Node, Value

MOST: Final = 20_000
"""Combinations of values that are looked at for one pair of rules; more are cut off, and said to be."""

_DAY: Final = "2026-01-01"
Choices = Mapping[str, tuple[Value | None, ...]]
"""By declared name, the values that a question of the cell can have there; None is one left out."""


def conditions_of(rules: Iterable[RecognitionRule]) -> tuple[Condition, ...]:
    return tuple(chain.from_iterable((*rule.asked_when, *rule.answered_when) for rule in rules))


def combinations(conditions: tuple[Condition, ...], given: Choices) -> Iterator[Facts]:
    """Every combination of the values at which these conditions turn, given what the question leaves."""
    values_of = _choices(conditions, given)
    for values in islice(product(*values_of.values()), MOST):
        yield {name: value for name, value in zip(values_of, values, strict=True) if value is not None}


def are_cut(conditions: tuple[Condition, ...], given: Choices) -> bool:
    """Whether there are more combinations than are looked at."""
    return prod(len(values) for values in _choices(conditions, given).values()) > MOST


def _choices(conditions: tuple[Condition, ...], given: Choices) -> dict[str, tuple[Value | None, ...]]:
    names = {read.name: read.kind for one in conditions for read in one.reads}
    literals = tuple(dict.fromkeys(chain.from_iterable(_literals(one.tree) for one in conditions)))
    return {name: _values(name, kind, literals, given) for name, kind in sorted(names.items())}


def _values(
    name: str, kind: str, literals: tuple[str | int | bool, ...], given: Choices
) -> tuple[Value | None, ...]:
    """A field that may not be asked for is neither claimed nor returned, and neither matches nor differs."""
    if name in given:
        return given[name]
    fields = given["request.fields"][-1]
    assert isinstance(fields, tuple)
    if kind == NAMES:
        return _lists(fields)
    side, _, field = name.partition(".")
    if side == "answer" and name != "answer.days_in_state":
        return _turning(kind, literals)
    if side in ("claimed", "returned") and field not in fields:
        return (None,)
    return (*_turning(kind, literals), None)


def are_asked(rule: RecognitionRule, facts: Facts) -> bool:
    """Whether every condition of the rule on requests holds."""
    return all(_holds(condition, facts, False) for condition in rule.asked_when)


def answered(rule: RecognitionRule, facts: Facts) -> str:
    """What the rule's conditions on answers leave: yes, no, or review where a value is missing."""
    if not all(_holds(condition, facts, rule.missing_is != NO) for condition in rule.answered_when):
        return NO
    missing = any(condition.values(facts)[1] is not None for condition in rule.answered_when)
    return REVIEW if missing else YES


def _holds(condition: Condition, facts: Facts, missing: bool) -> bool:
    values, unknown = condition.values(facts)
    return missing if unknown is not None else condition.program(values)


def _literals(node: Node) -> Iterator[str | int | bool]:
    if node.kind == "literal":
        yield node.literal
    for inner in node.inner:
        yield from _literals(inner)


def _turning(kind: str, literals: tuple[str | int | bool, ...]) -> tuple[Value, ...]:
    numbers = [one for one in literals if isinstance(one, int) and not isinstance(one, bool)]
    texts = [one for one in literals if isinstance(one, str)]
    found: Iterable[Value]
    if kind == FLAG:
        found = (True, False)
    elif kind == NUMBER:
        found = chain.from_iterable((one - 1, one, one + 1) for one in numbers or [0])
    elif kind == DATE:
        found = chain.from_iterable(_around(one) for one in texts or [_DAY])
    else:
        found = chain(texts, (f"{one}·" for one in texts), (f"·{one}" for one in texts), ("·",))
    return tuple(dict.fromkeys(found))


def _around(text: str) -> tuple[str, ...]:
    """The day before, the day and the day after; for the first part of a day, one that begins so."""
    whole = text + _DAY[len(text) :]
    try:
        day = datetime.date.fromisoformat(whole)
    except ValueError:
        return (_DAY,)
    return tuple((day + datetime.timedelta(days=step)).isoformat() for step in (-1, 0, 1))


def _lists(fields: tuple[str, ...]) -> tuple[tuple[str, ...], ...]:
    """None, each alone, and the first two, three ... up to all: every length, and each field in and out."""
    longer = (fields[:length] for length in range(2, len(fields) + 1))
    return ((), *((one,) for one in fields), *longer)
