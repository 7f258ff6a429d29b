"""A position moves only past an unbroken run of acknowledged deliveries."""

import asyncio
from typing import Any

import pytest
from confluent_kafka import (
    OFFSET_BEGINNING,
    OFFSET_INVALID,
    KafkaError,
    KafkaException,
    Message,
    TopicPartition,
)

from gateway.client import BrokerFault, deliveries, pack
from gateway.client.deliveries import Deliveries, Open
from gateway.codec import LicenceVerificationRequested
from tests import world

HEADER = ("gateway", b"1 east.outbox 0 0 0 1 - east-accepts-west@1 7")
VALUE = pack(world.request())


def message(offset: int, value: bytes | None = VALUE, partition: int = 0, headers: Any = None) -> Message:
    return Message("west.inbox", partition, offset, b"key", value, [HEADER] if headers is None else headers)


class FakeConsumer:
    """Hands out prepared messages, then nothing; remembers commits."""

    prepared: list[Message]
    refusals: list[KafkaError]

    def __init__(self, _properties: object) -> None:
        self.commits: list[tuple[int, int]] = []
        self.assigned: list[tuple[int, int]] = []
        self.closed = False

    def subscribe(self, topics: list[str], **callbacks: Any) -> None:
        assert topics == ["west.inbox"]
        self._callbacks = callbacks

    def revoke(self, places: list[TopicPartition]) -> None:
        self._callbacks["on_revoke"](self, places)

    def assign_to_it(self, places: list[TopicPartition]) -> None:
        self._callbacks["on_assign"](self, places)

    def committed(self, places: list[TopicPartition], _seconds: float) -> list[TopicPartition]:
        """The group stands at 7 on partition 0 and never was on another."""
        for place in places:
            place.offset = 7 if place.partition == 0 else OFFSET_INVALID
        return places

    def assign(self, places: list[TopicPartition]) -> None:
        self.assigned = [(place.partition, place.offset) for place in places]

    def poll(self, _seconds: float) -> Message | None:
        return self.prepared.pop(0) if self.prepared else None

    def commit(self, offsets: list[Any], asynchronous: bool) -> None:
        assert not asynchronous
        if self.refusals:
            raise KafkaException(self.refusals.pop())
        self.commits += [(place.partition, place.offset) for place in offsets]

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def consumer(monkeypatch: pytest.MonkeyPatch) -> type[FakeConsumer]:
    monkeypatch.setattr(deliveries, "Consumer", FakeConsumer)
    FakeConsumer.prepared, FakeConsumer.refusals = [], []
    return FakeConsumer


def reader() -> Deliveries:
    return Deliveries({}, "west.inbox", "west-inbox")


def consumer_of(source: Deliveries) -> FakeConsumer:
    consumer: Any = source._consumer
    assert isinstance(consumer, FakeConsumer)
    return consumer


def test_position_waits_for_the_first_open_delivery() -> None:
    open_ones = Open()
    for offset in (3, 4, 7):  # offsets between are the broker's own
        open_ones.hand_over(0, offset)
    open_ones.acknowledge(0, 4)
    assert open_ones.take_positions() == {}
    open_ones.acknowledge(0, 3)
    assert open_ones.take_positions() == {0: 5}
    open_ones.acknowledge(0, 7)
    assert open_ones.take_positions() == {0: 8}
    assert open_ones.take_positions() == {}


def test_partitions_do_not_wait_for_one_another() -> None:
    open_ones = Open()
    open_ones.hand_over(0, 1)
    open_ones.hand_over(1, 5)
    open_ones.acknowledge(1, 5)
    assert open_ones.take_positions() == {1: 6}


def test_acknowledging_what_was_given_up_does_nothing() -> None:
    open_ones = Open()
    open_ones.hand_over(0, 1)
    open_ones.give_up(0)
    open_ones.acknowledge(0, 1)
    assert open_ones.take_positions() == {}


async def test_delivery_is_decoded_and_acknowledged(consumer: type[FakeConsumer]) -> None:
    consumer.prepared = [message(0), message(1)]
    inbox = reader()
    first, second = await anext(inbox), await anext(inbox)
    assert isinstance(first.record, LicenceVerificationRequested)
    assert first.header is not None
    assert (first.header.rule, first.problem, str(first)) == ("east-accepts-west@1", None, "west.inbox[0]@0")
    await second.ack()
    assert consumer_of(inbox).commits == []
    await first.ack()
    assert consumer_of(inbox).commits == [(0, 2)]
    await inbox.close()


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        (message(0, b"\x00\x00\x00\x00\x01?"), "schema id 1"),
        (message(0, None), "byte 0"),
        (message(0, headers=[]), "exactly one"),
    ],
)
async def test_unreadable_delivery_is_handed_over_as_it_is(
    consumer: type[FakeConsumer], given: Message, problem: str
) -> None:
    consumer.prepared = [given]
    inbox = reader()
    delivery = await anext(inbox)
    assert delivery.problem is not None
    assert problem in delivery.problem
    assert delivery.value == given.value()
    await delivery.ack()
    assert consumer_of(inbox).commits == [(0, 1)]
    await inbox.close()


async def test_cancelled_wait_loses_no_delivery(consumer: type[FakeConsumer]) -> None:
    consumer.prepared = [message(offset) for offset in range(3)]
    inbox = reader()
    for offset in range(3):
        waiting = asyncio.ensure_future(anext(inbox))
        await asyncio.sleep(0)  # it has begun to wait
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        assert (await anext(inbox)).offset == offset
    await inbox.close()


async def test_closing_ends_the_iteration(consumer: type[FakeConsumer]) -> None:
    inbox = reader()

    async def count() -> int:
        return len([delivery async for delivery in inbox])

    counting = asyncio.create_task(count())
    await asyncio.sleep(0.01)
    await inbox.close()
    assert await counting == 0
    assert consumer_of(inbox).closed


async def test_lasting_fault_is_raised_and_reading_may_go_on(consumer: type[FakeConsumer]) -> None:
    lost = Message("west.inbox", 0, 9, error=KafkaError(KafkaError._AUTO_OFFSET_RESET, "out of range"))
    passing = Message(error=KafkaError(KafkaError._TRANSPORT, "disconnected"))
    consumer.prepared = [passing, lost, message(5)]
    inbox = reader()
    with pytest.raises(
        BrokerFault, match=r"west.inbox\[0\] cannot be read: out of range \(_AUTO_OFFSET_RESET\)"
    ):
        await anext(inbox)
    assert (await anext(inbox)).offset == 5
    await inbox.close()


async def test_refused_commit_is_told_and_made_up_for(consumer: type[FakeConsumer]) -> None:
    consumer.prepared = [message(0), message(1)]
    consumer.refusals = [KafkaError(KafkaError.COORDINATOR_NOT_AVAILABLE, "moving")]
    inbox = reader()
    first, second = await anext(inbox), await anext(inbox)
    with pytest.raises(BrokerFault, match=r"west\.inbox: the position was not kept.*moving"):
        await first.ack()
    await first.ack()
    assert consumer_of(inbox).commits == [(0, 1)]
    await second.ack()
    assert consumer_of(inbox).commits == [(0, 1), (0, 2)]
    await inbox.close()
    with pytest.raises(BrokerFault, match="not read any more"):
        await second.ack()


async def test_revoked_partition_is_not_committed(consumer: type[FakeConsumer]) -> None:
    consumer.prepared = [message(0), message(0, partition=1)]
    inbox = reader()
    revoked, kept = await anext(inbox), await anext(inbox)
    consumer_of(inbox).revoke([TopicPartition("west.inbox", 0)])
    await revoked.ack()
    await kept.ack()
    assert consumer_of(inbox).commits == [(1, 1)]
    await inbox.close()


async def test_group_goes_on_where_it_stands_and_begins_with_the_oldest(consumer: type[FakeConsumer]) -> None:
    consumer.prepared = [message(0)]
    inbox = reader()
    await anext(inbox)
    consumer_of(inbox).assign_to_it([TopicPartition("west.inbox", 0), TopicPartition("west.inbox", 1)])
    assert consumer_of(inbox).assigned == [(0, 7), (1, OFFSET_BEGINNING)]
    await inbox.close()
