"""Who accepts what from whom, on one day: for each directed pair the licence types, and how far."""

from collections import defaultdict
from dataclasses import dataclass

from gateway.definitions import REVIEW, Definitions, RecognitionRule, RegionName
from gateway.definitions.book import Book
from gateway.errors import Refused
from gateway.law.grid import Period
from gateway.recognition import Question, rule_for


@dataclass(frozen=True)
class Accepted:
    """How far one licence type is accepted.

    by_review: a clerk decides, wherever it is accepted. in_part: only in narrower scopes than the whole
    regions. denied: some of it is taken out by a rule that denies. until: the day all of it ends, in
    milliseconds. rules: that allow it.
    """

    by_review: bool
    in_part: bool
    denied: bool
    until: int | None
    rules: tuple[RecognitionRule, ...]


@dataclass(frozen=True)
class Matrix:
    """cells: by (recognising, issuing), then by licence type; a pair without a type is not in it."""

    at: int
    regions: tuple[RegionName, ...]
    cells: dict[tuple[RegionName, RegionName], dict[str, Accepted]]


def matrix(definitions: Definitions, book: Book, at: int, only: str | None = None) -> Matrix:
    """Every pair on one day. at: milliseconds since the epoch. only: one licence type."""
    in_force: dict[tuple[RegionName, RegionName], dict[str, list[RecognitionRule]]] = defaultdict(
        lambda: defaultdict(list)
    )
    for agreement in definitions.agreements:
        for rule in agreement.recognition:
            if Period(rule.effective_from, rule.effective_to).holds(at):
                for name in rule.licence_types if only is None else rule.licence_types & {only}:
                    in_force[rule.recognising, rule.issuing][str(name)].append(rule)
    cells = {}
    for pair, types in in_force.items():
        found = {name: _accepted(definitions, book, name, rules, at) for name, rules in sorted(types.items())}
        told = {name: one for name, one in found.items() if one is not None}
        if told:
            cells[pair] = told
    return Matrix(at, tuple(sorted(definitions.regions)), cells)


def _accepted(
    definitions: Definitions, book: Book, name: str, rules: list[RecognitionRule], at: int
) -> Accepted | None:
    """What is left of the rules on one type once those that deny have spoken."""
    denies = any(rule.effect == "deny" for rule in rules)
    allowing = [rule for rule in rules if rule.effect != "deny"]
    if denies:
        allowing = [rule for rule in allowing if _speaks_somewhere(definitions, book, name, rule, at)]
    if not allowing:
        return None
    ends = [rule.effective_to for rule in allowing]
    last = [end for end in ends if end is not None]
    return Accepted(
        by_review=all(rule.effect == REVIEW for rule in allowing),
        in_part=not any(_is_whole(definitions, rule) for rule in allowing),
        denied=denies,
        until=max(last) if len(last) == len(ends) else None,
        rules=tuple(allowing),
    )


def _is_whole(definitions: Definitions, rule: RecognitionRule) -> bool:
    regions = definitions.regions
    return (
        regions[rule.recognising].division in rule.recognising_scope
        and regions[rule.issuing].division in rule.issuing_scope
    )


def _speaks_somewhere(
    definitions: Definitions, book: Book, name: str, rule: RecognitionRule, at: int
) -> bool:
    """Whether recognition finds a rule that allows, asked for one of its items at one of its own places."""
    items = sorted(definitions.items) if "*" in rule.items else sorted(rule.items)
    for item in items:
        for asking in rule.recognising_scope:
            for issuing in rule.issuing_scope:
                question = Question(
                    rule.recognising, rule.issuing, asking, issuing, name, item,
                    "", "", "", False, (), "", at,
                )  # fmt: skip
                try:
                    rule_for(book, question)
                except Refused:
                    continue
                return True
    return False
