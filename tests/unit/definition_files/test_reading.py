"""YAML 1.2 as plain values with their places, and what is said of files that are not that."""

import pytest

from gateway.definition_files.reading import MAX_BYTES, Document, Place, read, spelled

NO_TOKEN = (
    "a.yaml:1:4: the file is not YAML 1.2: while scanning for the next token, "
    "found character that cannot start any token."
)
OTHER_VERSION = "a.yaml:1:1: the file is not YAML 1.2: found incompatible YAML document."


def taken(text: str) -> Document:
    document, findings = read("a.yaml", text.encode())
    assert findings == ()
    assert document is not None
    return document


def said(content: bytes) -> list[str]:
    return [str(finding) for finding in read("a.yaml", content)[1]]


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("330000", 330000),
        ("-7", -7),
        ("0x1F", 31),
        ("0o17", 15),
        ("1.5e3", 1500.0),
        (".5", 0.5),
        ("-.inf", float("-inf")),
        ("true", True),
        ("False", False),
        ("null", None),
        ("~", None),
        ("", None),
        ("yes", "yes"),
        ("2024-05-01", "2024-05-01"),
        ("1_000", "1_000"),
        ("12:30:00", "12:30:00"),
        ('"330000"', "330000"),
        ("'null'", "null"),
        (">-\n  folded\n  text", "folded text"),
        ("[a, [b]]", ("a", ("b",))),
        ("{b: {c: 1}}", {"b": {"c": 1}}),
    ],
)
def test_scalars_follow_the_core_schema(written: str, value: object) -> None:
    assert taken(f"a: {written}\n").value == {"a": value}


def test_not_a_number_is_a_number() -> None:
    assert str(taken("- .nan").value) == "(nan,)"


def test_every_value_and_key_has_its_place() -> None:
    document = taken("a: [x, 017]\n\nb:\n  - c: 0x1F\n")
    values = {
        (): Place(1, 1),
        ("a",): Place(1, 4),
        ("a", 0): Place(1, 5),
        ("a", 1): Place(1, 8),
        ("b",): Place(4, 3),
        ("b", 0): Place(4, 5),
        ("b", 0, "c"): Place(4, 8),
    }
    keys = {("a",): Place(1, 1), ("b",): Place(3, 1), ("b", 0, "c"): Place(4, 5)}
    assert {location: document.place(location) for location in values} == values
    assert {location: document.key_place(location) for location in keys} == keys
    assert document.place(("a", 2)) is None
    assert document.key_place(("a", 0)) is None


def test_number_is_told_as_it_is_written() -> None:
    document = taken("a: [017, 0x1F , .5]\r\nb: {c: TRUE}\rd: ~")
    found = [document.written(place) for place in (("a", 0), ("a", 1), ("a", 2), ("b", "c"), ("d",), ("e",))]
    assert found == ["017", "0x1F", ".5", "TRUE", "~", ""]


def test_value_that_is_not_written_stands_at_its_key() -> None:
    assert taken("a: 1\nb:\n\nc: 2\n").place(("b",)) == Place(2, 1)


def test_finding_of_what_is_missing_stands_where_it_should_be() -> None:
    assert str(taken("a:\n  b: 1\n").finding(("a", "c"), "no.")) == "a.yaml:2:3: a.c: no."


def test_byte_order_mark_is_not_part_of_the_first_key() -> None:
    assert taken("\ufeffa: 1").value == {"a": 1}


def test_location_is_spelled_as_people_write_it() -> None:
    assert spelled(("recognition", 3, "fields", 0)) == "recognition[3].fields[0]"
    assert spelled(()) == ""


@pytest.mark.parametrize(
    ("content", "findings"),
    [
        (b"a: 1\nb: 2\na: [3]\n", ["a.yaml:3:1: a: the key is written twice (first in line 1)."]),
        (b"? [a]\n: 4\nb: 1\n", ["a.yaml:1:3: a key is a list or a mapping; a text is wanted."]),
        (b"a: &x 1\n", ['a.yaml:1:4: a: "&x" is an anchor; write the value without it.']),
        (
            b"a: &x [*x]\n",
            [
                'a.yaml:1:4: a: "&x" is an anchor; write the value without it.',
                'a.yaml:1:8: a[0]: "*x" is an alias; write the value out.',
            ],
        ),
        (b"a: !new 1\n", ['a.yaml:1:4: a: "!new" is a tag; write the value without it.']),
        (b"", ["a.yaml:1:1: the file is empty."]),
        (b"# only a comment\n", ["a.yaml:1:1: the file is empty."]),
        (b"a: 1\n\n \xff", ["a.yaml:3:2: the file is not UTF-8: invalid start byte."]),
        (b"a: 1\nb: \x01", ["a.yaml:2:4: the file is not YAML 1.2: character U+0001 is not allowed."]),
        ("a: x\u2028y".encode(), ["a.yaml:1:5: the file is not YAML 1.2: character U+2028 is not allowed."]),
        (b"a: @\n", [NO_TOKEN]),
        (b"%YAML 2.0\n--- a", [OTHER_VERSION]),
        (b"a: 1\n---\nb: 2\n", ["a.yaml:2:1: the file is not YAML 1.2: a second document begins."]),
        (
            b"a: [1\nb: 3",
            [
                (
                    "a.yaml:2:2: the file is not YAML 1.2: while parsing a flow sequence, "
                    "did not find expected ',' or ']'."
                )
            ],
        ),
        (
            b"[" * 40,
            ["a.yaml:1:18: the file is not YAML 1.2: values are nested more than 16 deep."],
        ),
        (
            b" " * (MAX_BYTES + 1),
            ["a.yaml:1:1: the file has 1048577 bytes; at most 1048576 are read."],
        ),
    ],
)
def test_what_is_not_plain_yaml_is_said_at_its_place(content: bytes, findings: list[str]) -> None:
    assert said(content) == findings


def test_second_value_of_a_key_is_not_taken() -> None:
    document, _ = read("a.yaml", b"a: 1\na: 2\nb: 3\n")
    assert document is not None
    assert document.value == {"a": 1, "b": 3}


def test_bomb_of_aliases_stays_small() -> None:
    lines = ["a0: &a0 [x, x]"] + [f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]" for n in range(1, 40)]
    document, findings = read("a.yaml", "\n".join(lines).encode())
    assert document is not None
    assert document.value == {"a0": ("x", "x")} | {f"a{n}": (None, None) for n in range(1, 40)}
    assert len(findings) == 40 + 78


def test_what_is_not_taken_shifts_no_place() -> None:
    document, _ = read("a.yaml", b"a: 1\na: [{b: 2}, x]\n? [k, {l: m}]\n: [n]\nc: true\n")
    assert document is not None
    assert [document.place(one) for one in ((), ("a",), ("c",))] == [Place(1, 1), Place(1, 4), Place(5, 4)]
    assert [document.key_place(one) for one in (("a",), ("c",))] == [Place(1, 1), Place(5, 1)]
    assert document.place(("a", 0)) is None
