"""Waiting for what comes back, on one consumer without a group.

A request's answer and receipts arrive on the partition of its case. That partition of inbox and
receipts is read from its end, as it was before the request was published, so nothing can
be missed; it stays assigned for the next request. Other processes of the region do the same: nothing
is committed.
"""

import asyncio
from collections.abc import Mapping
from hashlib import sha256
from typing import Final

from confluent_kafka import Consumer, KafkaException, Message, TopicPartition

from gateway.client.answers import Answer, RefusedByGateway
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
from gateway.codec import EventReceipt, LicenceVerificationAnswered
from gateway.errors import BrokerFault

_NOT_DELIVERED: Final = ("refused", "quarantined")
Key = tuple[str, str] | bytes
"""A request by case id and event id, as its answer names it; or by digest, as a receipt names it even
where the gateway could not read it."""
Outcome = Answer | Exception


class Request:
    """One request that is waited for, before it is published. value: its bytes, frame and body."""

    def __init__(self, case_id: str, event_id: str, value: bytes) -> None:
        self.keys: tuple[Key, Key] = ((case_id, event_id), sha256(value).digest())
        self.answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()

    def resolve(self, outcome: Outcome) -> None:
        """Wake whoever waits, with the first outcome."""
        if self.answer.done():
            return
        if isinstance(outcome, Answer):
            self.answer.set_result(outcome)
        else:
            self.answer.set_exception(outcome)


class Waiting:
    """Resolves requests; the consumer and its thread start with the first of them."""

    def __init__(self, kafka: Mapping[str, str], region: str, ids: SchemaIds | None = None) -> None:
        self._ids = ids or SchemaIds()
        self._properties = consumer_properties(kafka, f"{region}-verify")
        self._topics = (f"{region}.inbox", f"{region}.receipts")
        self._thread = own_thread(f"{region}-verify")
        self._requests: dict[Key, Request] = {}
        self._watches: dict[int, asyncio.Task[None]] = {}
        self._reading: asyncio.Task[None] | None = None
        self._consumer: Consumer | None = None
        self._closing = False

    async def expect(self, request: Request, slot: int) -> None:
        """From here on, what comes back for this request resolves it. slot: its partition in the outbox."""
        if slot not in self._watches:
            self._watches[slot] = asyncio.create_task(self._watch(slot))
        try:
            await asyncio.shield(self._watches[slot])  # others may wait for the same
        except BrokerFault:
            self._watches.pop(slot, None)
            raise
        for key in request.keys:
            self._requests[key] = request

    def forget(self, request: Request) -> None:
        """Stop waiting for this request."""
        request.answer.cancel()
        for key in request.keys:
            self._requests.pop(key, None)

    async def close(self) -> None:
        """Stop reading; whoever still waits is told."""
        if self._closing:
            return
        self._closing = True
        self._fail(BrokerFault("the client was closed while a request waited for its answer"))
        if self._reading is not None:
            await self._reading
        await asyncio.get_running_loop().run_in_executor(self._thread, self._leave)
        self._thread.shutdown()

    async def _watch(self, slot: int) -> None:
        consumer = await asyncio.get_running_loop().run_in_executor(self._thread, self._read_from_end, slot)
        if self._reading is None:
            self._reading = asyncio.create_task(self._read(consumer))

    async def _read(self, consumer: Consumer) -> None:
        loop = asyncio.get_running_loop()
        while not self._closing:
            found = await loop.run_in_executor(self._thread, self._next_outcome, consumer)
            if isinstance(found, BrokerFault):
                self._fail(found)
            elif found is not None:
                request, outcome = found
                request.resolve(outcome)

    def _fail(self, broken: BrokerFault) -> None:
        """Tell everybody who waits; the next request begins at the end of its partition again."""
        for request in self._requests.values():
            request.resolve(broken)
        self._watches.clear()

    # In the consumer's own thread.

    def _read_from_end(self, slot: int) -> Consumer:
        if self._consumer is None:
            self._consumer = Consumer(self._properties)
        try:
            for topic in self._topics:
                self._read_on(self._consumer, topic, slot)
        except KafkaException as cause:
            raise fault(f"{' and '.join(self._topics)} cannot be read", cause) from cause
        return self._consumer

    def _read_on(self, consumer: Consumer, topic: str, slot: int) -> None:
        """Slots may share a partition of inbox or receipts; it is read from where it was met first."""
        partitions = consumer.list_topics(topic, CALL_SECONDS).topics[topic].partitions
        place = TopicPartition(topic, slot % max(len(partitions), 1))
        if place in consumer.assignment():
            return
        _, place.offset = consumer.get_watermark_offsets(place, CALL_SECONDS)
        consumer.incremental_assign([place])

    def _leave(self) -> None:
        if self._consumer is not None:
            self._consumer.close()

    def _next_outcome(self, consumer: Consumer) -> tuple[Request, Outcome] | BrokerFault | None:
        """What somebody waits for, if it comes within a turn; everything else is passed over."""
        message = consumer.poll(TURN_SECONDS)
        while message is not None:
            broken = lasting_fault(message)
            if broken is not None:
                consumer.unassign()
                return broken
            found = self._match(message) if message.error() is None else None
            if found is not None:
                return found
            message = consumer.poll(0)
        return None

    def _match(self, message: Message) -> tuple[Request, Outcome] | None:
        if not self._requests:
            return None
        try:
            event = unpack(self._ids.inward(message.value()))
        except ValueError:
            return None  # the inbox hands it over as it is
        if isinstance(event, LicenceVerificationAnswered):
            request = self._requests.get((event.case_id, event.in_reply_to))
            return None if request is None else (request, _answer(event, message))
        if isinstance(event, EventReceipt) and event.outcome in _NOT_DELIVERED:
            request = self._requests.get(event.digest)
            return None if request is None else (request, RefusedByGateway(event))
        return None


def _answer(event: LicenceVerificationAnswered, message: Message) -> Outcome:
    try:
        return Answer.of(event, GatewayHeader.of(message.headers()))
    except ValueError as problem:
        return problem
