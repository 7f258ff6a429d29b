"""A running gateway under test: its processes, and what lies in its topics."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from confluent_kafka import Consumer, KafkaError, Message, TopicPartition

from gateway.codec import LedgerEntry, decode_ledger_entry_v1
from tests.conftest import ROOT, Broker

PATIENCE_SECONDS = 60.0
"""Longer than a killed exchange holds its place and rebuilds, on a busy machine."""


class Program:
    """One `gateway …` process over a broker, with settings of its own."""

    def __init__(self, broker: Broker, data_dir: Path, *words: str, **environment: str) -> None:
        self.broker = broker
        self.words = words
        self.environment = {
            **os.environ,
            "GATEWAY_KAFKA__BOOTSTRAP": broker.bootstrap,
            "GATEWAY_DEFINITIONS_ROOT": str(ROOT),
            "GATEWAY_DATA_DIR": str(data_dir),
            "GATEWAY_EMBEDDED": "true" if broker.kind == "embedded" else "false",
            **environment,
        }
        self.log = data_dir / f"{'-'.join(words)}.log"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("a") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "gateway", *self.words],
                env=self.environment,
                stdout=log,
                stderr=log,
                cwd=ROOT,
            )

    def kill(self) -> None:
        """Kill -9, and wait until it is gone."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def stop(self) -> int:
        """SIGTERM; returns the exit code."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE_SECONDS)

    def said(self) -> str:
        return self.log.read_text() if self.log.exists() else ""

    def wait_for(self, words: str) -> None:
        """Wait until its log holds these words; fail with the log if it ends before."""
        until(lambda: words in self.said() or self._ended(), f"{self.words} never said {words!r}")
        assert words in self.said(), self.said()

    def wait_for_slots(self, times: int) -> None:
        """Wait until it has taken its slots over so often."""
        until(lambda: self.said().count("holding slots") >= times, f"slots were not held {times} times")

    def _ended(self) -> bool:
        return self.process is None or self.process.poll() is not None


@contextmanager
def exchange(broker: Broker, data_dir: Path, process: int = 0, **environment: str) -> Iterator[Program]:
    """One exchange process, started and holding its slots; stopped at the end."""
    port = str(free_port())
    program = Program(
        broker,
        data_dir,
        *("run", "exchange", "--process", str(process)),
        GATEWAY_METRICS__PORT=str(int(port) - process),
        **environment,
    )
    program.start()
    try:
        program.wait_for("holding slots")
        yield program
    finally:
        if program.process is not None and program.process.poll() is None:
            program.stop()


def free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def until(holds: Callable[[], bool], complaint: str, seconds: float = PATIENCE_SECONDS) -> None:
    """Ask again and again until it holds."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, complaint
        time.sleep(0.05)


def records(broker: Broker, topic: str) -> list[Message]:
    """Every committed record of a topic, by partition and offset."""
    consumer = Consumer(
        {
            **broker.kafka,
            "group.id": "test-reader",
            "enable.auto.commit": False,
            "isolation.level": "read_committed",
            "enable.partition.eof": True,
            "fetch.wait.max.ms": 10,
        }
    )
    partitions = consumer.list_topics(topic, timeout=10).topics[topic].partitions
    places = [TopicPartition(topic, partition, 0) for partition in partitions]
    consumer.assign(places)
    found: list[Message] = []
    unread = len(places)
    while unread:
        message = consumer.poll(10)
        assert message is not None, f"{topic} does not answer"
        error = message.error()
        if error is None:
            found.append(message)
        else:
            assert error.code() == KafkaError._PARTITION_EOF, error
            unread -= 1
    consumer.close()
    return sorted(found, key=lambda message: (message.partition() or 0, message.offset() or 0))


def ledger(broker: Broker) -> list[tuple[int, LedgerEntry, bytes]]:
    """Every ledger entry: its partition, what it says, and its bytes."""
    return [
        (message.partition() or 0, decode_ledger_entry_v1(value[5:]), value)
        for message in records(broker, "gateway.ledger")
        for value in [message.value() or b""]
    ]


def wait_for_entries(broker: Broker, count: int) -> list[tuple[int, LedgerEntry, bytes]]:
    """The ledger once it holds so many entries."""
    found: list[Any] = []

    def enough() -> bool:
        found[:] = ledger(broker)
        return len(found) >= count

    until(enough, f"the ledger never held {count} entries")
    return found
