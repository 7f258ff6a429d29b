"""I8 in full: every decision taken again by the gateway's own core gives the same entry, byte for byte.

Not part of the checker, which knows nothing of the gateway's code. A slot is replayed from nothing, in
the order of its ledger; only the take-over counter and the clock that is written down come from there.
"""

from hashlib import sha256

from gateway import definition_files
from gateway.definitions.book import Book
from gateway.messages import OutboxRecord
from gateway.pipeline import decide
from gateway.slot import Slot
from tests.faults.evidence import Entry, Evidence
from tests.faults.findings import Finding
from tests.faults.wire import ROOT


def decided_again(found: Evidence, slots: int = 12) -> Finding:
    """Replay every slot."""
    finding = Finding("I8r", "decided again, the same")
    book = Book(definition_files.load(ROOT), slots)
    replayed = 0
    for partition, entries in found.ledger.items():
        slot = Slot()
        for entry in entries:
            if not _replay(finding, found, entry, partition, slot, book):
                break  # what follows stands on what differs
            replayed += 1
    finding.counted = f"{replayed} entries, byte for byte"
    return finding


def _replay(finding: Finding, found: Evidence, entry: Entry, partition: int, slot: Slot, book: Book) -> bool:
    topic, _, offset = entry.about
    published = found.outboxes[entry.about]
    record = OutboxRecord(topic, partition, offset, entry.says["arrived_at"], published.value)
    finding.expect(published.at == entry.says["arrived_at"], f"{entry.place}: arrived at another time")
    ours = entry.says["reason"] == "crash-loop"
    suspects = frozenset({(topic, offset)} if ours else ())
    slot.writer = entry.says["writer"]
    batch = decide([record], slot, book, entry.says["decided_at"], suspects)
    again = batch.decisions[0].entry_value
    same = sha256(again).digest() == entry.digest
    finding.expect(same, f"{entry.place}: decided again it is another entry")
    return same
