"""A decision taken again, byte for byte: from its record, the state at its `seq`, and the definitions then.

The state at a `seq` is what the decisions before it made of nothing, so the whole slot is decided again up
to it. Only the clock that was written down and the take-over counter come from the ledger (PROOF I8).
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256

from gateway import definition_files
from gateway.codec import LedgerEntry, decode_ledger_entry_v1
from gateway.definitions.book import Book
from gateway.errors import Reason
from gateway.messages import FRAME_BYTES, OutboxRecord
from gateway.pipeline import decide
from gateway.settings import Settings
from gateway.slot import Slot

Books = Callable[[int], Book | None]
"""The definitions of a number, as the line reads them; None where they are not to be had."""
Lying = Callable[[str, int, int], tuple[int, bytes | None] | None]
"""What lies at topic, partition, offset: timestamp and value; None if it is gone."""


@dataclass(frozen=True)
class Written:
    """One ledger entry as it lies in Kafka."""

    value: bytes
    entry: LedgerEntry


@dataclass(frozen=True)
class Again:
    """An entry written once more. value: what the core wrote now; None where it could not: `why` says it."""

    written: Written
    value: bytes | None
    why: str = ""

    @property
    def same(self) -> bool:
        return self.value == self.written.value


def written(values: Iterable[bytes]) -> Iterator[Written]:
    """The entries of a ledger partition, from its beginning."""
    for value in values:
        yield Written(value, decode_ledger_entry_v1(value[FRAME_BYTES:]))


def again(entries: Iterable[Written], partition: int, lying: Lying, books: Books) -> Iterator[Again]:
    """Take the decisions of a slot again, in order; ends with the first that is not the same."""
    slot = Slot()
    for one in entries:
        result = _again(one, partition, slot, lying, books)
        yield result
        if not result.same:
            return


def _again(one: Written, partition: int, slot: Slot, lying: Lying, books: Books) -> Again:
    entry = one.entry
    book = books(entry.definitions_number)
    if book is None:
        return Again(one, None, f"definitions {entry.definitions_number} are not kept here")
    found = lying(entry.topic, partition, entry.offset)
    if found is None:
        return Again(one, None, f"the record {entry.topic}[{partition}]@{entry.offset} is gone")
    at, value = found
    slot.writer = entry.writer
    record = OutboxRecord(entry.topic, partition, entry.offset, at, value)
    looped = entry.reason == Reason.CRASH_LOOP.value
    suspects = frozenset({(entry.topic, entry.offset)} if looped else ())
    return Again(one, decide([record], slot, book, entry.decided_at, suspects).decisions[0].entry_value)


def digest(value: bytes) -> str:
    """SHA-256 of an entry's whole Kafka value, as the next entry names it."""
    return sha256(value).hexdigest()


def kept_books(settings: Settings, slots: int) -> Books:
    """The definitions that lie in the folder, and every set that was accepted on this machine."""
    roots = definition_files.roots_by_number(settings.definitions_root, settings.data_dir)
    books: dict[int, Book] = {}

    def of(number: int) -> Book | None:
        if number not in books and number in roots:
            books[number] = Book(definition_files.load(roots[number]), slots)
        return books.get(number)

    return of
