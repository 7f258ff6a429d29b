"""Whether the conditions of a rule can be judged, and compare codes with codes that exist."""

from collections.abc import Iterator, Mapping

from gateway.definition_files.agreements import AllowForm, RecognitionForm
from gateway.definition_files.codes import Code
from gateway.definition_files.conditions import Misfit, compiled
from gateway.definition_files.entries import Entry
from gateway.definition_files.fields import did_you_mean
from gateway.definition_files.rules import kinds_of, place_of
from gateway.definitions.conditions import DATE, DECLARED, Condition, Node, steps, typed
from gateway.errors import Finding

Codes = Mapping[str, frozenset[str]]
"""The codes of each list that declared names draw from: "licence state" -> the states."""


def check(
    rule: Entry[RecognitionForm], form: AllowForm, kinds: Mapping[str, Mapping[str, str]], codes: Codes
) -> Iterator[Finding]:
    """Compile each condition and hold what it compares against the lists.

    kinds: of every field, by licence type.
    """
    for index, text in enumerate(form.when):
        try:
            condition = compiled(text, kinds_of(form.licence_types, kinds), place_of(rule, index))
        except Misfit as misfit:
            message = f"{misfit.sentence} (character {misfit.column + 1})"
            yield rule.finding(message, "when", index, code=Code.CONDITION)
            continue
        for sentence in _comparisons(condition, codes):
            yield rule.finding(sentence, "when", index, code=Code.CONDITION)


def _comparisons(condition: Condition, codes: Codes) -> Iterator[str]:
    kinds = {read.name: read.kind for read in condition.reads}
    for step in steps(condition.tree):
        if step.kind != "call" or step.name not in ("_==_", "_!=_", "_<_", "_<=_", "_>_", "_>=_", "@in"):
            continue
        names = [inner.name for inner in step.inner if inner.kind == "name"]
        for name in names:
            for literal in _literals(step):
                yield from _misfits(name, kinds.get(name, ""), literal, codes)


def _literals(step: Node) -> Iterator[str]:
    for inner in step.inner:
        if inner.kind == "literal" and isinstance(inner.literal, str):
            yield inner.literal
        elif inner.kind == "list":
            yield from _literals(inner)


def _misfits(name: str, kind: str, literal: str, codes: Codes) -> Iterator[str]:
    if kind == DATE and typed(literal, DATE) != literal:
        yield f'"{literal}" is not a date (year-month-day, as in "2024-05-01"), which {name} is.'
    what = DECLARED[name][1] if name in DECLARED else ""
    known = codes.get(what, frozenset({literal}))
    if literal not in known:
        hint = did_you_mean(literal, known) or f" (known: {', '.join(sorted(known))})"
        yield f'{what} "{literal}" is not known{hint}.'
