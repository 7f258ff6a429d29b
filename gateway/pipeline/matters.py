"""One event under decision, and what is kept of its case: numbered, remembered, written down."""

from gateway import cases, ledger
from gateway.cases import DECIDING, RECEIVING, STATES
from gateway.codec import Event, KeptCase, KeptRequest, KeptUsage, LedgerEntry, StateEntry
from gateway.definitions import Region, ServiceRule
from gateway.definitions.book import Book
from gateway.errors import Reason, Refused, RuleRef
from gateway.messages import OutboxRecord
from gateway.slot import Slot, case_key, request_key


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


def case_between_parties(matter: Matter) -> KeptCase | None:
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


def opened(matter: Matter, parent: str | None) -> KeptCase:
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


def with_rule(case: KeptCase, rule: ServiceRule) -> KeptCase:
    kept = _copy(case)
    kept.rule_id = rule.id
    kept.rule_version = rule.version
    return kept


def keep_case(matter: Matter, case: KeptCase, state: str | None, expires_at: int | None) -> None:
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
    matter.changes.append((case_key(kept.case_id), change(matter, case=kept)))


def keep_progress(matter: Matter, case: KeptCase, after: cases.Standing) -> None:
    moved = _copy(case)
    moved.supplement_asked_by = after.supplement_asked_by
    moved.decision = after.decision
    ended = matter.record.arrived_at + cases.KEPT_AFTER_END_MS if STATES[after.state].ended else None
    if case.rule_id is not None and case.rule_version is not None:
        ledger.note_rule(matter.entry, RuleRef(case.rule_id, case.rule_version))
    keep_case(matter, moved, after.state, ended)


def _ball(case: KeptCase) -> str | None:
    """The region that must act next in an application; None where nobody must."""
    if case.state is None:
        return None
    role = STATES[case.state].ball
    return case.opener if role == RECEIVING else case.other if role == DECIDING else None


def keep_request(matter: Matter, request: KeptRequest) -> None:
    key = request_key(request.case_id, request.event_id)
    matter.changes.append((key, change(matter, request=request)))


def answered(request: KeptRequest) -> KeptRequest:
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


def change(
    matter: Matter,
    case: KeptCase | None = None,
    request: KeptRequest | None = None,
    usage: KeptUsage | None = None,
) -> StateEntry:
    return StateEntry(seq=matter.entry.seq, position=None, case=case, request=request, usage=usage)
