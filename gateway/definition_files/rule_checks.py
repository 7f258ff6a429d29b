"""What only shows when the rules of an agreement are held beside one another.

A rule that never speaks, two that contradict each other, a direction that nobody answers, a version
that changes nothing. Rules are held against those of the same direction and licence type only, so the
time grows with the rules, not with their square.
"""

import datetime
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, product
from typing import Final

from gateway.definition_files.agreement_checks import World
from gateway.definition_files.agreements import AgreementFile, AllowForm, DenyForm, RecognitionForm
from gateway.definition_files.codes import Code
from gateway.definition_files.entries import Entry
from gateway.definition_files.regions import covers
from gateway.definitions import ANY_ITEM
from gateway.definitions.book import scope_prefix
from gateway.errors import Finding

NEVER: Final = datetime.date.max
"""The end of a rule that has none."""

_NOT_COMPARED: Final = {"version", "effective_from", "effective_to", "why", "agreed_on"}
"""What may differ between two versions that say the same."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A rule and the ground it covers.

    issuing, recognising: the first digits of the divisions it speaks of. ends: the first day without
    it, also when a newer version takes over.
    """

    entry: Entry[RecognitionForm]
    issuing: tuple[str, ...]
    recognising: tuple[str, ...]
    ends: datetime.date

    @property
    def form(self) -> RecognitionForm:
        return self.entry.form

    def rank(self, item: str) -> tuple[bool, int, int, bool]:
        """What recognition goes by, smallest first; a newer version is no matter of rank."""
        return (
            item not in self.form.items,
            -min(map(len, self.issuing)),
            -min(map(len, self.recognising)),
            self.form.effect != "deny",
        )


Groups = Mapping[tuple[str, str, str], list[Placed]]


def check(file: AgreementFile, world: World) -> Iterator[Finding]:
    """Hold the rules of one agreement against one another, if all of them could be read."""
    rules = file.recognition
    if file.rule_ids != {rule.form.id for rule in (*rules, *file.services)}:
        return
    groups = _grouped(rules, world)
    unreachable = {id(rule.entry): shadow for rule, shadow in _shadowed(groups, world)}
    for rule in rules:
        if id(rule) in unreachable:
            yield rule.finding(
                f"the rule never speaks: {_named(unreachable[id(rule)])} before it over its whole scope and "
                "time; take it out, or give it what they leave.",
                code=Code.RULE_SHADOWED,
            )
    for group in groups.values():
        yield from _contradictions(group, unreachable)
    for rule in rules:
        if isinstance(rule.form, AllowForm):
            yield from _one_sided(rule, rule.form, groups, world)
    yield from _empty_versions(rules)


def _grouped(rules: Sequence[Entry[RecognitionForm]], world: World) -> Groups:
    """By direction and licence type; rules of places that could not be read are left out."""
    groups: dict[tuple[str, str, str], list[Placed]] = {}
    ends = last_days(rules)
    for rule in rules:
        form = rule.form
        issuing = _prefixes(form.issuing, form.issuing_scope, world)
        recognising = _prefixes(form.recognising, form.recognising_scope, world)
        if issuing and recognising:
            placed = Placed(rule, issuing, recognising, ends[id(rule)])
            for licence_type in form.licence_types:
                groups.setdefault((form.recognising, form.issuing, licence_type), []).append(placed)
    return groups


def last_days(rules: Sequence[Entry[RecognitionForm]]) -> dict[int, datetime.date]:
    """The first day without each rule, by the `id()` of its entry; `NEVER` if it stays."""
    ends: dict[int, datetime.date] = {}
    next_begins: dict[str, datetime.date] = {}
    for rule in sorted(rules, key=lambda rule: -rule.form.version):
        ends[id(rule)] = min(rule.form.effective_to or NEVER, next_begins.get(rule.form.id, NEVER))
        next_begins[rule.form.id] = rule.form.effective_from
    return ends


def _prefixes(region_name: str, scope: str | None, world: World) -> tuple[str, ...]:
    region = world.regions.get(region_name)
    if region is None:
        return ()
    if scope is None:
        return (scope_prefix(region.division),)
    if scope[0].isdecimal():
        return (scope_prefix(scope),)
    members = world.blocs[scope].members if scope in world.blocs else ()
    return tuple(scope_prefix(member) for member in members if covers(region.division, member))


def _shadowed(groups: Groups, world: World) -> Iterator[tuple[Placed, list[Placed]]]:
    """The rules that never speak, each with those that speak in its place."""
    found: dict[int, tuple[Placed, list[Placed]]] = {}
    open_rules: set[int] = set()
    for group in groups.values():
        for rule in group:
            if id(rule.entry) not in open_rules:
                before = _before(rule, group, world) if len(group) > 1 else None
                if before is None:
                    open_rules.add(id(rule.entry))
                else:
                    found.setdefault(id(rule.entry), (rule, []))[1].extend(before)
    return (pair for key, pair in found.items() if key not in open_rules)


def _before(rule: Placed, group: list[Placed], world: World) -> list[Placed] | None:
    """The rules of the group that leave nothing to this one; None if it speaks on something."""
    items = tuple(world.items) if ANY_ITEM in rule.form.items else rule.form.items
    all_before: list[Placed] = []
    for item, issuing, recognising in product(items, rule.issuing, rule.recognising):
        before = [
            other
            for other in group
            if other.form.id != rule.form.id
            and (item in other.form.items or ANY_ITEM in other.form.items)
            and issuing.startswith(other.issuing)
            and recognising.startswith(other.recognising)
            and other.rank(item) < rule.rank(item)
        ]
        if not _cover(before, rule.form.effective_from, rule.ends):
            return None
        all_before.extend(before)
    return all_before or None


def _cover(rules: list[Placed], begins: datetime.date, ends: datetime.date) -> bool:
    """Whether the times of these rules leave no day of the time from `begins` to `ends`."""
    for rule in sorted(rules, key=lambda rule: rule.form.effective_from):
        if rule.form.effective_from <= begins < rule.ends:
            begins = rule.ends
    return begins >= ends


def _named(rules: list[Placed]) -> str:
    names = sorted({(rule.entry.line, rule.form.id) for rule in rules})
    verb = "ranks" if len(names) == 1 else "rank"
    return f"{', '.join(f'{name} (line {line})' for line, name in names)} {verb}"


def _contradictions(group: list[Placed], unreachable: Mapping[int, object]) -> Iterator[Finding]:
    """Two rules of equal scope with different effects, at the same time, for the same item."""
    for one, other in combinations(group, 2):
        if not _contradict(one, other) or id(one.entry) in unreachable or id(other.entry) in unreachable:
            continue
        first, second = sorted((one, other), key=lambda rule: rule.entry.line)
        losing, winning = (first, second) if isinstance(second.form, DenyForm) else (second, first)
        begins = max(one.form.effective_from, other.form.effective_from)
        says = "deny silently wins" if isinstance(winning.form, DenyForm) else "nothing says which one speaks"
        yield losing.entry.finding(
            f"{winning.form.id} (line {winning.entry.line}, {winning.form.effect}) contradicts this rule "
            f"({losing.form.effect}) at equal scope from {begins}: {says}; end one of them, or give one a "
            "narrower scope.",
            "effect",
            code=Code.RULES_CONTRADICT,
        )


def _contradict(one: Placed, other: Placed) -> bool:
    return (
        one.form.effect != other.form.effect
        and one.form.id != other.form.id
        and bool(set(one.form.items) & set(other.form.items))
        and max(one.form.effective_from, other.form.effective_from) < min(one.ends, other.ends)
        and _meet(one.issuing, other.issuing)
        and _meet(one.recognising, other.recognising)
    )


def _meet(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """Whether two scopes are equally wide and share a division."""
    wide = min(map(len, one)) == min(map(len, other))
    return wide and any(a.startswith(b) or b.startswith(a) for a, b in product(one, other))


def _one_sided(
    rule: Entry[RecognitionForm], form: AllowForm, groups: Groups, world: World
) -> Iterator[Finding]:
    """A counterpart recognises the same type for the same item the other way, at some same time."""
    other = world.regions.get(form.recognising)
    if other is None or form.recognising == form.issuing:
        return
    ends = form.effective_to or NEVER
    pairs = [
        (licence_type, item)
        for licence_type, item in product(form.licence_types, form.items)
        if licence_type in other.issues
    ]
    missing = [pair for pair in pairs if not _answered(form, ends, *pair, groups)]
    if missing and form.one_sided is None:
        yield rule.finding(
            f"nothing lets {form.issuing} rely on {form.recognising}'s {_listed(missing)} in return; add "
            "that rule, or say in one_sided why there is none.",
            code=Code.ONE_SIDED,
        )
    if pairs and not missing and form.one_sided is not None:
        yield rule.finding(
            f"{form.issuing} accepts the same of {form.recognising} in return; leave the reason out.",
            "one_sided",
            code=Code.ONE_SIDED,
        )


def _answered(form: AllowForm, ends: datetime.date, licence_type: str, item: str, groups: Groups) -> bool:
    return any(
        isinstance(other.form, AllowForm)
        and (item == ANY_ITEM or item in other.form.items or ANY_ITEM in other.form.items)
        and max(form.effective_from, other.form.effective_from) < min(ends, other.ends)
        for other in groups.get((form.issuing, form.recognising, licence_type), ())
    )


def _listed(pairs: list[tuple[str, str]]) -> str:
    items: dict[str, list[str]] = {}
    for licence_type, item in pairs:
        items.setdefault(licence_type, []).append("any item" if item == ANY_ITEM else item)
    return ", ".join(f"{name} (for {', '.join(named)})" for name, named in items.items())


def _empty_versions(rules: Sequence[Entry[RecognitionForm]]) -> Iterator[Finding]:
    newest: dict[str, Entry[RecognitionForm]] = {}
    for rule in sorted(rules, key=lambda rule: rule.form.version):
        before = newest.get(rule.form.id)
        newest[rule.form.id] = rule
        if before and before.form.version < rule.form.version and _says_the_same(before.form, rule.form):
            yield rule.finding(
                f"version {rule.form.version} changes nothing of version {before.form.version} "
                f"(line {before.line}); take it out.",
                "version",
                code=Code.VERSION_EMPTY,
            )


def _says_the_same(before: RecognitionForm, after: RecognitionForm) -> bool:
    stood = before.effective_to is None or after.effective_from <= before.effective_to
    ends_alike = before.effective_to == after.effective_to or before.effective_to == after.effective_from
    same = before.model_dump(exclude=_NOT_COMPARED) == after.model_dump(exclude=_NOT_COMPARED)
    return stood and ends_alike and same
