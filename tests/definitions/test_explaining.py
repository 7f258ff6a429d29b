"""`gateway explain` and `gateway agreements card` on the shipped definitions, and what is shown of them."""

import json
import re
import subprocess
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from rich.cells import cell_len

from gateway import definition_files
from gateway.app import explaining
from gateway.cli import cli
from gateway.cli.terms import hanging
from gateway.law.words_explanation import COLUMN
from tests.world import ROOT

EVENT = (
    ROOT / "avro/licence-verification-requested/examples/valid/v1-business-licence-for-company-change.json"
)
ANSWERS = ROOT / "avro/licence-verification-answered/examples/valid"
AGREEMENT = "regions/agreements/jiangsu--shanghai.yaml"
RULE = "shanghai-accepts-zhejiang-business-licence@1"
SHOWN = re.compile(r"^\$ gateway ((?:explain|agreements card) .*)\n((?:(?!```).*\n)*)", re.MULTILINE)


@pytest.fixture(autouse=True, scope="module")
def _read_once() -> Iterator[None]:
    """The shipped definitions do not change between these tests; reading them is most of their time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(definition_files, "load_texts", lru_cache(definition_files.load_texts))
        yield


def gateway(*words: str) -> Result:
    return CliRunner().invoke(cli, [*words, "--definitions", str(ROOT)])


def said(*words: str) -> str:
    told = gateway(*words)
    assert told.exit_code == 0, told.output
    return told.output


def refusal(*words: str) -> str:
    told = gateway(*words)
    assert told.exit_code == 1, told.output
    return told.output


def line_of(example: str, path: str = AGREEMENT) -> str:
    lines = (ROOT / path).read_text("utf-8").splitlines()
    return str(next(number for number, line in enumerate(lines, start=1) if f"name: {example}" in line))


def event(folder: Path, source: Path = EVENT, **changed: object) -> str:
    """The example event with other fields, as a file."""
    path = folder / "event.json"
    contract = source.parents[2].name
    record = {**json.loads(source.read_text("utf-8")), **changed}
    path.write_text(json.dumps({"contract": contract, "record": record}), "utf-8")
    return str(path)


def test_what_the_documents_show_is_what_the_commands_print(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    shown = SHOWN.findall((ROOT / "docs/agreements.md").read_text("utf-8"))
    assert len(shown) == 3
    for words, output in shown:
        told = CliRunner().invoke(cli, words.split())
        assert told.exit_code == 0, told.output
        printed, wanted = told.output.splitlines(), output.splitlines()
        if wanted[-1] == "…":
            wanted.pop()
            printed = printed[: len(wanted)]
        assert printed == wanted, words


def test_an_event_is_explained_without_any_value_of_it(tmp_path: Path) -> None:
    fine = said("explain", event(tmp_path), "--both")
    assert "Delivered: the rule allows it." in fine
    assert "送达：规则允许。" in fine
    record = json.loads(EVENT.read_text("utf-8"))
    values = [claim["value"] for claim in record["claims"]]
    wrong = said("explain", event(tmp_path, purpose="canary-purpose", fields=["canary_field"]), "--both")
    for personal in (*values, record["holder_code"], record["licence_id"], record["officer"], "canary"):
        assert personal not in fine + wrong
    assert "one that is not in the catalogue" in wrong


def test_lines_that_are_too_wide_hang_from_where_their_text_begins() -> None:
    path = "regions/agreements/shanghai--zhejiang.yaml"
    line = line_of("Outside the zone Shanghai asks one field too many", path)
    told = said("explain", f"{ROOT / path}:{line}", "--both").splitlines()
    assert max(cell_len(one) for one in told) <= 100
    agreed = next(number for number, one in enumerate(told) if one.startswith(" " * 22 + "agreed: "))
    assert told[agreed + 1] == " " * 26 + "registered_capital, unified_code"
    clause = "不一致的字段不包括经营者，且" * 4
    first, second = hanging(f"  ✗ 条件              {clause}", COLUMN).splitlines()
    assert first + second.removeprefix(" " * 22) == f"  ✗ 条件              {clause}"


def test_an_event_is_judged_on_the_day_it_arrives(tmp_path: Path) -> None:
    assert "Refused, not-recognised" in said("explain", event(tmp_path), "--on", "2020-01-01")
    assert "不得" not in said("explain", event(tmp_path), "--on", "2026-11-02", "--chinese")


def test_who_sends_an_event_is_said_by_its_file_or_named(tmp_path: Path) -> None:
    record = {**json.loads(EVENT.read_text("utf-8")), "source": ""}
    blank, bare = str(tmp_path / "blank.json"), tmp_path / "bare.json"
    Path(blank).write_text(json.dumps({"contract": EVENT.parents[2].name, "record": record}), "utf-8")
    bare.write_text(json.dumps(record), "utf-8")
    assert said("explain", blank, "--as", "shanghai") == said("explain", event(tmp_path))
    assert 'it does not name its contract; write {"contract": …' in refusal("explain", str(bare))
    assert "name the region that sends it with --as (anhui, jiangsu," in refusal("explain", blank)
    assert 'region "atlantis" is not defined' in refusal("explain", blank, "--as", "atlantis")
    assert "it would be wrong-source" in refusal("explain", event(tmp_path), "--as", "jiangsu")


def test_an_answer_needs_the_rule_that_granted_its_request() -> None:
    answer = next(path for path in sorted(ANSWERS.iterdir()) if '"VALID"' in path.read_text("utf-8"))
    assert "name it with --rule ID@VERSION" in said("explain", str(answer))
    told = said("explain", str(answer), "--rule", RULE)
    assert f"The answer, judged by {RULE}" in told
    assert "there is no rule nobody@1" in refusal("explain", str(answer), "--rule", "nobody@1")


def test_what_no_rule_speaks_of_is_said_to_be_so(tmp_path: Path) -> None:
    progress = next((ROOT / "avro/application-progressed/examples/valid").iterdir())
    receipt = next((ROOT / "avro/event-receipt/examples/valid").iterdir())
    assert "the state of its case decides" in said("explain", event(tmp_path, progress))
    assert "event-receipt is written by the gateway itself" in said("explain", event(tmp_path, receipt))
    broken = refusal("explain", event(tmp_path, licence_id="1.2.156.3005.2.X"))
    assert "bad-identifier" in broken


def test_applications_are_explained_too() -> None:
    agreement = "regions/agreements/shanghai--zhejiang.yaml"
    line = line_of("A mortgage is not filed on a bank's word alone", agreement)
    assert "✗ consent           not given" in said("explain", f"{ROOT / agreement}:{line}")


@pytest.mark.parametrize(
    ("what", "words"),
    [
        ("nothing.json", "is no file, and no position such as zhejiang.outbox[3]@88123"),
        (str(ROOT / AGREEMENT), "name one of its examples by its line"),
        (f"{ROOT / AGREEMENT}:1", "no example stands at line 1"),
        (str(ROOT / "regions/catalog/items.yaml"), "is no agreement of these definitions"),
        (str(ROOT / "pyproject.toml"), "pyproject.toml"),
    ],
)
def test_what_cannot_be_explained_is_said_in_a_sentence(what: str, words: str) -> None:
    assert words in refusal("explain", what)


def test_every_example_of_the_agreements_has_an_explanation_that_agrees_with_it() -> None:
    desk = explaining.desk(ROOT)
    for example in desk.examples:
        told = explaining.of_example(desk.book, example)
        if example.expected.reason is not None:
            assert told.failed is not None, example.name
            assert told.failed.reason == example.expected.reason, example.name
        if example.expected_answer is None:
            assert told.outcome == example.expected.outcome or example.answer is not None, example.name
        elif example.expected_answer.recognised is not None:
            assert told.recognised == example.expected_answer.recognised, example.name
        else:
            assert told.outcome == example.expected_answer.outcome, example.name
        for language in (0, 1):
            assert desk.lines(told, language)


def test_a_card_is_found_by_its_file_or_its_regions(tmp_path: Path) -> None:
    by_regions = said("agreements", "card", "shanghai", "jiangsu")
    assert by_regions == said("agreements", "card", str(ROOT / AGREEMENT))
    assert "江苏认可上海证照" in by_regions
    out = tmp_path / "card.html"
    assert said("agreements", "card", "jiangsu", "shanghai", "--out", str(out)) == f"{out}\n"
    assert out.read_text("utf-8") == by_regions
    assert "there is no agreement mars" in refusal("agreements", "card", "mars")


def test_a_card_in_one_language() -> None:
    assert "Article 1" not in said("agreements", "card", "jiangsu", "shanghai", "--chinese")
    assert "第一条" not in said("agreements", "card", "jiangsu", "shanghai", "--english")
    assert "第一条" in said("agreements", "card", "jiangsu", "shanghai", "--text", "--chinese")


def test_every_agreement_has_words_for_all_its_codes() -> None:
    """A code that shows through is one that the catalogue has no Chinese word for."""
    for path in sorted((ROOT / "regions/agreements").glob("*--*.yaml")):
        if path.name.endswith(".signatures.yaml"):
            continue
        written = said("agreements", "card", str(path), "--text", "--chinese").split("── 示例")[0]
        for line in written.splitlines():
            label = line.strip().split("  ")[0]
            if label in {"用途", "可交换的字段", "用证方式", "认可的状态", "办理方式", "持证主体", "可留存"}:
                assert not re.search(r"[a-z]+_[a-z]+|[A-Z]{3,}(?!文件)", line.replace("OFD", "")), (
                    path,
                    line,
                )


def test_chinese_of_the_shipped_files_has_no_half_width_commas() -> None:
    texts = definition_files.load_texts(ROOT)
    written = [chinese for codes in texts.words.values() for _, chinese in codes.values()]
    for one in texts.agreements:
        written += [one.chinese, *(instrument.chinese for instrument in one.agreement.instruments)]
    assert [chinese for chinese in written if "," in chinese or ";" in chinese] == []
    assert "认可的状态                有效；失效、过期" in said(
        "agreements", "card", "anhui", "jiangsu", "--text", "--chinese"
    )


def test_a_change_since_an_older_file_or_a_revision_is_marked(tmp_path: Path) -> None:
    older = tmp_path / "older.yaml"
    text = (ROOT / AGREEMENT).read_text("utf-8")
    older.write_text(
        text.replace("answer_within_seconds: 172800", "answer_within_seconds: 259200", 1), "utf-8"
    )
    written = said("agreements", "card", "jiangsu", "shanghai", "--text", "--since", str(older))
    assert "[-within 3 days-]{+within 2 days+}" in written
    assert "<del>3 天内答复</del><ins>2 天内答复</ins>" in said(
        "agreements", "card", "jiangsu", "shanghai", "--since", str(older)
    )
    assert "is no file and no revision" in refusal(
        "agreements", "card", "jiangsu", "shanghai", "--since", "nonsense"
    )


def test_a_change_since_a_revision_is_read_from_git(tmp_path: Path) -> None:
    for folder in ("topics", "avro", "regions"):
        subprocess.run(["cp", "-r", str(ROOT / folder), str(tmp_path)], check=True)
    git = ["git", "-C", str(tmp_path), "-c", "user.name=a", "-c", "user.email=a@example.invalid"]
    for command in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "as it was"]):
        subprocess.run([*git, *command], check=True)
    path = tmp_path / AGREEMENT
    path.write_text(path.read_text("utf-8").replace("172800", "86400", 1), "utf-8")
    told = CliRunner().invoke(
        cli,
        [
            "agreements",
            "card",
            "jiangsu",
            "shanghai",
            "--text",
            "--since",
            "HEAD",
            "--definitions",
            str(tmp_path),
        ],
    )
    assert "[-within 2 days-]{+within 1 day+}" in told.output
