"""The world the hostile cases are made in: good events of four regions, and how they are spoilt.

The definitions are those of this repository with two changes, made in a copy of their folders: Fujian joins,
which has no agreement with Shanghai, and one rule gives a second to answer.
"""

import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from typing import Any, Final

from gateway.codec import SCHEMA_IDS, Event, EventReceipt, LicenceVerificationRequested
from gateway.errors import Reason
from gateway.identifiers import (
    LICENCE_ROOT,
    licence_check_character,
    slot_of,
    uscc_check_character,
)
from tests import world
from tests.contracts import encode
from tests.hostile.bodies import shapes
from tests.hostile.spans import spans

ROOT: Final = Path(__file__).resolve().parents[2]
FUJIAN: Final = ROOT / "tests" / "definitions" / "fujian"
ONE_SECOND_RULE: Final = "shanghai-accepts-anhui-business-licence"
CANARY: Final = "canary"
"""In every text that may be personal; it must turn up in no receipt and no ledger entry."""
DIVISIONS: Final = {"shanghai": "310000", "zhejiang": "330000", "anhui": "340000", "gateway": "310000"}
PARTNERS: Final = {"shanghai": "zhejiang", "zhejiang": "shanghai", "anhui": "shanghai"}
"""Whom a region asks in its good events."""

Header = tuple[str, bytes]


@dataclass(frozen=True)
class Sent:
    """One record as a publisher sends it.

    beside: how many partitions away from that of its case. stamp_ms: its own timestamp, counted from now;
    None: what the client writes by itself. compression: of its batch. odd_header: with a header whose name
    is not UTF-8, which no client library writes.
    """

    outbox: str
    case_id: str
    value: bytes | None
    beside: int = 0
    headers: tuple[Header, ...] = ()
    stamp_ms: int | None = None
    compression: str = "none"
    odd_header: bool = False

    @property
    def topic(self) -> str:
        return f"{self.outbox}.outbox"

    def partition(self, slots: int) -> int:
        return (slot_of(self.case_id, slots) + self.beside) % slots


@dataclass(frozen=True)
class Made:
    """A hostile record, and what is decided before it: one group after the other.

    reason_before: how those end, `None` for delivered. wait_ms: how much later than the last group the
    hostile record arrives, at least.
    """

    hostile: Sent
    before: tuple[tuple[Sent, ...], ...] = ()
    reason_before: Reason | None = None
    wait_ms: int = 0


def definition_folders(folder: Path) -> Path:
    """Write the definitions of the hostile cases into an empty folder."""
    for name in ("topics", "avro", "regions"):
        shutil.copytree(ROOT / name, folder / name)
    shutil.copytree(FUJIAN, folder, dirs_exist_ok=True)
    agreement = folder / "regions" / "agreements" / "anhui--shanghai.yaml"
    before, rule, after = agreement.read_text("utf-8").partition(f"- id: {ONE_SECOND_RULE}\n")
    limit = "answer_within_seconds: 86400\n"
    assert after.split("why:")[0].count(limit) == 1
    agreement.write_text(before + rule + after.replace(limit, "answer_within_seconds: 1\n", 1), "utf-8")
    return folder


class Scene:
    """Makes events that are right, each in a case of its own, on any partition.

    now: milliseconds since the epoch, when the events are said to be made.
    """

    def __init__(self, slots: int, now: int) -> None:
        self.slots = slots
        self.now = now
        self._numbers = count(1)

    def case_id(self, region: str = "shanghai", slot: int | None = None) -> str:
        while True:
            case_id = f"{DIVISIONS[region]}-2026-{next(self._numbers)}"
            if slot is None or slot_of(case_id, self.slots) == slot:
                return case_id

    def request(
        self, source: str = "shanghai", target: str = "", **changed: Any
    ) -> LicenceVerificationRequested:
        target = target or PARTNERS[source]
        given = {
            "case_id": self.case_id(source) if "case_id" not in changed else "",
            "source": source,
            "target": target,
            "made_at": self.now,
            "licence_id": licence_of(target),
            "department": organisation(source),
            "officer": CANARY,
            "fields": ("name",),
            "claims": (world.Claim("unified_code", CANARY),),
        }
        return world.request(**{**given, **changed})

    def answer(self, asked: LicenceVerificationRequested, **changed: Any) -> Event:
        given = {
            "made_at": self.now,
            "source_at": self.now,
            "returned": (world.Value("name", CANARY),),
        }
        return world.answer(asked, **{**given, **changed})

    def application(self, **changed: Any) -> Event:
        """Shanghai passes an application to Zhejiang."""
        given = {
            "case_id": self.case_id(),
            "source": "shanghai",
            "target": "zhejiang",
            "made_at": self.now,
            "applicant_name": CANARY,
        }
        return world.application(**{**given, **changed})

    def progress(self, case_id: str, state: str, source: str, target: str, **changed: Any) -> Event:
        given = {"case_id": case_id, "target": target, "made_at": self.now}
        return world.progress(state, source, **{**given, **changed})

    def receipt(self, case_id: str) -> EventReceipt:
        """What the gateway itself might want to say, to Shanghai."""
        return EventReceipt(
            event_id=f"said-{case_id}",
            case_id=case_id,
            source="gateway",
            target="shanghai",
            made_at=self.now,
            about_event=None,
            about_topic="shanghai.outbox",
            about_partition=0,
            about_offset=0,
            digest=bytes(32),
            outcome="delivered",
            reason=None,
            rule_id=None,
            rule_version=None,
            definitions_number=1,
            resend=False,
            explanation="said by the gateway",
            explanation_chinese="网关通知",
            allowed=(),
        )

    def good(self, outbox: str, slot: int) -> Sent:
        """An event that is delivered, in this outbox and on this partition."""
        case_id = self.case_id(outbox, slot)
        if outbox == "gateway":
            return sent(self.receipt(case_id))
        return sent(self.request(outbox, case_id=case_id))


def organisation(region: str) -> str:
    first = f"11{DIVISIONS[region]}Y99900013"
    return first + uscc_check_character(first)


def licence_of(region: str) -> str:
    """A business licence issued in this region; Zhejiang's stands for those of regions without one here."""
    text = f"11100000MB0143028R001.{DIVISIONS.get(region, '330000')}.2026000000031.001"
    return f"{LICENCE_ROOT}{text}.{licence_check_character(text)}"


# ── on the wire ──────────────────────────────────────────────────────────────────────────────────


def frame(contract: str, version: int) -> bytes:
    return b"\x00" + SCHEMA_IDS[contract, version].to_bytes(4, "big")


def version_of(contract: str) -> int:
    """The newest one."""
    return max(version for name, version in SCHEMA_IDS if name == contract)


def sent(event: Event, outbox: str = "", **more: Any) -> Sent:
    """An event as its source publishes it, right or wrong."""
    contract = world.contract_of(event)
    version = version_of(contract)
    value = frame(contract, version) + encode(contract, version, event)
    return Sent(outbox or event.source, event.case_id, value, **more)


def with_body(good: Sent, spoil: Callable[[bytes], bytes]) -> Sent:
    """The same record with its body spoilt."""
    assert good.value is not None
    return replace(good, value=good.value[:5] + spoil(good.value[5:]))


def with_bytes(event: Event, path: str, kind: str, new: bytes) -> Sent:
    """An event with other bytes where a field stands: the first of this path and kind of `spans`."""
    contract = world.contract_of(event)
    key = (contract, version_of(contract))
    body = encode(*key, event)
    place = next(span for span in spans(body, shapes(key)) if (span.shape.path, span.kind) == (path, kind))
    return with_body(sent(event), lambda body: body[: place.start] + new + body[place.end :])
