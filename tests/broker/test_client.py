"""The client against a broker: with the exchange between, and alone with its topics."""

import asyncio
import contextlib
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import Producer

from gateway.client import (
    BrokerFault,
    Client,
    Delivery,
    NoAnswerYet,
    RefusedByGateway,
    new_case_id,
    pack,
    unpack,
)
from gateway.codec import EventReceipt, LicenceVerificationAnswered, LicenceVerificationRequested
from gateway.definitions import Definitions
from tests import world
from tests.conftest import ROOT, Broker
from tests.gateways import exchange, records

EXAMPLE = ROOT / "examples" / "python" / "verify.py"
WAIT_SECONDS = 30.0
"""Longer than anything here takes on a busy machine; a test that waits for nothing says less."""
SHANGHAI, ZHEJIANG = "310000", "330000"
HEADER = b"1 shanghai.outbox 0 0 0 1 - shanghai-accepts-zhejiang-business-licence@1 1"
QUESTION: dict[str, Any] = {
    "to": "zhejiang",
    "licence_type": "business-licence",
    "licence_id": world.LICENCE,
    "item": "company-change",
    "purpose": "application-handling",
    "legal_basis": "STATUTORY_DUTY",
    "holder_type": "001",
    "holder_code": "91330100Y99900021L",
    "department": "11310000Y99900013L",
    "officer": "officer-7",
    "timeout_seconds": WAIT_SECONDS,
}


def shanghai_of(broker: Broker) -> Client:
    return Client("shanghai", division=SHANGHAI, kafka=broker.kafka)


@contextlib.asynccontextmanager
async def zhejiang_answering(
    broker: Broker, licence_state: str = "VALID", registry: str = ""
) -> AsyncIterator[Client]:
    """Zhejiang answers every request about a licence with its name."""
    async with Client("zhejiang", division=ZHEJIANG, kafka=broker.kafka, registry=registry) as zhejiang:
        answering = asyncio.create_task(answer_all(zhejiang, licence_state))
        try:
            yield zhejiang
        finally:
            answering.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await answering


async def answer_all(zhejiang: Client, licence_state: str) -> None:
    async for delivery in zhejiang.inbox():
        await zhejiang.answer(
            delivery,
            "MATCH_VALID" if licence_state == "VALID" else "MATCH_SUSPENDED",
            trust_level="A",
            source_at=int(time.time() * 1000),
            licence_state=licence_state,
            returned={"name": "测试公司"},
        )
        await delivery.ack()


async def take(deliveries: AsyncIterator[Delivery], count: int) -> list[Delivery]:
    """The next deliveries, as soon as they are there."""
    async with asyncio.timeout(WAIT_SECONDS):
        return [await anext(deliveries) for _ in range(count)]


# With the exchange between


async def test_questions_are_answered_refused_or_still_open(
    broker: Broker, definitions: Definitions, tmp_path: Path
) -> None:
    broker.fresh_topics(definitions.topics)
    with exchange(broker, tmp_path):
        async with shanghai_of(broker) as shanghai:
            async with zhejiang_answering(broker):
                answers = await asyncio.gather(
                    *(shanghai.verify(**QUESTION, fields=["name"]) for _ in range(25))
                )
                with pytest.raises(RefusedByGateway) as refused:
                    await shanghai.verify(**QUESTION, fields=["name", "bank_account"])
            with pytest.raises(NoAnswerYet) as nothing:
                await shanghai.verify(**{**QUESTION, "timeout_seconds": 1}, fields=["name"])
            async with zhejiang_answering(broker, "SUSPENDED"):
                late = await answer_to(nothing.value, shanghai)
            receipts = [delivery.record for delivery in await take(shanghai.receipts(), 27)]
    assert {(one.outcome, one.licence_state, one.recognised, one.number) for one in answers} == {
        ("MATCH_VALID", "VALID", True, 2)
    }
    assert {one.rule for one in answers} == {"shanghai-accepts-zhejiang-business-licence@1"}
    assert [one.returned for one in answers] == [{"name": "测试公司"}] * 25
    assert (refused.value.reason, refused.value.resend) == ("field-not-agreed", True)
    assert refused.value.rule == "shanghai-accepts-zhejiang-business-licence@1"
    assert "字段" in refused.value.explanation_chinese
    assert late.header is not None
    assert late.header.recognised is False
    outcomes = [receipt.outcome for receipt in receipts if isinstance(receipt, EventReceipt)]
    assert sorted(outcomes) == ["delivered"] * 26 + ["refused"], "Shanghai asks for all receipts"


async def answer_to(nothing: NoAnswerYet, client: Client) -> Delivery:
    """The answer that came too late for its call, from the inbox."""
    async with asyncio.timeout(WAIT_SECONDS):
        async for delivery in client.inbox():
            answer = delivery.record
            if isinstance(answer, LicenceVerificationAnswered) and answer.in_reply_to == nothing.event_id:
                return delivery
    raise AssertionError("the inbox ended")


async def test_example_of_the_readme(broker: Broker, definitions: Definitions, tmp_path: Path) -> None:
    broker.fresh_topics(definitions.topics)
    program = EXAMPLE.read_text().replace("127.0.0.1:9092", broker.bootstrap)
    with exchange(broker, tmp_path):
        async with zhejiang_answering(broker):
            running = await asyncio.create_subprocess_exec(
                *(sys.executable, "-c", program),
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
            )
            said, complaints = await asyncio.wait_for(running.communicate(), WAIT_SECONDS)
    assert running.returncode == 0, complaints.decode()
    assert said.decode() == "MATCH_VALID VALID True shanghai-accepts-zhejiang-business-licence@1\n"


# Alone with its topics


def put(broker: Broker, topic: str, values: list[bytes], partition: int = 0) -> None:
    """Write as the gateway does."""
    producer = Producer(broker.kafka)
    for value in values:
        producer.produce(topic, value, b"key", partition, headers=[("gateway", HEADER)])
    assert producer.flush(WAIT_SECONDS) == 0


def some_values(count: int) -> list[bytes]:
    return [pack(world.request(source="shanghai", target="zhejiang")) for _ in range(count)]


async def test_partition_is_the_one_of_every_kafka_client(broker: Broker, definitions: Definitions) -> None:
    broker.fresh_topics(definitions.topics)
    other = Producer({**broker.kafka, "partitioner": "murmur2_random"})
    cases = [new_case_id(SHANGHAI) for _ in range(50)]
    async with shanghai_of(broker) as shanghai:
        for case_id in cases:
            await shanghai.publish_value(case_id, b"by the client")
            other.produce("shanghai.outbox", b"by librdkafka", case_id.encode())
        other.flush(WAIT_SECONDS)
    chosen: dict[bytes | None, set[int | None]] = {}
    for message in records(broker, "shanghai.outbox"):
        chosen.setdefault(message.key(), set()).add(message.partition())
    assert len(chosen) == 50
    assert {len(partitions) for partitions in chosen.values()} == {1}


async def test_published_bytes_lie_where_it_says(broker: Broker, definitions: Definitions) -> None:
    broker.fresh_topics(definitions.topics)
    async with shanghai_of(broker) as shanghai:
        published = [
            await shanghai.publish(world.request(source="", target="zhejiang", case_id="")) for _ in range(5)
        ]
    lying = {(m.partition(), m.offset()): m.value() for m in records(broker, "shanghai.outbox")}
    assert lying == {(one.partition, one.offset): one.value for one in published}


async def test_what_is_not_acknowledged_is_delivered_again(broker: Broker, definitions: Definitions) -> None:
    broker.fresh_topics(definitions.topics)
    put(broker, "zhejiang.inbox", some_values(4))
    async with Client("zhejiang", kafka=broker.kafka) as zhejiang:
        first = await take(zhejiang.inbox(), 4)
        for position in (1, 0, 3):
            await first[position].ack()
    async with Client("zhejiang", kafka=broker.kafka) as zhejiang:
        second = await take(zhejiang.inbox(), 2)
        await second[0].ack()
        await second[1].ack()
        put(broker, "zhejiang.inbox", some_values(1))
    async with Client("zhejiang", kafka=broker.kafka) as zhejiang:
        third = await take(zhejiang.inbox(), 1)
    assert [delivery.offset for delivery in first] == [0, 1, 2, 3]
    assert [delivery.offset for delivery in second] == [2, 3]
    assert [delivery.offset for delivery in third] == [4]


async def test_unreadable_delivery_is_handed_over_between_the_others(
    broker: Broker, definitions: Definitions
) -> None:
    broker.fresh_topics(definitions.topics)
    newer = b"\x00\x7f\xff\xff\xff from a newer contract"
    put(broker, "zhejiang.inbox", [*some_values(1), newer, *some_values(1)])
    async with Client("zhejiang", kafka=broker.kafka) as zhejiang:
        before, unreadable, after = await take(zhejiang.inbox(), 3)
    assert isinstance(before.record, LicenceVerificationRequested)
    assert isinstance(after.record, LicenceVerificationRequested)
    assert (unreadable.record, unreadable.value) == (None, newer)
    assert unreadable.problem is not None
    assert "schema id 2147483647" in unreadable.problem


async def test_two_members_of_a_group_share_the_inbox(kafka: Broker, definitions: Definitions) -> None:
    kafka.fresh_topics(definitions.topics)
    async with (
        Client("zhejiang", kafka=kafka.kafka) as one,
        Client("zhejiang", kafka=kafka.kafka) as other,
    ):
        seen: dict[int, set[int]] = {0: set(), 1: set()}

        async def read(number: int, client: Client) -> None:
            async for delivery in client.inbox():
                seen[number].add(delivery.partition)
                await delivery.ack()

        reading = [asyncio.create_task(read(0, one)), asyncio.create_task(read(1, other))]
        async with asyncio.timeout(WAIT_SECONDS):
            while not (seen[0] and seen[1]):
                for partition in range(2):
                    put(kafka, "zhejiang.inbox", some_values(1), partition)
                await asyncio.sleep(0.2)
        for task in reading:
            task.cancel()
        await asyncio.gather(*reading, return_exceptions=True)


async def test_aborted_records_are_not_delivered(kafka: Broker, definitions: Definitions) -> None:
    kafka.fresh_topics(definitions.topics)
    aborted, committed = some_values(2)
    producer = Producer({**kafka.kafka, "transactional.id": "test-client"})
    producer.init_transactions(WAIT_SECONDS)
    for value, end in ((aborted, producer.abort_transaction), (committed, producer.commit_transaction)):
        producer.begin_transaction()
        producer.produce("zhejiang.inbox", value, b"key", 0, headers=[("gateway", HEADER)])
        producer.flush(WAIT_SECONDS)
        end(WAIT_SECONDS)
    async with Client("zhejiang", kafka=kafka.kafka) as zhejiang:
        [delivery] = await take(zhejiang.inbox(), 1)
    assert delivery.record is not None
    assert delivery.record.event_id == unpack(committed).event_id


async def test_outbox_that_is_not_there_is_a_fault(kafka: Broker) -> None:
    with pytest.raises(BrokerFault, match=r"nowhere\.outbox"):
        async with Client("nowhere", kafka=kafka.kafka):
            pass
