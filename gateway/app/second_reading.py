"""Agreements read a second time: straight from the plain YAML, by other means than the compiled rules.

What two readings that share no code agree on is what the file says. This one imports nothing of the
gateway. It judges conditions with Python's own parser, whose grammar has CEL's comparisons, `in` and
precedence once `&&`, `||` and `!` are spelled `and`, `or` and `~`. It is slow and short.
"""

import ast
import datetime
import operator
import re
from collections.abc import Callable, Mapping
from typing import Any, Final

Plain = Mapping[str, Any]
ZONE: Final = datetime.timezone(datetime.timedelta(hours=8))
FAVOUR: Final = ("no", "review", "yes")


def judge(file: Plain, world: Plain, asked: Plain, answer: Plain | None) -> tuple[Any, Any]:
    """Outcome, reason, rule and recognised: of a request, and of its answer (None without one).

    file: an agreement as YAML gives it. world: `divisions` by region, `blocs` by name, `kinds` of fields by
    licence type. asked, answer: what happens; `facts` is what conditions may read, by name.
    """
    rule = _speaking(file, world, asked)
    reason = _refusal(rule, asked, world)
    told = ("refused" if reason else "delivered", reason, rule["id"] if rule else None, None)
    if reason or answer is None:
        return told, None
    if not set(answer["returned"]) <= set(asked["fields"]):
        return told, ("refused", "field-not-agreed", rule["id"], None)
    judged = [_recognised(rule, answer, world)]
    if rule.get("running") == "favourable":
        newer = [one for one in _in_force(file, answer["at"]) if one["id"] == rule["id"]]
        judged += [_recognised(one, answer, world) for one in newer if one["effect"] != "deny"]
    return told, ("delivered", None, rule["id"], max(judged, key=FAVOUR.index))


def _in_force(file: Plain, at: int) -> list[Plain]:
    begun = [rule for rule in file["recognition"] if _start(rule["effective_from"]) <= at]
    newest = {rule["id"]: rule for rule in sorted(begun, key=lambda rule: int(rule["version"]))}
    ends = {name: rule.get("effective_to") for name, rule in newest.items()}
    return [
        rule
        for rule in begun
        if rule is newest[rule["id"]] and not (ends[rule["id"]] and _start(ends[rule["id"]]) <= at)
    ]


def _speaking(file: Plain, world: Plain, asked: Plain) -> Any:
    ranked = []
    for rule in _in_force(file, asked["at"]):
        width = []
        for side, role in (("issuing", "to"), ("recognising", "from")):
            scopes = [
                _digits(one)
                for one in _members(rule.get(f"{side}_scope"), world["divisions"][rule[side]], world)
            ]
            here = (
                any(asked[f"{role}_division"].startswith(scope) for scope in scopes)
                and rule[side] == asked[role]
            )
            width.append(-min(map(len, scopes)) if here else None)
        named = asked["item"] in rule["items"]
        if (
            None not in width
            and asked["licence_type"] in rule["licence_types"]
            and (named or "*" in rule["items"])
        ):
            ranked.append(((not named, *width, rule["effect"] != "deny", -rule["version"]), rule))
    return min(ranked, key=lambda one: one[0])[1] if ranked else None


def _refusal(rule: Any, asked: Plain, world: Plain) -> str | None:
    if rule is None or rule["effect"] == "deny":
        return "not-recognised"
    if asked["purpose"] not in rule["purposes"] or asked["legal_basis"] not in rule["legal_bases"]:
        return "purpose-not-agreed"
    if not set(asked["fields"]) <= set(rule["fields"]):
        return "field-not-agreed"
    if not asked["consent"] and (rule["consent_required"] or asked["legal_basis"] == "CONSENT"):
        return "consent-missing"
    if asked["use_kind"] not in rule["use_kinds"] or asked["holder"] not in rule.get(
        "holders", [asked["holder"]]
    ):
        return "not-recognised"
    return None if set(_held(rule, asked["facts"], world, on_answer=False)) <= {True} else "not-recognised"


def _recognised(rule: Plain, answer: Plain, world: Plain) -> str:
    grace = (
        answer["state"] == "EXPIRED"
        and answer["days"] is not None
        and 0 <= answer["days"] < rule.get("grace_days", 0)
    )
    accepted = {answer["state"], "VALID" if grace else answer["state"]} & set(rule["accepted_states"])
    held = _held(rule, answer["facts"], world, on_answer=True)
    missing = None in held and rule.get("when_missing", "no")
    if answer["trust"] > rule["least_trust"] or False in held or missing == "no":
        return "no"
    if not accepted and answer["state"] not in rule.get("review_states", ()):
        return "no"
    return "yes" if accepted and not missing and rule["effect"] == "allow" else "review"


def _start(day: str) -> int:
    return int(datetime.datetime.fromisoformat(day).replace(tzinfo=ZONE).timestamp()) * 1000


def _digits(division: str) -> str:
    return re.sub("(00){1,3}$", "", division)


def _members(scope: str | None, region: str, world: Plain) -> list[str]:
    meant = world["blocs"].get(scope, [scope or region])
    return [one for one in meant if one.startswith(_digits(region))]


# ── conditions ───────────────────────────────────────────────────────────────────────────────────

QUOTED: Final = re.compile(r"""("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')""")
SPELLED: Final = (("&&", " and "), ("||", " or "), ("true", "True"), ("false", "False"))
COMPARED: Final[dict[type, Callable[[Any, Any], bool]]] = {
    ast.Eq: operator.eq, ast.NotEq: operator.ne, ast.Lt: operator.lt, ast.LtE: operator.le,
    ast.Gt: operator.gt, ast.GtE: operator.ge, ast.In: lambda one, many: one in many,
}  # fmt: skip
CALLED: Final[dict[str, Callable[..., Any]]] = {
    "size": len, "startsWith": str.startswith, "endsWith": str.endswith, "contains": operator.contains,
}  # fmt: skip


def _held(rule: Plain, facts: Plain, world: Plain, on_answer: bool) -> list[bool | None]:
    """What came of each condition of the request or of the answer; None where a value is missing."""
    kinds = world["kinds"].get(rule["licence_types"][0], {})
    found: list[bool | None] = []
    for text in rule.get("when", ()):
        tree = _parsed(text)
        names = {ast.unparse(node) for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
        names = {name for name in names if name.split(".")[0] in ("request", "claimed", "answer", "returned")}
        names = {name for name in names if name.rpartition(".")[2] not in CALLED}
        if on_answer == any(name.startswith(("answer.", "returned.")) for name in names):
            values = {name: _typed(name, facts.get(name), kinds) for name in names}
            found.append(None if None in values.values() else bool(_value(tree, values)))
    return found


def _parsed(text: str) -> ast.expr:
    parts = QUOTED.split(text)
    for index in range(0, len(parts), 2):
        for cel, python in SPELLED:
            parts[index] = parts[index].replace(cel, python)
        parts[index] = re.sub("!(?!=)", "~", parts[index])
    return ast.parse("".join(parts).strip(), mode="eval").body


def _typed(name: str, value: Any, kinds: Plain) -> Any:
    side, field = name.split(".")
    kind = kinds.get(field) if side in ("claimed", "returned") else None
    if value is not None and kind == "number":
        return int(value) if re.fullmatch("-?[0-9]{1,15}", value) else None
    if value is not None and kind == "date":
        day = re.fullmatch("([0-9]{4})-?(0[1-9]|1[0-2])-?(0[1-9]|[12][0-9]|3[01])", value)
        return "-".join(day.groups()) if day else None
    return value


def _value(node: ast.expr, values: Plain) -> Any:
    if isinstance(node, ast.BoolOp):
        return (all if isinstance(node.op, ast.And) else any)(_value(one, values) for one in node.values)
    if isinstance(node, ast.UnaryOp):
        return (
            not _value(node.operand, values)
            if isinstance(node.op, ast.Invert)
            else -_value(node.operand, values)
        )
    if isinstance(node, ast.Compare):
        left = _value(node.left, values)
        for compared, right in zip(node.ops, node.comparators, strict=True):
            left = COMPARED[type(compared)](left, _value(right, values))
        return left
    if isinstance(node, ast.Call):
        inner = [_value(one, values) for one in node.args]
        if isinstance(node.func, ast.Attribute):
            return CALLED[node.func.attr](_value(node.func.value, values), *inner)
        return CALLED[ast.unparse(node.func)](*inner)
    if isinstance(node, ast.List):
        return [_value(one, values) for one in node.elts]
    return node.value if isinstance(node, ast.Constant) else values[ast.unparse(node)]
