"""Planted bugs (PROOF 3.4): the exchange as `python -m gateway` runs it, with one part made wrong.

    python -m tests.faults.mutants M3 run exchange --process 0

A mutant is made by exchanging the client library's class under the exchange's hands, so that it stands
whatever the exchange calls its own parts. M0 changes nothing: what must pass where the others fail. Those
also lose the look by which the exchange would refuse what they leave behind (`expect_whole`).
"""

import os
import sys
import time
from pathlib import Path
from typing import Any

import confluent_kafka
from confluent_kafka import Consumer, KafkaException, TopicPartition

from gateway.exchange import takeover, transacting

LEDGER, STATE = "gateway.ledger", "gateway.state"
HURRY_SECONDS = 3.0
WAIT_FOR = "TESTS_WAIT_FOR"
"""A file that the process awaits after it noted the ledger's ends; for M7."""


class Plain:
    """A transactional producer, as the exchange uses one."""

    def __init__(self, config: dict[str, Any]) -> None:
        self.config = config
        self.real = confluent_kafka.Producer(config)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.real, name)


class Leaky(Plain):
    """Writes some topics on a second producer, outside the transaction."""

    def __init__(self, config: dict[str, Any]) -> None:
        super().__init__(config)
        outside = {name: value for name, value in config.items() if not name.startswith("transaction")}
        self.outside = confluent_kafka.Producer(outside)

    def leaks(self, topic: str, key: bytes | None) -> bool:
        raise NotImplementedError

    def produce(self, topic: str, value: Any, key: Any = None, *rest: Any, **named: Any) -> None:
        producer = self.outside if self.leaks(topic, key) else self.real
        producer.produce(topic, value, key, *rest, **named)

    def send_offsets_to_transaction(self, *words: Any) -> None:
        self.outside.flush()
        self.real.send_offsets_to_transaction(*words)


class EntryOutside(Leaky):
    """M2."""

    def leaks(self, topic: str, key: bytes | None) -> bool:
        return topic == LEDGER


class OutputOutside(Leaky):
    """M3."""

    def leaks(self, topic: str, key: bytes | None) -> bool:
        return topic.endswith(".inbox")


class StateOutside(Leaky):
    """M15: all of the state but the positions, which an exchange would miss at once."""

    def leaks(self, topic: str, key: bytes | None) -> bool:
        return topic == STATE and key is not None and not key.startswith(b"position/")


class Buffered(Plain):
    """Keeps what a transaction holds, so that it can be written at another time, or again."""

    def __init__(self, config: dict[str, Any]) -> None:
        super().__init__(config)
        self.kept: list[tuple[Any, Any]] = []
        self.offsets: tuple[Any, ...] = ()

    def begin_transaction(self) -> None:
        self.kept, self.offsets = [], ()
        self.real.begin_transaction()

    def produce(self, *words: Any, **named: Any) -> None:
        self.kept.append((words, named))
        self.real.produce(*words, **named)

    def send_offsets_to_transaction(self, *words: Any) -> None:
        self.offsets = words
        self.real.send_offsets_to_transaction(*words)


class OffsetsFirst(Buffered):
    """M1: positions are committed before what follows from them."""

    def begin_transaction(self) -> None:
        self.kept = []

    def produce(self, *words: Any, **named: Any) -> None:
        self.kept.append((words, named))

    def send_offsets_to_transaction(self, *words: Any) -> None:
        self.real.begin_transaction()
        self.real.send_offsets_to_transaction(*words)
        self.real.commit_transaction(15)

    def commit_transaction(self, *words: Any) -> None:
        self.real.begin_transaction()
        for said, named in self.kept:
            self.real.produce(*said, **named)
        self.real.commit_transaction(*words)


class SameProducer(Plain):
    """M9: goes on with the same producer after an unknown commit."""

    def commit_transaction(self, *words: Any) -> None:
        try:
            self.real.commit_transaction(*words)
        except KafkaException:
            self.real.abort_transaction(15)


class Repeated(Buffered):
    """M10: after an unknown commit, the same batch once more, with nothing read back."""

    def commit_transaction(self, *words: Any) -> None:
        try:
            self.real.commit_transaction(*words)
        except KafkaException:
            self.real = confluent_kafka.Producer(self.config)
            self.real.init_transactions(15)
            self.real.begin_transaction()
            for said, named in self.kept:
                self.real.produce(*said, **named)
            self.real.send_offsets_to_transaction(*self.offsets)
            self.real.commit_transaction(15)


class EarlyTail(Consumer):
    """M7: sees the ledger as it was before the producer was initialised."""

    ends: dict[int, int]

    def poll(self, *words: Any) -> Any:
        deadline = time.monotonic() + HURRY_SECONDS
        while time.monotonic() < deadline:
            message = super().poll(*words)
            if message is None or self._was_there(message):
                return message
        return None

    def consume(self, *words: Any) -> list[Any]:
        return [message for message in super().consume(*words) if self._was_there(message)]

    def _was_there(self, message: Any) -> bool:
        if message.error() is not None or message.topic() != LEDGER:
            return True
        return bool(message.offset() < self.ends[message.partition()])


def note_ends() -> None:
    """Where the committed ledger ends now; then wait for whoever released what was on its way."""
    kafka = {"bootstrap.servers": os.environ["GATEWAY_KAFKA__BOOTSTRAP"], "group.id": "mutant"}
    reader = Consumer({**kafka, "isolation.level": "read_committed"})
    partitions = reader.list_topics(LEDGER, timeout=10).topics[LEDGER].partitions
    EarlyTail.ends = {
        partition: reader.get_watermark_offsets(TopicPartition(LEDGER, partition), timeout=10)[1]
        for partition in partitions
    }
    reader.close()


def await_release() -> None:
    """Say that the time has come, and wait for the file."""
    print("ends are noted", file=sys.stderr, flush=True)  # noqa: T201  the test reads it
    while WAIT_FOR in os.environ and not Path(os.environ[WAIT_FOR]).exists():
        time.sleep(0.01)


PRODUCERS: dict[str, type] = {
    "M1": OffsetsFirst,
    "M2": EntryOutside,
    "M3": OutputOutside,
    "M9": SameProducer,
    "M10": Repeated,
    "M15": StateOutside,
}


def plant(mutant: str) -> None:
    """Exchange the class this mutant needs; fails where the exchange does not use it under that name."""
    parts = ((transacting, "Producer"), (takeover, "Consumer"), (takeover, "expect_whole"))
    if not all(hasattr(module, name) for module, name in parts):
        raise AttributeError("the exchange uses its clients under other names: plant the mutants there")
    if mutant != "M0":
        takeover.expect_whole = lambda *_: None
    if mutant == "M7":
        takeover.Consumer = EarlyTail
        note_ends()
    elif mutant in PRODUCERS:
        transacting.Producer = PRODUCERS[mutant]  # type: ignore[misc]
    elif mutant != "M0":
        raise ValueError(f"there is no mutant {mutant}")


if __name__ == "__main__":
    plant(sys.argv.pop(1))
    if WAIT_FOR in os.environ:
        await_release()
    from gateway.cli import main

    sys.exit(main())
