"""What `gateway check` tells: every code with its message and hint, as text, JSON and SARIF."""

import ast
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from gateway.app import checking
from gateway.cli import cli
from gateway.definition_files import MEANINGS, Code, loading
from tests.findings import AGREEMENT, BREAKS, NORTH, PAGE, SMALL, SOUTH, Break, findings, page

UNPROVOKED = {
    Code.READINGS_DIFFER,  # only a fault of the gateway would show it
    Code.DOES_NOT_FIT,  # what checks say that name no code of their own
    Code.NOT_RISING,  # these are told by a running gateway only
    Code.RESTART_NEEDED,
    Code.TOPIC_MISSING,
    Code.NOT_KEPT,
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """The small world in the current folder, to be broken."""
    return Path(shutil.copytree(SMALL, tmp_path / "definitions"))


def run(*words: str) -> tuple[int, str]:
    done = CliRunner().invoke(cli, ["check", *words])
    return done.exit_code, done.output


def test_page_is_current() -> None:
    assert PAGE.read_text("utf-8") == page(), "run `make generate`"


def test_every_code_can_be_provoked_and_has_a_meaning() -> None:
    assert set(BREAKS) == set(Code) - UNPROVOKED
    assert set(MEANINGS) == set(Code)
    assert len({hint for _, hint in MEANINGS.values()}) > len(MEANINGS) * 0.9


@pytest.mark.parametrize("code", BREAKS, ids=str)
def test_finding_bears_its_code_and_the_hint_of_it(code: Code) -> None:
    found = [finding for finding in findings(BREAKS[code]) if finding.code == code]
    assert found
    assert {finding.hint for finding in found} == {MEANINGS[code][1]}
    assert all(finding.line >= 1 and finding.column >= 1 for finding in found)


def test_every_check_names_the_code_of_what_it_says() -> None:
    """A call of `finding` without one would tell `does-not-fit`."""
    folder = Path(loading.__file__).parent
    calls = [
        f"{path.name}:{node.lineno}"
        for path in folder.glob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "finding"
        if "code" not in ast.unparse(node).lower().rpartition(",")[2]
    ]
    assert calls == []


def test_examples_are_run_beside_unrelated_findings(root: Path) -> None:
    Break("topics/gateway.outbox.yaml", "retention_days: 35", "retention_days: 7").make(root)
    BREAKS[Code.EXAMPLE_FAILS].make(root)
    checked = checking.check(root)
    assert [finding.code for finding in checked.findings] == ["example-fails", "topic-duty"]
    assert checked.examples == 3


@pytest.mark.parametrize(
    "unsound",
    [
        Break(AGREEMENT, "daily_cap: 1000", "daily_cap: 1"),
        Break(SOUTH, "decides: [firm-change, firm-setup]", "decides: [firm-change, firm-setup, x]"),
        Break("regions/catalog/purposes.yaml", "name: archiving", "name: archiving\n    x: 1"),
    ],
    ids=["its own file", "one of its regions", "the catalogue"],
)
def test_examples_of_an_unsound_agreement_are_not_run(root: Path, unsound: Break) -> None:
    unsound.make(root)
    BREAKS[Code.EXAMPLE_FAILS].make(root)
    checked = checking.check(root)
    assert checked.examples == 0
    assert Code.EXAMPLE_FAILS not in [finding.code for finding in checked.findings]


def test_text_tells_what_to_do_once_for_each_code(root: Path) -> None:
    Break(NORTH, "issues: [firm-licence, id-card]", "issues: [firm-licenc, id-car]").make(root)
    code, output = run("--definitions", str(root))
    assert code == 1
    lines = output.splitlines()
    assert lines[0] == (
        f'{NORTH}:6:10: issues[0]: licence type "firm-licenc" is not in regions/catalog/licence-types.yaml '
        '(did you mean "firm-licence"?). [unknown-name]'
    )
    assert lines[1] == f"    {MEANINGS[Code.UNKNOWN_NAME][1]}"
    assert lines[2].startswith(f"{NORTH}:6:23: issues[1]: ")
    assert lines[3].startswith(
        "2 findings; what has none: 1 regions, 0 agreements, 0 rules, 0 examples run, "
    )
    assert len(lines) == 4


def test_nothing_wrong_is_told_with_counts_and_digest(root: Path) -> None:
    code, output = run("--definitions", str(root), "--no-mutants")
    first, second = output.splitlines()
    assert code == 0
    assert first.startswith("definitions 7 (")
    assert second.startswith("2 regions, 1 agreements, 3 rules, 3 examples hold, 1 contract versions, ")


def test_json_is_one_object(root: Path) -> None:
    Break(AGREEMENT, "daily_cap: 400", "daily_cap: 399").make(root)
    code, output = run("--definitions", str(root), "--json")
    told = json.loads(output)
    assert code == 1
    assert told["findings"] == [
        {
            "path": AGREEMENT,
            "line": 23,
            "column": 16,
            "code": "cap-too-small",
            "message": "recognition[0].daily_cap: 399 is too small; at least 400 is wanted "
            "(100 for each of 4 slots).",
            "hint": MEANINGS[Code.CAP_TOO_SMALL][1],
        }
    ]
    assert told["counts"]["findings"] == 1
    assert told["counts"]["regions"] == 2
    assert len(told["digest"]) == 64
    assert told["number"] == 7
    assert 0 <= told["seconds"] < 60


def test_json_of_an_empty_folder(tmp_path: Path) -> None:
    code, output = run("--definitions", str(tmp_path), "--json")
    told = json.loads(output)
    assert code == 1
    assert [finding["code"] for finding in told["findings"]] == ["no-definitions"]
    assert told["digest"] is None
    assert told["counts"] == {"findings": 1}


def test_text_of_an_empty_folder(tmp_path: Path) -> None:
    code, output = run("--definitions", str(tmp_path))
    assert code == 1
    assert "there are no definitions here" in output
    assert "1 finding; what has none: 0." in output


def test_sarif_has_the_shape_that_its_schema_requires(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The properties that SARIF 2.1.0 requires of each object, and the kinds of their values."""
    monkeypatch.chdir(root.parent)
    Break(AGREEMENT, "daily_cap: 400", "daily_cap: 399").make(root)
    Break(NORTH, "receipts: all", "reciepts: all").make(root)
    code, output = run("--definitions", str(root), "--sarif")
    log = json.loads(output)
    assert code == 1
    assert log["version"] == "2.1.0"
    assert log["$schema"].endswith("/sarif-schema-2.1.0.json")
    (told,) = log["runs"]
    rules = told["tool"]["driver"]["rules"]
    assert told["tool"]["driver"]["name"] == "gateway check"
    assert [rule["id"] for rule in rules] == [code.value for code in Code]
    assert all(rule["shortDescription"]["text"] and rule["help"]["text"] for rule in rules)
    assert told["columnKind"] == "unicodeCodePoints"
    assert told["invocations"] == [{"executionSuccessful": True, "exitCode": 1}]
    assert [result["ruleId"] for result in told["results"]] == ["cap-too-small", "unknown-key"]
    assert all(rules[result["ruleIndex"]]["id"] == result["ruleId"] for result in told["results"])
    assert [_where(result) for result in told["results"]] == [
        (f"definitions/{AGREEMENT}", 23, 16),
        (f"definitions/{NORTH}", 5, 1),
    ]


def _where(result: dict[str, Any]) -> tuple[str, int, int]:
    assert result["level"] == "error"
    assert isinstance(result["message"]["text"], str)
    (location,) = result["locations"]
    place = location["physicalLocation"]
    assert place["artifactLocation"]["uriBaseId"] == "%SRCROOT%"
    return place["artifactLocation"]["uri"], place["region"]["startLine"], place["region"]["startColumn"]


def test_sarif_without_findings_has_an_empty_list_of_results(root: Path) -> None:
    code, output = run("--definitions", str(root), "--sarif", "--no-mutants")
    assert code == 0
    assert json.loads(output)["runs"][0]["results"] == []
