"""The proofs beside brute force: recognition asked on a finer grid than the one they look at."""

from itertools import product
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway import recognition
from gateway.definitions import TRUST_LEVELS, RecognitionRule
from gateway.definitions.book import Book
from gateway.errors import Refused
from gateway.law import samples
from gateway.law.asking import Answer, Asked, Told, told
from gateway.law.differences import given_beyond
from gateway.law.gaps import Gaps, gaps
from gateway.law.grid import Cell, Period, direction
from gateway.recognition import Question
from tests.laws import ITEMS, condition, day, rule, world

DAYS = ("2024-01-01", "2024-07-01", "2025-01-01", "2025-03-01")
FINER_DAYS = ("2023-06-01", *DAYS, "2024-12-31", "2025-02-28")
EASTERN = ("310000", "310100", "310115")
FINER_EAST = (*EASTERN, "310116", "310200", "310110")
WESTERN = ("330000", "330100", "330200")
FINER_WEST = (*WESTERN, "330102", "330300")
HOLDERS = ("person", "organisation")
AT = day("2026-01-01")
WAY = direction(world(rule())[0], "east", "west")


def some(*values: str, least: int = 1) -> st.SearchStrategy[set[str]]:
    return st.sets(st.sampled_from(values), min_size=least)


CONDITIONS = [
    condition(text)
    for text in (
        'claimed.valid_to >= "2026-05-01"',
        "request.consent",
        'request.use_kind == "SCAN"',
        "size(answer.mismatched) == 0",
        "answer.days_in_state < 2",
        'answer.licence_state != "EXPIRED" || answer.trust_level == "A"',
    )
]


@st.composite
def rules(draw: st.DrawFn, number: int = 0) -> RecognitionRule:
    """A rule of east on west; what limits it is drawn from few values, so that rules meet."""
    begins = draw(st.integers(0, len(DAYS) - 1))
    ends = draw(st.one_of(st.none(), st.integers(begins + 1, len(DAYS)))) if begins + 1 < len(DAYS) else None
    asked = draw(st.sets(st.sampled_from(CONDITIONS[:3]), max_size=1))
    answered = draw(st.sets(st.sampled_from(CONDITIONS[3:]), max_size=1))
    return rule(
        id=f"rule-{number}",
        effect=draw(st.sampled_from(("allow", "allow", "review", "deny"))),
        effective_from=DAYS[begins],
        effective_to=None if ends is None or ends == len(DAYS) else DAYS[ends],
        recognising_scope=tuple(sorted(draw(some(*EASTERN)))),
        issuing_scope=tuple(sorted(draw(some(*WESTERN)))),
        licence_types=draw(some("card", "permit")),
        items=draw(st.one_of(some(*ITEMS), st.just({"*"}))),
        use_kinds=draw(some("VERIFY", "SCAN")),
        purposes=draw(some("handling", "inspection")),
        legal_bases=draw(some("CONSENT", "STATUTORY_DUTY")),
        fields=draw(some("number", "valid_to")),
        consent_required=draw(st.booleans()),
        least_trust=draw(st.sampled_from(TRUST_LEVELS[:2])),
        accepted_states=draw(some("VALID", "EXPIRED")),
        review_states=draw(some("EXPIRED", "SUSPENDED", least=0)),
        grace_days=draw(st.sampled_from((0, 0, 2, 3))),
        holders=draw(some(*HOLDERS, least=0)),
        asked_when=tuple(asked),
        answered_when=tuple(answered),
        missing_is=draw(st.sampled_from(("no", "review"))),
    )


@st.composite
def agreements(draw: st.DrawFn) -> tuple[RecognitionRule, ...]:
    return tuple(draw(rules(number)) for number in range(draw(st.integers(1, 5))))


def question(licence_type: str, item: str, iso: str, east: str, west: str) -> Question:
    return Question(
        "east", "west", east, west, licence_type, item, "VERIFY", "handling", "STATUTORY_DUTY", True,
        ("number",), "person", day(iso),
    )  # fmt: skip


def speaks(book: Book, asked: Question) -> bool:
    """Whether a rule speaks, also to deny."""
    try:
        recognition.rule_for(book, asked)
    except Refused as refused:
        return refused.rule is not None
    return True


def reported(found: Gaps, asked: Question) -> int:
    """How many silences this question lies in, its places taken as those the report tells apart."""
    east = closest(asked.asking_division, {one for one, _ in found.places})
    west = closest(asked.issuing_division, {one for _, one in found.places})
    return sum(
        one.licence_type == asked.licence_type
        and asked.item in one.items
        and one.period.holds(asked.arrived_at)
        and (east, west) in one.places
        for one in found.silences
    )


def closest(division: str, known: set[str]) -> str:
    """The narrowest of these divisions that this one lies in."""
    within = [one for one in known if division.startswith(one.rstrip("0"))]
    return max(within, key=lambda one: len(one.rstrip("0")))


@given(agreements())
@settings(max_examples=20, deadline=None)
def test_exactly_what_is_reported_silent_is_unmatched(own: tuple[RecognitionRule, ...]) -> None:
    definitions, book = world(*own)
    found = gaps(definitions, book, "east", "west")
    for licence_type, item, iso, east, west in product(
        ("card", "permit"), ITEMS, FINER_DAYS, FINER_EAST, FINER_WEST
    ):
        asked = question(licence_type, item, iso, east, west)
        if licence_type in found.unnamed:
            assert not speaks(book, asked) or told(book, Asked(asked, (), None)).outcome == "refused"
        else:
            assert reported(found, asked) == (0 if speaks(book, asked) else 1), (licence_type, item, iso)
    for one in found.silences:
        assert not speaks(book, one.sample.question)


WORTH = {"yes": 2, "review": 1, "no": 0, None: 0}


def worth(came: Told) -> int:
    return WORTH[came.recognised]


def requests(conditions: set[str]) -> list[Asked]:
    """Brute force over all that a rule limits in a request, finer than its boundaries."""
    claims: list[tuple[tuple[str, str], ...]] = [()]
    if any("claimed" in text for text in conditions):
        claims += [(("valid_to", value),) for value in ("2026-04-30", "2026-05-01", "x")]
    return [
        Asked(
            Question(
                "east", "west", "310000", "330000", "card", "renewal", use, purpose, basis, consent,
                tuple(sorted({field, *(name for name, _ in claimed)})), holder, AT,
            ),
            claimed,
            None,
        )
        for use, purpose, basis, consent, field, holder, claimed in product(
            ("VERIFY", "SCAN", "SHOW"), ("handling", "inspection"), ("CONSENT", "STATUTORY_DUTY"),
            (True, False), ("number", "valid_to"), HOLDERS, claims,
        )
    ]  # fmt: skip


ANSWERS = [
    Answer(state, trust, days, (), mismatched)
    for state in ("VALID", "EXPIRED", "SUSPENDED", "REVOKED")
    for trust in TRUST_LEVELS[:3]
    for days in (None, 0, 1, 2, 3)
    for mismatched in ((), ("number",), ("valid_to",))
]


def differ(wide: RecognitionRule, narrow: RecognitionRule) -> bool:
    """Whether some question comes out better under the first rule alone than under the second alone.

    What an answer is worth hangs on the request only by what it claims and asks.
    """
    books = world(wide)[1], world(narrow)[1]
    conditions = {one.text for rule in (wide, narrow) for one in rule.asked_when}
    seen: set[tuple[object, ...]] = set()
    for asked in requests(conditions):
        came = [told(book, asked).outcome for book in books]
        key = (asked.claimed, asked.question.fields, came[1])
        if came[0] == "delivered" and key not in seen:
            seen.add(key)
            for answer in ANSWERS:
                if not set(answer.mismatched) <= set(asked.question.fields):
                    continue
                first, second = [
                    worth(told(book, Asked(asked.question, asked.claimed, answer))) for book in books
                ]
                if first > second:
                    return True
    return False


LIMITS = (
    "use_kinds",
    "purposes",
    "legal_bases",
    "fields",
    "consent_required",
    "least_trust",
    "accepted_states",
    "review_states",
    "grace_days",
    "holders",
    "asked_when",
    "answered_when",
    "missing_is",
)


def whole(one: RecognitionRule) -> RecognitionRule:
    """The rule, so that nothing but its limits decides."""
    limits: dict[str, Any] = {name: getattr(one, name) for name in LIMITS}
    return rule(**limits, effect="review" if one.effect == "review" else "allow")


@given(rules(1), rules(2))
@settings(max_examples=40, deadline=None)
def test_a_difference_is_told_exactly_where_some_question_is_answered_differently(
    first: RecognitionRule, second: RecognitionRule
) -> None:
    wide, narrow = whole(first), whole(second)
    cell = Cell("card", "renewal", Period(AT, None), ("310000", "330000"))
    found = given_beyond(wide, narrow, samples.choices(cell, wide, HOLDERS), HOLDERS)
    assert bool(found) == differ(wide, narrow)
    with_wide, with_narrow = world(wide)[1], world(narrow)[1]
    for one in found:
        sample = samples.asked(WAY, cell, wide, HOLDERS, one, narrow)
        assert worth(told(with_wide, sample)) > worth(told(with_narrow, sample)), one.words
