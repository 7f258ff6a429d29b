"""One Kafka broker on core 0, its log in memory, and the topics of a run.

The outboxes are loaded once; what a system writes goes to topics made afresh for each run.
"""

import contextlib
import importlib.util
import io
import os
import shutil
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any, Final

from confluent_kafka import (
    Consumer,
    IsolationLevel,
    KafkaError,
    KafkaException,
    TopicPartition,
)
from confluent_kafka.admin import AdminClient, NewTopic, OffsetSpec

from bench import measuring
from bench.definitions import ROOT

SLOTS: Final = 12
HANDED: Final = 2
"""Partitions of an inbox and of receipts, as topics/ has them."""
JAVA_OPTIONS: Final = ("-Xms1g", "-Xmx1g", "-XX:+UseTransparentHugePages")
"""Of the broker and of the Java peers. All of the heap from the start, as Kafka's own script has it: a small
one is collected several times as often. In pages of 2 MiB, where the machine has them (docs/decisions/0015).
"""
BROKER_OPTIONS: Final = (*JAVA_OPTIONS, "-Xmn640m")
"""Twice as much of it young as Java gives it: half as many pauses."""
COMPILERS: Final = ("C1 Compiler", "C2 Compiler")
"""How Java calls their threads."""
BROKER_CORE: Final = 0
PATIENCE_SECONDS: Final = 60.0
ASK_SECONDS: Final = 5.0
"""For one question about a group: the first on a fresh broker is never answered, the next one is."""
MEMORY: Final = Path("/dev/shm")  # noqa: S108 - the log of the broker shall not wait for a disk
CONFIG: Final = {"message.timestamp.type": "LogAppendTime", "file.delete.delay.ms": "1000"}


class Broker:
    """A running broker: its address, its process, and its topics and groups."""

    def __init__(self, bootstrap: str, pid: int) -> None:
        self.bootstrap = bootstrap
        self.pid = pid
        self.kafka: dict[str, Any] = {"bootstrap.servers": bootstrap, "log_level": 2}
        self.admin = AdminClient(self.kafka)
        self._askers: dict[str, Consumer] = {}

    def make(self, names: Iterable[str], compacted: Iterable[str] = ()) -> None:
        """Topics that nobody has written to, with the partitions they have in topics/."""
        wanted = [
            NewTopic(
                name,
                HANDED if name.endswith((".inbox", ".receipts")) else SLOTS,
                1,
                config=CONFIG | ({"cleanup.policy": "compact"} if name in set(compacted) else {}),
            )
            for name in names
        ]
        if wanted:
            _all_done(self.admin.create_topics(wanted))
            until(lambda: {topic.topic for topic in wanted} <= self.topics(), "topics are not shown")

    def compiler_seconds(self) -> float:
        """The CPU that Java has spent on compiling the broker since it began, on the core it works on."""
        return sum(measuring.thread_seconds(self.pid, name) for name in COMPILERS)

    def drop(self, names: Iterable[str]) -> None:
        doomed = sorted(set(names) & self.topics())
        if doomed:
            _all_done(self.admin.delete_topics(doomed))
            until(lambda: not set(doomed) & self.topics(), "topics do not go")

    def topics(self) -> set[str]:
        return {name for name in self.admin.list_topics(timeout=10).topics if not name.startswith("__")}

    def forget_group(self, group: str) -> None:
        """A static member holds its place until its session ends, 6 s at most."""

        def forgotten() -> bool:
            asked = self.admin.delete_consumer_groups([group], request_timeout=ASK_SECONDS)
            fault = asked[group].exception()
            if not isinstance(fault, KafkaException):
                return True
            return fault.args[0].code() == KafkaError.GROUP_ID_NOT_FOUND

        until(forgotten, f"group {group} has members")

    def committed(self, group: str, topics: Iterable[str]) -> int:
        """How many records of these topics the group has committed; 0 while its coordinator is not found.

        Asked by a consumer that joins nothing: an admin client takes this process down, and leaves all that
        it started behind, where a broker answers that it is not the coordinator (librdkafka issue 5040).
        """
        places = [TopicPartition(topic, partition) for topic in topics for partition in range(SLOTS)]
        if group not in self._askers:
            self._askers[group] = Consumer(self.kafka | {"group.id": group, "enable.auto.commit": False})
        try:
            found = self._askers[group].committed(places, timeout=ASK_SECONDS)
        except KafkaException:
            return 0
        return sum(max(0, place.offset) for place in found)

    def committed_ends(self, topics: Iterable[str]) -> int:
        """The sum of the last stable offsets of these topics, marks of transactions among them."""
        places = [TopicPartition(topic, partition) for topic in topics for partition in range(SLOTS)]
        if not places:
            return 0
        asked = self.admin.list_offsets(
            dict.fromkeys(places, OffsetSpec.latest()), isolation_level=IsolationLevel.READ_COMMITTED
        )
        try:
            return sum(future.result().offset for future in asked.values())
        except KafkaException:
            return 0  # topics that are just being made

    def records_per_offset(self, topic: str, partition: int) -> float:
        """How much of the offsets of a partition are records of committed transactions."""
        reader = Consumer(
            self.kafka
            | {"group.id": "bench-count", "enable.auto.commit": False, "enable.partition.eof": True}
            | {"isolation.level": "read_committed"}
        )
        reader.assign([TopicPartition(topic, partition, 0)])
        count, end = 0, 0
        while True:
            message = reader.poll(PATIENCE_SECONDS)
            if message is None:
                raise TimeoutError(f"{topic} does not answer")
            if message.error() is not None:
                break
            count, end = count + 1, (message.offset() or 0) + 1
        reader.close()
        return count / end if end else 1.0


def _all_done(asked: dict[str, Any]) -> None:
    for future in asked.values():
        future.result()


def until(holds: Any, complaint: str, seconds: float = PATIENCE_SECONDS) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            raise TimeoutError(f"not within {seconds:.0f} s: {complaint}")
        time.sleep(0.1)


@contextmanager
def running() -> Iterator[Broker]:
    """A fresh broker on core 0, gone with its data at the end. This process moves to core 0 too.

    Raises RuntimeError with a sentence where Java or Maven is missing.
    """
    kafka = _kafka_script()
    base = MEMORY if MEMORY.is_dir() and os.access(MEMORY, os.W_OK) else ROOT / "build" / "bench"
    folder = base / f"gateway-bench-{os.getpid()}"
    os.sched_setaffinity(0, {BROKER_CORE})
    told = io.StringIO()
    try:
        with redirect_stdout(told), redirect_stderr(io.StringIO()):
            kafka.start(folder, 0, 1)
        (started,) = kafka.found(folder)
        yield Broker(told.getvalue().strip(), started.pid())
    except kafka.ToolMissingError as missing:
        raise RuntimeError(str(missing)) from missing
    finally:
        with contextlib.suppress(kafka.KafkaError), redirect_stderr(io.StringIO()):
            kafka.stop(folder)
        shutil.rmtree(folder, ignore_errors=True)


def _kafka_script() -> Any:
    spec = importlib.util.spec_from_file_location("ops_kafka", ROOT / "ops" / "kafka" / "kafka.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.JAVA_OPTIONS = BROKER_OPTIONS  # type: ignore[attr-defined]
    return module
