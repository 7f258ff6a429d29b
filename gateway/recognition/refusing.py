"""What a rule says no with: its name, the agreed list, never a value."""

from typing import NoReturn

from gateway.definitions import RecognitionRule, ServiceRule
from gateway.definitions.conditions import Condition
from gateway.errors import Reason, Refused, RuleRef


def ref(rule: RecognitionRule | ServiceRule) -> RuleRef:
    """How a decision names the rule that made it."""
    return RuleRef(rule.id, rule.version, rule.place)


def listed(names: frozenset[str]) -> str:
    """Names in one order, so that the same refusal reads the same each time."""
    return ", ".join(sorted(names))


def refuse_fields(fields: tuple[str, ...], agreed: frozenset[str], rule: RuleRef) -> NoReturn:
    """Refuse the first field that is not agreed, by its place among them: its name is the sender's word."""
    position = next(number for number, field in enumerate(fields, start=1) if field not in agreed)
    raise Refused(
        Reason.FIELD_NOT_AGREED,
        f"field {position} of {len(fields)} is not agreed (agreed: {listed(agreed)})",
        rule,
        chinese=f"共 {len(fields)} 个字段，第 {position} 个不在约定之内（约定：{listed(agreed)}）",
    )


def holds(rule: RecognitionRule, condition: Condition, values: dict[str, object]) -> bool:
    """Run the compiled condition; whatever it raises is our fault, never the sender's."""
    try:
        return condition.program(values)
    except Exception as fault:
        raise Refused(
            Reason.RULE_FAULT,
            f"a condition of rule {ref(rule)} cannot be judged ({condition.place})",
            chinese=f"规则 {ref(rule)} 的条件无法判断（{condition.place}）",
        ) from fault
