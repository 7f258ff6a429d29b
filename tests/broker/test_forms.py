"""Two regions that write differently, through a running exchange: Anhui writes in its own form."""

import time
from hashlib import sha256
from pathlib import Path

from confluent_kafka import Producer

from gateway import forms
from gateway.client import pack, unpack
from gateway.definitions import Definitions
from gateway.definitions.book import Book
from gateway.identifiers import slot_of
from tests import world
from tests.conftest import Broker
from tests.gateways import exchange, ledger, records, until

CASE = "340000-2026-1"
SLOTS = 4


def asked() -> world.LicenceVerificationRequested:
    return world.request(
        case_id=CASE,
        source="anhui",
        target="zhejiang",
        made_at=time.time_ns() // 1_000_000,
        licence_type="yyzz",
        department="11340000Y999000131",
        fields=("qymc", "zzbfrq"),
        claims=(world.Claim("tyshxydm", "91330100Y99900021L"),),
    )


def publish(broker: Broker, topic: str, value: bytes) -> None:
    producer = Producer(broker.kafka)
    producer.produce(topic, value, CASE.encode(), slot_of(CASE, SLOTS))
    assert producer.flush(30) == 0


def read(broker: Broker, topic: str) -> bytes:
    """The one value in a topic, once it is there."""
    until(lambda: len(records(broker, topic)) == 1, f"{topic} stays empty")
    value = records(broker, topic)[0].value()
    assert value is not None
    return value


def test_each_reads_its_own_form_and_the_ledger_holds_both_digests(
    embedded_broker: Broker, definitions: Definitions, tmp_path: Path
) -> None:
    broker = embedded_broker
    broker.fresh_topics(definitions.topics)
    question = asked()
    with exchange(broker, tmp_path):
        publish(broker, "anhui.outbox", pack(question))
        delivered = read(broker, "zhejiang.inbox")
        common = unpack(delivered)
        assert isinstance(common, world.LicenceVerificationRequested)
        assert (common.licence_type, common.fields) == ("business-licence", ("name", "approval_date"))
        reply = world.answer(
            common,
            made_at=question.made_at,
            raw_state="Z-1",
            returned=(world.Value("name", "测试公司"), world.Value("approval_date", "2020-05-01")),
        )
        publish(broker, "zhejiang.outbox", pack(reply))
        answered = read(broker, "anhui.inbox")
    local = unpack(answered)
    assert isinstance(local, world.LicenceVerificationAnswered)
    assert [(value.field, value.value) for value in local.returned] == [
        ("qymc", "测试公司"),
        ("zzbfrq", "20200501"),
    ]
    assert (local.matched, local.raw_state, local.licence_state) == (("tyshxydm",), "10", "VALID")

    book = Book(definitions, SLOTS)
    for (_, entry, _), sent, got in zip(
        ledger(broker), (pack(question), pack(reply)), (delivered, answered), strict=True
    ):
        assert (entry.hash_in, entry.hash_out) == (sha256(sent).digest(), sha256(got).digest())
        contract = book.framed[sent[:5]]
        translation = book.translations[entry.source, entry.target or "", contract.name]
        assert forms.translated(sent, contract, translation, entry.licence_type or "") == got
