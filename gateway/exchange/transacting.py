"""One transaction at a time: outputs, entries, state and positions; its commit is sent in the background.

What is decided is written at once, while it is warm in the processor's caches, unless a commit is in flight.
Whatever goes wrong between begin and the confirmed commit is unclear: this producer is never used again
(docs/decisions/0007-unclear-commit.md).
"""

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, wait
from typing import Final, TypeVar

from confluent_kafka import Consumer, KafkaError, KafkaException, Producer, TopicPartition

from gateway.definitions.book import Book
from gateway.errors import BrokerFault
from gateway.exchange.config import ExchangeConfig, Observer
from gateway.exchange.pending import Pending
from gateway.pipeline import Batch, Ending

log = logging.getLogger("gateway.exchange")
T = TypeVar("T")

STUCK_AFTER_SECONDS: Final = 1.0
"""So much later than its calls were given, a commit is not coming back: librdkafka has lost one."""
PRODUCER_SECONDS: Final = 30.0
"""A new producer waits until what the former one left open is ended, and for brokers to lead again."""
_LOST_MEMBERSHIP: Final = frozenset(
    {
        KafkaError._FENCED,
        KafkaError.UNKNOWN_MEMBER_ID,
        KafkaError.ILLEGAL_GENERATION,
        KafkaError.FENCED_INSTANCE_ID,
    }
)


class Transactions:
    """The producer of one exchange process, its open transaction, and its commit in flight.

    widths: how many partitions each topic has. sent_at: when the last commit was sent, monotonic time.
    """

    def __init__(self, config: ExchangeConfig, observer: Observer, forget: Callable[[], None]) -> None:
        """Waits until the broker has ended what a former producer of this place left open.

        forget: called when a transaction ended unclear, before its producer is replaced; it calls `drop`, and
        what was decided counts for nothing. Raises `BrokerFault` if there can be no producer.
        """
        self._config = config
        self._observer = observer
        self._forget = forget
        self._crash = config.crash_points
        self._timeout_seconds = config.transaction_timeout_ms / 1000
        self._ends_at = 0.0  # then the broker ends the open transaction, or the one in flight, by itself
        self._in_flight: Future[float] | None = None
        self._in_flight_endings: list[dict[Ending, int]] = []
        self._given_up: set[Future[float]] = set()
        self._replacement: Future[Producer] | None = None
        self._pending = Pending()
        self._is_open = False
        self.widths: dict[str, int] = {}
        self.sent_at = 0.0
        self._producer = self._new_producer()
        self._spent = False

    @property
    def in_flight(self) -> bool:
        """Whether a commit is in flight, or has ended and was not looked after yet."""
        return self._in_flight is not None

    @property
    def pending_records(self) -> int:
        """How many records are decided whose commit is not sent yet."""
        return self._pending.records

    def is_settled(self) -> bool:
        """Whether nothing of before is open: no commit in flight, and a producer that has ended what was.

        A missing one is made, in the background: it waits for brokers, and the group must be polled.
        Raises `BrokerFault` if it cannot be had.
        """
        if self._spent and self._replacement is None:
            self._replacement = _in_background(self._new_producer)
        if self._replacement is not None and self._replacement.done():
            self._producer, self._replacement, self._spent = self._replacement.result(), None, False
        return self._in_flight is None and not self._spent

    def add(self, slot: int, batch: Batch) -> None:
        """Take in one decided batch, and write it, or do so when the commit in flight is through.

        Nothing is taken in for a producer that is spent: the slot is given up then.
        """
        if self._spent:
            return
        self._pending.add(slot, batch)
        if self._in_flight is None:
            self._write()

    def commit(self, book: Book, consumer: Consumer) -> None:
        """Commit what was taken in, in the background, with the positions of this consumer's group."""
        self.sent_at = time.monotonic()
        pending, self._pending = self._pending, Pending()
        self._is_open = False
        try:
            pending.write_state(self._producer.produce, book)
        except (KafkaException, BufferError) as fault:
            self._start_over(fault)
            return
        self._crash.reached("before-offsets")
        group = consumer.consumer_group_metadata()
        self._in_flight_endings = pending.endings
        producer, places, ends_at = self._producer, pending.positions(), self._ends_at
        self._in_flight = _in_background(lambda: self._commit(producer, places, group, ends_at))
        self._crash.reached("commit-sent")

    def drop(self) -> None:
        """Forget what was taken in since the last commit; what of it is written, the next producer ends."""
        self._spent |= self._is_open
        self._pending, self._is_open = Pending(), False

    def _write(self) -> None:
        try:
            if not self._is_open:
                self._ends_at = time.monotonic() + self._timeout_seconds
                self._producer.begin_transaction()
                self._is_open = True
                self._crash.reached("after-begin")
            self._pending.write(self._producer.produce, self.widths, self._crash)
        except (KafkaException, BufferError) as fault:
            self._start_over(fault)

    def look_after_commit(self) -> None:
        """If the commit has ended, tell of it; if it failed or does not come back, start over.

        Raises `BrokerFault` if another process holds the slots now.
        """
        if self._in_flight is None:
            return
        if not self._in_flight.done():
            if self._stuck_in() < 0:
                self._give_up(self._in_flight, "not back when the broker had ended its transaction")
            return
        fault = self._in_flight.exception()
        if fault is None:
            self._observer.committed(self._in_flight_endings, self._in_flight.result())
            self._in_flight, self._in_flight_endings = None, []
            if self._pending.records:
                self._write()
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
        self.wait(max(0.0, self._stuck_in()) + 0.1)
        self.look_after_commit()

    def _stuck_in(self) -> float:
        """Seconds until a commit in flight is not waited for any more."""
        return self._ends_at + STUCK_AFTER_SECONDS - time.monotonic()

    def group_lost(self) -> None:
        """The group gave this process up, and would refuse the commit in flight: it is not waited for.

        Its successor is made when the group has given slots again, and not before: if another process has
        this one's place by now, that never comes, and the other's transactions stay whole.
        """
        if self._in_flight is not None and not _succeeded(self._in_flight):
            self._give_up(self._in_flight, "in flight when the group was lost")

    def _commit(
        self, producer: Producer, places: list[TopicPartition], group: object, ends_at: float
    ) -> float:
        """Send records and positions, and commit; runs in the background. Returns the seconds it took."""
        started = time.monotonic()

        def left() -> float:
            return max(0.1, ends_at - time.monotonic())

        producer.flush(left())  # records linger until now; positions sent beside them would wait behind them
        producer.send_offsets_to_transaction(places, group, left())
        self._crash.reached("after-offsets")
        self._crash.reached("before-commit")
        producer.commit_transaction(left())
        self._crash.reached("after-commit")
        return time.monotonic() - started

    def _give_up(self, commit: Future[float], why: str) -> None:
        """Leave it to itself: the next producer ends its transaction, whatever it still does.

        Raises `BrokerFault` if an earlier one has not come back either: each keeps a client of its own.
        """
        if self._given_up:
            raise BrokerFault(f"two commits did not come back; the last was {why}")
        self._given_up.add(commit)
        commit.add_done_callback(self._given_up.discard)
        self._begin_anew(f"commit {why}")

    def _start_over(self, fault: KafkaException | BufferError) -> None:
        """After a failure: `BrokerFault` if it says that another has the slots, else nothing is known."""
        self.drop()  # what is written in part must not be committed, not even at the end of the process
        error = fault.args[0] if isinstance(fault, KafkaException) else None
        if error is not None and error.code() in _LOST_MEMBERSHIP:
            raise BrokerFault(f"another process holds these slots now: {error.str()}") from fault
        self._begin_anew(str(error or fault))

    def _begin_anew(self, why: str) -> None:
        """After an unclear result: a new producer under the same name, and the slots from their topics."""
        log.warning("a transaction ended unclear (%s); taking the slots over afresh", why)
        self._observer.unclear()
        self._in_flight, self._in_flight_endings, self._spent = None, [], True
        self._forget()

    def _new_producer(self) -> Producer:
        producer = Producer(self._config.producer())
        try:
            producer.init_transactions(PRODUCER_SECONDS)
        except KafkaException as fault:
            raise BrokerFault(f"transactions cannot be initialised: {fault.args[0].str()}") from fault
        self._crash.reached("after-fence")
        return producer


def _succeeded(commit: Future[float]) -> bool:
    return commit.done() and commit.exception() is None


def _in_background(call: Callable[[], T]) -> Future[T]:
    """Call it in a thread that the end of the process does not wait for: librdkafka may not come back."""
    result: Future[T] = Future()

    def run() -> None:
        try:
            result.set_result(call())
        except BaseException as fault:  # noqa: BLE001  raised anew where the result is asked for
            result.set_exception(fault)

    threading.Thread(target=run, daemon=True).start()
    return result
