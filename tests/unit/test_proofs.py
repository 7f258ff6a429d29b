"""The commands that prove, as people and programs meet them; docs/agreements.md shows what they print."""

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from gateway.app import examples
from gateway.cli import cli, proof_matrix, proof_words
from gateway.cli.proof_examples import example
from gateway.cli.terms import Terms, aligned
from gateway.definition_files import load, load_examples
from gateway.definitions import Definitions
from gateway.definitions.book import Book
from gateway.law import samples
from gateway.law.asymmetry import asymmetries
from gateway.law.gaps import gaps
from gateway.law.grid import Cell, Period, direction
from gateway.law.laundering import laundering
from gateway.law.matrix import matrix
from tests.conftest import ROOT
from tests.laws import condition, day, rule, world
from tests.shown import blocks, printed

PROOFS = ("agreements gaps", "agreements matrix", "agreements asymmetry", "agreements laundering")
AT = day("2026-11-02")


def run(*words: str) -> Result:
    return CliRunner().invoke(cli, ["agreements", *words, "--definitions", str(ROOT)])


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        block
        for block in blocks((ROOT / "docs/agreements.md").read_text("utf-8"))
        if block[0].startswith(PROOFS)
    ],
)
def test_the_document_shows_what_is_printed(words: str, shown: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    assert printed(words) == shown, "run `python -m tests.shown docs/agreements.md`"


@pytest.mark.parametrize(
    "words", ["gaps anhui zhejiang", "asymmetry anhui zhejiang", "matrix", "laundering --silent"]
)
def test_facts_for_programs_are_json(words: str) -> None:
    found: Any = json.loads(run(*words.split(), "--json").output)
    assert found
    if words == "matrix":
        assert found["regions"] == ["anhui", "jiangsu", "shanghai", "zhejiang"]
        assert {"recognising", "issuing", "licence_type", "until", "rules"} <= set(found["accepted"][0])
    if words.startswith("gaps"):
        holes = [one for way in found for one in way["silences"] if one["kind"] == "place"]
        assert [(one["licence_type"], one["items"]) for one in holes] == [
            ("social-security-card", ["social-security-card-issue"])
        ]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("gaps anhui zhejang", 'there is no region "zhejang" (did you mean zhejiang?)'),
        ("gaps anhui mars", 'there is no region "mars" (known: anhui, jiangsu, shanghai, zhejiang)'),
        ("asymmetry anhui anhui", "anhui has no agreement with itself"),
        ("matrix --type id-cards", 'there is no licence type "id-cards" (did you mean id-card?)'),
        ("matrix --on 2026-13-01", '"2026-13-01" is not a day like 2026-11-02'),
    ],
)
def test_what_is_not_known_is_told(words: str, told: str) -> None:
    result = run(*words.split())
    assert result.exit_code == 2
    assert told in " ".join(result.output.split())


@pytest.mark.parametrize("pair", ["anhui--zhejiang", "shanghai--zhejiang"])
def test_every_example_can_be_pasted_into_the_agreement_and_holds(pair: str, tmp_path: Path) -> None:
    for folder in ("regions", "topics", "avro"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    lines = run("gaps", *pair.split("--")).output.splitlines()
    starts = [index for index, line in enumerate(lines) if line.startswith("  - name:")]
    pasted = ["\n".join(lines[start : lines.index("", start)]) for start in starts]
    assert pasted
    path = tmp_path / "regions" / "agreements" / f"{pair}.yaml"
    path.write_text(path.read_text("utf-8") + "\n" + "\n".join(pasted) + "\n", "utf-8")
    given = load_examples(tmp_path)
    assert len(given) == len(load_examples(ROOT)) + len(pasted)
    assert examples.failing(given, Book(load(tmp_path), slots=64)) == ()


def test_a_contradiction_ends_with_one(monkeypatch: pytest.MonkeyPatch) -> None:
    given = world(rule(), rule(id="other", least_trust="B", effect="review"))
    monkeypatch.setattr("gateway.definition_files.load", lambda _root: given[0])
    result = run("gaps", "east", "west")
    assert result.exit_code == 1
    words = " ".join(result.output.split())
    assert "1 contradiction, no holes, no shadows" in words
    assert "with equal rank" in words


def told(definitions: Definitions, book: Book) -> str:
    return proof_words.gaps(gaps(definitions, book, "east", "west"), definitions, book)


def test_gaps_are_told_in_sentences() -> None:
    begun = rule(effective_to="2025-03-01")
    again = rule(id="again", effective_from="2025-03-02", effective_to="2026-01-01")
    words = " ".join(told(*world(begun, again)).split())
    assert "hole in time on card card证 for renewal renewal事项, no rule speaks" in words
    assert "no rule speaks from 2025-03-01 until 2025-03-01, though one does before and after" in words
    assert "ended card card证 for renewal renewal事项: none from 2026-01-01 on" in words
    assert "no rule at all permit permit证" in words
    never = rule(asked_when=(condition('request.day < "2024-01-01"'),))
    assert "never the conditions of rule east-accepts-west@1 (a.yaml:1) hold at no value" in " ".join(
        told(*world(never)).split()
    )


def test_claims_and_answers_stand_in_the_example() -> None:
    narrow = rule(
        id="narrow",
        issuing_scope=("330100",),
        fields={"number", "valid_to"},
        asked_when=(condition('claimed.valid_to >= "2026-05-01"'),),
        answered_when=(
            condition('returned.valid_to != "2020-01-01"'),
            condition('!("number" in answer.mismatched)'),
        ),
    )
    wide = rule(fields={"number", "valid_to"}, grace_days=3)
    definitions, book = world(wide, narrow)
    [shadow] = gaps(definitions, book, "east", "west").shadows
    assert [one.dimension for one in shadow.differences] == [
        "grace",
        "condition",
        "condition on the answer",
    ]
    way = direction(definitions, "east", "west")
    cell = Cell("card", "renewal", shadow.period, shadow.place)
    texts = [
        example("it", samples.asked(way, cell, wide, ("person",), one, narrow), book)
        for one in shadow.differences
    ]
    assert all(line in texts[0] for line in ("state: EXPIRED", 'since: "2023-12-30"', 'recognised: "no"'))
    assert 'claimed: {valid_to: "2026-04-30"}' in texts[1]
    assert "mismatched: [number]" in texts[2] or 'values: {valid_to: "2020-01-01"}' in texts[2]


def test_a_path_is_told_in_steps() -> None:
    west = rule(id="west-accepts-south", recognising="west", issuing="south")
    no = rule(id="no", issuing="south", items={"visit"}, effect="deny")
    definitions, book = world(west, rule(items={"visit"}), no)
    found = laundering(definitions, book, AT)
    words = " ".join(proof_words.laundering(found, found, AT, definitions).split())
    assert "1 denied, none conditional." in words
    refusal = "denied east east省 on card card证 of south south省 for visit visit事项: denied by no@1"
    assert refusal in words
    way = "but west west省 recognises those of {} for renewal renewal事项 by west-accepts-south@1"
    assert way.format("320000") in words
    assert "which east east省 recognises for the same by east-accepts-west@1" in words
    ways = (*found, replace(found[0], divisions=("320100",)))
    words = " ".join(proof_words.laundering(ways, ways, AT, definitions).split())
    assert words.count(refusal) == 1
    assert way.format("320000") in words
    assert way.format("320100") in words


def test_reasons_stated_are_shown() -> None:
    definitions, _ = world(rule(one_sided="no such register"))
    found = asymmetries(definitions, "east", "west", AT)
    words = proof_words.asymmetry(("east", "west"), found, AT, definitions)
    assert "reason stated: no such register" in words
    assert "nothing" in proof_words.asymmetry(("west", "east"), (), AT, definitions)


def test_many_regions_are_headed_by_their_digits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proof_matrix, "MOST_BY_NAME", 2)
    definitions, book = world(rule(effect="review"))
    lines = proof_matrix.matrix(matrix(definitions, book, AT), definitions, None).splitlines()
    assert lines[2].split() == ["31", "32", "33"]
    assert "r  some by a clerk only (manual review)" in lines[-1]


def test_chinese_counts_double_in_columns() -> None:
    assert aligned([["", "甲"], ["乙丙", "1"]]) == ["      甲", "乙丙   1"]


def test_items_beyond_the_first_are_counted() -> None:
    terms = Terms(world(rule())[0])
    assert terms.items(("*",)) == "any item"
    assert terms.items(("renewal",) * 8).endswith("and 2 more")
    assert Period(None, None).holds(0)
