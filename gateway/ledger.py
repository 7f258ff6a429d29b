"""What is written down (交换台账): one entry per decided record, dense and chained.

`seq` counts 0, 1, 2 … in each slot; `prev` is the SHA-256 of the whole value of the entry before.
Only facts enter: names from the closed lists of the definitions, codes, times, positions, digests.
"""

from hashlib import sha256
from typing import Final

from gateway.codec import Event, LedgerEntry, encode_ledger_entry_v1
from gateway.definitions import Contract
from gateway.definitions.book import Book
from gateway.errors import RuleRef
from gateway.messages import OutboxRecord, Outcome
from gateway.slot import Slot

LEDGER: Final = "gateway.ledger"
ENTRY: Final = "ledger-entry"


def open_entry(record: OutboxRecord, source: str, slot: Slot, book: Book, decided_at: int) -> LedgerEntry:
    """An entry that knows where the record lies and nothing yet of what it says."""
    return LedgerEntry(
        seq=slot.seq,
        prev=slot.head,
        writer=slot.writer,
        topic=record.topic,
        offset=record.offset,
        arrived_at=record.arrived_at,
        decided_at=max(slot.decided_at, decided_at),
        definitions_number=book.number,
        source=source,
        event_id=None,
        case_id=None,
        target=None,
        contract=None,
        contract_version=None,
        item=None,
        licence_type=None,
        use_kind=None,
        outcome=Outcome.DELIVERED.value,
        reason=None,
        rule_id=None,
        rule_version=None,
        recognised=None,
        in_reply_to=None,
        number=None,
        opened_by=None,
        state_before=None,
        state_reported=None,
        state_after=None,
        ball=None,
        answer=None,
        licence_state=None,
        trust_level=None,
        due=None,
        hash_in=sha256(record.value or b"").digest(),
        hash_out=None,
        of=None,
        first_outcome=None,
        first_reason=None,
    )


def note_event(entry: LedgerEntry, contract: Contract, event: Event, book: Book) -> None:
    """Write down who says what to whom. The target only if it is a region: other text may be anything."""
    entry.event_id = event.event_id
    entry.case_id = event.case_id
    entry.contract = contract.name
    entry.contract_version = contract.version
    if event.target in book.regions:
        entry.target = event.target


def note_rule(entry: LedgerEntry, rule: RuleRef) -> None:
    """Write down the rule that decided."""
    entry.rule_id = rule.id
    entry.rule_version = rule.version


def seal(entry: LedgerEntry, book: Book) -> tuple[bytes, bytes]:
    """The entry's value as written, and its SHA-256, which the next entry names as `prev`."""
    value = book.frames[ENTRY] + encode_ledger_entry_v1(entry)
    return value, sha256(value).digest()
