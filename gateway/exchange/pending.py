"""What is decided and not yet written: the outputs of one transaction to come."""

from collections.abc import Callable
from typing import Final

from confluent_kafka import TopicPartition

from gateway.codec import StateEntry
from gateway.definitions.book import Book
from gateway.exchange.crash_points import CrashPoints
from gateway.ledger import LEDGER
from gateway.pipeline import STATE, Batch, state_values

HEADER: Final = "gateway"
"""The one header of what is handed over (docs/wire.md)."""


class Pending:
    """Decided batches since the last transaction, in their order.

    decided: slot and batch. changes: per slot and state key the last change, so that what changed several
    times in one transaction is written once. records: how many records were decided.
    """

    __slots__ = ("changes", "decided", "records")

    def __init__(self) -> None:
        self.decided: list[tuple[int, Batch]] = []
        self.changes: dict[int, dict[str, StateEntry | None]] = {}
        self.records = 0

    def add(self, slot: int, batch: Batch) -> None:
        """Take in one decided batch."""
        self.decided.append((slot, batch))
        changes = self.changes.setdefault(slot, {})
        for key, change in batch.changes.items():
            changes.pop(key, None)  # to the end: what is written last is the newest of its case
            changes[key] = change
        self.records += len(batch.decisions)

    def produce(
        self, produce: Callable[..., None], book: Book, widths: dict[str, int], crash: CrashPoints
    ) -> None:
        """Hand over outputs, then entries, then state; order matters only within one topic.

        produce: a producer's. widths: how many partitions each topic has.
        """
        for partition, batch in self.decided:
            for decision in batch.decisions:
                for output in decision.outputs:
                    place = partition % widths.get(output.topic, 1)
                    produce(output.topic, output.value, decision.key, place, headers={HEADER: output.header})
                    crash.reached("first-output")
        crash.reached("all-outputs")
        for partition, batch in self.decided:
            for decision in batch.decisions:
                produce(LEDGER, decision.entry_value, decision.key, partition)
        crash.reached("after-entry")
        for partition, changes in self.changes.items():
            for key, value in state_values(changes, book):
                produce(STATE, value, key, partition)

    @property
    def batches(self) -> list[Batch]:
        return [batch for _, batch in self.decided]

    def positions(self) -> list[TopicPartition]:
        """Where each input is to be read on, as the state says it too."""
        return [
            TopicPartition(change.position.topic, slot, change.position.next_offset)
            for slot, changes in self.changes.items()
            for change in changes.values()
            if change is not None and change.position is not None
        ]
