"""Two rules on one question: contradictions of equal rank, and narrower rules that take something away."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from gateway.definitions import NO, RecognitionRule
from gateway.law import condition_cells, samples
from gateway.law.asking import Asked
from gateway.law.differences import Difference, given_beyond
from gateway.law.grid import Cell, Direction, Period, Place, Spoken, of_equal_rank


@dataclass(frozen=True)
class Conflict:
    """Two rules that match the same question.

    As a contradiction: of equal rank, and not of one mind; only their version numbers decide. As a shadow:
    `first` is narrower and speaks, and does not recognise what `second` gives everybody around it.
    period, place: of the first cell in which they differ, which the sample asks in.
    """

    first: RecognitionRule
    second: RecognitionRule
    licence_types: tuple[str, ...]
    items: tuple[str, ...]
    period: Period
    place: Place
    differences: tuple[Difference, ...]
    sample: Asked

    def with_types(self, more: tuple[str, ...]) -> "Conflict":
        return replace(self, licence_types=(*self.licence_types, *more))


@dataclass(frozen=True)
class _Meeting:
    """Two rules and the cells in which the first speaks and the second matches too."""

    first: RecognitionRule
    second: RecognitionRule
    is_equal: bool
    cells: list[Cell]


def contradictions_and_shadows(way: Direction, looked: Spoken) -> tuple[list[Conflict], list[Conflict]]:
    """Those of one licence type."""
    found: tuple[list[Conflict], list[Conflict]] = [], []
    for meeting in _meetings(looked):
        conflict = _conflict(way, looked, meeting)
        if conflict is not None:
            found[0 if meeting.is_equal else 1].append(conflict)
    return found


def _meetings(looked: Spoken) -> list[_Meeting]:
    found: dict[tuple[str, int, str, int, bool], _Meeting] = {}
    for item, own in looked.rules.items():
        for at, rules in own.items():
            if len(rules) < 2 or rules[0].effect == "deny":
                continue
            equals = of_equal_rank(rules, item)
            for other in rules[1:]:
                if other.effect != "deny":
                    key = (rules[0].id, rules[0].version, other.id, other.version, other in equals)
                    meeting = found.setdefault(key, _Meeting(rules[0], other, key[4], []))
                    meeting.cells.append(looked.cell(item, at))
    return list(found.values())


def _conflict(way: Direction, looked: Spoken, meeting: _Meeting) -> Conflict | None:
    """At the first cell in which the two differ: conditions may read what the cells differ in."""
    first, second = meeting.first, meeting.second
    sides = [(second, first), (first, second)] if meeting.is_equal else [(second, first)]
    for cell in _telling(meeting.cells, (first, second)):
        for wide, narrow in sides:
            given = samples.choices(cell, wide, looked.holders)
            found = given_beyond(wide, narrow, given, looked.holders)
            if found:
                sample = samples.asked(way, cell, wide, looked.holders, found[0], narrow)
                items = tuple(dict.fromkeys(one.item for one in meeting.cells))
                types = (looked.licence_type,)
                return Conflict(first, second, types, items, cell.period, cell.place, found, sample)
    return None


def never_held(looked: Spoken) -> Iterator[RecognitionRule]:
    """Rules that speak somewhere, and whose conditions hold at no value there."""
    for rule, cells in _with_conditions(looked):
        given = [samples.choices(cell, rule, looked.holders) for cell in _telling(cells, (rule,))]
        if not any(_can_hold(rule, one) for one in given):
            yield rule


def _with_conditions(looked: Spoken) -> Iterator[tuple[RecognitionRule, list[Cell]]]:
    """Each rule that has conditions, and where it speaks."""
    found: dict[tuple[str, int], tuple[RecognitionRule, list[Cell]]] = {}
    for item in looked.rules:
        for at, rule in looked.granted(item).items():
            if rule.asked_when or rule.answered_when:
                found.setdefault((rule.id, rule.version), (rule, []))[1].append(looked.cell(item, at))
    yield from found.values()


def _can_hold(rule: RecognitionRule, given: condition_cells.Choices) -> bool:
    return any(
        condition_cells.are_asked(rule, facts) and condition_cells.answered(rule, facts) != NO
        for facts in condition_cells.combinations(condition_cells.conditions_of((rule,)), given)
    )


def cut_off(looked: Spoken) -> Iterator[RecognitionRule]:
    """Rules of which, alone or beside another, not every combination of values was looked at."""
    alone = [((rule,), cells) for rule, cells in _with_conditions(looked)]
    pairs = [((one.first, one.second), one.cells) for one in _meetings(looked)]
    for rules, cells in (*alone, *pairs):
        given = samples.choices(cells[0], rules[-1], looked.holders)
        if condition_cells.are_cut(condition_cells.conditions_of(rules), given):
            yield rules[0]


def _telling(cells: list[Cell], rules: tuple[RecognitionRule, ...]) -> list[Cell]:
    """One cell for each way in which what the conditions read of a cell differs; the first, if none read."""
    names = {read.name for one in condition_cells.conditions_of(rules) for read in one.reads}
    found: dict[tuple[object, ...], Cell] = {}
    for cell in cells:
        asking, issuing = cell.place
        facts = {
            "request.item": cell.item,
            "request.licence_type": cell.licence_type,
            "request.asking_division": asking,
            "request.issuing_division": issuing,
            "request.day": cell.period,
            "answer.day": cell.period,
        }
        found.setdefault(tuple(value for name, value in facts.items() if name in names), cell)
    return list(found.values())
