"""What the ledger adds up to: a case row per case, a row per directed pair, hour and slot.

Pure folds, `fold(row or None, entry) -> row`; a row is never changed in place. A row carries the
ledger `seq` up to which it holds its slot, and an entry at or below that changes nothing, so reading
the ledger again, in part or whole, gives the same rows. Only a delivered entry moves a case; the
other outcomes stand in its timeline. Everything in a row comes from the entry: nothing personal.
"""

from datetime import UTC, datetime
from typing import Any, Final, TypedDict

from gateway.codec import LedgerEntry
from gateway.identifiers import slot_of
from gateway.messages import Outcome

KEPT_FACTS: Final = 100
"""Facts kept in a case row, the newest; an application has some 30. A row stays below 50 KB."""
KEPT_REQUESTS: Final = 100
"""Requests kept in a case row; answered ones leave first."""
HOUR_MS: Final = 3_600_000


FACTS: Final = (
    "seq", "source", "target", "contract", "event_id", "outcome", "reason", "number",
    "state_before", "state_reported", "state_after", "answer", "recognised",
)  # fmt: skip
"""What the timeline tells of an entry, besides `at` (its arrival) and `rule`; what is null is left out."""


class Request(TypedDict):
    """A delivered request: who asks whom, until when, when it was answered. Milliseconds since the epoch."""

    asker: str
    asked: str | None
    licence_type: str | None
    due: int
    answered: int | None


class CaseRow(TypedDict):
    """What is known of one case (办件). `parties` is empty until something was delivered in it.

    state: application state (DOMAIN 12.1) or null. ball: the region that must act next, or null.
    requests: by the event id of the request.
    """

    case_id: str
    parties: list[str]
    opened_by: str | None
    item: str | None
    state: str | None
    ball: str | None
    number: int
    changed_at: int
    requests: dict[str, Request]
    timeline: list[dict[str, Any]]
    seq: int


class PairRow(TypedDict):
    """What one slot saw of one directed pair in one hour.

    target: "-" where none could be read. hour: its beginning, milliseconds since the epoch, UTC.
    counts: events by "contract/outcome/reason", "-" for none.
    """

    source: str
    target: str
    hour: int
    counts: dict[str, int]
    seq: int


def pair_key(entry: LedgerEntry, slot: int) -> str:
    """The key of the pair row an entry counts in: `<source>/<target>/<hour>/<slot>`."""
    hour = datetime.fromtimestamp(_hour(entry) / 1000, UTC)
    return f"{entry.source}/{entry.target or '-'}/{hour:%Y-%m-%dT%H}/{slot}"


def fold_pair_hour(row: PairRow | None, entry: LedgerEntry) -> PairRow:
    """Count one entry in its pair and hour."""
    if row is None:
        row = PairRow(source=entry.source, target=entry.target or "-", hour=_hour(entry), counts={}, seq=-1)
    if entry.seq <= row["seq"]:
        return row
    kind = f"{entry.contract or '-'}/{entry.outcome}/{entry.reason or '-'}"
    counts = row["counts"] | {kind: row["counts"].get(kind, 0) + 1}
    return PairRow(source=row["source"], target=row["target"], hour=row["hour"], counts=counts, seq=entry.seq)


def fold_case(row: CaseRow | None, entry: LedgerEntry) -> CaseRow:
    """Take one entry into its case. The entry names a case and lies in the slot of that case."""
    if row is None:
        row = _unopened(entry.case_id or "")
    if entry.seq <= row["seq"]:
        return row
    after = row.copy()
    after["seq"] = entry.seq
    after["timeline"] = [*row["timeline"], _fact(entry)][-KEPT_FACTS:]
    if entry.outcome == Outcome.DELIVERED.value:
        _move(after, entry)
    return after


def _unopened(case_id: str) -> CaseRow:
    return CaseRow(
        case_id=case_id,
        parties=[],
        opened_by=None,
        item=None,
        state=None,
        ball=None,
        number=0,
        changed_at=0,
        requests={},
        timeline=[],
        seq=-1,
    )


def _move(case: CaseRow, entry: LedgerEntry) -> None:
    """What a delivery changes; `case` is the new row, its lists and dicts still the old ones."""
    if not case["parties"]:
        case["parties"] = [name for name in (entry.source, entry.target) if name is not None]
    case["opened_by"] = case["opened_by"] or entry.opened_by
    case["item"] = case["item"] or entry.item
    case["state"] = entry.state_after or case["state"]
    case["ball"] = entry.ball
    case["number"] = entry.number or case["number"]
    case["changed_at"] = entry.arrived_at
    if entry.in_reply_to is not None:
        case["requests"] = _answered(case["requests"], entry.in_reply_to, entry.arrived_at)
    elif entry.due is not None and entry.event_id is not None:
        asked = Request(
            asker=entry.source,
            asked=entry.target,
            licence_type=entry.licence_type,
            due=entry.due,
            answered=None,
        )
        case["requests"] = _bounded(case["requests"] | {entry.event_id: asked})


def _answered(requests: dict[str, Request], event_id: str, at: int) -> dict[str, Request]:
    request = requests.get(event_id)
    if request is None:
        return requests
    answered = request.copy()
    answered["answered"] = at
    return requests | {event_id: answered}


def _bounded(requests: dict[str, Request]) -> dict[str, Request]:
    if len(requests) <= KEPT_REQUESTS:
        return requests
    closed = [event_id for event_id, request in requests.items() if request["answered"] is not None]
    oldest = closed[0] if closed else next(iter(requests))
    return {event_id: request for event_id, request in requests.items() if event_id != oldest}


def _fact(entry: LedgerEntry) -> dict[str, Any]:
    told = {name: getattr(entry, name) for name in FACTS}
    told["at"] = entry.arrived_at
    if entry.rule_id is not None:
        told["rule"] = f"{entry.rule_id}@{entry.rule_version}"
    return {name: value for name, value in told.items() if value is not None}


def _hour(entry: LedgerEntry) -> int:
    return entry.arrived_at // HOUR_MS * HOUR_MS


def case_key(entry: LedgerEntry, slot: int, slots: int) -> str | None:
    """The key of the case row an entry belongs to; None where it names no case, or one of another slot.

    The latter is a record its region put on the wrong partition: the case itself never sees it.
    """
    if entry.case_id is None or slot_of(entry.case_id, slots) != slot:
        return None
    return entry.case_id
