"""The licences of simulated provinces: every identifier is right, and none can be anybody's."""

from random import Random

import pytest

from gateway.definitions import Definitions, RegionName
from gateway.demo.store import OF_ORGANISATION, OF_PERSON, Store, organisation_in, person_number
from gateway.identifiers import division_of, is_licence_identifier, is_person_number, is_uscc


@pytest.fixture(scope="module")
def stores(definitions: Definitions) -> dict[RegionName, Store]:
    return {name: Store(region, definitions, Random(1)) for name, region in definitions.regions.items()}


def test_a_store_has_every_type_its_region_issues(
    definitions: Definitions, stores: dict[RegionName, Store]
) -> None:
    for name, region in definitions.regions.items():
        assert {licence.type for licence in stores[name]} == region.issues


def test_a_store_has_licences_for_every_scope_that_rules_tell_apart(
    definitions: Definitions, stores: dict[RegionName, Store]
) -> None:
    for agreement in definitions.agreements:
        for rule in agreement.recognition:
            for licence_type in rule.licence_types & definitions.regions[rule.issuing].issues:
                assert stores[rule.issuing].of(licence_type, rule.issuing_scope[0])


def test_identifiers_have_right_check_characters(stores: dict[RegionName, Store]) -> None:
    for store in stores.values():
        for licence in store:
            assert is_licence_identifier(licence.id), licence
            assert division_of(licence.id.split(".")[6]) == licence.division
            assert store.find(licence.id) is licence


def test_holders_cannot_be_living_people(stores: dict[RegionName, Store]) -> None:
    for store in stores.values():
        for holder in (licence.holder for licence in store):
            if holder.type == OF_PERSON:
                assert is_person_number(holder.code)
                assert 1885 <= int(holder.code[6:10]) <= 1899
            else:
                assert holder.type == OF_ORGANISATION
                assert is_uscc(holder.code)


def test_a_licence_fills_every_field_of_its_type(
    definitions: Definitions, stores: dict[RegionName, Store]
) -> None:
    fields = {licence_type.name: licence_type.fields for licence_type in definitions.licence_types.values()}
    for store in stores.values():
        for licence in store:
            assert tuple(licence.values) == dict(fields)[licence.type]  # type: ignore[index]
            assert all(licence.values.values())


def test_most_licences_are_valid_and_some_are_not(stores: dict[RegionName, Store]) -> None:
    for store in stores.values():
        states = [licence.state for licence in store]
        assert states.count("VALID") > 0.7 * len(states)
        assert set(states) > {"VALID"}


def test_a_forged_identifier_is_well_formed_and_not_in_the_store(stores: dict[RegionName, Store]) -> None:
    for store in stores.values():
        forged = store.unissued_id(next(iter(store)))
        assert is_licence_identifier(forged)
        assert store.find(forged) is None


def test_a_region_has_its_synthetic_body_in_each_division(definitions: Definitions) -> None:
    for region in definitions.regions.values():
        assert organisation_in(region, region.division) == region.organisation
        assert is_uscc(organisation_in(region, f"{region.division[:2]}0500"))


def test_person_numbers_follow_the_chance_they_are_given() -> None:
    assert person_number("330000", Random(7)) == person_number("330000", Random(7))
    assert is_person_number(person_number("330000", Random(8)))
