"""The ledger, folded into tables: each projection is a table, a key and a pure fold.

Beside its rows a table keeps, for each slot, up to which entry it is complete (`slot/<p>`). Where the
group's committed offset is ahead of that, the ledger is read again from there. `seq` is dense, so an
entry that is missing is seen, and nothing is folded past it.
"""

from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple, cast

from faust.types import TP, Message

from gateway.codec import DECODERS, LedgerEntry
from gateway.definitions.book import Book
from gateway.ledger import ENTRY, LEDGER
from gateway.messages import FRAME_BYTES
from gateway.projections.agents import CannotHandle
from gateway.projections.driver import ConfirmedTable

MARK_EVERY: Final = 50
"""Entries between two marks of a slot under load; so many are folded again, at most, after a restart."""


class LedgerGap(Exception):
    """Entries of the ledger are missing: a transaction was lost after it was reported as committed."""


class Projection(NamedTuple):
    """What one table makes of the ledger. `key(entry, slot)` is None for an entry it takes no notice of."""

    table: ConfirmedTable
    key: Callable[[LedgerEntry, int], str | None]
    fold: Callable[[Any, LedgerEntry], Any]


class LedgerFold:
    """Takes ledger records one by one into the tables of all projections."""

    def __init__(self, book: Book, projections: Sequence[Projection]) -> None:
        self._book = book
        self._projections = projections
        self._seen: dict[int, int | None] = {}
        """The last `seq` seen, by slot; -1 before the first, None after a record that could not be read."""
        self._next_offset: dict[int, int] = {}

    def starts_at(self, tp: TP) -> int | None:
        """Where the tables need a partition from, now that it was assigned and they are recovered."""
        if tp.topic != LEDGER:
            return None
        marks = [projection.table.get(mark_key(tp.partition)) for projection in self._projections]
        complete = [mark for mark in marks if mark is not None]
        if len(complete) < len(marks):
            complete = [{"seq": -1, "next_offset": 0}]
        self._seen[tp.partition] = min(mark["seq"] for mark in complete)
        self._next_offset[tp.partition] = min(mark["next_offset"] for mark in complete)
        return self._next_offset[tp.partition]

    def next_offset(self, slot: int) -> int:
        """The offset after the last record taken in."""
        return self._next_offset.get(slot, 0)

    def __call__(self, message: Message, *, is_last: bool) -> None:
        slot = message.partition
        self._next_offset[slot] = message.offset + 1
        entry = self._next_entry(message, slot)
        for table, key, row in self._rows(entry, slot):
            table[key] = row  # also when unchanged: the changelog may have missed it before a crash
        if is_last or entry.seq % MARK_EVERY == 0:
            mark = {"seq": entry.seq, "next_offset": message.offset + 1}
            for projection in self._projections:
                projection.table[mark_key(slot)] = mark

    def _next_entry(self, message: Message, slot: int) -> LedgerEntry:
        last, self._seen[slot] = self._seen.get(slot, -1), None
        entry: LedgerEntry = _pure(self._read, message.value)
        if last is not None and entry.seq > last + 1:
            raise LedgerGap(
                f"{message.topic}[{slot}]@{message.offset}: entry {entry.seq} follows entry {last}; "
                f"{entry.seq - last - 1} missing. Nothing was folded past entry {last}."
            )
        self._seen[slot] = entry.seq if last is None else max(last, entry.seq)
        return entry

    def _read(self, value: bytes) -> LedgerEntry:
        contract = self._book.contracts[int.from_bytes(value[1:FRAME_BYTES], "big")]
        if value[0] != 0 or contract.name != ENTRY:
            raise ValueError(f"a {contract.name} in {LEDGER}")
        entry = DECODERS[contract.name, contract.version](value[FRAME_BYTES:])
        return cast(LedgerEntry, entry)  # by its name

    def _rows(self, entry: LedgerEntry, slot: int) -> list[tuple[ConfirmedTable, bytes, Any]]:
        rows = []
        for table, key_of, fold in self._projections:
            name = _pure(key_of, entry, slot)
            if name is not None:
                key = name.encode()
                rows.append((table, key, _pure(fold, table.get(key), entry)))
        return rows


def mark_key(slot: int) -> bytes:
    """The key of a slot's mark."""
    return b"slot/%d" % slot


def is_mark(key: bytes) -> bool:
    """Marks and rows lie in one table; no row's key begins like a mark's."""
    return key.startswith(b"slot/")


def _pure(work: Callable[..., Any], *args: Any) -> Any:
    """Call what only computes: if it fails, so it would again, and the record is at fault or the code is."""
    try:
        return work(*args)
    except Exception as error:
        raise CannotHandle from error
