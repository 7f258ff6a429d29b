"""The `when:` of a rule: each line one CEL condition, compiled and type-checked when it is loaded.

The only module that knows cel_expr_python (Google's CEL). What CEL accepts is narrowed until nothing can
fail when it is run: comparisons, `in`, `size`, `startsWith`, `endsWith`, `contains`, and, or, not, over
declared names. No arithmetic, no conversion, no pattern, no loop. Its compiler hands out the checked
expression as a protobuf message (cel.expr.CheckedExpr); it is read back here to know which names stand
in it, so that nobody parses CEL a second time.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

from cel_expr_python import cel

from gateway.definition_files.fields import did_you_mean
from gateway.definitions.conditions import (
    AT_ANSWER,
    AT_REQUEST,
    DATE,
    DECLARED,
    FLAG,
    NAMES,
    NUMBER,
    TEXT,
    Condition,
    Node,
    Read,
    steps,
)

LONGEST: Final = 500
DEEPEST: Final = 12
OPERATORS: Final = {
    "_&&_": "&&",
    "_||_": "||",
    "!_": "!",
    "_==_": "==",
    "_!=_": "!=",
    "_<_": "<",
    "_<=_": "<=",
    "_>_": ">",
    "_>=_": ">=",
    "@in": "in",
    "size": "size",
    "startsWith": "startsWith",
    "endsWith": "endsWith",
    "contains": "contains",
}
"""CEL's operators and functions that cannot fail, by the name its compiler gives them."""

_TYPES: Final = {
    TEXT: cel.Type.STRING,
    DATE: cel.Type.STRING,
    NUMBER: cel.Type.INT,
    FLAG: cel.Type.BOOL,
    NAMES: cel.Type.List(cel.Type.STRING),
}
_ANSWER: Final = ("answer.", "returned.")


class Misfit(Exception):
    """What is wrong with a condition, as a sentence. column: where in the text, from 0."""

    def __init__(self, sentence: str, column: int = 0) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.column = column


def compiled(text: str, kinds: Mapping[str, str], place: str) -> Condition:
    """Compile one condition.

    kinds: by field name, the kind of each field that every licence type of the rule has.
    Raises `Misfit` where it is no total yes-or-no expression over declared names.
    """
    if len(text) > LONGEST:
        raise Misfit(f"a condition of {len(text)} characters; at most {LONGEST} are read.")
    declared = {name: kind for name, (kind, _) in DECLARED.items()}
    for side in ("claimed", "returned"):
        declared.update({f"{side}.{field}": kind for field, kind in kinds.items()})
    program, tree = _program(text, tuple(sorted(declared.items())))
    names = tuple(dict.fromkeys(node.name for node in steps(tree) if node.kind == "name"))
    stages = {AT_ANSWER if name.startswith(_ANSWER) else AT_REQUEST for name in names}
    if len(stages) != 1:
        raise Misfit(
            "it reads the request and its answer; write two conditions."
            if stages
            else "it reads nothing; it holds always or never."
        )
    reads = tuple(Read(name, declared[name]) for name in names)
    return Condition(text, place, stages.pop(), reads, tree, _caller(program))


def _caller(program: cel.Expression) -> Any:
    return lambda values: program.eval(data=values).value()


@lru_cache(maxsize=4096)
def _program(text: str, declared: tuple[tuple[str, str], ...]) -> tuple[cel.Expression, Node]:
    try:
        program = _environment(declared).compile(text)
    except RuntimeError as error:
        raise _misfit(str(error), dict(declared)) from error
    if program.return_type().name() != "BOOL":
        raise Misfit("it gives no yes or no.")
    tree = _tree(_message(_message(program.serialize())[2][0])[4][0], 1)
    return program, tree


@lru_cache(maxsize=64)
def _environment(declared: tuple[tuple[str, str], ...]) -> cel.Env:
    return cel.NewEnv(variables={name: _TYPES[kind] for name, kind in declared})


def _misfit(error: str, declared: Mapping[str, str]) -> Misfit:
    """CEL's own words, after the column they begin with; a name that is not declared in ours."""
    head, _, rest = error.partition("<input>:")
    place, _, words = rest.partition(": ")
    column = int(place.split(":")[1]) - 1 if place.count(":") == 1 else 0
    sentence = (words or head).split("\n")[0].removesuffix(" (in container '')")
    if sentence.startswith("undeclared reference to '"):
        name = sentence.split("'")[1]
        if name in ("date", "timestamp", "duration"):
            return Misfit(f'"{name}" is not declared; a date is a text in quotes: "2026-11-02".', column)
        known = did_you_mean(name, declared) or (
            f" (known: {', '.join(sorted(declared))})" if "." in name else ""
        )
        return Misfit(f'"{name}" is not declared{known}.', column)
    if "token recognition error at: '= '" in sentence:
        sentence += ' (did you mean "=="?)'
    return Misfit(f"{sentence}.", column)


# ── the checked expression (cel/expr/checked.proto, cel/expr/syntax.proto) ───────────────────────

_CONSTANT_BOOL, _CONSTANT_INT, _CONSTANT_TEXT = 2, 3, 6
_NAME, _CALL, _LIST, _CONSTANT = 4, 6, 7, 3


def _tree(expression: bytes, depth: int) -> Node:
    if depth > DEEPEST:
        raise Misfit(f"it is nested deeper than {DEEPEST} levels.")
    fields = _message(expression)
    if _CONSTANT in fields:
        return _literal(_message(fields[_CONSTANT][0]))
    if _NAME in fields:
        return Node("name", _message(fields[_NAME][0])[1][0].decode(), "", ())
    if _LIST in fields:
        inner = _message(fields[_LIST][0]).get(1, [])
        return Node("list", "", "", tuple(_tree(one, depth + 1) for one in inner))
    if _CALL in fields:
        call = _message(fields[_CALL][0])
        name = call[2][0].decode()
        if name in OPERATORS:
            parts = [*call.get(1, []), *call.get(3, [])]
            return Node("call", name, "", tuple(_tree(one, depth + 1) for one in parts))
        raise Misfit(f"{name.strip('_')} may fail or take long; use {', '.join(OPERATORS.values())}.")
    raise Misfit(f"only these may stand in it: {', '.join(OPERATORS.values())}, declared names and values.")


def _literal(constant: dict[int, list[Any]]) -> Node:
    if _CONSTANT_TEXT in constant:
        return Node("literal", "", constant[_CONSTANT_TEXT][0].decode(), ())
    if _CONSTANT_INT in constant:
        value = constant[_CONSTANT_INT][0]
        return Node("literal", "", value - (1 << 64) if value >> 63 else value, ())
    if _CONSTANT_BOOL in constant:
        return Node("literal", "", bool(constant[_CONSTANT_BOOL][0]), ())
    raise Misfit("only texts, whole numbers, true and false may be compared with.")


def _message(body: bytes) -> dict[int, list[Any]]:
    """The fields of a protobuf message by number: numbers as int, all else as bytes."""
    fields: dict[int, list[Any]] = {}
    at = 0
    while at < len(body):
        tag, at = _varint(body, at)
        if tag & 7 == 0:
            value: Any
            value, at = _varint(body, at)
        else:
            size = 8
            if tag & 7 == 2:
                size, at = _varint(body, at)
            value, at = body[at : at + size], at + size
        fields.setdefault(tag >> 3, []).append(value)
    return fields


def _varint(body: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = body[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value, at
