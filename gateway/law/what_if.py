"""What coming rules would have said of what was decided (试算): the same questions, judged a second time.

A recorded decision is judged under the coming definitions as if it arrived on a later day. Only what the
rules say is compared: whether a request passes and by which reason not, and whether an answer is
recognised. Caps, repeats and the states of cases are left out; they do not hang on a rule's words.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Final

from gateway import recognition
from gateway.definitions import RecognitionRule
from gateway.definitions.book import Book
from gateway.definitions.conditions import Condition
from gateway.errors import Reason, Refused
from gateway.law.explanation_asked import Asked, Found, granting

BY_RULE: Final = frozenset(
    {
        Reason.NO_AGREEMENT.value,
        Reason.PURPOSE_NOT_AGREED.value,
        Reason.FIELD_NOT_AGREED.value,
        Reason.CONSENT_MISSING.value,
        Reason.NOT_RECOGNISED.value,
    }
)
"""The reasons that a rule, or its absence, gives."""
DELIVERED: Final = "delivered"
NOTHING_FOUND: Final = "nothing found"
CANNOT_BE_TOLD: Final = "cannot be told"


@dataclass(frozen=True)
class Recorded:
    """A decision on a request, or on its answer. position: topic[partition]@offset of the record.

    said: delivered or the reason, for a request; yes, no, review or "nothing found", for an answer.
    rule: id@version of the rule that said so; empty if none did. with_values: whether the values claimed
    and returned are known here; a sample that holds nothing personal has only the names of their fields.
    """

    position: str
    asked: Asked
    found: Found | None
    said: str
    rule: str
    with_values: bool = True


@dataclass(frozen=True)
class Flip:
    """A decision that would be another. Never holds a value of an event."""

    recorded: Recorded
    would_be: str
    rule: str

    @property
    def kind(self) -> tuple[str, str, str, str, str, str]:
        """What flips are counted by: who asks whom, item, licence type, what it was and would be."""
        asked = self.recorded.asked
        was = self.recorded.said
        return asked.asking, asked.issuing, asked.item, asked.licence_type, was, self.would_be


@dataclass
class Tally:
    """What came of judging again. examples: the first flip of each kind."""

    requests: int = 0
    answers: int = 0
    not_told: int = 0
    flips: dict[tuple[str, str, str, str, str, str], int] = field(default_factory=dict)
    examples: dict[tuple[str, str, str, str, str, str], Flip] = field(default_factory=dict)

    def take(self, recorded: Recorded, coming: Book, at: int | None) -> Flip | None:
        """Judge one more; returns it if it flips."""
        if recorded.found is None:
            self.requests += 1
        else:
            self.answers += 1
        would_be, rule = said(coming, recorded, at)
        if would_be == CANNOT_BE_TOLD:
            self.not_told += 1
        if would_be in (recorded.said, CANNOT_BE_TOLD):
            return None
        flip = Flip(recorded, would_be, rule)
        self.flips[flip.kind] = self.flips.get(flip.kind, 0) + 1
        self.examples.setdefault(flip.kind, flip)
        return flip


def said(book: Book, recorded: Recorded, at: int | None) -> tuple[str, str]:
    """What these definitions say of it, and by which rule.

    at: when it arrives, in milliseconds since the epoch; None for when it did.
    """
    asked = recorded.asked if at is None else replace(recorded.asked, arrived_at=at)
    try:
        rule = granting(book, asked) if recorded.with_values else _granting_unseen(book, asked)
        if rule is None or (recorded.found and _withheld(recorded, rule.answered_when)):
            return CANNOT_BE_TOLD, ""
        if recorded.found is None:
            return DELIVERED, str(recognition.ref(rule))
        found = recorded.found
        recognition.check_granted(found.named, asked.fields, rule.id, rule.version)
    except Refused as refusal:
        return refusal.reason.value, "" if refusal.rule is None else str(refusal.rule)
    when = found.arrived_at if at is None else at
    judged, by = recognition.judge_answer(book, rule, found.state, found.trust, found.days, found.facts, when)
    return judged or NOTHING_FOUND, str(recognition.ref(by))


def _granting_unseen(book: Book, asked: Asked) -> RecognitionRule | None:
    """The granting rule where claimed values are not known; None if one of its conditions reads them."""
    question = asked.question
    recognition.check_pair(book, asked.asking, asked.issuing)
    rule = recognition.rule_for(book, question)
    if any(_reads_values(condition) for condition in rule.asked_when):
        return None
    return granting(book, asked)


def _withheld(recorded: Recorded, conditions: tuple[Condition, ...]) -> bool:
    return not recorded.with_values and any(map(_reads_values, conditions))


def _reads_values(condition: Condition) -> bool:
    return any(read.name.startswith(("claimed.", "returned.")) for read in condition.reads)


def next_change(book: Book, after: int) -> int | None:
    """When the last rule that is still to begin does; None if all of them have begun."""
    coming = [rule.effective_from for rule in book.recognition_by_version.values()]
    return max((start for start in coming if start > after), default=None)


def counted(tally: Tally) -> Iterator[tuple[int, Flip]]:
    """The kinds of flips, the most frequent first, each with its example."""
    for kind, count in sorted(tally.flips.items(), key=lambda one: (-one[1], one[0])):
        yield count, tally.examples[kind]
