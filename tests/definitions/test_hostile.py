"""The table of hostile inputs against the pure core, and against the schema lint."""

from random import Random

import pytest

from gateway.definition_files import load
from gateway.definitions import Definitions
from gateway.definitions.lint import lint
from tests.hostile.cases import CASES, ELSEWHERE, SCHEMAS, Case, SchemaCase
from tests.hostile.core import Line
from tests.hostile.endings import check, check_delivered
from tests.hostile.scene import ROOT, Scene, definition_folders
from tests.hostile.table import DOCUMENT, current, table
from tests.unit.test_lint import event
from tests.world import NOW

SLOTS = 4


@pytest.fixture(scope="module")
def hostile_definitions(tmp_path_factory: pytest.TempPathFactory) -> Definitions:
    return load(definition_folders(tmp_path_factory.mktemp("definitions")))


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_hostile_input_ends_with_its_reason(case: Case, hostile_definitions: Definitions) -> None:
    line, scene = Line(hostile_definitions, SLOTS), Scene(SLOTS, NOW)
    made = case.made(scene)
    for group in made.before:
        for _, ending in line.decide(group, NOW):
            assert ending.entries[0][0].reason == made.reason_before
    slot = made.hostile.partition(SLOTS)
    before, after = scene.good(made.hostile.outbox, slot), scene.good(made.hostile.outbox, slot)
    endings = line.decide([before, made.hostile, after], NOW + made.wait_ms)
    check_delivered(before, *endings[0])
    check(case, made.hostile, *endings[1])
    check_delivered(after, *endings[2])


def test_a_burst_of_hostile_inputs_leaves_the_good_events_alone(hostile_definitions: Definitions) -> None:
    line, scene, draw = Line(hostile_definitions, SLOTS), Scene(SLOTS, NOW), Random(4)
    burst = draw.choices([case for case in CASES if not case.kafka_only], k=10_000)
    made = [case.made(scene) for case in burst]
    for depth in (0, 1):
        line.decide([sent for each in made if len(each.before) > depth for sent in each.before[depth]], NOW)
    good = [scene.good("shanghai", slot) for slot in range(SLOTS) for _ in range(25)]
    batch = [(each.hostile, case) for each, case in zip(made, burst, strict=True) if not each.wait_ms]
    batch += [(sent, None) for sent in good]
    draw.shuffle(batch)
    endings = line.decide([sent for sent, _ in batch], NOW)
    for (sent, case), (place, ending) in zip(batch, endings, strict=True):
        if case is None:
            check_delivered(sent, place, ending)
        else:
            check(case, sent, place, ending)


@pytest.mark.parametrize("case", SCHEMAS, ids=str)
def test_a_hostile_schema_is_refused_by_the_lint(case: SchemaCase) -> None:
    assert lint(event()) == []
    assert any(case.words in problem for problem in lint(event(case.field)))


def test_the_document_is_current() -> None:
    text = DOCUMENT.read_text("utf-8")
    assert current(text) == text, "run `python -m tests.hostile.table`"
    assert table() in text


def test_every_number_of_the_list_has_its_place() -> None:
    numbers = {case.number for case in (*CASES, *SCHEMAS)} | {number for number, _, _ in ELSEWHERE}
    assert numbers == set(range(1, 41))


def test_every_alarm_of_the_table_is_an_alert_on_its_reason() -> None:
    alerts = (ROOT / "ops" / "prometheus" / "rules.yml").read_text("utf-8").split("- alert: ")
    expressions = {alert.partition("\n")[0]: alert for alert in alerts}
    for case in CASES:
        if case.alarm and case.reason:
            wanted = case.outcome.value if case.quarantined else case.reason.value
            assert wanted in expressions[case.alarm], f"{case}: {case.alarm} does not watch it"
