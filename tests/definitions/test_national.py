"""Definitions like those of a whole country, but fewer: they are sound, and loading them asks for little."""

from pathlib import Path

import pytest

from bench import national
from gateway.app import checking
from gateway.definition_files import load, reading, rules

REGIONS, RULES = 5, 400


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return national.write(tmp_path_factory.mktemp("national"), REGIONS, RULES)


def test_they_have_no_findings_and_their_examples_hold(root: Path) -> None:
    checked = checking.check(root)
    assert [str(finding) for finding in checked.findings] == []
    counts = checking.counts(checked)
    assert (counts["regions"], counts["agreements"], counts["rules"]) == (REGIONS, 10, RULES)
    assert counts["examples"] > RULES / 4


def test_they_are_the_same_for_the_same_seed(root: Path) -> None:
    first, again = (dict(national.Author(REGIONS, RULES, national.SEED).files()) for _ in range(2))
    assert first == again
    assert all((root / path).read_text("utf-8") == text for path, text in first.items())


def test_no_file_without_findings_has_its_places_dealt_out(root: Path) -> None:
    before = reading._located.cache_info().misses
    load(root)
    assert reading._located.cache_info().misses == before


def test_rules_without_conditions_never_reach_cel(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("a rule without `when:` was compiled")

    monkeypatch.setattr(rules, "compiled", refuse)
    definitions = load(root)
    assert all(
        not rule.asked_when and not rule.answered_when
        for agreement in definitions.agreements
        for rule in agreement.recognition
    )
