"""Whether a rule recognises what an answer found: yes, no, or left to a clerk."""

from typing import Final

from gateway.definitions import FAVOURABLE, NO, REVIEW, TRUST_LEVELS, YES, RecognitionRule
from gateway.definitions.book import Book
from gateway.definitions.conditions import Facts
from gateway.errors import RuleRef
from gateway.recognition.refusing import holds, refuse_fields

_TRUST_RANK: Final = {level: rank for rank, level in enumerate(TRUST_LEVELS)}
_FAVOUR: Final = {YES: 2, REVIEW: 1, NO: 0}


def check_granted(fields: tuple[str, ...], granted: tuple[str, ...], rule_id: str, rule_version: int) -> None:
    """Refuse an answer that carries a field its request, under this rule, was not granted."""
    for field in fields:
        if field not in granted:
            refuse_fields(fields, frozenset(granted), RuleRef(rule_id, rule_version))


def judge_answer(
    book: Book,
    rule: RecognitionRule,
    licence_state: str | None,
    trust_level: str,
    days_in_state: int | None,
    facts: Facts,
    at: int,
) -> tuple[str | None, RecognitionRule]:
    """Whether the licence an answer found is recognised: "yes", "no", "review", or None if it found none.

    rule: the version that granted the request. days_in_state: since the state began, if the answer says.
    Returns the version that says so too: the newer one where it is more favourable and the rule lets it.
    """
    if licence_state is None:
        return None, rule
    judged = _judged(rule, licence_state, trust_level, days_in_state, facts)
    if judged != YES and rule.running == FAVOURABLE:
        newer = book.version_in_force(rule.id, at)
        if newer is not None and newer.version != rule.version and newer.effect != "deny":
            other = _judged(newer, licence_state, trust_level, days_in_state, facts)
            if _FAVOUR[other] > _FAVOUR[judged]:
                return other, newer
    return judged, rule


def _judged(
    rule: RecognitionRule, licence_state: str, trust_level: str, days_in_state: int | None, facts: Facts
) -> str:
    if _TRUST_RANK[trust_level] > _TRUST_RANK[rule.least_trust]:
        return NO
    found = YES
    if not _accepts_state(rule, licence_state, days_in_state):
        if licence_state not in rule.review_states:
            return NO
        found = REVIEW
    for condition in rule.answered_when:
        values, missing = condition.values(facts)
        if missing is not None:
            if rule.missing_is == NO:
                return NO
            found = REVIEW
        elif not holds(rule, condition, values):
            return NO
    return REVIEW if rule.effect == REVIEW else found


def _accepts_state(rule: RecognitionRule, licence_state: str, days_in_state: int | None) -> bool:
    """An expired licence is accepted as a valid one while its days of grace run."""
    if licence_state in rule.accepted_states:
        return True
    in_grace = days_in_state is not None and 0 <= days_in_state < rule.grace_days
    return licence_state == "EXPIRED" and in_grace and "VALID" in rule.accepted_states
