"""Random agreements and events: the compiled rules decide what a direct reading of the same YAML decides.

The direct reading is gateway/app/second_reading.py: it imports nothing of the gateway, works on plain
dictionaries, and judges conditions by an interpreter of its own. Compared are outcome, reason, rule and
recognised of a request and of its answer.
"""

import datetime
import json
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from hypothesis import event, given, settings
from hypothesis import strategies as st

from gateway.app import second_reading, two_readings
from gateway.app.boundary_values import Boundary
from gateway.definition_files import Answer, Request, folders, loading, reading
from gateway.definition_files import agreements as agreement_files
from gateway.definition_files.entries import Intake
from gateway.definition_files.fields import midnight
from gateway.definitions import EVIDENCE_OF, LEGAL_BASES, LICENCE_STATES, TRUST_LEVELS, USE_KINDS
from gateway.definitions.book import Book

SMALL = folders.snapshot(Path(__file__).resolve().parents[1] / "unit" / "definition_files" / "small")
AGREEMENT = "regions/agreements/north--south.yaml"
TYPES = {"firm-licence": ("firm_name", "firm_code", "seat"), "id-card": ("name", "number", "photo")}
ITEMS = ("firm-change", "firm-setup")
HOLDERS = ("person", "organisation")
PURPOSES = ("handling", "archiving")
SCOPES = {
    "north": (None, "350000", "350100", "350102", "two-rivers"),
    "south": (None, "360000", "360400", "two-rivers"),
}
PLACES = {
    "north": ("350000", "350100", "350102", "350200"),
    "south": ("360000", "360400", "360403", "360500"),
}
DAYS = tuple(datetime.date(2024, 2, 27) + datetime.timedelta(days=number) for number in range(6))
LATER = datetime.date(2024, 3, 9)
VALUES = ("a", "ab", "b", "2024-03-01", "20240229", "7", "-7", "")


def some(values: Any, least: int = 1) -> Any:
    return st.lists(st.sampled_from(values), min_size=least, max_size=3, unique=True)


def conditions(kind: str) -> Any:
    """Conditions over what a request tells, and what an answer tells, of this licence type."""
    first, second, third = TYPES[kind]
    asked = [
        f'claimed.{first} == "a"',
        f'claimed.{first}.startsWith("a") || claimed.{second} in ["b", "ab"]',
        f'!(claimed.{third} != "" && request.consent)',
        'request.holder == "person" || size(request.fields) < 2',
        f'!("{second}" in request.fields)',
        'request.day >= "2024-02-29" && request.asking_division.endsWith("0")',
        '!request.consent || request.purpose != "archiving"',
        f'claimed.{first} == "a || b" || claimed.{first}.contains("b")',
    ]
    answered = [
        f'returned.{first} <= "ab"',
        'answer.days_in_state >= 2 || answer.trust_level == "A"',
        f'!("{first}" in answer.mismatched) && answer.outcome == "MATCH_VALID"',
        'answer.licence_state in ["VALID", "EXPIRED"]',
        'answer.day < "2024-03-02"',
        f'size(answer.matched) == 1 || returned.{third}.endsWith("b")',
    ]
    return some([*asked, *answered], least=0)


@st.composite
def rules(draw: Any, number: int) -> dict[str, Any]:
    recognising, issuing = draw(st.sampled_from((("north", "south"), ("south", "north"))))
    kind = draw(st.sampled_from(sorted(TYPES)))
    begins = draw(st.sampled_from(DAYS))
    rule: dict[str, Any] = {
        "id": f"rule-{number}",
        "version": 1,
        "recognising": recognising,
        "issuing": issuing,
        "effect": draw(st.sampled_from(("allow", "allow", "allow", "review", "deny"))),
        "effective_from": str(begins),
        "licence_types": [kind],
        "items": draw(st.sampled_from((["*"], ["firm-change"], list(ITEMS)))),
        "why": "Drawn.",
    }
    if draw(st.booleans()):
        rule["effective_to"] = str(begins + datetime.timedelta(days=draw(st.integers(1, 4))))
    for side, region in (("recognising", recognising), ("issuing", issuing)):
        scope = draw(st.sampled_from(SCOPES[region]))
        if scope is not None:
            rule[f"{side}_scope"] = scope
    return rule if rule["effect"] == "deny" else {**rule, **draw(limits(kind))}


@st.composite
def limits(draw: Any, kind: str) -> dict[str, Any]:
    limits = {
        "use_kinds": draw(some(USE_KINDS)),
        "purposes": draw(some(PURPOSES)),
        "legal_bases": draw(some(LEGAL_BASES)),
        "fields": draw(some(TYPES[kind])),
        "consent_required": draw(st.booleans()),
        "least_trust": draw(st.sampled_from(TRUST_LEVELS)),
        "accepted_states": draw(some(LICENCE_STATES[:5])),
        "answer_within_seconds": 60,
        "daily_cap": 400,
        "review_states": draw(some(LICENCE_STATES[:5], least=0)),
        "grace_days": draw(st.integers(0, 3)),
        "running": draw(st.sampled_from(("keep", "favourable"))),
        "when": draw(conditions(kind)),
        "when_missing": draw(st.sampled_from(("no", "review"))),
    }
    if draw(st.booleans()):
        limits["holders"] = draw(some(HOLDERS))
    return limits


@st.composite
def agreements(draw: Any) -> dict[str, Any]:
    """Some rules, and of some of them a second version that begins later."""
    found = [draw(rules(number)) for number in range(draw(st.integers(1, 5)))]
    for rule in list(found):
        if draw(st.booleans()):
            begins = datetime.date.fromisoformat(rule["effective_from"])
            later = begins + datetime.timedelta(days=draw(st.integers(1, 3)))
            kind = rule["licence_types"][0]
            newer = {**rule, "version": 2, "effective_from": str(later)}
            newer.pop("effective_to", None)
            found.append({**newer, **draw(limits(kind))} if rule["effect"] != "deny" else newer)
    draw(st.randoms()).shuffle(found)
    return {
        "regions": ["north", "south"],
        "title": {"chinese": "随机", "english": "Random"},
        "basis": "Drawn.",
        "recognition": found,
        "services": [],
        "examples": [],
    }


def near(rule: dict[str, Any], key: str, others: Any) -> Any:
    """Mostly what the rule lists, else anything."""
    listed = rule.get(key) or others
    return st.one_of(st.sampled_from(listed), st.sampled_from(listed), st.sampled_from(others))


@st.composite
def events(draw: Any, rule: dict[str, Any]) -> Boundary:
    asking, issuing = rule["recognising"], rule["issuing"]
    kind = rule["licence_types"][0]
    fields = draw(some(rule.get("fields", TYPES[kind]))) + draw(some(TYPES[kind], least=0)) * draw(
        st.integers(0, 4).map(lambda number: number == 4)
    )
    at = midnight(draw(st.sampled_from(DAYS))) + draw(st.sampled_from((0, 0, -1, 1, 86_399_999)))
    claimed = draw(st.dictionaries(st.sampled_from(fields), st.sampled_from(VALUES)))
    asked = Request(
        asking=asking,
        issuing=issuing,
        licence_type=kind,
        item=draw(st.sampled_from(ITEMS)),
        use_kind=draw(near(rule, "use_kinds", USE_KINDS)),
        purpose=draw(near(rule, "purposes", PURPOSES)),
        legal_basis=draw(near(rule, "legal_bases", LEGAL_BASES)),
        has_consent=draw(st.booleans()) or draw(st.booleans()),
        fields=tuple(dict.fromkeys(fields)),
        arrived_at=at,
        asking_division=draw(st.sampled_from(PLACES[asking])),
        issuing_division=draw(st.sampled_from(PLACES[issuing])),
        holder=draw(near(rule, "holders", HOLDERS)),
        claimed=tuple(claimed.items()),
    )
    returned = draw(some(fields, least=0)) + [TYPES[kind][2]] * draw(
        st.integers(0, 6).map(lambda one: one == 6)
    )
    since = draw(st.one_of(st.none(), st.integers(-1, 4)))
    later = at if draw(st.booleans()) else midnight(LATER)
    answer = Answer(
        state=draw(st.sampled_from((*rule.get("accepted_states", ["VALID"]), "EXPIRED", "SUSPENDED"))),
        trust=draw(st.sampled_from(("A", rule.get("least_trust", "A"), "C"))),
        returned=tuple(returned),
        outcome=draw(st.sampled_from(("MATCH_VALID", "MATCH_VALID", "NOT_FOUND"))),
        since=None if since is None else later - since * 86_400_000,
        arrived_at=later,
        values=tuple(draw(st.dictionaries(st.sampled_from(fields), st.sampled_from(VALUES))).items()),
        mismatched=tuple(name for name in claimed if draw(st.booleans())),
    )
    return Boundary("drawn", asked, answer)


@cache
def world() -> dict[str, Any]:
    return two_readings.world_of(
        {path: yaml.safe_load(text) for path, text in SMALL.items() if path.endswith(".yaml")}
    )


@cache
def base() -> loading.Parts:
    return loading.inspect(SMALL)[0]


def compiled(text: str) -> Book:
    """The rules of this agreement, read as the files are, in the small world."""
    found: list[Any] = []
    document, problems = reading.read(AGREEMENT, text.encode())
    assert document is not None
    file = agreement_files.read(document, Intake(names(), found))
    assert [str(one) for one in (*problems, *found)] == []
    return Book(loading.build(replace(base(), agreements=(file,)), ""), slots=1)


@cache
def names() -> dict[str, frozenset[str]]:
    return {
        "region": frozenset(("north", "south")),
        "licence type": frozenset(TYPES),
        "item": frozenset(ITEMS),
        "purpose": frozenset(PURPOSES),
    }


@settings(max_examples=settings.default.max_examples // 3)  # one draws some 30 events, and takes 0.1 s
@given(st.data())
def test_compiled_rules_decide_as_the_file_reads(data: Any) -> None:
    text = json.dumps(data.draw(agreements()), ensure_ascii=False)  # JSON is YAML, without anchors
    file, book = yaml.safe_load(text), compiled(text)
    for rule in file["recognition"]:
        drawn = data.draw(events(rule))
        by_rules, by_file = two_readings.by_rules(drawn, book), two_readings.by_reading(drawn, file, world())
        event(f"{by_rules[0][1] or 'delivered'}, {by_rules[1][3] if by_rules[1] else 'no answer'}")
        assert by_rules == by_file


def test_a_reading_that_differs_would_be_seen() -> None:
    """Each step of the direct reading matters: without it the same question is judged otherwise."""
    file = yaml.safe_load(SMALL[AGREEMENT])
    asked = Request(
        "north", "south", "firm-licence", "firm-change", "VERIFY", "handling", "STATUTORY_DUTY", False,
        ("firm_name",), midnight(datetime.date(2025, 1, 1)), "350102", "360000",
    )  # fmt: skip
    drawn = Boundary("", asked, Answer("VALID", "B", (), arrived_at=asked.arrived_at))
    assert two_readings.by_reading(drawn, file, world())[1][3] == "yes"
    changes: list[dict[str, Any]] = [
        {"effect": "review"}, {"accepted_states": ["EXPIRED"]}, {"least_trust": "A"},
        {"fields": ["seat"]}, {"purposes": ["archiving"]}, {"legal_bases": ["CONSENT"]},
        {"use_kinds": ["FILE"]}, {"holders": ["organisation"]}, {"consent_required": True},
        {"effective_from": "2025-01-02"},
        {"effective_to": "2025-01-01"}, {"recognising_scope": "350200"}, {"items": ["firm-setup"]},
        {"licence_types": ["id-card"]}, {"issuing_scope": "360400"}, {"effect": "deny"},
        {"when": ['request.holder == "organisation"']}, {"when": ["answer.days_in_state > 3"]},
    ]  # fmt: skip
    for change in changes:
        other = {**file, "recognition": [{**file["recognition"][0], **change}]}
        assert two_readings.by_reading(drawn, other, world()) != two_readings.by_reading(
            drawn, file, world()
        ), change
    assert set(EVIDENCE_OF) == set(USE_KINDS)
    assert second_reading.judge.__module__ == "gateway.app.second_reading"
    assert replace(drawn, what="x").is_by_day
