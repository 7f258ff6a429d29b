"""I17 by Kafka's own reading of its files (DumpLogSegments): who wrote the ledger, under which epoch."""

import os
import re
import shutil
import subprocess
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from tests.faults.evidence import LEDGER, Evidence
from tests.faults.findings import Finding
from tests.faults.wire import ROOT

_FILE = re.compile(r"Dumping \S*/([A-Za-z0-9._-]+)-(\d+)/\d+\.log")
_BATCH = re.compile(
    r"baseOffset: (\d+) lastOffset: (\d+) .*producerId: (-?\d+) producerEpoch: (-?\d+) "
    r".*isTransactional: (true|false) isControl: (true|false)"
)
_MARKER = re.compile(r"endTxnMarker: (COMMIT|ABORT)")


class Written(NamedTuple):
    """A batch, or a marker (`ends` is COMMIT or ABORT), as it lies in a file."""

    partition: int
    first: int
    last: int
    producer: int
    epoch: int
    transactional: bool
    ends: str


def dump(files: Iterable[Path]) -> list[Written]:
    """Every batch and marker of these segments, in order."""
    jars = next((ROOT / "build").glob("kafka-jars-????????"))
    home = os.environ.get("JAVA_HOME")
    java = shutil.which("java", path=f"{home}/bin") if home else shutil.which("java")
    words = [
        java or "java",
        "-Xmx256m",
        "-cp",
        f"{jars}/*",
        "kafka.tools.DumpLogSegments",
        "--deep-iteration",
    ]
    listed = ",".join(str(path) for path in files)
    found: list[Written] = []
    partition = 0
    with subprocess.Popen([*words, "--files", listed], stdout=subprocess.PIPE, text=True) as done:
        for line in done.stdout or ():
            if line.startswith("baseOffset"):
                match = _BATCH.match(line)
                if match is None:
                    raise RuntimeError(f"DumpLogSegments says something new: {line}")
                first, last, producer, epoch = (int(match[group]) for group in range(1, 5))
                found.append(Written(partition, first, last, producer, epoch, match[5] == "true", ""))
            elif "endTxnMarker" in line:
                marker = _MARKER.search(line)
                found[-1] = found[-1]._replace(ends=marker[1] if marker is not None else "")
            elif line.startswith("Dumping"):
                named = _FILE.match(line)
                partition = int(named[2]) if named is not None else partition
    if done.returncode != 0:
        raise RuntimeError("DumpLogSegments failed")
    return found


def one_writer(found: Evidence, files: Iterable[Path]) -> Finding:
    """I17."""
    finding = Finding("I17", "one writer")
    written = dump(files)
    committed = _committed(finding, written)
    readable = {(entry.partition, entry.offset): entry for entry in found.entries()}
    by_writer: dict[tuple[int, int], tuple[int, int]] = {}
    last: dict[int, int] = defaultdict(int)
    for place, producer in committed.items():
        entry = readable.get(place)
        if entry is None:
            finding.expect(False, f"{LEDGER}[{place[0]}]@{place[1]} is committed and not readable")
            continue
        writer = entry.says["writer"]
        finding.expect(writer >= last[place[0]], f"{entry.place}: writer {writer} after {last[place[0]]}")
        last[place[0]] = max(last[place[0]], writer)
        known = by_writer.setdefault((place[0], writer), producer)
        finding.expect(
            known == producer, f"{entry.place}: writer {writer} is producer {producer} and {known}"
        )
    for place, entry in readable.items():
        finding.expect(place in committed, f"{entry.place} is readable and not committed")
    aborted = sum(each.ends == "ABORT" for each in written)
    finding.counted = (
        f"{len(by_writer)} writers, {len(set(by_writer.values()))} producer epochs, {aborted} aborts in "
        f"{len(written)} batches"
    )
    return finding


def _committed(finding: Finding, written: list[Written]) -> dict[tuple[int, int], tuple[int, int]]:
    """The producer and epoch of each committed offset; notes what lies outside transactions or epochs."""
    committed: dict[tuple[int, int], tuple[int, int]] = {}
    opened: dict[tuple[int, int], list[Written]] = defaultdict(list)
    newest: dict[tuple[int, int], int] = defaultdict(int)
    for each in written:
        at = f"{LEDGER}[{each.partition}]@{each.first}"
        stream = each.partition, each.producer
        if each.ends:
            batches = opened.pop(stream, [])
            if each.ends == "COMMIT":
                finding.expect(
                    each.epoch >= newest[stream], f"{at}: committed by the older epoch {each.epoch}"
                )
                for batch in batches:
                    finding.expect(
                        batch.epoch >= newest[stream],
                        f"{at}: commits a batch of the older epoch {batch.epoch}",
                    )
                    for offset in range(batch.first, batch.last + 1):
                        committed[each.partition, offset] = each.producer, batch.epoch
        else:
            finding.expect(each.transactional, f"{at}: written outside any transaction")
            opened[stream].append(each)
            if not each.transactional:
                committed[each.partition, each.first] = each.producer, each.epoch
        newest[stream] = max(newest[stream], each.epoch)
    for batches in opened.values():
        for batch in batches:
            finding.expect(
                not batch.transactional, f"{LEDGER}[{batch.partition}]@{batch.first}: a transaction left open"
            )
    return dict(sorted(committed.items()))
