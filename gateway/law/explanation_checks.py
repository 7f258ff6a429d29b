"""Every check that a rule makes of a request and of its answer, in recognition's order."""

from dataclasses import replace

from gateway.definitions import NO, REVIEW, TRUST_LEVELS, YES, RecognitionRule
from gateway.definitions.conditions import Condition, Facts
from gateway.errors import Reason
from gateway.law.explanation_asked import Asked, Found
from gateway.law.explanation_conditions import MISSING, Shown, weighed
from gateway.law.explanation_steps import UNKNOWN, Check, Rule


def request_checks(rule: RecognitionRule, asked: Asked) -> list[Check]:
    """Every check of the rule that speaks, in recognition's order."""
    checks = [
        one_of(rule, "purpose", Reason.PURPOSE_NOT_AGREED, asked.purpose, rule.purposes),
        one_of(rule, "legal basis", Reason.PURPOSE_NOT_AGREED, asked.legal_basis, rule.legal_bases),
        _fields(rule, asked),
        consent(rule, asked.legal_basis, asked.has_consent),
        quota(rule),
        one_of(rule, "use kind", Reason.NOT_RECOGNISED, asked.use_kind, rule.use_kinds),
        _holder(rule, asked),
    ]
    facts = asked.facts
    return checks + [_condition(one, facts, NO) for one in rule.asked_when]


def one_of(rule: Rule, kind: str, reason: Reason, found: str, agreed: frozenset[str]) -> Check:
    listed = tuple((kind, code) for code in sorted(agreed))
    return Check(kind, reason, YES if found in agreed else NO, ((kind, found),), listed, rule.place)


def _holder(rule: RecognitionRule, asked: Asked) -> Check:
    """A rule that lists no holders speaks of all."""
    check = one_of(rule, "holder", Reason.NOT_RECOGNISED, asked.holder, rule.holders)
    return check if rule.holders else replace(check, result=YES)


def _fields(rule: RecognitionRule, asked: Asked) -> Check:
    beyond = tuple(("field", field) for field in asked.fields if field not in rule.fields)
    agreed = tuple(("field", field) for field in sorted(rule.fields))
    found = beyond or (("all", str(len(asked.fields))),)
    return Check("fields", Reason.FIELD_NOT_AGREED, NO if beyond else YES, found, agreed, rule.place)


def consent(rule: Rule, legal_basis: str, has_consent: bool) -> Check:
    needed = rule.consent_required or legal_basis == "CONSENT"
    found = ("class", "given" if has_consent else "not-given")
    agreed = ("class", "consent-needed" if needed else "consent-not-needed")
    result = NO if needed and not has_consent else YES
    return Check("consent", Reason.CONSENT_MISSING, result, (found,), (agreed,), rule.place)


def quota(rule: Rule) -> Check:
    agreed = (("a day", str(rule.daily_cap)),)
    return Check("quota", Reason.OVER_QUOTA, UNKNOWN, (("class", "not-seen"),), agreed, rule.place)


def _condition(condition: Condition, facts: Facts, if_missing: str) -> Check:
    """A condition is run by CEL only where it has all it reads; a missing value decides by itself."""
    values, missing = condition.values(facts)
    part = weighed(condition, facts)
    if missing is not None:
        found: Shown = MISSING
        result = if_missing
    else:
        result = YES if condition.program(values) else NO
        found = ("class", "holds" if result == YES else "holds-not")
    return Check("condition", Reason.NOT_RECOGNISED, result, (found,), (), condition.place, condition, part)


def granted(rule: RecognitionRule, asked: Asked, found: Found) -> Check:
    beyond = tuple(("field", field) for field in found.named if field not in asked.fields)
    agreed = tuple(("field", field) for field in asked.fields)
    told = beyond or (("all", str(len(found.named))),)
    return Check("granted", Reason.FIELD_NOT_AGREED, NO if beyond else YES, told, agreed, rule.place)


def answer_checks(rule: RecognitionRule, found: Found) -> tuple[Check, ...]:
    """Every check of a rule on what an answer found: trust, state, days of grace, conditions, effect."""
    facts = found.facts
    checks = [_trust(rule, found), _state(rule, found)]
    checks += [_condition(one, facts, rule.missing_is) for one in rule.answered_when]
    if rule.effect == REVIEW:
        agreed = (("effect", REVIEW),)
        checks.append(Check("effect", Reason.NOT_RECOGNISED, REVIEW, agreed, agreed, rule.place))
    return tuple(checks)


def _trust(rule: RecognitionRule, found: Found) -> Check:
    enough = TRUST_LEVELS.index(found.trust) <= TRUST_LEVELS.index(rule.least_trust)
    agreed = (("trust level", rule.least_trust),)
    told = (("trust level", found.trust),)
    return Check("trust level", Reason.NOT_RECOGNISED, YES if enough else NO, told, agreed, rule.place)


def _state(rule: RecognitionRule, found: Found) -> Check:
    state = found.state or ""
    told: tuple[Shown, ...] = (("licence state", state),)
    agreed = tuple(("licence state", one) for one in sorted(rule.accepted_states))
    result = YES if state in rule.accepted_states else REVIEW if state in rule.review_states else NO
    if result != YES and state == "EXPIRED" and rule.grace_days and "VALID" in rule.accepted_states:
        in_grace = found.days is not None and 0 <= found.days < rule.grace_days
        told += (("class", "in-grace" if in_grace else MISSING[1] if found.days is None else "past-grace"),)
        agreed += (("grace days", str(rule.grace_days)),)
        result = YES if in_grace else result
    return Check("licence state", Reason.NOT_RECOGNISED, result, told, agreed, rule.place)
