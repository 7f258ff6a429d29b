"""A question of the partition, put to the rules as an event of a region would be, and what comes of it."""

from dataclasses import dataclass

from gateway import recognition
from gateway.definitions import RecognitionRule
from gateway.definitions.book import Book
from gateway.definitions.conditions import Facts, answered_facts
from gateway.errors import Refused
from gateway.law.grid import day_of
from gateway.recognition import Question


@dataclass(frozen=True)
class Answer:
    """What the issuing region would answer. days: since the state began, None if it does not say."""

    state: str
    trust: str
    days: int | None = None
    returned: tuple[tuple[str, str], ...] = ()
    mismatched: tuple[str, ...] = ()


@dataclass(frozen=True)
class Asked:
    """A synthetic licence and what is asked about it; no person stands behind any value."""

    question: Question
    claimed: tuple[tuple[str, str], ...]
    answer: Answer | None


@dataclass(frozen=True)
class Told:
    """What comes of it. recognised: of the answer, where there is one."""

    outcome: str
    reason: str | None
    rule: str | None
    recognised: str | None


def told(book: Book, asked: Asked) -> Told:
    """Ask recognition, step by step as the line does, quotas aside."""
    try:
        rule = recognition.granting(book, asked.question, facts_of(asked))
    except Refused as refused:
        by = refused.rule
        return Told("refused", refused.reason.value, None if by is None else by.id, None)
    return Told("delivered", None, rule.id, _recognised(book, rule, asked))


def _recognised(book: Book, rule: RecognitionRule, asked: Asked) -> str | None:
    answer = asked.answer
    if answer is None:
        return None
    facts = answer_facts(answer, asked)
    at = asked.question.arrived_at
    return recognition.judge_answer(book, rule, answer.state, answer.trust, answer.days, facts, at)[0]


def facts_of(asked: Asked) -> Facts:
    """What a condition on a request may read of it."""
    return recognition.facts_of(asked.question, list(asked.claimed))


def answer_facts(answer: Answer, asked: Asked) -> Facts:
    """What a condition on an answer may read of it."""
    matched = tuple(field for field, _ in asked.claimed if field not in answer.mismatched)
    return answered_facts(
        "MATCH_VALID", answer.state, answer.trust, answer.days, matched, answer.mismatched,
        day_of(asked.question.arrived_at), list(answer.returned),
    )  # fmt: skip
