"""What one rule recognises and another, held against the same question, does not.

Within one rule all limits hold together, so a question that the first recognises and the second does not
exists exactly where one limit, taken alone, lets something through that the other's does not. Only
conditions are tried out: on the values at which they turn.
"""

from dataclasses import dataclass, field
from typing import Final

from gateway.definitions import LICENCE_STATES, NO, REVIEW, TRUST_LEVELS, YES, RecognitionRule
from gateway.definitions.conditions import Condition, Facts
from gateway.law import condition_cells
from gateway.law.condition_cells import Choices

HOLDERS: Final = ("person", "organisation")
OF_THE_LICENCE: Final = frozenset({"holder", "trust", "state", "grace", "review", "condition on the answer"})
"""Dimensions that tell licences apart, and not what they are used for."""

_FAVOUR: Final = {YES: 2, REVIEW: 1, NO: 0}


@dataclass(frozen=True)
class Difference:
    """One dimension in which the first rule gives more.

    values: what only the first lets through, as codes. words: the same for people.
    facts: for a condition, the values at which the first's hold and the second's do not.
    """

    dimension: str
    values: tuple[str, ...]
    words: str
    facts: Facts = field(default_factory=dict, hash=False)


def given_beyond(
    wide: RecognitionRule, narrow: RecognitionRule, given: Choices, holders: tuple[str, ...]
) -> tuple[Difference, ...]:
    """What `wide` recognises and `narrow` does not; empty if nothing.

    given: the facts of the cell, by declared name. holders: the kinds of holder the types have.
    """
    found = [
        *_listed("use kind", wide.use_kinds - narrow.use_kinds),
        *_listed("purpose", wide.purposes - narrow.purposes),
        *_listed("legal basis", wide.legal_bases - narrow.legal_bases),
        *_listed("field", wide.fields - narrow.fields),
        *_consent(wide, narrow),
        *_listed("holder", _holders(wide, holders) - _holders(narrow, holders)),
        *_trust(wide, narrow),
        *_states(wide, narrow),
        *_clerk(wide, narrow),
        *_conditions(wide, narrow, given),
    ]
    return tuple(found)


def _listed(dimension: str, more: frozenset[str] | set[str]) -> list[Difference]:
    values = tuple(sorted(more))
    words = f"{_plural(dimension, values)} {', '.join(values)}"
    return [Difference(dimension, values, words)] if more else []


def _plural(dimension: str, values: tuple[str, ...]) -> str:
    if len(values) == 1:
        return dimension
    return "legal bases" if dimension == "legal basis" else f"{dimension}s"


def _consent(wide: RecognitionRule, narrow: RecognitionRule) -> list[Difference]:
    bases = tuple(sorted(wide.legal_bases - {"CONSENT"}))
    if wide.consent_required or not narrow.consent_required or not bases:
        return []
    return [Difference("consent", bases, "a request without a consent reference")]


def _holders(rule: RecognitionRule, known: tuple[str, ...]) -> set[str]:
    return set(known or HOLDERS) & set(rule.holders or HOLDERS)


def _trust(wide: RecognitionRule, narrow: RecognitionRule) -> list[Difference]:
    rank = TRUST_LEVELS.index
    more = TRUST_LEVELS[rank(narrow.least_trust) + 1 : rank(wide.least_trust) + 1]
    return [Difference("trust", more, f"trust level {', '.join(more)}")] if more else []


def _states(wide: RecognitionRule, narrow: RecognitionRule) -> list[Difference]:
    taken = wide.accepted_states | wide.review_states
    more = [one for one in LICENCE_STATES if one in taken - narrow.accepted_states - narrow.review_states]
    found = [Difference("state", tuple(more), f"state {', '.join(more)}")] if more else []
    if _grace(wide) > _grace(narrow) and "EXPIRED" not in narrow.accepted_states | narrow.review_states:
        words = f"a licence expired for {_grace(narrow)} to {_grace(wide) - 1} days"
        found.append(Difference("grace", (str(_grace(wide) - 1),), words))
    return found


def _grace(rule: RecognitionRule) -> int:
    return rule.grace_days if "VALID" in rule.accepted_states and "EXPIRED" not in rule.accepted_states else 0


def _clerk(wide: RecognitionRule, narrow: RecognitionRule) -> list[Difference]:
    if wide.effect == REVIEW:
        return []
    if narrow.effect == REVIEW:
        return [Difference("review", (), "an answer without a clerk")]
    left = narrow.review_states - narrow.accepted_states
    states = tuple(sorted(wide.accepted_states & left))
    found = [Difference("review", states, f"state {', '.join(states)} without a clerk")] if states else []
    if "EXPIRED" in left and _grace(wide) > _grace(narrow):
        words = f"a licence expired for {_grace(narrow)} to {_grace(wide) - 1} days without a clerk"
        found.append(Difference("grace", (str(_grace(wide) - 1),), words))
    return found


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
            found.setdefault("condition", _unmet("condition", narrow.asked_when, wide, facts))
        elif best > _FAVOUR[condition_cells.answered(narrow, facts)]:
            dimension = "condition on the answer"
            found.setdefault(dimension, _unmet(dimension, narrow.answered_when, wide, facts))
        if len(found) == 2:
            break
    return list(found.values())


def _best(wide: RecognitionRule, facts: Facts) -> int:
    """How favourable the answer is under the first rule, at these values."""
    if not condition_cells.are_asked(wide, facts):
        return 0
    only_reviewed = facts.get("answer.licence_state") in wide.review_states - wide.accepted_states
    most = REVIEW if only_reviewed or wide.effect == REVIEW else YES
    return min(_FAVOUR[condition_cells.answered(wide, facts)], _FAVOUR[most])


def _unmet(
    dimension: str, conditions: tuple[Condition, ...], wide: RecognitionRule, facts: Facts
) -> Difference:
    known = {condition.text for condition in (*wide.asked_when, *wide.answered_when)}
    texts = tuple(condition.text for condition in conditions if condition.text not in known)
    if not texts:
        return Difference(dimension, (), "a value that a condition reads and that is not told", facts)
    return Difference(dimension, texts, f"a case in which it is not so that {' and '.join(texts)}", facts)
