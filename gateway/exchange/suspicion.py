"""Which record stops the process: a small local note, written before each batch is decided.

A record whose decision raises is struck once for each time; when the process dies while deciding, the
batch is decided one record at a time after the restart, and the record it dies on is struck. Two
strikes and the record is quarantined as crash-loop instead of being decided again.
"""

import json
import os
from pathlib import Path
from typing import Final

from gateway.messages import OutboxRecord

STRIKES: Final = 2

Place = tuple[str, int, int]
"""Topic, partition, offset."""


class Suspicion:
    """The note of one exchange process, kept in `path`; survives the process, not the host."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file: Final = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        note = json.loads(os.read(self._file, 1 << 20) or b"{}")
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
        return frozenset(
            (topic, offset)
            for (topic, partition, offset), count in self._strikes.items()
            if count >= STRIKES and partition == slot
        )

    def portions(self, records: list[OutboxRecord]) -> list[list[OutboxRecord]]:
        """The batch as it should be decided: whole, or record by record where the process died before."""
        if not any(
            record.offset <= self._careful.get((record.topic, record.partition), -1) for record in records
        ):
            return [records]
        return [[record] for record in records]

    def deciding(self, records: list[OutboxRecord]) -> None:
        """Note what is about to be decided."""
        spans: dict[tuple[str, int], tuple[int, int]] = {}
        for record in records:
            first, _ = spans.get((record.topic, record.partition), (record.offset, 0))
            spans[record.topic, record.partition] = (first, record.offset)
        self._write([[topic, partition, *span] for (topic, partition), span in spans.items()])

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
        os.ftruncate(self._file, 0)
        os.pwrite(self._file, note, 0)
