"""What is decided and not yet written: the outputs of one transaction to come."""

from confluent_kafka import TopicPartition

from gateway.codec import StateEntry
from gateway.pipeline import Batch


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
