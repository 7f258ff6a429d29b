"""What the loop does when its group has no coordinator while a commit is in flight. The client is faked."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

import pytest
from confluent_kafka import KafkaError, KafkaException, TopicPartition

from gateway.errors import BrokerFault
from gateway.exchange import Exchange, ExchangeConfig, loop, transacting
from gateway.metrics import ExchangeMetrics
from gateway.slot import Slot
from tests.world import NOW, Desk, request

PATIENCE_SECONDS = 20.0


class FakeMessage:
    def __init__(self, topic: str, partition: int, value: bytes) -> None:
        self.topic, self.partition = (lambda: topic), (lambda: partition)
        self.offset, self.value = (lambda: 0), (lambda: value)

    def error(self) -> None:
        return None

    def headers(self) -> None:
        return None

    def timestamp(self) -> tuple[int, int]:
        return 1, NOW


class World:
    """Fakes of the client; `sends` lets one call for offsets end, `inits` one for a new producer."""

    def __init__(self) -> None:
        self.script: SimpleQueue[Callable[[Any], Any]] = SimpleQueue()
        self.sending, self.renewing, self.taken = threading.Event(), threading.Event(), threading.Event()
        self.sends: SimpleQueue[int | None] = SimpleQueue()
        self.inits: SimpleQueue[int | None] = SimpleQueue()
        self.takes = self.producers = self.commits = 0
        self.callbacks: dict[str, Any] = {}
        self.fault: Exception | None = None

    def during_poll(self, act: Callable[[Any], Any]) -> None:
        """Have this done in the loop's thread by its next poll, and wait until it is over."""
        over = threading.Event()

        def done(consumer: Any) -> Any:
            found = act(consumer)
            over.set()
            return found

        self.script.put(done)
        assert over.wait(PATIENCE_SECONDS), "the loop does not poll"

    def call(self, name: str) -> None:
        self.during_poll(lambda consumer: self.callbacks[name](consumer, [TopicPartition(loop.LEASE, 0)]))

    def consumer(self, _properties: object) -> Any:
        world = self

        class FakeConsumer:
            def subscribe(self, _topics: list[str], **callbacks: Any) -> None:
                world.callbacks = callbacks

            def poll(self, _seconds: float) -> Any:
                try:
                    return world.script.get(timeout=0.01)(self)
                except Empty:
                    return None

            def consume(self, _most: int, _seconds: float) -> list[Any]:
                return []

            def close(self) -> None:
                world.callbacks["on_revoke"](self, [])

            assign = unassign = resume = lambda *_: None
            consumer_group_metadata = position = assignment = lambda *_: []

        return FakeConsumer()

    def producer(self, _properties: object) -> Any:
        world = self
        self.producers += 1
        is_first = self.producers == 1

        class FakeProducer:
            begin_transaction = flush = lambda *_, **__: None

            def produce(self, *_: object, **__: object) -> None:
                fault, world.fault = world.fault, None
                if fault is not None:
                    raise fault

            def init_transactions(self, _seconds: float) -> None:
                if not is_first:
                    world.renewing.set()
                    code = world.inits.get(timeout=PATIENCE_SECONDS)
                    if code is not None:
                        raise KafkaException(KafkaError(code))

            def send_offsets_to_transaction(self, *_: object) -> None:
                world.sending.set()
                code = world.sends.get(timeout=PATIENCE_SECONDS)
                if code is not None:
                    raise KafkaException(KafkaError(code))

            def commit_transaction(self, _seconds: float) -> None:
                world.commits += 1

        return FakeProducer()

    def takeover(self, *_: object) -> Any:
        world = self

        class FakeTakeover:
            def take(self, _lease: object, partitions: list[int]) -> tuple[dict[int, Slot], list[Any]]:
                world.takes += 1
                world.taken.set()
                return {partition: Slot() for partition in partitions}, []

        return FakeTakeover()


class Running:
    """An exchange in a thread of its own, with one commit in flight."""

    def __init__(self, world: World, folder: Path) -> None:
        desk = Desk()
        config = ExchangeConfig(kafka={}, place="test-0", data_dir=folder, cycle_seconds=0.01)
        self.exchange = Exchange(config, desk.book, ExchangeMetrics(1))
        self.fault: BaseException | None = None
        self.thread = threading.Thread(target=self._run)
        self.thread.start()
        world.during_poll(lambda consumer: world.callbacks["on_assign"](consumer, [self.lease(desk)]))
        assert world.taken.wait(PATIENCE_SECONDS)
        event = request()
        self.message = FakeMessage(f"{event.source}.outbox", desk.partition, desk.frame(event))
        world.during_poll(lambda _: self.message)
        assert world.sending.wait(PATIENCE_SECONDS)
        world.taken.clear()

    @staticmethod
    def lease(desk: Desk) -> TopicPartition:
        return TopicPartition(loop.LEASE, desk.partition)

    def _run(self) -> None:
        try:
            self.exchange.run()
        except (BrokerFault, MemoryError) as fault:
            self.fault = fault

    def ended(self) -> BaseException | None:
        self.thread.join(PATIENCE_SECONDS)
        assert not self.thread.is_alive()
        return self.fault


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    found = World()
    monkeypatch.setattr(loop, "Consumer", found.consumer)
    monkeypatch.setattr(transacting, "Producer", found.producer)
    monkeypatch.setattr(loop, "Takeover", found.takeover)
    monkeypatch.setattr(loop, "widths", lambda _consumer: {})
    return found


@pytest.fixture
def running(world: World, tmp_path: Path) -> Iterator[Running]:
    found = Running(world, tmp_path)
    yield found
    found.exchange.stop()
    for _ in range(3):
        world.sends.put(None)
        world.inits.put(None)
    found.thread.join(PATIENCE_SECONDS)


def test_what_is_decided_is_committed_before_slots_are_handed_over(world: World, running: Running) -> None:
    world.during_poll(lambda _: running.message)  # once more, and decided while the commit is in flight
    world.during_poll(lambda _: None)
    world.sends.put(None)
    world.sends.put(None)
    world.call("on_revoke")
    assert (world.commits, world.producers) == (2, 1)


def test_what_is_written_in_part_is_not_committed_when_the_process_ends(
    world: World, running: Running
) -> None:
    world.sends.put(None)
    world.during_poll(lambda _: None)
    world.sends.put(None)
    world.fault = MemoryError()
    world.script.put(lambda _: running.message)
    assert isinstance(running.ended(), MemoryError)
    assert (world.commits, world.producers) == (1, 1)


def test_losing_the_group_waits_for_no_commit(world: World, running: Running) -> None:
    world.call("on_lost")  # comes back while the commit is in flight, and the group is polled further
    world.during_poll(lambda _: None)
    assert world.producers == 1  # the place may be another's by now: it is, until the group gives slots again
    world.call("on_assign")
    assert world.renewing.wait(PATIENCE_SECONDS)
    assert world.takes == 1  # no slot is taken over before the new producer has ended what is open
    world.inits.put(None)
    assert world.taken.wait(PATIENCE_SECONDS)
    assert (world.takes, world.producers) == (2, 2)


def test_the_group_is_polled_while_a_new_producer_waits_for_brokers(world: World, running: Running) -> None:
    world.sends.put(KafkaError._TIMED_OUT)
    assert world.renewing.wait(PATIENCE_SECONDS)
    world.call("on_lost")
    world.call("on_assign")
    world.during_poll(lambda _: None)
    assert world.takes == 1  # what the former producer left open has not ended yet
    world.inits.put(None)
    assert world.taken.wait(PATIENCE_SECONDS)


@pytest.mark.parametrize(
    "code", [KafkaError.FENCED_INSTANCE_ID, KafkaError.UNKNOWN_MEMBER_ID, KafkaError.ILLEGAL_GENERATION]
)
def test_a_commit_of_a_membership_known_to_be_lost_ends_no_process(
    world: World, running: Running, code: int
) -> None:
    world.call("on_lost")
    world.call("on_assign")
    world.sends.put(code)
    world.inits.put(None)
    assert world.taken.wait(PATIENCE_SECONDS)
    assert (world.takes, world.producers) == (2, 2)


def test_a_fenced_producer_ends_the_process(world: World, running: Running) -> None:
    world.sends.put(KafkaError._FENCED)
    assert "another process holds these slots now" in str(running.ended())


def test_a_commit_refused_by_the_group_ends_a_process_that_was_told_nothing(
    world: World, running: Running
) -> None:
    world.sends.put(KafkaError.FENCED_INSTANCE_ID)
    assert "another process holds these slots now" in str(running.ended())


def test_a_new_producer_that_cannot_be_had_ends_the_process(world: World, running: Running) -> None:
    world.sends.put(KafkaError._TIMED_OUT)
    world.inits.put(KafkaError._TIMED_OUT)
    assert "transactions cannot be initialised" in str(running.ended())
