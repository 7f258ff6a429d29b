"""What is decided and not yet committed: the outputs of one transaction."""

from collections.abc import Callable
from typing import Final

from confluent_kafka import TopicPartition

from gateway.codec import StateEntry
from gateway.definitions.book import Book
from gateway.exchange.crash_points import CrashPoints
from gateway.ledger import LEDGER
from gateway.pipeline import STATE, Batch, Ending, state_values

HEADER: Final = "gateway"
"""The one header of what is handed over (docs/wire.md)."""


class Pending:
    """The batches of one transaction, in their order; what is written of them is let go.

    endings: how their records ended, a table of each batch. changes: per slot and state key the last change,
    so that what changed several times in one transaction is written once. records: how many were decided.
    """

    __slots__ = ("_unwritten", "changes", "endings", "records")

    def __init__(self) -> None:
        self._unwritten: list[tuple[int, Batch]] = []
        self.endings: list[dict[Ending, int]] = []
        self.changes: dict[int, dict[str, StateEntry | None]] = {}
        self.records = 0

    def add(self, slot: int, batch: Batch) -> None:
        """Take in one decided batch."""
        self._unwritten.append((slot, batch))
        self.endings.append(batch.endings)
        changes = self.changes.setdefault(slot, {})
        for key, change in batch.changes.items():
            changes.pop(key, None)  # to the end: what is written last is the newest of its case
            changes[key] = change
        self.records += len(batch.decisions)

    def write(self, produce: Callable[..., None], widths: dict[str, int], crash: CrashPoints) -> None:
        """Hand over the outputs of what is not written yet, then its entries.

        Order matters only within one topic. produce: a producer's. widths: partitions of each topic.
        """
        for partition, batch in self._unwritten:
            for decision in batch.decisions:
                for output in decision.outputs:
                    place = partition % widths.get(output.topic, 1)
                    produce(output.topic, output.value, decision.key, place, headers={HEADER: output.header})
                    crash.reached("first-output")
        crash.reached("all-outputs")
        for partition, batch in self._unwritten:
            for decision in batch.decisions:
                produce(LEDGER, decision.entry_value, decision.key, partition)
        crash.reached("after-entry")
        self._unwritten = []

    def write_state(self, produce: Callable[..., None], book: Book) -> None:
        """Hand over what changed, at the end of the transaction."""
        for partition, changes in self.changes.items():
            for key, value in state_values(changes, book):
                produce(STATE, value, key, partition)

    def positions(self) -> list[TopicPartition]:
        """Where each input is to be read on, as the state says it too."""
        return [
            TopicPartition(change.position.topic, slot, change.position.next_offset)
            for slot, changes in self.changes.items()
            for change in changes.values()
            if change is not None and change.position is not None
        ]
