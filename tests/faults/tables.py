"""I13 for the projections: what their tables and web views must show, folded from the ledger once more.

Written from docs/wire.md and what the views show, not from the gateway's code.
"""

import json
import time
import urllib.request
from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta, timezone
from typing import Any
from urllib.error import HTTPError

from tests.faults import wire
from tests.faults.evidence import Entry, Evidence
from tests.faults.findings import Finding

SHANGHAI = timezone(timedelta(hours=8))
NEWEST_FACTS = 100
STILL_SECONDS = 60.0
"""Tables that are behind and show nothing new for so long have stopped."""
FACTS = (
    "seq",
    "source",
    "target",
    "contract",
    "event_id",
    "outcome",
    "reason",
    "number",
    "state_before",
    "state_reported",
    "state_after",
    "answer",
    "recognised",
)

Pairs = Counter[tuple[str, str, str, str, str, str]]


def instant(milliseconds: int) -> str:
    return datetime.fromtimestamp(milliseconds / 1000, SHANGHAI).isoformat(timespec="milliseconds")


def fold_pairs(entries: Iterable[Entry]) -> Pairs:
    """Events by source, target, hour, contract, outcome and reason."""
    counts: Pairs = Counter()
    for entry in entries:
        says = entry.says
        hour = instant(says["arrived_at"] // 3_600_000 * 3_600_000)
        rest = (says["contract"] or "-", says["outcome"], says["reason"] or "-")
        counts[(says["source"], says["target"] or "-", hour, *rest)] += 1
    return counts


def fold_cases(found: Evidence, slots: int) -> dict[str, dict[str, Any]]:
    """Every case as `/cases/<id>` must show it."""
    cases: dict[str, dict[str, Any]] = {}
    for entry in found.entries():
        says = entry.says
        case_id = says["case_id"]
        if case_id is None or wire.partition_of(case_id, slots) != entry.partition:
            continue
        case = cases.setdefault(case_id, _unopened(case_id))
        case["seq"] = says["seq"]
        fact = {name: says[name] for name in FACTS if says[name] is not None} | {
            "at": instant(says["arrived_at"])
        }
        if says["rule_id"] is not None:
            fact["rule"] = f"{says['rule_id']}@{says['rule_version']}"
        case["timeline"] = [*case["timeline"], fact][-NEWEST_FACTS:]
        if says["outcome"] == "delivered":
            _move(case, says)
    return cases


def _unopened(case_id: str) -> dict[str, Any]:
    return {
        "case_id": case_id,
        "parties": [],
        "opened_by": None,
        "item": None,
        "state": None,
        "ball": None,
        "number": 0,
        "changed_at": None,
        "requests": {},
        "timeline": [],
        "seq": -1,
    }


def _move(case: dict[str, Any], says: dict[str, Any]) -> None:
    at = instant(says["arrived_at"])
    case["parties"] = case["parties"] or [says["source"], says["target"]]
    case["opened_by"] = case["opened_by"] or says["opened_by"]
    case["item"] = case["item"] or says["item"]
    case["state"] = says["state_after"] or case["state"]
    case["ball"] = says["ball"]
    case["number"] = says["number"]
    case["changed_at"] = at
    if says["in_reply_to"] is not None:
        case["requests"][says["in_reply_to"]]["answered"] = at
    elif says["due"] is not None:
        case["requests"][says["event_id"]] = {
            "asker": says["source"],
            "asked": says["target"],
            "licence_type": says["licence_type"],
            "due": instant(says["due"]),
            "answered": None,
        }


def tables_are_a_fold(found: Evidence, port: int, slots: int = 12) -> Finding:
    """Every pair row and every case as the web views show them, against the fold."""
    finding = Finding("I13p", "tables are a fold")
    wanted = fold_pairs(found.entries())
    shown = _level(port, wanted.total())
    for key in sorted({*wanted, *shown}):
        finding.expect(
            shown[key] == wanted[key], f"/pairs {' '.join(key)}: {shown[key]}, {wanted[key]} follow"
        )
    cases = fold_cases(found, slots)
    for case_id, case in cases.items():
        told = _ask(port, f"/cases/{case_id}")
        wrong = [name for name, value in case.items() if told.get(name) != value]
        finding.expect(not wrong, f"/cases/{case_id}: {', '.join(wrong)} differ")
    finding.counted = f"{len(cases)} cases and {len(wanted)} pair rows of {wanted.total()} entries"
    return finding


def _level(port: int, total: int) -> Pairs:
    """What `/pairs` shows once it counts so many events, or shows nothing new any more."""
    shown = shown_pairs(port)
    moved_at = time.monotonic()
    while shown.total() < total and time.monotonic() - moved_at < STILL_SECONDS:
        time.sleep(0.2)
        before, shown = shown, shown_pairs(port)
        if shown != before:
            moved_at = time.monotonic()
    return shown


def shown_pairs(port: int) -> Pairs:
    """What `/pairs` shows now; nothing while it cannot answer."""
    rows = _ask(port, "/pairs?hours=24").get("pairs", [])
    columns = ("source", "target", "hour", "contract", "outcome", "reason")
    counts: Pairs = Counter()
    for row in rows:
        source, target, hour, contract, outcome, reason = (str(row[column]) for column in columns)
        counts[source, target, hour, contract, outcome, reason] += row["events"]
    return counts


def _ask(port: int, path: str) -> dict[str, Any]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=20) as answer:
            said: dict[str, Any] = json.load(answer)
    except HTTPError as refused:
        said = {"error": refused.read().decode()}
    except OSError as away:
        said = {"error": str(away)}
    return said
