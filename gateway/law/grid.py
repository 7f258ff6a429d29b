"""The partition that `gaps` and `laundering` look at: one question for each way the rules can differ.

Between two neighbouring boundaries of the rules nothing changes, so one question of each cell stands for
all of it. A place is a division with the narrower scopes inside it left out: "330400" beside a scope
"330421" stands for the rest of that prefecture. A period runs from one boundary to the next.
"""

import datetime
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from gateway.definitions import Definitions, RecognitionRule, Region
from gateway.definitions.book import Book, PlacedRule, scope_prefix, specificity
from gateway.definitions.conditions import Node
from gateway.slot import DAY_MS, SHANGHAI_OFFSET_MS, iso_day, shanghai_day

_EPOCH: Final = datetime.date(1970, 1, 1).toordinal()


@dataclass(frozen=True)
class Period:
    """From one boundary to the next, half open, in milliseconds; None: since ever, or for ever."""

    begins: int | None
    ends: int | None

    @property
    def sample(self) -> int:
        """A moment inside it: the first, where there is one."""
        if self.begins is not None:
            return self.begins
        return 0 if self.ends is None else self.ends - DAY_MS

    def holds(self, at: int) -> bool:
        return (self.begins is None or self.begins <= at) and (self.ends is None or at < self.ends)


@dataclass(frozen=True)
class Direction:
    """All rules by which `asking` relies on licences of `issuing`."""

    asking: Region
    issuing: Region
    rules: tuple[RecognitionRule, ...]


Place = tuple[str, str]
"""The division that asks, and the division that issued."""


@dataclass(frozen=True)
class Cell:
    """One question of the partition, use aside."""

    licence_type: str
    item: str
    period: Period
    place: Place


def direction(definitions: Definitions, asking: str, issuing: str) -> Direction:
    regions = {str(name): region for name, region in definitions.regions.items()}
    rules = tuple(
        rule
        for agreement in definitions.agreements
        for rule in agreement.recognition
        if (rule.recognising, rule.issuing) == (asking, issuing)
    )
    return Direction(regions[asking], regions[issuing], rules)


def places(region: Region, scopes: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    """A division for the region as a whole and for each scope inside it, the narrower ones left out."""
    own = scope_prefix(region.division)
    inside = {scope_prefix(division) for scope in scopes for division in scope}
    return tuple(sorted(prefix.ljust(6, "0") for prefix in inside | {own} if prefix.startswith(own)))


def pairs_of_places(direction: Direction) -> tuple[Place, ...]:
    asking = places(direction.asking, (rule.recognising_scope for rule in direction.rules))
    issuing = places(direction.issuing, (rule.issuing_scope for rule in direction.rules))
    return tuple((one, other) for one in asking for other in issuing)


def periods(direction: Direction, lapses: Iterable[int] = ()) -> tuple[Period, ...]:
    """lapses: when the instruments behind the rules lapse."""
    turns = sorted({*lapses, *(turn for rule in direction.rules for turn in _turns(rule))})
    edges: list[int | None] = [None, *turns, None]
    return tuple(Period(begins, ends) for begins, ends in pairwise(edges))


def lapses(definitions: Definitions, direction: Direction) -> tuple[int, ...]:
    """When the instruments that rules of this direction rest on lapse."""
    named = {rule.instrument for rule in direction.rules}
    parties = {direction.asking.name, direction.issuing.name}
    return tuple(
        instrument.lapses_at
        for agreement in definitions.agreements
        if set(agreement.regions) == parties
        for instrument in agreement.instruments
        if instrument.id in named and instrument.lapses_at is not None
    )


def _turns(rule: RecognitionRule) -> Iterator[int]:
    yield rule.effective_from
    if rule.effective_to is not None:
        yield rule.effective_to
    for condition in (*rule.asked_when, *rule.answered_when):
        if any(read.name in ("request.day", "answer.day") for read in condition.reads):
            for day in _dates(condition.tree):
                yield from (day, day + DAY_MS)


def _dates(node: Node) -> Iterator[int]:
    if node.kind == "literal" and isinstance(node.literal, str):
        at = midnight(node.literal)
        if at is not None:
            yield at
    for inner in node.inner:
        yield from _dates(inner)


def midnight(iso: str) -> int | None:
    """The moment a day like "2026-11-02" begins in Shanghai; None for any other text."""
    try:
        day = datetime.date.fromisoformat(iso)
    except ValueError:
        return None
    return (day.toordinal() - _EPOCH) * DAY_MS - SHANGHAI_OFFSET_MS


def day_of(at: int) -> str:
    """The day in Shanghai, like "2026-11-02"."""
    return iso_day(shanghai_day(at))


At = tuple[int, Place]
"""The index of a period, and a place."""


@dataclass(frozen=True)
class Spoken:
    """Which rules match in each cell of one licence type; the one that speaks stands first.

    rules: by item, then by period and place; a cell on which no rule speaks has an empty tuple.
    items: of the catalogue, with the licences that serve for them. holders: the kinds the type has.
    """

    licence_type: str
    holders: tuple[str, ...]
    items: dict[str, tuple[str, ...]]
    periods: tuple[Period, ...]
    rules: dict[str, dict[At, tuple[RecognitionRule, ...]]]

    @property
    def cells(self) -> int:
        return sum(len(own) for own in self.rules.values())

    def cell(self, item: str, at: At) -> Cell:
        return Cell(self.licence_type, item, self.periods[at[0]], at[1])

    def granted(self, item: str) -> dict[At, RecognitionRule]:
        """The cells of an item in which a rule speaks that does not deny."""
        own = self.rules[item].items()
        return {at: rules[0] for at, rules in own if rules and rules[0].effect != "deny"}


def spoken(
    definitions: Definitions,
    book: Book,
    direction: Direction,
    licence_type: str,
    all_periods: tuple[Period, ...],
    all_places: tuple[Place, ...],
) -> Spoken:
    """Look at every cell of one licence type."""
    known = {str(name): one for name, one in definitions.licence_types.items()}
    items = {str(name): tuple(map(str, item.materials)) for name, item in definitions.items.items()}
    rules: dict[str, dict[At, tuple[RecognitionRule, ...]]] = {}
    for item in sorted(items):
        placed = book.recognition_rules(direction.asking.name, direction.issuing.name, licence_type, item)
        rules[item] = {
            (index, place): tuple(one.rule for one in placed if _matches(one, period.sample, place))
            for index, period in enumerate(all_periods)
            for place in all_places
        }
    holders = known[licence_type].holders if licence_type in known else ()
    return Spoken(licence_type, holders, items, all_periods, rules)


def speaking(book: Book, direction: Direction, cell: Cell) -> RecognitionRule | None:
    """The rule that speaks in this one cell, also if it denies."""
    placed = book.recognition_rules(
        direction.asking.name, direction.issuing.name, cell.licence_type, cell.item
    )
    return next((one.rule for one in placed if _matches(one, cell.period.sample, cell.place)), None)


def _matches(placed: PlacedRule, at: int, place: Place) -> bool:
    rule = placed.rule
    return (
        Period(rule.effective_from, rule.effective_to).holds(at)
        and place[0].startswith(placed.recognising_prefixes)
        and place[1].startswith(placed.issuing_prefixes)
    )


def of_equal_rank(rules: tuple[RecognitionRule, ...], item: str) -> tuple[RecognitionRule, ...]:
    """Those among rules that match, in rank order, that no scope and no effect puts behind the first."""
    if not rules:
        return ()
    ranks = [specificity(rule, item in rule.items)[:4] for rule in rules]
    return tuple(rule for rule, rank in zip(rules, ranks, strict=True) if rank == ranks[0])
