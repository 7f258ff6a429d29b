"""A small world for tests of the core: three regions, two agreements, and events that are right.

east asks west; west decides applications of east. south has an agreement with east only.
"""

import itertools
import json
from pathlib import Path
from typing import Any

from gateway import pipeline
from gateway.codec import (
    ApplicationProgressed,
    ApplicationSubmitted,
    Claim,
    LedgerEntry,
    LicenceVerificationAnswered,
    LicenceVerificationRequested,
    Value,
    decode_event_receipt_v1,
    decode_ledger_entry_v1,
    encode_application_progressed_v1,
    encode_application_submitted_v1,
    encode_licence_verification_answered_v1,
    encode_licence_verification_requested_v2,
)
from gateway.definitions import (
    Agreement,
    Contract,
    Definitions,
    Item,
    ItemName,
    LicenceType,
    LicenceTypeName,
    PurposeName,
    RecognitionRule,
    Region,
    RegionName,
    RuleId,
    ServiceRule,
)
from gateway.definitions.book import Book
from gateway.definitions.forms import Forms
from gateway.definitions.schema_ids import schema_id
from gateway.identifiers import slot_of
from gateway.messages import OutboxRecord
from gateway.slot import Slot

ROOT = Path(__file__).parents[1]
NOW = 1_772_420_400_000  # 2026-03-02 11:00 in Shanghai
HOUR = 3_600_000
SLOTS = 4
LICENCE = "1.2.156.3005.2.11100000MB0143028R001.11330100Y999000132.ZJ20260000000031.001.9"
EAST, WEST, SOUTH = RegionName("east"), RegionName("west"), RegionName("south")
ENCODERS: dict[str, Any] = {
    "licence-verification-requested": encode_licence_verification_requested_v2,
    "licence-verification-answered": encode_licence_verification_answered_v1,
    "application-submitted": encode_application_submitted_v1,
    "application-progressed": encode_application_progressed_v1,
}


def contracts() -> tuple[Contract, ...]:
    """Every contract version under avro/."""
    found = []
    for path in sorted((ROOT / "avro").glob("*/v*.avsc")):
        text = path.read_text()
        schema = json.loads(text)
        found.append(
            Contract(
                name=path.parent.name,
                version=int(path.stem[1:]),
                schema_id=schema_id(schema),
                kind=schema["kind"],
                writers=schema["writers"],
                max_bytes=schema["maxBytes"],
                schema=text,
            )
        )
    return tuple(found)


def region(name: str, division: str, organisation: str, receipts: str = "refusals") -> Region:
    return Region(RegionName(name), name, division, organisation, receipts, frozenset(), frozenset())


def rule(**changed: Any) -> RecognitionRule:
    """East accepts west's business licences for company changes, unless changed."""
    given: dict[str, Any] = {
        "id": RuleId("east-accepts-west"),
        "version": 1,
        "recognising": EAST,
        "issuing": WEST,
        "effect": "allow",
        "effective_from": NOW - 1000 * HOUR,
        "effective_to": None,
        "recognising_scope": ("310000",),
        "issuing_scope": ("330000",),
        "licence_types": frozenset({LicenceTypeName("business-licence")}),
        "items": frozenset({ItemName("company-change")}),
        "use_kinds": frozenset({"VERIFY", "RETRIEVE"}),
        "purposes": frozenset({PurposeName("application-handling")}),
        "legal_bases": frozenset({"STATUTORY_DUTY"}),
        "fields": frozenset({"name", "unified_code", "address"}),
        "consent_required": False,
        "least_trust": "B",
        "accepted_states": frozenset({"VALID"}),
        "answer_within_seconds": 3600,
        "daily_cap": 4000,
    }
    return RecognitionRule(**{**given, **changed})


def service(**changed: Any) -> ServiceRule:
    """West decides company changes for east, unless changed."""
    given: dict[str, Any] = {
        "id": RuleId("west-decides-for-east"),
        "version": 1,
        "receiving": EAST,
        "deciding": WEST,
        "effective_from": NOW - 1000 * HOUR,
        "effective_to": None,
        "items": frozenset({ItemName("company-change")}),
        "modes": frozenset({"REMOTE_COLLECTION"}),
        "legal_bases": frozenset({"STATUTORY_DUTY", "CONSENT"}),
        "consent_required": True,
        "daily_cap": 4000,
    }
    return ServiceRule(**{**given, **changed})


def definitions(
    recognition: tuple[RecognitionRule, ...] | None = None,
    services: tuple[ServiceRule, ...] | None = None,
    east_receipts: str = "refusals",
    forms: dict[RegionName, Forms] | None = None,
) -> Definitions:
    regions = (
        region("east", "310000", "11310000Y99900013L", east_receipts),
        region("west", "330000", "11330000Y99900013W"),
        region("south", "320000", "11320000Y99900013Q"),
    )
    types = ("business-licence", "id-card")
    items = ("company-change", "household-move")
    released = contracts()
    return Definitions(
        number=7,
        digest="test",
        regions={region.name: region for region in regions},
        licence_types={
            LicenceTypeName(name): LicenceType(LicenceTypeName(name), name, name, None, (), ())
            for name in types
        },
        items={ItemName(name): Item(ItemName(name), name, name, (), ()) for name in items},
        purposes=frozenset({PurposeName("application-handling")}),
        agreements=(
            Agreement(
                (EAST, WEST),
                (rule(),) if recognition is None else recognition,
                (service(),) if services is None else services,
            ),
            Agreement((EAST, SOUTH), (), ()),
        ),
        contracts=released,
        topics=(),
        by_schema_id={contract.schema_id: contract for contract in released},
        forms=forms or {},
    )


_ids = itertools.count(1)


def envelope(source: str, target: str, case_id: str, changed: dict[str, Any]) -> dict[str, Any]:
    return {
        "event_id": f"e-{next(_ids)}",
        "case_id": case_id,
        "source": source,
        "target": target,
        "made_at": NOW - 1000,
        "salt": bytes(16),
        **changed,
    }


CASE = "310000-2026-1"


def request(**changed: Any) -> LicenceVerificationRequested:
    given = envelope("east", "west", CASE, {}) | {
        "item": "company-change",
        "item_code": None,
        "licence_type": "business-licence",
        "licence_id": LICENCE,
        "use_kind": "VERIFY",
        "purpose": "application-handling",
        "legal_basis": "STATUTORY_DUTY",
        "consent_ref": None,
        "holder_type": "001",
        "holder_code": "91330100Y99900021L",
        "department": "11310000Y99900013L",
        "officer": "officer-7",
        "fields": ("name",),
        "claims": (Claim("unified_code", "91330100Y99900021L"),),
        "parent": None,
        "use_text": None,
    }
    return LicenceVerificationRequested(**{**given, **changed})


def answer(asked: LicenceVerificationRequested, **changed: Any) -> LicenceVerificationAnswered:
    given = envelope(asked.target, asked.source, asked.case_id, {}) | {
        "in_reply_to": asked.event_id,
        "outcome": "MATCH_VALID",
        "licence_state": "VALID",
        "state_since": None,
        "raw_state": "01",
        "trust_level": "A",
        "source_at": NOW - 2000,
        "valid_until": None,
        "matched": ("unified_code",),
        "mismatched": (),
        "returned": (Value("name", "测试公司"),),
        "successor_id": None,
    }
    return LicenceVerificationAnswered(**{**given, **changed})


def application(**changed: Any) -> ApplicationSubmitted:
    given = envelope("east", "west", CASE, {}) | {
        "item": "company-change",
        "item_code": None,
        "mode": "REMOTE_COLLECTION",
        "handling": "PROMISED",
        "purpose": "application-handling",
        "legal_basis": "CONSENT",
        "consent_ref": "consent-1",
        "applicant_type": "001",
        "applicant_name": "测试公司",
        "applicant_code": "91330100Y99900021L",
        "agent": None,
        "division": "310151",
        "local_number": "SH-1",
        "materials": (),
        "parent": None,
    }
    return ApplicationSubmitted(**{**given, **changed})


def progress(state: str, source: str = "west", **changed: Any) -> ApplicationProgressed:
    given = envelope(source, "east" if source == "west" else "west", CASE, {}) | {
        "state": state,
        "original_code": None,
        "reason": None,
        "legal_cause": None,
        "document_number": None,
        "result_licence_id": None,
        "assist_reply": None,
        "promise_working_days": None,
        "satisfaction": None,
    }
    return ApplicationProgressed(**{**given, **changed})


def contract_of(event: Any) -> str:
    name = type(event).__name__
    return "".join(f"-{letter.lower()}" if letter.isupper() else letter for letter in name).lstrip("-")


class Desk:
    """One slot under test: give it events, look at the last ledger entry and at what is handed over."""

    def __init__(self, given: Definitions | None = None) -> None:
        self.book = Book(given or definitions(), SLOTS)
        self.partition = slot_of(CASE, SLOTS)
        self.slot = Slot()
        self.state: dict[str, bytes | None] = {}
        self.entries: list[bytes] = []
        self._offsets: dict[str, int] = {}

    def frame(self, event: Any) -> bytes:
        name = contract_of(event)
        return self.book.frames[name] + ENCODERS[name](event)

    def record(self, value: bytes | None, topic: str, arrived_at: int = NOW, **changed: Any) -> OutboxRecord:
        offset = self._offsets.get(topic, 0)
        self._offsets[topic] = offset + 1
        return OutboxRecord(
            topic, changed.pop("partition", self.partition), offset, arrived_at, value, **changed
        )

    def decide(self, *records: OutboxRecord, **options: Any) -> list[pipeline.Decision]:
        batch = pipeline.decide(list(records), self.slot, self.book, NOW + 5, **options)
        state = pipeline.state_values(batch.changes, self.book)
        self.state |= {key.decode(): value for key, value in state}
        self.entries += [decision.entry_value for decision in batch.decisions]
        return batch.decisions

    def send(
        self, event: Any, topic: str | None = None, arrived_at: int = NOW, **changed: Any
    ) -> pipeline.Decision:
        value = event if isinstance(event, bytes) or event is None else self.frame(event)
        place = topic or f"{event.source}.outbox"
        return self.decide(self.record(value, place, arrived_at, **changed))[0]

    def outcome(self, event: Any, topic: str | None = None, arrived_at: int = NOW, **changed: Any) -> str:
        """`delivered`, or the reason."""
        entry = self.send(event, topic, arrived_at, **changed).entry
        return entry.reason or entry.outcome


def entry_of(value: bytes) -> LedgerEntry:
    return decode_ledger_entry_v1(value[5:])


def receipt_of(decision: pipeline.Decision) -> Any:
    [output] = [output for output in decision.outputs if output.topic.endswith(".receipts")]
    assert output.value is not None
    return decode_event_receipt_v1(output.value[5:])
