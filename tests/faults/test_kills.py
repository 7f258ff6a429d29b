"""The short kill run: what `make kills` does for 20 minutes, in one, on a Kafka of its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults import phases
from tests.faults import proxy as proxies
from tests.faults.cluster import Cluster
from tests.faults.conftest import started
from tests.faults.findings import told
from tests.faults.proxy import Fault
from tests.faults.runs import Run

EVENTS, RATE = 6000, 150.0
POINTS = ["all-outputs:2", "after-offsets:2", "before-commit:7", "after-commit:1", "mid-rebuild:1"]


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    with started(Cluster(tmp_path / "kafka", proxied=True)) as cluster:
        yield cluster


def test_nothing_is_lost_doubled_or_out_of_order_under_kills(cluster: Cluster, tmp_path: Path) -> None:
    with Run("short", tmp_path, EVENTS, RATE, processes=2, cluster=cluster) as run:
        assert run.proxy is not None
        phases.random_kills(run, 4)
        phases.doom(run, POINTS)
        for fault in (Fault(proxies.END_TXN, "falsify"), Fault(proxies.END_TXN, "cut")):
            run.proxy.add(fault)
            run.wait(lambda: fault.met > 0, fault.act)  # noqa: B023  used at once
        run.proxy.cut_all()
        phases.broker_killed(run, 1)
        result = run.finish()
    assert set(result.facts["crash points reached"]) == set(POINTS)
    assert result.kills >= 10
    assert result.holds, told(result.findings)
