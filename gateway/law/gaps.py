"""Questions that no rule speaks on, and questions on which two contrary rules of equal rank do.

The partition (see `grid`) is exhaustive over what decides which rule speaks: the licence types that the
issuing region issues, every item of the catalogue, every place and every period that the rules tell apart.
What the rules limit beside that (use kinds, purposes, legal bases, consent, fields, holders, states,
trust, days of grace, values that conditions compare with) is held against each other limit by limit
wherever two rules match, which finds every question the two would answer differently.
"""

from dataclasses import dataclass

from gateway.definitions import LICENCE_STATES, Definitions, RecognitionRule
from gateway.definitions.book import Book
from gateway.law.conflicts import Conflict, contradictions_and_shadows, cut_off, never_held
from gateway.law.grid import (
    Direction,
    Period,
    Place,
    direction,
    lapses,
    pairs_of_places,
    periods,
    spoken,
)
from gateway.law.silences import HOLES, Silence, silences


@dataclass(frozen=True)
class Gaps:
    """What one direction leaves open.

    unnamed: the licence types that no rule allows at all. never: rules whose conditions hold at no value.
    cut: rules whose conditions have more combinations of values than were tried.
    states: those that no rule accepts or reviews. types, items: how many; cells: the product looked at.
    """

    direction: Direction
    types: int
    items: int
    periods: tuple[Period, ...]
    places: tuple[Place, ...]
    cells: int
    unnamed: tuple[str, ...]
    states: tuple[str, ...]
    silences: tuple[Silence, ...]
    contradictions: tuple[Conflict, ...]
    shadows: tuple[Conflict, ...]
    never: tuple[RecognitionRule, ...]
    cut: tuple[RecognitionRule, ...]

    @property
    def holes(self) -> tuple[Silence, ...]:
        return tuple(one for one in self.silences if one.kind in HOLES)


def gaps(definitions: Definitions, book: Book, asking: str, issuing: str, only: str | None = None) -> Gaps:
    """Look at every cell of one direction. only: one licence type."""
    way = direction(definitions, asking, issuing)
    named = {str(name) for rule in way.rules if rule.effect != "deny" for name in rule.licence_types}
    types = sorted({str(name) for name in way.issuing.issues} | named if only is None else {only})
    all_periods = periods(way, lapses(definitions, way))
    all_places = pairs_of_places(way)
    looked = tuple(
        spoken(definitions, book, way, name, all_periods, all_places) for name in types if name in named
    )
    conflicts = [contradictions_and_shadows(way, one) for one in looked]
    return Gaps(
        direction=way,
        types=len(types),
        items=len(definitions.items),
        periods=all_periods,
        places=all_places,
        cells=sum(one.cells for one in looked),
        unnamed=tuple(name for name in types if name not in named),
        states=_unnamed_states(way),
        silences=tuple(silence for one in looked for silence in silences(way, one)),
        contradictions=_merged([conflict for found, _ in conflicts for conflict in found]),
        shadows=_merged([conflict for _, found in conflicts for conflict in found]),
        never=_once([rule for one in looked for rule in never_held(one)]),
        cut=_once([rule for one in looked for rule in cut_off(one)]),
    )


def _unnamed_states(way: Direction) -> tuple[str, ...]:
    taken = {state for rule in way.rules for state in rule.accepted_states | rule.review_states}
    if any(rule.grace_days for rule in way.rules):
        taken.add("EXPIRED")
    return tuple(state for state in LICENCE_STATES if state not in taken)


def _merged(conflicts: list[Conflict]) -> tuple[Conflict, ...]:
    """Two rules are told once, with all licence types they meet on."""
    found: dict[tuple[str, int, str, int, tuple[str, ...]], Conflict] = {}
    for one in conflicts:
        key = (one.first.id, one.first.version, one.second.id, one.second.version, one.items)
        found[key] = found[key].with_types(one.licence_types) if key in found else one
    return tuple(found.values())


def _once(rules: list[RecognitionRule]) -> tuple[RecognitionRule, ...]:
    return tuple({(rule.id, rule.version): rule for rule in rules}.values())
