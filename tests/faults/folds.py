"""I12 and I13: positions, and the state of a slot, computed once more from ledger and outboxes.

The fold here is written from docs/wire.md, docs/states.md and avro/, not from the gateway's code.
"""

from typing import Any

from tests.faults import forms, wire
from tests.faults.checks import order_in_ledger
from tests.faults.evidence import Entry, Evidence
from tests.faults.findings import Finding

DAY_MS = 86_400_000
KEPT_MS = 30 * DAY_MS
"""A case is remembered 30 days after its last answer was due, or its application ended (docs/wire.md)."""
ENDED = {
    "NOT_ACCEPTED",
    "REJECTED",
    "RETURNED",
    "WITHDRAWN",
    "REVOKED",
    "SUPPLEMENT_TIMEOUT",
    "DELIVERED",
    "EVALUATED",
    "ARCHIVED",
}
DECISIONS = {"APPROVED", "CONDITIONALLY_APPROVED", "REJECTED", "REVOKED"}

State = dict[str, dict[str, Any]]


def positions(found: Evidence) -> Finding:
    """I12: group offset = position in gateway.state = what the ledger says."""
    finding = Finding("I12", "positions")
    finding.wrong += order_in_ledger(found)
    ledger: dict[tuple[str, int], int] = {}
    for entry in found.entries():
        stream = entry.says["topic"], entry.partition
        ledger[stream] = max(ledger.get(stream, 0), entry.says["offset"] + 1)
    kept = {
        (says["position"]["topic"], partition): says["position"]["next_offset"]
        for partition, state in found.state.items()
        for says in state.values()
        if says.get("position") is not None
    }
    for stream in sorted({*ledger, *kept, *found.group}):
        told = ledger.get(stream), kept.get(stream), found.group.get(stream)
        finding.expect(
            told[0] == told[1] == told[2],
            f"{stream[0]}[{stream[1]}]: ledger {told[0]}, gateway.state {told[1]}, group {told[2]}",
        )
    finding.counted = f"{len(ledger)} inputs: ledger = gateway.state = group"
    return finding


def state_is_a_fold(found: Evidence) -> Finding:
    """I13."""
    finding = Finding("I13", "state is a fold")
    rebuilt = 0
    for partition in sorted({*found.ledger, *found.state}):
        wanted = fold(found, found.ledger.get(partition, []))
        kept = found.state.get(partition, {})
        rebuilt += len(wanted)
        for key in sorted({*wanted, *kept}):
            if not _same(wanted.get(key), kept.get(key)):
                told = _told(wanted.get(key), kept.get(key))
                finding.wrong.append(f"gateway.state[{partition}] {key}: {told}")
    finding.counted = f"{rebuilt} keys rebuilt from the ledger equal gateway.state"
    return finding


def _same(wanted: dict[str, Any] | None, kept: dict[str, Any] | None) -> bool:
    if wanted is None or kept is None:
        return wanted is kept
    return all(kept.get(name) == value for name, value in wanted.items())


def _told(wanted: dict[str, Any] | None, kept: dict[str, Any] | None) -> str:
    if wanted is None:
        return "stands there, follows from no entry"
    if kept is None:
        return "follows from the ledger, is not there"
    section = next(name for name in wanted if name != "seq")
    if wanted[section] == kept.get(section):
        return f"seq is {kept['seq']}, {wanted['seq']} follows"
    kept_section = kept.get(section) or {}
    differing = [name for name, value in wanted[section].items() if kept_section.get(name) != value]
    return ", ".join(
        f"{name} is {kept_section.get(name)}, {wanted[section][name]} follows" for name in differing
    )


def fold(found: Evidence, entries: list[Entry]) -> State:
    """What `gateway.state` must hold after these entries of one slot, by key."""
    state: State = {}
    for entry in entries:
        says = entry.says
        position = {
            "topic": says["topic"],
            "next_offset": says["offset"] + 1,
            "arrived_at": says["arrived_at"],
        }
        state[f"position/{says['topic']}"] = {"position": position}
        if says["outcome"] != "delivered":
            continue
        known, body = wire.decode(found.outboxes[entry.about].value)
        body = forms.common(says["source"], known.name, body, says["licence_type"])
        _fold_case(state, entry, body)
    return state


def _fold_case(state: State, entry: Entry, body: dict[str, Any]) -> None:
    says = entry.says
    key = f"case/{says['case_id']}"
    before = state.get(key, {}).get("case")
    case = dict(before) if before is not None else _opened(says, body)
    contract = says["contract"]
    if contract == "licence-verification-requested":
        request = _request(says, body)
        state[f"request/{says['case_id']}/{says['event_id']}"] = {"request": request, "seq": says["seq"]}
        if case["state"] is None or case["expires_at"] is not None:
            case["expires_at"] = max(case["expires_at"] or 0, says["due"] + KEPT_MS)
    elif contract == "licence-verification-answered":
        about = f"request/{says['case_id']}/{says['in_reply_to']}"
        asked = state.get(about)
        if asked is not None:
            state[about] = {"request": {**asked["request"], "answered": True}, "seq": says["seq"]}
    elif contract == "application-submitted":
        case |= {"rule_id": says["rule_id"], "rule_version": says["rule_version"], "expires_at": None}
    else:
        _fold_progress(case, says)
    case |= {
        "state": says["state_after"],
        "last_number": says["number"],
        "changed_at": says["arrived_at"],
    }
    state[key] = {"case": case, "seq": says["seq"]}


def _opened(says: dict[str, Any], body: dict[str, Any]) -> dict[str, Any]:
    return {
        "case_id": says["case_id"],
        "opener": says["opened_by"],
        "other": says["target"],
        "parent": body.get("parent"),
        "state": None,
        "supplement_asked_by": None,
        "decision": None,
        "rule_id": None,
        "rule_version": None,
        "expires_at": None,
    }


def _request(says: dict[str, Any], body: dict[str, Any]) -> dict[str, Any]:
    return {
        "case_id": says["case_id"],
        "event_id": says["event_id"],
        "asker": says["source"],
        "asked": says["target"],
        "licence_type": says["licence_type"],
        "rule_id": says["rule_id"],
        "rule_version": says["rule_version"],
        "fields": [*body["fields"], *(claim["field"] for claim in body["claims"])],
        "due": says["due"],
        "answered": False,
    }


def _fold_progress(case: dict[str, Any], says: dict[str, Any]) -> None:
    reported, after = says["state_reported"], says["state_after"]
    if reported in DECISIONS:
        case["decision"] = reported
    if reported == after == "SUPPLEMENT_REQUESTED":
        case["supplement_asked_by"] = "receiving" if says["source"] == case["opener"] else "deciding"
    case["expires_at"] = says["arrived_at"] + KEPT_MS if after in ENDED else None
