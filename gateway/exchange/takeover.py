"""Taking over a slot: read back what the slot knew from the gateway's own topics.

The order matters (docs/architecture.md): the producer is initialised and the lease is held before this
is called; committed offsets are read here first, which waits until nothing is pending; only then are
the ends of ledger and state read, and everything up to them.
"""

from collections.abc import Callable
from hashlib import sha256
from typing import Final

from confluent_kafka import (
    OFFSET_BEGINNING,
    Consumer,
    KafkaError,
    KafkaException,
    Message,
    TopicPartition,
)

from gateway.admission import HOUR_MS, WINDOW_HOURS
from gateway.codec import DECODERS, LedgerEntry, StateEntry
from gateway.definitions.book import Book
from gateway.errors import BrokerFault, Refused
from gateway.exchange.config import Properties
from gateway.exchange.polling import drain
from gateway.ledger import LEDGER
from gateway.messages import FRAME_BYTES
from gateway.pipeline import STATE
from gateway.slot import Slot

ASK_SECONDS: Final = 30.0
TAIL_RECORDS: Final = 2000
"""The last entry always lies within so many offsets of the end: a transaction has at least one per marker."""
_ASK_AGAIN: Final = frozenset(
    {
        KafkaError.NOT_COORDINATOR,
        KafkaError.COORDINATOR_LOAD_IN_PROGRESS,
        KafkaError.COORDINATOR_NOT_AVAILABLE,
        KafkaError.UNSTABLE_OFFSET_COMMIT,
    }
)


def widths(lease: Consumer) -> dict[str, int]:
    """How many partitions each topic has: what is handed over may lie on fewer than there are slots."""
    try:
        topics = lease.list_topics(timeout=ASK_SECONDS).topics
    except KafkaException as fault:
        raise BrokerFault(f"the topics cannot be listed: {fault.args[0].str()}") from fault
    return {name: len(topic.partitions) for name, topic in topics.items() if topic.partitions}


class Takeover:
    """Rebuilds slots. embedded: the embedded broker keeps no group offsets and no times, so the whole
    ledger is read and it alone says where to start.
    """

    def __init__(
        self,
        reader_config: Properties,
        book: Book,
        embedded: bool,
        halfway: Callable[[], None],
    ) -> None:
        self._config = reader_config
        self.book = book
        self._embedded = embedded
        self._halfway = halfway
        self._latest_number = 0
        self._told: dict[int, int] = {}

    def take(self, lease: Consumer, partitions: list[int]) -> tuple[dict[int, Slot], list[TopicPartition]]:
        """The slots as their ledger and state leave them, and where to read each outbox on.

        Raises `BrokerFault` where ledger, state and the group's offsets do not say the same.
        """
        committed = self._committed(lease, partitions)
        slots = {partition: Slot() for partition in partitions}
        self._latest_number, self._told = 0, {}
        reader = Consumer(self._config)
        try:
            states = [TopicPartition(STATE, partition, OFFSET_BEGINNING) for partition in partitions]
            _read_to_end(reader, states, lambda message: self._fold_state(slots, message))
            self._halfway()
            tails = [self._tail(reader, slot, partition) for partition, slot in slots.items()]
            _read_to_end(reader, tails, lambda message: self._fold_entry(slots, message))
            self._check_number()
            for partition, slot in slots.items():
                if not self._embedded:
                    expect_whole(partition, slot, self._told.get(partition, -1))
                slot.writer += 1
            return slots, [self._resume(reader, slots[place.partition], place) for place in committed]
        finally:
            reader.close()

    def _check_number(self) -> None:
        """A slot that was decided by newer definitions never goes back to older ones."""
        if self._latest_number > self.book.number:
            raise BrokerFault(
                f"these slots were decided by definitions {self._latest_number} already; this process has "
                f"definitions {self.book.number} and takes none of them before it has those or newer ones"
            )

    def _committed(self, lease: Consumer, partitions: list[int]) -> list[TopicPartition]:
        wanted = [TopicPartition(topic, partition) for topic in self.book.senders for partition in partitions]
        while True:
            try:
                return list(lease.committed(wanted, timeout=ASK_SECONDS))
            except KafkaException as fault:
                if fault.args[0].code() not in _ASK_AGAIN:
                    raise BrokerFault(f"the group's offsets cannot be read: {fault.args[0].str()}") from fault

    def _tail(self, reader: Consumer, slot: Slot, partition: int) -> TopicPartition:
        """Where in the ledger the entries begin that may still be repeated by what is read next."""
        if self._embedded or not slot.positions:
            return TopicPartition(LEDGER, partition, OFFSET_BEGINNING)
        low, high = reader.get_watermark_offsets(TopicPartition(LEDGER, partition), timeout=ASK_SECONDS)
        behind = [
            position.arrived_at
            for position in slot.positions.values()
            if self._end(reader, position.topic, partition) > position.next_offset
        ]
        latest = max(position.arrived_at for position in slot.positions.values())
        since = min([latest, *behind]) - (WINDOW_HOURS + 1) * HOUR_MS
        [found] = reader.offsets_for_times([TopicPartition(LEDGER, partition, since)], timeout=ASK_SECONDS)
        last_records = max(low, high - TAIL_RECORDS)
        start = min(last_records, found.offset) if found.offset >= 0 else last_records
        return TopicPartition(LEDGER, partition, start)

    def _end(self, reader: Consumer, topic: str, partition: int) -> int:
        return int(reader.get_watermark_offsets(TopicPartition(topic, partition), timeout=ASK_SECONDS)[1])

    def _fold_state(self, slots: dict[int, Slot], message: Message) -> None:
        partition = message.partition() or 0
        key = (message.key() or b"").decode()
        value = message.value()
        entry = None if value is None else self._decode(message, value)
        if entry is not None and not isinstance(entry, StateEntry):
            raise BrokerFault(_not_ours(message))
        if entry is not None:
            self._told[partition] = max(self._told.get(partition, -1), entry.seq)
        slots[partition].fold_state(key, entry)

    def _fold_entry(self, slots: dict[int, Slot], message: Message) -> None:
        slot = slots[message.partition() or 0]
        value = message.value() or b""
        entry = self._decode(message, value)
        if not isinstance(entry, LedgerEntry):
            raise BrokerFault(_not_ours(message))
        slot.fold_entry(entry, sha256(value).digest())
        self._latest_number = max(self._latest_number, entry.definitions_number)

    def _decode(self, message: Message, value: bytes) -> object:
        contract = self.book.contracts.get(int.from_bytes(value[1:FRAME_BYTES], "big"))
        if contract is None:
            raise BrokerFault(
                f"{message.topic()}[{message.partition()}]@{message.offset()} is written with a schema these "
                "definitions do not hold; start the gateway with the definitions that wrote it, and with the "
                "schema registry that gave its ids, if there was one (GATEWAY_REGISTRY__URL)"
            )
        try:
            return DECODERS[contract.name, contract.version](value[FRAME_BYTES:])
        except Refused as unreadable:
            raise BrokerFault(_not_ours(message)) from unreadable

    def _resume(self, reader: Consumer, slot: Slot, committed: TopicPartition) -> TopicPartition:
        kept = slot.positions.get(committed.topic)
        start = (
            kept.next_offset if kept is not None else self._low(reader, committed.topic, committed.partition)
        )
        if not self._embedded and committed.offset >= 0 and (kept is None or committed.offset != start):
            known = f"says {start}" if kept is not None else "knows nothing of it"
            raise BrokerFault(
                f"{committed.topic}[{committed.partition}]: the group stands at {committed.offset}, {STATE} "
                f"{known}; one of them was changed by hand or lost. Nothing is read until an operator decides"
            )
        return TopicPartition(committed.topic, committed.partition, start)

    def _low(self, reader: Consumer, topic: str, partition: int) -> int:
        return int(reader.get_watermark_offsets(TopicPartition(topic, partition), timeout=ASK_SECONDS)[0])


def expect_whole(partition: int, slot: Slot, told: int) -> None:
    """Refuse a slot whose ledger does not end with the entry that its state was written for.

    told: the highest number of an entry that the state speaks of. Every transaction ends with a position,
    which speaks of its last entry. Raises `BrokerFault`.
    """
    if slot.seq != told + 1:
        raise BrokerFault(
            f"{LEDGER}[{partition}] has {slot.seq} entries, {STATE} speaks of {told + 1}: a transaction is "
            "still ending, then the next try finds it ended; or one was committed in part, or one of the two "
            "was changed by hand or lost, and an operator must decide"
        )


def _not_ours(message: Message) -> str:
    """What lies there is read as something else: the ids mean other schemas than when it was written."""
    return (
        f"{message.topic()}[{message.partition()}]@{message.offset()} is not what its schema id says: "
        "it was written with the ids of another schema registry than GATEWAY_REGISTRY__URL names now"
    )


def _read_to_end(reader: Consumer, starts: list[TopicPartition], fold: Callable[[Message], None]) -> None:
    """Hand over every committed record from these places to the ends as they are now.

    Raises `BrokerFault` if nothing more comes before: who waited on would not hear that it shall end.
    """
    unread = {start.partition for start in starts}
    reader.assign(starts)
    while unread:
        messages = drain(reader, 1000, ASK_SECONDS)
        if not messages:
            raise BrokerFault(f"{starts[0].topic} cannot be read back: nothing came for {ASK_SECONDS:.0f} s")
        for message in messages:
            error = message.error()
            if error is None:
                fold(message)
            elif error.code() == KafkaError._PARTITION_EOF:
                unread.discard(message.partition() or 0)
            else:
                raise BrokerFault(f"{message.topic()} cannot be read back: {error.str()}")
    reader.unassign()
