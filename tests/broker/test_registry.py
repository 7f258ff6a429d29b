"""A real schema registry beside real Kafka: its ids on the wire, unknown ones, and its absence."""

import json
from pathlib import Path

from gateway.client import pack
from gateway.codec import EventReceipt, decode_event_receipt_v1
from gateway.definitions import Contract, Definitions
from gateway.registry import Compatibility, SchemaRegistry, apply, found, plan, registered
from tests import world
from tests.broker.test_exchange import a_request, check_ledger, publish
from tests.conftest import Broker, Registry
from tests.gateways import Program, exchange, ledger, records, until, wait_for_entries

OUTBOX, SECOND_OUTBOX = "shanghai.outbox", "zhejiang.outbox"
CASE = "310000-2026-1"
NOBODY_S_ID = 999_999


def framed(schema_id: int, value: bytes) -> bytes:
    return b"\x00" + schema_id.to_bytes(4, "big") + value[5:]


def newest_request(definitions: Definitions) -> Contract:
    return max(
        (one for one in definitions.contracts if one.name == "licence-verification-requested"),
        key=lambda contract: contract.version,
    )


def registered_anew(schemas: SchemaRegistry, definitions: Definitions, doc: str) -> int:
    """The id of the request's schema, registered once more with other words: no running gateway knows it."""
    schema = json.loads(newest_request(definitions).schema) | {"doc": doc}
    return schemas.register("cn.gateway.LicenceVerificationRequested", json.dumps(schema))


def receipts(broker: Broker) -> list[EventReceipt]:
    return [
        decode_event_receipt_v1((message.value() or b"")[5:])
        for message in records(broker, "shanghai.receipts")
    ]


def test_plan_shows_what_a_registry_lacks_and_apply_closes_it(
    registry: Registry, definitions: Definitions
) -> None:
    asked = SchemaRegistry(registry.url)
    contracts = definitions.contracts
    if plan(contracts, found(asked, contracts)):
        apply(asked, plan(contracts, found(asked, contracts)))
    assert plan(contracts, found(asked, contracts)) == ()
    assert set(registered(asked, contracts).values()) == set(contracts)
    subject = "cn.gateway.StateEntry"
    asked.set_compatibility(subject, "NONE")
    assert plan(contracts, found(asked, contracts)) == (Compatibility(subject, "NONE"),)
    apply(asked, plan(contracts, found(asked, contracts)))
    assert asked.compatibility(subject) == "BACKWARD"
    asked.close()


def test_ids_of_the_registry_and_of_the_files_are_both_read_and_the_registry_s_written(
    kafka: Broker, registry: Registry, schemas: SchemaRegistry, definitions: Definitions, tmp_path: Path
) -> None:
    kafka.fresh_topics(definitions.topics)
    ids = {contract: schema_id for schema_id, contract in registered(schemas, definitions.contracts).items()}
    first, second = (pack(a_request(CASE)) for _ in range(2))
    by_registry = framed(ids[newest_request(definitions)], first)
    with exchange(kafka, tmp_path, GATEWAY_REGISTRY__URL=registry.url):
        publish(kafka, OUTBOX, [(CASE, by_registry), (CASE, second)])
        entries = wait_for_entries(kafka, 2)
    assert {entry.outcome for _, entry, _ in entries} == {"delivered"}
    check_ledger(entries)
    assert [message.value() for message in records(kafka, "zhejiang.inbox")] == [by_registry, second]
    written = {contract.name: schema_id for contract, schema_id in ids.items()}
    for topic, contract in (
        ("gateway.ledger", "ledger-entry"),
        ("gateway.state", "state-entry"),
        ("shanghai.receipts", "event-receipt"),
    ):
        frames = {message.value()[:5] for message in records(kafka, topic)}
        assert frames == {b"\x00" + written[contract].to_bytes(4, "big")}, topic


def test_what_was_written_before_a_registry_is_read_with_it_and_not_without_it_afterwards(
    kafka: Broker, registry: Registry, schemas: SchemaRegistry, definitions: Definitions, tmp_path: Path
) -> None:
    kafka.fresh_topics(definitions.topics)
    with exchange(kafka, tmp_path):
        publish(kafka, OUTBOX, [(CASE, pack(a_request(CASE)))])
        wait_for_entries(kafka, 1)
    with exchange(kafka, tmp_path, GATEWAY_REGISTRY__URL=registry.url):
        publish(kafka, OUTBOX, [(CASE, pack(a_request(CASE)))])
        check_ledger(wait_for_entries(kafka, 2))
    without = Program(kafka, tmp_path / "without", "run", "exchange")
    without.start()
    until(lambda: without.process is not None and without.process.poll() is not None, "it did not end")
    assert without.process is not None
    assert without.process.returncode == 3
    assert "GATEWAY_REGISTRY__URL" in without.said()


def test_an_id_the_registry_does_not_know_is_refused_after_one_question(
    kafka: Broker, registry: Registry, schemas: SchemaRegistry, definitions: Definitions, tmp_path: Path
) -> None:
    kafka.fresh_topics(definitions.topics)
    good = pack(a_request(CASE))
    asked_before = registry.was_asked(f"/schemas/ids/{NOBODY_S_ID}")
    with exchange(kafka, tmp_path, GATEWAY_REGISTRY__URL=registry.url):
        publish(kafka, OUTBOX, [(CASE, framed(NOBODY_S_ID, good)) for _ in range(20)])
        publish(kafka, OUTBOX, [(CASE, good)])
        wait_for_entries(kafka, 21)
        publish(kafka, OUTBOX, [(CASE, framed(NOBODY_S_ID, good))])
        entries = wait_for_entries(kafka, 22)
    check_ledger(entries)
    reasons = [entry.reason for _, entry, _ in entries]
    assert reasons == ["unknown-schema"] * 20 + [None, "unknown-schema"]
    assert {receipt.resend for receipt in receipts(kafka) if receipt.outcome == "refused"} == {True}
    assert registry.was_asked(f"/schemas/ids/{NOBODY_S_ID}") == asked_before + 1


def test_a_schema_registered_after_the_start_is_learnt(
    kafka: Broker, registry: Registry, schemas: SchemaRegistry, definitions: Definitions, tmp_path: Path
) -> None:
    kafka.fresh_topics(definitions.topics)
    with exchange(kafka, tmp_path, GATEWAY_REGISTRY__URL=registry.url):
        new = registered_anew(schemas, definitions, "learnt")
        values = [framed(new, pack(a_request(CASE))) for _ in range(10)]
        publish(kafka, OUTBOX, [(CASE, value) for value in values])
        entries = wait_for_entries(kafka, 10)
    assert [entry.outcome for _, entry, _ in entries] == ["delivered"] * 10
    assert [message.value() for message in records(kafka, "zhejiang.inbox")] == values


def test_without_the_registry_one_topic_partition_waits_and_nothing_is_lost_when_it_is_back(
    kafka: Broker, registry: Registry, schemas: SchemaRegistry, definitions: Definitions, tmp_path: Path
) -> None:
    kafka.fresh_topics(definitions.topics)
    other_cases = [f"310000-2026-{number}" for number in range(100, 160)]
    with exchange(kafka, tmp_path, 0, GATEWAY_REGISTRY__URL=registry.url) as first:
        new = registered_anew(schemas, definitions, "away")
        waiting = [framed(new, pack(a_request(CASE))) for _ in range(5)]
        behind = [pack(a_request(CASE)) for _ in range(5)]
        registry.kill()
        try:
            publish(kafka, OUTBOX, [(CASE, value) for value in waiting])
            first.wait_for("waits, others go on")
            publish(kafka, OUTBOX, [(CASE, value) for value in behind])
            same_slot = world.progress("RECEIVED", "zhejiang", case_id=CASE, target="shanghai")
            publish(kafka, SECOND_OUTBOX, [(CASE, pack(same_slot))])
            others = [case for case in other_cases if world.slot_of(case, 12) != world.slot_of(CASE, 12)]
            publish(kafka, OUTBOX, [(case, pack(a_request(case))) for case in others])
            entries = wait_for_entries(kafka, len(others) + 1)
            assert not {entry.case_id for _, entry, _ in entries if entry.source == "shanghai"} & {CASE}
            assert any(entry.source == "zhejiang" for _, entry, _ in entries), "the other outbox of the slot"
            with exchange(kafka, tmp_path, 1, GATEWAY_REGISTRY__URL=registry.url):
                pass  # slots go to and fro meanwhile
        finally:
            registry.start()
        entries = wait_for_entries(kafka, len(others) + 1 + len(waiting) + len(behind))
    check_ledger(entries)
    own = [entry for _, entry, _ in entries if entry.case_id == CASE and entry.source == "shanghai"]
    assert [entry.outcome for entry in own] == ["delivered"] * 10
    assert [entry.offset for entry in own] == list(range(10)), "in order"
    inbox = [
        message.value() for message in records(kafka, "zhejiang.inbox") if message.key() == CASE.encode()
    ]
    assert inbox == waiting + behind


def test_without_an_answer_in_time_the_record_is_quarantined_never_refused(
    kafka: Broker, registry: Registry, schemas: SchemaRegistry, definitions: Definitions, tmp_path: Path
) -> None:
    kafka.fresh_topics(definitions.topics)
    patience = {"GATEWAY_REGISTRY__URL": registry.url, "GATEWAY_REGISTRY__PATIENCE_SECONDS": "3"}
    with exchange(kafka, tmp_path, **patience) as running:
        new = registered_anew(schemas, definitions, "never")
        value, good = framed(new, pack(a_request(CASE))), pack(a_request(CASE))
        registry.kill()
        try:
            publish(kafka, OUTBOX, [(CASE, value), (CASE, good)])
            running.wait_for("waits, others go on")
            assert ledger(kafka) == []
            entries = wait_for_entries(kafka, 2)
        finally:
            registry.start()
    assert [(entry.outcome, entry.reason) for _, entry, _ in entries] == [
        ("quarantined", "schema-unavailable"),
        ("delivered", None),
    ]
    [copy] = records(kafka, "gateway.quarantine")
    assert copy.value() == value
    told = next(receipt for receipt in receipts(kafka) if receipt.outcome == "quarantined")
    assert (told.reason, told.resend) == ("schema-unavailable", False)
    assert "do not resend" in told.explanation
