"""The life of an application between two regions (办件), as one table.

A case has two parties: the region that opened it receives (收件地), the other one decides (办理地).
Anything not in `TRANSITIONS` is illegal. The states, their clocks and who may send them are the
canonical life cycle; docs/states.md is printed from the two tables below.

Clock letters: A acceptance, D decision, V delivery, P paused, - none.
"""

from collections.abc import Callable
from typing import Final

RECEIVING: Final = "receiving"
DECIDING: Final = "deciding"
GATEWAY: Final = "gateway"
NOBODY: Final = ""

POSITIVE: Final = frozenset({"APPROVED", "CONDITIONALLY_APPROVED"})
KEPT_AFTER_END_MS: Final = 30 * 24 * 3_600_000
"""A case leaves the state 30 days after it ended."""


class State:
    """One application state: its Chinese name, the clock that runs, and who must act next."""

    __slots__ = ("ball", "chinese", "clock", "ended")

    def __init__(self, chinese: str, clock: str, ball: str, ended: bool = False) -> None:
        self.chinese = chinese
        self.clock = clock
        self.ball = ball
        self.ended = ended


STATES: Final[dict[str, State]] = {
    "SUBMITTED": State("申报", "-", RECEIVING),
    "RECEIVED": State("收件", "-", RECEIVING),
    "FORWARDED": State("转办", "A", DECIDING),
    "TAKEN_OVER": State("承接", "A", DECIDING),
    "SUPPLEMENT_REQUESTED": State("补正告知", "P", RECEIVING),
    "SUPPLEMENTED": State("补正受理", "A", DECIDING),
    "ACCEPTED": State("受理", "D", DECIDING),
    "NOT_ACCEPTED": State("不予受理", "-", NOBODY, ended=True),
    "IN_REVIEW": State("审批", "D", DECIDING),
    "ASSIST_PENDING": State("协办", "D", DECIDING),
    "SUSPENDED": State("特别程序", "P", DECIDING),
    "APPROVED": State("办结通过", "V", DECIDING),
    "CONDITIONALLY_APPROVED": State("办结容缺通过", "V", DECIDING),
    "REJECTED": State("办结不通过", "-", NOBODY, ended=True),
    "RETURNED": State("退件", "-", NOBODY, ended=True),
    "WITHDRAWN": State("撤回", "-", NOBODY, ended=True),
    "REVOKED": State("撤销", "-", NOBODY, ended=True),
    "SUPPLEMENT_TIMEOUT": State("补正超时驳回", "-", NOBODY, ended=True),
    "DELIVERING": State("出证送达", "V", DECIDING),
    "DELIVERED": State("领取", "-", NOBODY, ended=True),
    "EVALUATED": State("评价", "-", NOBODY, ended=True),
    "ARCHIVED": State("归档", "-", NOBODY, ended=True),
}


class Transition:
    """From one state to the next: who may send it, and what must hold (a key of `GUARDS`).

    stays: the event is recorded and the state does not change.
    """

    __slots__ = ("after", "before", "guard", "senders", "stays")

    def __init__(
        self, before: str, after: str, senders: tuple[str, ...], guard: str = "", stays: bool = False
    ) -> None:
        self.before = before
        self.after = after
        self.senders = senders
        self.guard = guard
        self.stays = stays


_R: Final = (RECEIVING,)
_D: Final = (DECIDING,)
_BOTH: Final = (RECEIVING, DECIDING)
_G: Final = (GATEWAY,)

_WITHDRAWABLE: Final = (
    "SUBMITTED",
    "RECEIVED",
    "FORWARDED",
    "TAKEN_OVER",
    "SUPPLEMENT_REQUESTED",
    "SUPPLEMENTED",
    "ACCEPTED",
    "IN_REVIEW",
    "ASSIST_PENDING",
    "SUSPENDED",
)
_ARCHIVABLE: Final = (
    "DELIVERED",
    "REJECTED",
    "EVALUATED",
    "NOT_ACCEPTED",
    "RETURNED",
    "WITHDRAWN",
    "SUPPLEMENT_TIMEOUT",
    "REVOKED",
)

_ROWS: Final = (
    Transition("SUBMITTED", "RECEIVED", _R),
    Transition("RECEIVED", "FORWARDED", _G),
    Transition("RECEIVED", "SUPPLEMENT_REQUESTED", _R, "first-supplement"),
    Transition("RECEIVED", "RETURNED", _R),
    Transition("FORWARDED", "TAKEN_OVER", _D),
    Transition("FORWARDED", "RETURNED", _D),
    Transition("TAKEN_OVER", "ACCEPTED", _D),
    Transition("TAKEN_OVER", "NOT_ACCEPTED", _D, "reason"),
    Transition("TAKEN_OVER", "SUPPLEMENT_REQUESTED", _D, "first-supplement"),
    Transition("TAKEN_OVER", "RETURNED", _D),
    Transition("SUPPLEMENT_REQUESTED", "SUPPLEMENTED", _R),
    Transition("SUPPLEMENT_REQUESTED", "SUPPLEMENT_TIMEOUT", _BOTH, "sender-asked"),
    Transition("SUPPLEMENT_REQUESTED", "NOT_ACCEPTED", _D, "reason-deciding-asked"),
    Transition("SUPPLEMENTED", "ACCEPTED", _D, "deciding-asked"),
    Transition("SUPPLEMENTED", "NOT_ACCEPTED", _D, "reason-deciding-asked"),
    Transition("SUPPLEMENTED", "FORWARDED", _G, "receiving-asked"),
    Transition("ACCEPTED", "IN_REVIEW", _D),
    Transition("IN_REVIEW", "ASSIST_PENDING", _D),
    Transition("IN_REVIEW", "SUSPENDED", _D, "legal-cause"),
    Transition("IN_REVIEW", "APPROVED", _D),
    Transition("IN_REVIEW", "CONDITIONALLY_APPROVED", _D),
    Transition("IN_REVIEW", "REJECTED", _D, "reason"),
    Transition("ASSIST_PENDING", "IN_REVIEW", _BOTH, "assist-reply"),
    Transition("SUSPENDED", "IN_REVIEW", _D),
    Transition("APPROVED", "DELIVERING", _D),
    Transition("APPROVED", "DELIVERED", _D),
    Transition("APPROVED", "REVOKED", _D),
    Transition("CONDITIONALLY_APPROVED", "APPROVED", _D),
    Transition("CONDITIONALLY_APPROVED", "DELIVERING", _D),
    Transition("CONDITIONALLY_APPROVED", "DELIVERED", _D),
    Transition("CONDITIONALLY_APPROVED", "REVOKED", _D),
    Transition("DELIVERING", "DELIVERED", _D),
    Transition("DELIVERING", "DELIVERING", _D, stays=True),
    Transition("DELIVERING", "APPROVED", _D, "was-conditional", stays=True),
    Transition("DELIVERING", "REVOKED", _D),
    Transition("DELIVERED", "EVALUATED", _R),
    Transition("DELIVERED", "APPROVED", _D, "was-conditional", stays=True),
    Transition("DELIVERED", "REVOKED", _D, "was-positive"),
    Transition("REJECTED", "EVALUATED", _R),
    Transition("EVALUATED", "REVOKED", _D, "was-positive"),
    Transition("ARCHIVED", "EVALUATED", _R, stays=True),
    Transition("ARCHIVED", "REVOKED", _D, "was-positive"),
    *(Transition(before, "WITHDRAWN", _R) for before in _WITHDRAWABLE),
    *(Transition(before, "ARCHIVED", _D) for before in _ARCHIVABLE),
)

TRANSITIONS: Final[dict[tuple[str, str], Transition]] = {(row.before, row.after): row for row in _ROWS}


class Note:
    """What a progress event carries beside the state: which guards can be met."""

    __slots__ = ("has_assist_reply", "has_legal_cause", "has_reason")

    def __init__(self, has_reason: bool, has_legal_cause: bool, has_assist_reply: bool) -> None:
        self.has_reason = has_reason
        self.has_legal_cause = has_legal_cause
        self.has_assist_reply = has_assist_reply


class Standing:
    """Where a case stands: its state, who asked for a supplement, and what was decided.

    decision: APPROVED, CONDITIONALLY_APPROVED, REJECTED or REVOKED, once there is one.
    """

    __slots__ = ("decision", "state", "supplement_asked_by")

    def __init__(self, state: str, supplement_asked_by: str | None, decision: str | None) -> None:
        self.state = state
        self.supplement_asked_by = supplement_asked_by
        self.decision = decision


class Guard:
    """What a transition demands beside the right sender: a sentence, and the test of it."""

    __slots__ = ("holds", "sentence")

    def __init__(self, sentence: str, holds: Callable[[Standing, str, Note], bool]) -> None:
        self.sentence = sentence
        self.holds = holds


def _asked_by(standing: Standing, role: str) -> bool:
    return standing.supplement_asked_by == role


GUARDS: Final[dict[str, Guard]] = {
    "": Guard("", lambda _standing, _sender, _note: True),
    "first-supplement": Guard(
        "no supplement was requested before (一次告知)",
        lambda standing, _sender, _note: standing.supplement_asked_by is None,
    ),
    "deciding-asked": Guard(
        "the deciding region asked for the supplement",
        lambda standing, _sender, _note: _asked_by(standing, DECIDING),
    ),
    "receiving-asked": Guard(
        "the receiving region asked for the supplement",
        lambda standing, _sender, _note: _asked_by(standing, RECEIVING),
    ),
    "sender-asked": Guard(
        "the sender asked for the supplement", lambda standing, sender, _note: _asked_by(standing, sender)
    ),
    "reason": Guard("a reason is given", lambda _standing, _sender, note: note.has_reason),
    "reason-deciding-asked": Guard(
        "a reason is given and the deciding region asked for the supplement",
        lambda standing, _sender, note: note.has_reason and _asked_by(standing, DECIDING),
    ),
    "legal-cause": Guard(
        "the legal cause of the special procedure is given",
        lambda _standing, _sender, note: note.has_legal_cause,
    ),
    "assist-reply": Guard(
        "the reply of the assisting region is given",
        lambda _standing, _sender, note: note.has_assist_reply,
    ),
    "was-positive": Guard(
        "the decision was positive and is not revoked",
        lambda standing, _sender, _note: standing.decision in POSITIVE,
    ),
    "was-conditional": Guard(
        "the approval was conditional (容缺)",
        lambda standing, _sender, _note: standing.decision == "CONDITIONALLY_APPROVED",
    ),
}


def allowed_next(standing: Standing, sender: str) -> tuple[str, ...]:
    """The states this sender may report now, given that it supplies reasons and replies where due."""
    note = Note(has_reason=True, has_legal_cause=True, has_assist_reply=True)
    return tuple(
        row.after
        for row in _ROWS
        if row.before == standing.state
        and sender in row.senders
        and GUARDS[row.guard].holds(standing, sender, note)
    )


def advance(standing: Standing, reported: str, sender: str, note: Note) -> Standing | str:
    """Where the case stands after `sender` reports a state, or one sentence why it may not.

    A case that is received, or supplemented at the receiving region's own wish, is forwarded by the
    gateway in the same step: the delivery of the event is the forwarding.
    """
    row = TRANSITIONS.get((standing.state, reported))
    if row is None:
        return f'"{reported}" cannot follow "{standing.state}"'
    if sender not in row.senders:
        return f'"{reported}" after "{standing.state}" is sent by the {" or ".join(row.senders)} region'
    guard = GUARDS[row.guard]
    if not guard.holds(standing, sender, note):
        return f'"{reported}" after "{standing.state}" only if {guard.sentence}'
    decision = _decision_after(standing, reported)
    if row.stays:
        return Standing(standing.state, standing.supplement_asked_by, decision)
    asked = sender if reported == "SUPPLEMENT_REQUESTED" else standing.supplement_asked_by
    return _forwarded(Standing(reported, asked, decision))


def _decision_after(standing: Standing, reported: str) -> str | None:
    if reported in POSITIVE or reported == "REJECTED" or reported == "REVOKED":
        return reported
    return standing.decision


def _forwarded(standing: Standing) -> Standing:
    implied = standing.state == "RECEIVED" or (
        standing.state == "SUPPLEMENTED" and standing.supplement_asked_by == RECEIVING
    )
    if not implied:
        return standing
    return Standing("FORWARDED", standing.supplement_asked_by, standing.decision)
