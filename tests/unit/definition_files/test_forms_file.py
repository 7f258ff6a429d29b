"""What is said of a forms.yaml that cannot be, and that its cases are run."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.definition_files import loading
from gateway.definitions import RegionName

from .conftest import SMALL, Edit, Problems

CODES = "regions/catalog/codes.yaml"
FORMS = "regions/north/forms.yaml"
TEXT = """\
contracts: [licence-verification-requested, licence-verification-answered,
            application-submitted, application-progressed]
source: Invented.
items:
  unmapped: refuse
  codes:
    - {local: bg, common: firm-change}
    - {local: sl, common: firm-setup}
licence_types:
  unmapped: keep
  codes:
    - {local: zz, common: firm-licence}
fields:
  unmapped: refuse
  tables:
    - licence_type: firm-licence
      codes:
        - {local: mc, common: firm_name}
        - {local: rq, common: seat, date: true}
dates: {format: YYYYMMDD, open_end: 长期, unmapped: refuse}
licence_states:
  code_list: node-states
  delivers: own
  unmapped: unknown
  codes:
    - {local: "1", common: VALID}
    - {local: "2", common: EXPIRED}
application_states:
  code_list: node-steps
  delivers: own
  codes:
    - {local: "7", common: WITHDRAWN, back: false}
    - {local: "8", common: WITHDRAWN}
divisions:
  code_list: places
  unmapped: keep
  codes:
    - {local: "350105", common: "350100", back: false}
cases:
  - name: A question
    contract: licence-verification-requested
    local: {item: bg, licence_type: zz, fields: [mc], claims: {rq: "20200501"}}
    common: {item: firm-change, licence_type: firm-licence, fields: [firm_name], claims: {seat: "2020-05-01"}}
  - name: An answer
    contract: licence-verification-answered
    licence_type: firm-licence
    local: {raw_state: "1", returned: {rq: 长期}}
    common: {raw_state: "1", licence_state: VALID, returned: {seat: "9999-12-31"}}
  - name: An application
    contract: application-submitted
    local: {item: sl, division: "350105", materials: [zz]}
    common: {item: firm-setup, division: "350100", materials: [firm-licence]}
    back: {item: sl, division: "350100", materials: [zz]}
  - name: A step
    contract: application-progressed
    local: {original_code: "8", state: WITHDRAWN}
    common: {original_code: "8", state: WITHDRAWN}
  - name: An item nobody mapped
    contract: application-submitted
    local: {item: xx, division: "350100"}
    refused: bad-enum
"""
LISTS = """
  - name: node-states
    chinese: 节点状态
    source: Invented.
    codes:
      - {code: "1", chinese: 有效, english: valid}
      - {code: "2", chinese: 过期, english: expired}
  - name: node-steps
    chinese: 节点步骤
    source: Invented.
    codes:
      - {code: "7", chinese: 撤, english: withdrawn early}
      - {code: "8", chinese: 撤回, english: withdrawn}
  - name: places
    chinese: 地
    source: Invented.
    codes:
      - {code: "350100", chinese: 北城, english: North Town}
"""


@pytest.fixture
def world() -> dict[str, bytes]:
    """The small world, where north writes in its own form."""
    return {**SMALL, CODES: SMALL[CODES].rstrip() + LISTS.encode(), FORMS: TEXT.encode()}


def test_forms_become_tables_in_both_directions(problems: Problems, world: dict[str, bytes]) -> None:
    assert problems() == []
    own = loading.build(loading.inspect(world)[0], "").forms[RegionName("north")]
    assert own.path == FORMS
    assert own.items.inward == {"bg": "firm-change", "sl": "firm-setup"}
    assert own.items.outward == {"firm-change": "bg", "firm-setup": "sl"}
    assert (own.items.known, own.items.refuses) == ({"firm-change", "firm-setup"}, True)
    assert own.fields["firm-licence"].names.known == {"firm_name", "firm_code", "seat"}
    assert own.fields["firm-licence"].dates == {"seat"}
    assert own.dates.open_end == "长期"
    assert own.divisions.outward == {}
    assert own.licence_states is not None
    assert own.licence_states.otherwise == "UNKNOWN"
    assert own.application_states is not None
    assert own.application_states.inward == {"7": "WITHDRAWN", "8": "WITHDRAWN"}
    assert own.application_states.outward == {"WITHDRAWN": "8"}


def test_a_region_may_have_one_table_only(problems: Problems, world: dict[str, bytes]) -> None:
    world[FORMS] = b"""\
contracts: [application-progressed]
source: Invented.
application_states:
  code_list: node-steps
  delivers: source
  codes:
    - {local: "7", common: WITHDRAWN, back: false}
    - {local: "8", common: WITHDRAWN}
cases:
  - name: A step
    contract: application-progressed
    local: {original_code: "7", state: RECEIVED}
    common: {original_code: "7", state: WITHDRAWN}
"""
    assert problems() == []
    own = loading.build(loading.inspect(world)[0], "").forms[RegionName("north")]
    assert own.licence_states is None
    assert own.items.inward == {}


ITEM = "{local: bg, common: firm-change}"
BROKEN = [
    pytest.param(
        (
            "[licence-verification-requested, licence-verification-answered,",
            "[licence-verification-answered,",
        ),
        [":41:15: cases[0].contract: licence-verification-requested is not in contracts of this file."],
        id="case_of_another_contract",
    ),
    pytest.param(
        (
            "dates: {f",
            """    - licence_type: firm-licence
      codes:
        - {local: fn, common: firm_name}
dates: {f""",
        ),
        [(':20:21: fields.tables[1].licence_type: licence type "firm-licence" has a table already.')],
        id="second_table_of_a_licence_type",
    ),
    pytest.param(
        ("[licence-verification-requested, l", "[event-receipt, l"),
        [
            (
                ':1:13: contracts[0]: contract "event-receipt" is not one of licence-verification-requested, '
                "licence-verification-answered, application-submitted, application-progressed."
            )
        ],
        id="contract_that_is_not_translated",
    ),
    pytest.param(
        (ITEM, "{local: bg, common: firm-chnge}"),
        [
            (
                ':7:27: items.codes[0].common: item "firm-chnge" is not in regions/catalog/items.yaml '
                '(did you mean "firm-change"?).'
            )
        ],
        id="item_that_is_not_in_the_catalogue",
    ),
    pytest.param(
        (ITEM, "{local: sl, common: firm-change}"),
        [':8:15: items.codes[1].local: code "sl" already means "firm-change".'],
        id="code_with_two_meanings",
    ),
    pytest.param(
        (ITEM, "{local: bg, common: firm-setup}"),
        [
            (
                ':8:27: items.codes[1].common: "bg" leads back from "firm-setup" too; '
                "write back: false beside one."
            )
        ],
        id="two_codes_that_lead_back",
    ),
    pytest.param(
        (ITEM, "{local: firm-setup, common: firm-change}"),
        [
            (
                ':7:15: items.codes[0].local: "firm-setup" is itself a common code; '
                "a code may not mean two things."
            )
        ],
        id="code_that_is_a_common_one",
    ),
    pytest.param(
        ("{local: mc, common: firm_name}", "{local: mc, common: name}"),
        [
            (
                ':18:31: fields.tables[0].codes[0].common: licence type "firm-licence" has no field'
                ' "name" (did you mean "firm_name"?).'
            )
        ],
        id="field_of_another_licence_type",
    ),
    pytest.param(
        ("{local: mc, common: firm_name}", "{local: name, common: firm_name}"),
        [
            (
                ':18:19: fields.tables[0].codes[0].local: "name" is itself a common code; '
                "a code may not mean two things."
            )
        ],
        id="name_that_is_a_common_one_elsewhere",
    ),
    pytest.param(
        ("dates: {f", "licence_states_: {f"),
        [(':20:1: licence_states_: unknown key (did you mean "licence_states"?).')],
        id="unknown_key",
    ),
    pytest.param(
        ("dates: {format: YYYYMMDD, open_end: 长期, unmapped: refuse}\n", ""),
        [
            (
                ":19:43: fields.tables[0].codes[1].date: it is a date, and the file does not say how dates "
                "are written (dates)."
            )
        ],
        id="dates_that_nobody_describes",
    ),
    pytest.param(
        (", date: true", ""),
        [":20:8: dates: no field is marked with date: true."],
        id="dates_of_no_field",
    ),
    pytest.param(
        ("长期, unmapped", '"20991231", unmapped'),
        [':20:37: dates.open_end: "20991231" is a day like others; take a word.'],
        id="open_end_that_is_a_day",
    ),
    pytest.param(
        ("长期, unmapped", "no end, unmapped"),
        [':20:37: dates.open_end: "no end" is not a word (letters and digits, at most 16).'],
        id="open_end_that_may_be_anything",
    ),
    pytest.param(
        ("YYYYMMDD", "DDMMYYYY"),
        [
            (
                ':20:17: dates.format: date format "DDMMYYYY" is not one of YYYYMMDD, YYYY/MM/DD, YYYY.MM.DD'
                ", YYYY年MM月DD日."
            )
        ],
        id="date_format_nobody_reads",
    ),
    pytest.param(
        ("code_list: node-states", "code_list: node-state"),
        [
            (
                ':22:14: licence_states.code_list: code list "node-state" is not in'
                " regions/catalog/codes.yaml"
                ' (did you mean "node-states"?).'
            )
        ],
        id="code_list_that_is_not_there",
    ),
    pytest.param(
        ('{local: "2", common: EXPIRED}', '{local: "3", common: EXPIRED}'),
        [
            ":26:5: licence_states.codes: 2 of node-states: not mapped.",
            (
                ':27:15: licence_states.codes[1].local: code "3" is not in node-states '
                "(regions/catalog/codes.yaml)."
            ),
        ],
        id="state_code_of_no_list",
    ),
    pytest.param(
        ('common: "350100", back', 'common: "350900", back'),
        [(':38:33: divisions.codes[0].common: code "350900" is not in places (regions/catalog/codes.yaml).')],
        id="division_of_no_list",
    ),
    pytest.param(
        ("application-submitted, application-progressed]", "application-submitted]"),
        [":29:3: application_states: no contract of this file uses it (application-progressed)."],
        id="table_without_a_contract",
    ),
    pytest.param(
        ('local: {original_code: "8", state', "local: {state"),
        [":29:3: application_states: no case shows it (original_code)."],
        id="table_without_a_case",
    ),
    pytest.param(
        (", licence_type: zz, fields: [mc], claims", ", fields: [mc], claims"),
        [
            (
                ":42:12: cases[0].local: licence_type is missing; every event of"
                " licence-verification-requested has it."
            )
        ],
        id="case_that_is_no_event",
    ),
    pytest.param(
        ("materials: [zz]}\n    common", "materials: [zz], state: WITHDRAWN}\n    common"),
        [
            (
                ":51:67: cases[2].local.state: an event of application-submitted says nothing of it "
                "(known: item, division, materials)."
            )
        ],
        id="case_that_says_what_the_contract_cannot",
    ),
    pytest.param(
        ("    refused: bad-enum\n", ""),
        [":58:5: cases[4]: either common or refused is wanted."],
        id="case_without_an_ending",
    ),
    pytest.param(
        ("    refused: bad-enum\n", '    refused: bad-enum\n    back: {item: xx, division: "350100"}\n'),
        [":62:11: cases[4].back: only what is not refused comes back."],
        id="refusal_that_comes_back",
    ),
    pytest.param(
        (
            "contract: application-progressed\n    l",
            "contract: application-progressed\n    licence_type: id-card\n    l",
        ),
        [
            (
                ":56:19: cases[3].licence_type: an answer has its licence type from its request; "
                "other events say it."
            )
        ],
        id="licence_type_beside_a_step",
    ),
    pytest.param(
        ("common: {item: firm-change, l", "common: {item: firm-setup, l"),
        [
            (
                ':43:20: cases[0].common.item: case "A question": item becomes "firm-change", '
                'expected "firm-setup".'
            )
        ],
        id="case_that_means_something_else",
    ),
    pytest.param(
        ('claims: {rq: "20200501"}}', 'claims: {rq: "20200501", mc: x}}'),
        [
            (
                ':43:90: cases[0].common.claims: case "A question": claims becomes '
                "{seat: 2020-05-01, firm_name: x}, expected {seat: 2020-05-01}."
            )
        ],
        id="case_with_a_claim_too_many",
    ),
    pytest.param(
        ('    back: {item: sl, division: "350100", materials: [zz]}\n', ""),
        [
            (
                ':49:5: cases[2].back.division: case "An application": division becomes "350100", '
                'expected "350105".'
            )
        ],
        id="case_that_comes_back_otherwise",
    ),
    pytest.param(
        ("local: {item: xx", "local: {item: bg"),
        [
            (
                ':61:14: cases[4].refused: case "An item nobody mapped": it is not refused; '
                'it means item "firm-change", division "350100".'
            )
        ],
        id="case_that_is_not_refused",
    ),
    pytest.param(
        ("refused: bad-enum", "refused: out-of-range"),
        [
            (
                ':58:5: cases[4]: case "An item nobody mapped": it is refused (bad-enum:'
                " application-submitted"
                ': field "item" has a code that is neither mapped in regions/north/forms.yaml nor one of the '
                "common form)."
            )
        ],
        id="case_that_is_refused_otherwise",
    ),
]


@pytest.mark.parametrize(("edit", "said"), BROKEN)
def test_problem_is_said_at_its_place(problems: Problems, edit: tuple[str, str], said: list[str]) -> None:
    change: Edit = (FORMS, *edit)
    assert problems(change) == [f"{FORMS}{sentence}" for sentence in said]


def test_a_contract_needs_a_table(problems: Problems, world: dict[str, bytes]) -> None:
    world[FORMS] = b"""\
contracts: [application-submitted, application-progressed]
source: Invented.
items:
  unmapped: keep
  codes:
    - {local: bg, common: firm-change}
cases:
  - name: An application
    contract: application-submitted
    local: {item: bg, division: "350100"}
    common: {item: firm-change, division: "350100"}
"""
    assert problems() == [f"{FORMS}:1:36: contracts[1]: no table of this file is for application-progressed."]


def test_a_form_belongs_to_a_region(problems: Problems, world: dict[str, bytes]) -> None:
    path = "regions/nowhere/forms.yaml"
    world[path] = world[FORMS]
    assert problems() == [f"{path}:1:1: there is no region.yaml beside it: the form of which region is it?"]


@given(data=st.data())
def test_no_edit_makes_the_loader_crash(data: st.DataObject) -> None:
    lines = TEXT.splitlines()
    number = data.draw(st.integers(0, len(lines) - 1))
    before, colon, _ = lines[number].partition(":")
    scalars = (
        "",
        "~",
        "7",
        "x",
        "[]",
        "{}",
        "[x]",
        "{x: 1}",
        "firm-change",
        '"350100"',
        "[{local: a, common: b}]",
    )
    written = data.draw(st.sampled_from(scalars))
    edits = ([], [lines[number]] * 2, [f"{before}{colon} {written}"], [written])
    lines[number : number + 1] = data.draw(st.sampled_from(edits))
    files = {**SMALL, CODES: SMALL[CODES].rstrip() + LISTS.encode(), FORMS: "\n".join(lines).encode()}
    parts, findings = loading.inspect(files)
    if not findings:
        loading.build(parts, digest="")


def test_a_catalogue_that_cannot_be_read_is_the_only_finding(
    problems: Problems, world: dict[str, bytes]
) -> None:
    """What could not be read is not asked after."""
    types = "regions/catalog/licence-types.yaml"
    world[types] = world[types].replace(b"code: 11100000MB0143028R001", b"code: 7")
    assert [said for said in problems() if said.startswith(FORMS)] == []
