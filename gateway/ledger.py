"""What is written down (交换台账): one entry per decided record, dense and chained.

`seq` counts 0, 1, 2 … in each slot; `prev` is the SHA-256 of the whole value of the entry before.
Only facts enter: names from the closed lists of the definitions, codes, times, positions, digests.
"""

from hashlib import sha256
from typing import Final

from gateway.codec import Event, LedgerEntry, encode_ledger_entry_v1
from gateway.definitions import Contract
from gateway.definitions.book import Book
from gateway.messages import DELIVERED, OutboxRecord
from gateway.slot import Slot

LEDGER: Final = "gateway.ledger"
ENTRY: Final = "ledger-entry"


def open_entry(record: OutboxRecord, source: str, slot: Slot, book: Book, decided_at: int) -> LedgerEntry:
    """An entry that knows where the record lies and nothing yet of what it says."""
    return LedgerEntry(
        slot.seq,
        slot.head,
        slot.writer,
        record.topic,
        record.offset,
        record.arrived_at,
        slot.decided_at if slot.decided_at > decided_at else decided_at,
        book.number,
        source,
        DELIVERED,
        sha256(record.value or b"").digest(),
    )


def note_event(entry: LedgerEntry, contract: Contract, event: Event, book: Book) -> None:
    """Write down who says what to whom. The target only if it is a region: other text may be anything."""
    entry.event_id = event.event_id
    entry.case_id = event.case_id
    entry.contract = contract.name
    entry.contract_version = contract.version
    if event.target in book.regions:
        entry.target = event.target


def note_rule(entry: LedgerEntry, id: str, version: int) -> None:
    """Write down the rule that decided."""
    entry.rule_id = id
    entry.rule_version = version


def seal(entry: LedgerEntry, book: Book) -> tuple[bytes, bytes]:
    """The entry's value as written, and its SHA-256, which the next entry names as `prev`."""
    value = encode_ledger_entry_v1(entry, book.frames[ENTRY])
    return value, sha256(value).digest()
