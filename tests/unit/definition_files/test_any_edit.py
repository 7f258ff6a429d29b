"""Whatever somebody writes into a definition file, the answer is findings or definitions, never a crash."""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from gateway.definition_files import folders, loading
from gateway.definition_files.surveying import survey_of

SMALL = folders.snapshot(Path(__file__).parent / "small")
SCALARS = (
    "",
    "~",
    "7",
    "-1",
    "1.5",
    "true",
    "x",
    "360000",
    '"350000"',
    '"2024-01-01"',
    "id-card",
    "north",
    '"*"',
)
COLLECTIONS = ("[]", "{}", "[7]", "[[x]]", "[north, north]", "{x: 1}", "[{name: x}]", "[id-card, ~]")
JSON = ("null", "7", "-1", "true", '"x"', "[]", "{}", '["null", "string"]', '{"type": "record"}')


@given(data=st.data())
def test_no_edit_makes_the_loader_crash(data: st.DataObject) -> None:
    path = data.draw(st.sampled_from(sorted(SMALL)))
    lines = SMALL[path].decode().splitlines()
    number = data.draw(st.integers(0, len(lines) - 1))
    before, colon, _ = lines[number].partition(":")
    written = data.draw(st.sampled_from(JSON if path.endswith(".avsc") else SCALARS + COLLECTIONS))
    lines[number : number + 1] = data.draw(
        st.sampled_from(
            (
                [],
                [lines[number], lines[number]],
                [f"{before}{colon} {written}"],
                [f"{lines[number]} {written}"],
                [written],
            )
        )
    )
    surveyed = survey_of({**SMALL, path: "\n".join(lines).encode()})
    if not surveyed.findings:
        assert surveyed.examples


def test_file_that_holds_a_list_is_no_mapping() -> None:
    for path in sorted(SMALL):
        if path.endswith(".yaml"):
            _, findings = loading.inspect({**SMALL, path: b"- x\n"})
            said = [str(finding) for finding in findings]
            assert f"{path}:1:1: the value is a list; a mapping is wanted." in said
