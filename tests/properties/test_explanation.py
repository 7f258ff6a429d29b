"""Explanations say what recognition says, their interpreter what CEL says, and what they suggest is true."""

from dataclasses import replace

from hypothesis import assume, given
from hypothesis import strategies as st

from gateway.definition_files.conditions import Misfit, compiled
from gateway.definitions import FAVOURABLE, KEEP, NO, REVIEW, YES, RecognitionRule
from gateway.definitions.book import Book
from gateway.definitions.conditions import DATE, Condition
from gateway.law.explanation import explained
from gateway.law.explanation_asked import Asked, Found, Matter, is_recognised
from gateway.law.explanation_changes import applied, smallest_changes
from gateway.law.explanation_conditions import weighed
from tests import world
from tests.world import HOUR, NOW, rule

KINDS = {"unified_code": "text", "valid_to": DATE, "points": "number"}
DAYS = ("2026-03-01", "2026-03-02", "2026-03-03")
TEXTS = ("", "x", "xy", "王")
NUMBERS = ("-1", "0", "7", "12")

texts = st.sampled_from(("claimed.unified_code", "request.use_kind", *(f'"{text}"' for text in TEXTS)))
dates = st.sampled_from(("claimed.valid_to", "request.day", *(f'"{day}"' for day in DAYS)))
numbers = st.sampled_from(("claimed.points", "size(claimed.unified_code)", "size(request.fields)", *NUMBERS))
comparisons = st.sampled_from(("==", "!=", "<", "<=", ">", ">="))


def compared(values: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.builds("{} {} {}".format, values, comparisons, values)


leaves = st.one_of(
    compared(texts),
    compared(dates),
    compared(numbers),
    st.builds("{}.{}({})".format, texts, st.sampled_from(("startsWith", "endsWith", "contains")), texts),
    st.builds("{} in [{}, {}]".format, texts, texts, texts),
    st.builds("{} in request.fields".format, texts),
    st.sampled_from(("request.consent", "request.consent == false", "request.consent != true")),
)
trees = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.builds("({} && {})".format, inner, inner),
        st.builds("({} || {})".format, inner, inner),
        st.builds("!({})".format, inner),
        st.builds("(({}) == ({}))".format, inner, inner),
    ),
    max_leaves=5,
)
facts = st.fixed_dictionaries(
    {
        "request.use_kind": st.sampled_from(("VERIFY", "x")),
        "request.day": st.sampled_from(DAYS),
        "request.consent": st.booleans(),
        "request.fields": st.sampled_from(((), ("x",), ("x", "xy"))),
        "claimed.unified_code": st.sampled_from(TEXTS),
        "claimed.valid_to": st.sampled_from(DAYS),
        "claimed.points": st.sampled_from(NUMBERS),
    }
)


@given(trees, facts)
def test_the_interpreter_is_cel(text: str, known: dict[str, str | bool | tuple[str, ...]]) -> None:
    try:
        condition = compiled(text, KINDS, "here:1")
    except Misfit:
        assume(False)
        raise
    values, missing = condition.values(known)
    assert missing is None
    assert weighed(condition, known).held == condition.program(values)


def condition(text: str) -> Condition:
    return compiled(text, KINDS, "here:1")


ASKED_WHEN = tuple(
    condition(text)
    for text in (
        'request.holder == "organisation"',
        'claimed.valid_to >= "2026-03-02"',
        'request.use_kind == "VERIFY" || request.consent',
    )
)
ANSWERED_WHEN = tuple(
    condition(text)
    for text in ("answer.days_in_state < 5", "size(answer.mismatched) == 0", "returned.points < 7")
)


def some(*choices: str) -> st.SearchStrategy[frozenset[str]]:
    return st.frozensets(st.sampled_from(choices), min_size=1)


def conditions(choices: tuple[Condition, ...]) -> st.SearchStrategy[tuple[Condition, ...]]:
    return st.lists(st.sampled_from(choices), max_size=2, unique_by=id).map(tuple)


rules = st.builds(
    rule,
    id=st.sampled_from(("a", "b")),
    effect=st.sampled_from(("allow", "allow", "deny", "review")),
    effective_from=st.sampled_from((NOW - HOUR, NOW, NOW + HOUR)),
    effective_to=st.sampled_from((None, NOW + 2 * HOUR)),
    recognising_scope=st.sampled_from((("310000",), ("310151",))),
    issuing_scope=st.sampled_from((("330000",), ("330400", "330500"))),
    items=some("company-change", "household-move", "*"),
    use_kinds=some("VERIFY", "FILE"),
    purposes=some("application-handling", "archiving"),
    legal_bases=some("STATUTORY_DUTY", "CONSENT"),
    fields=some("name", "unified_code", "valid_to"),
    holders=st.sampled_from((frozenset(), frozenset({"person"}))),
    consent_required=st.booleans(),
    least_trust=st.sampled_from("AB"),
    accepted_states=some("VALID", "SUSPENDED"),
    review_states=st.sampled_from((frozenset(), frozenset({"EXPIRED"}))),
    grace_days=st.sampled_from((0, 10)),
    running=st.sampled_from((KEEP, FAVOURABLE)),
    asked_when=conditions(ASKED_WHEN),
    answered_when=conditions(ANSWERED_WHEN),
    missing_is=st.sampled_from((NO, REVIEW)),
)
asked = st.builds(
    Asked,
    asking=st.just("east"),
    issuing=st.sampled_from(("west", "west", "south")),
    asking_division=st.sampled_from(("310000", "310151")),
    issuing_division=st.sampled_from(("330100", "330400", "340000")),
    licence_type=st.just("business-licence"),
    item=st.sampled_from(("company-change", "household-move")),
    use_kind=st.sampled_from(("VERIFY", "FILE")),
    purpose=st.sampled_from(("application-handling", "archiving")),
    legal_basis=st.sampled_from(("STATUTORY_DUTY", "CONSENT")),
    has_consent=st.booleans(),
    fields=st.sampled_from((("name",), ("name", "valid_to"), ("unified_code", "name"))),
    holder=st.sampled_from(("person", "organisation")),
    arrived_at=st.sampled_from((NOW - 2 * HOUR, NOW, NOW + HOUR, NOW + 3 * HOUR)),
    claimed=st.sampled_from(((), (("valid_to", "2026-03-02"),), (("valid_to", "?"),))),
)
found = st.builds(
    Found,
    state=st.sampled_from(("VALID", "EXPIRED", "SUSPENDED", "REVOKED", None)),
    trust=st.sampled_from("ABC"),
    days=st.sampled_from((None, -1, 0, 4, 9, 10)),
    arrived_at=st.just(NOW + 4 * HOUR),
    mismatched=st.sampled_from(((), ("name",))),
    returned=st.sampled_from(((), (("points", "6"),), (("points", "7"),))),
    named=st.sampled_from(((), ("name",), ("photo",))),
)


def book_of(some_rules: list[RecognitionRule]) -> Book:
    numbered = tuple(replace(one, version=number) for number, one in enumerate(some_rules, start=1))
    return Book(world.definitions(recognition=numbered), world.SLOTS)


@given(st.lists(rules, max_size=4), asked, st.none() | found)
def test_an_explanation_recognises_what_recognition_does_and_suggests_what_it_would(
    some_rules: list[RecognitionRule], one: Asked, answer: Found | None
) -> None:
    book, matter = book_of(some_rules), Matter(one, answer)
    explanation = explained(book, matter)
    told = explanation.failed is None and (answer is None or explanation.recognised == YES)
    assert told == is_recognised(book, matter)
    suggestions = smallest_changes(book, matter)
    assert not (told and suggestions)
    for suggestion in suggestions:
        assert is_recognised(book, applied(matter, suggestion))
