"""What a Region, a LicenceType, an Item, a Rule, an Agreement, a Contract, a Topic is.

Plain frozen values, built once by `definition_files` and read by the core; no I/O, no pydantic.
Times are milliseconds since the epoch, UTC; the files write dates in Asia/Shanghai.
"""

from dataclasses import dataclass, field, replace
from typing import Final, NewType

from gateway.definitions.conditions import Condition
from gateway.definitions.forms import Forms

RegionName = NewType("RegionName", str)
LicenceTypeName = NewType("LicenceTypeName", str)
ItemName = NewType("ItemName", str)
PurposeName = NewType("PurposeName", str)
RuleId = NewType("RuleId", str)

GATEWAY: Final = RegionName("gateway")
ANY_ITEM: Final = ItemName("*")

USE_KINDS: Final = ("SHOW", "SCAN", "VERIFY", "RETRIEVE", "FILE")
TRUST_LEVELS: Final = ("A", "B", "C", "D")
LEGAL_BASES: Final = ("CONSENT", "STATUTORY_DUTY", "PUBLIC_HEALTH_EMERGENCY", "OTHER_LAW")
LICENCE_STATES: Final = (
    "VALID",
    "NOT_ACTIVE",
    "SUSPENDED",
    "EXPIRED",
    "CANCELLED",
    "REVOKED",
    "WITHDRAWN",
    "SUPERSEDED",
    "TRANSFERRED_OUT",
    "UNKNOWN",
)

EFFECTS: Final = ("allow", "deny", "review")
KEEP: Final = "keep"
FAVOURABLE: Final = "favourable"
YES: Final = "yes"
NO: Final = "no"
REVIEW: Final = "review"
EVIDENCE: Final = ("image", "data", "ofd")
EVIDENCE_OF: Final = {"SHOW": "image", "SCAN": "data", "VERIFY": "data", "RETRIEVE": "data", "FILE": "ofd"}
"""What a use kind leaves in the asking region's hands (电子证照用证方式)."""


@dataclass(frozen=True)
class Region:
    """A province or municipality with a node (省 / 节点).

    division: 6-digit division code (GB/T 2260) that starts the region's case ids.
    organisation: 统一社会信用代码 of the body that runs the node (GB 32100).
    receipts: "refusals" (default) or "all": whether deliveries are receipted too (回执).
    """

    name: RegionName
    chinese: str
    division: str
    organisation: str
    receipts: str
    issues: frozenset[LicenceTypeName]
    decides: frozenset[ItemName]

    @property
    def outbox(self) -> str:
        return f"{self.name}.outbox"

    @property
    def inbox(self) -> str:
        return f"{self.name}.inbox"

    @property
    def receipts_topic(self) -> str:
        return f"{self.name}.receipts"


@dataclass(frozen=True)
class LicenceType:
    """A kind of electronic licence (证照类型). `code` is the 21-character type code, if one is known."""

    name: LicenceTypeName
    chinese: str
    english: str
    code: str | None
    holders: tuple[str, ...]
    fields: tuple[str, ...]


@dataclass(frozen=True)
class Item:
    """A service one can apply for across regions (跨省通办事项).

    materials: the licences that may serve. results: the licences its decision issues (结果证照).
    """

    name: ItemName
    chinese: str
    english: str
    modes: tuple[str, ...]
    materials: tuple[LicenceTypeName, ...]
    results: tuple[LicenceTypeName, ...] = ()


@dataclass(frozen=True)
class RecognitionRule:
    """`recognising` accepts what `issuing` issues, for these items and uses (互认规则).

    effect: "allow" (recognised), "deny" (not recognised) or "review" (a clerk decides: manual review).
    Scopes are 6-digit division codes, several where the file names a bloc; trailing zero pairs make them
    wider. Within a pair the most specific scope wins (item, then issuing, then recognising scope); deny
    beats allow and review at equal scope, and a newer version replaces an older one of the same id.
    effective_from / effective_to: milliseconds since the epoch, half open; None means open-ended.
    daily_cap: deliveries per Shanghai day of arrival, over all slots.
    holders: the kinds of holder it speaks of; empty for all. accepted_states are recognised and
    review_states left to a clerk; an EXPIRED licence counts as VALID for grace_days after its last day.
    running: whether a running case keeps the version that granted it, or takes the more favourable one.
    asked_when, answered_when: its conditions, judged with the request and with the answer;
    missing_is: what an answer without a value that a condition reads is: "no" or "review".
    place: where it stands, file:line. one_sided: why the other direction has no such rule, if it says.
    """

    id: RuleId
    version: int
    recognising: RegionName
    issuing: RegionName
    effect: str
    effective_from: int
    effective_to: int | None
    recognising_scope: tuple[str, ...]
    issuing_scope: tuple[str, ...]
    licence_types: frozenset[LicenceTypeName]
    items: frozenset[ItemName]
    use_kinds: frozenset[str]
    purposes: frozenset[PurposeName]
    legal_bases: frozenset[str]
    fields: frozenset[str]
    consent_required: bool
    least_trust: str
    accepted_states: frozenset[str]
    answer_within_seconds: int
    daily_cap: int
    holders: frozenset[str] = frozenset()
    review_states: frozenset[str] = frozenset()
    grace_days: int = 0
    evidence: frozenset[str] = frozenset()
    instrument: str = ""
    running: str = KEEP
    asked_when: tuple[Condition, ...] = ()
    answered_when: tuple[Condition, ...] = ()
    missing_is: str = NO
    place: str = ""
    one_sided: str = ""


@dataclass(frozen=True)
class ServiceRule:
    """`receiving` takes applications that `deciding` decides, for these items (跨省通办).

    place: where it stands, file:line.
    """

    id: RuleId
    version: int
    receiving: RegionName
    deciding: RegionName
    effective_from: int
    effective_to: int | None
    items: frozenset[ItemName]
    modes: frozenset[str]
    legal_bases: frozenset[str]
    consent_required: bool
    daily_cap: int
    place: str = ""


@dataclass(frozen=True)
class Instrument:
    """A legal instrument that rules rest on (法律依据). lapses_at: milliseconds; None if it stays."""

    id: str
    chinese: str
    english: str
    lapses_at: int | None


@dataclass(frozen=True)
class Agreement:
    """What two regions agreed, both directions (互认协议). signed_by: those whose signature holds."""

    regions: tuple[RegionName, RegionName]
    recognition: tuple[RecognitionRule, ...]
    services: tuple[ServiceRule, ...]
    instruments: tuple[Instrument, ...] = ()
    version: int = 1
    signed_by: tuple[RegionName, ...] = ()

    @property
    def path(self) -> str:
        return f"regions/agreements/{self.regions[0]}--{self.regions[1]}.yaml"

    @property
    def signed_by_both(self) -> bool:
        return set(self.regions) == set(self.signed_by)


@dataclass(frozen=True)
class Contract:
    """One released version of an Avro contract (数据规范).

    schema_id: the 4-byte id of the Confluent frame; computed from the file for the embedded default.
    kind: "event" travels through outboxes and inboxes, "entry" is written by the gateway for itself.
    writers: "regions" or "gateway": who may publish it.
    max_bytes: the largest body; a larger one is refused as too-large before it is read.
    """

    name: str
    version: int
    schema_id: int
    kind: str
    writers: str
    max_bytes: int
    schema: str


@dataclass(frozen=True)
class Topic:
    """A Kafka topic as wanted. `config` holds Kafka's own topic settings, as strings."""

    name: str
    purpose: str
    key: str
    partitions: int
    replication: int
    config: tuple[tuple[str, str], ...]
    writers: tuple[str, ...]
    readers: tuple[str, ...]


@dataclass(frozen=True)
class Definitions:
    """Everything under `topics/`, `avro/` and `regions/`, cross-checked, numbered, content-addressed.

    number rises with each change; digest is the SHA-256 over all files. forms: of the regions that have one.
    proposals: agreements that need signatures and lack one; no rule of theirs is in force.
    """

    number: int
    digest: str
    regions: dict[RegionName, Region]
    licence_types: dict[LicenceTypeName, LicenceType]
    items: dict[ItemName, Item]
    purposes: frozenset[PurposeName]
    agreements: tuple[Agreement, ...]
    contracts: tuple[Contract, ...]
    topics: tuple[Topic, ...]
    by_schema_id: dict[int, Contract] = field(default_factory=dict)
    forms: dict[RegionName, Forms] = field(default_factory=dict)
    proposals: tuple[Agreement, ...] = ()

    def with_proposals(self) -> "Definitions":
        """As if all of them were in force."""
        return replace(self, agreements=(*self.agreements, *self.proposals), proposals=())
