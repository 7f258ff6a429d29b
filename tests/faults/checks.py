"""I1 to I7, I9 and I11 of the proof: what must hold between outboxes, ledger, inboxes and receipts."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from functools import cache
from hashlib import sha256
from typing import Any

import yaml

from tests.faults import forms, wire
from tests.faults.evidence import Entry, Evidence, Handed, Place
from tests.faults.findings import Finding

OUTCOMES = {"delivered", "refused", "duplicate", "quarantined"}
BEFORE_THE_WINDOW = {"frame", "schema", "decode", "value", "origin"}
"""Classes of reasons for which an event id is not remembered."""


@cache
def reasons() -> dict[str, str]:
    """Every reason code with its class, from docs/reasons.md."""
    text = (wire.ROOT / "docs" / "reasons.md").read_text()
    return {code: kind for kind, code in re.findall(r"^\| (\w+) \| `([a-z0-9-]+)` \|", text, re.MULTILINE)}


@cache
def regions() -> dict[str, dict[str, Any]]:
    """Every region.yaml, by name."""
    found = [
        yaml.safe_load(path.read_text("utf-8")) for path in (wire.ROOT / "regions").glob("*/region.yaml")
    ]
    return {region["name"]: region for region in found}


@cache
def rules() -> dict[str, dict[str, Any]]:
    """Every rule of every agreement, by `id@version`."""
    found = {}
    for path in (wire.ROOT / "regions" / "agreements").glob("*.yaml"):
        agreement = yaml.safe_load(path.read_text("utf-8"))
        for rule in [*agreement.get("recognition", []), *agreement.get("services", [])]:
            found[f"{rule['id']}@{rule['version']}"] = rule
    return found


def place(of: Place) -> str:
    return f"{of[0]}[{of[1]}]@{of[2]}"


def enters_window(entry: Entry) -> bool:
    reason = entry.says["reason"]
    return entry.says["event_id"] is not None and (
        reason is None or reasons().get(reason) not in BEFORE_THE_WINDOW
    )


def one_ending(found: Evidence) -> Finding:
    """I1."""
    finding = Finding("I1", "one ending")
    seen: dict[Place, Entry] = {}
    firsts: dict[tuple[str, str, str], Entry] = {}
    repeats = 0
    for entry in found.entries():
        says = entry.says
        other = seen.setdefault(entry.about, entry)
        finding.expect(other is entry, f"{entry.place}: {place(entry.about)} has its entry at {other.place}")
        finding.expect(
            says["outcome"] in OUTCOMES and (says["reason"] is None or says["reason"] in reasons()),
            f"{entry.place}: outcome {says['outcome']}, reason {says['reason']}",
        )
        finding.expect(
            (says["outcome"] == "delivered") == (says["reason"] is None),
            f"{entry.place}: {says['outcome']} with reason {says['reason']}",
        )
        if not enters_window(entry):
            continue
        first = firsts.setdefault((says["topic"], says["case_id"], says["event_id"]), entry)
        if first is not entry:
            repeats += 1
            _check_repeat(finding, first, entry)
    finding.counted = f"{len(seen)} records, {len(firsts)} identities, {repeats} repeats"
    return finding


def _check_repeat(finding: Finding, first: Entry, entry: Entry) -> None:
    says = entry.says
    same = says["hash_in"] == first.says["hash_in"]
    wanted = ("duplicate", "repeat") if same else ("refused", "conflict")
    finding.expect(
        (says["outcome"], says["reason"]) == wanted,
        f"{entry.place}: {says['outcome']} {says['reason']}, {' '.join(wanted)} of {first.place} expected",
    )
    if same:
        told = says["of"], says["first_outcome"], says["first_reason"]
        wanted_first = first.says["offset"], first.says["outcome"], first.says["reason"]
        finding.expect(told == wanted_first, f"{entry.place}: says first {told}, found {wanted_first}")


def none_lost(found: Evidence) -> Finding:
    """I2."""
    finding = Finding("I2", "none lost")
    entries = {entry.about: entry for entry in found.entries()}
    for about in found.outboxes:
        finding.expect(about in entries, f"{place(about)} has no entry")
    for about, entry in entries.items():
        finding.expect(about in found.outboxes, f"{entry.place} is about {place(about)}, which is not there")
    inbox = {(handed.topic, handed.about) for handed in found.inboxes}
    receipts = {(handed.topic, handed.about) for handed in found.receipts}
    sealed = {handed.about for handed in found.quarantine}
    counts = Counter(entry.says["outcome"] for entry in entries.values())
    for about, entry in entries.items():
        outcome, source, target = (entry.says[name] for name in ("outcome", "source", "target"))
        if outcome == "delivered":
            finding.expect((f"{target}.inbox", about) in inbox, f"{entry.place}: not in {target}.inbox")
        if outcome == "quarantined":
            finding.expect(about in sealed, f"{entry.place}: no sealed copy")
        wants_all = regions().get(source, {}).get("receipts") == "all"
        if outcome in ("refused", "quarantined") or (outcome == "delivered" and wants_all):
            finding.expect((f"{source}.receipts", about) in receipts, f"{entry.place}: no receipt")
    told = ", ".join(f"{count} {outcome}" for outcome, count in sorted(counts.items()))
    finding.counted = f"{len(found.outboxes)} published: {told}"
    return finding


def none_doubled(found: Evidence) -> Finding:
    """I3."""
    finding = Finding("I3", "none doubled")
    for handed_over in (found.inboxes, found.receipts, found.quarantine):
        _once(finding, handed_over, lambda handed: (handed.topic, handed.about))
    _once(finding, found.inboxes, lambda handed: (handed.topic, *wire.routing(handed.value)[:3]))
    finding.counted = f"{len(found.inboxes)} in inboxes, {len(found.receipts)} receipts"
    return finding


def _once(finding: Finding, handed_over: list[Handed], key: Any) -> None:
    seen: dict[Any, Handed] = {}
    for handed in handed_over:
        before = seen.setdefault(key(handed), handed)
        finding.expect(
            before is handed,
            f"{handed.topic}[{handed.partition}]@{handed.offset} repeats @{before.offset} of "
            f"{place(handed.about)}",
        )


def order_per_case(found: Evidence) -> Finding:
    """I4."""
    finding = Finding("I4", "order per case")
    last_offset: dict[tuple[str, int, bytes | None, str], int] = {}
    last_seq: dict[tuple[str, int, bytes | None], int] = {}
    last_number: dict[bytes | None, int] = {}
    for handed in sorted(found.inboxes, key=lambda handed: (handed.topic, handed.partition, handed.offset)):
        at = f"{handed.topic}[{handed.partition}]@{handed.offset}"
        case = handed.topic, handed.partition, handed.key
        stream = (*case, handed.header.topic)
        wanted = handed.header.partition % found.partitions[handed.topic]
        finding.expect(handed.partition == wanted, f"{at}: partition {wanted} expected")
        finding.expect(
            handed.header.offset > last_offset.get(stream, -1), f"{at}: offset after a later one of its case"
        )
        finding.expect(handed.header.seq > last_seq.get(case, -1), f"{at}: seq after a later one of its case")
        last_offset[stream], last_seq[case] = handed.header.offset, handed.header.seq
    for handed in sorted(found.inboxes, key=lambda handed: (handed.header.partition, handed.header.seq)):
        number = last_number.get(handed.key, 0) + 1
        finding.expect(
            handed.header.number == number,
            f"{handed.topic}[{handed.partition}]@{handed.offset}: number {handed.header.number} of its case, "
            f"{number} expected",
        )
        last_number[handed.key] = handed.header.number
    finding.counted = f"{len(last_number)} cases"
    return finding


def no_leak(found: Evidence) -> Finding:
    """I5, as far as topics and region files tell."""
    finding = Finding("I5", "no leak")
    entries = {entry.about: entry for entry in found.entries()}
    for handed in found.inboxes:
        at = f"{handed.topic}[{handed.partition}]@{handed.offset}"
        entry = entries.get(handed.about)
        if entry is None:
            finding.expect(False, f"{at}: no entry allows it")
            continue
        said = wire.routing(handed.value)
        finding.expect(
            handed.topic == f"{entry.says['target']}.inbox" and entry.says["target"] == said[3],
            f"{at}: for {said[3]}, by its entry {entry.says['target']}",
        )
        finding.expect(entry.says["seq"] == handed.header.seq, f"{at}: header and entry differ in seq")
        finding.expect(_allowed(entry), f"{at}: rule {entry.says['rule_id']} does not allow it")
    for handed in found.receipts:
        owner = handed.topic.removesuffix(".receipts")
        finding.expect(
            handed.header.topic == f"{owner}.outbox",
            f"{handed.topic}[{handed.partition}]@{handed.offset} tells of {handed.header.topic}",
        )
    finding.counted = f"{len(found.inboxes)} deliveries held against {len(rules())} rules"
    return finding


def _allowed(entry: Entry) -> bool:
    says = entry.says
    rule = rules().get(f"{says['rule_id']}@{says['rule_version']}")
    if rule is None:
        # Progress in a case that only asks carries no rule; applications always carry theirs.
        return False
    pair = says["source"], says["target"]
    if says["contract"] == "licence-verification-requested":
        return (
            rule.get("effect") == "allow"
            and pair == (rule["recognising"], rule["issuing"])
            and says["licence_type"] in rule["licence_types"]
            and (says["item"] in rule["items"] or "*" in rule["items"])
            and says["use_kind"] in rule["use_kinds"]
        )
    if says["contract"] == "licence-verification-answered":
        return pair == (rule["issuing"], rule["recognising"])
    if says["contract"] == "application-submitted":
        return pair == (rule["receiving"], rule["deciding"]) and says["item"] in rule["items"]
    return set(pair) == {rule["receiving"], rule["deciding"]}


def origin(found: Evidence) -> Finding:
    """I6, the fields of the entry."""
    finding = Finding("I6", "origin")
    delivered = 0
    for entry in found.entries():
        delivered += entry.says["outcome"] == "delivered"
        owner = entry.says["topic"].removesuffix(".outbox")
        finding.expect(entry.says["source"] == owner, f"{entry.place}: {entry.says['source']} owns it")
        if entry.says["outcome"] == "delivered":
            said = (
                wire.routing(found.outboxes[entry.about].value)[2] if entry.about in found.outboxes else owner
            )
            finding.expect(said == owner, f"{entry.place}: the event says {said}")
    finding.counted = f"{delivered} delivered speak for the owner of their outbox"
    return finding


def bytes_kept(found: Evidence) -> Finding:
    """I7."""
    finding = Finding("I7", "bytes kept")
    entries = {entry.about: entry for entry in found.entries()}
    for entry in entries.values():
        published = found.outboxes.get(entry.about)
        if published is not None:
            finding.expect(published.digest == entry.says["hash_in"], f"{entry.place}: hash_in differs")
        finding.expect(
            (entry.says["hash_out"] is not None) == _is_translated(entry),
            f"{entry.place}: a translation nobody declared, or a declared one without its digest",
        )
    translated = 0
    for handed in [*found.inboxes, *found.quarantine]:
        at = f"{handed.topic}[{handed.partition}]@{handed.offset}"
        published, about = found.outboxes.get(handed.about), entries.get(handed.about)
        if published is None or about is None or not _is_translated(about):
            same = published is not None and published.value == handed.value
            finding.expect(same, f"{at} differs from {place(handed.about)}")
            continue
        translated += 1
        says = about.says
        finding.expect(says["hash_out"] == sha256(handed.value).digest(), f"{at}: hash_out differs")
        again = forms.delivered(published.value, says["source"], says["target"], says["licence_type"])
        finding.expect(again == handed.value, f"{at}: translated again, {place(handed.about)} differs")
    finding.counted = f"{len(found.inboxes)} deliveries, {translated} translated as declared"
    return finding


def _is_translated(entry: Entry) -> bool:
    says = entry.says
    return says["outcome"] == "delivered" and forms.declared(says["source"], says["target"], says["contract"])


def replies_fit(found: Evidence) -> Finding:
    """I9: a state machine over the ledger alone."""
    finding = Finding("I9", "replies fit")
    asked: dict[tuple[str, str], str] = {}
    answered: set[tuple[str, str]] = set()
    refused = Counter[str]()
    for entry in found.entries():
        says = entry.says
        if says["contract"] == "licence-verification-requested" and says["outcome"] == "delivered":
            asked[says["case_id"], says["event_id"]] = says["target"]
        if says["contract"] != "licence-verification-answered" or says["in_reply_to"] is None:
            continue
        request = says["case_id"], says["in_reply_to"]
        if says["outcome"] == "delivered":
            finding.expect(asked.get(request) == says["source"], f"{entry.place}: nobody asked that region")
            finding.expect(request not in answered, f"{entry.place}: a second answer")
            answered.add(request)
        elif says["reason"] == "already-answered":
            finding.expect(request in answered, f"{entry.place}: already-answered, but no answer came before")
        elif says["reason"] == "no-request":
            finding.expect(request not in asked, f"{entry.place}: no-request, but there is one")
        elif says["reason"] == "not-addressee":
            finding.expect(asked.get(request) != says["source"], f"{entry.place}: it was the one asked")
        refused[says["reason"] or ""] += 1
    finding.counted = (
        f"{len(asked)} requests, {len(answered)} answers, {refused['already-answered']} second ones"
    )
    return finding


def ledger_whole(found: Evidence) -> Finding:
    """I11: dense, chained, time and writer never go back."""
    finding = Finding("I11", "ledger whole")
    writers = 0
    for entries in found.ledger.values():
        seq, head, writer, at = 0, bytes(32), 0, 0
        for entry in entries:
            says = entry.says
            finding.expect(says["seq"] == seq, f"{entry.place}: seq {says['seq']}, {seq} expected")
            finding.expect(says["prev"] == head, f"{entry.place}: does not chain to the entry before")
            finding.expect(says["decided_at"] >= at, f"{entry.place}: decided before the entry before")
            seq, head, at = says["seq"] + 1, entry.digest, says["decided_at"]
            writers += says["writer"] != writer
            writer = says["writer"]
    count = sum(map(len, found.ledger.values()))
    finding.counted = f"{count} entries in {len(found.ledger)} slots, {writers} take-overs"
    return finding


def order_in_ledger(found: Evidence) -> Iterator[str]:
    """Each outbox partition is decided in its own order, without a gap; one sentence per violation."""
    last: dict[tuple[str, int], int] = defaultdict(lambda: -1)
    for entry in found.entries():
        stream = entry.says["topic"], entry.partition
        if entry.says["offset"] != last[stream] + 1:
            yield f"{entry.place}: {place(entry.about)} after @{last[stream]}"
        last[stream] = entry.says["offset"]
