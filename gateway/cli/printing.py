"""Events and cases as people read them on a terminal; personal fields show as dots."""

import io
import json
import re
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from typing import Any

import fastavro

from gateway.broker import TopicRecord
from gateway.client import GatewayHeader
from gateway.definitions import Contract
from gateway.messages import FRAME_BYTES

MASK = "•••"
POSITION = re.compile(r"([0-9A-Za-z._-]+)\[([0-9]+)\]@([0-9]+)")
"""A record in Kafka as people write it: topic[partition]@offset."""
SHANGHAI = timezone(timedelta(hours=8), "Asia/Shanghai")
QUIET = frozenset({"salt", "digest"})
"""Fields that tell a reader nothing."""


class Printer:
    """Writes records in lines: where it lies, what the gateway said of it, then its fields."""

    def __init__(self, contracts: Mapping[int, Contract]) -> None:
        """contracts: by schema id."""
        self._schemas = {
            schema_id: (f"{contract.name} v{contract.version}", json.loads(contract.schema))
            for schema_id, contract in contracts.items()
        }

    def lines(self, record: TopicRecord) -> str:
        """One record; what cannot be read is said, not skipped."""
        at = datetime.fromtimestamp(record.at / 1000, SHANGHAI).strftime("%m-%d %H:%M:%S")
        place = f"{record.topic}[{record.partition}]@{record.offset}"
        name, schema = self._schemas.get(_schema_id(record.value), ("unreadable record", None))
        lines = [f"{at}  {place}  {name}"]
        if record.header is not None:
            lines.append(f"  {'from':<20} {_header(record.header)}")
        if schema is not None and record.value is not None:
            found = fastavro.schemaless_reader(io.BytesIO(record.value[FRAME_BYTES:]), schema)
            told = {
                field: value for field, value in masked(found, schema).items() if value not in (None, [], "")
            }
            lines += [f"  {field:<20} {_text(value)}" for field, value in told.items()]
        return "\n".join(lines) + "\n"


def masked(record: Any, schema: dict[str, Any]) -> dict[str, Any]:
    """The record without its personal values; what tells a reader nothing is left out."""
    return {
        field["name"]: _shown(record[field["name"]], field)
        for field in schema["fields"]
        if field["name"] not in QUIET
    }


def _shown(value: Any, field: dict[str, Any]) -> Any:
    inner = _inner(field["type"])
    if value is None:
        return None
    if inner is None:
        return MASK if field.get("class") == "personal" else value
    return [masked(item, inner) for item in value] if isinstance(value, list) else masked(value, inner)


def case_lines(case: dict[str, Any]) -> str:
    """A case as the projections tell it: what matters first, then its timeline."""
    lines = [
        f"case      {case['case_id']}",
        f"between   {' and '.join(case['parties']) or 'nobody yet: nothing was delivered'}",
        f"item      {case['item'] or '-'}",
        f"state     {case['state'] or 'verification only'}",
        f"next      {case['ball'] or 'nobody'}",
    ]
    for event_id, request in case["requests"].items():
        state = f"answered {request['answered']}" if request["answered"] else f"open, due {request['due']}"
        lines.append(f"request   {event_id}  {request['asker']} asks {request['asked']}: {state}")
    lines.append("")
    for fact in case["timeline"]:
        step = fact.get("state_after") or fact.get("answer") or ""
        words = [fact["at"], str(fact.get("number", "")).rjust(3), fact["source"].ljust(10)]
        words += [(fact.get("contract") or "-").ljust(32), fact["outcome"].ljust(11)]
        lines.append("  ".join([*words, fact.get("reason") or step, fact.get("rule") or ""]).rstrip())
    return "\n".join(lines)


def _schema_id(value: bytes | None) -> int:
    return int.from_bytes(value[1:FRAME_BYTES], "big") if value and value[0] == 0 else -1


def _header(value: bytes) -> str:
    try:
        header = GatewayHeader.parse(value)
    except ValueError as error:
        return str(error)
    recognised = {True: ", recognised: yes", False: ", recognised: no", None: ""}[header.recognised]
    if header.needs_review:
        recognised = ", recognised: manual review"
    rule = f", rule {header.rule}" if header.rule else ""
    number = f", event {header.number} of its case" if header.number else ""
    return (
        f"{header.topic}[{header.partition}]@{header.offset}, ledger {header.seq}{number}{recognised}{rule}"
    )


def _inner(kind: Any) -> dict[str, Any] | None:
    """The record schema inside a field type: alone, optional, or in an array."""
    if isinstance(kind, list):
        return next((inner for inner in map(_inner, kind) if inner is not None), None)
    if isinstance(kind, dict) and kind["type"] == "record":
        return kind
    if isinstance(kind, dict) and kind["type"] == "array":
        return _inner(kind["items"])
    return None


def _text(value: Any) -> str:
    if isinstance(value, datetime):
        return value.astimezone(SHANGHAI).isoformat(timespec="milliseconds")
    if isinstance(value, list):
        return ", ".join(_text(item) for item in value)
    if isinstance(value, dict):
        return " ".join(f"{name}={_text(inner)}" for name, inner in value.items() if inner is not None)
    return str(value)
