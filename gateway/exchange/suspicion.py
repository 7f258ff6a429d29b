"""Which record stops the process: a small local note, written before each batch is decided.

A record whose decision raises is struck once for each time; when the process dies while deciding, the
batch is decided one record at a time after the restart, and the record it dies on is struck. Two
strikes and the record is quarantined as crash-loop instead of being decided again.
"""

import json
import logging
import os
from pathlib import Path
from typing import Any, Final

from gateway.messages import OutboxRecord

log = logging.getLogger("gateway.exchange")

STRIKES: Final = 2

Place = tuple[str, int, int]
"""Topic, partition, offset."""


class Suspicion:
    """The note of one exchange process, kept in `path`; survives the process, not the host."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file: Final = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        written = os.read(self._file, 1 << 20)
        self._length = len(written)
        note = _read(written)
        self._strikes: dict[Place, int] = {
            (topic, partition, offset): count for topic, partition, offset, count in note.get("strikes", [])
        }
        self._careful: dict[tuple[str, int], int] = {}
        deciding = note.get("deciding", [])
        if len(deciding) == 1 and deciding[0][2] == deciding[0][3]:
            topic, partition, offset, _ = deciding[0]
            self._strike((topic, partition, offset))
        for topic, partition, _, last in deciding:
            self._careful[topic, partition] = last
        self._write([])

    def suspects(self, slot: int) -> frozenset[tuple[str, int]]:
        """The records of a slot that are to be quarantined, as (topic, offset)."""
        if not self._strikes:
            return frozenset()
        return frozenset(
            (topic, offset)
            for (topic, partition, offset), count in self._strikes.items()
            if count >= STRIKES and partition == slot
        )

    def portions(self, batches: list[list[OutboxRecord]]) -> list[list[list[OutboxRecord]]]:
        """The batches as they should be decided: together; record by record where the process died."""
        if not self._careful or not any(
            self._is_careful(record) for records in batches for record in records
        ):
            return [batches]
        return [[[record]] for records in batches for record in records]

    def _is_careful(self, record: OutboxRecord) -> bool:
        return record.offset <= self._careful.get((record.topic, record.partition), -1)

    def deciding(self, batches: list[list[OutboxRecord]]) -> None:
        """Note what is about to be decided."""
        spans: dict[tuple[str, int], list[int]] = {}
        for records in batches:
            for record in records:
                place = record.topic, record.partition
                if place in spans:
                    spans[place][1] = record.offset
                else:
                    spans[place] = [record.offset, record.offset]
        self._write([[*place, *span] for place, span in spans.items()])

    def decided(self) -> None:
        """Note that the batch was decided without harm."""
        self._write([])

    def raised(self, place: Place) -> None:
        """Note that deciding this very record raised."""
        self._strike(place)
        self._write([])

    def _strike(self, place: Place) -> None:
        self._strikes[place] = self._strikes.get(place, 0) + 1

    def _write(self, deciding: list[list[object]]) -> None:
        strikes = [[*place, count] for place, count in self._strikes.items()]
        note = json.dumps({"deciding": deciding, "strikes": strikes}).encode()
        # Over the note before, to its end: cut off first, it would be lost with a process killed in between.
        os.pwrite(self._file, note.ljust(self._length), 0)
        self._length = max(self._length, len(note))


def _read(written: bytes) -> dict[str, list[list[Any]]]:
    """The note; none where a process was killed as it wrote one of several pages, and not all of it came."""
    try:
        note: dict[str, list[list[Any]]] = json.loads(written or b"{}")
    except ValueError:
        log.warning("the note of what was being decided is torn; it is begun anew")
        note = {}
    return note
