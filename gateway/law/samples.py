"""A concrete question for a cell: what one rule would recognise, changed in the one dimension in doubt."""

from collections.abc import Iterable
from typing import Final

from gateway.definitions import TRUST_LEVELS, RecognitionRule
from gateway.definitions.conditions import Facts, Value
from gateway.law.asking import Answer, Asked
from gateway.law.condition_cells import Choices
from gateway.law.differences import HOLDERS, Difference
from gateway.law.grid import Cell, Direction, day_of
from gateway.recognition import Question

INVENTED: Final = "示例"


def choices(cell: Cell, rule: RecognitionRule, holders: tuple[str, ...]) -> Choices:
    """What a condition may read of a question in this cell that `rule` allows, all else aside."""
    day = (day_of(cell.period.sample),)
    trusted = TRUST_LEVELS[: TRUST_LEVELS.index(rule.least_trust) + 1]
    fields = tuple(sorted(rule.fields))
    grace = {"EXPIRED"} if rule.grace_days and "VALID" in rule.accepted_states else set()
    states = (*sorted(rule.accepted_states), *sorted((rule.review_states | grace) - rule.accepted_states))
    needs_consent = rule.consent_required or rule.legal_bases == {"CONSENT"}
    found: dict[str, tuple[Value | None, ...]] = {
        "request.item": (cell.item,),
        "request.licence_type": (cell.licence_type,),
        "request.use_kind": tuple(sorted(rule.use_kinds)),
        "request.purpose": tuple(sorted(rule.purposes)),
        "request.legal_basis": tuple(sorted(rule.legal_bases)),
        "request.consent": (True,) if needs_consent else (True, False),
        "request.holder": tuple(sorted(set(rule.holders or HOLDERS) & set(holders or HOLDERS))),
        "request.asking_division": (cell.place[0],),
        "request.issuing_division": (cell.place[1],),
        "request.fields": (*((field,) for field in fields), fields),
        "request.day": day,
        "answer.licence_state": states,
        "answer.trust_level": trusted,
        "answer.day": day,
    }
    return found


def asked(
    direction: Direction,
    cell: Cell,
    rule: RecognitionRule,
    holders: tuple[str, ...],
    difference: Difference | None = None,
    beside: RecognitionRule | None = None,
) -> Asked:
    """A question that `rule` allows; all in it but `difference` is what `beside` allows too, if it can be."""
    other = beside or rule
    facts = difference.facts if difference else {}
    claimed = _claimed(facts)
    named = _fields(rule, other, difference, facts)
    question = Question(
        asking=direction.asking.name,
        issuing=direction.issuing.name,
        asking_division=cell.place[0],
        issuing_division=cell.place[1],
        licence_type=cell.licence_type,
        item=cell.item,
        use_kind=_value("use kind", rule.use_kinds, other.use_kinds, difference),
        purpose=_value("purpose", rule.purposes, other.purposes, difference),
        legal_basis=_basis(rule, other, difference),
        has_consent=facts.get("request.consent", _dimension(difference) != "consent") is True,
        fields=(*named, *(field for field, _ in claimed if field not in named)),
        holder=_value("holder", _holders(rule, holders), _holders(other, holders), difference),
        arrived_at=cell.period.sample,
    )
    return Asked(question, claimed, _answer(rule, other, difference))


def _dimension(difference: Difference | None) -> str:
    return difference.dimension if difference else ""


def _told(facts: Facts, prefix: str) -> tuple[tuple[str, str], ...]:
    return tuple(
        (name.removeprefix(prefix), str(value)) for name, value in facts.items() if name.startswith(prefix)
    )


def _claimed(facts: Facts) -> tuple[tuple[str, str], ...]:
    """What is told to match or to differ has been claimed."""
    claimed = dict(_told(facts, "claimed."))
    for name in ("answer.matched", "answer.mismatched"):
        fields = facts.get(name, ())
        for field in fields if isinstance(fields, tuple) else ():
            claimed.setdefault(field, INVENTED)
    return tuple(claimed.items())


def _value(dimension: str, one: frozenset[str], other: frozenset[str], difference: Difference | None) -> str:
    """What both let through, if there is such a value, or what only the first does, if that is the point."""
    if difference is not None:
        if difference.dimension == dimension:
            return difference.values[0]
        fact = difference.facts.get(f"request.{dimension.replace(' ', '_')}")
        if isinstance(fact, str):
            return fact
    return _first(one & other or one)


def _first(values: Iterable[str]) -> str:
    return min(values, default="")


def _basis(rule: RecognitionRule, other: RecognitionRule, difference: Difference | None) -> str:
    if _dimension(difference) == "consent":
        assert difference is not None
        both = set(difference.values) & other.legal_bases
        return _first(both or difference.values)
    allowed = rule.legal_bases
    if difference is not None and difference.facts.get("request.consent") is False:
        allowed = allowed - {"CONSENT"}
    return _value("legal basis", allowed, other.legal_bases, difference)


def _holders(rule: RecognitionRule, known: tuple[str, ...]) -> frozenset[str]:
    mine = frozenset(rule.holders or HOLDERS)
    return mine & frozenset(known) or mine


def _fields(
    rule: RecognitionRule, other: RecognitionRule, difference: Difference | None, facts: Facts
) -> tuple[str, ...]:
    if difference is not None and difference.dimension == "field":
        return difference.values[:1]
    fact = facts.get("request.fields")
    return fact if isinstance(fact, tuple) else (_first(rule.fields & other.fields or rule.fields),)


def _answer(rule: RecognitionRule, other: RecognitionRule, difference: Difference | None) -> Answer:
    facts = difference.facts if difference else {}
    taken = rule.accepted_states or rule.review_states
    state = str(facts.get("answer.licence_state", _first(taken & other.accepted_states or taken)))
    trust = str(facts.get("answer.trust_level", TRUST_LEVELS[0]))
    days, mismatched = facts.get("answer.days_in_state"), facts.get("answer.mismatched", ())
    if difference is not None and difference.dimension in ("state", "trust", "grace", "review"):
        value = difference.values[0] if difference.values else ""
        if difference.dimension == "trust":
            trust = value
        elif difference.dimension == "grace":
            state, days = "EXPIRED", days if isinstance(days, int) else int(difference.values[-1])
        elif value:
            state = value
    if state == "EXPIRED" and days is None and state not in rule.accepted_states | rule.review_states:
        days = 0
    return Answer(
        state=state,
        trust=trust,
        days=days if isinstance(days, int) else None,
        returned=_told(facts, "returned."),
        mismatched=mismatched if isinstance(mismatched, tuple) else (),
    )
