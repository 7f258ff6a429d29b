"""The folders topics/, avro/ and regions/ of this repository, as they are."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from gateway.app.mutation_score import scores
from gateway.app.two_readings import compare
from gateway.definition_files import (
    findings,
    json_schemas,
    load,
    load_examples,
    plain,
    write_json_schemas,
)
from gateway.definitions import RegionName

ROOT = Path(__file__).resolve().parents[2]
FUJIAN = Path(__file__).parent / "fujian"
FOLDERS = ("topics", "avro", "regions")


def test_shipped_folders_have_no_findings() -> None:
    assert [str(finding) for finding in findings(ROOT)] == []


def test_shipped_folders_are_complete() -> None:
    definitions = load(ROOT)
    assert set(definitions.regions) == {"zhejiang", "jiangsu", "shanghai", "anhui"}
    assert len(definitions.licence_types) == 37
    assert len(definitions.items) == 24
    pairs = {agreement.regions for agreement in definitions.agreements}
    assert pairs == {(a, b) for a in definitions.regions for b in definitions.regions if a < b}
    assert len(definitions.by_schema_id) == len(definitions.contracts)


def test_every_region_has_its_three_topics() -> None:
    definitions = load(ROOT)
    names = {topic.name for topic in definitions.topics}
    for region in definitions.regions.values():
        assert {region.outbox, region.inbox, region.receipts_topic} <= names


def test_every_rule_has_an_example() -> None:
    tested = {example.expected.rule for example in load_examples(ROOT)}
    for agreement in load(ROOT).agreements:
        assert {rule.id for rule in agreement.recognition} <= tested
        assert {rule.id for rule in agreement.services} <= tested


def test_examples_notice_nine_of_ten_changes_of_every_agreement() -> None:
    found = scores(load(ROOT), load_examples(ROOT))
    assert len(found) == 6
    for score in found:
        assert score.noticed >= 0.9 * score.mutants, score.path
    assert sum(score.mutants for score in found) > 800


def test_both_readings_judge_every_boundary_alike() -> None:
    compared = compare(load(ROOT), plain(ROOT))
    assert compared.questions > 2000
    assert [str(finding) for finding in compared.findings] == []


def test_loading_takes_less_than_a_second_and_a_half() -> None:
    """Seconds of the processor, the better of two, in a process whose steps nobody counts."""
    measured = subprocess.run(
        [sys.executable, "-c", MEASURE_LOADING, ROOT], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert float(measured.stdout) < 1.5


MEASURE_LOADING = """
import pathlib, sys, time
from gateway.definition_files import load

def seconds():
    start = time.process_time()
    load(pathlib.Path(sys.argv[1]))
    return time.process_time() - start

print(min(seconds(), seconds()))
"""


def test_json_schemas_are_current() -> None:
    stale = [path for path, text in json_schemas().items() if (ROOT / path).read_text("utf-8") != text]
    assert stale == [], "run `gateway.definition_files.write_json_schemas` on the root of the repository"


def test_json_schemas_are_written_where_they_are_looked_for(tmp_path: Path) -> None:
    for folder in ("regions", "topics"):
        (tmp_path / folder).mkdir()
    write_json_schemas(tmp_path)
    written = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.json")}
    assert written == set(json_schemas())


@pytest.mark.parametrize("folder", ["topics", "regions"])
def test_every_file_names_its_json_schema_first(folder: str) -> None:
    schemas = {ROOT / path for path in json_schemas()}
    for path in (ROOT / folder).rglob("*.yaml"):
        first, _, _ = path.read_text("utf-8").partition("\n")
        before, _, schema = first.partition("=")
        assert before == "# yaml-language-server: $schema", path
        assert (path.parent / schema).resolve() in schemas, path


def test_a_fifth_region_is_a_change_of_files_only(tmp_path: Path) -> None:
    for folder in FOLDERS:
        shutil.copytree(ROOT / folder, tmp_path / folder)
    shutil.copytree(FUJIAN, tmp_path, dirs_exist_ok=True)

    before, after = load(ROOT), load(tmp_path)

    fujian = after.regions[RegionName("fujian")]
    assert set(after.regions) - set(before.regions) == {"fujian"}
    assert after.digest != before.digest
    assert {topic.name for topic in after.topics} - {topic.name for topic in before.topics} == {
        fujian.outbox,
        fujian.inbox,
        fujian.receipts_topic,
    }
    new_pairs = {agreement.regions for agreement in after.agreements if fujian.name in agreement.regions}
    assert new_pairs == {("anhui", "fujian"), ("fujian", "zhejiang")}
