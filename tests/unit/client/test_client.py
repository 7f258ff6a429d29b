"""The client over fakes: what it publishes, and how a call ends."""

import asyncio
import contextlib
from collections.abc import Callable
from queue import Empty, SimpleQueue
from types import SimpleNamespace
from typing import Any

import pytest
from confluent_kafka import KafkaError, Message

from gateway.client import BrokerFault, Client, NoAnswerYet, publishing, unpack, waiting
from gateway.client.deliveries import Delivery
from gateway.codec import ApplicationProgressed, LicenceVerificationAnswered, LicenceVerificationRequested
from gateway.identifiers import slot_of
from tests import world

Confirm = Callable[[KafkaError | None, Message], None]
SLOTS = 12


class Topic:
    error = None
    partitions = dict.fromkeys(range(SLOTS))


class Topics:
    def __init__(self, name: str) -> None:
        self.topics = {name: Topic()}


class FakeProducer:
    """Confirms every record at its first poll; `refusal` is the broker's error instead."""

    sent: list[tuple[str, bytes, bytes, int]]
    refusal: KafkaError | None

    def __init__(self, properties: dict[str, Any]) -> None:
        assert properties["enable.idempotence"] is True
        assert properties["acks"] == "all"
        self._confirms: SimpleQueue[tuple[Confirm, Message]] = SimpleQueue()

    def list_topics(self, topic: str, _seconds: float) -> Topics:
        return Topics(topic)

    def produce(self, topic: str, value: bytes, key: bytes, partition: int, on_delivery: Confirm) -> None:
        self.sent.append((topic, value, key, partition))
        self._confirms.put((on_delivery, Message(topic, partition, len(self.sent) - 1)))

    def poll(self, seconds: float) -> None:
        with contextlib.suppress(Empty):
            confirm, message = self._confirms.get(timeout=seconds)
            confirm(self.refusal, message)

    def flush(self) -> None:
        pass


class FakeConsumer:
    """Reads nothing, ever."""

    def __init__(self, _properties: object) -> None:
        pass

    def list_topics(self, topic: str, _seconds: float) -> SimpleNamespace:
        return SimpleNamespace(topics={topic: SimpleNamespace(partitions={0: None, 1: None})})

    def assignment(self) -> list[object]:
        return []

    def get_watermark_offsets(self, _place: object, _seconds: float) -> tuple[int, int]:
        return 0, 0

    def incremental_assign(self, _places: object) -> None:
        pass

    def poll(self, _seconds: float) -> None:
        return None

    def close(self) -> None:
        pass


@pytest.fixture
def producer(monkeypatch: pytest.MonkeyPatch) -> type[FakeProducer]:
    monkeypatch.setattr(publishing, "Producer", FakeProducer)
    monkeypatch.setattr(waiting, "Consumer", FakeConsumer)
    for module in (publishing, waiting):
        monkeypatch.setattr(module, "TURN_SECONDS", 0.001)
    FakeProducer.sent, FakeProducer.refusal = [], None
    return FakeProducer


def client(region: str = "east", division: str = "310000") -> Client:
    return Client(region, division=division, bootstrap="nowhere:1")


QUESTION: dict[str, Any] = {
    "to": "west",
    "licence_type": "business-licence",
    "licence_id": world.LICENCE,
    "item": "company-change",
    "purpose": "application-handling",
    "legal_basis": "STATUTORY_DUTY",
    "holder_type": "001",
    "holder_code": "91330100Y99900021L",
    "department": "11310000Y99900013L",
    "officer": "officer-7",
}


async def test_published_event_lies_on_the_partition_of_its_case(producer: type[FakeProducer]) -> None:
    async with client() as east:
        published = await east.publish(world.request(case_id="", event_id=""))
    [(topic, value, key, partition)] = producer.sent
    assert (topic, key.decode(), value) == ("east.outbox", published.case_id, published.value)
    assert partition == published.partition == slot_of(published.case_id, SLOTS)
    assert published.offset == 0
    assert unpack(value).event_id == published.event_id


async def test_many_publish_at_once(producer: type[FakeProducer]) -> None:
    async with client() as east:
        published = await asyncio.gather(*(east.publish(world.request(case_id="")) for _ in range(50)))
    assert sorted(one.offset for one in published) == list(range(50))


async def test_unconfirmed_event_is_a_fault_that_says_what_to_do(producer: type[FakeProducer]) -> None:
    producer.refusal = KafkaError(KafkaError._MSG_TIMED_OUT, "timed out")
    async with client() as east:
        with pytest.raises(BrokerFault, match=r"publish the same event again.*\(_MSG_TIMED_OUT\)"):
            await east.publish(world.request())


async def test_event_that_breaks_its_contract_is_not_published(producer: type[FakeProducer]) -> None:
    async with client() as east:
        with pytest.raises(ValueError, match="officer"):
            await east.publish(world.request(officer="x" * 200))
    assert producer.sent == []


async def test_question_is_published_as_asked(producer: type[FakeProducer]) -> None:
    async with client() as east:
        with pytest.raises(NoAnswerYet):
            await east.verify(
                **QUESTION,
                fields=["name"],
                claims={"unified_code": "91330100Y99900021L"},
                timeout_seconds=0.01,
            )
    asked = unpack(producer.sent[0][1])
    assert isinstance(asked, LicenceVerificationRequested)
    assert (asked.source, asked.target, asked.use_kind, asked.fields) == ("east", "west", "VERIFY", ("name",))
    assert [(claim.field, claim.value) for claim in asked.claims] == [("unified_code", "91330100Y99900021L")]
    assert asked.case_id.startswith("310000-")


async def test_no_answer_names_the_request(producer: type[FakeProducer]) -> None:
    async with client() as east:
        with pytest.raises(TimeoutError, match=r"no answer within 0\.01 s") as nothing:
            await east.verify(**QUESTION, case_id=world.CASE, timeout_seconds=0.01)
    assert isinstance(nothing.value, NoAnswerYet)
    asked = unpack(producer.sent[0][1])
    assert (nothing.value.case_id, nothing.value.event_id) == (asked.case_id, asked.event_id)


async def test_closing_ends_a_call_that_waits(producer: type[FakeProducer]) -> None:
    async with client() as east:
        call = asyncio.create_task(east.verify(**QUESTION, timeout_seconds=60))
        while not producer.sent:
            await asyncio.sleep(0)
    with pytest.raises(BrokerFault, match="closed"):
        await call


def delivery(record: Any) -> Delivery:
    return Delivery("west.inbox", 1, 2, b"", record, None, None, None)  # type: ignore[arg-type]


async def test_answer_names_the_request_and_its_asker(producer: type[FakeProducer]) -> None:
    asked = world.request()
    async with client("west", "330000") as west:
        await west.answer(
            delivery(asked),
            "MATCH_VALID",
            trust_level="A",
            source_at=world.NOW,
            licence_state="VALID",
            returned={"name": "测试公司"},
        )
    answer = unpack(producer.sent[0][1])
    assert isinstance(answer, LicenceVerificationAnswered)
    assert (answer.case_id, answer.in_reply_to, answer.target) == (asked.case_id, asked.event_id, "east")
    assert (answer.licence_state, answer.matched, answer.returned[0].field) == ("VALID", (), "name")


async def test_only_requests_are_answered(producer: type[FakeProducer]) -> None:
    async with client("west", "330000") as west:
        with pytest.raises(ValueError, match=r"west.inbox\[1\]@2 is not a verification request"):
            await west.answer(delivery(None), "NOT_FOUND", trust_level="D", source_at=world.NOW)


async def test_progress_is_reported_in_the_case(producer: type[FakeProducer]) -> None:
    async with client("west", "") as west:
        await west.progress(world.CASE, "TAKEN_OVER", to="east", promise_working_days=5)
    progressed = unpack(producer.sent[0][1])
    assert isinstance(progressed, ApplicationProgressed)
    assert (progressed.state, progressed.promise_working_days, progressed.reason) == ("TAKEN_OVER", 5, None)


async def test_application_opens_a_case(producer: type[FakeProducer]) -> None:
    fields = {
        "item": "company-change",
        "mode": "REMOTE_COLLECTION",
        "handling": "PROMISED",
        "purpose": "application-handling",
        "legal_basis": "STATUTORY_DUTY",
        "applicant_type": "001",
        "applicant_name": "测试公司",
        "applicant_code": "91330100Y99900021L",
        "division": "310151",
        "local_number": "SH-1",
    }
    async with client() as east:
        published = await east.submit_application("west", **fields)
    assert published.case_id.startswith("310000-")


async def test_bytes_are_published_as_they_are(producer: type[FakeProducer]) -> None:
    async with client() as east:
        place = await east.publish_value(world.CASE, b"garbage")
    assert place == (slot_of(world.CASE, SLOTS), 0)
    assert producer.sent[0][1] == b"garbage"


def test_client_must_know_its_brokers() -> None:
    with pytest.raises(ValueError, match="where are the brokers"):
        Client("east")
    Client("east", kafka={"bootstrap.servers": "nowhere:1"})


async def test_properties_that_do_not_exist_are_a_fault() -> None:
    with pytest.raises(BrokerFault, match="these Kafka properties"):
        async with Client("east", bootstrap="nowhere:1", kafka={"no.such.property": "1"}):
            pass


async def test_unreachable_broker_is_named_with_the_cause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publishing, "CALL_SECONDS", 0.2)
    with pytest.raises(
        BrokerFault, match=r"brokers cannot be reached: .*127\.0\.0\.1:1.*refused.*\(_TRANSPORT\)"
    ):
        async with Client("east", bootstrap="127.0.0.1:1"):
            pass
