"""The pure core as one line: all slots of it, without a broker. Arrival is what Kafka's clock would say."""

from collections.abc import Sequence

from gateway import pipeline
from gateway.codec import decode_event_receipt_v1
from gateway.definitions import Definitions
from gateway.definitions.book import Book
from gateway.messages import UNREADABLE_HEADERS, OutboxRecord
from gateway.slot import Slot
from tests.hostile.endings import Ending, Place
from tests.hostile.scene import Sent


class Line:
    """Takes records as they are sent, decides them, and says where each lay and how it ended."""

    def __init__(self, definitions: Definitions, slots: int) -> None:
        self.book = Book(definitions, slots)
        self.slots = [Slot() for _ in range(slots)]
        self.offsets: dict[tuple[str, int], int] = {}

    def decide(self, batch: Sequence[Sent], arrived_at: int) -> list[tuple[Place, Ending]]:
        """The endings in the order of the batch, whose records may be of several slots."""
        records = [self._record(sent, arrived_at) for sent in batch]
        endings: dict[Place, Ending] = {}
        for partition in {record.partition for record in records}:
            of_slot = [record for record in records if record.partition == partition]
            decided = pipeline.decide(of_slot, self.slots[partition], self.book, arrived_at + 5)
            for record, decision in zip(of_slot, decided.decisions, strict=True):
                endings[record.topic, partition, record.offset] = _ending(decision)
        places = [(record.topic, record.partition, record.offset) for record in records]
        return [(place, endings[place]) for place in places]

    def _record(self, sent: Sent, arrived_at: int) -> OutboxRecord:
        partition = sent.partition(self.book.slots)
        offset = self.offsets.get((sent.topic, partition), 0)
        self.offsets[sent.topic, partition] = offset + 1
        size = sum(len(name) + len(content) for name, content in sent.headers)
        if sent.odd_header:
            size = UNREADABLE_HEADERS
        return OutboxRecord(sent.topic, partition, offset, arrived_at, sent.value, len(sent.headers), size)


def _ending(decision: pipeline.Decision) -> Ending:
    ending = Ending(entries=[(decision.entry, decision.entry_value)])
    for output in decision.outputs:
        value = output.value or b""
        if output.topic.endswith(".receipts"):
            ending.receipts.append((output.topic, decode_event_receipt_v1(value[5:]), value))
        elif output.topic == "gateway.quarantine":
            ending.quarantined.append(output.value)
        else:
            ending.inboxes.append((output.topic, output.value, [("gateway", output.header)]))
    return ending
