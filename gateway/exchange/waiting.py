"""Which records wait for the schema registry, and what becomes of them; no I/O, no clock.

A record whose schema id nobody here knows is held, and with it all that follows in its topic-partition,
so that order is kept. Its id is asked for, one question at a time. "It is contract X": from then on the
id is known. "No": its records go on and are refused; the no is good for 60 s. No answer: the question is
asked again every second, and after `patience_seconds` the record goes on as unavailable, and so does for
60 s whatever follows it with an unknown id. Waiting is not an outcome: what is held was never decided.
"""

from typing import Final

from gateway.definitions import Contract
from gateway.definitions.book import Book
from gateway.messages import FRAME_BYTES, OutboxRecord

NO_SECONDS: Final = 60.0
ASK_AGAIN_SECONDS: Final = 1.0
MOST_NOES: Final = 10_000
MOST_ID: Final = 0x7FFFFFFF
"""Registries count in signed numbers: beyond it there is nothing to ask."""

Place = tuple[str, int]
"""Topic and partition."""


class Held:
    """What waits in one topic-partition, in order; the first of it is what the registry is asked about."""

    __slots__ = ("records", "since")

    def __init__(self, since: float) -> None:
        self.since = since
        self.records: list[OutboxRecord] = []


class Waiting:
    """The topic-partitions of one exchange process that wait.

    book: what the core decides by; it learns what the registry tells.
    unavailable: of the records let go last, those to be quarantined, as (topic, partition, offset).
    """

    def __init__(self, book: Book, patience_seconds: float) -> None:
        self.book = book
        self._patience = patience_seconds
        self._held: dict[Place, Held] = {}
        self._noes: dict[int, float] = {}
        self._given_up: dict[Place, float] = {}
        self._asked: dict[int, float] = {}
        self._silent_until = 0.0
        self.unavailable: set[tuple[str, int, int]] = set()

    def admit(self, batches: list[list[OutboxRecord]], now: float) -> list[list[OutboxRecord]]:
        """What of these batches, one per slot, can be decided now; the rest is held."""
        self.unavailable.clear()
        passed = (self._admit(records, now) for records in batches)
        return [records for records in passed if records]

    def released(self, now: float) -> dict[Place, list[OutboxRecord]]:
        """What need not wait any longer, by topic-partition; one that is not held afterwards is read on."""
        self.unavailable.clear()
        released = {place: self._release(place, held, now) for place, held in list(self._held.items())}
        return {place: records for place, records in released.items() if records}

    def question(self, now: float) -> int | None:
        """The schema id to ask for now, the one that was not asked for longest; None if none is due."""
        heads = {_schema_id(held.records[0]) for held in self._held.values()}
        self._asked = {schema_id: at for schema_id, at in self._asked.items() if schema_id in heads}
        if not heads or now < self._silent_until:
            return None
        chosen = min(heads, key=lambda schema_id: self._asked.get(schema_id, 0.0))
        self._asked[chosen] = now
        return chosen

    def told(self, schema_id: int, contract: Contract | None, now: float) -> None:
        """The registry answered."""
        if contract is None:
            self._noes.pop(schema_id, None)
            self._noes[schema_id] = now + NO_SECONDS
            while len(self._noes) > MOST_NOES:
                del self._noes[next(iter(self._noes))]  # the oldest
        else:
            self.book.learn(schema_id, contract)

    def silent(self, now: float) -> None:
        """The registry did not answer."""
        self._silent_until = now + ASK_AGAIN_SECONDS

    def forget(self) -> None:
        """The slots are another's, or are taken over afresh: whoever reads them next holds them again."""
        self._held.clear()
        self._given_up.clear()

    def holds(self, place: Place) -> bool:
        """Whether this topic-partition waits."""
        return place in self._held

    def waits(self) -> dict[Place, tuple[OutboxRecord, float]]:
        """The record each waiting topic-partition stands at, and since when."""
        return {place: (held.records[0], held.since) for place, held in self._held.items()}

    def _admit(self, records: list[OutboxRecord], now: float) -> list[OutboxRecord]:
        frames = {record.value[:FRAME_BYTES] for record in records if record.value}
        if not self._held and frames <= self.book.framed.keys():
            return records
        return [record for record in records if self._passes(record, now)]

    def _release(self, place: Place, held: Held, now: float) -> list[OutboxRecord]:
        if now - held.since >= self._patience:
            self._given_up[place] = now
        count = 0
        while count < len(held.records) and not self._must_wait(held.records[count], now):
            count += 1
        gone, held.records = held.records[:count], held.records[count:]
        if gone:
            held.since = now
        if not held.records:
            del self._held[place]
        return gone

    def _passes(self, record: OutboxRecord, now: float) -> bool:
        place = (record.topic, record.partition)
        held = self._held.get(place)
        if held is None:
            if not self._must_wait(record, now):
                return True
            held = self._held[place] = Held(now)
        held.records.append(record)
        return False

    def _must_wait(self, record: OutboxRecord, now: float) -> bool:
        value = record.value
        if not value or len(value) < FRAME_BYTES or value[0] != 0 or value[:FRAME_BYTES] in self.book.framed:
            return False
        schema_id = _schema_id(record)
        if schema_id > MOST_ID or self._noes.get(schema_id, now) > now:
            return False
        given_up = self._given_up.get((record.topic, record.partition))
        if given_up is None or now - given_up >= NO_SECONDS:
            return True
        self.unavailable.add((record.topic, record.partition, record.offset))
        return False


def _schema_id(record: OutboxRecord) -> int:
    return int.from_bytes((record.value or b"")[1:FRAME_BYTES], "big")
