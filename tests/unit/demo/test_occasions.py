"""What simulated provinces do is what the agreements of this repository allow, decided by the line itself."""

from random import Random

import pytest

from gateway.definitions import Definitions
from gateway.demo.occasions import Scene, now
from gateway.identifiers import slot_of
from tests.world import SLOTS, Desk


@pytest.fixture(scope="module")
def scene(definitions: Definitions) -> Scene:
    return Scene(definitions, Random(1), now())


@pytest.fixture
def desk(definitions: Definitions) -> Desk:
    return Desk(definitions)


def test_every_region_asks_every_other_and_is_asked(scene: Scene) -> None:
    asked = {
        (asker, asking.rule.issuing)
        for asker, askings in scene.askings.items()
        for under_rule in askings
        for asking in under_rule
    }
    assert asked == scene.book.pairs


def test_every_request_is_delivered_under_the_rule_it_was_made_from(scene: Scene, desk: Desk) -> None:
    for askings in scene.askings.values():
        for asking in (asking for under_rule in askings for asking in under_rule):
            request = scene.request(asking, scene.random.choice(scene.licences(asking)))
            partition = slot_of(request.case_id, SLOTS)
            entry = desk.send(request, arrived_at=now(), partition=partition).entry
            assert (entry.outcome, entry.reason, entry.rule_id) == ("delivered", None, asking.rule.id)


def test_every_application_is_delivered_under_its_service_rule(scene: Scene, desk: Desk) -> None:
    applyings = [applying for of_region in scene.applyings.values() for applying in of_region]
    assert {applying.rule.receiving for applying in applyings} == set(scene.book.regions)
    for applying in applyings:
        application = scene.application(applying)
        partition = slot_of(application.case_id, SLOTS)
        entry = desk.send(application, arrived_at=now(), partition=partition).entry
        assert (entry.outcome, entry.reason, entry.rule_id) == ("delivered", None, applying.rule.id)
