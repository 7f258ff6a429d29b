"""The checker: reads the topics of a gateway and says which promises hold. Knows nothing of its code.

python -m tests.faults.checker --bootstrap HOST:PORT [--expected FILE]
"""

import argparse
import json
import sys
from pathlib import Path

from tests.faults import checks, folds
from tests.faults.checks import place
from tests.faults.evidence import Evidence, Place, read
from tests.faults.findings import Finding, told


def check(found: Evidence, expected: dict[Place, str] | None = None) -> list[Finding]:
    """Every check that needs the topics only. expected: how planted records must end."""
    findings = [
        checks.one_ending(found),
        checks.none_lost(found),
        checks.none_doubled(found),
        checks.order_per_case(found),
        checks.no_leak(found),
        checks.origin(found),
        checks.bytes_kept(found),
    ]
    if expected is not None:
        findings.append(decided_alike(found, expected))
    return [
        *findings,
        checks.replies_fit(found),
        checks.ledger_whole(found),
        folds.positions(found),
        folds.state_is_a_fold(found),
    ]


def decided_alike(found: Evidence, expected: dict[Place, str]) -> Finding:
    """I8, the part that needs no second gateway: what is planted ends as it must, whatever happens."""
    finding = Finding("I8", "decided alike")
    entries = {entry.about: entry for entry in found.entries()}
    for about, reason in expected.items():
        entry = entries.get(about)
        ended = None if entry is None else entry.says["reason"]
        finding.expect(ended == reason, f"{place(about)} ended {ended}, {reason} expected")
    finding.counted = f"{len(expected)} planted faults of {len(set(expected.values()))} kinds"
    return finding


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bootstrap", required=True, metavar="HOST:PORT")
    parser.add_argument("--expected", type=Path, help="JSON: [[topic, partition, offset, reason], ...]")
    asked = parser.parse_args()
    expected = None
    if asked.expected is not None:
        listed = json.loads(asked.expected.read_text())
        expected = {(topic, partition, offset): reason for topic, partition, offset, reason in listed}
    findings = check(read({"bootstrap.servers": asked.bootstrap}), expected)
    print(told(findings))  # noqa: T201  a command line
    return 0 if all(finding.holds for finding in findings) else 1


if __name__ == "__main__":
    sys.exit(main())
