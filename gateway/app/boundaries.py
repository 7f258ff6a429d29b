"""Questions on both sides of every edge of a rule, made from the rule itself.

For each rule: every entry of every list once, the first and last day and second in force and those
beside them, a leap day, the ends of months, each level of trust, each state, each day of grace around
the last, each scope from inside and outside, and each value a condition compares with: below, at and
above. The eve of a holiday is left out: no calendar of working days is part of the definitions.

What is expected of them is what the rules say now: they hold two readings of a file together, and
`gateway check --suggest` offers those that an agreement's own examples lack.
"""

import datetime
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice, product
from typing import Any, Final

from gateway.app import examples
from gateway.app.boundary_values import Boundary, told, values_of
from gateway.app.rule_mutants import DAY_MS, day_of
from gateway.definition_files import Answer, Application, Request
from gateway.definition_files.fields import midnight
from gateway.definitions import (
    ANY_ITEM,
    LICENCE_STATES,
    TRUST_LEVELS,
    Definitions,
    LicenceTypeName,
    RecognitionRule,
    ServiceRule,
)
from gateway.definitions.book import Book, scope_prefixes

MOST_TRIED: Final = 256
"""Values tried together until all conditions of a rule hold."""


def of_service(rule: ServiceRule) -> Iterator[Boundary]:
    """The edges of a service rule."""
    lists: tuple[list[str], ...] = (sorted(rule.items), sorted(rule.modes), sorted(rule.legal_bases))
    for number in range(max(map(len, lists))):
        item, mode, basis = (names[number % len(names)] for names in lists)
        consent = rule.consent_required or basis == "CONSENT"
        asked = Application(
            rule.receiving, rule.deciding, item, mode, basis, consent, rule.effective_from + number * DAY_MS
        )
        yield Boundary(f"{mode} on {basis}", asked)
        yield Boundary(
            f"{basis} with{'out' if consent else ''} consent", replace(asked, has_consent=not consent)
        )
        if not number:
            for what, at in _moments(rule):
                yield Boundary(what, replace(asked, arrived_at=at))


def of_recognition(rule: RecognitionRule, definitions: Definitions, book: Book) -> Iterator[Boundary]:
    """The edges of a recognition rule, as far as the rule speaks on what is asked."""
    plain = list(_plain(rule, definitions, book))
    yield from plain
    if not plain:
        return
    first = plain[0]
    assert isinstance(first.asked, Request)
    for what, at in _moments(rule):
        yield _at(first, what, at)
    yield from _scopes(first, first.asked, rule, definitions)
    if rule.effect == "deny":
        return
    for basis in sorted(rule.legal_bases):
        for consent, words in ((True, "with"), (False, "without")):
            asked = replace(first.asked, legal_basis=basis, has_consent=consent)
            yield Boundary(f"{basis} {words} consent", asked, first.answer)
    for holder in ("person", "organisation"):
        yield Boundary(f"held by a {holder}", replace(first.asked, holder=holder), first.answer)
    yield from _answers(first, rule)
    yield from _conditions(first, first.asked, rule)


def _plain(rule: RecognitionRule, definitions: Definitions, book: Book) -> Iterator[Boundary]:
    """Every entry of every list at least once, in as few questions as the longest list has entries."""
    model = _model(rule, book)
    for number, entries in enumerate(_entries(rule, model, definitions, book)):
        kind, item, use, purpose, basis, holder, state, issuing, asking = entries
        own = definitions.licence_types[LicenceTypeName(kind)].fields
        asked = Request(
            asking=rule.recognising,
            issuing=rule.issuing,
            licence_type=kind,
            item=item,
            use_kind=use,
            purpose=purpose,
            legal_basis=basis,
            has_consent=model.consent_required or basis == "CONSENT",
            fields=tuple(name for name in own if name in model.fields) or own[:1],
            arrived_at=rule.effective_from + number * DAY_MS,
            asking_division=asking,
            issuing_division=issuing,
            holder=holder,
        )
        answer = Answer(state, rule.least_trust, (), arrived_at=asked.arrived_at)
        made = Boundary(f"{use} for {item} ({purpose})", asked, answer)
        if rule.effect == "deny":
            yield replace(made, answer=None)
        else:
            yield _satisfied(made, rule, book)


def _entries(
    rule: RecognitionRule, model: RecognitionRule, definitions: Definitions, book: Book
) -> Iterator[tuple[str, ...]]:
    lists: tuple[list[str], ...] = (
        [str(name) for name in sorted(rule.licence_types)],
        _items(rule, definitions, book),
        sorted(model.use_kinds) or ["VERIFY"],
        [str(purpose) for purpose in sorted(model.purposes or definitions.purposes)],
        sorted(model.legal_bases) or ["STATUTORY_DUTY"],
        sorted(model.holders) or ["person"],
        sorted(model.accepted_states) or ["VALID"],
        _narrower(rule.issuing_scope, model.issuing_scope),
        _narrower(rule.recognising_scope, model.recognising_scope),
    )
    if all(lists):
        for number in range(max(map(len, lists))):
            yield tuple(names[number % len(names)] for names in lists)


def _model(rule: RecognitionRule, book: Book) -> RecognitionRule:
    """The rule itself; of a denial, the one that would speak without it: its edges show only there."""
    if rule.effect == "deny":
        for kind, item in product(sorted(rule.licence_types), sorted(rule.items)):
            for placed in book.recognition_rules(rule.recognising, rule.issuing, kind, item):
                if placed.rule.effect != "deny":
                    return placed.rule
    return rule


def _narrower(scope: tuple[str, ...], other: tuple[str, ...]) -> list[str]:
    """Divisions of the scope, where the other is inside it those of the other."""
    prefixes = scope_prefixes(scope)
    return [division for division in other if division.startswith(prefixes)] or list(scope)


def _items(rule: RecognitionRule, definitions: Definitions, book: Book) -> list[str]:
    """Its items; of any item, one that no other rule speaks on."""
    if ANY_ITEM not in rule.items:
        return sorted(rule.items)
    kind = min(rule.licence_types)
    first = (
        item
        for item in sorted(definitions.items)
        if any(
            placed.rule is rule and not any(item in one.rule.items for one in found)
            for found in [book.recognition_rules(rule.recognising, rule.issuing, kind, item)]
            for placed in found
        )
    )
    return list(islice(first, 1))


def _at(boundary: Boundary, what: str, at: int) -> Boundary:
    answer = boundary.answer and replace(boundary.answer, arrived_at=at)
    return Boundary(what, replace(boundary.asked, arrived_at=at), answer)


def _moments(rule: RecognitionRule | ServiceRule) -> Iterator[tuple[str, int]]:
    """First and last day and second in force, those beside them; a leap day and the ends of months."""
    begins, ends = rule.effective_from, rule.effective_to
    yield "the first day of the rule", begins
    yield "the day before the rule begins", begins - DAY_MS
    yield "the second before the rule begins", begins - 1000
    if ends is not None:
        yield "the last day of the rule", ends - DAY_MS
        yield "the last second of the rule", ends - 1000
        yield "the first day without the rule", ends
    year = day_of(begins).year
    months = [datetime.date(year + 1, month, 1) for month in range(1, 13)]
    leap = next(one for one in range(year, year + 9) if one % 4 == 0 and (one % 100 or one % 400 == 0))
    for day in (datetime.date(leap, 2, 29), *months, *(one - datetime.timedelta(days=1) for one in months)):
        yield f"{day}", midnight(day)


def _scopes(
    first: Boundary, asked: Request, rule: RecognitionRule, definitions: Definitions
) -> Iterator[Boundary]:
    """From outside each scope: the rest of the region. From inside: the first division below it."""
    for side, region in (("asking_division", rule.recognising), ("issuing_division", rule.issuing)):
        whole = definitions.regions[region].division
        inside = getattr(asked, side)
        yield Boundary(f"{side} {whole}", _moved(asked, side, whole), first.answer)
        below = f"{inside[:4]}01" if inside[4:] == "00" and inside[2:4] != "00" else inside
        yield Boundary(f"{side} {below}", _moved(asked, side, below), first.answer)


def _moved(asked: Request, side: str, division: str) -> Request:
    if side == "asking_division":
        return replace(asked, asking_division=division)
    return replace(asked, issuing_division=division)


def _answers(first: Boundary, rule: RecognitionRule) -> Iterator[Boundary]:
    """Each level of trust, each state, the days around the end of grace."""
    answer = first.answer
    assert answer is not None
    for level in TRUST_LEVELS:
        yield Boundary(f"trust level {level}", first.asked, replace(answer, trust=level))
    for state in LICENCE_STATES:
        yield Boundary(f"state {state}", first.asked, replace(answer, state=state))
    if rule.grace_days:
        for days in (0, rule.grace_days - 1, rule.grace_days, rule.grace_days + 1):
            since = answer.arrived_at - days * DAY_MS
            yield Boundary(
                f"expired for {days} days", first.asked, replace(answer, state="EXPIRED", since=since)
            )
    later = answer.arrived_at if rule.effective_to is None else rule.effective_to
    for state in LICENCE_STATES if later != answer.arrived_at else ():
        after = replace(answer, state=state, arrived_at=later, since=later - 10 * DAY_MS)
        yield Boundary(f"state {state} after the last day of the rule", first.asked, after)


# ── conditions ───────────────────────────────────────────────────────────────────────────────────


def _satisfied(made: Boundary, rule: RecognitionRule, book: Book) -> Boundary:
    """The question with values that all conditions hold for, if a few tries find some."""
    conditions = (*rule.asked_when, *rule.answered_when)
    if not conditions or made.answer is None:
        return made
    second = made
    for tried in _tries(made, values_of(rule)):
        if examples.told(tried.asked, book)[0] == "delivered" and isinstance(tried.asked, Request):
            assert tried.answer is not None
            recognised = examples.told_of_answer(tried.asked, tried.answer, book)[3]
            if recognised == "yes":
                return tried
            second = tried if recognised == "review" and second is made else second
    return second


def _tries(made: Boundary, values: dict[str, list[Any]]) -> Iterator[Boundary]:
    """Each way to give some of these names a value, the others left as they are."""
    for chosen in islice(product(*([None, *one] for one in values.values())), MOST_TRIED):
        tried = made
        for name, value in zip(values, chosen, strict=True):
            tried = tried if value is None else told(tried, name, value)
        yield tried


def _conditions(first: Boundary, asked: Request, rule: RecognitionRule) -> Iterator[Boundary]:
    """Each value that a condition compares with: below, at and above it, left out, and with the others."""
    for name, values in values_of(rule).items():
        for value in values:
            yield replace(told(first, name, value), what=f"{name} is {value}")
        side, _, field = name.partition(".")
        if side == "claimed":
            left = tuple(pair for pair in asked.claimed if pair[0] != field)
            yield replace(first, what=f"{name} is left out", asked=replace(asked, claimed=left))
        if side == "returned" and first.answer:
            kept = tuple(pair for pair in first.answer.values if pair[0] != field)
            yield replace(first, what=f"{name} is left out", answer=replace(first.answer, values=kept))
    for condition in (*rule.asked_when, *rule.answered_when):
        if len(condition.reads) > 1:
            own = {read.name: values_of(rule)[read.name] for read in condition.reads}
            for number, tried in enumerate(_tries(first, own)):
                yield replace(tried, what=f"values {number} of {condition.text}")
