"""Each rule of the schema lint on the smallest schema that breaks it, and nothing else."""

import json
from typing import Any

import pytest

from gateway.definitions.lint import lint, lint_change

SALT = {"type": "fixed", "name": "Salt", "size": 16}


def field(name: str, type_: Any, **more: Any) -> dict[str, Any]:
    return {"name": name, "type": type_, "class": "fact", "doc": "A sentence. 说明"} | more


def routing(name: str, **more: Any) -> dict[str, Any]:
    return field(name, "string", **{"class": "routing", "pattern": "^[a-z]{1,63}$", "maxLength": 63} | more)


def event(*fields: Any, **more: Any) -> dict[str, Any]:
    """A schema that passes, with these fields behind the routing fields."""
    first = [routing(name) for name in ("event_id", "case_id", "source", "target")]
    record = {"type": "record", "name": "Sample", "kind": "event", "maxBytes": 65536}
    return record | {"fields": [*first, *fields]} | more


def nested(depth: int) -> dict[str, Any]:
    inner = field("leaf", "boolean")
    for level in range(depth):
        inner = field(f"at{level}", {"type": "record", "name": f"At{level}", "fields": [inner]})
    return inner


def array(items: Any, **more: Any) -> dict[str, Any]:
    return field("list", {"type": "array", "items": items}, **more)


PAIR = {"type": "record", "name": "Pair", "fields": [field("name", "string", maxLength=9)]}
PERSONAL = field("holder", "string", **{"class": "personal", "maxLength": 9})
TIMESTAMP = {"type": "long", "logicalType": "timestamp-millis"}
DECIMAL = {"type": "bytes", "logicalType": "decimal", "precision": 60}

BROKEN = {
    "the schema is not a record": (
        {"type": "string"},
        'the schema is not a record; write {"type": "record", ...} around it.',
    ),
    "1 recursion": (
        event(
            array({"type": "record", "name": "Node", "fields": [field("next", ["null", "Node"])]}, maxItems=2)
        ),
        "list.next: holds the record it is part of; refer to it by an identifier (rule 1).",
    ),
    "1 recursion of the whole": (
        event(field("again", ["null", "Sample"])),
        "again: holds the record it is part of; refer to it by an identifier (rule 1).",
    ),
    "1 recursion by defining it again": (
        event(field("again", {"type": "record", "name": "Sample", "fields": []})),
        "again: holds the record it is part of; refer to it by an identifier (rule 1).",
    ),
    "1 unknown type": (
        event(field("odd", "Unheard")),
        "odd: its type is neither Avro's nor defined above; name a known one (rule 1).",
    ),
    "1 unknown kind": (
        event(field("odd", {"type": "set"})),
        "odd: its type is neither Avro's nor defined above; name a known one (rule 1).",
    ),
    "2 plain null": (
        event(array("null", maxItems=9)),
        "list: a plain null takes no bytes; leave it out (rule 2).",
    ),
    "2 empty record": (
        event(array({"type": "record", "name": "Empty", "fields": []}, maxItems=9)),
        "list: a record without fields takes no bytes; leave it out (rule 2).",
    ),
    "2 empty fixed": (
        event(field("none", {"type": "fixed", "name": "None", "size": 0})),
        "none: a fixed of size 0 takes no bytes; leave it out (rule 2).",
    ),
    "2 nothing at all": (
        event(fields=[], kind="entry"),
        "the record has no fields; say what it is for (rule 2).",
    ),
    "3 no maxItems": (
        event(array("boolean")),
        'list: has "maxItems" None; state how many are allowed, 1 to 1000 (rule 3).',
    ),
    "3 too many": (
        event(array("boolean", maxItems=1001)),
        'list: has "maxItems" 1001; state how many are allowed, 1 to 1000 (rule 3).',
    ),
    "3 map": (
        event(field("map", {"type": "map", "values": "boolean"}, maxItems=9)),
        'map: is a map; use an array of records with "unique" (rule 3).',
    ),
    "3 unknown key": (
        event(array(PAIR, maxItems=9, unique="code")),
        'list: "unique" is code; name a field of its items (rule 3).',
    ),
    "4 no maxLength": (
        event(field("text", "string")),
        'text: has "maxLength" None; state the largest number of bytes (rule 4).',
    ),
    "4 items without maxLength": (
        event(array("bytes", maxItems=3)),
        'list: has "maxLength" None; state the largest number of bytes (rule 4).',
    ),
    "5 too deep": (
        event(nested(8)),
        "at7: nests 9 deep, 8 at most; flatten it (rule 5).",
    ),
    "6 choice": (
        event(field("either", ["int", "boolean"])),
        'either: is a union other than ["null", X]; write one optional field per choice (rule 6).',
    ),
    "6 null last": (
        event(field("either", ["int", "null"])),
        'either: is a union other than ["null", X]; write one optional field per choice (rule 6).',
    ),
    "7 no default": (
        event(field("kind", {"type": "enum", "name": "Kind", "symbols": ["A", "B"]})),
        'kind: has the default None; give the enum a "default" among its symbols (rule 7).',
    ),
    "7 too many symbols": (
        event(
            field(
                "kind",
                {"type": "enum", "name": "K", "symbols": [f"S{n}" for n in range(65)], "default": "S0"},
            )
        ),
        "kind: has 65 symbols, 1 to 64 are allowed; use a code list (rule 7).",
    ),
    "8 another order": (
        event(fields=[routing("event_id"), routing("case_id"), routing("sender"), routing("target")]),
        "source: field 3 is sender; an event starts with source there (rule 8).",
    ),
    "8 missing": (
        event(fields=[routing("event_id"), routing("case_id"), routing("source")]),
        "target: field 4 is missing; an event starts with target there (rule 8).",
    ),
    "8 too long": (
        event(
            fields=[
                routing("event_id", pattern="^[a-z]{1,64}$", maxLength=64),
                *(routing(name) for name in ("case_id", "source", "target")),
            ]
        ),
        "event_id: is not a string of class routing with at most 63 bytes; make it one (rule 8).",
    ),
    "9 no pattern": (
        event(field("parent_id", ["null", "string"], maxLength=9)),
        'parent_id: is an identifier without "pattern"; state its ASCII form (rule 9).',
    ),
    "9 Chinese pattern": (
        event(field("parent_id", "string", maxLength=9, pattern="^天$")),
        'parent_id: "pattern" ^天$ is not a row of ASCII classes such as [a-z]{1,9}; write it so (rule 9).',
    ),
    "9 slow pattern": (
        event(field("note", "string", maxLength=9, pattern="^([a-z]+)+$")),
        'note: "pattern" ^([a-z]+)+$ is not a row of ASCII classes such as [a-z]{1,9}; write it so (rule 9).',
    ),
    "9 empty match": (
        event(field("note", "string", maxLength=9, pattern="^[a-z]{0,9}$")),
        'note: "pattern" ^[a-z]{0,9}$ matches nothing at all; ask for one letter (rule 9).',
    ),
    "9 pattern and length differ": (
        event(field("note", "string", maxLength=9, pattern="^[a-z]{1,8}$")),
        'note: "pattern" allows 8 bytes, "maxLength" 9; make them the same (rule 9).',
    ),
    "9 unknown check": (
        event(field("note", "string", maxLength=9, pattern="^[a-z]{1,9}$", check="luhn")),
        'note: "check" is luhn; known are licence-identifier, uscc, item-code (rule 9).',
    ),
    "10 double a rule reads": (
        event(field("share", "double")),
        "share: is a double of class fact; use a whole number of a smaller unit (rule 10).",
    ),
    "10 wide decimal": (
        event(field("amount", DECIMAL, maxLength=1000)),
        "amount: is a decimal of 1000 bytes, 16 at most; narrow it (rule 10).",
    ),
    "11 no range": (
        event(field("due", TIMESTAMP, minimum=0)),
        'due: is a timestamp-millis with "minimum" 0 and "maximum" None; give it a range (rule 11).',
    ),
    "11 range backwards": (
        event(field("day", {"type": "int", "logicalType": "date"}, minimum=9, maximum=1)),
        'day: is a date with "minimum" 9 and "maximum" 1; give it a range (rule 11).',
    ),
    "12 one language": (
        event(field("flag", "boolean", doc="A flag.")),
        'flag: "doc" lacks a sentence in English with the Chinese term; write both (rule 12).',
    ),
    "12 no class": (
        event(field("flag", "boolean", **{"class": None})),
        'flag: "class" is None; choose routing, fact, personal (rule 12).',
    ),
    "12 no salt": (
        event(PERSONAL),
        "salt: is missing; personal fields ask for 16 random bytes of that class (rule 12).",
    ),
    "12 hidden inside": (
        event(
            field("salt", SALT, **{"class": "personal"}),
            array({"type": "record", "name": "Pair", "fields": [PERSONAL]}, maxItems=3),
        ),
        'list: holds personal fields; its own "class" is personal too (rule 12).',
    ),
    "13 too large": (
        event(field("text", "string", maxLength=4000), maxBytes=4000),
        'the largest body has 4258 bytes, "maxBytes" is 4000; narrow the limits or raise it (rule 13).',
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_rule_says_what_is_wrong(name: str) -> None:
    schema, message = BROKEN[name]
    assert lint(schema) == [message]


def test_good_schema_passes() -> None:
    assert lint(event(PERSONAL, field("salt", SALT, **{"class": "personal"}))) == []
    assert lint(event(nested(7))) == []
    assert lint(event(field("amount", DECIMAL, maxLength=16))) == []


def test_entries_need_no_routing_fields() -> None:
    assert lint(event(fields=[field("flag", "boolean")], kind="entry")) == []


def test_all_problems_are_reported_at_once() -> None:
    messages = lint(event(field("share", "double", doc=""), array("boolean"), maxBytes=None))
    assert [message[-3:-2] for message in messages] == ["3", "0", "2", "3"]


@pytest.mark.parametrize(
    "fields",
    [None, 3, [3], [{}], [{"name": 3, "type": {}}], [{"name": "x", "type": {"type": "enum", "symbols": 3}}]],
)
def test_any_json_gets_messages_and_no_exception(fields: Any) -> None:
    assert lint(event(fields=fields))
    assert lint_change(event(), event(fields=fields))


V1 = event(field("flag", "boolean"))


@pytest.mark.parametrize(
    ("newer", "messages"),
    [
        (
            event(
                field("flag", "boolean", doc="Better said. 说明"),
                field("more", ["null", "int"], default=None),
            ),
            [],
        ),
        (event(), ["flag: is not as released; keep it, and add what is new at the end (rule 14)."]),
        (
            event(field("flag", "int")),
            ["flag: is not as released; keep it, and add what is new at the end (rule 14)."],
        ),
        (
            event(field("flag", "boolean"), field("more", "int")),
            ['more: is new and cannot be left out; make it ["null", X] with "default": null (rule 14).'],
        ),
        (
            event(field("flag", "boolean"), field("more", ["null", "int"])),
            ['more: is new and cannot be left out; make it ["null", X] with "default": null (rule 14).'],
        ),
        (
            event(field("more", ["null", "int"], default=None), field("flag", "boolean")),
            [
                "flag: is not as released; keep it, and add what is new at the end (rule 14).",
                'flag: is new and cannot be left out; make it ["null", X] with "default": null (rule 14).',
            ],
        ),
    ],
)
def test_new_version_only_adds_nullable_fields_at_the_end(newer: dict[str, Any], messages: list[str]) -> None:
    assert lint_change(V1, newer) == messages


def test_schemas_stay_as_they_were() -> None:
    schema = event(PERSONAL)
    before = json.dumps(schema)
    lint(schema)
    assert json.dumps(schema) == before
