"""What is explained: a verification as the rules see it, and the answer it got, if it has one."""

from dataclasses import dataclass

from gateway import recognition
from gateway.definitions import YES, RecognitionRule
from gateway.definitions.book import Book
from gateway.definitions.conditions import Facts, answered_facts
from gateway.errors import Refused
from gateway.recognition import Question
from gateway.slot import iso_day, shanghai_day


@dataclass(frozen=True)
class Asked:
    """A question (see `recognition.Question`) with the values it states, by field."""

    asking: str
    issuing: str
    asking_division: str
    issuing_division: str
    licence_type: str
    item: str
    use_kind: str
    purpose: str
    legal_basis: str
    has_consent: bool
    fields: tuple[str, ...]
    holder: str
    arrived_at: int
    claimed: tuple[tuple[str, str], ...] = ()

    @property
    def question(self) -> Question:
        return Question(
            self.asking,
            self.issuing,
            self.asking_division,
            self.issuing_division,
            self.licence_type,
            self.item,
            self.use_kind,
            self.purpose,
            self.legal_basis,
            self.has_consent,
            self.fields,
            self.holder,
            self.arrived_at,
        )

    @property
    def facts(self) -> Facts:
        """What a condition on the request may read."""
        return recognition.facts_of(self.question, list(self.claimed))


@dataclass(frozen=True)
class Found:
    """What an answer found. days: since the state began; named: every field it names, values or not."""

    state: str | None
    trust: str
    days: int | None
    arrived_at: int
    outcome: str = "MATCH_VALID"
    matched: tuple[str, ...] = ()
    mismatched: tuple[str, ...] = ()
    returned: tuple[tuple[str, str], ...] = ()
    named: tuple[str, ...] = ()

    @property
    def facts(self) -> Facts:
        """What a condition on the answer may read."""
        return answered_facts(
            self.outcome,
            self.state,
            self.trust,
            self.days,
            self.matched,
            self.mismatched,
            iso_day(shanghai_day(self.arrived_at)),
            list(self.returned),
        )


@dataclass(frozen=True)
class Applied:
    """An application as the rules see it (跨省通办)."""

    receiving: str
    deciding: str
    item: str
    mode: str
    legal_basis: str
    has_consent: bool
    arrived_at: int


@dataclass(frozen=True)
class Matter:
    """A request, an answer, or both; or an application.

    pinned: the rule that granted the request, where only that is known.
    """

    asked: Asked | None
    found: Found | None = None
    pinned: RecognitionRule | None = None
    applied: Applied | None = None


def is_recognised(book: Book, matter: Matter) -> bool:
    """Whether recognition lets the request pass, quota aside, and recognises what its answer found."""
    if matter.applied is not None:
        return _is_decided(book, matter.applied)
    try:
        rule = matter.pinned if matter.asked is None else granting(book, matter.asked)
        if matter.found is None or rule is None:
            return rule is not None
        found = matter.found
        if matter.asked is not None:
            recognition.check_granted(found.named, matter.asked.fields, rule.id, rule.version)
    except Refused:
        return False
    judged, _ = recognition.judge_answer(
        book, rule, found.state, found.trust, found.days, found.facts, found.arrived_at
    )
    return judged == YES


def granting(book: Book, asked: Asked) -> RecognitionRule:
    """The rule that lets the request pass, quota aside. Raises `Refused` if none does."""
    return recognition.granting(book, asked.question, asked.facts)


def _is_decided(book: Book, one: Applied) -> bool:
    try:
        recognition.granting_service(
            book,
            one.receiving,
            one.deciding,
            one.item,
            one.mode,
            one.legal_basis,
            one.has_consent,
            one.arrived_at,
        )
    except Refused:
        return False
    return True
