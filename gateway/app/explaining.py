"""`gateway explain`: from an event, an example or a position in Kafka to the words of its explanation."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from gateway import definition_files, forms
from gateway.codec import (
    DECODERS,
    ApplicationSubmitted,
    Event,
    LedgerEntry,
    LicenceVerificationAnswered,
    LicenceVerificationRequested,
)
from gateway.definition_files import Answer, Application, Example, Request
from gateway.definitions import GATEWAY, NO, REVIEW, YES, Definitions, Instrument, RecognitionRule
from gateway.definitions.book import Book
from gateway.errors import Reason, Refused
from gateway.law.explanation import application_explained, explained
from gateway.law.explanation_asked import Applied, Asked, Found, Matter
from gateway.law.explanation_changes import smallest_changes
from gateway.law.explanation_steps import Explanation
from gateway.law.words import Vocabulary
from gateway.law.words_explanation import Teller
from gateway.messages import FRAME_BYTES
from gateway.pipeline.facts import days_in_state, question_of
from gateway.reasons import MEANINGS
from gateway.slot import shanghai_day

_OF_THE_AGREEMENT: Final = frozenset(
    {
        Reason.UNKNOWN_ADDRESSEE,
        Reason.NO_AGREEMENT,
        Reason.PURPOSE_NOT_AGREED,
        Reason.FIELD_NOT_AGREED,
        Reason.CONSENT_MISSING,
        Reason.NOT_RECOGNISED,
    }
)
"""Reasons that follow from an event and the agreement alone; all others need the state of its case."""


class Unexplained(Exception):
    """There is no agreement to explain it by; the sentence says why, in English and Chinese."""

    def __init__(self, english: str, chinese: str) -> None:
        super().__init__(english)
        self.said = english, chinese


@dataclass(frozen=True)
class Desk:
    """What explanations are made from: the definitions, their examples, and words for their codes."""

    definitions: Definitions
    book: Book
    examples: tuple[Example, ...]
    vocabulary: Vocabulary
    instruments: dict[str, tuple[Instrument, ...]]

    def lines(self, explanation: Explanation, language: int) -> list[str]:
        """An explanation in one language, with what would be recognised in its place."""
        suggestions = smallest_changes(self.book, explanation.matter)
        rule = explanation.rule
        instruments = self.instruments.get(rule.id, ()) if rule is not None else ()
        return list(Teller(self.vocabulary, language).lines(explanation, suggestions, instruments))


def desk(root: Path) -> Desk:
    """The definitions under `root`, ready to explain by. Raises `DefinitionError`."""
    texts = definition_files.load_texts(root)
    definitions = texts.definitions
    instruments = {
        str(rule.id): agreement.instruments
        for agreement in definitions.agreements
        for rule in agreement.recognition
    }
    book = Book(definitions, slots=1)  # rules ask no slot
    return Desk(definitions, book, texts.examples, Vocabulary(texts.words), instruments)


# ── from an example of an agreement ──────────────────────────────────────────────────────────────


def of_example(book: Book, example: Example) -> Explanation:
    """An example of an agreement, with its answer if it has one."""
    if isinstance(example.asked, Application):
        one = example.asked
        return application_explained(
            book,
            Applied(
                one.receiving,
                one.deciding,
                one.item,
                one.mode,
                one.legal_basis,
                one.has_consent,
                one.arrived_at,
            ),
        )
    found = None if example.answer is None else _found(example.asked, example.answer)
    return explained(book, Matter(_asked(example.asked), found))


def _asked(one: Request) -> Asked:
    return Asked(
        one.asking,
        one.issuing,
        one.asking_division,
        one.issuing_division,
        one.licence_type,
        one.item,
        one.use_kind,
        one.purpose,
        one.legal_basis,
        one.has_consent,
        one.fields,
        one.holder,
        one.arrived_at,
        one.claimed,
    )


def _found(asked: Request, answer: Answer) -> Found:
    days = None if answer.since is None else shanghai_day(answer.arrived_at) - shanghai_day(answer.since)
    matched = tuple(field for field, _ in asked.claimed if field not in answer.mismatched)
    return Found(
        answer.state,
        answer.trust,
        days,
        answer.arrived_at,
        answer.outcome,
        matched,
        answer.mismatched,
        answer.values,
        answer.returned,
    )


# ── from a record ────────────────────────────────────────────────────────────────────────────────


def event_in(book: Book, value: bytes | None, licence_type: str = "") -> Event:
    """The event in a Kafka value, in the common form. licence_type: of the request, where it is an answer.

    Raises `Unexplained` with the gateway's own words if there is none.
    """
    contract = book.framed.get(value[:FRAME_BYTES]) if value else None
    if contract is None or value is None:
        raise Unexplained("This is no record of a released contract.", "该消息不是已发布数据规范的记录。")
    try:
        event = DECODERS[contract.name, contract.version](value[FRAME_BYTES:])
        if isinstance(event, Event):
            translation = book.translations.get((event.source, event.target, contract.name))
            if translation is not None and translation.sender is not None:
                forms.to_common(translation.sender, contract.name, event, licence_type)
    except Refused as refusal:
        code, meaning = refusal.reason.value, MEANINGS[refusal.reason]
        raise Unexplained(
            f"Refused, {code}: {meaning.english}: {refusal.detail}.",
            f"退回：{code} {meaning.chinese}：{refusal.chinese}。",
        ) from refusal
    if not isinstance(event, Event) or contract.writers == GATEWAY:
        raise Unexplained(
            f"{contract.name} is written by the gateway itself.", f"{contract.name} 由网关自身写入。"
        )
    return event


def of_event(book: Book, event: Event, arrived_at: int, pinned: RecognitionRule | None) -> Explanation:
    """An event that an agreement speaks of. pinned: the rule that granted the request, for an answer.

    Raises `Unexplained` for any other.
    """
    if isinstance(event, LicenceVerificationRequested):
        return explained(book, Matter(asked_in(event, arrived_at)))
    if isinstance(event, LicenceVerificationAnswered):
        if pinned is None:
            raise Unexplained(
                "An answer is judged by the rule that granted its request: name it with --rule ID@VERSION.",
                "答复按准予申请的规则判断，请用 --rule ID@VERSION 指明。",
            )
        return explained(book, Matter(None, found_in(event, arrived_at), pinned))
    if isinstance(event, ApplicationSubmitted):
        consented = event.consent_ref is not None
        return application_explained(
            book,
            Applied(
                event.source, event.target, event.item, event.mode, event.legal_basis, consented, arrived_at
            ),
        )
    raise Unexplained(
        "No rule of an agreement speaks of it; the state of its case decides.",
        "协议规则不涉及该事件；由办件状态决定。",
    )


def asked_in(event: LicenceVerificationRequested, arrived_at: int) -> Asked:
    """The question of a request, in the common form, with the values it states."""
    question = question_of(event, arrived_at)
    return Asked(
        question.asking,
        question.issuing,
        question.asking_division,
        question.issuing_division,
        question.licence_type,
        question.item,
        question.use_kind,
        question.purpose,
        question.legal_basis,
        question.has_consent,
        question.fields,
        question.holder,
        arrived_at,
        tuple((claim.field, claim.value) for claim in event.claims),
    )


def found_in(event: LicenceVerificationAnswered, arrived_at: int) -> Found:
    """What an answer found, in the common form, with the values it returns."""
    returned = tuple((value.field, value.value) for value in event.returned)
    return Found(
        event.licence_state,
        event.trust_level,
        days_in_state(event, arrived_at),
        arrived_at,
        event.outcome,
        event.matched,
        event.mismatched,
        returned,
        (*[field for field, _ in returned], *event.matched, *event.mismatched),
    )


# ── beside the ledger ────────────────────────────────────────────────────────────────────────────


def beside_the_ledger(
    explanation: Explanation | None, entry: LedgerEntry, book: Book, language: int
) -> list[str]:
    """What the ledger says of the record, and whether the explanation agrees."""
    rule = "" if entry.rule_id is None else f", {entry.rule_id}@{entry.rule_version}"
    reason = "" if entry.reason is None else f" ({entry.reason})"
    told = f"{entry.outcome}{reason}{_judged(entry)}{rule}"
    english = f"Ledger entry {entry.seq}, definitions {entry.definitions_number}: {told}."
    chinese = f"台账第 {entry.seq} 条，定义版本 {entry.definitions_number}：{told}。"
    verdict = _verdict(explanation, entry, book)
    return [(english, chinese)[language], verdict[language]]


def _judged(entry: LedgerEntry) -> str:
    if entry.licence_state is None:
        return ""
    judged = {True: YES, False: NO, None: REVIEW}[entry.recognised]
    return f", recognised: {judged}"


def _verdict(explanation: Explanation | None, entry: LedgerEntry, book: Book) -> tuple[str, str]:
    if entry.reason is not None and Reason(entry.reason) not in _OF_THE_AGREEMENT:
        meaning = MEANINGS[Reason(entry.reason)]
        return (
            f"Not the agreement decided it, but this: {meaning.english}.",
            f"并非由协议决定，而是：{meaning.chinese}。",
        )
    if explanation is not None and _agrees(explanation, entry):
        return "The ledger and this explanation agree.", "台账与本说明一致。"
    then, now = entry.definitions_number, book.number
    return (
        f"The ledger says otherwise: it was decided under definitions {then}, these are {now}.",
        f"台账与本说明不一致：当时的定义版本为 {then}，现为 {now}。",
    )


def _agrees(explanation: Explanation, entry: LedgerEntry) -> bool:
    failed = explanation.failed
    rule = explanation.judgement.rule if explanation.judgement else explanation.rule
    ours = (
        explanation.outcome,
        failed.reason.value if failed else None,
        None if rule is None else (rule.id, rule.version),
        {YES: True, NO: False}.get(explanation.recognised or ""),
    )
    theirs = None if entry.rule_id is None else (entry.rule_id, entry.rule_version)
    return ours == (entry.outcome, entry.reason, theirs, entry.recognised)
