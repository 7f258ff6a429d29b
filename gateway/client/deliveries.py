"""Reading a region's inbox or receipts as a consumer group, with explicit acknowledgement.

Nothing is skipped: what this client cannot decode is handed over as it is. A position is committed
only past an unbroken run of acknowledged deliveries, so what was not acknowledged is delivered again
after a restart, and then a delivery may be seen twice.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaException, Message, TopicPartition

from gateway.client.broker import (
    CALL_SECONDS,
    TURN_SECONDS,
    consumer_properties,
    fault,
    lasting_fault,
    own_thread,
)
from gateway.client.header import GatewayHeader
from gateway.client.records import unpack
from gateway.client.schema_ids import SchemaIds
from gateway.codec import Event
from gateway.errors import BrokerFault


@dataclass(frozen=True, slots=True)
class Delivery:
    """One record of the inbox or the receipts.

    record, header: the decoded event and the gateway's facts. problem: one sentence, where one of
    the two could not be read; then `value` is all there is.
    """

    topic: str
    partition: int
    offset: int
    value: bytes | None = field(repr=False)
    record: Event | None
    header: GatewayHeader | None
    problem: str | None
    _source: "Deliveries" = field(repr=False)

    def __str__(self) -> str:
        return f"{self.topic}[{self.partition}]@{self.offset}"

    async def ack(self) -> None:
        """Say that this delivery is dealt with, as the last act of dealing with it.

        Returns when the position is committed, or kept back because an earlier delivery of the same
        partition is still open. After a rebalance the group's next owner gets it once more instead.
        """
        await self._source.acknowledge(self.partition, self.offset)


class Open:
    """The deliveries handed over and not yet committed, by partition and in their order."""

    def __init__(self) -> None:
        self._acked: dict[int, dict[int, bool]] = {}

    def hand_over(self, partition: int, offset: int) -> None:
        """A delivery is on its way to the caller."""
        self._acked.setdefault(partition, {})[offset] = False

    def acknowledge(self, partition: int, offset: int) -> None:
        """A delivery is dealt with; of no effect if the partition was given up meanwhile."""
        offsets = self._acked.get(partition, {})
        if offsets.get(offset) is False:
            offsets[offset] = True

    def give_up(self, partition: int) -> None:
        """Another member of the group has this partition now."""
        self._acked.pop(partition, None)

    def take_positions(self) -> dict[int, int]:
        """Partition → next offset to read, where it moved past a run of acknowledged deliveries."""
        positions: dict[int, int] = {}
        for partition, offsets in list(self._acked.items()):  # a rebalance may take one away meanwhile
            for offset, acked in list(offsets.items()):
                if not acked:
                    break
                del offsets[offset]
                positions[partition] = offset + 1
        return positions


class Deliveries:
    """An async iterator over deliveries, in order within each partition and so within each case.

    The consumer starts with the first `anext`. Who lets five minutes pass between two of them leaves the
    group (`max.poll.interval.ms`) and gets the open deliveries once more.
    """

    def __init__(
        self, kafka: Mapping[str, str], topic: str, group: str, ids: SchemaIds | None = None
    ) -> None:
        self.topic = topic
        self.ids = ids or SchemaIds()
        self._properties = consumer_properties(kafka, group)
        self._thread = own_thread(group)
        self._open = Open()
        self._uncommitted: dict[int, int] = {}
        self._consumer: Consumer | None = None
        self._polled: asyncio.Future[Message | None] | None = None
        self._closing = False

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Delivery:
        """The next delivery. A cancelled wait loses none: the next call gets it."""
        while not self._closing:
            if self._polled is None:
                self._polled = asyncio.get_running_loop().run_in_executor(self._thread, self._poll)
            try:
                message = await asyncio.shield(self._polled)
            except BrokerFault:
                self._polled = None
                raise
            self._polled = None
            if message is not None:
                self._open.hand_over(*_place(message))
                return _delivery(message, self)
        raise StopAsyncIteration

    async def acknowledge(self, partition: int, offset: int) -> None:
        """Note one delivery as dealt with, and commit how far the partition is dealt with."""
        if self._closing:
            raise BrokerFault(f"{self.topic} is not read any more; {partition}@{offset} is delivered again")
        self._open.acknowledge(partition, offset)
        await asyncio.get_running_loop().run_in_executor(self._thread, self._commit)

    async def close(self) -> None:
        """Leave the group. A running iteration ends; what is not acknowledged stays open."""
        if not self._closing:
            self._closing = True
            await asyncio.get_running_loop().run_in_executor(self._thread, self._leave)
            self._thread.shutdown()

    # In the consumer's own thread, where rebalances happen too.

    def _poll(self) -> Message | None:
        if self._consumer is None:
            self._consumer = Consumer(self._properties)
            self._consumer.subscribe([self.topic], on_assign=self._on_assign, on_revoke=self._on_revoke)
        message = self._consumer.poll(TURN_SECONDS)
        if message is None:
            return None
        broken = lasting_fault(message)
        if broken is not None:
            raise broken
        return message if message.error() is None else None

    def _commit(self) -> None:
        """One commit for all acknowledgements that waited for this thread."""
        self._uncommitted |= self._open.take_positions()
        if not self._uncommitted or self._consumer is None:
            return
        places = [TopicPartition(self.topic, *position) for position in self._uncommitted.items()]
        try:
            self._consumer.commit(offsets=places, asynchronous=False)
        except KafkaException as cause:
            raise fault(f"{self.topic}: the position was not kept; acknowledge again", cause) from cause
        self._uncommitted.clear()

    def _leave(self) -> None:
        if self._consumer is not None:
            self._consumer.close()

    def _on_assign(self, consumer: Consumer, partitions: list[TopicPartition]) -> None:
        """Go on where the group stands; a group that never was starts with the oldest record kept."""
        try:
            places = consumer.committed(partitions, CALL_SECONDS)
        except KafkaException as cause:
            raise fault(f"the position in {self.topic} cannot be read", cause) from cause
        for place in places:
            if place.offset < 0:
                place.offset = OFFSET_BEGINNING
        consumer.assign(places)

    def _on_revoke(self, _consumer: Consumer, partitions: list[TopicPartition]) -> None:
        for place in partitions:
            self._open.give_up(place.partition)
            self._uncommitted.pop(place.partition, None)


def _place(message: Message) -> tuple[int, int]:
    partition, offset = message.partition(), message.offset()
    assert partition is not None  # only errors lack a place
    assert offset is not None
    return partition, offset


def _delivery(message: Message, source: Deliveries) -> Delivery:
    problems: list[str] = []
    record: Event | None = None
    header: GatewayHeader | None = None
    try:
        record = unpack(source.ids.inward(message.value()))
    except ValueError as problem:
        problems.append(str(problem))
    try:
        header = GatewayHeader.of(message.headers())
    except ValueError as problem:
        problems.append(str(problem))
    partition, offset = _place(message)
    return Delivery(
        source.topic, partition, offset, message.value(), record, header, "; ".join(problems) or None, source
    )
