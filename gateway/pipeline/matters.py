"""One event under decision, and what is kept of its case: numbered, remembered, written down."""

from mypy_extensions import mypyc_attr

from gateway import cases, ledger
from gateway.cases import DECIDING, RECEIVING, STATES
from gateway.codec import Event, KeptCase, KeptRequest, LedgerEntry, StateEntry
from gateway.definitions import Region
from gateway.definitions.book import Book
from gateway.errors import Reason, Refused
from gateway.messages import OutboxRecord
from gateway.slot import Slot, case_key, request_key


@mypyc_attr(acyclic=True)
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
                chinese=f"{event.source} 只能开立 {matter.sender.division} 的办件，"
                f"该办件属于 {event.case_id[:6]}",
            )
        return None
    opener, other = case.opener, case.other
    opens = event.source == opener and event.target == other
    if not opens and not (event.source == other and event.target == opener):
        raise Refused(
            Reason.NOT_A_PARTY,
            f"case {event.case_id} is not between {event.source} and {event.target}",
            chinese=f"办件 {event.case_id} 的双方不是 {event.source} 和 {event.target}",
        )
    return case


def opened(matter: Matter, parent: str | None) -> KeptCase:
    """A fresh case; what an expired one of the same id left behind is forgotten."""
    event = matter.event
    left = matter.slot.requests.of_case(event.case_id)
    matter.changes += [(request_key(event.case_id, event_id), None) for event_id in left]
    return KeptCase(event.case_id, event.source, event.target, 0, matter.record.arrived_at, parent)


def keep_case(
    matter: Matter, kept: KeptCase, state: str | None, expires_at: int | None, request: KeptRequest | None
) -> None:
    """Number the event, remember the case and the request in it, and write both down.

    kept: a case of our own to change: `opened`, or a copy of the one the slot knows.
    """
    entry = matter.entry
    entry.state_before = kept.state
    kept.state = state
    kept.last_number += 1
    kept.changed_at = matter.record.arrived_at
    kept.expires_at = expires_at
    entry.number = kept.last_number
    entry.opened_by = kept.opener
    entry.state_after = state
    entry.ball = _ball(kept)
    key = case_key(kept.case_id) if request is None else request_key(kept.case_id, request.event_id)
    matter.changes.append((key, StateEntry(entry.seq, None, kept, request)))


def keep_progress(matter: Matter, case: KeptCase, after: cases.Standing) -> None:
    moved = copied(case)
    moved.supplement_asked_by = after.supplement_asked_by
    moved.decision = after.decision
    ended = matter.record.arrived_at + cases.KEPT_AFTER_END_MS if STATES[after.state].ended else None
    if case.rule_id is not None and case.rule_version is not None:
        ledger.note_rule(matter.entry, case.rule_id, case.rule_version)
    keep_case(matter, moved, after.state, ended, None)


def _ball(case: KeptCase) -> str | None:
    """The region that must act next in an application; None where nobody must."""
    if case.state is None:
        return None
    role = STATES[case.state].ball
    return case.opener if role == RECEIVING else case.other if role == DECIDING else None


def answered(request: KeptRequest) -> KeptRequest:
    return KeptRequest(
        request.case_id,
        request.event_id,
        request.asker,
        request.asked,
        request.licence_type,
        request.rule_id,
        request.rule_version,
        request.fields,
        request.due,
        True,
    )


def copied(case: KeptCase) -> KeptCase:
    return KeptCase(
        case.case_id,
        case.opener,
        case.other,
        case.last_number,
        case.changed_at,
        case.parent,
        case.state,
        case.supplement_asked_by,
        case.decision,
        case.rule_id,
        case.rule_version,
        case.expires_at,
    )
