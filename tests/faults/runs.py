"""One fault run: a fresh Kafka, exchange processes, a load, whatever is done to them, and the checker."""

import random
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.faults import checker, evidence, privacy, raw, replay
from tests.faults.cluster import Cluster, until
from tests.faults.findings import Finding
from tests.faults.load import Load
from tests.faults.proxy import Proxy
from tests.faults.workers import Worker, exchange

DRAIN_SECONDS = 120.0
LOOK_SECONDS = 0.02


@dataclass
class Result:
    """What a run came to."""

    name: str
    events: int
    kills: int
    seconds: float
    longest_gap: float
    drained: bool
    findings: list[Finding]
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def holds(self) -> bool:
        return self.drained and all(finding.holds for finding in self.findings)


class Run:
    """A running gateway under faults; `start` begins it, `finish` drains and checks it."""

    def __init__(
        self,
        name: str,
        folder: Path,
        events: int,
        rate: float,
        processes: int = 3,
        brokers: int = 1,
        proxied: bool = False,
        cluster: Cluster | None = None,
        seed: int = 1,
        launcher: tuple[str, ...] = ("gateway",),
        drain_seconds: float = DRAIN_SECONDS,
        tell: Callable[[str], None] = lambda _line: None,
        **environment: str,
    ) -> None:
        self.name = name
        self.folder = folder
        self.tell = tell
        self.draw = random.Random(seed)
        self.kills: Counter[str] = Counter()
        self.facts: dict[str, Any] = {}
        self.deaths: Counter[int] = Counter()
        """Exit codes of processes that ended by themselves."""
        self.others: list[Worker] = []
        """Processes beside the exchange; stopped after the last check."""
        self.also: list[Callable[[evidence.Evidence], Finding]] = []
        """Checks while those still run."""
        self.environment = environment
        self.launcher = launcher
        self._drain_seconds = drain_seconds
        self._stack = ExitStack()
        self._began = time.monotonic()
        self.cluster = cluster or self._own_cluster(folder / "kafka", brokers, proxied)
        self.proxy: Proxy | None = None
        if self.cluster.advertised:
            proxy = Proxy(self.cluster.advertised, self.cluster.listens)
            self.proxy = self._stack.enter_context(proxy)
        self.cluster.make_topics()
        self.workers = [self.worker(number) for number in range(processes)]
        self.load = Load(self.cluster.kafka, events, rate, seed)

    def _own_cluster(self, folder: Path, brokers: int, proxied: bool) -> Cluster:
        cluster = Cluster(folder, brokers, proxied)
        cluster.remove()
        self._stack.callback(cluster.remove)
        cluster.start()
        return cluster

    def worker(self, number: int) -> Worker:
        """An exchange process that is not started yet."""
        folder = self.folder / "gateway"
        return exchange(self.cluster.through, folder, number, self.launcher, **self.environment)

    def __enter__(self) -> "Run":
        self._stack.__enter__()
        for worker in self.workers:
            worker.start()
        self.wait(lambda: all(worker.holds_slots() for worker in self.workers), "slots are held")
        self.load.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self.load.give_up()
        if kind is not None and self.proxy is not None:
            self.tell(f"{self.doubtful}; seen {dict(self.proxy.seen)}, done {dict(self.proxy.done)}")
        if kind is not None:
            for worker in self.workers:
                worker.tell_where_it_is()
        for worker in [*self.workers, *self.others]:
            if worker.runs():
                worker.process.kill()
                worker.process.wait()
        self._stack.close()

    # Looking after it

    @property
    def doubtful(self) -> str:
        load = self.load
        return f"{self.name}: {load.published} published, {load.decided} decided, {self.killed} kills"

    @property
    def killed(self) -> int:
        return sum(self.kills.values())

    def look(self) -> None:
        """Start again what ended by itself, as the supervisor does."""
        if self.load.failure is not None:
            raise self.load.failure
        for worker in [*self.workers, *self.others]:
            if not worker.runs():
                self.deaths[worker.exit_code or 0] += 1
                worker.start()

    def wait(self, holds: Callable[[], bool], what: str, seconds: float = 90.0, keep: bool = True) -> None:
        """Wait until it holds. keep: processes that end are started again meanwhile."""
        told_at = time.monotonic()

        def now() -> bool:
            nonlocal told_at
            if holds():
                return True
            if keep:
                self.look()
            if time.monotonic() - told_at > 1:
                told_at = time.monotonic()
                self.tell(self.doubtful)
            return False

        until(now, what, seconds)

    def pause(self, seconds: float) -> None:
        """Let it run."""
        until_then = time.monotonic() + seconds
        self.wait(lambda: time.monotonic() >= until_then, "time passes", seconds + 10)

    def kill(self, worker: Worker, **environment: str) -> None:
        """Kill -9 one process and start it again."""
        worker.kill()
        self.kills["kill -9"] += 1
        worker.start(**environment)

    # The end

    def finish(self, log_files: bool = True) -> Result:
        """Publish no more than is asked for, wait until all is decided, stop, read, check."""
        self.load.close()
        drained = self._drain()
        for worker in self.workers:
            worker.scrape()
        codes = {worker.name: worker.stop() for worker in self.workers}
        self.tell(f"{self.name}: reading {self.load.published} events back")
        found = evidence.read(self.cluster.kafka)
        findings = checker.check(found, self.load.expected)
        findings.append(replay.decided_again(found))
        findings += [check(found) for check in self.also]
        for worker in self.others:
            worker.scrape()
            codes[worker.name] = worker.stop()
        findings.append(privacy.nothing_personal(found, self._elsewhere()))
        if log_files:
            findings.append(raw.one_writer(found, self.cluster.log_files(evidence.LEDGER)))
        return Result(
            self.name,
            self.load.published,
            self.killed,
            time.monotonic() - self._began,
            self.load.longest_gap,
            drained,
            findings,
            {"kills": dict(self.kills), "exit codes": dict(self.deaths), "stopped": codes, **self.facts},
        )

    def _drain(self) -> bool:
        try:
            seconds = self._drain_seconds + self.load.events / 400
            self.wait(self.load.drained.is_set, "all is decided", seconds)
        except TimeoutError:
            self.load.give_up()
            return False
        return self.load.join(1)

    def _elsewhere(self) -> dict[str, bytes]:
        """Logs, local files and metrics."""
        scraped = {
            f"{worker.name}/metrics": worker.metrics
            for worker in [*self.workers, *self.others]
            if worker.metrics
        }
        return privacy.files(self.folder / "gateway") | scraped
