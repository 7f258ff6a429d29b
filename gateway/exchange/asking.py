"""Between the loop and the schema registry: what waits is paused, asked about, told, and read on.

The registry is asked in a thread of its own, so that a slow one holds up nobody but who waits for it.
"""

import logging
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

from confluent_kafka import Consumer, TopicPartition

from gateway.definitions import Contract
from gateway.definitions.book import Book
from gateway.errors import BrokerFault
from gateway.exchange.waiting import Place, Waiting
from gateway.messages import OutboxRecord
from gateway.pipeline import NO_SUSPECTS

log = logging.getLogger("gateway.exchange")

Ask = Callable[[int], Contract | None]
"""The contract a schema id stands for, None if it is none of ours; `BrokerFault` if there is no answer."""


class RegistryDesk:
    """What the loop asks for each batch and each turn. ask: None where there is no registry."""

    def __init__(self, ask: Ask | None, book: Book, patience_seconds: float) -> None:
        self._ask = ask
        self._patience_seconds = patience_seconds
        self._waiting = Waiting(book, patience_seconds)
        self._thread = ThreadPoolExecutor(1, "registry")
        self._asked: tuple[int, Future[Contract | None]] | None = None
        self._complained: set[Place] = set()

    def use(self, book: Book) -> None:
        """Go by this book from now on."""
        self._waiting.book = book

    def admit(self, batches: list[list[OutboxRecord]], consumer: Consumer) -> list[list[OutboxRecord]]:
        """What of these batches can be decided now; where a record cannot, its topic-partition is paused."""
        if self._ask is None:
            return batches
        before = set(self._waiting.waits())
        passed = self._waiting.admit(batches, time.monotonic())
        paused = set(self._waiting.waits()) - before
        if paused:
            consumer.pause([TopicPartition(*place) for place in paused])
        return passed

    def released(self, consumer: Consumer) -> list[list[OutboxRecord]]:
        """What need not wait any longer, and is read on behind it; ask about the rest."""
        if self._ask is None:
            return []
        self._listen()
        released = self._waiting.released(time.monotonic())
        for place in released:
            if not self._waiting.holds(place):
                consumer.resume([TopicPartition(*place)])
                self._say_goes_on(place)
        self._put_question(self._ask)
        return list(released.values())

    def unavailable(self, slot: int) -> frozenset[tuple[str, int]]:
        """Of what was let go last: (topic, offset) of records to be quarantined as schema-unavailable."""
        if not self._waiting.unavailable:
            return NO_SUSPECTS
        return frozenset(
            (topic, offset) for topic, partition, offset in self._waiting.unavailable if partition == slot
        )

    def waits(self) -> dict[Place, float]:
        """How many seconds each waiting topic-partition has waited."""
        now = time.monotonic()
        return {place: now - since for place, (_, since) in self._waiting.waits().items()}

    def forget(self) -> None:
        """The slots are given up; what was held is read again by whoever holds them next."""
        self._waiting.forget()
        self._complained.clear()

    def close(self) -> None:
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _put_question(self, ask: Ask) -> None:
        schema_id = self._waiting.question(time.monotonic()) if self._asked is None else None
        if schema_id is not None:
            self._asked = schema_id, self._thread.submit(ask, schema_id)

    def _listen(self) -> None:
        if self._asked is None or not self._asked[1].done():
            return
        (schema_id, answer), self._asked = self._asked, None
        try:
            contract = answer.result()
        except BrokerFault as silence:
            self._waiting.silent(time.monotonic())
            self._complain(silence)
            return
        self._waiting.told(schema_id, contract, time.monotonic())
        meaning = "none of avro/" if contract is None else f"{contract.name} v{contract.version}"
        log.info("the schema registry says: schema id %d is %s", schema_id, meaning)

    def _complain(self, silence: BrokerFault) -> None:
        """Once for each topic-partition that waits: where it stands, why, and what to do."""
        for place, (record, _) in self._waiting.waits().items():
            if place not in self._complained:
                self._complained.add(place)
                log.warning(
                    "%s waits, others go on: its schema id is not known here, and %s Bring the registry "
                    "back; without an answer for %g s the record is quarantined as schema-unavailable",
                    record,
                    silence,
                    self._patience_seconds,
                )

    def _say_goes_on(self, place: Place) -> None:
        if place in self._complained:
            self._complained.discard(place)
            log.info("%s[%d] waits no longer", *place)
