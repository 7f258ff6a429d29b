"""Conditions are compiled when the files are loaded; what could fail later is refused there."""

import pytest

from gateway.definition_files.conditions import LONGEST, Misfit, compiled
from gateway.definitions.conditions import AT_ANSWER, AT_REQUEST, DATE, NUMBER, TEXT, Read

ALLOWED = "&&, ||, !, ==, !=, <, <=, >, >=, in, size, startsWith, endsWith, contains"
KINDS = {"main_form": TEXT, "valid_to": DATE, "seats": NUMBER}

NESTED = "!(" * 14 + "request.consent" + " || request.consent)" * 14


@pytest.mark.parametrize(
    ("text", "stage", "reads"),
    [
        ('request.item == "a" || request.consent', AT_REQUEST, ["request.item", "request.consent"]),
        ('claimed.valid_to >= "2026-01-01"', AT_REQUEST, ["claimed.valid_to"]),
        ("returned.seats > -3", AT_ANSWER, ["returned.seats"]),
        ('!("main_form" in answer.mismatched)', AT_ANSWER, ["answer.mismatched"]),
        (
            'request.item.startsWith("a") && "a" in request.fields',
            AT_REQUEST,
            ["request.item", "request.fields"],
        ),
    ],
)
def test_a_condition_knows_when_it_is_judged_and_what_it_reads(
    text: str, stage: str, reads: list[str]
) -> None:
    condition = compiled(text, KINDS, "file:1")
    assert (condition.stage, [read.name for read in condition.reads]) == (stage, reads)


def test_a_compiled_condition_is_run_with_the_values_it_reads() -> None:
    condition = compiled("returned.seats > -3", KINDS, "file:1")
    assert condition.reads == (Read("returned.seats", NUMBER),)
    for written, holds in (("-4", False), ("0", True)):
        values, missing = condition.values({"returned.seats": written})
        assert missing is None
        assert condition.program(values) is holds
    assert condition.values({"returned.seats": "many"}) == ({}, "returned.seats")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('request.itm == "a"', '"request.itm" is not declared (did you mean "request.item"?).'),
        ("request.item == 3", "found no matching overload for '_==_' applied to '(string, int)'."),
        ("request.item", "it gives no yes or no."),
        (
            'request.item == "a" && answer.outcome == "b"',
            "it reads the request and its answer; write two conditions.",
        ),
        ("1 < 2", "it reads nothing; it holds always or never."),
        (
            "answer.days_in_state / 0 > 1",
            f"/ may fail or take long; use {ALLOWED}.",
        ),
        (
            'request.item.matches("(a+)+")',
            f"matches may fail or take long; use {ALLOWED}.",
        ),
        (
            'request.fields.exists(f, f == "a")',
            f"only these may stand in it: {ALLOWED}, declared names and values.",
        ),
        (
            "answer.days_in_state < int(2.5)",
            f"int may fail or take long; use {ALLOWED}.",
        ),
        (
            "request.consent &&",
            (
                "Syntax error: mismatched input '<EOF>' expecting {'[', '{', '(', '.', '-', '!', 'true', "
                "'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}."
            ),
        ),
        (NESTED, "it is nested deeper than 12 levels."),
        (
            "request.consent " * LONGEST,
            f"a condition of {16 * LONGEST} characters; at most {LONGEST} are read.",
        ),
        ("2.5 < 3.5 || request.consent", "only texts, whole numbers, true and false may be compared with."),
    ],
)
def test_what_is_no_total_condition_over_declared_names_is_refused(text: str, said: str) -> None:
    with pytest.raises(Misfit) as misfit:
        compiled(text, KINDS, "file:1")
    assert misfit.value.sentence == said


def test_a_misfit_knows_its_column() -> None:
    with pytest.raises(Misfit) as misfit:
        compiled('request.consent && claimed.colour == "red"', KINDS, "file:1")
    assert misfit.value.column == 26


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ('request.holder = "person"', 'did you mean "=="?'),
        ('claimed.valid_to > date("2026-01-01")', 'a date is a text in quotes: "2026-11-02".'),
    ],
)
def test_a_slip_of_the_pen_is_met_with_a_hint(text: str, hint: str) -> None:
    with pytest.raises(Misfit) as misfit:
        compiled(text, KINDS, "file:1")
    assert hint in misfit.value.sentence
