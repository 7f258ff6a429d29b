"""The examples of the agreements, run against the rules: what `gateway check` and the tests do."""

from collections.abc import Iterator
from typing import Protocol

from gateway import recognition
from gateway.definition_files import Answer, Application, Example, Expected, Loaded, Request
from gateway.definitions.book import Book
from gateway.definitions.conditions import answered_facts
from gateway.errors import Finding, Refused, RuleRef
from gateway.slot import iso_day, shanghai_day

Told = tuple[str, str | None, str | None, str | None]
"""Outcome, reason, rule id, recognised: what came of an example."""


def of(loaded: Loaded) -> tuple[Finding, ...]:
    """The examples of these definitions that fail; those of proposals as if they were in force."""
    return failing(loaded.examples, Book(loaded.definitions.with_proposals(), slots=1))  # rules ask no slot


def failing(examples: tuple[Example, ...], book: Book) -> tuple[Finding, ...]:
    """A finding for each example whose result differs from what the agreement says."""
    return tuple(example.finding(said) for example in examples for said in _differences(example, book))


class Judged(Protocol):
    """What can be asked and what must come of it: an example that is written, or one that is offered."""

    @property
    def asked(self) -> Request | Application: ...
    @property
    def expected(self) -> Expected: ...
    @property
    def answer(self) -> Answer | None: ...
    @property
    def expected_answer(self) -> Expected | None: ...


def holds(example: Judged, book: Book) -> bool:
    """Whether what comes of it is what must."""
    return not any(_differences(example, book))


def told(asked: Request | Application, book: Book) -> Told:
    """What comes of a request or an application."""
    try:
        return "delivered", None, _grant(asked, book).id, None
    except Refused as refusal:
        return _refused(refusal)


def told_of_answer(asked: Request, answer: Answer, book: Book) -> Told:
    """What comes of the answer to a request that is delivered."""
    try:
        return _judge(asked, answer, book)
    except Refused as refusal:
        return _refused(refusal)


def _differences(example: Judged, book: Book) -> Iterator[str]:
    said = _compare(example.expected, told(example.asked, book), "it")
    if said is not None:
        yield said
    if example.answer is None or example.expected_answer is None or not isinstance(example.asked, Request):
        return
    said = _compare(
        example.expected_answer, told_of_answer(example.asked, example.answer, book), "its answer"
    )
    if said is not None:
        yield said


def _grant(asked: Request | Application, book: Book) -> RuleRef:
    if isinstance(asked, Application):
        return recognition.ref(
            recognition.granting_service(
                book,
                asked.receiving,
                asked.deciding,
                asked.item,
                asked.mode,
                asked.legal_basis,
                asked.has_consent,
                asked.arrived_at,
            )
        )
    question = _question(asked)
    return recognition.ref(
        recognition.granting(book, question, recognition.facts_of(question, list(asked.claimed)))
    )


def _judge(asked: Request, answer: Answer, book: Book) -> Told:
    rule = recognition.rule_for(book, _question(asked))
    recognition.check_granted(answer.returned, asked.fields, rule.id, rule.version)
    today = shanghai_day(answer.arrived_at)
    days = None if answer.since is None else today - shanghai_day(answer.since)
    facts = answered_facts(
        answer.outcome,
        answer.state,
        answer.trust,
        days,
        tuple(field for field, _ in asked.claimed if field not in answer.mismatched),
        answer.mismatched,
        iso_day(today),
        list(answer.values),
    )
    judged, by = recognition.judge_answer(
        book, rule, answer.state, answer.trust, days, facts, answer.arrived_at
    )
    return "delivered", None, by.id, judged


def _question(asked: Request) -> recognition.Question:
    return recognition.Question(
        asking=asked.asking,
        issuing=asked.issuing,
        asking_division=asked.asking_division,
        issuing_division=asked.issuing_division,
        licence_type=asked.licence_type,
        item=asked.item,
        use_kind=asked.use_kind,
        purpose=asked.purpose,
        legal_basis=asked.legal_basis,
        has_consent=asked.has_consent,
        fields=asked.fields,
        holder=asked.holder,
        arrived_at=asked.arrived_at,
    )


def _refused(refusal: Refused) -> Told:
    return "refused", refusal.reason.value, refusal.rule.id if refusal.rule else None, None


def _compare(expected: Expected, told: Told, what: str) -> str | None:
    outcome, reason, rule, recognised = told
    wanted = expected.reason.value if expected.reason is not None else None
    if (outcome, reason) != (expected.outcome, wanted):
        return f"{what} is {_words(outcome, reason)}, expected {_words(expected.outcome, wanted)}"
    if expected.rule is not None and rule != expected.rule:
        return f"{what} is decided by {rule or 'no rule'}, expected {expected.rule}"
    if expected.recognised is not None and recognised != expected.recognised:
        return f"{what} is recognised: {_yes(recognised)}, expected {_yes(expected.recognised)}"
    return None


def _words(outcome: str, reason: str | None) -> str:
    return outcome if reason is None else f"{outcome} ({reason})"


def _yes(recognised: str | None) -> str:
    return recognised or "not judged"
