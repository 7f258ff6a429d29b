"""The checker finds planted bugs (PROOF 3.4), by the invariant that table names; and passes what has none."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.faults import proxy as proxies
from tests.faults.cluster import Cluster, until
from tests.faults.conftest import started
from tests.faults.findings import told
from tests.faults.proxy import Fault
from tests.faults.runs import Result, Run
from tests.faults.workers import KILLED

EVENTS, RATE = 400, 200.0
STUCK_SECONDS = 12.0
"""A mutant may come to a stop: nobody waits longer for it."""


def dies_in_a_transaction(run: Run) -> None:
    """Its positions are sent, its outputs are written; then it dies, and starts again."""
    [worker] = run.workers
    run.wait(lambda: run.load.decided > 50, "the line flows")
    worker.stop()  # in order: killed here already, it may meet the planted bug and not start again
    worker.start(GATEWAY_CRASH_AT="after-offsets:3")
    run.wait(lambda: worker.exit_code == KILLED, "it dies at the crash point", keep=False)
    worker.start()


def loses_a_commit(act: str) -> Callable[[Run], None]:
    """A commit is answered with an error: "refuse", before the broker has seen it; "falsify", after."""

    def faults(run: Run) -> None:
        assert run.proxy is not None
        run.wait(lambda: run.load.decided > 50, "the line flows")
        fault = run.proxy.add(Fault(proxies.END_TXN, act, times=2, every=3))
        run.wait(lambda: fault.met == 2, "two commits are lost")

    return faults


def commits_after_its_death(run: Run) -> None:
    """Its last commit is on its way when it dies, and arrives after the next one noted the ledger's ends."""
    assert run.proxy is not None
    [worker] = run.workers
    run.wait(lambda: run.load.decided > 50, "the line flows")
    held = run.proxy.add(Fault(proxies.END_TXN, "hold", released=threading.Event()))
    run.wait(lambda: held.met == 1, "a commit is held")
    worker.kill()
    go = run.folder / "go"
    worker.start(TESTS_WAIT_FOR=str(go))
    run.wait(lambda: "ends are noted" in worker.said_since_start(), "the next one has looked")
    before = run.load.decided
    held.release()
    until(lambda: run.load.decided > before, "the late commit arrived", 15)
    go.touch()


SCENARIOS: dict[str, Callable[[Run], None]] = {
    "dies in a transaction": dies_in_a_transaction,
    "a commit refused": loses_a_commit("refuse"),
    "a commit answered wrongly": loses_a_commit("falsify"),
    "commits after its death": commits_after_its_death,
}
MUTANTS = [
    ("M1", "dies in a transaction", {"I2"}),
    ("M2", "dies in a transaction", {"I1"}),
    ("M3", "dies in a transaction", {"I3"}),
    ("M7", "commits after its death", {"I11"}),
    ("M9", "a commit refused", {"I11"}),
    ("M10", "a commit answered wrongly", {"I3"}),
    ("M15", "dies in a transaction", {"I9", "I13"}),
]


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """One Kafka behind a proxy for all scenarios; its topics are cleared after each."""
    with started(Cluster(tmp_path_factory.mktemp("mutants") / "kafka", proxied=True)) as cluster:
        yield cluster


def outcome(mutant: str, scenario: str, cluster: Cluster, folder: Path) -> Result:
    """One process with this planted bug in this scenario, and what the checker says."""
    run = Run(
        mutant,
        folder,
        EVENTS,
        RATE,
        processes=1,
        cluster=cluster,
        launcher=("tests.faults.mutants", mutant),
        drain_seconds=STUCK_SECONDS,
    )
    try:
        with run:
            SCENARIOS[scenario](run)
            return run.finish(log_files=False)
    finally:
        cluster.clear()


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_without_a_planted_bug_every_promise_holds(scenario: str, cluster: Cluster, tmp_path: Path) -> None:
    result = outcome("M0", scenario, cluster, tmp_path)
    assert result.holds, told(result.findings)


@pytest.mark.parametrize(("mutant", "scenario", "invariants"), MUTANTS)
def test_a_planted_bug_is_found(
    mutant: str, scenario: str, invariants: set[str], cluster: Cluster, tmp_path: Path
) -> None:
    result = outcome(mutant, scenario, cluster, tmp_path)
    broken = {finding.invariant for finding in result.findings if not finding.holds}
    assert invariants <= broken, told(result.findings)
