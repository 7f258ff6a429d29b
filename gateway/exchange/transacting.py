"""One transaction at a time: outputs, entries, state and positions; its commit is sent in the background.

Whatever goes wrong between begin and the confirmed commit is unclear: this producer is never used again
(docs/decisions/0007-unclear-commit.md).
"""

import logging
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Final

from confluent_kafka import Consumer, KafkaError, KafkaException, Producer, TopicPartition

from gateway.definitions.book import Book
from gateway.errors import BrokerFault
from gateway.exchange.config import ExchangeConfig, Observer
from gateway.exchange.pending import Pending
from gateway.exchange.stuck import end_stuck
from gateway.pipeline import Batch

log = logging.getLogger("gateway.exchange")

STUCK_AFTER_SECONDS: Final = 1.0
"""So much later than its calls were given, a commit is not coming back: the client has lost one of them."""
PRODUCER_SECONDS: Final = 30.0
"""A new producer waits until what the former one left open is ended, and for brokers to lead again."""
_FENCED: Final = frozenset({KafkaError._FENCED})
_LOST_MEMBERSHIP: Final = _FENCED | {
    KafkaError.UNKNOWN_MEMBER_ID,
    KafkaError.ILLEGAL_GENERATION,
    KafkaError.FENCED_INSTANCE_ID,
}


class Transactions:
    """The producer of one exchange process, and its commit in flight; `began_at` is monotonic time."""

    def __init__(self, config: ExchangeConfig, observer: Observer, forget: Callable[[], None]) -> None:
        """Waits until the broker has ended what a former producer of this place left open.

        forget: called when a transaction ended unclear, before its producer is replaced; what was decided
        counts for nothing then. Raises `BrokerFault` if there can be no producer.
        """
        self._config = config
        self._observer = observer
        self._forget = forget
        self._crash = config.crash_points
        # What the two calls of a commit may take together: then the broker ends the transaction by itself.
        self._commit_seconds = config.transaction_timeout_ms / 1000
        self._stuck_seconds = self._commit_seconds + STUCK_AFTER_SECONDS
        self._committer = ThreadPoolExecutor(1, "commit")
        self._in_flight: Future[float] | None = None
        self._in_flight_batches: list[Batch] = []
        self._lost_in_flight = False
        self._replacement: Future[Producer] | None = None
        self.began_at = 0.0
        self._producer = self._new_producer()

    @property
    def in_flight(self) -> bool:
        """Whether a commit is in flight, or has ended and was not looked after yet."""
        return self._in_flight is not None

    def is_settled(self) -> bool:
        """Whether nothing of before is open: no commit in flight, and the producer is there that ends it.

        Raises `BrokerFault` if that producer cannot be had.
        """
        if self._replacement is not None and self._replacement.done():
            self._producer, self._replacement = self._replacement.result(), None
        return self._in_flight is None and self._replacement is None

    def transact(self, pending: Pending, book: Book, widths: dict[str, int], consumer: Consumer) -> None:
        """Write all of this; commit it in the background, with the positions of this consumer's group."""
        self.began_at = time.monotonic()
        try:
            self._producer.begin_transaction()
            self._crash.reached("after-begin")
            pending.produce(self._producer.produce, book, widths, self._crash)
        except (KafkaException, BufferError) as fault:
            self._start_over(fault)
            return
        self._crash.reached("before-offsets")
        group = consumer.consumer_group_metadata()
        self._in_flight_batches = pending.batches
        self._in_flight = self._committer.submit(self._commit, pending.positions(), group)
        self._crash.reached("commit-sent")

    def look_after_commit(self) -> None:
        """If the commit has ended, tell of it or start over; `BrokerFault` if another holds the slots now."""
        if self._in_flight is None:
            return
        if not self._in_flight.done():
            if time.monotonic() - self.began_at > self._stuck_seconds:
                end_stuck(self._stuck_seconds)
            return
        fault = self._in_flight.exception()
        if fault is None:
            self._observer.committed(self._in_flight_batches, self._in_flight.result())
            self._clear()
        elif isinstance(fault, KafkaException):
            self._start_over(fault)
        else:
            raise fault

    def wait(self, seconds: float) -> None:
        """Wait for the commit in flight, no longer than this."""
        if self._in_flight is not None:
            wait([self._in_flight], timeout=seconds)

    def await_commit(self) -> None:
        """Wait for the commit in flight and look after it."""
        self.wait(self._stuck_seconds)
        self.look_after_commit()

    def group_lost(self) -> None:
        """The group gave this process up: if it refuses the commit in flight, that says nothing new."""
        self._lost_in_flight = self._in_flight is not None

    def close(self) -> None:
        """Begin nothing more; what is in flight is not waited for."""
        self._committer.shutdown(wait=False)

    def _commit(self, places: list[TopicPartition], group: object) -> float:
        """Send positions and commit; runs in the committer's thread. Returns the seconds it took."""
        started = time.monotonic()
        self._producer.send_offsets_to_transaction(places, group, self._commit_seconds)
        self._crash.reached("after-offsets")
        self._crash.reached("before-commit")
        self._producer.commit_transaction(max(0.1, started + self._commit_seconds - time.monotonic()))
        self._crash.reached("after-commit")
        return time.monotonic() - started

    def _start_over(self, fault: KafkaException | BufferError) -> None:
        """After an unclear result: a new producer under the same name, and the slots from their topics.

        The producer comes in the committer's thread: it waits for brokers, and the group must be polled.
        """
        error = fault.args[0] if isinstance(fault, KafkaException) else None
        if error is not None and error.code() in (_FENCED if self._lost_in_flight else _LOST_MEMBERSHIP):
            raise BrokerFault(f"another process holds these slots now: {error.str()}") from fault
        log.warning("a transaction ended unclear (%s); taking the slots over afresh", error or fault)
        self._observer.unclear()
        self._clear()
        self._forget()
        self._replacement = self._committer.submit(self._new_producer)

    def _clear(self) -> None:
        self._in_flight, self._in_flight_batches, self._lost_in_flight = None, [], False

    def _new_producer(self) -> Producer:
        producer = Producer(self._config.producer())
        try:
            producer.init_transactions(PRODUCER_SECONDS)
        except KafkaException as fault:
            raise BrokerFault(f"transactions cannot be initialised: {fault.args[0].str()}") from fault
        self._crash.reached("after-fence")
        return producer
