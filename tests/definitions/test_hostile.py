"""The table of hostile inputs against the pure core, and against the schema lint."""

import shutil
from pathlib import Path
from random import Random

import pytest

from gateway.app.keeper import Keeper
from gateway.definition_files import Store, load
from gateway.definitions import Definitions
from gateway.definitions.lint import lint
from tests.hostile.cases import CASES, ELSEWHERE, SCHEMAS, Case, SchemaCase
from tests.hostile.core import Line
from tests.hostile.definitions import DEFINITIONS, DefinitionCase, signed_folder
from tests.hostile.endings import check, check_delivered
from tests.hostile.scene import ROOT, Scene, definition_folders
from tests.hostile.table import DOCUMENT, REFUSED, current, table
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


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return signed_folder(tmp_path_factory.mktemp("good"))


@pytest.mark.parametrize("case", DEFINITIONS, ids=str)
def test_hostile_definitions_are_refused_and_the_last_good_ones_run(
    case: DefinitionCase, good: Path, tmp_path: Path
) -> None:
    root, data = tmp_path / "root", tmp_path / "data"
    shutil.copytree(good, root)
    keeper = Keeper(root, data, lambda _: ())
    assert keeper.start().agreements
    case.spoil(root)
    handed_over: list[int] = []
    for _ in range(2):
        keeper.look(lambda new: handed_over.append(new.number))
    refused = Store(data).refused()
    assert refused is not None
    assert any(case.words in finding for finding in refused.findings), refused.findings
    assert (handed_over, keeper.running.number) == ([], 7)
    keeper.close()
    restarted = Keeper(root, data, lambda _: ())
    assert restarted.start().number == 7
    restarted.close()


def test_the_document_is_current() -> None:
    text = DOCUMENT.read_text("utf-8")
    assert current(text) == text, "run `python -m tests.hostile.table`"
    assert table() in text


def test_every_number_of_the_list_has_its_place() -> None:
    numbers = {case.number for case in (*CASES, *SCHEMAS, *DEFINITIONS)} | {
        number for number, _, _ in ELSEWHERE
    }
    assert numbers == set(range(1, 41))


def test_every_alarm_of_the_table_is_an_alert_on_its_reason() -> None:
    alerts = (ROOT / "ops" / "prometheus" / "rules.yml").read_text("utf-8").split("- alert: ")
    expressions = {alert.partition("\n")[0]: alert for alert in alerts}
    for case in CASES:
        if case.alarm and case.reason:
            wanted = case.outcome.value if case.quarantined else case.reason.value
            assert wanted in expressions[case.alarm], f"{case}: {case.alarm} does not watch it"
    assert "gateway_definitions_refused_seconds" in expressions[REFUSED]
