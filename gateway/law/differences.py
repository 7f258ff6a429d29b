"""What one rule recognises and another, held against the same question, does not.

Within one rule all limits hold together, so a question that the first recognises and the second does not
exists exactly where one limit, taken alone, lets something through that the other's does not. Conditions
are tried out on the values at which they turn; where the first rule has some, each difference is one that
they leave open.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Final

from gateway.definitions import LICENCE_STATES, NO, REVIEW, TRUST_LEVELS, YES, RecognitionRule
from gateway.definitions.conditions import Condition, Facts, Value
from gateway.law import condition_cells
from gateway.law.condition_cells import Choices

LONGEST_GRACE: Final = 3660  # as long as a rule may say
HOLDERS: Final = ("person", "organisation")
CONDITION: Final = "condition"
ANSWER_CONDITION: Final = "condition on the answer"
OF_THE_LICENCE: Final = frozenset({"holder", "trust", "state", "grace", "review", ANSWER_CONDITION})
"""Dimensions that tell licences apart, and not what they are used for."""

_FAVOUR: Final = {YES: 2, REVIEW: 1, NO: 0}
_READ_AS: Final = {
    "use kind": "request.use_kind",
    "purpose": "request.purpose",
    "legal basis": "request.legal_basis",
    "field": "request.fields",
    "holder": "request.holder",
    "trust": "answer.trust_level",
    "state": "answer.licence_state",
    "review": "answer.licence_state",
}
"""The name by which conditions read a dimension."""


@dataclass(frozen=True)
class Difference:
    """One dimension in which the first rule gives more.

    values: what only the first lets through, as codes; for grace the first and the last day.
    facts: where conditions are read, the values at which the first rule's hold and this difference shows.
    """

    dimension: str
    values: tuple[str, ...]
    facts: Facts = field(default_factory=dict, hash=False)

    @property
    def words(self) -> str:
        listed = ", ".join(self.values)
        if self.dimension in ("use kind", "purpose", "legal basis", "field", "holder"):
            return f"{_plural(self.dimension, self.values)} {listed}"
        if self.dimension in (CONDITION, ANSWER_CONDITION):
            if self.values:
                return f"a case in which it is not so that {' and '.join(self.values)}"
            return "a value that a condition reads and that is not told"
        sentences = {
            "consent": "a request without a consent reference",
            "trust": f"trust level {listed}",
            "state": f"state {listed}",
            "grace": f"a licence expired for {' to '.join(self.values)} days",
            "review": f"state {listed} without a clerk" if listed else "an answer without a clerk",
        }
        return sentences[self.dimension]


def _plural(dimension: str, values: tuple[str, ...]) -> str:
    if len(values) == 1:
        return dimension
    return "legal bases" if dimension == "legal basis" else f"{dimension}s"


def given_beyond(
    wide: RecognitionRule, narrow: RecognitionRule, given: Choices, holders: tuple[str, ...]
) -> tuple[Difference, ...]:
    """What `wide` recognises and `narrow` does not; empty if nothing.

    given: the facts of the cell, by declared name. holders: the kinds of holder the types have.
    """
    found: Iterable[Difference] = _limits(wide, narrow, holders)
    if condition_cells.conditions_of((wide, narrow)):
        found = (shown for one in found for shown in _open_to(wide, narrow, one, given))
    return (*found, *_conditions(wide, narrow, given))


def _limits(wide: RecognitionRule, narrow: RecognitionRule, holders: tuple[str, ...]) -> Iterator[Difference]:
    more = {
        "use kind": wide.use_kinds - narrow.use_kinds,
        "purpose": wide.purposes - narrow.purposes,
        "legal basis": wide.legal_bases - narrow.legal_bases,
        "field": wide.fields - narrow.fields,
        "consent": _without_consent(wide, narrow),
        "holder": _holders(wide, holders) - _holders(narrow, holders),
    }
    yield from (Difference(dimension, tuple(sorted(values))) for dimension, values in more.items() if values)
    yield from _trust(wide, narrow)
    yield from _states(wide, narrow)
    yield from _clerk(wide, narrow)


def _without_consent(wide: RecognitionRule, narrow: RecognitionRule) -> frozenset[str]:
    """The legal bases on which only the first needs no consent reference."""
    if wide.consent_required or not narrow.consent_required:
        return frozenset()
    return wide.legal_bases - {"CONSENT"}


def _holders(rule: RecognitionRule, known: tuple[str, ...]) -> frozenset[str]:
    return frozenset(known or HOLDERS) & frozenset(rule.holders or HOLDERS)


def _trust(wide: RecognitionRule, narrow: RecognitionRule) -> Iterator[Difference]:
    rank = TRUST_LEVELS.index
    more = TRUST_LEVELS[rank(narrow.least_trust) + 1 : rank(wide.least_trust) + 1]
    if more:
        yield Difference("trust", more)


def _states(wide: RecognitionRule, narrow: RecognitionRule) -> Iterator[Difference]:
    left = (wide.accepted_states | wide.review_states) - narrow.accepted_states - narrow.review_states
    more = tuple(state for state in LICENCE_STATES if state in left)
    if more:
        yield Difference("state", more)
    if "EXPIRED" not in narrow.review_states:
        yield from _grace(wide, narrow)


def _grace(wide: RecognitionRule, narrow: RecognitionRule) -> Iterator[Difference]:
    first, last = _days(narrow), _days(wide) - 1
    if first <= last and "EXPIRED" not in narrow.accepted_states:
        yield Difference("grace", (str(first), str(last)))


def _days(rule: RecognitionRule) -> int:
    """How many days an expired licence counts as valid, beyond what its state is accepted for anyway."""
    return rule.grace_days if "VALID" in rule.accepted_states and "EXPIRED" not in rule.accepted_states else 0


def _clerk(wide: RecognitionRule, narrow: RecognitionRule) -> Iterator[Difference]:
    if wide.effect == REVIEW:
        return
    if narrow.effect == REVIEW:
        yield Difference("review", ())
        return
    left = narrow.review_states - narrow.accepted_states
    states = tuple(sorted(wide.accepted_states & left))
    if states:
        yield Difference("review", states)
    if "EXPIRED" in left:
        yield from _grace(wide, narrow)


# ── conditions ───────────────────────────────────────────────────────────────────────────────────


def _open_to(
    wide: RecognitionRule, narrow: RecognitionRule, one: Difference, given: Choices
) -> Iterator[Difference]:
    """The difference as far as the first rule's own conditions let it show."""
    shown = [
        (value, facts)
        for value, fixed in _fixed(one, narrow, given)
        if (facts := _witness(wide, narrow, {**given, **fixed}, one.dimension)) is not None
    ]
    if shown:
        values = one.values if one.dimension == "grace" else tuple(value for value, _ in shown if value)
        yield replace(one, values=values, facts=shown[0][1])


def _fixed(one: Difference, narrow: RecognitionRule, given: Choices) -> Iterator[tuple[str, Choices]]:
    """Each value of a difference, and what conditions read of a question that has it."""
    if one.dimension == "grace":
        first, last = map(int, one.values)
        days = tuple(range(first, last + 1))
        yield "", {"answer.licence_state": ("EXPIRED",), "answer.days_in_state": days}
    elif one.dimension == "consent":
        for basis in one.values:
            yield basis, {"request.consent": (False,), "request.legal_basis": (basis,)}
    elif one.dimension == "field":
        whole = given["request.fields"][-1]
        for name in one.values:
            yield name, {"request.fields": ((name,), whole)}
    elif not one.values:
        yield "", {}
    else:
        for value in one.values:
            fixed: dict[str, tuple[Value | None, ...]] = {_READ_AS[one.dimension]: (value,)}
            if one.dimension == "state" and value == "EXPIRED" and _days(narrow):
                fixed["answer.days_in_state"] = (None, *range(_days(narrow), LONGEST_GRACE + 2))
            yield value, fixed


def _witness(wide: RecognitionRule, narrow: RecognitionRule, given: Choices, dimension: str) -> Facts | None:
    """Values at which the first rule's conditions hold, and the second's too, if there are such values.

    Without a clerk, where that is the point.
    """
    wanted = _FAVOUR[YES if dimension == "review" else REVIEW]
    second_best = None
    for facts in condition_cells.combinations(condition_cells.conditions_of((wide, narrow)), given):
        if _best(wide, facts) >= wanted:
            if condition_cells.are_asked(narrow, facts) and condition_cells.answered(narrow, facts) != NO:
                return facts
            second_best = second_best or facts
    return second_best


def _conditions(wide: RecognitionRule, narrow: RecognitionRule, given: Choices) -> list[Difference]:
    """At most one on the request, and one on the answer."""
    if not narrow.asked_when and not narrow.answered_when:
        return []
    found: dict[str, Difference] = {}
    for facts in condition_cells.combinations(condition_cells.conditions_of((wide, narrow)), given):
        best = _best(wide, facts)
        if not best:
            continue
        if not condition_cells.are_asked(narrow, facts):
            found.setdefault(CONDITION, _unmet(CONDITION, narrow.asked_when, wide, facts))
        elif best > _FAVOUR[condition_cells.answered(narrow, facts)]:
            found.setdefault(ANSWER_CONDITION, _unmet(ANSWER_CONDITION, narrow.answered_when, wide, facts))
        if len(found) == 2:
            break
    return list(found.values())


def _best(wide: RecognitionRule, facts: Facts) -> int:
    """How favourable the answer is under the first rule, at these values."""
    on_consent = facts.get("request.legal_basis") == "CONSENT"
    if on_consent and facts.get("request.consent") is False:
        return 0
    if not condition_cells.are_asked(wide, facts):
        return 0
    most = REVIEW if wide.effect == REVIEW else YES
    return min(
        _FAVOUR[condition_cells.answered(wide, facts)], _FAVOUR[most], _FAVOUR[_state_worth(wide, facts)]
    )


def _state_worth(wide: RecognitionRule, facts: Facts) -> str:
    """What the state is worth, where conditions read it: days that they do not read are days of grace."""
    state, days = facts.get("answer.licence_state"), facts.get("answer.days_in_state", 0)
    if state is None or state in wide.accepted_states:
        return YES
    if state == "EXPIRED" and isinstance(days, int) and 0 <= days < _days(wide):
        return YES
    return REVIEW if state in wide.review_states else NO


def _unmet(
    dimension: str, conditions: tuple[Condition, ...], wide: RecognitionRule, facts: Facts
) -> Difference:
    known = {condition.text for condition in condition_cells.conditions_of((wide,))}
    texts = tuple(condition.text for condition in conditions if condition.text not in known)
    return Difference(dimension, texts, facts)
