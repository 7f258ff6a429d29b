"""The values around those that the conditions of a rule compare with, and questions that have them."""

import datetime
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from gateway.app.rule_mutants import DAY_MS, day_of, reads
from gateway.definition_files import Answer, Application, Request
from gateway.definition_files.fields import midnight
from gateway.definitions import RecognitionRule
from gateway.definitions.conditions import DATE, NUMBER, TEXT, Node


@dataclass(frozen=True)
class Boundary:
    """One question at an edge, or at `None` edge a plain one. what: which edge, in a few words."""

    what: str
    asked: Request | Application
    answer: Answer | None = None

    @property
    def is_by_day(self) -> bool:
        """Whether an example can say it: examples arrive at midnight."""
        times = [self.asked.arrived_at, *([self.answer.arrived_at] if self.answer else [])]
        return all(midnight(day_of(at)) == at for at in times)


def values_of(rule: RecognitionRule) -> dict[str, list[Any]]:
    """By name that a condition reads, the values around those it is compared with."""
    kinds = {read.name: read.kind for one in (*rule.asked_when, *rule.answered_when) for read in one.reads}
    found: dict[str, list[Any]] = {name: [] for name in kinds}
    for step in reads(rule):
        names = [name for inner in step.inner for name in _names(inner)]
        for name in names:
            for literal in (one for inner in step.inner for one in _literals(inner)):
                found[name].extend(_around(literal, kinds[name], step))
    for name, values in found.items():
        values.extend(_otherwise(name, kinds[name], rule))
    return {name: list(dict.fromkeys(values)) for name, values in found.items()}


def _names(node: Node) -> Iterator[str]:
    if node.kind == "name":
        yield node.name
    elif node.name == "size":
        yield from (inner.name for inner in node.inner if inner.kind == "name")


def _literals(node: Node) -> Iterator[str | int | bool]:
    if node.kind == "literal":
        yield node.literal
    elif node.kind == "list":
        for inner in node.inner:
            yield from _literals(inner)


def _around(literal: str | int | bool, kind: str, step: Node) -> list[Any]:
    if isinstance(literal, bool):
        return [literal, not literal]
    if isinstance(literal, int):
        return [literal, literal - 1, literal + 1] if kind == NUMBER else ["x" * max(0, literal)]
    if kind == DATE:
        day = datetime.date.fromisoformat(literal)
        return [f"{day + datetime.timedelta(days=days)}" for days in (0, -1, 1)]
    if step.name in ("startsWith", "endsWith", "contains"):
        return [literal, f"{literal}0" if step.name != "endsWith" else f"0{literal}"]
    return [literal]


def _otherwise(name: str, kind: str, rule: RecognitionRule) -> list[Any]:
    """A value that no condition names."""
    own: dict[str, list[Any]] = {
        "request.holder": ["person", "organisation"],
        "request.item": sorted(rule.items),
        "request.licence_type": sorted(rule.licence_types),
        "request.use_kind": sorted(rule.use_kinds),
        "request.purpose": sorted(rule.purposes),
        "request.legal_basis": sorted(rule.legal_bases),
        "request.asking_division": list(rule.recognising_scope),
        "request.issuing_division": list(rule.issuing_scope),
        "answer.licence_state": sorted(rule.accepted_states),
        "answer.trust_level": [rule.least_trust],
        "answer.outcome": ["MATCH_VALID"],
    }
    if name in own:
        return own[name]
    return ["示例"] if kind == TEXT else []


def told(boundary: Boundary, name: str, value: Any) -> Boundary:
    """The question in which `name` has this value; as it is where that cannot be said."""
    side, _, field = name.partition(".")
    asked, answer = boundary.asked, boundary.answer
    assert isinstance(asked, Request)
    if side == "claimed":
        claims = {**dict(asked.claimed), field: str(value)}
        return replace(boundary, asked=replace(asked, claimed=tuple(sorted(claims.items()))))
    if side == "request":
        return replace(boundary, asked=_asked(asked, field, value))
    if answer is None:
        return boundary
    if side == "returned":
        values = {**dict(answer.values), field: str(value)}
        return replace(boundary, answer=replace(answer, values=tuple(sorted(values.items()))))
    return replace(boundary, answer=_answered(answer, field, value))


def _asked(asked: Request, field: str, value: Any) -> Request:
    if field == "day":
        return replace(asked, arrived_at=midnight(datetime.date.fromisoformat(value)))
    if field == "consent":
        return replace(asked, has_consent=bool(value))
    if field == "fields":
        others = tuple(one for one in asked.fields if one != value)
        return replace(asked, fields=others if value in asked.fields and others else asked.fields)
    return replace(asked, **{field: value}) if hasattr(asked, field) else asked


def _answered(answer: Answer, field: str, value: Any) -> Answer:
    if field == "days_in_state":
        return replace(answer, since=answer.arrived_at - int(value) * DAY_MS)
    if field == "day":
        return replace(answer, arrived_at=midnight(datetime.date.fromisoformat(value)))
    if field == "mismatched":
        return replace(answer, mismatched=() if value in answer.mismatched else (value,))
    names = {"licence_state": "state", "trust_level": "trust", "outcome": "outcome"}
    return replace(answer, **{names[field]: value}) if field in names else answer
