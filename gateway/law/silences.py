"""Cells on which no rule speaks, told apart: holes in what is otherwise agreed, and plain silence."""

from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Final

from gateway.definitions import RecognitionRule
from gateway.law import samples
from gateway.law.asking import Asked
from gateway.law.grid import At, Direction, Period, Place, Spoken

TIME: Final = "time"
PLACE: Final = "place"
ITEM: Final = "item"
NOT_YET: Final = "not yet"
ENDED: Final = "ended"
OTHER_ITEM: Final = "other item"
HOLES: Final = (TIME, PLACE)
"""The kinds of silence that lie inside what is otherwise agreed.

time: there was a rule before and there is one after. place: there is one for other divisions. The other
kinds are plain silence. item: there is a rule for other items, and this item too takes the licence as a
material. not yet, ended: no rule before, none after. other item: it does not ask for this licence.
"""


@dataclass(frozen=True)
class Silence:
    """Cells of one kind: these items, in this period, at these places.

    beside: the nearest rule that does speak; sample asks what it would allow.
    """

    kind: str
    licence_type: str
    items: tuple[str, ...]
    period: Period
    places: tuple[Place, ...]
    beside: RecognitionRule
    sample: Asked


def silences(way: Direction, looked: Spoken) -> Iterator[Silence]:
    """All cells of one licence type on which no rule speaks, each in exactly one silence."""
    granted = {item: looked.granted(item) for item in looked.rules}
    groups: dict[tuple[str, frozenset[At]], list[str]] = defaultdict(list)
    for item in looked.rules:
        by_kind: dict[str, set[At]] = defaultdict(set)
        for at, rules in looked.rules[item].items():
            if not rules:
                by_kind[_kind(looked, granted[item], item, at)].add(at)
        for kind, cells in by_kind.items():
            groups[kind, frozenset(cells)].append(item)
    for (kind, group), items in groups.items():
        for first, last, places in _runs(group):
            beside = _nearest(way, looked, granted, items[0], first)
            cell = looked.cell(items[0], (first, places[0]))
            period = Period(looked.periods[first].begins, looked.periods[last].ends)
            sample = samples.asked(way, cell, beside, looked.holders)
            yield Silence(kind, looked.licence_type, tuple(items), period, places, beside, sample)


def _kind(looked: Spoken, own: dict[At, RecognitionRule], item: str, at: At) -> str:
    if not own:
        return ITEM if looked.licence_type in looked.items[item] else OTHER_ITEM
    if _side(at[0], {index for index, place in own if place == at[1]}) == TIME:
        return TIME
    anywhere = {index for index, _ in own}
    return PLACE if at[0] in anywhere else _side(at[0], anywhere)


def _side(index: int, spoken: Collection[int]) -> str:
    """Where a silent period lies beside those in which a rule speaks."""
    before = any(one < index for one in spoken)
    after = any(one > index for one in spoken)
    if before and after:
        return TIME
    return ENDED if before else NOT_YET


def _runs(cells: frozenset[At]) -> Iterator[tuple[int, int, tuple[Place, ...]]]:
    """Periods that follow each other with the same places, as one: first, last, places."""
    by_period: dict[int, set[Place]] = defaultdict(set)
    for index, place in cells:
        by_period[index].add(place)
    first = None
    for index in sorted(by_period):
        first = index if first is None else first
        if by_period.get(index + 1) != by_period[index]:
            yield first, index, tuple(sorted(by_period[index]))
            first = None


def _nearest(
    way: Direction, looked: Spoken, granted: dict[str, dict[At, RecognitionRule]], item: str, index: int
) -> RecognitionRule:
    """The rule that speaks closest to this silence: for the item if one does, and nearest in time."""
    cells = granted[item] or {at: rule for own in granted.values() for at, rule in own.items()}
    if cells:
        return min(cells.items(), key=lambda one: (abs(one[0][0] - index), one[0]))[1]
    named = (one for one in way.rules if looked.licence_type in one.licence_types)
    return next(rule for rule in named if rule.effect != "deny")
