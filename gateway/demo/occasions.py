"""What the agreements in force give a province to do: questions it may ask, applications it may hand over.

Derived from the rules, so that a region or a pair added by files takes part. A question that a narrower
or denying rule would take away from its rule is left out.
"""

import secrets
import time
import uuid
from dataclasses import dataclass
from random import Random
from typing import Final

from gateway import recognition
from gateway.client import new_case_id
from gateway.codec import ApplicationSubmitted, Claim, LicenceVerificationRequested, Material
from gateway.definitions import ANY_ITEM, Definitions, ItemName, RecognitionRule, Region, ServiceRule
from gateway.definitions.book import Book
from gateway.demo.store import OF_PERSON, Licence, Store, organisation_in, person_number
from gateway.errors import Refused
from gateway.pipeline.facts import facts_of_request, question_of

CONSENT: Final = "CONSENT"
MOST_FIELDS: Final = 5


@dataclass(frozen=True, slots=True)
class Asking:
    """A licence type that may be asked about for an item, under a rule that speaks on it."""

    rule: RecognitionRule
    licence_type: str
    item: str


@dataclass(frozen=True, slots=True)
class Applying:
    """An item that another region decides for the one that receives it."""

    rule: ServiceRule
    item: ItemName


class Scene:
    """What all simulated provinces stand on: definitions, every store, one source of chance."""

    def __init__(self, definitions: Definitions, random: Random, at: int) -> None:
        self.definitions = definitions
        self.random = random
        self.started_at = at
        self.book = Book(definitions, slots=1)  # only its rules are read, no slot is
        regions = definitions.regions.values()
        self.stores = {region.name: Store(region, definitions, random) for region in regions}
        self.askings = {region.name: self._askings_of(region) for region in regions}
        self.applyings = {region.name: self._applyings_of(region) for region in regions}

    def _askings_of(self, region: Region) -> list[list[Asking]]:
        """One list for each rule, so that rules with many items do not crowd out the others."""
        rules = (rule for agreement in self.definitions.agreements for rule in agreement.recognition)
        found = (
            self._askings_under(rule)
            for rule in rules
            if rule.recognising == region.name and rule.effect != "deny"
        )
        return [askings for askings in found if askings]

    def _askings_under(self, rule: RecognitionRule) -> list[Asking]:
        items = self.definitions.items if ANY_ITEM in rule.items else rule.items
        askings = [Asking(rule, name, item) for name in sorted(rule.licence_types) for item in sorted(items)]
        return [asking for asking in askings if self._speaks(asking) and self.licences(asking)]

    def _speaks(self, asking: Asking) -> bool:
        """Whether the rule is in force and no other one takes the question from it."""
        rule = asking.rule
        question = recognition.Question(
            asking=rule.recognising,
            issuing=rule.issuing,
            asking_division=rule.recognising_scope[0],
            issuing_division=rule.issuing_scope[0],
            licence_type=asking.licence_type,
            item=asking.item,
            use_kind="",
            purpose="",
            legal_basis="",
            has_consent=True,
            fields=(),
            holder="",
            arrived_at=self.started_at,
        )
        try:
            return recognition.rule_for(self.book, question) is rule
        except Refused:
            return False

    def _applyings_of(self, region: Region) -> list[Applying]:
        found = []
        for agreement in self.definitions.agreements:
            for rule in agreement.services:
                if rule.receiving == region.name:
                    found += [
                        Applying(rule, item) for item in sorted(rule.items) if self._decides(rule, item)
                    ]
        return found

    def _decides(self, rule: ServiceRule, item: str) -> bool:
        try:
            spoken = recognition.service_for(self.book, rule.receiving, rule.deciding, item, self.started_at)
        except Refused:
            return False
        return spoken is rule

    def licences(self, asking: Asking) -> list[Licence]:
        """The licences that a question of this kind can be about."""
        return self.stores[asking.rule.issuing].of(asking.licence_type, asking.rule.issuing_scope[0])

    def holds(self, asking: Asking, request: LicenceVerificationRequested) -> bool:
        """Whether the conditions of the rule hold for this request."""
        facts = facts_of_request(request, question_of(request, request.made_at))
        try:
            recognition.check_conditions(asking.rule, facts)
        except Refused:
            return False
        return True

    def request(self, asking: Asking, licence: Licence) -> LicenceVerificationRequested:
        """A request that the rule allows, complete down to its ids."""
        rule, random = asking.rule, self.random
        asker = self.definitions.regions[rule.recognising]
        basis = random.choice(sorted(rule.legal_bases))
        granted = [field for field in licence.values if field in rule.fields]
        fields = random.sample(granted, k=min(len(granted), random.randint(1, MOST_FIELDS)))
        return LicenceVerificationRequested(
            event_id=str(uuid.uuid4()),
            case_id=new_case_id(asker.division),
            source=asker.name,
            target=rule.issuing,
            made_at=now(),
            salt=secrets.token_bytes(16),
            item=asking.item,
            item_code=None,
            licence_type=asking.licence_type,
            licence_id=licence.id,
            use_kind=random.choice(sorted(rule.use_kinds)),
            purpose=random.choice(sorted(rule.purposes)),
            legal_basis=basis,
            consent_ref=_consent(rule, basis, random),
            holder_type=licence.holder.type,
            holder_code=licence.holder.code,
            department=organisation_in(asker, rule.recognising_scope[0]),
            officer=f"窗口{random.randint(1, 40)}",
            fields=tuple(fields[1:]),
            claims=tuple(Claim(field, licence.values[field]) for field in fields[:1]),
            parent=None,
            use_text=None,
        )

    def application(self, applying: Applying) -> ApplicationSubmitted:
        """An application that the rule allows, complete down to its ids."""
        rule, random = applying.rule, self.random
        receiver = self.definitions.regions[rule.receiving]
        basis = random.choice(sorted(rule.legal_bases))
        item = self.definitions.items[applying.item]
        serial = random.randint(1, 999_999)
        return ApplicationSubmitted(
            event_id=str(uuid.uuid4()),
            case_id=new_case_id(receiver.division),
            source=receiver.name,
            target=rule.deciding,
            made_at=now(),
            salt=secrets.token_bytes(16),
            item=applying.item,
            item_code=None,
            mode=random.choice(sorted(rule.modes)),
            handling="PROMISED",
            purpose=min(self.definitions.purposes),  # a service rule does not judge it
            legal_basis=basis,
            consent_ref=_consent(rule, basis, random),
            applicant_type=OF_PERSON,
            applicant_name=f"示例申请人{serial}",
            applicant_code=person_number(receiver.division, random),
            agent=None,
            division=receiver.division,
            local_number=f"{receiver.division}-{serial:06}",
            materials=tuple(Material("E_LICENCE", name, None, None) for name in item.materials),
            parent=None,
        )


def now() -> int:
    """Milliseconds since the epoch, UTC."""
    return time.time_ns() // 1_000_000


def _consent(rule: RecognitionRule | ServiceRule, legal_basis: str, random: Random) -> str | None:
    if not rule.consent_required and legal_basis != CONSENT:
        return None
    return f"consent/{random.randint(1, 999_999):06}"
