"""Whether what one rule says fits together: its dates, its legal instrument, its states, its evidence."""

import datetime
import re
from collections.abc import Iterator, Sequence
from typing import Final

from gateway.definition_files.agreements import (
    AgreementFile,
    AgreementForm,
    AllowForm,
    RecognitionForm,
    RuleForm,
)
from gateway.definition_files.codes import Code
from gateway.definition_files.entries import Entry
from gateway.definition_files.fields import did_you_mean
from gateway.definition_files.rule_checks import NEVER, last_days
from gateway.definitions import EVIDENCE_OF
from gateway.errors import Finding

_FIELD: Final = re.compile(r"\b(?:claimed|returned)\.([a-z][a-z0-9_]*)")
_TEXT: Final = re.compile(r"\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'")


def check(file: AgreementFile, lead_time_days: int) -> Iterator[Finding]:
    """Hold each rule of an agreement against itself and the head of its file.

    lead_time_days: the least time between the day a rule was agreed and the first day it is in force.
    """
    head = file.head
    rules: list[Entry[RuleForm]] = [*file.recognition, *file.services]
    ends = last_days(file.recognition)
    for rule in rules:
        agreed_on = rule.form.agreed_on or (head.form.agreed_on if head else None)
        if agreed_on is not None:
            yield from _check_agreed(rule, agreed_on, lead_time_days)
        if head and rule.form.instrument is not None:
            yield from _check_instrument(rule, ends.get(id(rule), rule.form.effective_to or NEVER), head)
    for one in file.recognition:
        if isinstance(one.form, AllowForm):
            yield from _check_states(one, one.form)
            yield from _check_evidence(one, one.form)
            yield from _check_read(one, one.form)
    if head:
        yield from _check_head(head, rules, lead_time_days)


def _check_head(
    head: Entry[AgreementForm], rules: Sequence[Entry[RuleForm]], lead_time_days: int
) -> Iterator[Finding]:
    if lead_time_days and not head.form.agreed_on and any(rule.form.agreed_on is None for rule in rules):
        yield head.finding(
            f"agreed_on is missing; without it nobody sees whether {lead_time_days} days lie between what "
            "was agreed and the day it takes effect (lead_time_days of regions/definitions.yaml).",
            "agreed_on",
            code=Code.LEAD_TIME,
        )
    seen: set[str] = set()
    for index, instrument in enumerate(head.form.instruments):
        if instrument.id in seen:
            yield head.finding(
                f'instrument "{instrument.id}" is already listed.',
                "instruments",
                index,
                "id",
                code=Code.DEFINED_TWICE,
            )
        seen.add(instrument.id)


def _check_agreed(rule: Entry[RuleForm], agreed_on: datetime.date, lead_time_days: int) -> Iterator[Finding]:
    begins = rule.form.effective_from
    if agreed_on > begins:
        said = f"it takes effect before it was agreed ({agreed_on})."
        yield rule.finding(said, "effective_from", code=Code.LEAD_TIME)
    elif (begins - agreed_on).days < lead_time_days:
        earliest = agreed_on + datetime.timedelta(days=lead_time_days)
        yield rule.finding(
            f"it was agreed on {agreed_on} and takes effect {(begins - agreed_on).days} days later; "
            f"{lead_time_days} are wanted (lead_time_days of regions/definitions.yaml), so not before "
            f"{earliest}.",
            "effective_from",
            code=Code.LEAD_TIME,
        )


def _check_instrument(
    rule: Entry[RuleForm], ends: datetime.date, head: Entry[AgreementForm]
) -> Iterator[Finding]:
    instruments = {instrument.id: instrument for instrument in head.form.instruments}
    name = str(rule.form.instrument)
    if name not in instruments:
        hint = did_you_mean(name, instruments) or f" (instruments: {', '.join(instruments) or 'none'})"
        said = f'instrument "{name}" is not among those of this agreement{hint}.'
        yield rule.finding(said, "instrument", code=Code.UNKNOWN_NAME)
        return
    lapses_on = instruments[name].lapses_on
    if lapses_on is not None and lapses_on < ends:
        stands = "does not end" if ends == NEVER else f"stands until {ends}"
        yield rule.finding(
            f'its legal basis "{name}" lapses on {lapses_on} and the rule {stands}; let it end by then, or '
            "rest it on what follows.",
            "instrument",
            code=Code.BASIS_LAPSES,
        )


def _check_states(rule: Entry[RecognitionForm], form: AllowForm) -> Iterator[Finding]:
    both = [state for state in form.review_states if state in form.accepted_states]
    for state in both:
        yield rule.finding(
            f"{state} is accepted already; a clerk is never asked.",
            "review_states",
            form.review_states.index(state),
            code=Code.NO_EFFECT,
        )
    if form.grace_days and "EXPIRED" in form.accepted_states:
        yield rule.finding(
            "EXPIRED is accepted for good; days of grace change nothing. Take one of the two out.",
            "grace_days",
            code=Code.NO_EFFECT,
        )
    if form.grace_days and "VALID" not in form.accepted_states:
        yield rule.finding(
            "an expired licence counts as valid for these days, but VALID is not accepted.",
            "grace_days",
            code=Code.NO_EFFECT,
        )


def _check_evidence(rule: Entry[RecognitionForm], form: AllowForm) -> Iterator[Finding]:
    if not form.evidence:
        return
    for index, kind in enumerate(form.use_kinds):
        if EVIDENCE_OF[kind] not in form.evidence:
            yield rule.finding(
                f"{kind} leaves {EVIDENCE_OF[kind]} in the asking side's hands, which evidence does not list "
                f"({', '.join(form.evidence)}).",
                "use_kinds",
                index,
                code=Code.EVIDENCE,
            )
    left = {EVIDENCE_OF[kind] for kind in form.use_kinds}
    for index, evidence in enumerate(form.evidence):
        if evidence not in left:
            yield rule.finding(
                f"no use kind of this rule leaves {evidence} ({', '.join(form.use_kinds)}).",
                "evidence",
                index,
                code=Code.EVIDENCE,
            )


def _check_read(rule: Entry[RecognitionForm], form: AllowForm) -> Iterator[Finding]:
    """A field that may neither be asked nor move has no value that a condition could read."""
    for index, text in enumerate(form.when):
        for name in dict.fromkeys(_FIELD.findall(_TEXT.sub("", text))):
            if name not in form.fields:
                yield rule.finding(
                    f'the condition reads field "{name}", which the rule does not let move '
                    f"(fields: {', '.join(form.fields)}).",
                    "when",
                    index,
                    code=Code.CONDITION,
                )
