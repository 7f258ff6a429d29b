"""Why a question is recognised or not: the rules looked at, then every check of the one that speaks.

Generated from the rules and never written. Its verdict follows from its own steps; that it is always
recognition's is held by a property test. All checks are made, not only those up to the first that fails.
"""

from gateway.definitions import FAVOURABLE, NO, YES, RecognitionRule, ServiceRule
from gateway.definitions.book import Book, PlacedRule
from gateway.errors import Reason
from gateway.law.explanation_asked import Applied, Asked, Found, Matter
from gateway.law.explanation_checks import answer_checks, consent, granted, one_of, quota, request_checks
from gateway.law.explanation_conditions import Shown
from gateway.law.explanation_steps import (
    BEHIND,
    ELSEWHERE_ASKED,
    ELSEWHERE_ISSUED,
    EXCLUDES,
    LAPSED,
    NOT_YET,
    OTHER_ITEM,
    SPEAKS,
    Check,
    Explanation,
    Judgement,
    Look,
    Rule,
)


def explained(book: Book, matter: Matter) -> Explanation:
    """Explain a request, its answer, or both."""
    asked, found = matter.asked, matter.found
    looks: tuple[Look, ...] = ()
    rule: RecognitionRule | None = matter.pinned
    checks: list[Check] = []
    if asked is not None:
        looks, rule, checks = _asked(book, asked)
    if found is None or rule is None or any(check.result == NO for check in checks):
        return Explanation(matter, looks, rule, tuple(checks))
    if asked is not None:
        checks.append(granted(rule, asked, found))
    judgements = _judgements(book, rule, found) if found.state is not None else ()
    return Explanation(matter, looks, rule, tuple(checks), judgements)


def _asked(book: Book, asked: Asked) -> tuple[tuple[Look, ...], RecognitionRule | None, list[Check]]:
    unknown = pair_check(book, asked.asking, asked.issuing)
    if unknown is not None:
        return (), None, [unknown]
    looks = _looks(book, asked)
    speaking = next((look for look in looks if look.why in (SPEAKS, EXCLUDES)), None)
    if speaking is None:
        return looks, None, [Check("rule", Reason.NOT_RECOGNISED, NO, (("class", "none"),), (), "")]
    rule = speaking.rule
    assert isinstance(rule, RecognitionRule)
    if speaking.why == EXCLUDES:
        excluded = Check("excluded", Reason.NOT_RECOGNISED, NO, (("effect", "deny"),), (), rule.place)
        return looks, rule, [excluded]
    return looks, rule, request_checks(rule, asked)


def pair_check(book: Book, source: str, target: str) -> Check | None:
    """What is wrong with the pair itself; None if it has an agreement."""
    if target not in book.regions:
        return Check("addressee", Reason.UNKNOWN_ADDRESSEE, NO, (("class", "unknown"),), (), "")
    if (source, target) not in book.pairs:
        return Check("pair", Reason.NO_AGREEMENT, NO, (("class", "none"),), (), "")
    return None


# ── the rules looked at ──────────────────────────────────────────────────────────────────────────


def _looks(book: Book, asked: Asked) -> tuple[Look, ...]:
    """The rules on this licence type and item in their rank; where none speaks, those on other items too."""
    placed = book.recognition_rules(asked.asking, asked.issuing, asked.licence_type, asked.item)
    looks: list[Look] = []
    speaks = False
    for one in placed:
        look = Look(one.rule, BEHIND) if speaks else _look(one, asked)
        speaks = speaks or look.why in (SPEAKS, EXCLUDES)
        looks.append(look)
    if not speaks:
        known = {id(one.rule) for one in placed}
        looks += [
            Look(rule, OTHER_ITEM, tuple(("item", item) for item in sorted(rule.items)))
            for rule in rules_on(book, asked)
            if id(rule) not in known
        ]
    return tuple(looks)


def rules_on(book: Book, asked: Asked) -> list[RecognitionRule]:
    """Every rule by which one region accepts this licence type of the other."""
    return [
        rule
        for rule in book.recognition_by_version.values()
        if (rule.recognising, rule.issuing) == (asked.asking, asked.issuing)
        and asked.licence_type in rule.licence_types
    ]


def _look(placed: PlacedRule, asked: Asked) -> Look:
    rule = placed.rule
    if date := _out_of_force(rule, asked.arrived_at):
        return Look(rule, *date)
    if not asked.issuing_division.startswith(placed.issuing_prefixes):
        return Look(rule, ELSEWHERE_ISSUED, tuple(("division", one) for one in rule.issuing_scope))
    if not asked.asking_division.startswith(placed.recognising_prefixes):
        return Look(rule, ELSEWHERE_ASKED, tuple(("division", one) for one in rule.recognising_scope))
    return Look(rule, EXCLUDES if rule.effect == "deny" else SPEAKS)


def _out_of_force(rule: Rule, at: int) -> tuple[str, tuple[Shown, ...]] | None:
    if at < rule.effective_from:
        return NOT_YET, (("instant", str(rule.effective_from)),)
    if rule.effective_to is not None and at >= rule.effective_to:
        return LAPSED, (("instant", str(rule.effective_to)),)
    return None


def _judgements(book: Book, rule: RecognitionRule, found: Found) -> tuple[Judgement, ...]:
    first = Judgement(rule, answer_checks(rule, found))
    if first.says == YES or rule.running != FAVOURABLE:
        return (first,)
    newer = book.version_in_force(rule.id, found.arrived_at)
    if newer is None or newer.version == rule.version or newer.effect == "deny":
        return (first,)
    return first, Judgement(newer, answer_checks(newer, found))


# ── applications ─────────────────────────────────────────────────────────────────────────────────


def application_explained(book: Book, applied: Applied) -> Explanation:
    """Explain whether one region decides this item for another."""
    matter = Matter(None, applied=applied)
    unknown = pair_check(book, applied.receiving, applied.deciding)
    if unknown is not None:
        return Explanation(matter, (), None, (unknown,))
    looks: list[Look] = []
    speaking: ServiceRule | None = None
    for rule in book.service_rules(applied.receiving, applied.deciding, applied.item):
        out = _out_of_force(rule, applied.arrived_at)
        looks.append(Look(rule, *out) if out else Look(rule, SPEAKS if speaking is None else BEHIND))
        speaking = rule if speaking is None and not out else speaking
    if speaking is None:
        none = Check("rule", Reason.NOT_RECOGNISED, NO, (("class", "none"),), (), "")
        return Explanation(matter, tuple(looks), None, (none,))
    checks = (
        one_of(speaking, "legal basis", Reason.PURPOSE_NOT_AGREED, applied.legal_basis, speaking.legal_bases),
        consent(speaking, applied.legal_basis, applied.has_consent),
        quota(speaking),
        one_of(speaking, "mode", Reason.NOT_RECOGNISED, applied.mode, speaking.modes),
    )
    return Explanation(matter, tuple(looks), speaking, checks)
