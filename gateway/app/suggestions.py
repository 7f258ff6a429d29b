"""Examples that an agreement lacks: those at the edges of its rules that notice most of what is missed."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from textwrap import wrap
from typing import Any, Final

from gateway.app import boundaries, mutation_score
from gateway.app import examples as running
from gateway.app.boundary_values import Boundary
from gateway.app.mutation_score import Score
from gateway.app.rule_mutants import Mutant, Rule, day_of
from gateway.definition_files import Answer, Application, Expected, Request
from gateway.definitions import Agreement, Definitions, RecognitionRule
from gateway.definitions.book import Book
from gateway.errors import Reason

WIDTH: Final = 110
KEPT: Final = ":\N{NO-BREAK SPACE}"
"""Keeps a value on the line of its key."""


@dataclass(frozen=True)
class Suggestion:
    """An example that could be written. What is expected is what the rules say now."""

    name: str
    asked: Request | Application
    expected: Expected
    answer: Answer | None
    expected_answer: Expected | None


def missing(score: Score, agreement: Agreement, definitions: Definitions) -> tuple[Suggestion, ...]:
    """A small set of examples that between them notice the survivors, as far as any edge of a rule does."""
    book = mutation_score.book_of(agreement, definitions)
    by_rule: dict[tuple[str, int], list[Mutant]] = {}
    for mutant in score.survivors:
        by_rule.setdefault((mutant.rule.id, mutant.rule.version), []).append(mutant)
    found: list[Suggestion] = []
    for mutants in by_rule.values():
        rule = mutants[0].rule
        offered = [_example(one, book) for one in _edges(rule, definitions, book) if one.is_by_day]
        for one in _chosen(mutants, offered, agreement, definitions):
            again = any(one.name == before.name for before in found)
            day = day_of(one.asked.arrived_at)
            found.append(replace(one, name=f"{one.name}, {day}") if again else one)
    return tuple(found)


def _edges(rule: Rule, definitions: Definitions, book: Book) -> Iterator[Boundary]:
    if isinstance(rule, RecognitionRule):
        return boundaries.of_recognition(rule, definitions, book)
    return boundaries.of_service(rule)


def _chosen(
    mutants: list[Mutant], offered: list[Suggestion], agreement: Agreement, definitions: Definitions
) -> Iterator[Suggestion]:
    """Again and again the example that notices most of what is left."""
    noticed = {
        index: {
            number
            for number, mutant in enumerate(mutants)
            if mutation_score.is_noticed(mutant, agreement, definitions, [example])
        }
        for index, example in enumerate(offered)
    }
    left = set(range(len(mutants)))
    while left:
        best = max(noticed, key=lambda index: len(noticed[index] & left), default=None)
        if best is None or not noticed[best] & left:
            return
        left -= noticed[best]
        yield offered[best]


def _example(boundary: Boundary, book: Book) -> Suggestion:
    told = running.told(boundary.asked, book)
    answer = boundary.answer if told[0] == "delivered" and isinstance(boundary.asked, Request) else None
    after = None
    if answer is not None and isinstance(boundary.asked, Request):
        after = _expected(running.told_of_answer(boundary.asked, answer, book))
    return Suggestion(_name(boundary), boundary.asked, _expected(told), answer, after)


def _name(boundary: Boundary) -> str:
    """Who asks whom, about what, and which edge it is."""
    asked = boundary.asked
    if isinstance(asked, Application):
        who, whom, what = asked.receiving, asked.deciding, asked.item
        return f"{who.capitalize()} hands {whom.capitalize()} a case of {what}, {boundary.what}"
    who, whom = asked.asking.capitalize(), asked.issuing.capitalize()
    who += "" if asked.asking_division.endswith("0000") else f" ({asked.asking_division})"
    whom += "" if asked.issuing_division.endswith("0000") else f" ({asked.issuing_division})"
    return f"{who} asks about a {asked.licence_type} of {whom}, {boundary.what}"


def _expected(told: running.Told) -> Expected:
    outcome, reason, rule, recognised = told
    return Expected(outcome, Reason(reason) if reason else None, rule, recognised)


# ── as YAML ──────────────────────────────────────────────────────────────────────────────────────


def written(example: Suggestion) -> str:
    """The example as the file would have it."""
    lines = [f"  - name: {example.name}"]
    asked = example.asked
    if isinstance(asked, Application):
        lines += ["    application:", *_wrapped(_application(asked))]
    else:
        lines += ["    request:", *_wrapped(_request(asked))]
    lines.append(f"    expect: {_flow(_told(example.expected))}")
    if example.answer and example.expected_answer:
        lines.append(f"    answer: {_flow(_answer(example.answer, asked.arrived_at))}")
        lines.append(f"    expect_answer: {_flow(_told(example.expected_answer, is_answer=True))}")
    return "\n".join(lines)


def _application(asked: Application) -> dict[str, Any]:
    return {
        "from": asked.receiving,
        "to": asked.deciding,
        "item": asked.item,
        "mode": asked.mode,
        "legal_basis": asked.legal_basis,
        "consent": asked.has_consent,
        "on": f'"{day_of(asked.arrived_at)}"',
    }


def _request(asked: Request) -> dict[str, Any]:
    told: dict[str, Any] = {
        "from": asked.asking,
        "to": asked.issuing,
        "licence_type": asked.licence_type,
        "item": asked.item,
        "use_kind": asked.use_kind,
        "purpose": asked.purpose,
        "legal_basis": asked.legal_basis,
        "consent": asked.has_consent,
        "fields": list(asked.fields),
        "on": f'"{day_of(asked.arrived_at)}"',
    }
    for key in ("asking_division", "issuing_division"):
        if not getattr(asked, key).endswith("0000"):
            told[key] = f'"{getattr(asked, key)}"'
    if asked.holder != "person":
        told["holder"] = asked.holder
    if asked.claimed:
        told["claimed"] = {field: f'"{value}"' for field, value in asked.claimed}
    return told


def _answer(answer: Answer, asked_at: int) -> dict[str, Any]:
    told: dict[str, Any] = {"state": answer.state, "trust": answer.trust, "returned": list(answer.returned)}
    if answer.outcome != "MATCH_VALID":
        told["outcome"] = answer.outcome
    if answer.since is not None:
        told["since"] = f'"{day_of(answer.since)}"'
    if answer.arrived_at != asked_at:
        told["on"] = f'"{day_of(answer.arrived_at)}"'
    if answer.values:
        told["values"] = {field: f'"{value}"' for field, value in answer.values}
    if answer.mismatched:
        told["mismatched"] = list(answer.mismatched)
    return told


def _told(expected: Expected, is_answer: bool = False) -> dict[str, Any]:
    told: dict[str, Any] = {"outcome": expected.outcome}
    if expected.reason is not None:
        told["reason"] = expected.reason.value
    if expected.rule is not None and not is_answer:
        told["rule"] = expected.rule
    if expected.recognised is not None:
        told["recognised"] = f'"{expected.recognised}"' if expected.recognised != "review" else "review"
    return told


def _flow(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_flow(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_flow, value)) + "]"
    return str(value).lower() if isinstance(value, bool) else str(value)


def _wrapped(value: dict[str, Any]) -> list[str]:
    """A flow mapping over several lines."""
    indent = " " * 6
    lines = wrap(
        _flow(value).replace(": ", KEPT),
        WIDTH,
        initial_indent=indent,
        subsequent_indent=f"{indent} ",
        break_long_words=False,
        break_on_hyphens=False,
    )
    return [line.replace(KEPT, ": ") for line in lines]
