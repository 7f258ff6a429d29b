"""Small agreements for tests of the proofs: three regions, two licence types, four items.

east asks west unless a rule says otherwise; a card is renewed into a card and a permit
exchanged for one, a visit takes either.
"""

from typing import Any

from gateway.definition_files.conditions import compiled
from gateway.definitions import (
    Agreement,
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
)
from gateway.definitions.book import Book
from gateway.definitions.conditions import DATE, TEXT, Condition
from gateway.law.explanation_asked import Asked
from gateway.law.grid import midnight
from tests.world import NOW

FIELDS = {"number": TEXT, "valid_to": DATE}
ITEMS = {"renewal": ("card",), "visit": ("card", "permit"), "other": (), "exchange": ("permit",)}
DIVISIONS = {"east": "310000", "west": "330000", "south": "320000"}


def day(iso: str) -> int:
    at = midnight(iso)
    assert at is not None
    return at


def condition(text: str) -> Condition:
    return compiled(text, FIELDS, "test")


def rule(**changed: Any) -> RecognitionRule:
    """East accepts west's cards for renewals from 2024 on, unless changed; days may be written as texts."""
    given: dict[str, Any] = {
        "id": "east-accepts-west",
        "version": 1,
        "recognising": "east",
        "issuing": "west",
        "effect": "allow",
        "effective_from": "2024-01-01",
        "effective_to": None,
        "licence_types": {"card"},
        "items": {"renewal"},
        "use_kinds": {"VERIFY"},
        "purposes": {"handling"},
        "legal_bases": {"STATUTORY_DUTY"},
        "fields": {"number"},
        "consent_required": False,
        "least_trust": "A",
        "accepted_states": {"VALID"},
        "answer_within_seconds": 3600,
        "daily_cap": 4000,
        "place": "a.yaml:1",
    }
    given |= changed
    given.setdefault("recognising_scope", (DIVISIONS[given["recognising"]],))
    given.setdefault("issuing_scope", (DIVISIONS[given["issuing"]],))
    for key in ("effective_from", "effective_to"):
        given[key] = day(given[key]) if isinstance(given[key], str) else given[key]
    for key, value in given.items():
        given[key] = frozenset(value) if isinstance(value, set) else value
    return RecognitionRule(**{**given, "id": RuleId(given["id"])})


def definitions(*rules: RecognitionRule) -> Definitions:
    """One agreement for each pair that the rules name."""
    pairs: dict[tuple[str, ...], list[RecognitionRule]] = {}
    for one in rules:
        pairs.setdefault(tuple(sorted((one.recognising, one.issuing))), []).append(one)
    types = frozenset({LicenceTypeName("card"), LicenceTypeName("permit")})
    decides = frozenset({ItemName("renewal"), ItemName("exchange")})
    return Definitions(
        number=1,
        digest="test",
        regions={
            RegionName(name): Region(RegionName(name), f"{name}省", division, "", "refusals", types, decides)
            for name, division in DIVISIONS.items()
        },
        licence_types={
            name: LicenceType(name, f"{name}证", name, None, ("person", "organisation"), tuple(FIELDS))
            for name in sorted(types)
        },
        items={
            ItemName(name): Item(
                ItemName(name),
                f"{name}事项",
                name,
                (),
                tuple(map(LicenceTypeName, materials)),
                (LicenceTypeName("card"),) if name in ("renewal", "exchange") else (),
            )
            for name, materials in ITEMS.items()
        },
        purposes=frozenset({PurposeName("handling")}),
        agreements=tuple(
            Agreement((RegionName(pair[0]), RegionName(pair[1])), tuple(own), ())
            for pair, own in pairs.items()
        ),
        contracts=(),
        topics=(),
    )


def world(*rules: RecognitionRule) -> tuple[Definitions, Book]:
    found = definitions(*rules)
    return found, Book(found, slots=1)


def east_asks(code: str) -> Asked:
    """The question of `tests.world.request`, with another stated code."""
    return Asked(
        asking="east",
        issuing="west",
        asking_division="310000",
        issuing_division="330100",
        licence_type="business-licence",
        item="company-change",
        use_kind="VERIFY",
        purpose="application-handling",
        legal_basis="STATUTORY_DUTY",
        has_consent=False,
        fields=("name", "unified_code"),
        holder="organisation",
        arrived_at=NOW,
        claimed=(("unified_code", code),),
    )
