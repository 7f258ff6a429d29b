"""The smallest change of a question that would be recognised.

Single changes first, then two at once: to codes that rules on the same licence list, fewer fields, consent
given, another day, another state of the licence, a value next to what a condition compares with. Each is
tried on recognition itself; nothing is suggested that it would not recognise. A change of what is asked
costs less than a change of who asks or for what, and the cheapest come first.
"""

import datetime
import itertools
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Final

from gateway.definitions import ANY_ITEM, RecognitionRule
from gateway.definitions.book import Book
from gateway.definitions.conditions import AT_ANSWER, DATE, NUMBER, Condition, steps
from gateway.law.explanation import rules_on
from gateway.law.explanation_asked import Applied, Asked, Found, Matter, is_recognised
from gateway.law.explanation_conditions import Shown
from gateway.slot import DAY_MS

TOLD_AT_MOST: Final = 3
_TRIED_AT_MOST: Final = 120
_COSTS: Final = {
    "consent": 1, "use kind": 1, "mode": 1, "fields": 1, "claimed": 1, "returned": 1, "mismatched": 1,
    "days": 1, "days in state": 1, "answered": 1, "outcome": 1, "purpose": 2, "legal basis": 2,
    "day": 2, "licence state": 2, "trust level": 2,
    "holder": 3, "item": 4, "asking division": 5, "issuing division": 5,
}  # fmt: skip
"""What a change is worth; it only orders the suggestions."""


_HOLDERS: Final = frozenset({"person", "organisation"})


@dataclass(frozen=True)
class Change:
    """One answer of the question changed. dimension: a key of the costs; name: which value, where one is."""

    dimension: str
    to: tuple[Shown, ...]
    apply: Callable[[Matter], Matter]
    name: str = ""

    @property
    def cost(self) -> int:
        return _COSTS[self.dimension]


Suggestion = tuple[Change, ...]
"""Changes that together would be recognised."""


def smallest_changes(book: Book, matter: Matter) -> tuple[Suggestion, ...]:
    """Up to three of the smallest changes, the smallest first; empty if recognised, or if none would do."""
    if is_recognised(book, matter):
        return ()
    changes = sorted(_candidates(book, matter), key=lambda change: change.cost)[:_TRIED_AT_MOST]
    singles = [(change,) for change in changes]
    pairs = (
        pair
        for pair in sorted(itertools.combinations(changes, 2), key=_cost)
        if (pair[0].dimension, pair[0].name) != (pair[1].dimension, pair[1].name)
    )
    return _smallest(_recognised(book, matter, singles)) or _smallest(_recognised(book, matter, pairs))


def applied(matter: Matter, suggestion: Suggestion) -> Matter:
    """The question as it would be with the changes made."""
    for change in suggestion:
        matter = change.apply(matter)
    return matter


def _smallest(found: Iterator[Suggestion]) -> tuple[Suggestion, ...]:
    """The first few, none of which is much larger than the first."""
    told = tuple(itertools.islice(found, TOLD_AT_MOST))
    return tuple(one for one in told if _cost(one) <= _cost(told[0]) + 1)


def _cost(suggestion: Suggestion) -> int:
    return sum(change.cost for change in suggestion)


def _recognised(book: Book, matter: Matter, suggestions: Iterable[Suggestion]) -> Iterator[Suggestion]:
    for suggestion in suggestions:
        if is_recognised(book, applied(matter, suggestion)):
            yield suggestion


def _candidates(book: Book, matter: Matter) -> list[Change]:
    """Every change worth trying, each once."""
    rules = [matter.pinned] if matter.pinned else []
    if matter.asked is not None:
        rules += [rule for rule in rules_on(book, matter.asked) if rule.effect != "deny"]
    changes = [change for rule in rules for change in _towards(rule, matter)]
    if matter.applied is not None:
        changes += _of_application(book, matter.applied)
    return list({(change.dimension, change.name, change.to): change for change in changes}.values())


def _towards(rule: RecognitionRule, matter: Matter) -> Iterator[Change]:
    """Changes that bring a question nearer to what this rule asks for."""
    if matter.asked is not None:
        yield from _of_request(rule, matter.asked)
    if matter.found is not None:
        yield from _of_answer(rule)
        if matter.asked is not None:
            yield from _fewer_answered(matter.found, matter.asked.fields)
    for condition in (*rule.asked_when, *(rule.answered_when if matter.found else ())):
        yield from _of_condition(condition, matter)


def _of_request(rule: RecognitionRule, asked: Asked) -> Iterator[Change]:
    for dimension, attribute, codes in (
        ("purpose", "purpose", rule.purposes),
        ("legal basis", "legal_basis", rule.legal_bases),
        ("use kind", "use_kind", rule.use_kinds),
        ("holder", "holder", rule.holders or _HOLDERS),
        ("item", "item", rule.items - {ANY_ITEM}),
    ):
        for code in sorted(codes):
            if code != getattr(asked, attribute):
                yield _asked_change(dimension, ((dimension, code),), **{attribute: code})
    if not asked.has_consent:
        yield _asked_change("consent", (("class", "given"),), has_consent=True)
    yield from _fewer_fields(rule, asked)
    yield from _other_day(rule, asked)
    for code in rule.recognising_scope:
        yield _asked_change("asking division", (("division", code),), asking_division=code)
    for code in rule.issuing_scope:
        yield _asked_change("issuing division", (("division", code),), issuing_division=code)


def _fewer_fields(rule: RecognitionRule, asked: Asked) -> Iterator[Change]:
    kept = tuple(field for field in asked.fields if field in rule.fields)
    if kept and len(kept) < len(asked.fields):
        left_out = tuple(("field", field) for field in asked.fields if field not in rule.fields)
        claimed = tuple(claim for claim in asked.claimed if claim[0] in kept)
        yield _asked_change("fields", left_out, fields=kept, claimed=claimed)


def _other_day(rule: RecognitionRule, asked: Asked) -> Iterator[Change]:
    """The nearest day on which the rule is in force, if it is not."""
    if asked.arrived_at < rule.effective_from:
        yield _day(rule.effective_from)
    elif rule.effective_to is not None and asked.arrived_at >= rule.effective_to:
        yield _day(rule.effective_to - DAY_MS)


def _day(at: int) -> Change:
    def moved(matter: Matter) -> Matter:
        assert matter.asked is not None
        found = matter.found and replace(matter.found, arrived_at=max(matter.found.arrived_at, at))
        return replace(matter, asked=replace(matter.asked, arrived_at=at), found=found)

    return Change("day", (("instant", str(at)),), moved)


def _of_answer(rule: RecognitionRule) -> Iterator[Change]:
    for state in sorted(rule.accepted_states):
        yield _found_change("licence state", (("licence state", state),), state=state)
    yield _found_change("trust level", (("trust level", rule.least_trust),), trust=rule.least_trust)
    if rule.grace_days:
        yield _found_change("days", (("count", str(rule.grace_days)),), days=rule.grace_days - 1)
    yield _found_change("mismatched", (), mismatched=())


def _fewer_answered(found: Found, granted: tuple[str, ...]) -> Iterator[Change]:
    """The answer without the fields it was not granted."""
    beyond = tuple(field for field in found.named if field not in granted)
    if beyond:
        yield _found_change(
            "answered",
            tuple(("field", field) for field in beyond),
            named=tuple(field for field in found.named if field in granted),
            returned=tuple(one for one in found.returned if one[0] in granted),
        )


def _asked_change(dimension: str, to: tuple[Shown, ...], **changed: Any) -> Change:
    def apply(matter: Matter) -> Matter:
        assert matter.asked is not None
        return replace(matter, asked=replace(matter.asked, **changed))

    return Change(dimension, to, apply)


def _found_change(dimension: str, to: tuple[Shown, ...], name: str = "", **changed: Any) -> Change:
    def apply(matter: Matter) -> Matter:
        assert matter.found is not None
        return replace(matter, found=replace(matter.found, **changed))

    return Change(dimension, to, apply, name)


def _of_application(book: Book, applied: Applied) -> Iterator[Change]:
    for rule in book.service_rules(applied.receiving, applied.deciding, applied.item):
        for dimension, attribute, codes in (
            ("mode", "mode", rule.modes),
            ("legal basis", "legal_basis", rule.legal_bases),
        ):
            for code in sorted(codes):
                yield _applied_change(dimension, ((dimension, code),), **{attribute: code})
        yield _applied_change("consent", (("class", "given"),), has_consent=True)
        for day in (rule.effective_from, (rule.effective_to or rule.effective_from + DAY_MS) - DAY_MS):
            yield _applied_change("day", (("instant", str(day)),), arrived_at=day)


def _applied_change(dimension: str, to: tuple[Shown, ...], **changed: Any) -> Change:
    def apply(matter: Matter) -> Matter:
        assert matter.applied is not None
        return replace(matter, applied=replace(matter.applied, **changed))

    return Change(dimension, to, apply)


# ── values next to what a condition compares with ────────────────────────────────────────────────


def _of_condition(condition: Condition, matter: Matter) -> Iterator[Change]:
    """Another value for each stated or returned field the condition reads, and other closed codes."""
    literals = [str(one.literal) for one in steps(condition.tree) if one.kind == "literal"]
    for read in condition.reads:
        side, _, field = read.name.partition(".")
        values = [near for literal in literals for near in _near(literal, read.kind)]
        for value in dict.fromkeys(values):
            if side == "claimed" and matter.asked is not None and condition.stage != AT_ANSWER:
                yield _stated(field, value)
            elif side == "returned" and matter.found is not None:
                yield _returned(field, value)
            elif read.name == "answer.outcome":
                yield _found_change("outcome", (("verification outcome", value),), outcome=value)
            elif read.name == "answer.days_in_state":
                yield _found_change("days in state", (("count", value),), days=int(value))


def _stated(field: str, value: str) -> Change:
    def apply(matter: Matter) -> Matter:
        assert matter.asked is not None
        fields = matter.asked.fields if field in matter.asked.fields else (*matter.asked.fields, field)
        claimed = tuple(claim for claim in matter.asked.claimed if claim[0] != field)
        return replace(matter, asked=replace(matter.asked, fields=fields, claimed=(*claimed, (field, value))))

    return Change("claimed", (("literal", value),), apply, field)


def _returned(field: str, value: str) -> Change:
    def apply(matter: Matter) -> Matter:
        assert matter.found is not None
        others = tuple(one for one in matter.found.returned if one[0] != field)
        return replace(matter, found=replace(matter.found, returned=(*others, (field, value))))

    return Change("returned", (("literal", value),), apply, field)


def _near(literal: str, kind: str) -> Iterator[str]:
    """A value beside the one compared with, on either side, of the kind that is read."""
    if kind == NUMBER:
        if literal.lstrip("-").isdecimal():
            yield from (literal, str(int(literal) - 1), str(int(literal) + 1))
        return
    yield literal
    if kind == DATE:
        try:
            day = datetime.date.fromisoformat(literal)
        except ValueError:
            return
        yield from ((day + datetime.timedelta(days=step)).isoformat() for step in (-1, 1))
