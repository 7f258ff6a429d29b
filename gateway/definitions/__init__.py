"""What a Region, a LicenceType, an Item, a Rule, an Agreement, a Contract, a Topic is.

Plain frozen values, built once by `definition_files` and read by the core; no I/O, no pydantic.
Times are milliseconds since the epoch, UTC; the files write dates in Asia/Shanghai.
"""

from dataclasses import dataclass, field
from typing import Final, NewType

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
    """A service one can apply for across regions (跨省通办事项)."""

    name: ItemName
    chinese: str
    english: str
    modes: tuple[str, ...]
    materials: tuple[LicenceTypeName, ...]


@dataclass(frozen=True)
class RecognitionRule:
    """`recognising` accepts what `issuing` issues, for these items and uses (互认规则).

    Scopes are 6-digit division codes; trailing zero pairs make them wider. Within a pair the most
    specific scope wins (item, then issuing, then recognising scope); deny beats allow at equal scope.
    effective_from / effective_to: milliseconds since the epoch, half open; None means open-ended.
    daily_cap: deliveries per Shanghai day of arrival, over all slots.
    """

    id: RuleId
    version: int
    recognising: RegionName
    issuing: RegionName
    allows: bool
    effective_from: int
    effective_to: int | None
    recognising_scope: str
    issuing_scope: str
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


@dataclass(frozen=True)
class ServiceRule:
    """`receiving` takes applications that `deciding` decides, for these items (跨省通办)."""

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


@dataclass(frozen=True)
class Agreement:
    """What two regions agreed, both directions (互认协议)."""

    regions: tuple[RegionName, RegionName]
    recognition: tuple[RecognitionRule, ...]
    services: tuple[ServiceRule, ...]


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

    number rises with each change; digest is the SHA-256 over all files.
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
