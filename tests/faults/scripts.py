"""What provinces say: scripts of cases, by a seed; good events, and a share of bad and repeated ones.

A step is published when the one before it has its ledger entry, as a platform answers what it has
received; steps marked `at once` race. Bodies carry the strings of `privacy` in every personal field.
"""

import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from tests.faults import forms, privacy, wire
from tests.faults.checks import regions, rules

LICENCE_TYPE_CODE = "11100000MB0143028R001"
OTHER_STATES = ("ARCHIVED", "DELIVERED", "EVALUATED", "RECEIVED", "SUBMITTED")


@dataclass(frozen=True)
class Step:
    """One record to publish. value: None for an empty one. reason: how it must end, where that is certain."""

    region: str
    case_id: str
    value: bytes | None
    at_once: bool = False
    reason: str | None = None
    elsewhere: bool = False
    """Put it on the wrong partition."""


class Provinces:
    """Endless scripts. Same seed, same scripts, apart from the time in them."""

    def __init__(self, seed: int) -> None:
        self._draw = random.Random(seed)
        self._serial = 0
        self._events = 0
        self._asking = [
            rule
            for rule in rules().values()
            if rule.get("effect") == "allow" and _lasts(rule) and _plain(rule)
        ]
        self._services = [rule for rule in rules().values() if "receiving" in rule and _lasts(rule)]

    def script(self) -> Iterator[Step]:
        """The steps of one case."""
        kinds: tuple[Callable[[], Iterator[Step]], ...] = (self._verification, self._application)
        return self._draw.choices(kinds, (3, 2))[0]()

    # Cases

    def _verification(self) -> Iterator[Step]:
        rule = self._draw.choice(self._asking)
        asking, issuing = rule["recognising"], rule["issuing"]
        case_id = self._case(asking)
        for _ in range(self._draw.choice((1, 1, 2))):
            request = self._request(rule, case_id)
            licence_type = request["licence_type"]
            asked = wire.contract("licence-verification-requested", 2)
            own = forms.local(asking, asked.name, request, None)
            yield Step(asking, case_id, wire.encode(asked, own))
            if self._draw.random() < 0.5:
                yield from self._mischief(asking, issuing, request)
            if self._draw.random() < 0.05:
                continue  # never answered
            reply = self._answer(rule, request)
            yield self._said(issuing, "licence-verification-answered", reply, licence_type)
            if self._draw.random() < 0.2:
                again = self._said(issuing, "licence-verification-answered", reply, licence_type)
                yield replace(again, at_once=True)
            if self._draw.random() < 0.15:
                other = self._answer(rule, request)
                yield self._said(issuing, "licence-verification-answered", other, licence_type)

    def _application(self) -> Iterator[Step]:
        rule = self._draw.choice(self._services)
        receiving, deciding = rule["receiving"], rule["deciding"]
        case_id = self._case(receiving)
        yield self._said(receiving, "application-submitted", self._submission(rule, case_id))
        for state, region in self._walk(receiving, deciding):
            other = deciding if region == receiving else receiving
            if self._draw.random() < 0.06:
                wrong = self._progress(case_id, region, other, self._draw.choice(OTHER_STATES))
                yield self._said(region, "application-progressed", wrong)
            progress = self._progress(case_id, region, other, state)
            yield self._said(region, "application-progressed", progress)
            if self._draw.random() < 0.05:
                yield replace(self._said(region, "application-progressed", progress), at_once=True)

    def _walk(self, receiving: str, deciding: str) -> list[tuple[str, str]]:
        steps = [("RECEIVED", receiving), ("TAKEN_OVER", deciding)]
        if self._draw.random() < 0.3:
            steps += [("SUPPLEMENT_REQUESTED", deciding), ("SUPPLEMENTED", receiving)]
        steps += [("ACCEPTED", deciding), ("IN_REVIEW", deciding)]
        steps.append((self._draw.choice(("APPROVED", "CONDITIONALLY_APPROVED", "REJECTED")), deciding))
        if steps[-1][0] != "REJECTED":
            steps += [("DELIVERING", deciding), ("DELIVERED", deciding)]
        steps += [("EVALUATED", receiving), ("ARCHIVED", deciding)]
        return steps[: self._draw.randint(3, len(steps))]

    def _mischief(self, asking: str, issuing: str, request: dict[str, Any]) -> Iterator[Step]:
        known = wire.contract("licence-verification-requested", 2)
        own = forms.local(asking, known.name, request, None)
        case_id, good = request["case_id"], wire.encode(known, own)
        refuses = forms.refuses_fields(asking, request["licence_type"])

        def changed(**fields: Any) -> bytes:
            return wire.encode(known, {**own, "event_id": self._event(), **fields})

        third = next(name for name in regions() if name not in (asking, issuing))
        now = _now()
        choices = (
            Step(asking, case_id, good, at_once=True),
            Step(asking, case_id, good),
            Step(asking, case_id, wire.encode(known, {**own, "officer": "x"}), reason="conflict"),
            Step(asking, case_id, None, reason="empty-value"),
            Step(asking, case_id, b"\1" + good[1:], reason="bad-frame"),
            Step(asking, case_id, b"\0\0\0\0\1" + good[5:], reason="unknown-schema"),
            Step(asking, case_id, good + b"\0", reason="trailing-bytes"),
            Step(asking, case_id, good[:-3], reason="malformed"),
            Step(third, case_id, changed(), reason="wrong-source"),
            Step(asking, case_id, changed(), reason="wrong-partition", elsewhere=True),
            Step(asking, case_id, changed(target="nowhere"), reason="unknown-addressee"),
            Step(asking, case_id, changed(made_at=now - 90_000_000), reason="stale"),
            Step(asking, case_id, changed(made_at=now + 3_600_000), reason="clock-ahead"),
            Step(asking, case_id, changed(purpose="curiosity"), reason="purpose-not-agreed"),
            Step(
                asking,
                case_id,
                changed(fields=["secret_field"]),
                reason="bad-enum" if refuses else "field-not-agreed",
            ),
            self._said(
                third,
                "licence-verification-answered",
                self._foreign(request, third),
                request["licence_type"],
            ),
        )
        yield self._draw.choice(choices)

    # Events

    def _said(self, region: str, contract: str, body: dict[str, Any], licence_type: str = "") -> Step:
        """What a region says, in its own form. licence_type: of the request it answers."""
        own = forms.local(region, contract, body, licence_type)
        return Step(region, body["case_id"], wire.encode(wire.contract(contract), own))

    def _envelope(self, case_id: str, source: str, target: str) -> dict[str, Any]:
        return {
            "event_id": self._event(),
            "case_id": case_id,
            "source": source,
            "target": target,
            "made_at": _now(),
            "salt": privacy.SALT + self._draw.randbytes(8),
        }

    def _request(self, rule: dict[str, Any], case_id: str) -> dict[str, Any]:
        issuing, asking = regions()[rule["issuing"]], regions()[rule["recognising"]]
        fields = self._draw.sample(rule["fields"], k=min(3, len(rule["fields"])))
        items = ["company-change"] if "*" in rule["items"] else rule["items"]
        return self._envelope(case_id, rule["recognising"], rule["issuing"]) | {
            "item": self._draw.choice(items),
            "item_code": None,
            "licence_type": self._draw.choice(rule["licence_types"]),
            "licence_id": licence_id(issuing["division"], self._code(privacy.UPPER).upper()),
            "use_kind": self._draw.choice(rule["use_kinds"]),
            "purpose": self._draw.choice(rule["purposes"]),
            "legal_basis": self._draw.choice(rule["legal_bases"]),
            "consent_ref": self._code(privacy.CODE),
            "holder_type": "001",
            "holder_code": self._code(privacy.CODE),
            "department": asking["organisation"],
            "officer": self._code(privacy.TEXT),
            "fields": fields[:-1],
            "claims": [{"field": fields[-1], "value": self._code(privacy.TEXT)}],
            "parent": None,
            "use_text": self._code(privacy.TEXT),
        }

    def _answer(self, rule: dict[str, Any], request: dict[str, Any]) -> dict[str, Any]:
        claimed = [claim["field"] for claim in request["claims"]]
        return self._envelope(request["case_id"], rule["issuing"], rule["recognising"]) | {
            "in_reply_to": request["event_id"],
            "outcome": "MATCH_VALID",
            "licence_state": self._draw.choice(("VALID", "VALID", "EXPIRED")),
            "state_since": None,
            "raw_state": "01",
            "trust_level": "A",
            "source_at": _now() - 2000,
            "valid_until": None,
            "matched": claimed,
            "mismatched": [],
            "returned": [{"field": name, "value": self._code(privacy.TEXT)} for name in request["fields"]],
            "successor_id": licence_id("330000", self._code(privacy.UPPER).upper()),
        }

    def _foreign(self, request: dict[str, Any], third: str) -> dict[str, Any]:
        rule = {"issuing": third, "recognising": request["source"]}
        return self._answer(rule, request)

    def _submission(self, rule: dict[str, Any], case_id: str) -> dict[str, Any]:
        return self._envelope(case_id, rule["receiving"], rule["deciding"]) | {
            "item": self._draw.choice(rule["items"]),
            "item_code": None,
            "mode": self._draw.choice(rule["modes"]),
            "handling": "PROMISED",
            "purpose": "application-handling",
            "legal_basis": self._draw.choice(rule["legal_bases"]),
            "consent_ref": self._code(privacy.CODE),
            "applicant_type": "001",
            "applicant_name": self._code(privacy.TEXT),
            "applicant_code": self._code(privacy.CODE),
            "agent": {
                "name": self._code(privacy.TEXT),
                "code": self._code(privacy.CODE),
                "phone": privacy.DIGITS,
            },
            "division": regions()[rule["receiving"]]["division"],
            "local_number": self._code(privacy.CODE),
            "materials": [
                {
                    "kind": "UPLOAD",
                    "licence_type": None,
                    "reference": self._code(privacy.TEXT),
                    "digest": privacy.SALT + self._draw.randbytes(24),
                }
            ],
            "parent": None,
        }

    def _progress(self, case_id: str, source: str, target: str, state: str) -> dict[str, Any]:
        return self._envelope(case_id, source, target) | {
            "state": state,
            "original_code": None,
            "reason": self._code(privacy.TEXT),
            "legal_cause": self._code(privacy.TEXT),
            "document_number": self._code(privacy.TEXT),
            "result_licence_id": licence_id("330000", self._code(privacy.UPPER).upper()),
            "assist_reply": None,
            "promise_working_days": 5,
            "satisfaction": 1,
        }

    # Names

    def _case(self, region: str) -> str:
        self._serial += 1
        return f"{regions()[region]['division']}-2026-{self._serial}{self._draw.randrange(10**6):06d}"

    def _event(self) -> str:
        self._events += 1
        return f"e{self._events}-{self._draw.randrange(16**8):08x}"

    def _code(self, core: str) -> str:
        return f"{core}{self._draw.randrange(10**6):06d}"


def _lasts(rule: dict[str, Any]) -> bool:
    return rule["effective_to"] is None


def _plain(rule: dict[str, Any]) -> bool:
    """Rules for a whole region that no other rule takes a part from: those speak on cases of their own."""
    pair = rule["recognising"], rule["issuing"]
    rivals = [
        other
        for other in rules().values()
        if "issuing" in other
        and (other["recognising"], other["issuing"]) == pair
        and set(other["licence_types"]) & set(rule["licence_types"])
    ]
    return all(other is rule or "issuing_scope" in other for other in rivals) and "issuing_scope" not in rule


def _now() -> int:
    return time.time_ns() // 1_000_000


def licence_id(issuer: str, serial: str) -> str:
    """A licence identifier with its check character (GB/T 36904: ISO 7064 MOD 37,36)."""
    alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    product = 36
    for letter in f"{LICENCE_TYPE_CODE}{issuer}{serial}001":
        product = ((product + alphabet.index(letter)) % 36 or 36) * 2 % 37
    return f"1.2.156.3005.2.{LICENCE_TYPE_CODE}.{issuer}.{serial}.001.{alphabet[(37 - product) % 36]}"
