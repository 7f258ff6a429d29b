"""Publishing to one region's outbox: explicit partition, awaited confirmation."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from threading import Event, Thread

from confluent_kafka import KafkaError, KafkaException, Message, Producer

from gateway.client.broker import CALL_SECONDS, TURN_SECONDS, fault, producer_properties
from gateway.errors import BrokerFault
from gateway.identifiers import slot_of

Place = tuple[int, int]
"""Partition and offset of a confirmed record."""


@dataclass(frozen=True, slots=True)
class Published:
    """Where a confirmed event lies. value: its very bytes, for sending them again."""

    topic: str
    partition: int
    offset: int
    event_id: str
    case_id: str
    value: bytes = field(repr=False)


class Publisher:
    """One idempotent producer; `open` it inside the loop that will await it."""

    def __init__(self, kafka: Mapping[str, str], outbox: str) -> None:
        self.outbox = outbox
        self._kafka = kafka
        self._slots = 0
        self._last_error: KafkaError | None = None
        self._closing = Event()

    async def open(self) -> None:
        """Connect and learn the number of partitions, which never changes in a topic's life."""
        self._loop = asyncio.get_running_loop()
        try:
            self._producer = Producer({**producer_properties(self._kafka), "error_cb": self._remember})
        except KafkaException as cause:
            raise fault("these Kafka properties are of no use", cause) from cause
        self._slots = await asyncio.to_thread(self._count_partitions)
        self._pump = Thread(target=self._poll, name=f"{self.outbox}-confirmations", daemon=True)
        self._pump.start()

    def slot_of(self, case_id: str) -> int:
        """The partition of a case: that of Kafka's Java clients and of librdkafka's `murmur2_random`."""
        return slot_of(case_id, self._slots)

    async def send(self, case_id: str, value: bytes) -> Place:
        """Publish a value as it is under its case id; returns once all replicas have it."""
        confirmed: asyncio.Future[Place] = self._loop.create_future()

        def on_delivery(error: KafkaError | None, message: Message) -> None:
            self._loop.call_soon_threadsafe(self._settle, confirmed, error, message)

        try:
            self._producer.produce(
                self.outbox, value, case_id.encode(), self.slot_of(case_id), on_delivery=on_delivery
            )
        except BufferError as full:
            raise BrokerFault(f"{len(self._producer)} records wait for {self.outbox} already") from full
        except KafkaException as cause:
            raise fault(f"{self.outbox} cannot be written", cause) from cause
        return await confirmed

    async def close(self) -> None:
        """Wait for what is under way, then stop."""
        await asyncio.to_thread(self._producer.flush)
        self._closing.set()
        await asyncio.to_thread(self._pump.join)

    def _poll(self) -> None:
        while not self._closing.is_set():
            self._producer.poll(TURN_SECONDS)

    def _remember(self, error: KafkaError) -> None:
        if error.code() != KafkaError._ALL_BROKERS_DOWN:  # it follows the error that says more
            self._last_error = error

    def _settle(self, confirmed: asyncio.Future[Place], error: KafkaError | None, message: Message) -> None:
        if confirmed.done():  # its caller went away
            return
        if error is not None:
            what = f"{self.outbox} did not confirm; publish the same event again, a repeat is harmless"
            confirmed.set_exception(fault(what, error))
            return
        partition, offset = message.partition(), message.offset()
        assert partition is not None  # a confirmed record has a place
        assert offset is not None
        confirmed.set_result((partition, offset))

    def _count_partitions(self) -> int:
        try:
            topic = self._producer.list_topics(self.outbox, CALL_SECONDS).topics[self.outbox]
        except KafkaException as cause:
            self._producer.poll(0)  # lets librdkafka say why: refused connection, login, certificate
            raise fault("the brokers cannot be reached", self._last_error or cause) from cause
        if topic.error is not None and topic.error.code() != KafkaError.UNKNOWN_TOPIC_OR_PART:
            raise fault(f"{self.outbox} cannot be written", topic.error)
        if topic.error is not None or not topic.partitions:
            raise BrokerFault(
                f"{self.outbox} is not on the brokers: its operator makes it (`gateway topics apply`)."
            )
        return len(topic.partitions)
