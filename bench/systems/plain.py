"""The whole job as a team would write it itself: confluent-kafka, fastavro, dicts, one loop.

Same topics, same ledger entries, same state entries, same reasons as the line on what the corpus holds.
It takes what fastavro takes: no limits, no patterns, no check characters, no check of the partition.
It does not rebuild its state after a restart either.
"""

import hashlib
import io
import json
import sys
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

from confluent_kafka import Message, Producer
from fastavro import parse_schema, schemaless_reader, schemaless_writer

from bench.broker import HANDED
from bench.systems.loop import run
from gateway.definition_files import load
from gateway.definitions.book import scope_prefix
from gateway.definitions.schema_ids import schema_id

HOUR, DAY = 3_600_000, 86_400_000
RECEIVING, DECIDING = "receiving", "deciding"
NEXT = {  # (state before, state reported) -> who may report it, state after
    ("SUBMITTED", "RECEIVED"): (RECEIVING, "FORWARDED"),
    ("SUBMITTED", "WITHDRAWN"): (RECEIVING, "WITHDRAWN"),
    ("FORWARDED", "TAKEN_OVER"): (DECIDING, "TAKEN_OVER"),
    ("FORWARDED", "RETURNED"): (DECIDING, "RETURNED"),
    ("TAKEN_OVER", "ACCEPTED"): (DECIDING, "ACCEPTED"),
    ("TAKEN_OVER", "RETURNED"): (DECIDING, "RETURNED"),
    ("ACCEPTED", "IN_REVIEW"): (DECIDING, "IN_REVIEW"),
    ("IN_REVIEW", "APPROVED"): (DECIDING, "APPROVED"),
    ("APPROVED", "DELIVERED"): (DECIDING, "DELIVERED"),
}
BALL = {"SUBMITTED": RECEIVING, "FORWARDED": DECIDING, "TAKEN_OVER": DECIDING, "ACCEPTED": DECIDING}
TRUST = "ABCD"


class No(Exception):
    """A refusal: reason, words, rule."""

    def __init__(self, reason: str, words: str, rule: Any = None) -> None:
        super().__init__(words)
        self.reason, self.words, self.rule = reason, words, rule


class Plain:
    """The loop's state, all of it in memory, and what it does with one message."""

    def __init__(self, root: Path) -> None:
        definitions = load(root)
        self.number = definitions.number
        self.regions = {str(name): region for name, region in definitions.regions.items()}
        self.owner = {region.outbox: region for region in definitions.regions.values()}
        self.schemas: dict[int, tuple[str, int, Any]] = {}
        self.write: dict[str, tuple[bytes, Any]] = {}
        for contract in definitions.contracts:
            schema = without_logical_types(json.loads(contract.schema))
            parsed = parse_schema(schema)
            number = schema_id(schema)
            if contract.kind == "event" and contract.writers == "regions":
                self.schemas[number] = (contract.name, contract.version, parsed)
            self.write[contract.name] = (b"\x00" + number.to_bytes(4, "big"), parsed)
        self.rules: dict[tuple[str, str, str], list[Any]] = defaultdict(list)
        self.services: dict[tuple[str, str, str], list[Any]] = defaultdict(list)
        self.by_id: dict[tuple[str, int], Any] = {}
        for agreement in definitions.agreements:
            for rule in agreement.recognition:
                self.by_id[rule.id, rule.version] = rule
                for licence_type in rule.licence_types:
                    self.rules[rule.recognising, rule.issuing, licence_type].append(rule)
            for service in agreement.services:
                for item in service.items:
                    self.services[service.receiving, service.deciding, item].append(service)
        for rules in self.rules.values():
            rules.sort(key=closeness)
        self.items = set(definitions.items)
        self.seen: dict[tuple[str, str, str], tuple[bytes, int, str, str | None]] = {}
        self.cases: dict[str, dict[str, Any]] = {}
        self.requests: dict[tuple[str, str], dict[str, Any]] = {}
        self.used: dict[tuple[int, str, int], int] = defaultdict(int)
        self.seq: dict[int, int] = defaultdict(int)
        self.head: dict[int, bytes] = defaultdict(lambda: bytes(32))
        self.state: dict[tuple[int, str], dict[str, Any]] = {}

    def encode(self, contract: str, record: dict[str, Any]) -> bytes:
        frame, schema = self.write[contract]
        body = io.BytesIO()
        body.write(frame)
        schemaless_writer(body, schema, record)
        return body.getvalue()

    def work(self, messages: list[Message], producer: Producer) -> None:
        for message in messages:
            self.one(message, producer)

    def flush(self, producer: Producer) -> None:
        """The state that changed in this transaction, once per key."""
        for (partition, key), change in self.state.items():
            producer.produce("gateway.state", self.encode("state-entry", change), key.encode(), partition)
        self.state.clear()

    def one(self, message: Message, producer: Producer) -> None:
        topic, partition, offset, value = (
            message.topic(),
            message.partition(),
            message.offset(),
            message.value() or b"",
        )
        at = message.timestamp()[1]
        sender = self.owner[topic]
        entry: dict[str, Any] = {
            "seq": self.seq[partition],
            "prev": self.head[partition],
            "writer": 0,
            "topic": topic,
            "offset": offset,
            "arrived_at": at,
            "decided_at": time.time_ns() // 1_000_000,
            "definitions_number": self.number,
            "source": sender.name,
            "outcome": "delivered",
            "hash_in": hashlib.sha256(value).digest(),
        }
        try:
            event = self.read(value, entry)
            first = self.admit(event, sender, entry, at)
            if first is None:
                self.judge(event, entry, at, partition)
                header = gateway_header(entry, partition)
                place = partition % HANDED
                producer.produce(
                    f"{event['target']}.inbox", value, message.key(), place, headers=[("gateway", header)]
                )
                if sender.receipts == "all":
                    self.receipt(entry, partition, producer, "delivered", None)
        except No as no:
            entry["outcome"], entry["reason"] = "refused", no.reason
            if no.rule is not None:
                entry["rule_id"], entry["rule_version"] = no.rule.id, no.rule.version
            self.receipt(entry, partition, producer, no.words, no.rule)
        if "event_id" in entry and entry["outcome"] != "duplicate" and entry.get("reason") != "wrong-source":
            key = (sender.name, entry["case_id"], entry["event_id"])
            self.seen[key] = (entry["hash_in"], offset, entry["outcome"], entry.get("reason"))
        written = self.encode("ledger-entry", entry)
        self.seq[partition] += 1
        self.head[partition] = hashlib.sha256(written).digest()
        case_id = entry.get("case_id")
        producer.produce("gateway.ledger", written, case_id.encode() if case_id else None, partition)
        position = {"topic": topic, "next_offset": offset + 1, "arrived_at": at}
        self.state[partition, f"position/{topic}"] = {"seq": entry["seq"], "position": position}

    def read(self, value: bytes, entry: dict[str, Any]) -> dict[str, Any]:
        if len(value) < 5 or value[0] != 0:
            raise No("bad-frame", "no frame")
        found = self.schemas.get(int.from_bytes(value[1:5], "big"))
        if found is None:
            raise No("unknown-schema", "schema id is not released")
        name, version, schema = found
        body = io.BytesIO(value)
        body.seek(5)
        try:
            event: dict[str, Any] = schemaless_reader(body, schema)  # type: ignore[call-arg, assignment]
        except Exception as fault:
            raise No("malformed", f"{name} cannot be decoded") from fault
        if body.tell() != len(value):
            raise No("trailing-bytes", "bytes are left over")
        entry["event_id"], entry["case_id"] = event["event_id"], event["case_id"]
        entry["contract"], entry["contract_version"] = name, version
        if event["target"] in self.regions:
            entry["target"] = event["target"]
        return event

    def admit(self, event: dict[str, Any], sender: Any, entry: dict[str, Any], at: int) -> Any:
        if event["source"] != sender.name:
            raise No("wrong-source", "another source")
        first = self.seen.get((sender.name, event["case_id"], event["event_id"]))
        if first is not None:
            if first[0] != entry["hash_in"]:
                raise No("conflict", "another body under this id")
            entry["outcome"], entry["reason"], entry["of"] = "duplicate", "repeat", first[1]
            entry["first_outcome"], entry["first_reason"] = first[2], first[3]
            return first
        if at - event["made_at"] > 24 * HOUR:
            raise No("stale", "too old")
        if event["made_at"] - at > 300_000:
            raise No("clock-ahead", "too new")
        if event["target"] not in self.regions:
            raise No("unknown-addressee", "no such region")
        return None

    def judge(self, event: dict[str, Any], entry: dict[str, Any], at: int, partition: int) -> None:
        handle = getattr(self, "on_" + entry["contract"].replace("-", "_"))
        case = self.cases.get(event["case_id"])
        parties = {event["source"], event["target"]}
        if case is not None and parties != {case["opener"], case["other"]}:
            raise No("not-a-party", "not a party of this case")
        if case is None and event["case_id"][:6] != self.regions[event["source"]].division:
            raise No("not-a-party", "opens under another's number")
        before = case["state"] if case else None
        case = handle(event, entry, case, at, partition)
        case["last_number"] += 1
        case["changed_at"] = at
        self.cases[case["case_id"]] = case
        ball = BALL.get(case["state"] or "")
        who = case["opener"] if ball == RECEIVING else case["other"] if ball else None
        entry.update(
            number=case["last_number"],
            opened_by=case["opener"],
            state_before=before,
            state_after=case["state"],
            ball=who or (event["target"] if entry.get("due") else None),
        )
        self.state[partition, f"case/{case['case_id']}"] = {"seq": entry["seq"], "case": case}

    def on_licence_verification_requested(
        self, event: Any, entry: Any, case: Any, at: int, partition: int
    ) -> Any:
        entry.update(item=event["item"], licence_type=event["licence_type"], use_kind=event["use_kind"])
        issuing, asking = event["licence_id"].split(".")[6], event["department"][2:8]
        issuing = issuing if len(issuing) == 6 else issuing[2:8]
        rule = self.rule_for(event, issuing, asking, at)
        fields = event["fields"] + [claim["field"] for claim in event["claims"]]
        if event["purpose"] not in rule.purposes or event["legal_basis"] not in rule.legal_bases:
            raise No("purpose-not-agreed", "purpose", rule)
        if not rule.fields.issuperset(fields):
            raise No("field-not-agreed", "field", rule)
        if (rule.consent_required or event["legal_basis"] == "CONSENT") and event["consent_ref"] is None:
            raise No("consent-missing", "consent", rule)
        self.count(rule, at, partition)
        if event["use_kind"] not in rule.use_kinds:
            raise No("not-recognised", "use kind", rule)
        entry.update(rule_id=rule.id, rule_version=rule.version)
        case = dict(case) if case else self.opened(event)
        due = at + rule.answer_within_seconds * 1000
        if case["state"] is None or case["expires_at"] is not None:
            case["expires_at"] = max(case["expires_at"] or 0, due + 30 * DAY)
        request = {
            "case_id": event["case_id"],
            "event_id": event["event_id"],
            "asker": event["source"],
            "asked": event["target"],
            "licence_type": event["licence_type"],
            "rule_id": rule.id,
            "rule_version": rule.version,
            "fields": fields,
            "due": due,
            "answered": False,
        }
        self.keep(request, entry, partition)
        entry["due"] = due
        return case

    def on_licence_verification_answered(
        self, event: Any, entry: Any, case: Any, at: int, partition: int
    ) -> Any:
        entry["in_reply_to"] = event["in_reply_to"]
        request = self.requests.get((event["case_id"], event["in_reply_to"])) if case else None
        if request is None:
            raise No("no-request", "no such request")
        if request["asked"] != event["source"]:
            raise No("not-addressee", "asked of another")
        granted = set(request["fields"])
        if not granted.issuperset(
            [*(one["field"] for one in event["returned"]), *event["matched"], *event["mismatched"]]
        ):
            raise No("field-not-agreed", "field")
        if request["answered"]:
            raise No("already-answered", "answered")
        if at > request["due"]:
            raise No("deadline-passed", "late")
        rule = self.by_id[request["rule_id"], request["rule_version"]]
        state = event["licence_state"]
        recognised = None
        if state is not None:
            trusted = TRUST.index(event["trust_level"]) <= TRUST.index(rule.least_trust)
            recognised = trusted and state in rule.accepted_states
        entry.update(
            rule_id=rule.id,
            rule_version=rule.version,
            licence_type=request["licence_type"],
            answer=event["outcome"],
            licence_state=state,
            trust_level=event["trust_level"],
            recognised=recognised,
        )
        self.keep({**request, "answered": True}, entry, partition)
        return dict(case)

    def on_application_submitted(self, event: Any, entry: Any, case: Any, at: int, partition: int) -> Any:
        entry["item"] = event["item"]
        for rule in self.services.get((event["source"], event["target"], event["item"]), ()):
            if rule.effective_from <= at and (rule.effective_to is None or at < rule.effective_to):
                break
        else:
            raise No("not-recognised", "no rule")
        if event["legal_basis"] not in rule.legal_bases:
            raise No("purpose-not-agreed", "basis", rule)
        if (rule.consent_required or event["legal_basis"] == "CONSENT") and event["consent_ref"] is None:
            raise No("consent-missing", "consent", rule)
        self.count(rule, at, partition)
        if event["mode"] not in rule.modes:
            raise No("not-recognised", "mode", rule)
        if case is not None and (case["state"] is not None or case["opener"] != event["source"]):
            raise No("illegal-transition", "already applied")
        entry.update(rule_id=rule.id, rule_version=rule.version)
        case = dict(case) if case else self.opened(event)
        case.update(state="SUBMITTED", rule_id=rule.id, rule_version=rule.version, expires_at=None)
        return case

    def on_application_progressed(self, event: Any, entry: Any, case: Any, at: int, _partition: int) -> Any:
        if case is None or case["state"] is None:
            raise No("no-request", "no application")
        entry["state_reported"] = event["state"]
        role = RECEIVING if event["source"] == case["opener"] else DECIDING
        sender, after = NEXT.get((case["state"], event["state"]), ("", ""))
        if sender != role:
            raise No("illegal-transition", f"{event['state']} cannot follow {case['state']}")
        entry.update(rule_id=case["rule_id"], rule_version=case["rule_version"])
        case = dict(case)
        case["state"] = after
        if after == "APPROVED":
            case["decision"] = after
        if after in ("DELIVERED", "RETURNED", "WITHDRAWN"):
            case["expires_at"] = at + 30 * DAY
        return case

    def rule_for(self, event: dict[str, Any], issuing: str, asking: str, at: int) -> Any:
        item = event["item"]
        for rule in self.rules.get((event["source"], event["target"], event["licence_type"]), ()):
            if (
                (item in rule.items or "*" in rule.items)
                and rule.effective_from <= at
                and (rule.effective_to is None or at < rule.effective_to)
                and issuing.startswith(scope_prefix(rule.issuing_scope[0]))
                and asking.startswith(scope_prefix(rule.recognising_scope[0]))
            ):
                if rule.effect == "deny":
                    raise No("not-recognised", "excluded", rule)
                return rule
        raise No("not-recognised", "no rule")

    def count(self, rule: Any, at: int, partition: int) -> None:
        day = (at + 8 * HOUR) // DAY
        used = self.used[partition, rule.id, day]
        if used >= rule.daily_cap // 12:
            raise No("over-quota", "cap", rule)
        self.used[partition, rule.id, day] = used + 1

    def keep(self, request: dict[str, Any], entry: dict[str, Any], partition: int) -> None:
        self.requests[request["case_id"], request["event_id"]] = request
        key = f"request/{request['case_id']}/{request['event_id']}"
        self.state[partition, key] = {"seq": entry["seq"], "request": request}

    def opened(self, event: dict[str, Any]) -> dict[str, Any]:
        return {
            "case_id": event["case_id"],
            "opener": event["source"],
            "other": event["target"],
            "parent": event["parent"],
            "state": None,
            "supplement_asked_by": None,
            "decision": None,
            "last_number": 0,
            "rule_id": None,
            "rule_version": None,
            "changed_at": 0,
            "expires_at": None,
        }

    def receipt(
        self, entry: dict[str, Any], partition: int, producer: Producer, words: str, rule: Any
    ) -> None:
        record = {
            "event_id": f"receipt-{partition}-{entry['offset']}",
            "case_id": entry.get("case_id") or "000000-0000-0",
            "source": "gateway",
            "target": entry["source"],
            "made_at": entry["decided_at"],
            "about_event": entry.get("event_id"),
            "about_topic": entry["topic"],
            "about_partition": partition,
            "about_offset": entry["offset"],
            "digest": entry["hash_in"],
            "outcome": entry["outcome"],
            "reason": entry.get("reason"),
            "rule_id": rule and rule.id,
            "rule_version": rule and rule.version,
            "definitions_number": self.number,
            "resend": entry["outcome"] == "refused",
            "explanation": f"{entry.get('reason')}: {entry['topic']}[{partition}]@{entry['offset']}: {words}",
            "explanation_chinese": f"{words}。请更正后以新的事件标识重新发布。",
            "allowed": [],
        }
        header = [("gateway", gateway_header(entry, partition))]
        value = self.encode("event-receipt", record)
        place = partition % HANDED
        producer.produce(
            f"{entry['source']}.receipts", value, record["case_id"].encode(), place, headers=header
        )


def gateway_header(entry: dict[str, Any], partition: int) -> bytes:
    recognised = {None: "-", True: "yes", False: "no"}[entry.get("recognised")]
    rule = f"{entry['rule_id']}@{entry['rule_version']}" if entry.get("rule_id") else "-"
    return (
        f"1 {entry['topic']} {partition} {entry['offset']} {entry['seq']} {entry.get('number', 0)} "
        f"{recognised} {rule} {entry['definitions_number']}"
    ).encode()


def closeness(rule: Any) -> tuple[Any, ...]:
    return (
        "*" in rule.items,
        -len(scope_prefix(rule.issuing_scope[0])),
        -len(scope_prefix(rule.recognising_scope[0])),
        rule.effect != "deny",
        -rule.version,
    )


def without_logical_types(schema: Any) -> Any:
    if isinstance(schema, dict):
        return {key: without_logical_types(value) for key, value in schema.items() if key != "logicalType"}
    return [without_logical_types(one) for one in schema] if isinstance(schema, list) else schema


if __name__ == "__main__":
    plain = Plain(Path(sys.argv[2]))
    run("bench-plain", sorted(plain.owner), plain.work, plain.flush)
