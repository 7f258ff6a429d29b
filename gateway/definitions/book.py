"""`Definitions` as the line reads them: every look-up of the hot path is one dict access.

Built once per definitions number; afterwards only a schema registry adds to `contracts` what it tells.
"""

from collections.abc import Mapping
from typing import Final

from gateway.definitions import (
    ANY_ITEM,
    GATEWAY,
    Contract,
    Definitions,
    RecognitionRule,
    Region,
    ServiceRule,
)
from gateway.definitions.forms import Forms, Translation

_GATEWAY_REGION: Final = Region(GATEWAY, "网关", "000000", "", "refusals", frozenset(), frozenset())

NO_FORMS: Final = Forms("", frozenset())

Directed = tuple[str, str]
"""Two regions in the order (who asks or applies, who answers or decides)."""


class PlacedRule:
    """A rule with the first digits of the divisions it speaks of."""

    __slots__ = ("issuing_prefixes", "recognising_prefixes", "rule")

    def __init__(self, rule: RecognitionRule) -> None:
        self.rule = rule
        self.issuing_prefixes = scope_prefixes(rule.issuing_scope)
        self.recognising_prefixes = scope_prefixes(rule.recognising_scope)


class Book:
    """The definitions, indexed.

    regions: by name, the gateway itself not among them.
    senders: the region that owns an outbox, by topic name; `gateway.outbox` belongs to the gateway.
    inboxes: the topic of each region's inbox, by the region's name.
    contracts: by schema id, those of the files always, those of a registry beside them.
    framed: the same by the five bytes of the frame.
    frames: the five bytes before each body the gateway writes, newest version.
    pairs: every directed pair that has an agreement.
    translations: by sender, target and contract, where one of the two writes it in a form of its own.
    """

    __slots__ = (
        "_recognition",
        "_services",
        "_versions",
        "contracts",
        "framed",
        "frames",
        "inboxes",
        "items",
        "licence_types",
        "number",
        "pairs",
        "recognition_by_version",
        "regions",
        "senders",
        "slots",
        "translations",
    )

    def __init__(
        self, definitions: Definitions, slots: int, registered: Mapping[int, Contract] | None = None
    ) -> None:
        """registered: the ids of a schema registry, if there is one; what is written then bears them."""
        self.number: int = definitions.number
        self.slots: int = slots
        self.regions: dict[str, Region] = {str(name): region for name, region in definitions.regions.items()}
        self.senders: dict[str, Region] = {region.outbox: region for region in definitions.regions.values()}
        self.senders[_GATEWAY_REGION.outbox] = _GATEWAY_REGION
        self.inboxes: dict[str, str] = {
            str(name): region.inbox for name, region in definitions.regions.items()
        }
        self.contracts: dict[int, Contract] = {}
        self.framed: dict[bytes, Contract] = {}
        for schema_id, contract in {**definitions.by_schema_id, **(registered or {})}.items():
            self.learn(schema_id, contract)
        self.frames: dict[str, bytes] = _frames(registered or definitions.by_schema_id)
        self.licence_types: frozenset[str] = frozenset(definitions.licence_types)
        self.items: frozenset[str] = frozenset(definitions.items)
        self.pairs: frozenset[Directed] = frozenset(
            pair
            for agreement in definitions.agreements
            for pair in (agreement.regions, (agreement.regions[1], agreement.regions[0]))
        )
        self.translations: dict[tuple[str, str, str], Translation] = _translations(
            self.pairs, {str(name): forms for name, forms in definitions.forms.items()}
        )
        recognition = [rule for agreement in definitions.agreements for rule in agreement.recognition]
        services = [rule for agreement in definitions.agreements for rule in agreement.services]
        self.recognition_by_version: dict[tuple[str, int], RecognitionRule] = {
            (rule.id, rule.version): rule for rule in recognition
        }
        self._versions = _newest_first(recognition)
        self._recognition = _index_recognition(recognition)
        self._services = _index_services(services)

    def learn(self, schema_id: int, contract: Contract) -> None:
        """Read this id as this contract too, from now on."""
        self.contracts[schema_id] = contract
        self.framed[frame_of(schema_id)] = contract

    def recognition_rules(
        self, asking: str, issuing: str, licence_type: str, item: str
    ) -> tuple[PlacedRule, ...]:
        """The rules that may speak on this question, most specific scope first, deny before allow."""
        found = self._recognition.get((asking, issuing, licence_type, item))
        if found is None:
            found = self._recognition.get((asking, issuing, licence_type, ANY_ITEM), ())
        return found

    def version_in_force(self, rule_id: str, at: int) -> RecognitionRule | None:
        """The version of this rule that is in force then, in milliseconds since the epoch."""
        for rule in self._versions.get(rule_id, ()):
            if rule.effective_from <= at and (rule.effective_to is None or at < rule.effective_to):
                return rule
        return None

    def service_rules(self, receiving: str, deciding: str, item: str) -> tuple[ServiceRule, ...]:
        """The rules under which `deciding` decides this item for `receiving`."""
        return self._services.get((receiving, deciding, item), ())


def frame_of(schema_id: int) -> bytes:
    """The five bytes before a body: byte 0 and the schema id, as Confluent's serialisers write them."""
    return b"\x00" + schema_id.to_bytes(4, "big")


def _frames(by_id: Mapping[int, Contract]) -> dict[str, bytes]:
    """By contract, with the id of its newest version; the lowest where a registry gave it several."""
    ranked = sorted(by_id.items(), key=lambda item: (item[1].version, -item[0]))
    return {contract.name: frame_of(schema_id) for schema_id, contract in ranked}


def _translations(
    pairs: frozenset[Directed], forms: Mapping[str, Forms]
) -> dict[tuple[str, str, str], Translation]:
    found: dict[tuple[str, str, str], Translation] = {}
    for sender, target in pairs:
        own, other = forms.get(sender, NO_FORMS), forms.get(target, NO_FORMS)
        for contract in own.contracts | other.contracts:
            found[sender, target, contract] = Translation(
                own if contract in own.contracts else None, other if contract in other.contracts else None
            )
    return found


def scope_prefix(division: str) -> str:
    """The significant digits of a division code (GB/T 2260): "330000" covers "33....", "330400" "3304..".

    "000000" covers everything.
    """
    for length in (0, 2, 4):
        if division[length:] == "0" * (6 - length):
            return division[:length]
    return division


def scope_prefixes(divisions: tuple[str, ...]) -> tuple[str, ...]:
    """The same for each division of a scope."""
    return tuple([scope_prefix(division) for division in divisions])


def specificity(rule: RecognitionRule, named: bool) -> tuple[int, int, int, int, int]:
    """The rank of a rule, smallest first; a scope of several divisions is as wide as its widest.

    named: whether the item in question is named by the rule, not only covered by "*".
    """
    return (
        0 if named else 1,
        -min([len(prefix) for prefix in scope_prefixes(rule.issuing_scope)]),
        -min([len(prefix) for prefix in scope_prefixes(rule.recognising_scope)]),
        0 if rule.effect == "deny" else 1,
        -rule.version,
    )


def _index_recognition(
    rules: list[RecognitionRule],
) -> dict[tuple[str, str, str, str], tuple[PlacedRule, ...]]:
    """Spread rules over (asking, issuing, licence type, item); rules for any item stand behind the named."""
    named: dict[tuple[str, str, str, str], list[RecognitionRule]] = {}
    for rule in rules:
        for licence_type in rule.licence_types:
            for item in rule.items:
                named.setdefault((rule.recognising, rule.issuing, licence_type, item), []).append(rule)
    placed = {id(rule): PlacedRule(rule) for rule in rules}
    index: dict[tuple[str, str, str, str], tuple[PlacedRule, ...]] = {}
    for key, own in named.items():
        is_named = key[3] != ANY_ITEM
        general = named.get((*key[:3], ANY_ITEM), []) if is_named else []
        ranked = [(specificity(rule, is_named), rule) for rule in own]
        ranked += [(specificity(rule, False), rule) for rule in general]
        ranked.sort(key=lambda pair: pair[0])
        index[key] = tuple(placed[id(rule)] for _, rule in ranked)
    return index


def _newest_first(rules: list[RecognitionRule]) -> dict[str, tuple[RecognitionRule, ...]]:
    found: dict[str, tuple[RecognitionRule, ...]] = {}
    for rule in sorted(rules, key=lambda rule: rule.version):
        found[rule.id] = (rule, *found.get(rule.id, ()))
    return found


def _index_services(rules: list[ServiceRule]) -> dict[tuple[str, str, str], tuple[ServiceRule, ...]]:
    index: dict[tuple[str, str, str], tuple[ServiceRule, ...]] = {}
    for rule in sorted(rules, key=lambda rule: -rule.version):
        for item in rule.items:
            key = (str(rule.receiving), str(rule.deciding), str(item))
            index[key] = (*index.get(key, ()), rule)
    return index
