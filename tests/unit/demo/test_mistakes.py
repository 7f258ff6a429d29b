"""Every mistake comes back with the reason it is told to have, decided by the line itself."""

from random import Random

import pytest

from gateway.cases import DECIDING, RECEIVING, STATES, Note, Standing, advance
from gateway.definitions import Definitions
from gateway.demo.mistakes import MISTAKES, SECOND_ANSWER, Mistake, illegal_steps
from gateway.demo.occasions import Asking, Scene, now
from gateway.errors import Reason
from gateway.identifiers import slot_of
from tests import world
from tests.world import SLOTS, Desk

NEEDS_A_STRANGER = Reason.NO_AGREEMENT
NAMES = [mistake.expected.reason for mistake in MISTAKES]


@pytest.fixture(scope="module")
def scene(definitions: Definitions) -> Scene:
    return Scene(definitions, Random(1), now())


def make(mistake: Mistake, asking: Asking, scene: Scene, desk: Desk) -> tuple[str, str | None] | None:
    """Outcome and reason of one mistake; None if there was no occasion for it."""
    request = scene.request(asking, scene.licences(asking)[0])
    topic = f"{asking.rule.recognising}.outbox"
    place = slot_of(request.case_id, SLOTS)
    if mistake.follows:
        assert desk.outcome(request, topic, now(), partition=place) == "delivered"
    value = mistake.spoil(request, asking, scene)
    if value is None:
        return None
    entry = desk.send(value, topic, now(), partition=place).entry
    return entry.outcome, entry.reason


@pytest.mark.parametrize("mistake", MISTAKES, ids=NAMES)
def test_a_mistake_has_the_reason_it_is_told_to_have(
    mistake: Mistake, scene: Scene, definitions: Definitions
) -> None:
    desk = Desk(definitions)
    askings = [asking for of_region in scene.askings.values() for under in of_region for asking in under]
    made = [make(mistake, asking, scene, desk) for asking in askings]
    occasions = set(made) - {None}
    expected = (mistake.expected.outcome.value, mistake.expected.reason)
    assert occasions == (set() if mistake.expected.reason is NEEDS_A_STRANGER else {expected})


def test_where_two_regions_have_no_agreement_one_asks_the_other() -> None:
    """South has an agreement with east only."""
    scene = Scene(world.definitions(), Random(1), now())
    [mistake] = [mistake for mistake in MISTAKES if mistake.expected.reason is NEEDS_A_STRANGER]
    request = world.request(source="south", target="east")
    asking = Asking(world.rule(), "business-licence", "company-change")
    assert mistake.spoil(request, asking, scene) is not None
    assert request.target == "west"


def test_no_two_mistakes_have_the_same_reason() -> None:
    assert len(set(NAMES)) == len(MISTAKES)


@pytest.mark.parametrize("role", [RECEIVING, DECIDING])
@pytest.mark.parametrize("state", STATES)
def test_an_illegal_step_is_illegal_whatever_is_said_with_it(state: str, role: str) -> None:
    standing = Standing(state, None, None)
    steps = list(illegal_steps(standing, role))
    assert steps
    assert all(isinstance(advance(standing, step, role, Note(True, True, True)), str) for step in steps)


def test_a_second_answer_is_already_answered() -> None:
    desk = Desk()
    asked = world.request()
    desk.send(asked)
    assert desk.outcome(world.answer(asked)) == "delivered"
    assert desk.outcome(world.answer(asked)) == SECOND_ANSWER.reason
