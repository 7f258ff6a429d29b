"""A record that stops the process: decided no more the third time, and its neighbours delivered."""

import threading
from pathlib import Path

import pytest

from gateway import pipeline
from gateway.client import pack
from gateway.definitions import Definitions
from gateway.definitions.book import Book
from gateway.errors import CoreFault
from gateway.exchange import Exchange, ExchangeConfig
from gateway.metrics import ExchangeMetrics
from gateway.pipeline.matters import Matter
from tests.broker.test_exchange import a_request, publish
from tests.conftest import Broker
from tests.gateways import ledger, records, until


def test_a_record_that_stops_the_process_twice_is_quarantined(
    embedded_broker: Broker, definitions: Definitions, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    embedded_broker.fresh_topics(definitions.topics)
    contract = "licence-verification-requested"
    sound = pipeline.HANDLERS[contract]

    def with_a_bug(matter: Matter) -> None:
        if matter.event.event_id == "poison":
            raise ZeroDivisionError
        sound(matter)

    monkeypatch.setitem(pipeline.HANDLERS, contract, with_a_bug)
    events = [a_request("310000-2026-1", event_id=name) for name in ("before", "poison", "after")]
    publish(embedded_broker, "shanghai.outbox", [(event.case_id, pack(event)) for event in events])
    config = ExchangeConfig(kafka=embedded_broker.kafka, place="test-0", data_dir=tmp_path, embedded=True)
    book = Book(definitions, 4)
    for _ in range(2):
        with pytest.raises(CoreFault, match=r"shanghai.outbox\[\d\]@1: deciding this record raised"):
            Exchange(config, book, ExchangeMetrics(1)).run()
    third = Exchange(config, book, ExchangeMetrics(1))
    running = threading.Thread(target=third.run)
    running.start()
    until(lambda: len(ledger(embedded_broker)) == len(events), "the third start decided nothing")
    third.stop()
    running.join()
    outcomes = {entry.offset: (entry.outcome, entry.reason) for _, entry, _ in ledger(embedded_broker)}
    assert outcomes == {0: ("delivered", None), 1: ("quarantined", "crash-loop"), 2: ("delivered", None)}
    assert len(records(embedded_broker, "gateway.quarantine")) == 1
    assert len(records(embedded_broker, "zhejiang.inbox")) == 2
