"""What each contract asks of the agreement and of its case, one handler per contract.

A handler reads the slot, raises `Refused`, or fills the ledger entry and the list of changes.
"""

from collections.abc import Callable
from typing import Final

from gateway import cases, ledger, recognition, verifications
from gateway.cases import DECIDING, RECEIVING
from gateway.codec import (
    ApplicationProgressed,
    ApplicationSubmitted,
    KeptRequest,
    LicenceVerificationAnswered,
    LicenceVerificationRequested,
)
from gateway.definitions import FAVOURABLE, REVIEW, YES, RecognitionRule, ServiceRule
from gateway.errors import Reason, Refused
from gateway.pipeline.facts import days_in_state, facts_of_answer, facts_of_request, question_of
from gateway.pipeline.matters import (
    Matter,
    answered,
    case_between_parties,
    copied,
    keep_case,
    keep_progress,
    opened,
)
from gateway.slot import shanghai_day


def on_verification_requested(matter: Matter) -> None:
    """Judge the question, pin the rule that allows it, and open the request."""
    event = matter.event
    assert isinstance(event, LicenceVerificationRequested)
    _note_facts(matter, event.item, event.licence_type, event.use_kind)
    recognition.check_pair(matter.book, event.source, event.target)
    question = question_of(event, matter.record.arrived_at)
    rule = recognition.rule_for(matter.book, question)
    recognition.check_question(rule, question)
    _check_quota(matter, rule)
    recognition.check_use(rule, question)
    recognition.check_holder(rule, question)
    if rule.asked_when:
        recognition.check_conditions(rule, facts_of_request(event, question))
    ledger.note_rule(matter.entry, rule.id, rule.version)
    case = case_between_parties(matter)
    due = verifications.due_at(matter.record.arrived_at, rule.answer_within_seconds)
    kept = opened(matter, event.parent) if case is None else copied(case)
    expires_at = kept.expires_at
    if kept.state is None or expires_at is not None:
        expires_at = max(expires_at or 0, due + cases.KEPT_AFTER_END_MS)
    request = KeptRequest(
        event.case_id,
        event.event_id,
        event.source,
        event.target,
        event.licence_type,
        rule.id,
        rule.version,
        question.fields,
        due,
        False,
    )
    keep_case(matter, kept, kept.state, expires_at, request)
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
    found = matter.slot.requests.find(event.case_id, event.in_reply_to) if case is not None else None
    request = verifications.check_addressee(found, event.source)
    named = (*[value.field for value in event.returned], *event.matched, *event.mismatched)
    recognition.check_granted(named, request.fields, request.rule_id, request.rule_version)
    case_between_parties(matter)
    verifications.check_open(request, at)
    rule = matter.book.recognition_by_version.get((request.rule_id, request.rule_version))
    if rule is None:
        pinned = f"{request.rule_id}@{request.rule_version}"
        raise Refused(
            Reason.RULE_FAULT,
            f"rule {pinned} granted the request and is not defined any more",
            chinese=f"准予该申请的规则 {pinned} 已不存在",
        )
    entry.licence_type = request.licence_type
    entry.answer = event.outcome
    entry.licence_state = event.licence_state
    entry.trust_level = event.trust_level
    _judge_answer(matter, rule, event, at)
    assert case is not None  # a request lives in a case
    keep_case(matter, copied(case), case.state, case.expires_at, answered(request))


def _judge_answer(matter: Matter, rule: RecognitionRule, event: LicenceVerificationAnswered, at: int) -> None:
    """In the ledger, a state without yes or no is one that the rule leaves to a clerk."""
    days = days_in_state(event, at)
    facts = facts_of_answer(event, at) if rule.answered_when or rule.running == FAVOURABLE else {}
    judged, by = recognition.judge_answer(
        matter.book, rule, event.licence_state, event.trust_level, days, facts, at
    )
    ledger.note_rule(matter.entry, by.id, by.version)
    matter.entry.recognised = None if judged is None or judged == REVIEW else judged == YES


def on_application_submitted(matter: Matter) -> None:
    """Judge whether the target decides this item for the source, and open the application."""
    event = matter.event
    assert isinstance(event, ApplicationSubmitted)
    _note_facts(matter, event.item, None, None)
    recognition.check_pair(matter.book, event.source, event.target)
    at = matter.record.arrived_at
    rule = recognition.service_for(matter.book, event.source, event.target, event.item, at)
    recognition.check_application(rule, event.legal_basis, event.consent_ref is not None)
    _check_quota(matter, rule)
    recognition.check_mode(rule, event.mode)
    ledger.note_rule(matter.entry, rule.id, rule.version)
    case = case_between_parties(matter)
    if case is not None and (case.state is not None or case.opener != event.source):
        raise Refused(
            Reason.ILLEGAL_TRANSITION,
            f"case {event.case_id} already has an application"
            if case.state is not None
            else f"only {case.opener}, which opened case {event.case_id}, applies in it",
            chinese=f"办件 {event.case_id} 已有申请"
            if case.state is not None
            else f"办件 {event.case_id} 由 {case.opener} 开立，只有其可以申请",
        )
    kept = opened(matter, event.parent) if case is None else copied(case)
    kept.rule_id = rule.id
    kept.rule_version = rule.version
    keep_case(matter, kept, "SUBMITTED", None, None)


def on_application_progressed(matter: Matter) -> None:
    """Move the application along its state table."""
    event = matter.event
    assert isinstance(event, ApplicationProgressed)
    recognition.check_pair(matter.book, event.source, event.target)
    case = matter.slot.case_at(event.case_id, matter.record.arrived_at)
    if case is None or case.state is None:
        raise Refused(
            Reason.NO_REQUEST,
            f"no application was delivered in case {event.case_id}",
            chinese=f"办件 {event.case_id} 中没有已送达的申请",
        )
    case_between_parties(matter)
    matter.entry.state_reported = event.state
    matter.entry.state_before = case.state
    standing = cases.Standing(case.state, case.supplement_asked_by, case.decision)
    role = RECEIVING if event.source == case.opener else DECIDING
    if event.state == "WITHDRAWN" and case.decision is not None:
        raise Refused(
            Reason.AFTER_DELIVERY,
            f"case {event.case_id} is {case.state}; it can only be withdrawn before the decision",
            chinese=f"办件 {event.case_id} 的状态为 {case.state}；只能在作出决定前撤回",
        )
    note = cases.Note(_said(event.reason), _said(event.legal_cause), event.assist_reply is not None)
    after = cases.advance(standing, event.state, role, note)
    if isinstance(after, str):
        allowed = cases.allowed_next(standing, role)
        raise Refused(
            Reason.ILLEGAL_TRANSITION,
            f"case {event.case_id}: {after} (allowed for {event.source}: {', '.join(allowed) or 'nothing'})",
            allowed=allowed,
            chinese=f'办件 {event.case_id}："{standing.state}" 之后不能由 {event.source} 报告 '
            f'"{event.state}"，或缺少所需说明（{event.source} 可报告：{", ".join(allowed) or "无"}）',
        )
    keep_progress(matter, case, after)


HANDLERS: Final[dict[str, Callable[[Matter], None]]] = {
    "licence-verification-requested": on_verification_requested,
    "licence-verification-answered": on_verification_answered,
    "application-submitted": on_application_submitted,
    "application-progressed": on_application_progressed,
}


def _said(text: str | None) -> bool:
    return text is not None and text.strip() != ""


def _note_facts(matter: Matter, item: str, licence_type: str | None, use_kind: str | None) -> None:
    """Codes enter the ledger only if the catalogue knows them."""
    if item in matter.book.items:
        matter.entry.item = item
    if licence_type is not None and licence_type in matter.book.licence_types:
        matter.entry.licence_type = licence_type
    matter.entry.use_kind = use_kind


def _check_quota(matter: Matter, rule: RecognitionRule | ServiceRule) -> None:
    day = shanghai_day(matter.record.arrived_at)
    recognition.check_quota(rule, matter.slot.used(rule.id, day), matter.book.slots)
