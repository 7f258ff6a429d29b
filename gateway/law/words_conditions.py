"""Conditions as sentences, from their trees: `request.day >= "2026-01-01"` is a clause a lawyer reads."""

from typing import Final

from gateway.definitions.conditions import DATE, DECLARED, NUMBER, Condition, Node
from gateway.law.explanation_conditions import AND, IN, NOT, OR, SIZE, Part
from gateway.law.words import Said, Vocabulary, listed

_NAMES: Final[dict[str, Said]] = {
    "request.item": ("the item", "事项"),
    "request.licence_type": ("the licence type", "证照类型"),
    "request.use_kind": ("the use kind", "用证方式"),
    "request.purpose": ("the purpose", "用途"),
    "request.legal_basis": ("the legal basis", "依据"),
    "request.consent": ("consent", "授权"),
    "request.holder": ("the holder", "持证主体"),
    "request.asking_division": ("the division of the asking department", "用证部门所在区划"),
    "request.issuing_division": ("the division of the issuer", "发证机关所在区划"),
    "request.fields": ("the fields asked for", "所查字段"),
    "request.day": ("the day of the request", "申请日"),
    "answer.outcome": ("the result of the verification", "核验结果"),
    "answer.licence_state": ("the state of the licence", "证照状态"),
    "answer.trust_level": ("the trust level", "可信等级"),
    "answer.days_in_state": ("the days since that state began", "该状态已持续的天数"),
    "answer.matched": ("the fields that match", "一致的字段"),
    "answer.mismatched": ("the fields that differ", "不一致的字段"),
    "answer.day": ("the day of the answer", "答复日"),
}
_SIDES: Final[dict[str, Said]] = {
    "claimed": ("the stated {}", "所填{}"),
    "returned": ("the returned {}", "返回的{}"),
}
_PHRASES: Final[dict[str, Said]] = {
    "_==_": ("{} is {}", "{}为{}"),
    "_!=_": ("{} is not {}", "{}不为{}"),
    "_<_": ("{} is less than {}", "{}小于 {}"),
    "_<=_": ("{} is at most {}", "{}不超过 {}"),
    "_>_": ("{} is more than {}", "{}大于 {}"),
    "_>=_": ("{} is at least {}", "{}不少于 {}"),
    IN: ("{} is one of {}", "{}为{}之一"),
    "startsWith": ("{} begins with {}", "{}以{}开头"),
    "endsWith": ("{} ends with {}", "{}以{}结尾"),
    "contains": ("{} contains {}", "{}包含{}"),
}
_DATES: Final[dict[str, Said]] = {
    "_<_": ("{} is before {}", "{}早于 {}"),
    "_<=_": ("{} is on or before {}", "{}不晚于 {}"),
    "_>_": ("{} is after {}", "{}晚于 {}"),
    "_>=_": ("{} is on or after {}", "{}不早于 {}"),
}
_EQUIVALENT: Final[dict[str, Said]] = {
    "_==_": ("({}) exactly if ({})", "（{}）当且仅当（{}）"),
    "_!=_": ("either ({}) or ({}), not both", "（{}）与（{}）有且仅有一项成立"),
    "_<_": ("({}) does not hold and ({}) does", "（{}）不成立，且（{}）成立"),
    "_<=_": ("({}) holds only if ({})", "仅当（{1}）时（{0}）成立"),
    "_>_": ("({}) holds and ({}) does not", "（{}）成立，且（{}）不成立"),
    "_>=_": ("({}) holds whenever ({})", "（{1}）时（{0}）成立"),
}
"""Between two things that are yes or no; false counts as less than true."""
_TURNED: Final = {"_<_": "_>_", "_>_": "_<_", "_<=_": "_>=_", "_>=_": "_<=_"}
_LISTS_OF_NAMES: Final = ("request.fields", "answer.matched", "answer.mismatched")


class Phrasing:
    """Writes one condition as a clause, in both languages."""

    def __init__(self, condition: Condition, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._kinds = {read.name: read.kind for read in condition.reads}
        self.sentence = self.clause(condition.tree)

    def clause(self, node: Node) -> Said:
        """A step that is yes or no, as a clause."""
        if node.kind == "name":
            return self._flag(node, True)
        if node.kind == "literal":
            return ("always", "恒成立") if node.literal else ("never", "恒不成立")
        if node.name in (AND, OR):
            return self._joined(node)
        if node.name == NOT:
            return self._denied(node.inner[0])
        return self._compared(node)

    def _joined(self, node: Node) -> Said:
        english, chinese = (" and ", "，且") if node.name == AND else (" or ", "，或")
        clauses = [self._grouped(one, node.name) for one in node.inner]
        return english.join(one[0] for one in clauses), chinese.join(one[1] for one in clauses)

    def _grouped(self, node: Node, outer: str) -> Said:
        """A clause in brackets where and and or would run into each other."""
        clause = self.clause(node)
        if node.kind == "call" and node.name in (AND, OR) and node.name != outer:
            return f"({clause[0]})", f"（{clause[1]}）"
        return clause

    def _denied(self, node: Node) -> Said:
        if node.kind == "name":
            return self._flag(node, False)
        if node.name == IN:
            return self._included(node, False)
        english, chinese = self.clause(node)
        return f"it is not so that {english}", f"并非（{chinese}）"

    def _flag(self, node: Node, wanted: bool) -> Said:
        english, chinese = self._name(node.name)
        return (
            (f"{english} is given", f"已取得{chinese}")
            if wanted
            else (f"no {english} is given", f"未取得{chinese}")
        )

    def _compared(self, node: Node) -> Said:
        left, right = node.inner
        if node.name == IN:
            return self._included(node, True)
        for name, literal in ((left, right), (right, left)):
            if node.name in ("_==_", "_!=_") and isinstance(literal.literal, bool) and name.kind == "name":
                return self._flag(name, literal.literal == (node.name == "_==_"))
        operator = node.name
        if left.kind == "literal" and right.kind != "literal" and operator in (*_TURNED, "_==_", "_!=_"):
            left, right, operator = right, left, _TURNED.get(operator, operator)
        if left.name == SIZE and right.literal == 0 and right.kind == "literal":
            return self._empty(left.inner[0], operator)
        return self._phrased(operator, left, right)

    def _phrased(self, operator: str, left: Node, right: Node) -> Said:
        if any(one.kind == "call" and one.name != SIZE for one in (left, right)):
            first, second = self.clause(left), self.clause(right)
            joint = _EQUIVALENT[operator]
            return joint[0].format(first[0], second[0]), joint[1].format(first[1], second[1])
        is_date = DATE in (self._kinds.get(left.name), self._kinds.get(right.name))
        phrase = (_DATES if is_date else {}).get(operator) or _PHRASES[operator]
        first, second = self._value(left, right), self._value(right, left)
        if operator == "startsWith" and left.name.endswith("_division"):
            phrase = ("{} lies in the area of {}", "{}位于{}范围")
        return phrase[0].format(first[0], second[0]), phrase[1].format(first[1], second[1])

    def _empty(self, of: Node, operator: str) -> Said:
        what = self._value(of, of)
        if operator in ("_==_", "_<=_"):
            return f"there are none of {what[0]}", f"没有{what[1]}"
        return f"there are some of {what[0]}", f"有{what[1]}"

    def _included(self, node: Node, wanted: bool) -> Said:
        """`"name" in answer.mismatched`: a field among fields; otherwise a value among values."""
        one, among = node.inner
        if among.name in _LISTS_OF_NAMES:
            field = (
                self._vocabulary.word("field", str(one.literal))
                if one.kind == "literal"
                else self._value(one, one)
            )
            whole = self._name(among.name)
            verb = ("include", "包括") if wanted else ("do not include", "不包括")
            return f"{whole[0]} {verb[0]} {field[0]}", f"{whole[1]}{verb[1]}{field[1]}"
        first, second = self._value(one, among), self._value(among, one)
        verb = ("is one of", "之一") if wanted else ("is none of", "之一")
        head = "为" if wanted else "不为"
        return f"{first[0]} {verb[0]} {second[0]}", f"{first[1]}{head}{second[1]}{verb[1]}"

    def _value(self, node: Node, beside: Node) -> Said:
        """A value in words; a literal is read as a code of the list that the name beside it is of."""
        if node.kind == "name":
            return self._name(node.name)
        if node.kind == "list":
            return listed([self._value(one, beside) for one in node.inner])
        if node.name == SIZE:
            inner = self._value(node.inner[0], beside)
            return f"the number of {inner[0]}", f"{inner[1]}的个数"
        if node.kind == "literal":
            return self._literal(node, beside)
        return self.clause(node)

    def _literal(self, node: Node, beside: Node) -> Said:
        text = str(node.literal)
        listed_as = DECLARED.get(beside.name, ("", ""))[1]
        if listed_as:
            return self._vocabulary.word(listed_as, text)
        if beside.name.endswith("_division") and text.isdecimal():
            return self._vocabulary.place(text.ljust(6, "0"))
        if self._kinds.get(beside.name) in (DATE, NUMBER) or not isinstance(node.literal, str):
            return text, text
        return f'"{text}"', f"“{text}”"

    def _name(self, name: str) -> Said:
        if name in _NAMES:
            return _NAMES[name]
        side, _, field = name.partition(".")
        word = self._vocabulary.word("field", field)
        return _SIDES[side][0].format(word[0]), _SIDES[side][1].format(word[1])


def sentence(condition: Condition, vocabulary: Vocabulary) -> Said:
    """The whole condition as one clause."""
    return Phrasing(condition, vocabulary).sentence


def failing(part: Part) -> list[Part]:
    """The innermost parts of a condition that keep it from holding; itself if it has none."""
    if not part.inner or part.node.name == NOT:
        return [part]
    return [leaf for inner in part.inner if inner.held is not True for leaf in failing(inner)]
