"""A Kafka for this ring's own tests: one that may be killed, cut off and looked into."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.faults.cluster import Cluster, KafkaMissing


@contextmanager
def started(cluster: Cluster) -> Iterator[Cluster]:
    """Start it, remove it at the end; without Java or Maven the test is skipped, under CI=true it fails."""
    try:
        cluster.start()
    except KafkaMissing as missing:
        if os.environ.get("CI") == "true":
            pytest.fail(f"real Kafka: {missing}", pytrace=False)
        pytest.skip(f"real Kafka: {missing}")
    try:
        yield cluster
    finally:
        cluster.remove()
