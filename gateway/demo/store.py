"""What a simulated province has issued: licences (证照) that cannot belong to anybody.

Persons are born before 1900, organisations carry invented codes; every check character is right. A type
without an official code gets one of the region's own: its organisation and three digits.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Final

from gateway.definitions import REVIEW, Definitions, LicenceType, RecognitionRule, Region
from gateway.identifiers import (
    LICENCE_ROOT,
    licence_check_character,
    organisation_check_character,
    person_check_character,
    uscc_check_character,
)

LICENCES_OF_A_TYPE: Final = 12
"""For each division that rules tell apart."""
STATES: Final = (*("VALID",) * 4, "EXPIRED", *("VALID",) * 4, "SUSPENDED")
"""The states that licences get in turn: mostly valid, and the two that are met most often else."""
TRUST_LEVELS: Final = (*("A",) * 6, "B")
SURNAMES: Final = "赵钱孙李周吴郑王冯陈"
ORGANISATIONS: Final = frozenset({"organisation", "vehicle"})
"""Kinds of holders that are held by an organisation; a vehicle by its operator. Others are persons."""
OF_ORGANISATION: Final = "001"
OF_PERSON: Final = "111"
"""Holder code types 持证主体代码类型: 统一社会信用代码 and 公民身份号码."""


@dataclass(frozen=True, slots=True)
class Holder:
    """Whose licence it is. type: holder code type."""

    type: str
    code: str
    name: str


@dataclass(frozen=True, slots=True)
class Licence:
    """One licence. division: that of its issuer. values: what stands on it, by field."""

    type: str
    id: str
    division: str
    holder: Holder
    state: str
    trust_level: str
    values: dict[str, str]


class Store:
    """The licences of one region, the same for the same definitions and seed."""

    def __init__(self, region: Region, definitions: Definitions, random: Random) -> None:
        self.region = region
        self._random = random
        self._divisions = sorted({region.division, *_scopes(region, definitions)})
        self._serial = 0
        self._by_id = {licence.id: licence for licence in self._issue_all(definitions)}
        self._by_place: dict[tuple[str, str], list[Licence]] = {}
        for licence in self._by_id.values():
            self._by_place.setdefault((licence.type, licence.division), []).append(licence)

    def __iter__(self) -> Iterator[Licence]:
        return iter(self._by_id.values())

    def find(self, licence_id: str) -> Licence | None:
        """The licence of that identifier, if this region issued it."""
        return self._by_id.get(licence_id)

    def of(self, licence_type: str, division: str) -> list[Licence]:
        """Licences of a type issued in a division; none if the region does not issue it there."""
        return self._by_place.get((licence_type, division), [])

    def unissued_id(self, licence: Licence) -> str:
        """An identifier next to this one that no licence bears: what a forged paper shows."""
        type_code = licence.id.removeprefix(LICENCE_ROOT).split(".")[0]
        serial = f"F{self._random.randint(1, 999_999_999):09}"
        return _identifier(type_code, organisation_in(self.region, licence.division), serial)

    def _issue_all(self, definitions: Definitions) -> Iterator[Licence]:
        for number, licence_type in enumerate(
            sorted(definitions.licence_types.values(), key=lambda t: t.name)
        ):
            if licence_type.name in self.region.issues:
                code = licence_type.code or f"{self.region.organisation}{number + 1:03}"
                for division in self._divisions:
                    for _ in range(LICENCES_OF_A_TYPE):
                        yield self._issue(licence_type, code, division)

    def _issue(self, licence_type: LicenceType, type_code: str, division: str) -> Licence:
        self._serial += 1
        of_organisation = bool(ORGANISATIONS.intersection(licence_type.holders))
        holder = self._organisation() if of_organisation else self._person()
        return Licence(
            type=licence_type.name,
            id=_identifier(type_code, organisation_in(self.region, division), f"D{self._serial:09}"),
            division=division,
            holder=holder,
            state=STATES[self._serial % len(STATES)],
            trust_level=TRUST_LEVELS[self._serial % len(TRUST_LEVELS)],
            values={field: _value(field, holder, self._serial) for field in licence_type.fields},
        )

    def _person(self) -> Holder:
        name = f"{self._random.choice(SURNAMES)}示例{self._serial}"
        return Holder(OF_PERSON, person_number(self.region.division, self._random), name)

    def _organisation(self) -> Holder:
        body = f"Y99{self._serial % 100_000:05}"
        first = f"91{self.region.division}{body}{organisation_check_character(body)}"
        name = f"{self.region.chinese}示例{self._serial}有限公司"
        return Holder(OF_ORGANISATION, first + uscc_check_character(first), name)


def person_number(division: str, random: Random) -> str:
    """A 公民身份号码 with the right check character and a birth year (1885-1899) nobody alive has."""
    born = f"{random.randint(1885, 1899)}{random.randint(1, 12):02}{random.randint(1, 28):02}"
    first = f"{division}{born}{random.randint(1, 999):03}"
    return first + person_check_character(first)


def organisation_in(region: Region, division: str) -> str:
    """The region's synthetic body in one of its divisions: the same organisation code, its own check."""
    first = f"{region.organisation[:2]}{division}{region.organisation[8:17]}"
    return first + uscc_check_character(first)


def _scopes(region: Region, definitions: Definitions) -> Iterator[str]:
    for agreement in definitions.agreements:
        for rule in agreement.recognition:
            if rule.issuing == region.name:
                yield rule.issuing_scope[0]


def _identifier(type_code: str, issuer: str, serial: str) -> str:
    body = f"{type_code}.{issuer}.{serial}.001"
    return f"{LICENCE_ROOT}{body}.{licence_check_character(body)}"


def _value(field: str, holder: Holder, serial: int) -> str:
    """Something that looks right in the field, by the last word of its name."""
    last = field.rsplit("_", 1)[-1]
    if last in ("date", "from", "to"):
        return f"20{30 if last == 'to' else 20}-{serial % 12 + 1:02}-{serial % 28 + 1:02}"
    if last in ("name", "holder", "operator"):
        return holder.name
    return holder.code if last == "code" or field == "id_number" else f"示例{serial}"


def accepts(rule: RecognitionRule, licence: Licence) -> bool | None:
    """Whether the rule recognises a licence in this state, vouched for at this trust level.

    None: it leaves it to a clerk.
    """
    if licence.trust_level > rule.least_trust:
        return False
    if licence.state in rule.accepted_states:
        return None if rule.effect == REVIEW else True
    return None if licence.state in rule.review_states else False
