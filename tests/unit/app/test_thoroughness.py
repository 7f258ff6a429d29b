"""Rules are changed to see whether an example notices; what none notices is said, examples are offered."""

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from gateway.app import mutation_score, rule_mutants, second_reading, thoroughness, two_readings
from gateway.app.rule_mutants import Mutant, written
from gateway.cli import cli
from gateway.definition_files import load, load_examples, plain
from gateway.definition_files.conditions import compiled
from gateway.definitions import FAVOURABLE, Agreement, RegionName
from tests import world
from tests.findings import AGREEMENT, SMALL

DIVISIONS = {"east": "310000", "west": "330000"}
PAIR = (RegionName("east"), RegionName("west"))
KINDS = {"seats": "number", "seat": "text", "valid_to": "date"}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return Path(shutil.copytree(SMALL, tmp_path / "definitions"))


def mutants(**rules: Any) -> list[Mutant]:
    agreement = Agreement(PAIR, rules.get("recognition", ()), rules.get("services", ()))
    return list(rule_mutants.of_agreement(agreement, DIVISIONS))


def changes(found: list[Mutant], *parts: str) -> list[str]:
    return [mutant.change for mutant in found if mutant.part in parts]


def check(root: Path, *words: str) -> tuple[int, str]:
    done = CliRunner().invoke(cli, ["check", "--definitions", str(root), *words])
    return done.exit_code, done.output


# ── what is changed ──────────────────────────────────────────────────────────────────────────────


def test_every_entry_of_every_list_is_dropped_once() -> None:
    rule = world.rule(holders=frozenset({"person", "organisation"}), review_states=frozenset({"SUSPENDED"}))
    dropped = [mutant.change for mutant in mutants(recognition=(rule,)) if mutant.change.endswith("dropped")]
    assert dropped == [
        "licence type business-licence is dropped",
        "item company-change is dropped",
        "use kind RETRIEVE is dropped",
        "use kind VERIFY is dropped",
        "purpose application-handling is dropped",
        "legal basis STATUTORY_DUTY is dropped",
        "field address is dropped",
        "field name is dropped",
        "field unified_code is dropped",
        "holders organisation is dropped".replace("holders", "holder"),
        "holder person is dropped",
        "accepted state VALID is dropped",
        "state for a clerk SUSPENDED is dropped",
    ]


def test_a_rule_for_one_kind_of_holder_may_lose_it() -> None:
    found = mutants(recognition=(world.rule(holders=frozenset({"person"})),))
    assert changes(found, "holders") == ["holders is left out"]


def test_dates_trust_grace_consent_and_effect_are_changed() -> None:
    rule = world.rule(effective_to=world.NOW + 1, grace_days=30, least_trust="B")
    found = mutants(recognition=(rule,))
    assert changes(found, "effective_from", "effective_to") == [
        "it begins a day earlier",
        "it ends a day earlier",
        "it begins a day later",
        "it ends a day later",
    ]
    assert changes(found, "least_trust") == ["least trust B becomes A", "least trust B becomes C"]
    assert changes(found, "grace_days") == ["a day of grace less", "a day of grace more"]
    assert changes(found, "consent_required") == ["consent is required"]
    assert changes(found, "effect") == ["allow becomes deny", "allow becomes review"]
    assert changes(mutants(recognition=(world.rule(effect="deny"),)), "effect") == ["the rule is taken out"]


def test_consent_that_every_legal_basis_needs_cannot_be_changed() -> None:
    only = world.service(legal_bases=frozenset({"CONSENT"}))
    assert changes(mutants(services=(only,)), "consent_required") == []
    assert changes(mutants(services=(world.service(),)), "consent_required") == [
        "consent is no longer required"
    ]


def test_scopes_are_widened_and_blocs_lose_a_member() -> None:
    rule = world.rule(recognising_scope=("310100", "310200"), issuing_scope=("330100",))
    assert changes(mutants(recognition=(rule,)), "recognising_scope", "issuing_scope") == [
        "recognising_scope is left out",
        "310100 is dropped from its recognising_scope",
        "310200 is dropped from its recognising_scope",
        "issuing_scope is left out",
    ]


def test_the_older_version_gives_way_when_the_newer_is_shifted() -> None:
    begins = world.NOW
    older = world.rule(effective_to=begins)
    newer = world.rule(version=2, effective_from=begins, running=FAVOURABLE)
    found = mutants(recognition=(older, newer))
    shifted = next(one for one in found if one.rule is newer and one.change == "it begins a day later")
    assert [
        rule.effective_to for rule in shifted.agreement(Agreement(PAIR, (older, newer), ())).recognition
    ] == [
        begins + rule_mutants.DAY_MS,
        None,
    ]
    assert changes(found, "effective_to") == []
    assert changes(found, "running") == ["running keep becomes favourable"]


def test_conditions_are_negated_swapped_and_dropped() -> None:
    text = 'claimed.seats < 3 || !(request.item == "company-change")'
    when = compiled(text, KINDS, "file:1")
    missing = compiled("returned.seats > 3", KINDS, "file:2")
    found = mutants(recognition=(world.rule(asked_when=(when,), answered_when=(missing,)),))
    own = [change.partition(" becomes ")[2] for change in changes(found, "when") if text in change]
    assert own == [
        "",
        f"!({text})",
        'claimed.seats < 3 && !(request.item == "company-change")'.replace(
            "claimed.seats < 3", "(claimed.seats < 3)"
        ),
        "claimed.seats < 3",
        '!(request.item == "company-change")',
        '(claimed.seats <= 3) || !(request.item == "company-change")',
        '(claimed.seats > 3) || !(request.item == "company-change")',
        '(claimed.seats < 3) || !(request.item != "company-change")',
    ]
    assert changes(found, "when_missing") == ["when_missing becomes review"]


@pytest.mark.parametrize(
    "text",
    [
        'request.item in ["a", "b"] && size(request.fields) >= 2',
        '!(claimed.seat.startsWith("3\\"1") || claimed.seat.contains("x")) == request.consent',
        'claimed.valid_to > "2026-01-01" && (request.consent || claimed.seats != -3)',
    ],
)
def test_a_condition_is_written_as_it_was_read(text: str) -> None:
    tree = compiled(text, KINDS, "file:1").tree
    assert compiled(written(tree), KINDS, "file:1").tree == tree


# ── what is said ─────────────────────────────────────────────────────────────────────────────────


def test_a_change_that_no_example_notices_is_a_finding(root: Path) -> None:
    code, output = check(root)
    assert code == 1
    first = output.splitlines()[0]
    assert first.startswith(
        f"{AGREEMENT}:5:5: no example fails if north-accepts-south-firm-licence@1 is changed so: "
        "use kind RETRIEVE is dropped; purpose archiving is dropped; field seat is dropped; "
    )
    assert first.endswith("changes of this agreement; 90% are wanted). [change-unnoticed]")


def test_offered_examples_are_enough_when_they_are_pasted(root: Path) -> None:
    code, output = check(root, "--suggest")
    assert code == 0
    head, *lines = output.splitlines()
    assert head.startswith(f"# {AGREEMENT}: ")
    file = root / AGREEMENT
    file.write_text(file.read_text("utf-8") + "\n".join(lines) + "\n", "utf-8")
    code, output = check(root)
    assert code == 0, output
    # What is left: the denial a day earlier denies what nobody allows then.
    assert "mutation score 96.9 %: an example notices 31 of 32 changes of rules; " in output
    assert "boundary questions, judged alike by the compiled rules and a second reading" in output
    assert check(root, "--suggest")[1].splitlines()[1:] == []


def test_programs_are_told_the_score(root: Path) -> None:
    told = json.loads(check(root, "--json")[1])["mutation_score"]
    assert told["agreements"] == {AGREEMENT: [told["noticed"], told["changes"]]}
    assert 0 < told["noticed"] < told["changes"] == 32
    assert told["boundary_questions"] == 89
    assert json.loads(check(root, "--json", "--no-mutants")[1])["mutation_score"] is None


def test_nothing_is_offered_before_the_files_are_right(root: Path) -> None:
    file = root / AGREEMENT
    file.write_text(file.read_text("utf-8").replace("daily_cap: 400", "daily_cap: 399"), "utf-8")
    code, output = check(root, "--suggest")
    assert code == 1
    assert output.startswith(f"{AGREEMENT}:23:16: recognition[0].daily_cap: 399 is too small")


def test_rules_with_conditions_get_examples_on_both_sides_of_them(root: Path) -> None:
    file = root / AGREEMENT
    when = (
        "daily_cap: 400\n    grace_days: 30\n    review_states: [SUSPENDED]\n    when_missing: review\n"
        "    when: ['claimed.seat.startsWith(\"35\") && size(request.fields) < 3', "
        "'returned.firm_name != \"x\"', '!(\"seat\" in answer.mismatched) || answer.days_in_state > 4']\n"
    )
    text = file.read_text("utf-8").split("examples:")[0].replace("daily_cap: 400\n", when)
    file.write_text(f"{text}examples:\n{PLAIN}", "utf-8")
    lines = check(root, "--suggest")[1].splitlines()[1:]
    file.write_text(file.read_text("utf-8") + "\n".join(lines) + "\n", "utf-8")
    code, output = check(root)
    assert code == 0, output
    offered = "\n".join(lines)
    assert "expired for 29 days" in offered
    assert "mismatched: [seat]" in offered or "answer.mismatched" in offered
    assert 'claimed: {seat: "35"}' in offered


PLAIN = """\
  - name: South decides a change for North
    application: {from: north, to: south, item: firm-change, mode: REMOTE_COLLECTION, legal_basis: CONSENT,
                  consent: true, on: "2025-01-01"}
    expect: {outcome: delivered}
"""


def test_too_many_rules_are_not_changed_unless_asked(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(thoroughness, "MOST_RULES", 2)
    code, output = check(root)
    assert code == 0
    assert output.splitlines()[2] == "mutation score: not taken, 3 rules are more than 2; use --mutants"
    assert check(root, "--mutants")[0] == 1
    assert len(check(root, "--no-mutants")[1].splitlines()) == 2


def test_readings_that_differ_are_told(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(second_reading, "_recognised", lambda *_: "review")
    compared = two_readings.compare(load(root), plain(root))
    assert compared.questions > 40
    assert compared.findings
    assert {finding.code for finding in compared.findings} == {"readings-differ"}
    assert compared.findings[0].message.startswith("two readings differ on ")


def test_an_agreement_without_examples_notices_nothing() -> None:
    definitions = load(SMALL)
    (score,) = mutation_score.scores(definitions, ())
    assert score.noticed == 0
    assert not score.is_enough
    (some,) = mutation_score.scores(definitions, load_examples(SMALL))
    assert 0 < some.noticed < some.mutants
    assert list(mutation_score.findings(replace(some, survivors=()))) == []
