"""What a registry lacks, in words, and which contract an id stands for."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.definitions import Contract
from gateway.errors import BrokerFault
from gateway.registry import (
    Compatibility,
    Differs,
    Found,
    Register,
    Version,
    contract_of,
    keep,
    kept,
    plan,
    registered,
    subject_of,
)
from tests import world

SUBJECT = "cn.gateway.LicenceVerificationRequested"
CONTRACTS = tuple(one for one in world.contracts() if subject_of(one) == SUBJECT)
FIRST, SECOND = CONTRACTS


def changed(contract: Contract, **properties: object) -> str:
    return json.dumps(json.loads(contract.schema) | properties)


class FakeRegistry:
    """Holds versions under one subject; ids from 1."""

    url = "http://registry"

    def __init__(self, *schemas: str) -> None:
        self.held = tuple(Version(number, number, schema) for number, schema in enumerate(schemas, 1))

    def versions(self, subject: str) -> tuple[Version, ...]:
        return self.held if subject == SUBJECT else ()

    def schema(self, schema_id: int) -> str | None:
        return next((one.schema for one in self.held if one.schema_id == schema_id), None)


def lines(*versions: str, compatibility: str | None = "BACKWARD") -> list[str]:
    there = Found(FakeRegistry(*versions).held, compatibility)
    return [str(change) for change in plan(CONTRACTS, {SUBJECT: there})]


def test_an_empty_registry_gets_the_first_version_then_the_rule_then_the_second() -> None:
    assert plan(CONTRACTS, {}) == (
        Register(SUBJECT, FIRST),
        Compatibility(SUBJECT, None),
        Register(SUBJECT, SECOND),
    )


def test_what_is_registered_in_other_words_of_json_needs_no_change() -> None:
    assert lines(changed(FIRST), changed(SECOND)) == []


def test_what_is_missing_and_what_is_lax_is_told() -> None:
    assert lines(FIRST.schema, compatibility="NONE") == [
        f"~ {SUBJECT}  compatibility NONE -> BACKWARD",
        f"+ {SUBJECT}  licence-verification-requested v2",
    ]


def test_a_registered_schema_that_differs_from_the_file_is_told_with_its_place() -> None:
    schema = json.loads(SECOND.schema)
    schema["fields"][1]["maxLength"] = 99
    [line] = lines(FIRST.schema, json.dumps(schema))
    assert line.startswith(f"! {SUBJECT}  version 2 (id 2) differs from avro/")
    assert line.endswith("v2.avsc in fields.case_id.maxLength; the file holds")


def test_a_schema_that_nobody_released_is_told() -> None:
    foreign = json.loads(FIRST.schema)
    foreign["fields"] = foreign["fields"][:3]
    [differs] = [
        change
        for change in plan(CONTRACTS, {SUBJECT: Found(FakeRegistry(json.dumps(foreign)).held, "BACKWARD")})
        if isinstance(change, Differs)
    ]
    assert "no released schema" in str(differs)


def test_every_id_of_a_schema_is_known_whatever_its_words() -> None:
    ids = registered(FakeRegistry(FIRST.schema, SECOND.schema, changed(SECOND, doc="corrected")), CONTRACTS)  # type: ignore[arg-type]
    assert ids == {1: FIRST, 2: SECOND, 3: SECOND}


def test_a_registry_without_one_of_our_schemas_is_told_what_to_do() -> None:
    with pytest.raises(
        BrokerFault, match="no licence-verification-requested v2: run `gateway schemas apply`"
    ):
        registered(FakeRegistry(FIRST.schema), CONTRACTS)  # type: ignore[arg-type]


def test_an_id_that_is_another_contract_s_fixed_one_is_told() -> None:
    clash = replace(FIRST, schema_id=2)
    with pytest.raises(BrokerFault, match="gives the id 2"):
        registered(FakeRegistry(FIRST.schema, SECOND.schema), (clash, SECOND))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("schema_id", "expected"),
    [(1, FIRST), (2, None), (3, None), (4, None)],
    ids=["ours", "another-record", "no-record", "nothing"],
)
def test_an_id_stands_for_one_of_our_contracts_or_for_none(schema_id: int, expected: Contract | None) -> None:
    other = {"type": "record", "name": "Other", "fields": []}
    holding = FakeRegistry(FIRST.schema, json.dumps(other), '"string"')
    assert contract_of(holding, CONTRACTS, schema_id) == expected  # type: ignore[arg-type]


@pytest.fixture
def noted(tmp_path: Path) -> Path:
    keep(tmp_path, "http://registry", {7: FIRST, 8: SECOND})
    return tmp_path


def test_a_note_serves_the_same_registry_and_the_same_contracts(noted: Path) -> None:
    assert kept(noted, "http://registry", CONTRACTS) == {7: FIRST, 8: SECOND}
    assert kept(noted, "http://another", CONTRACTS) is None
    assert kept(noted, "http://registry", (*CONTRACTS, replace(SECOND, version=3))) is None
    assert kept(noted / "empty", "http://registry", CONTRACTS) is None
