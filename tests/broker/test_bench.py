"""The benchmark compares like with like: the line and the plain loop decide the corpus alike."""

import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench import loading, oracle
from bench.corpus import LAG, Corpus, corpus
from bench.definitions import CATALOGUE
from gateway.definitions import Definitions
from tests.conftest import ROOT, Broker
from tests.gateways import exchange, until

GENERATIONS = LAG + 2
SMALL = 300


@contextmanager
def plain_loop(kafka: Broker) -> Iterator[None]:
    command = [sys.executable, "-m", "bench.systems.plain", kafka.bootstrap, str(CATALOGUE)]
    process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)})
    try:
        yield
    finally:
        process.terminate()
        process.wait()


def fed(kafka: Broker, small: Corpus) -> tuple[Counter[oracle.End], Counter[str]]:
    """What became of each event, and what was to be expected; one generation after the other, as in time."""
    expected: Counter[str] = Counter()
    found: list[Counter[oracle.End]] = []
    made_at = time.time_ns() // 1_000_000

    def all_decided() -> bool:
        found[:] = [oracle.ends(kafka.bootstrap)]
        return found[0].total() >= expected.total()

    for generation in range(GENERATIONS):
        expected += loading.load(kafka.bootstrap, small, [generation], made_at)
        until(all_decided, f"{expected.total()} records are not decided")
    return found[0], expected


def test_line_and_plain_loop_decide_the_corpus_alike(
    kafka: Broker, definitions: Definitions, tmp_path: Path
) -> None:
    small = corpus(SMALL)
    kafka.fresh_topics(definitions.topics)
    with exchange(kafka, tmp_path, GATEWAY_DEFINITIONS_ROOT=str(CATALOGUE)):
        line, expected = fed(kafka, small)
    kafka.fresh_topics(definitions.topics)
    with plain_loop(kafka):
        plain, _ = fed(kafka, small)
    assert oracle.reasons(line) == expected
    assert len(expected) >= 6, "the corpus no longer holds what can go wrong"
    assert plain == line
