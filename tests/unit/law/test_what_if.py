"""Coming rules judged by what was decided: what flips, what stays, and what a sample cannot tell."""

import json
from dataclasses import replace
from importlib import import_module
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from gateway import metrics
from gateway.app import recorded
from gateway.broker import TopicRecord
from gateway.cli import cli
from gateway.definition_files.conditions import compiled
from gateway.definitions import RecognitionRule
from gateway.definitions.book import Book
from gateway.law.explanation_asked import Found
from gateway.law.what_if import CANNOT_BE_TOLD, DELIVERED, Flip, Recorded, Tally, next_change, said
from gateway.ledger import LEDGER
from tests import world
from tests.laws import east_asks
from tests.shown import blocks, printed
from tests.world import NOW, ROOT, rule

LATER = NOW + 86_400_000
ASKED = east_asks("91330100Y99900021L")
FOUND = Found("VALID", "A", 3, NOW, matched=("unified_code",), named=("unified_code",))
REQUEST = Recorded("east.outbox[1]@7", ASKED, None, DELIVERED, "east-accepts-west@1")
ANSWER = Recorded("west.outbox[1]@9", ASKED, FOUND, "yes", "east-accepts-west@1")


def book(*rules: RecognitionRule) -> Book:
    return Book(world.definitions(recognition=rules), slots=12)


@pytest.mark.parametrize(
    ("coming", "decision", "would_be"),
    [
        ({}, REQUEST, DELIVERED),
        ({}, ANSWER, "yes"),
        ({"purposes": frozenset()}, REQUEST, "purpose-not-agreed"),
        ({"purposes": frozenset()}, ANSWER, "purpose-not-agreed"),
        ({"fields": frozenset({"name"})}, REQUEST, "field-not-agreed"),
        ({"accepted_states": frozenset({"EXPIRED"})}, ANSWER, "no"),
        ({"effect": "review"}, ANSWER, "review"),
        ({"effective_to": LATER}, REQUEST, "not-recognised"),
        ({}, replace(ANSWER, found=replace(FOUND, state=None), said="nothing found"), "nothing found"),
    ],
)
def test_a_decision_is_judged_by_the_coming_rules(
    coming: dict[str, object], decision: Recorded, would_be: str
) -> None:
    assert said(book(rule(**coming)), decision, LATER)[0] == would_be


def test_flips_are_counted_by_kind_with_one_example() -> None:
    tally, coming = Tally(), book(rule(accepted_states=frozenset({"EXPIRED"})))
    for decision in (REQUEST, ANSWER, replace(ANSWER, position="west.outbox[1]@11")):
        tally.take(decision, coming, None)
    kind = ("east", "west", "company-change", "business-licence", "yes", "no")
    assert (tally.requests, tally.answers, tally.flips) == (1, 2, {kind: 2})
    assert tally.examples[kind].recorded.position == "west.outbox[1]@9"


def test_a_sample_keeps_no_value_and_tells_the_same(tmp_path: Path) -> None:
    path = tmp_path / "sample.jsonl"
    path.write_text("".join(recorded.line_of(one) + "\n" for one in (REQUEST, ANSWER)), "utf-8")
    assert "91330100Y99900021L" not in path.read_text("utf-8")
    kept = list(recorded.in_file(path))
    assert [said(book(rule()), one, None)[0] for one in kept] == [DELIVERED, "yes"]


@pytest.mark.parametrize(
    ("text", "stage", "decision"),
    [
        ("claimed.unified_code != ''", "asked_when", REQUEST),
        ("returned.unified_code != ''", "answered_when", ANSWER),
    ],
)
def test_a_condition_on_a_value_cannot_be_told_from_a_sample(
    text: str, stage: str, decision: Recorded
) -> None:
    condition = compiled(text, {"unified_code": "text"}, "file:1")
    coming = book(rule(**{stage: (condition,)}))
    assert said(coming, replace(decision, with_values=False), None) == (CANNOT_BE_TOLD, "")
    assert said(coming, decision, None)[0] != CANNOT_BE_TOLD


def test_the_next_change_is_when_the_last_coming_rule_begins() -> None:
    coming = book(rule(), rule(version=2, effective_from=LATER))
    assert (next_change(coming, NOW), next_change(coming, LATER)) == (LATER, None)


# ── the command ──────────────────────────────────────────────────────────────────────────────────

shadowing = import_module("gateway.cli.what_if")  # the package holds the command by this name
SAMPLE = str(ROOT / "examples/what-if/decisions.jsonl")


def run(*words: str) -> Result:
    return CliRunner().invoke(cli, ["what-if", "--definitions", str(ROOT), *words])


def test_the_document_shows_what_is_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    shown = [one for one in blocks((ROOT / "docs/agreements.md").read_text("utf-8")) if "what-if" in one[0]]
    assert shown == [(words, printed(words)) for words, _ in shown] != []


def test_the_sample_flips_only_from_the_day_on() -> None:
    assert json.loads(run("--sample", SAMPLE, "--on", "2026-12-31", "--json").output)["flips"] == []
    [flip] = json.loads(run("--sample", SAMPLE, "--on", "2027-01-01", "--json").output)["flips"]
    assert (flip["was"], flip["would_be"], flip["licence_type"]) == ("yes", "no", "driving-licence")


def test_what_is_no_sample_is_told_with_its_line(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.jsonl"
    wrong.write_text("{}\n", "utf-8")
    told = run("--sample", str(wrong))
    assert (told.exit_code, f"{wrong}:1: this is no line of a sample" in told.output) == (1, True)
    assert run("--sample", SAMPLE, "--follow").exit_code == 2


# ── record and ledger entry brought together ─────────────────────────────────────────────────────


def topic_records(desk: world.Desk, *events: object) -> tuple[list[TopicRecord], list[TopicRecord]]:
    """The records of these events, and the ledger entries on them."""
    published, entries = [], []
    for event in events:
        decision = desk.send(event)
        topic, at = decision.entry.topic, decision.entry.arrived_at
        value = desk.frame(event)
        published.append(TopicRecord(topic, desk.partition, decision.entry.offset, at, b"", value, None))
        entry = desk.entries[-1]
        entries.append(TopicRecord(LEDGER, desk.partition, decision.entry.seq, at, b"", entry, None))
    return published, entries


@pytest.mark.parametrize("turned", [False, True])
def test_records_and_entries_meet_in_any_order(turned: bool) -> None:
    desk = world.Desk()
    asked = world.request()
    curious, reply = world.request(purpose="curiosity"), world.answer(asked)
    published, entries = topic_records(desk, asked, asked, curious, reply)
    batches = [published, entries][:: -1 if turned else 1]
    joining = recorded.Joining(desk.book)
    found = [one for batch in batches for one in joining.take(batch[:: -1 if turned else 1])]
    assert sorted((one.position, one.said) for one in found) == [
        (f"east.outbox[{desk.partition}]@0", DELIVERED),
        (f"east.outbox[{desk.partition}]@2", "purpose-not-agreed"),
        (f"west.outbox[{desk.partition}]@0", "yes"),
    ]
    tally, coming = Tally(), Book(world.definitions(recognition=(rule(effect="review"),)), slots=4)
    flips = [flip for one in found if (flip := tally.take(one, coming, None))]
    assert [(flip.recorded.said, flip.would_be) for flip in flips] == [("yes", "review")]


def test_the_shadow_counts_flips_as_they_happen(monkeypatch: pytest.MonkeyPatch) -> None:
    expired = [one for one in recorded.in_file(Path(SAMPLE)) if one.found and one.found.state == "EXPIRED"]
    flipping = next(one for one in expired if one.said == "yes")
    monkeypatch.setattr(shadowing, "_in_kafka", lambda settings, follow: iter([flipping, flipping]))
    told = run("--follow", "--on", "2027-01-01").output
    assert told.count(f"{flipping.position}  ") == 2
    figures = metrics.ShadowMetrics()
    for _ in range(2):
        shadowing._count(figures, Flip(flipping, "no", "r@2"))
    labels = {
        tuple(sample.labels.values()): sample.value
        for family in figures.collect()
        for sample in family.samples
    }
    assert labels[(flipping.asked.asking, flipping.asked.issuing, flipping.said, "no")] == 2
