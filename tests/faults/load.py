"""The load: many cases side by side at a steady rate, and what became of them as the ledger tells it.

A thread publishes on one idempotent producer; the same thread follows the ledger (committed records)
and publishes a case's next step once the step before has its entry.
"""

import threading
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from confluent_kafka import Consumer, Message, Producer, TopicPartition

from tests.faults import wire
from tests.faults.evidence import LEDGER, Place
from tests.faults.scripts import Provinces, Step

CRITICAL = 2
"""So much librdkafka says; at its usual level it tells of a broker that is gone twenty times a second."""
TURN_SECONDS = 0.02
CALM_RATE = 2000.0
"""Records a second once the faults are over."""
WAITING_AT_MOST = 1000
"""Records whose entry is awaited; while there are so many none is published, and made up for later."""


@dataclass
class Load:
    """Publishes at `rate` a second from `start` to `close`, and then, faster, up to `events` in all."""

    kafka: dict[str, str]
    events: int
    rate: float
    seed: int = 1
    slots: int = 12
    published: int = 0
    decided: int = 0
    longest_gap: float = 0.0
    """Seconds between two looks at which new entries were seen, while some were due."""
    expected: dict[Place, str] = field(default_factory=dict)
    """How planted records must end."""
    failure: Exception | None = None

    def __post_init__(self) -> None:
        self._provinces = Provinces(self.seed)
        self._ready: deque[tuple[Iterator[Step], Step]] = deque()
        self._waiting: dict[Place, Iterator[Step]] = {}
        self._early: set[Place] = set()
        """Entries seen before the delivery report of their record."""
        self._confirmed = 0
        self._decided_places: set[Place] = set()
        self._last_entry = time.monotonic()
        self._closing_at = 0.0
        self._last_call = 0
        self._thread: threading.Thread | None = None
        self._stopping = threading.Event()
        self.drained = threading.Event()

    def start(self) -> None:
        self._last_entry = time.monotonic()  # the processes' start is no gap
        self._thread = threading.Thread(target=self._run, name="load")
        self._thread.start()

    def close(self) -> None:
        """The faults are over: publish what is missing of `events` and follow it until it is decided."""
        self._last_call = max(self.events, self.published)
        self._closing_at = time.monotonic()

    def give_up(self) -> None:
        """End the thread at once."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()

    def join(self, seconds: float) -> bool:
        """Wait until everything published is decided; False if it is not within these seconds."""
        done = self.drained.wait(seconds)
        if not done:
            self.give_up()
        if self._thread is not None:
            self._thread.join()
        if self.failure is not None:
            raise self.failure
        return done

    # The thread

    def _run(self) -> None:
        try:
            self._publish_and_follow()
        except Exception as fault:  # noqa: BLE001  told by whoever waits for this thread
            self.failure = fault
        finally:
            self.drained.set()

    def _publish_and_follow(self) -> None:
        producer = Producer(
            {
                **self.kafka,
                "log_level": CRITICAL,
                "enable.idempotence": True,
                "acks": "all",
                "linger.ms": 5,
                "message.timeout.ms": 300_000,
            }
        )
        follower = self._follower()
        began = time.monotonic()
        while not self._stopping.is_set():
            due = self._due(began)
            while self.published < due and self._open() < WAITING_AT_MOST:
                self._publish(producer, *self._next())
            producer.poll(0)
            self._follow(follower)
            if self._is_done():
                break
        follower.close()

    def _is_done(self) -> bool:
        decided = self._confirmed == self.published == len(self._decided_places)
        return decided and 0 < self._last_call <= self.published

    def _due(self, began: float) -> int:
        """How many records should be published by now."""
        now = time.monotonic()
        if self._last_call:
            calm = (self._closing_at - began) * self.rate + (now - self._closing_at) * CALM_RATE
            return max(self.published, min(self._last_call, int(calm)))
        return int((now - began) * self.rate) + 1

    def _follower(self) -> Consumer:
        follower = Consumer(
            {
                **self.kafka,
                "log_level": CRITICAL,
                "group.id": "load",
                "enable.auto.commit": False,
                "isolation.level": "read_committed",
                "auto.offset.reset": "earliest",
                "fetch.wait.max.ms": 20,
            }
        )
        follower.assign([TopicPartition(LEDGER, partition, 0) for partition in range(self.slots)])
        return follower

    def _open(self) -> int:
        return self.published - len(self._decided_places)

    def _next(self) -> tuple[Iterator[Step], Step]:
        if not self._ready:
            script = self._provinces.script()
            self._queue(script)
        return self._ready.popleft()

    def _queue(self, script: Iterator[Step]) -> None:
        """Make a script's next step ready, and those that race with it."""
        step = next(script, None)
        if step is not None:
            self._ready.append((script, step))

    def _publish(self, producer: Producer, script: Iterator[Step], step: Step) -> None:
        topic = f"{step.region}.outbox"
        partition = wire.partition_of(step.case_id, self.slots)
        if step.elsewhere:
            partition = (partition + 1) % self.slots
        following = next(script, None)
        if following is not None and following.at_once:
            self._ready.appendleft((script, following))
            following = None
            script = iter(())
        elif following is not None:
            script = _put_back(following, script)

        def confirmed(error: Any, message: Message) -> None:
            if error is not None:
                self.failure = RuntimeError(f"{topic} took a record of the load not: {error}")
                self._stopping.set()
                return
            self._on_confirmed((topic, partition, message.offset() or 0), script, step)

        producer.produce(topic, step.value, step.case_id.encode(), partition, on_delivery=confirmed)
        self.published += 1

    def _on_confirmed(self, place: Place, script: Iterator[Step], step: Step) -> None:
        self._confirmed += 1
        if step.reason is not None:
            self.expected[place] = step.reason
        if place in self._early:
            self._early.discard(place)
            self._queue(script)
        else:
            self._waiting[place] = script

    def _follow(self, follower: Consumer) -> None:
        messages = follower.consume(2000, TURN_SECONDS)
        now = time.monotonic()
        if self.decided < self.published:
            self.longest_gap = max(self.longest_gap, now - self._last_entry)
        for message in messages:
            if message.error() is not None:
                continue  # the client says what it tries again
            self._last_entry = now
            self._on_entry(message.partition() or 0, message.value() or b"")
        if not self._waiting and self._confirmed == self.published:
            self._last_entry = now
        self.decided = len(self._decided_places)

    def _on_entry(self, partition: int, value: bytes) -> None:
        says = wire.decode(value)[1]
        place = says["topic"], partition, says["offset"]
        if place in self._decided_places:
            return  # doubled: the checker says so
        self._decided_places.add(place)
        script = self._waiting.pop(place, None)
        if script is not None:
            self._queue(script)
        elif self._confirmed < self.published:
            self._early.add(place)


def _put_back(step: Step, script: Iterator[Step]) -> Iterator[Step]:
    yield step
    yield from script
