"""Licences that a region refuses directly and accepts by way of a third region.

A path: C issues a licence of type T. B recognises it for an item J that B decides, takes T as a material
and issues a licence of type T2 as its result; A recognises T2 of B for an item K. It launders T if T2 is T
itself, or if K takes either as a material, and A would not have recognised T of C for K: because a rule
denies it (denied), because its rule asks more of the licence than B's does (conditional), or because no
rule speaks on it though one does for other items or places (silent; where A never spoke of T of C, nothing
is refused). Only what tells licences apart counts (holder, trust, state, grace, manual
review, conditions on the answer), not what they are used for. One region in between is looked at.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product
from typing import Final, NamedTuple

from gateway.definitions import ANY_ITEM, Definitions, RecognitionRule, Region
from gateway.definitions.book import Book
from gateway.law.differences import OF_THE_LICENCE, Difference, given_beyond
from gateway.law.grid import Cell, Direction, Period, Place, places, speaking
from gateway.law.samples import choices

DENIED: Final = "denied"
CONDITIONAL: Final = "conditional"
SILENT: Final = "silent"
GRADES: Final = (DENIED, CONDITIONAL, SILENT)


@dataclass(frozen=True)
class Path:
    """One way round a refusal; regions by name.

    items: K, for which `refusing` does not recognise `licence_type` of `issuing` and recognises `result`
    of `through`. divisions: of the issuing region, whose licences go this way. by_item: J.
    direct: the rule that refuses, if one does; more: what the direct rule asks beyond `first`, the rule by
    which `through` recognises the licence. second: the rule by which `refusing` recognises the result.
    """

    grade: str
    refusing: str
    issuing: str
    through: str
    licence_type: str
    result: str
    items: tuple[str, ...]
    divisions: tuple[str, ...]
    by_item: str
    direct: RecognitionRule | None
    more: tuple[Difference, ...]
    first: RecognitionRule
    second: RecognitionRule


class _Step(NamedTuple):
    """`through` issues `result` by `by_item`, on the strength of a licence of `issuing`."""

    through: Region
    issuing: Region
    licence_type: str
    result: str
    by_item: str


def laundering(definitions: Definitions, book: Book, at: int, only: str | None = None) -> tuple[Path, ...]:
    """Every path on one day, the worst first. only: one licence type, as it is refused."""
    found = _Search(definitions, book, at, only)
    return tuple(sorted(found.paths(), key=_order))


def _order(path: Path) -> tuple[object, ...]:
    return (
        GRADES.index(path.grade), path.refusing, path.issuing, path.licence_type, path.through,
        path.by_item, path.result, path.first.id, path.second.id,
    )  # fmt: skip


class _Search:
    def __init__(self, definitions: Definitions, book: Book, at: int, only: str | None) -> None:
        self._book = book
        self._period = Period(at, None)
        self._regions = {str(name): region for name, region in definitions.regions.items()}
        self._items = {str(name): item for name, item in definitions.items.items()}
        self._holders = {str(name): one.holders for name, one in definitions.licence_types.items()}
        self._only = only
        self._rules: dict[tuple[str, str, str], list[RecognitionRule]] = defaultdict(list)
        for agreement in definitions.agreements:
            for rule in agreement.recognition:
                if Period(rule.effective_from, rule.effective_to).holds(at):
                    for name in rule.licence_types:
                        self._rules[rule.recognising, rule.issuing, name].append(rule)

    def paths(self) -> Iterator[Path]:
        """Those that differ in nothing but the items or the divisions are one."""
        groups: dict[tuple[object, ...], list[Path]] = defaultdict(list)
        for step in self._steps():
            for refusing in self._regions.values():
                if refusing.name not in (step.through.name, step.issuing.name):
                    for path in self._of_step(step, refusing):
                        direct = path.direct.id if path.direct else ""
                        key = (path.grade, refusing.name, step, direct, path.first.id, path.second.id)
                        groups[key].append(path)
        for group in groups.values():
            items = {item for path in group for item in path.items}
            divisions = {division for path in group for division in path.divisions}
            yield replace(group[0], items=tuple(sorted(items)), divisions=tuple(sorted(divisions)))

    def _steps(self) -> Iterator[_Step]:
        for (through_name, issuing_name, name), rules in self._rules.items():
            through, issuing = self._regions[through_name], self._regions[issuing_name]
            spoken = {str(item) for rule in rules if rule.effect != "deny" for item in rule.items}
            if self._only not in (None, name):
                continue
            for item in sorted(map(str, through.decides)):
                if name in self._items[item].materials and spoken & {item, ANY_ITEM}:
                    for result in self._items[item].results:
                        if result in through.issues:
                            yield _Step(through, issuing, name, str(result), item)

    def _of_step(self, step: _Step, refusing: Region) -> Iterator[Path]:
        straight = self._way(refusing, step.issuing, step.licence_type)
        onward = self._way(refusing, step.through, step.result)
        if not straight.rules or not any(rule.effect != "deny" for rule in onward.rules):
            return
        inward = self._way(step.through, step.issuing, step.licence_type)
        firsts = self._firsts(step, inward, onward, straight)
        asking = places(refusing, (rule.recognising_scope for rule in (*onward.rules, *straight.rules)))
        for item in self._items_of(step, onward):
            for here, (between, there) in product(asking, firsts):
                second = self._speaks(onward, step.result, item, (here, between))
                if second is not None:
                    cell = Cell(step.licence_type, item, self._period, (here, there))
                    yield from self._path(step, straight, firsts[between, there], second, cell)

    def _way(self, asking: Region, issuing: Region, name: str) -> Direction:
        rules = self._rules.get((str(asking.name), str(issuing.name), name), ())
        return Direction(asking, issuing, tuple(rules))

    def _firsts(
        self, step: _Step, inward: Direction, onward: Direction, straight: Direction
    ) -> dict[Place, RecognitionRule]:
        """The rule by which `through` recognises the licence, at each place any of the rules tells apart."""
        between = [rule.recognising_scope for rule in inward.rules]
        between += [rule.issuing_scope for rule in onward.rules]
        there = [rule.issuing_scope for rule in (*inward.rules, *straight.rules)]
        found: dict[Place, RecognitionRule] = {}
        for place in product(places(step.through, between), places(step.issuing, there)):
            rule = self._speaks(inward, step.licence_type, step.by_item, place)
            if rule is not None:
                found[place] = rule
        return found

    def _speaks(self, way: Direction, name: str, item: str, place: Place) -> RecognitionRule | None:
        """The rule that speaks, if it does not deny."""
        rule = speaking(self._book, way, Cell(name, item, self._period, place))
        return None if rule is None or rule.effect == "deny" else rule

    def _items_of(self, step: _Step, onward: Direction) -> Iterator[str]:
        named = {str(item) for rule in onward.rules for item in rule.items}
        for name, item in self._items.items():
            either = {step.licence_type, step.result} <= set(item.materials)
            if (step.licence_type == step.result or either) and named & {name, ANY_ITEM}:
                yield name

    def _path(
        self, step: _Step, straight: Direction, first: RecognitionRule, second: RecognitionRule, cell: Cell
    ) -> Iterator[Path]:
        direct = speaking(self._book, straight, cell)
        more: tuple[Difference, ...] = ()
        grade = SILENT if direct is None else DENIED
        if direct is not None and direct.effect != "deny":
            holders = self._holders.get(step.licence_type, ())
            found = given_beyond(first, direct, choices(cell, first, holders), holders)
            more = tuple(one for one in found if one.dimension in OF_THE_LICENCE)
            grade = CONDITIONAL
            if not more:
                return
        yield Path(
            grade=grade,
            refusing=straight.asking.name,
            issuing=step.issuing.name,
            through=step.through.name,
            licence_type=step.licence_type,
            result=step.result,
            items=(cell.item,),
            divisions=(cell.place[1],),
            by_item=step.by_item,
            direct=direct,
            more=more,
            first=first,
            second=second,
        )
