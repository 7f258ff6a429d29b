"""The exchange as a process of its own, on the embedded broker and on real Kafka."""

import asyncio
import random
import time
from hashlib import sha256
from pathlib import Path

import pytest
from confluent_kafka import Producer

from gateway.client import Client, pack
from gateway.codec import LedgerEntry
from gateway.definitions import Definitions
from gateway.identifiers import slot_of
from tests import world
from tests.conftest import Broker
from tests.gateways import exchange, ledger, records, until, wait_for_entries


def a_request(case_id: str, **changed: object) -> world.LicenceVerificationRequested:
    """Shanghai asks Zhejiang about a business licence."""
    given = {
        "source": "shanghai",
        "target": "zhejiang",
        "case_id": case_id,
        "made_at": int(time.time() * 1000),
    }
    return world.request(**{**given, "fields": ("name",), "claims": (), **changed})


def slots_of(broker: Broker) -> int:
    return 4 if broker.kind == "embedded" else 12


def publish(broker: Broker, topic: str, values: list[tuple[str, bytes | None]]) -> None:
    """Publish (case id, value) pairs, each on the partition of its case."""
    producer = Producer({**broker.kafka, "enable.idempotence": True, "linger.ms": 5})
    for case_id, value in values:
        producer.produce(topic, value, case_id.encode(), slot_of(case_id, slots_of(broker)))
    assert producer.flush(30) == 0


def check_ledger(entries: list[tuple[int, LedgerEntry, bytes]]) -> None:
    """Dense, chained, one entry per position, one writer after another."""
    heads: dict[int, tuple[int, bytes, int]] = {}
    places = set()
    for partition, entry, value in entries:
        seq, head, writer = heads.get(partition, (0, bytes(32), 0))
        assert (entry.seq, entry.prev) == (seq, head)
        assert entry.writer >= writer
        heads[partition] = (seq + 1, sha256(value).digest(), entry.writer)
        places.add((entry.topic, partition, entry.offset))
    assert len(places) == len(entries)


def test_a_question_and_its_answer_pass(broker: Broker, definitions: Definitions, tmp_path: Path) -> None:
    broker.fresh_topics(definitions.topics)

    async def ask_and_answer() -> None:
        async with (
            Client("shanghai", division="310000", kafka=broker.kafka) as shanghai,
            Client("zhejiang", kafka=broker.kafka) as zhejiang,
        ):
            asked = asyncio.create_task(shanghai.ask(a_request(""), timeout_seconds=30))
            async for delivery in zhejiang.inbox():
                await zhejiang.answer(
                    delivery,
                    outcome="MATCH_VALID",
                    licence_state="VALID",
                    trust_level="A",
                    source_at=world.NOW,
                    returned={"name": "测试"},
                )
                await delivery.ack()
                break
            answer = await asked
            assert (answer.outcome, answer.recognised, answer.returned) == (
                "MATCH_VALID",
                True,
                {"name": "测试"},
            )
            assert answer.number == 2

    with exchange(broker, tmp_path):
        asyncio.run(asyncio.wait_for(ask_and_answer(), 60))
    entries = ledger(broker)
    assert [entry.outcome for _, entry, _ in entries] == ["delivered", "delivered"]
    check_ledger(entries)


def test_bad_records_are_answered_and_the_good_ones_around_them_delivered(
    broker: Broker, definitions: Definitions, tmp_path: Path
) -> None:
    broker.fresh_topics(definitions.topics)
    good = [a_request(f"310000-2026-{n}") for n in range(1, 4)]
    values: list[tuple[str, bytes | None]] = [
        (good[0].case_id, pack(good[0])),
        ("310000-2026-1", b"garbage"),
        ("310000-2026-1", None),
        (good[1].case_id, pack(good[1])),
        (good[1].case_id, pack(good[1])),
        ("310000-2026-9", pack(a_request("310000-2026-9", purpose="curiosity"))),
        ("310000-2026-9", pack(a_request("310000-2026-9", target="nowhere"))),
        (good[2].case_id, pack(good[2])),
    ]
    with exchange(broker, tmp_path) as running:
        publish(broker, "shanghai.outbox", values)
        entries = wait_for_entries(broker, len(values))
        assert running.stop() == 0
    reasons = sorted(entry.reason or entry.outcome for _, entry, _ in entries)
    bad = ["bad-frame", "empty-value", "purpose-not-agreed", "repeat", "unknown-addressee"]
    assert reasons == sorted([*bad, "delivered", "delivered", "delivered"])
    assert len(records(broker, "zhejiang.inbox")) == 3
    assert len(records(broker, "shanghai.receipts")) == 7, (
        "all but the repeat: Shanghai asks for all receipts"
    )
    check_ledger(entries)


def test_killed_under_load_it_loses_and_doubles_nothing(
    kafka: Broker, definitions: Definitions, tmp_path: Path
) -> None:
    kafka.fresh_topics(definitions.topics)
    draw = random.Random(7)
    total, portion = 6000, 1500
    events = [a_request(f"310000-2026-{draw.randrange(1, 500)}") for _ in range(total)]
    with exchange(kafka, tmp_path) as running:
        for start in range(0, total, portion):
            publish(
                kafka,
                "shanghai.outbox",
                [(event.case_id, pack(event)) for event in events[start : start + portion]],
            )
            reached = start + draw.randrange(portion)
            until(lambda: len(ledger(kafka)) >= reached, "nothing was decided")  # noqa: B023  used at once
            running.kill()
            running.start()
        running.wait_for_slots(1 + total // portion)
        entries = wait_for_entries(kafka, total)
        assert running.stop() == 0
    check_ledger(entries)
    assert len(entries) == total
    assert len({entry.writer for _, entry, _ in entries}) > 1, "it was killed and taken over"
    delivered = [entry for _, entry, _ in entries if entry.outcome == "delivered"]
    inbox = records(kafka, "zhejiang.inbox")
    assert len(inbox) == len(delivered)
    by_case: dict[str, list[int]] = {}
    for message in inbox:
        _, _, partition, offset, *_ = dict(message.headers())["gateway"].decode().split()
        assert message.partition() == slot_of(message.key().decode(), 2) == int(partition) % 2
        by_case.setdefault(f"{message.key()}{partition}", []).append(int(offset))
    assert all(offsets == sorted(offsets) for offsets in by_case.values()), "order per case"


def test_two_processes_share_the_slots_and_one_takes_over(
    kafka: Broker, definitions: Definitions, tmp_path: Path
) -> None:
    kafka.fresh_topics(definitions.topics)
    with exchange(kafka, tmp_path, 0) as first, exchange(kafka, tmp_path, 1) as second:
        until(lambda: first.said().count("holding slots") > 1, "the first never shared")
        events = [a_request(f"310000-2026-{n}") for n in range(1, 201)]
        publish(kafka, "shanghai.outbox", [(event.case_id, pack(event)) for event in events[:100]])
        wait_for_entries(kafka, 100)
        second.kill()
        publish(kafka, "shanghai.outbox", [(event.case_id, pack(event)) for event in events[100:]])
        entries = wait_for_entries(kafka, 200)
    check_ledger(entries)
    assert {entry.outcome for _, entry, _ in entries} == {"delivered"}


def test_what_it_knew_survives_a_restart(broker: Broker, definitions: Definitions, tmp_path: Path) -> None:
    broker.fresh_topics(definitions.topics)
    event = a_request("310000-2026-77")
    for count in (1, 2):
        with exchange(broker, tmp_path):
            publish(broker, "shanghai.outbox", [(event.case_id, pack(event))])
            entries = wait_for_entries(broker, count)
    assert [entry.reason for _, entry, _ in entries] == [None, "repeat"]
    assert [entry.writer for _, entry, _ in entries] == [1, 2]


@pytest.mark.parametrize("place", ["all-outputs", "before-commit", "after-commit"])
def test_a_crash_at_a_named_point_loses_nothing(
    place: str, kafka: Broker, definitions: Definitions, tmp_path: Path
) -> None:
    kafka.fresh_topics(definitions.topics)
    events = [a_request(f"310000-2026-{n}") for n in range(1, 51)]
    values = [(event.case_id, pack(event)) for event in events]
    with exchange(kafka, tmp_path, GATEWAY_CRASH_AT=f"{place}:1") as doomed:
        publish(kafka, "shanghai.outbox", values)
        assert doomed.process is not None
        assert doomed.process.wait(30) == 137
        del doomed.environment["GATEWAY_CRASH_AT"]
        doomed.start()
        entries = wait_for_entries(kafka, len(values))
    check_ledger(entries)
    assert len(records(kafka, "zhejiang.inbox")) == len(values)


def test_a_second_process_of_the_same_place_ends_the_first(
    kafka: Broker, definitions: Definitions, tmp_path: Path
) -> None:
    kafka.fresh_topics(definitions.topics)
    with exchange(kafka, tmp_path / "first") as first, exchange(kafka, tmp_path / "second"):
        assert first.process is not None
        assert first.process.wait(60) == 3, "a fenced process ends, so that it is seen and started again"
        words = ("this process may not go on: ", "another process holds these slots now: ")
        assert any(sentence in first.said() for sentence in words), first.said()
        event = a_request("310000-2026-1")
        publish(kafka, "shanghai.outbox", [(event.case_id, pack(event))])
        check_ledger(wait_for_entries(kafka, 1))
