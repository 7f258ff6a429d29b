"""Poll, decide, transact; while a commit is in flight the next batch is polled and decided."""

import logging
import time
from queue import SimpleQueue
from typing import Final

from confluent_kafka import Consumer, TopicPartition

from gateway.definitions import GATEWAY
from gateway.definitions.book import Book
from gateway.errors import CoreFault
from gateway.exchange.asking import Ask, RegistryDesk
from gateway.exchange.config import GATHERINGS, ExchangeConfig, Observer
from gateway.exchange.polling import by_slot, drain, lags
from gateway.exchange.suspicion import Suspicion
from gateway.exchange.takeover import Takeover, widths
from gateway.exchange.transacting import Transactions
from gateway.messages import OutboxRecord
from gateway.pipeline import Batch, decide
from gateway.slot import Slot

log = logging.getLogger("gateway.exchange")

LEASE: Final = f"{GATEWAY}.outbox"
IDLE_SECONDS: Final = 0.05
AHEAD: Final = 8
"""So many full batches may wait for the commit in flight; no more are read then."""


class Exchange:
    """One exchange process: `run` ends after `stop`, or with `BrokerFault` where it must not go on."""

    def __init__(
        self, config: ExchangeConfig, book: Book, observer: Observer, ask: Ask | None = None
    ) -> None:
        """ask: the schema registry, if there is one."""
        self._config = config
        self._book = book
        self._observer = observer
        self._crash = config.crash_points
        self._suspicion = Suspicion(config.data_dir / f"{config.place}.suspects.json")
        self._takeover = Takeover(
            config.reader(), book, config.embedded, lambda: self._crash.reached("mid-rebuild")
        )
        self._registry = RegistryDesk(ask, book, config.patience_seconds)
        self._stopping = False
        self._successors: SimpleQueue[Book] = SimpleQueue()
        self._leases: list[int] = []
        self._taken = False
        self._slots: dict[int, Slot] = {}
        self._enough = AHEAD * config.max_batch
        self._last_look = 0.0
        self._deciding_took = 0.0

    def stop(self) -> None:
        """Ask the loop to finish what is decided and return; safe to call from a signal handler."""
        self._stopping = True

    def renew(self, book: Book) -> None:
        """Decide by this book from the next batch on; safe to call from another thread."""
        self._successors.put(book)

    def run(self) -> None:
        """Hold slots and decide until stopped.

        Raises `BrokerFault` when membership or fencing is lost: another process holds the slots then.
        """
        self._transactions = Transactions(self._config, self._observer, self._take_afresh)
        self._consumer = Consumer(self._config.lease())
        self._consumer.subscribe(
            [LEASE], on_assign=self._on_assign, on_revoke=self._on_revoke, on_lost=self._on_lost
        )
        try:
            while not self._stopping:
                self._turn()
            self._settle()
        except BaseException:
            self._transactions.drop()  # closing hands slots over, and would commit what is written in part
            raise
        finally:
            self._registry.close()
            self._consumer.close()

    def _turn(self) -> None:
        while not self._successors.empty():
            self._switch(self._successors.get())
        if self._leases and not self._taken and self._transactions.is_settled():
            self._take_slots()
        if self._transactions.in_flight and self._transactions.pending_records >= self._enough:
            self._transactions.wait(1.0)
        else:
            self._poll()
        self._decide_all(self._registry.released(self._consumer))
        self._transactions.look_after_commit()
        if self._transactions.pending_records and not self._transactions.in_flight and self._left() <= 0:
            self._transactions.commit(self._book, self._consumer)
        self._tell_lag()

    def _left(self) -> float:
        """Seconds until a commit is due."""
        return self._transactions.sent_at + self._config.cycle_seconds - time.monotonic()

    # Deciding

    def _poll(self) -> None:
        patience, gather = IDLE_SECONDS, self._config.cycle_seconds / GATHERINGS
        if self._transactions.pending_records or self._transactions.in_flight:
            left = self._left()  # what is polled shall be decided when the commit is due
            patience = max(0.001, min(patience, left - self._deciding_took if left > 0 else gather))
        messages = drain(self._consumer, self._config.max_batch, patience, gather)
        if not messages:
            return
        self._crash.reached("after-poll")
        polled = time.monotonic()
        batches = by_slot(messages, self._consumer, self._next_offset)
        self._decide_all(self._registry.admit(batches, self._consumer))
        self._crash.reached("after-decide")
        self._deciding_took = time.monotonic() - polled

    def _next_offset(self, topic: str, partition: int) -> int | None:
        slot = self._slots.get(partition)
        if slot is None or (topic, partition) in self._registry.waits():
            return None
        kept = slot.positions.get(topic)
        return 0 if kept is None else kept.next_offset

    def _decide_all(self, batches: list[list[OutboxRecord]]) -> None:
        for portion in self._suspicion.portions(batches) if batches else ():
            self._decide(portion)

    def _decide(self, batches: list[list[OutboxRecord]]) -> None:
        self._suspicion.deciding(batches)
        decided: list[tuple[int, Batch]] = []
        for records in batches:
            partition = records[0].partition
            slot = self._slots.get(partition)
            if slot is None:
                continue  # revoked while these were on their way; the next holder reads them again
            suspects = self._suspicion.suspects(partition)
            unavailable = self._registry.unavailable(partition)
            try:
                now = time.time_ns() // 1_000_000
                batch = decide(records, slot, self._book, now, suspects, unavailable)
            except CoreFault as fault:
                self._suspicion.raised(fault.position)
                raise
            decided.append((partition, batch))
            self._observer.decided(partition, slot, sum(record.header_count for record in records))
        self._suspicion.decided()
        for partition, batch in decided:  # behind the note: no strike for what a broker does
            self._transactions.add(partition, batch)

    def _switch(self, book: Book) -> None:
        """Between two batches, all slots at once; where outboxes came or went, they are taken over anew."""
        for schema_id, contract in self._book.contracts.items():
            if schema_id not in book.contracts:
                book.learn(schema_id, contract)  # what the registry told since the start
        if book.senders.keys() != self._book.senders.keys() and self._taken:
            self._settle()
            self._take_afresh()
        self._book = self._takeover.book = book
        self._registry.use(book)
        self._observer.switched(book.number)
        log.info("deciding by definitions %d from here on", book.number)

    def _settle(self) -> None:
        """Wait for the commit in flight, then commit what is decided."""
        self._transactions.await_commit()
        if self._transactions.pending_records:
            self._transactions.commit(self._book, self._consumer)
            self._transactions.await_commit()

    # Holding slots

    def _on_assign(self, consumer: Consumer, leases: list[TopicPartition]) -> None:
        self._drop_slots()
        self._leases = [lease.partition for lease in leases]
        consumer.assign([])  # nothing is read before the slots are taken over

    def _on_revoke(self, consumer: Consumer, _leases: list[TopicPartition]) -> None:
        self._crash.reached("in-revoke")
        self._settle()
        self._drop_slots()
        self._leases = []
        consumer.unassign()

    def _on_lost(self, consumer: Consumer, _leases: list[TopicPartition]) -> None:
        """The group gave this process up or did not answer in time: what is in flight is not waited for.

        Until this returns librdkafka sends heartbeats without its member id, and a coordinator that is back
        by then takes them for another process of this name and ends this one (FENCED_INSTANCE_ID).
        """
        log.warning("the group gave this process up, or does not answer; asking for slots afresh")
        self._drop_slots()
        self._leases = []
        self._transactions.group_lost()
        consumer.unassign()

    def _drop_slots(self) -> None:
        self._slots, self._taken = {}, False
        self._observer.holding({})
        self._transactions.drop()
        self._registry.forget()

    def _take_afresh(self) -> None:
        """Forget what the topics do not say, and read nothing more; the slots are taken over when settled."""
        self._drop_slots()
        if self._leases:
            self._consumer.assign([])

    def _take_slots(self) -> None:
        started = time.monotonic()
        self._transactions.widths = widths(self._consumer)
        self._slots, places = self._takeover.take(self._consumer, self._leases)
        self._consumer.assign(places)
        self._consumer.resume(places)  # what waited for the registry before is held anew when it is met
        self._taken = True
        self._crash.reached("after-seek")
        log.info(
            "holding slots %s after %.1f s",
            ", ".join(str(partition) for partition in sorted(self._leases)),
            time.monotonic() - started,
        )

    # Telling

    def _tell_lag(self) -> None:
        now = time.monotonic()
        if now - self._last_look < 1.0 or not self._taken:
            return
        self._last_look = now
        self._observer.holding(lags(self._consumer, self._slots))
        self._observer.waiting(self._registry.waits())
