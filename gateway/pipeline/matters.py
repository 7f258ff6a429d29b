"""What each contract asks of the agreement and of its case, one handler per contract.

A handler reads the slot, raises `Refused`, or fills the ledger entry and the list of changes.
"""

from collections.abc import Callable
from typing import Final

from gateway import cases, ledger, recognition, verifications
from gateway.cases import DECIDING, RECEIVING, STATES
from gateway.codec import (
    ApplicationProgressed,
    ApplicationSubmitted,
    Event,
    KeptCase,
    KeptRequest,
    KeptUsage,
    LedgerEntry,
    LicenceVerificationAnswered,
    LicenceVerificationRequested,
    StateEntry,
)
from gateway.definitions import RecognitionRule, Region, ServiceRule
from gateway.definitions.book import Book
from gateway.errors import Reason, Refused, RuleRef
from gateway.identifiers import division_of
from gateway.messages import OutboxRecord
from gateway.slot import Slot, case_key, request_key, shanghai_day, usage_key

ISSUER_SEGMENT: Final = 6
"""Where the issuer stands between the dots of a licence identifier, whose shape the codec has checked."""


class Matter:
    """One event under decision, with everything it is decided from; `changes` fills as it goes."""

    __slots__ = ("book", "changes", "entry", "event", "record", "sender", "slot")

    def __init__(
        self, record: OutboxRecord, event: Event, entry: LedgerEntry, sender: Region, slot: Slot, book: Book
    ) -> None:
        self.record = record
        self.event = event
        self.entry = entry
        self.sender = sender
        self.slot = slot
        self.book = book
        self.changes: list[tuple[str, StateEntry | None]] = []


def on_verification_requested(matter: Matter) -> None:
    """Judge the question, pin the rule that allows it, and open the request."""
    event = matter.event
    assert isinstance(event, LicenceVerificationRequested)
    _note_facts(matter, event.item, event.licence_type, event.use_kind)
    recognition.check_pair(matter.book, event.source, event.target)
    question = _question(event, matter.record.arrived_at)
    rule = recognition.rule_for(matter.book, question)
    recognition.check_question(rule, question)
    _count_use(matter, rule)
    recognition.check_use(rule, question)
    ledger.note_rule(matter.entry, recognition.ref(rule))
    case = _case_between_parties(matter)
    due = verifications.due_at(matter.record.arrived_at, rule.answer_within_seconds)
    kept = case or _opened(matter, event.parent)
    expires_at = kept.expires_at
    if kept.state is None or expires_at is not None:
        expires_at = max(expires_at or 0, due + cases.KEPT_AFTER_END_MS)
    request = KeptRequest(
        case_id=event.case_id,
        event_id=event.event_id,
        asker=event.source,
        asked=event.target,
        licence_type=event.licence_type,
        rule_id=rule.id,
        rule_version=rule.version,
        fields=question.fields,
        due=due,
        answered=False,
    )
    _keep_request(matter, request)
    _keep_case(matter, kept, kept.state, expires_at)
    matter.entry.due = due
    matter.entry.ball = matter.entry.ball or event.target


def on_verification_answered(matter: Matter) -> None:
    """Hold an answer against its request, and say whether the pinned rule recognises what it found."""
    event = matter.event
    assert isinstance(event, LicenceVerificationAnswered)
    entry = matter.entry
    entry.in_reply_to = event.in_reply_to
    recognition.check_pair(matter.book, event.source, event.target)
    at = matter.record.arrived_at
    case = matter.slot.case_at(event.case_id, at)
    found = matter.slot.request(event.case_id, event.in_reply_to) if case is not None else None
    request = verifications.check_addressee(found, event.source)
    pinned = RuleRef(request.rule_id, request.rule_version)
    returned = tuple(value.field for value in event.returned)
    recognition.check_granted(returned + event.matched + event.mismatched, request.fields, pinned)
    _case_between_parties(matter)
    verifications.check_open(request, at)
    rule = matter.book.recognition_by_version.get((pinned.id, pinned.version))
    if rule is None:
        raise Refused(Reason.RULE_FAULT, f"rule {pinned} granted the request and is not defined any more")
    ledger.note_rule(entry, pinned)
    entry.licence_type = request.licence_type
    entry.answer = event.outcome
    entry.licence_state = event.licence_state
    entry.trust_level = event.trust_level
    entry.recognised = recognition.is_recognised(rule, event.licence_state, event.trust_level)
    _keep_request(matter, _answered(request))
    assert case is not None  # a request lives in a case
    _keep_case(matter, case, case.state, case.expires_at)


def on_application_submitted(matter: Matter) -> None:
    """Judge whether the target decides this item for the source, and open the application."""
    event = matter.event
    assert isinstance(event, ApplicationSubmitted)
    _note_facts(matter, event.item, None, None)
    recognition.check_pair(matter.book, event.source, event.target)
    at = matter.record.arrived_at
    rule = recognition.service_for(matter.book, event.source, event.target, event.item, at)
    recognition.check_application(rule, event.legal_basis, event.consent_ref is not None)
    _count_use(matter, rule)
    recognition.check_mode(rule, event.mode)
    ledger.note_rule(matter.entry, recognition.ref(rule))
    case = _case_between_parties(matter)
    if case is not None and (case.state is not None or case.opener != event.source):
        raise Refused(
            Reason.ILLEGAL_TRANSITION,
            f"case {event.case_id} already has an application"
            if case.state is not None
            else f"only {case.opener}, which opened case {event.case_id}, applies in it",
        )
    kept = case or _opened(matter, event.parent)
    kept = _with_rule(kept, rule)
    _keep_case(matter, kept, "SUBMITTED", None)


def on_application_progressed(matter: Matter) -> None:
    """Move the application along its state table."""
    event = matter.event
    assert isinstance(event, ApplicationProgressed)
    recognition.check_pair(matter.book, event.source, event.target)
    case = matter.slot.case_at(event.case_id, matter.record.arrived_at)
    if case is None or case.state is None:
        raise Refused(Reason.NO_REQUEST, f"no application was delivered in case {event.case_id}")
    _case_between_parties(matter)
    matter.entry.state_reported = event.state
    matter.entry.state_before = case.state
    standing = cases.Standing(case.state, case.supplement_asked_by, case.decision)
    role = RECEIVING if event.source == case.opener else DECIDING
    if event.state == "WITHDRAWN" and case.decision is not None:
        raise Refused(
            Reason.AFTER_DELIVERY,
            f"case {event.case_id} is {case.state}; it can only be withdrawn before the decision",
        )
    note = cases.Note(_said(event.reason), _said(event.legal_cause), event.assist_reply is not None)
    after = cases.advance(standing, event.state, role, note)
    if isinstance(after, str):
        allowed = cases.allowed_next(standing, role)
        raise Refused(
            Reason.ILLEGAL_TRANSITION,
            f"case {event.case_id}: {after} (allowed for {event.source}: {', '.join(allowed) or 'nothing'})",
            allowed=allowed,
        )
    _keep_progress(matter, case, after)


HANDLERS: Final[dict[str, Callable[[Matter], None]]] = {
    "licence-verification-requested": on_verification_requested,
    "licence-verification-answered": on_verification_answered,
    "application-submitted": on_application_submitted,
    "application-progressed": on_application_progressed,
}


def _said(text: str | None) -> bool:
    return text is not None and text.strip() != ""


def _question(event: LicenceVerificationRequested, arrived_at: int) -> recognition.Question:
    return recognition.Question(
        asking=event.source,
        issuing=event.target,
        asking_division=division_of(event.department),
        issuing_division=division_of(event.licence_id.split(".")[ISSUER_SEGMENT]),
        licence_type=event.licence_type,
        item=event.item,
        use_kind=event.use_kind,
        purpose=event.purpose,
        legal_basis=event.legal_basis,
        has_consent=event.consent_ref is not None,
        fields=event.fields + tuple(claim.field for claim in event.claims),
        arrived_at=arrived_at,
    )


def _note_facts(matter: Matter, item: str, licence_type: str | None, use_kind: str | None) -> None:
    """Codes enter the ledger only if the catalogue knows them."""
    if item in matter.book.items:
        matter.entry.item = item
    if licence_type is not None and licence_type in matter.book.licence_types:
        matter.entry.licence_type = licence_type
    matter.entry.use_kind = use_kind


def _count_use(matter: Matter, rule: RecognitionRule | ServiceRule) -> None:
    at = matter.record.arrived_at
    used = matter.slot.used(rule.id, at)
    recognition.check_quota(rule, used, matter.book.slots)
    day = shanghai_day(at)
    usage = KeptUsage(rule_id=rule.id, day=day, used=used + 1)
    matter.changes.append((usage_key(rule.id, day), _change(matter, usage=usage)))


def _case_between_parties(matter: Matter) -> KeptCase | None:
    """The case of this event if it lives; refuse whoever is not a party, or opens under another's number."""
    event = matter.event
    case = matter.slot.case_at(event.case_id, matter.record.arrived_at)
    if case is None:
        if event.case_id[:6] != matter.sender.division:
            raise Refused(
                Reason.NOT_A_PARTY,
                f"{event.source} opens cases of {matter.sender.division}, found one of {event.case_id[:6]}",
            )
        return None
    if (event.source, event.target) not in ((case.opener, case.other), (case.other, case.opener)):
        raise Refused(
            Reason.NOT_A_PARTY, f"case {event.case_id} is not between {event.source} and {event.target}"
        )
    return case


def _opened(matter: Matter, parent: str | None) -> KeptCase:
    """A fresh case; what an expired one of the same id left behind is forgotten."""
    event = matter.event
    for event_id in matter.slot.requests.get(event.case_id, {}):
        matter.changes.append((request_key(event.case_id, event_id), None))
    return KeptCase(
        case_id=event.case_id,
        opener=event.source,
        other=event.target,
        parent=parent,
        state=None,
        supplement_asked_by=None,
        decision=None,
        last_number=0,
        rule_id=None,
        rule_version=None,
        changed_at=matter.record.arrived_at,
        expires_at=None,
    )


def _with_rule(case: KeptCase, rule: ServiceRule) -> KeptCase:
    kept = _copy(case)
    kept.rule_id = rule.id
    kept.rule_version = rule.version
    return kept


def _keep_case(matter: Matter, case: KeptCase, state: str | None, expires_at: int | None) -> None:
    """Number the event, remember the case, and write both down."""
    kept = _copy(case)
    kept.state = state
    kept.last_number = case.last_number + 1
    kept.changed_at = matter.record.arrived_at
    kept.expires_at = expires_at
    entry = matter.entry
    entry.number = kept.last_number
    entry.opened_by = kept.opener
    entry.state_before = case.state
    entry.state_after = state
    entry.ball = _ball(kept)
    matter.changes.append((case_key(kept.case_id), _change(matter, case=kept)))


def _keep_progress(matter: Matter, case: KeptCase, after: cases.Standing) -> None:
    moved = _copy(case)
    moved.supplement_asked_by = after.supplement_asked_by
    moved.decision = after.decision
    ended = matter.record.arrived_at + cases.KEPT_AFTER_END_MS if STATES[after.state].ended else None
    if case.rule_id is not None and case.rule_version is not None:
        ledger.note_rule(matter.entry, RuleRef(case.rule_id, case.rule_version))
    _keep_case(matter, moved, after.state, ended)


def _ball(case: KeptCase) -> str | None:
    """The region that must act next in an application; None where nobody must."""
    if case.state is None:
        return None
    role = STATES[case.state].ball
    return case.opener if role == RECEIVING else case.other if role == DECIDING else None


def _keep_request(matter: Matter, request: KeptRequest) -> None:
    key = request_key(request.case_id, request.event_id)
    matter.changes.append((key, _change(matter, request=request)))


def _answered(request: KeptRequest) -> KeptRequest:
    return KeptRequest(
        case_id=request.case_id,
        event_id=request.event_id,
        asker=request.asker,
        asked=request.asked,
        licence_type=request.licence_type,
        rule_id=request.rule_id,
        rule_version=request.rule_version,
        fields=request.fields,
        due=request.due,
        answered=True,
    )


def _copy(case: KeptCase) -> KeptCase:
    return KeptCase(
        case_id=case.case_id,
        opener=case.opener,
        other=case.other,
        parent=case.parent,
        state=case.state,
        supplement_asked_by=case.supplement_asked_by,
        decision=case.decision,
        last_number=case.last_number,
        rule_id=case.rule_id,
        rule_version=case.rule_version,
        changed_at=case.changed_at,
        expires_at=case.expires_at,
    )


def _change(
    matter: Matter,
    case: KeptCase | None = None,
    request: KeptRequest | None = None,
    usage: KeptUsage | None = None,
) -> StateEntry:
    return StateEntry(seq=matter.entry.seq, position=None, case=case, request=request, usage=usage)
