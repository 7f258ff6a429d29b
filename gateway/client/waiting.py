"""Waiting for what comes back, on one consumer without a group.

A request's answer and receipts arrive on the partition number it was published to. That partition of
inbox and receipts is read from its end, as it was before the request was published, so nothing can
be missed; it stays assigned, so the next request there waits for nobody. Other processes of the
region do the same: nothing is committed.
"""

import asyncio
from collections.abc import Mapping
from hashlib import sha256
from typing import Final

from confluent_kafka import Consumer, KafkaException, Message, TopicPartition

from gateway.client.answers import Answer, RefusedByGateway
from gateway.client.broker import CALL_SECONDS, TURN_SECONDS, Pump, consumer_properties, fault, lasting_fault
from gateway.client.header import GatewayHeader
from gateway.client.records import unpack
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


class Waiting:
    """Resolves requests; the consumer and its thread start with the first of them."""

    def __init__(self, kafka: Mapping[str, str], region: str) -> None:
        self._properties = consumer_properties(kafka, f"{region}-verify")
        self._topics = (f"{region}.inbox", f"{region}.receipts")
        self._requests: dict[Key, Request] = {}
        self._watches: dict[int, asyncio.Task[None]] = {}
        self._consumer: Consumer | None = None
        self._pump: Pump | None = None

    async def expect(self, request: Request, partition: int) -> None:
        """From here on, what comes back for this request resolves it."""
        watch = self._watches.get(partition)
        if watch is None:
            from_end = asyncio.to_thread(self._read_from_end, self._reading(), partition)
            watch = self._watches[partition] = asyncio.create_task(from_end)
        try:
            await asyncio.shield(watch)  # others may wait for the same
        except BrokerFault:
            self._watches.pop(partition, None)
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
        self._fail(BrokerFault("the client was closed while a request waited for its answer"))
        if self._pump is not None and self._consumer is not None:
            await self._pump.stop()
            await asyncio.to_thread(self._consumer.close)

    def _reading(self) -> Consumer:
        if self._consumer is None:
            self._loop = asyncio.get_running_loop()
            self._consumer = consumer = Consumer(self._properties)
            self._pump = Pump(self._topics[0], lambda: self._turn(consumer.poll(TURN_SECONDS)))
        return self._consumer

    def _read_from_end(self, consumer: Consumer, partition: int) -> None:
        places = []
        try:
            for topic in self._topics:
                ends = consumer.get_watermark_offsets(TopicPartition(topic, partition), CALL_SECONDS)
                assert ends is not None  # without a time-out it raises
                places.append(TopicPartition(topic, partition, ends[1]))
            consumer.incremental_assign(places)
        except KafkaException as cause:
            raise fault(f"{' and '.join(self._topics)} cannot be read", cause) from cause

    # In the pump's thread: what is polled is judged there, and only what somebody waits for wakes the loop.

    def _turn(self, message: Message | None) -> None:
        if message is None:
            return
        broken = lasting_fault(message)
        if broken is not None:
            self._loop.call_soon_threadsafe(self._fail, broken)
        elif self._requests and message.error() is None:
            self._look_at(message)

    def _look_at(self, message: Message) -> None:
        try:
            event = unpack(message.value())
        except ValueError:
            return  # the inbox hands it over as it is
        request: Request | None = None
        if isinstance(event, LicenceVerificationAnswered):
            request = self._requests.get((event.case_id, event.in_reply_to))
        elif isinstance(event, EventReceipt) and event.outcome in _NOT_DELIVERED:
            request = self._requests.get(event.digest)
        if request is not None:
            self._loop.call_soon_threadsafe(_resolve, request, _outcome(event, message))

    # In the loop.

    def _fail(self, broken: BrokerFault) -> None:
        """Tell everybody who waits; the next request begins at the end of its partition again."""
        for request in self._requests.values():
            _resolve(request, broken)
        if self._consumer is not None:
            self._consumer.unassign()
        self._watches.clear()


def _outcome(event: object, message: Message) -> Outcome:
    if isinstance(event, EventReceipt):
        return RefusedByGateway(event)
    assert isinstance(event, LicenceVerificationAnswered)
    try:
        return Answer.of(event, GatewayHeader.of(message.headers()))
    except ValueError as fault:
        return fault


def _resolve(request: Request, outcome: Outcome) -> None:
    if request.answer.done():
        return
    if isinstance(outcome, Answer):
        request.answer.set_result(outcome)
    else:
        request.answer.set_exception(outcome)
