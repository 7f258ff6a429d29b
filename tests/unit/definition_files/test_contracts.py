"""What is said of schema files."""

import pytest

from .conftest import Edit, Problems

NOTE = "avro/note-sent/v1.avsc"

BROKEN = [
    pytest.param(
        (NOTE, '{\n  "type"', '{\n  "type" x'),
        [
            "avro/note-sent/v1.avsc:2:10: the file is not JSON: Expecting ':' delimiter.",
        ],
        id="not_json",
    ),
    pytest.param(
        (NOTE, '"maxBytes": 1024', '"maxBytes": 1024, "maxBytes": 2'),
        [
            (
                'avro/note-sent/v1.avsc:1:1: the file is not JSON: the key "maxBytes" is written '
                "twice in one object."
            ),
        ],
        id="key_written_twice",
    ),
    pytest.param(
        (NOTE, '"name": "NoteSent"', '"name": "NotSent"'),
        [
            'avro/note-sent/v1.avsc:1:1: the record is named "NotSent"; the folder asks for "NoteSent".',
        ],
        id="named_unlike_its_folder",
    ),
    pytest.param(
        (NOTE, '"kind": "event"', '"kind": "evnt"'),
        [
            'avro/note-sent/v1.avsc:1:1: kind is "evnt"; event or entry is wanted.',
        ],
        id="unknown_kind",
    ),
    pytest.param(
        (NOTE, '"writers": "gateway"', '"writers": "all"'),
        [
            'avro/note-sent/v1.avsc:1:1: writers is "all"; regions or gateway is wanted.',
        ],
        id="unknown_writers",
    ),
    pytest.param(
        (NOTE, '"maxBytes": 1024', '"maxBytes": 2000000'),
        [
            "avro/note-sent/v1.avsc:1:1: maxBytes is 2000000; at most 1048576 are allowed.",
        ],
        id="larger_than_any_body_may_be",
    ),
    pytest.param(
        (NOTE, '"maxLength": 32', '"maxLength": 33'),
        [
            (
                'avro/note-sent/v1.avsc:6:6: case_id: "pattern" allows 32 bytes, "maxLength" 33; '
                "make them the same (rule 9)."
            ),
        ],
        id="lint_at_the_field_it_is_about",
    ),
    pytest.param(
        (NOTE, '"maxBytes": 1024', '"maxBytes": 10'),
        [
            (
                'avro/note-sent/v1.avsc:1:1: the largest body has 235 bytes, "maxBytes" is 10; '
                "narrow the limits or raise it (rule 13)."
            ),
        ],
        id="lint_of_the_whole",
    ),
]


@pytest.mark.parametrize(("edit", "said"), BROKEN)
def test_problem_is_said_at_its_place(problems: Problems, edit: Edit, said: list[str]) -> None:
    assert problems(edit) == said


def test_next_version_adds_nullable_fields_at_the_end(problems: Problems, world: dict[str, bytes]) -> None:
    world["avro/note-sent/v2.avsc"] = (
        world[NOTE].replace(b'"doc": "When.', b'"doc": "At what time.').replace(b"made_at", b"written_at")
    )
    assert problems() == [
        (
            "avro/note-sent/v2.avsc:1:1: made_at: is not as released; "
            "keep it, and add what is new at the end (rule 14)."
        )
    ]


def test_versions_have_no_gap(problems: Problems, world: dict[str, bytes]) -> None:
    world["avro/note-sent/v3.avsc"] = world[NOTE].replace(b"made_at", b"written_at")
    assert problems() == ["avro/note-sent/v3.avsc:1:1: there is no v2.avsc before it."]


def test_two_contracts_do_not_share_a_schema_id(problems: Problems, world: dict[str, bytes]) -> None:
    world["avro/note-sent/v2.avsc"] = world[NOTE].replace(b"When.", b"At what time.")
    assert problems() == [f"avro/note-sent/v2.avsc:1:1: its schema id is that of {NOTE} already."]


def test_schema_file_is_one_json_object(problems: Problems, world: dict[str, bytes]) -> None:
    for content, said in (
        (b"[]", "a schema file holds one JSON object, a record."),
        (
            b"\xff",
            "the file is not JSON: 'utf-8' codec can't decode byte 0xff in position 0: invalid start byte.",
        ),
    ):
        world[NOTE] = content
        assert problems() == [f"{NOTE}:1:1: {said}"]
