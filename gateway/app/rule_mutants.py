"""What a slip of the pen could make of a rule: each change is one mutant.

An agreement's examples are its tests; a change that none of them notices could be made by mistake and
nobody would see it. Left out are changes that no question can tell apart from the rule as it is
(consent taken off where consent is the only legal basis), and those that examples do not judge: daily
cap, answer-within, evidence.
"""

import datetime
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any, Final

from gateway.definition_files.conditions import Misfit, compiled
from gateway.definition_files.fields import SHANGHAI
from gateway.definitions import (
    FAVOURABLE,
    KEEP,
    NO,
    REVIEW,
    TRUST_LEVELS,
    Agreement,
    RecognitionRule,
    ServiceRule,
)
from gateway.definitions.conditions import Condition, Node, steps

DAY_MS: Final = 86_400_000
Rule = RecognitionRule | ServiceRule

_SETS: Final = (
    ("licence_types", "licence type"),
    ("items", "item"),
    ("use_kinds", "use kind"),
    ("purposes", "purpose"),
    ("legal_bases", "legal basis"),
    ("fields", "field"),
    ("holders", "holder"),
    ("accepted_states", "accepted state"),
    ("review_states", "state for a clerk"),
    ("modes", "mode"),
)
"""The lists of a rule, and what one of their entries is."""

_SWAPPED: Final = {
    "_&&_": ("_||_",),
    "_||_": ("_&&_",),
    "_==_": ("_!=_",),
    "_!=_": ("_==_",),
    "_<_": ("_<=_", "_>_"),
    "_<=_": ("_<_", "_>=_"),
    "_>_": ("_>=_", "_<_"),
    "_>=_": ("_>_", "_<=_"),
    "startsWith": ("endsWith",),
    "endsWith": ("startsWith",),
}


@dataclass(frozen=True)
class Mutant:
    """One change of one rule. part: the key that is changed. changed: the rules in place of the old ones."""

    rule: Rule
    part: str
    change: str
    changed: Mapping[tuple[str, int], Rule | None]

    def agreement(self, of: Agreement) -> Agreement:
        """The agreement with the change made."""
        return replace(
            of,
            recognition=tuple(self._applied(of.recognition)),
            services=tuple(self._applied(of.services)),
        )

    def _applied(self, rules: tuple[Any, ...]) -> Iterator[Any]:
        for rule in rules:
            found = self.changed.get((rule.id, rule.version), rule)
            if found is not None:
                yield found


def of_agreement(agreement: Agreement, divisions: Mapping[str, str]) -> Iterator[Mutant]:
    """Every mutant of every rule. divisions: the whole division of each region."""
    for rule in agreement.recognition:
        yield from _dropped(rule)
        yield from _shifted(rule, agreement.recognition)
        yield from _effects(rule)
        yield from _widened(rule, divisions)
        if rule.effect != "deny":
            yield from _limits(rule)
            yield from _conditions(rule)
            yield from _running(rule, agreement.recognition)
    for service in agreement.services:
        yield from _dropped(service)
        yield from _shifted(service, agreement.services)
        yield from _consent(service)


def _one(rule: Rule, part: str, change: str, **changed: object) -> Mutant:
    return Mutant(rule, part, change, {(rule.id, rule.version): replace(rule, **changed)})  # type: ignore[arg-type]


def _dropped(rule: Rule) -> Iterator[Mutant]:
    """Each entry of each list taken out."""
    for part, what in _SETS:
        entries: frozenset[str] = getattr(rule, part, frozenset())
        for entry in sorted(entries):
            left = entries - {entry}
            if part == "holders" and not left:
                yield _one(rule, part, "holders is left out", holders=left)
            else:
                yield _one(rule, part, f"{what} {entry} is dropped", **{part: left})


def _shifted(rule: Rule, rules: tuple[RecognitionRule, ...] | tuple[ServiceRule, ...]) -> Iterator[Mutant]:
    """Its first day, and the day it ends, a day earlier and a day later."""
    older: list[Rule] = [
        one for one in rules if one.id == rule.id and one.effective_to == rule.effective_from
    ]
    for days, when in ((-1, "a day earlier"), (1, "a day later")):
        at = rule.effective_from + days * DAY_MS
        changed: dict[tuple[str, int], Rule | None] = {
            (one.id, one.version): replace(one, effective_to=at) for one in older
        }
        changed[(rule.id, rule.version)] = replace(rule, effective_from=at)
        yield Mutant(rule, "effective_from", f"it begins {when}", changed)
        is_replaced = any(one.id == rule.id and one.effective_from == rule.effective_to for one in rules)
        if rule.effective_to is not None and not is_replaced:
            end = rule.effective_to + days * DAY_MS
            yield _one(rule, "effective_to", f"it ends {when}", effective_to=end)


def _effects(rule: RecognitionRule) -> Iterator[Mutant]:
    if rule.effect == "deny":
        yield Mutant(rule, "effect", "the rule is taken out", {(rule.id, rule.version): None})
        return
    yield _one(rule, "effect", f"{rule.effect} becomes deny", effect="deny")
    other = REVIEW if rule.effect == "allow" else "allow"
    yield _one(rule, "effect", f"{rule.effect} becomes {other}", effect=other)


def _widened(rule: RecognitionRule, divisions: Mapping[str, str]) -> Iterator[Mutant]:
    """Each scope left out, and each division of a bloc."""
    for part, region in (("recognising_scope", rule.recognising), ("issuing_scope", rule.issuing)):
        scope: tuple[str, ...] = getattr(rule, part)
        if scope != (divisions[region],):
            yield _one(rule, part, f"{part} is left out", **{part: (divisions[region],)})
        for division in scope if len(scope) > 1 else ():
            left = tuple(one for one in scope if one != division)
            yield _one(rule, part, f"{division} is dropped from its {part}", **{part: left})


def _consent(rule: Rule) -> Iterator[Mutant]:
    if not rule.consent_required:
        if rule.legal_bases != {"CONSENT"}:
            yield _one(rule, "consent_required", "consent is required", consent_required=True)
    elif rule.legal_bases != {"CONSENT"}:
        yield _one(rule, "consent_required", "consent is no longer required", consent_required=False)


def _limits(rule: RecognitionRule) -> Iterator[Mutant]:
    """Consent, trust, and days of grace."""
    yield from _consent(rule)
    level = TRUST_LEVELS.index(rule.least_trust)
    for other in (level - 1, level + 1):
        if 0 <= other < len(TRUST_LEVELS):
            change = f"least trust {rule.least_trust} becomes {TRUST_LEVELS[other]}"
            yield _one(rule, "least_trust", change, least_trust=TRUST_LEVELS[other])
    if rule.grace_days:
        yield _one(rule, "grace_days", "a day of grace less", grace_days=rule.grace_days - 1)
        yield _one(rule, "grace_days", "a day of grace more", grace_days=rule.grace_days + 1)


def _running(rule: RecognitionRule, rules: tuple[RecognitionRule, ...]) -> Iterator[Mutant]:
    """Only a rule with a newer version can show which one running cases are judged by."""
    if any(one.id == rule.id and one.version > rule.version for one in rules):
        other = KEEP if rule.running == FAVOURABLE else FAVOURABLE
        yield _one(rule, "running", f"running {rule.running} becomes {other}", running=other)


def _conditions(rule: RecognitionRule) -> Iterator[Mutant]:
    for part in ("asked_when", "answered_when"):
        conditions: tuple[Condition, ...] = getattr(rule, part)
        for index, condition in enumerate(conditions):
            before, after = conditions[:index], conditions[index + 1 :]
            yield _one(rule, "when", f"condition {condition.text} is dropped", **{part: before + after})
            for text in _changed(condition):
                other = _recompiled(text, condition)
                if other is not None and other.stage == condition.stage:
                    change = f"condition {condition.text} becomes {text}"
                    yield _one(rule, "when", change, **{part: (*before, other, *after)})
    if any(_may_be_missing(read.name) for one in rule.answered_when for read in one.reads):
        other_case = REVIEW if rule.missing_is == NO else NO
        yield _one(rule, "when_missing", f"when_missing becomes {other_case}", missing_is=other_case)


def _may_be_missing(name: str) -> bool:
    return name.startswith("returned.") or name == "answer.days_in_state"


def _changed(condition: Condition) -> Iterator[str]:
    yield f"!({condition.text})"
    for step, path in _placed(condition.tree, ()):
        for name in _SWAPPED.get(step.name, ()):
            yield written(_with(condition.tree, path, replace(step, name=name)))
        if step.name in ("_&&_", "_||_"):
            for inner in step.inner:
                yield written(_with(condition.tree, path, inner))


def _placed(tree: Node, path: tuple[int, ...]) -> Iterator[tuple[Node, tuple[int, ...]]]:
    if tree.kind == "call":
        yield tree, path
    for index, inner in enumerate(tree.inner):
        yield from _placed(inner, (*path, index))


def _with(tree: Node, path: tuple[int, ...], node: Node) -> Node:
    """The tree with the step at `path` replaced."""
    if not path:
        return node
    inner = list(tree.inner)
    inner[path[0]] = _with(inner[path[0]], path[1:], node)
    return replace(tree, inner=tuple(inner))


def _recompiled(text: str, condition: Condition) -> Condition | None:
    kinds = {
        read.name.partition(".")[2]: read.kind
        for read in condition.reads
        if read.name.startswith(("claimed.", "returned."))
    }
    try:
        return compiled(text, kinds, condition.place)
    except Misfit:
        return None  # dropping an operand can leave nothing that is read


def written(tree: Node) -> str:
    """The condition as CEL, from its tree."""
    if tree.kind == "name":
        return tree.name
    if tree.kind == "literal":
        return json.dumps(tree.literal, ensure_ascii=False)
    inner = [written(one) for one in tree.inner]
    if tree.kind == "list":
        return f"[{', '.join(inner)}]"
    sign = tree.name.strip("_@")
    if tree.name == "!_":
        return f"!({inner[0]})"
    if tree.name in ("startsWith", "endsWith", "contains"):
        return f"{inner[0]}.{sign}({', '.join(inner[1:])})"
    if tree.name == "size":
        return f"size({inner[0]})"
    return f"{_bracketed(tree.inner[0], inner[0])} {sign} {_bracketed(tree.inner[1], inner[1])}"


def _bracketed(node: Node, text: str) -> str:
    return f"({text})" if node.kind == "call" and node.name.startswith(("_", "@")) else text


def day_of(at: int) -> datetime.date:
    """The day in Shanghai."""
    return datetime.datetime.fromtimestamp(at / 1000, SHANGHAI).date()


def reads(rule: RecognitionRule) -> Iterator[Node]:
    """Every step of every condition of a rule."""
    return chain.from_iterable(steps(one.tree) for one in (*rule.asked_when, *rule.answered_when))
