"""What one side accepts and the other does not: for each licence type, in which dimension they differ.

A rule of one direction is held against the rules of the other that speak on the same licence type and
item, with the scopes turned round; the one that gives most counts.
"""

from dataclasses import dataclass

from gateway.definitions import ANY_ITEM, Definitions, ItemName, RecognitionRule, RuleId
from gateway.definitions.book import scope_prefixes
from gateway.law.differences import given_beyond
from gateway.law.grid import Cell, Direction, Period, day_of, direction
from gateway.law.samples import choices

NOT_ISSUED = "not issued"
NO_RULE = "no rule"
NO_ITEM = "no rule for the item"
LESS = "less"
DENIED = "denied"


@dataclass(frozen=True)
class Asymmetry:
    """`rule` accepts a licence type, and the other direction less of it, or none.

    kind: the other side issues no such licence; it has no rule; it has none for these items; it denies
    some of it by a rule; or less.
    items: those that the kind is about. less: what it lacks, in words. other: the rule held against, if
    there is one. reason: the rule's own `one_sided`.
    """

    licence_type: str
    rule: RecognitionRule
    kind: str
    items: tuple[str, ...]
    less: tuple[str, ...]
    other: RecognitionRule | None
    reason: str


def asymmetries(
    definitions: Definitions, asking: str, issuing: str, at: int, only: str | None = None
) -> tuple[Asymmetry, ...]:
    """What `asking` accepts from `issuing` on that day, and not the other way round."""
    way, back = direction(definitions, asking, issuing), direction(definitions, issuing, asking)
    found = _denied(way, back, at, only)
    found += [
        one
        for rule in _in_force(way, at)
        for name in sorted(rule.licence_types)
        if only is None or name == only
        for one in _of_rule(definitions, back, rule, str(name), at)
    ]
    return tuple(sorted(found, key=lambda one: (one.licence_type, one.rule.id, one.kind)))


def _in_force(way: Direction, at: int, deny: bool = False) -> tuple[RecognitionRule, ...]:
    return tuple(
        rule
        for rule in way.rules
        if (rule.effect == "deny") is deny and Period(rule.effective_from, rule.effective_to).holds(at)
    )


def _of_rule(
    definitions: Definitions, back: Direction, rule: RecognitionRule, name: str, at: int
) -> list[Asymmetry]:
    others = [one for one in _in_force(back, at) if name in one.licence_types]
    items = tuple(sorted(rule.items))
    if not others:
        kind = NO_RULE if name in back.issuing.issues else NOT_ISSUED
        return [Asymmetry(name, rule, kind, items, _coming(back, name, at), None, rule.one_sided)]
    found: list[Asymmetry] = []
    lacking = tuple(item for item in items if not any(_speaks_on(one, item) for one in others))
    if lacking:
        found.append(Asymmetry(name, rule, NO_ITEM, lacking, (), None, rule.one_sided))
    groups: dict[tuple[tuple[RuleId, int], tuple[str, ...]], list[str]] = {}
    rules = {(one.id, one.version): one for one in others}
    for item in items:
        if item not in lacking:
            best, less = _closest(definitions, rule, name, item, others, at)
            groups.setdefault(((best.id, best.version), less), []).append(item)
    for (key, less), own in groups.items():
        if less:
            found.append(Asymmetry(name, rule, LESS, tuple(own), less, rules[key], rule.one_sided))
    return found


def _coming(back: Direction, name: str, at: int) -> tuple[str, ...]:
    """What is agreed of this type for later."""
    begins = [rule.effective_from for rule in back.rules if name in rule.licence_types]
    later = [one for one in begins if one > at]
    return (f"anything before {day_of(min(later))}",) if later else ()


def _speaks_on(rule: RecognitionRule, item: str) -> bool:
    return ANY_ITEM in rule.items or item in rule.items


def _closest(
    definitions: Definitions,
    rule: RecognitionRule,
    name: str,
    item: str,
    others: list[RecognitionRule],
    at: int,
) -> tuple[RecognitionRule, tuple[str, ...]]:
    """The rule of the other direction that lacks least, and what it lacks."""
    speaking = [one for one in others if _speaks_on(one, item)]
    told = [(_lacks(definitions, rule, one, name, item, at), one) for one in speaking]
    less, best = min(told, key=lambda one: (len(one[0]), one[1].id))
    return best, less


def _lacks(
    definitions: Definitions, rule: RecognitionRule, other: RecognitionRule, name: str, item: str, at: int
) -> tuple[str, ...]:
    holders = next((one.holders for key, one in definitions.licence_types.items() if key == name), ())
    cell = Cell(name, item, Period(at, None), (rule.recognising_scope[0], rule.issuing_scope[0]))
    found = [one.words for one in given_beyond(rule, other, choices(cell, rule, holders), holders)]
    if not _covers(other.issuing_scope, rule.recognising_scope):
        found.append(f"licences of all {' '.join(rule.recognising_scope)}")
    if not _covers(other.recognising_scope, rule.issuing_scope):
        found.append(f"questions of all {' '.join(rule.issuing_scope)}")
    end = other.effective_to
    if end is not None and (rule.effective_to is None or end < rule.effective_to):
        found.append(f"anything from {day_of(end)} on")
    return tuple(found)


def _covers(wide: tuple[str, ...], narrow: tuple[str, ...]) -> bool:
    return all(prefix.startswith(scope_prefixes(wide)) for prefix in scope_prefixes(narrow))


def _denied(way: Direction, back: Direction, at: int, only: str | None) -> list[Asymmetry]:
    """Rules of the other direction that deny what this direction denies nowhere."""
    here = _in_force(way, at, deny=True)
    found: list[Asymmetry] = []
    for rule in _in_force(back, at, deny=True):
        for name in sorted(map(str, rule.licence_types)):
            mirrored = any(name in one.licence_types and one.items >= rule.items for one in here)
            given = [one for one in _in_force(way, at) if name in one.licence_types]
            items = tuple(sorted({item for one in given for item in _shared(one, rule)}))
            if items and not mirrored and only in (None, name):
                found.append(Asymmetry(name, given[0], DENIED, items, (), rule, given[0].one_sided))
    return found


def _shared(one: RecognitionRule, other: RecognitionRule) -> frozenset[ItemName]:
    if ANY_ITEM in one.items:
        return other.items
    return one.items if ANY_ITEM in other.items else one.items & other.items
