"""What comes back resolves exactly the request it belongs to."""

import asyncio
from collections.abc import AsyncIterator
from hashlib import sha256
from queue import Empty, SimpleQueue
from types import SimpleNamespace
from typing import Any

import pytest
from confluent_kafka import KafkaError, KafkaException, Message, TopicPartition

from gateway.client import Answer, BrokerFault, RefusedByGateway, pack, waiting
from gateway.client.waiting import Request, Waiting
from gateway.codec import EventReceipt, LicenceVerificationRequested
from tests import world

HEADER = ("gateway", b"1 west.outbox 0 4 9 2 no east-accepts-west@3 7")


class FakeConsumer:
    """Knows the ends of its partitions; a test puts messages behind them."""

    end = 17

    def __init__(self, _properties: object) -> None:
        self.messages: SimpleQueue[Message] = SimpleQueue()
        self.assigned: list[tuple[str, int, int]] = []

    def list_topics(self, topic: str, _seconds: float) -> SimpleNamespace:
        partitions = dict.fromkeys(range(4 if topic.endswith(".inbox") else 2))
        return SimpleNamespace(topics={topic: SimpleNamespace(partitions=partitions)})

    def assignment(self) -> list[TopicPartition]:
        return [TopicPartition(topic, partition) for topic, partition, _ in self.assigned]

    def get_watermark_offsets(self, place: TopicPartition, _seconds: float) -> tuple[int, int]:
        if self.end < 0:
            raise KafkaException(KafkaError(KafkaError._TIMED_OUT, "no answer"))
        return 0, self.end

    def incremental_assign(self, places: list[TopicPartition]) -> None:
        self.assigned += [(place.topic, place.partition, place.offset) for place in places]

    def unassign(self) -> None:
        self.assigned.clear()

    def poll(self, seconds: float) -> Message | None:
        try:
            return self.messages.get(timeout=seconds) if seconds else self.messages.get_nowait()
        except Empty:
            return None

    def close(self) -> None:
        pass


@pytest.fixture
async def desk(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Waiting]:
    monkeypatch.setattr(waiting, "Consumer", FakeConsumer)
    monkeypatch.setattr(waiting, "TURN_SECONDS", 0.001)
    monkeypatch.setattr(FakeConsumer, "end", 17)
    made = Waiting({}, "east")
    yield made
    for request in set(made._requests.values()):  # whoever asked goes away
        made.forget(request)
    await made.close()


def consumer_of(desk: Waiting) -> FakeConsumer:
    consumer: Any = desk._consumer
    assert isinstance(consumer, FakeConsumer)
    return consumer


async def expected(desk: Waiting, asked: LicenceVerificationRequested, slot: int = 0) -> Request:
    request = Request(asked.case_id, asked.event_id, pack(asked))
    await desk.expect(request, slot)
    return request


def in_inbox(event: Any, headers: Any = None) -> Message:
    return Message("east.inbox", 0, 17, b"key", pack(event), [HEADER] if headers is None else headers)


def in_receipts(asked: LicenceVerificationRequested, **changed: Any) -> Message:
    given: dict[str, Any] = {
        "event_id": "receipt-0-4",
        "case_id": asked.case_id,
        "source": "gateway",
        "target": "east",
        "made_at": world.NOW,
        "about_event": asked.event_id,
        "about_topic": "east.outbox",
        "about_partition": 0,
        "about_offset": 4,
        "digest": sha256(pack(asked)).digest(),
        "outcome": "refused",
        "reason": "field-not-agreed",
        "rule_id": "east-accepts-west",
        "rule_version": 3,
        "definitions_number": 7,
        "resend": True,
        "explanation": "field-not-agreed: ...",
        "explanation_chinese": "字段不在互认规则内",
        "allowed": (),
    }
    value = pack(EventReceipt(**{**given, **changed}))
    return Message("east.receipts", 0, 3, b"key", value, [HEADER])


async def test_answer_resolves_its_request_with_the_gateways_facts(desk: Waiting) -> None:
    asked, other = world.request(), world.request()
    request, second = await expected(desk, asked), await expected(desk, other)
    consumer_of(desk).messages.put(in_inbox(world.answer(asked)))
    answer = await request.answer
    assert isinstance(answer, Answer)
    assert (answer.outcome, answer.licence_state, answer.returned) == (
        "MATCH_VALID",
        "VALID",
        {"name": "测试公司"},
    )
    assert (answer.recognised, answer.rule, answer.number) == (False, "east-accepts-west@3", 2)
    assert not second.answer.done()


async def test_partition_is_read_from_its_end_and_assigned_once(desk: Waiting) -> None:
    await asyncio.gather(*(expected(desk, world.request(), slot=3) for _ in range(5)))
    await expected(desk, world.request(), slot=3)
    assert consumer_of(desk).assigned == [("east.inbox", 3, 17), ("east.receipts", 1, 17)]


async def test_slots_that_share_a_partition_read_it_from_where_it_was_met_first(
    desk: Waiting, monkeypatch: pytest.MonkeyPatch
) -> None:
    await expected(desk, world.request(), slot=3)
    monkeypatch.setattr(FakeConsumer, "end", 40)
    await expected(desk, world.request(), slot=5)
    assert consumer_of(desk).assigned == [
        ("east.inbox", 3, 17),
        ("east.receipts", 1, 17),
        ("east.inbox", 1, 40),
    ]


async def test_refusal_is_raised_with_everything_the_receipt_says(desk: Waiting) -> None:
    asked = world.request()
    request = await expected(desk, asked)
    consumer_of(desk).messages.put(in_receipts(asked))
    with pytest.raises(RefusedByGateway) as refused:
        await request.answer
    assert vars(refused.value) == {
        "outcome": "refused",
        "reason": "field-not-agreed",
        "rule": "east-accepts-west@3",
        "explanation": "field-not-agreed: ...",
        "explanation_chinese": "字段不在互认规则内",
        "position": "east.outbox[0]@4",
        "resend": True,
        "allowed": (),
    }


async def test_receipt_about_unreadable_bytes_is_matched_by_digest(desk: Waiting) -> None:
    asked = world.request()
    request = await expected(desk, asked)
    unreadable = in_receipts(
        asked, about_event=None, case_id="000000-0000-0", rule_id=None, rule_version=None
    )
    consumer_of(desk).messages.put(unreadable)
    with pytest.raises(RefusedByGateway) as refused:
        await request.answer
    assert refused.value.rule is None


async def test_receipt_of_a_delivery_is_no_answer(desk: Waiting) -> None:
    asked = world.request()
    request = await expected(desk, asked)
    messages = consumer_of(desk).messages
    messages.put(in_receipts(asked, outcome="delivered", reason=None, resend=False))
    messages.put(in_receipts(world.request()))
    messages.put(Message("east.inbox", 0, 18, b"key", b"garbage"))
    messages.put(Message(error=KafkaError(KafkaError._TRANSPORT, "passing")))
    messages.put(in_inbox(world.answer(asked)))
    assert (await request.answer).outcome == "MATCH_VALID"


async def test_answer_without_the_gateways_header_is_not_trusted(desk: Waiting) -> None:
    asked = world.request()
    request = await expected(desk, asked)
    consumer_of(desk).messages.put(in_inbox(world.answer(asked), headers=[]))
    with pytest.raises(ValueError, match="exactly one"):
        await request.answer


async def test_forgotten_request_is_not_resolved(desk: Waiting) -> None:
    asked, other = world.request(), world.request()
    request, second = await expected(desk, asked), await expected(desk, other)
    desk.forget(request)
    for event in (asked, other):
        consumer_of(desk).messages.put(in_inbox(world.answer(event)))
    await second.answer
    assert request.answer.cancelled()


async def test_lasting_fault_reaches_everybody_and_the_next_request_starts_afresh(desk: Waiting) -> None:
    request = await expected(desk, world.request())
    lost = KafkaError(KafkaError.TOPIC_AUTHORIZATION_FAILED, "not allowed")
    consumer_of(desk).messages.put(Message("east.inbox", 0, 0, error=lost))
    with pytest.raises(BrokerFault, match="not allowed"):
        await request.answer
    await expected(desk, world.request())
    assert len(consumer_of(desk).assigned) == 2


async def test_broker_that_does_not_answer_is_a_fault_and_may_be_asked_again(
    desk: Waiting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(FakeConsumer, "end", -1)
    with pytest.raises(BrokerFault, match=r"east.receipts cannot be read: no answer \(_TIMED_OUT"):
        await expected(desk, world.request())
    monkeypatch.setattr(FakeConsumer, "end", 5)
    await expected(desk, world.request())
    assert consumer_of(desk).assigned[0] == ("east.inbox", 0, 5)


async def test_closing_tells_whoever_waits(desk: Waiting) -> None:
    request = await expected(desk, world.request())
    await desk.close()
    with pytest.raises(BrokerFault, match="closed"):
        await request.answer
