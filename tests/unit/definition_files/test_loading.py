"""What the files of the small world become, and that all that is wrong is said in one run."""

import dataclasses
import shutil
from pathlib import Path

import pytest

from gateway.definition_files import Application, Code, Request, findings, folders, load, load_examples
from gateway.definition_files.meanings import found
from gateway.definitions import Definitions, RegionName
from gateway.errors import DefinitionError, Reason

from .conftest import Problems

ROOT = Path(__file__).parent / "small"
MAY_1_2024_IN_SHANGHAI = 1_714_492_800_000
JANUARY_1_2025_IN_SHANGHAI = 1_735_660_800_000

NORTH = "regions/north/region.yaml"
AGREEMENT = "regions/agreements/north--south.yaml"
LICENCE_TYPES = "regions/catalog/licence-types.yaml"


@pytest.fixture(scope="module")
def small() -> Definitions:
    return load(ROOT)


def test_small_world_has_no_findings() -> None:
    assert findings(ROOT) == ()


def test_region_says_what_it_issues_and_decides(small: Definitions) -> None:
    north, south = small.regions[RegionName("north")], small.regions[RegionName("south")]
    assert north.issues == {"firm-licence", "id-card"}
    assert north.decides == {"firm-change"}
    assert (north.receipts, south.receipts) == ("all", "refusals")


def test_dates_begin_at_midnight_in_shanghai(small: Definitions) -> None:
    allow, deny = small.agreements[0].recognition
    assert (allow.effective_from, allow.effective_to) == (MAY_1_2024_IN_SHANGHAI, None)
    assert deny.effective_to == JANUARY_1_2025_IN_SHANGHAI


def test_scope_left_out_is_the_whole_region(small: Definitions) -> None:
    allow, deny = small.agreements[0].recognition
    assert (allow.recognising_scope, allow.issuing_scope) == (("350100",), ("360000",))
    assert (deny.recognising_scope, deny.issuing_scope) == (("350000",), ("360400",))


def test_rule_that_denies_grants_nothing(small: Definitions) -> None:
    allow, deny = small.agreements[0].recognition
    assert allow.effect == "allow"
    assert deny.effect == "deny"
    assert deny.fields == deny.use_kinds == deny.purposes == deny.accepted_states == frozenset()
    assert deny.daily_cap == 0


def test_service_rule_is_taken_over(small: Definitions) -> None:
    (service,) = small.agreements[0].services
    assert (service.receiving, service.deciding) == (RegionName("north"), RegionName("south"))
    assert service.items == {"firm-change", "firm-setup"}
    assert (service.version, service.consent_required, service.daily_cap) == (1, True, 1000)


def test_topic_pattern_stands_for_one_topic_of_each_region(small: Definitions) -> None:
    topics = {topic.name: topic for topic in small.topics}
    assert {name for name in topics if name.endswith(".inbox")} == {"north.inbox", "south.inbox"}
    assert topics["north.inbox"].writers == ("line",)
    assert topics["north.inbox"].readers == ("north",)
    assert dict(topics["north.outbox"].config) == {
        "cleanup.policy": "delete",
        "max.message.bytes": "100000",
        "message.timestamp.type": "LogAppendTime",
        "min.insync.replicas": "2",
        "retention.ms": "691200000",
    }


def test_topic_kept_for_good_never_expires(small: Definitions) -> None:
    topics = {topic.name: dict(topic.config) for topic in small.topics}
    assert topics["gateway.ledger"]["retention.ms"] == "-1"
    assert topics["gateway.state"]["cleanup.policy"] == "compact"


def test_contract_is_found_by_its_schema_id(small: Definitions) -> None:
    (contract,) = small.contracts
    assert small.by_schema_id == {contract.schema_id: contract}
    assert (contract.name, contract.version, contract.kind, contract.writers) == (
        "note-sent",
        1,
        "event",
        "gateway",
    )
    assert contract.max_bytes == 1024


def test_definitions_have_a_number_and_a_digest(small: Definitions) -> None:
    assert small.number == 7
    assert small.digest == folders.digest(folders.snapshot(ROOT))


def test_digest_changes_with_each_byte_and_each_path(world: dict[str, bytes]) -> None:
    before = folders.digest(world)
    moved = {("x" + path if path == NORTH else path): content for path, content in world.items()}
    changed = {**world, NORTH: world[NORTH] + b"\n"}
    assert len({before, folders.digest(moved), folders.digest(changed)}) == 3


def test_readme_and_json_schema_do_not_change_the_digest(tmp_path: Path, small: Definitions) -> None:
    root = tmp_path / "root"
    shutil.copytree(ROOT, root)
    (root / "regions" / "README.md").write_text("Read me.\n")
    (root / "regions" / "region.schema.json").write_text("{}\n")
    assert load(root).digest == small.digest


def test_examples_know_their_place_and_their_divisions() -> None:
    first, second, third = load_examples(ROOT)
    assert str(first.finding("no.")) == f'{AGREEMENT}:49:5: examples[0]: example "{first.name}": no.'
    assert isinstance(first.asked, Request)
    assert isinstance(second.asked, Request)
    assert (first.asked.asking_division, first.asked.issuing_division) == ("350102", "360000")
    assert second.asked.asking_division == "350000"
    assert first.asked.arrived_at == JANUARY_1_2025_IN_SHANGHAI
    assert first.answer is not None
    assert (first.answer.state, first.answer.trust, first.answer.returned) == ("EXPIRED", "A", ("firm_name",))
    assert first.expected_answer is not None
    assert first.expected_answer.recognised == "no"
    assert second.expected.reason is Reason.NOT_RECOGNISED
    assert isinstance(third.asked, Application)
    assert (third.asked.receiving, third.asked.deciding, third.asked.mode) == (
        "north",
        "south",
        "REMOTE_COLLECTION",
    )


def test_failing_example_is_reported_at_its_place() -> None:
    example = load_examples(ROOT)[0]
    assert (
        str(example.finding("was refused."))
        == f'{AGREEMENT}:49:5: examples[0]: example "North asks for a name": was refused.'
    )


def test_values_cannot_be_changed(small: Definitions) -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        small.regions[RegionName("north")].division = "360000"  # type: ignore[misc]


def test_all_problems_of_all_files_are_said_in_file_order(problems: Problems) -> None:
    said = problems(
        (NORTH, 'division: "350000"', "division: 350000"),
        (NORTH, "issues: [firm-licence, id-card]", "issues: [firm-license, id-card]"),
        (AGREEMENT, "daily_cap: 400", "daily_cap: 1"),
        (AGREEMENT, "effect: deny", "effect: never"),
        ("topics/gateway.ledger.yaml", "partitions: 4", "partitions: 5"),
        ("avro/note-sent/v1.avsc", '"kind": "event"', '"kind": "news"'),
    )
    assert said == [
        'avro/note-sent/v1.avsc:1:1: kind is "news"; event or entry is wanted.',
        (
            f"{AGREEMENT}:23:16: recognition[0].daily_cap: 1 is too small; "
            "at least 400 is wanted (100 for each of 4 slots)."
        ),
        f'{AGREEMENT}:29:13: recognition[1].effect: effect "never" is not one of allow, deny, review.',
        f'{NORTH}:3:11: division: the value is the number 350000; write it in quotes: "350000".',
        (
            f'{NORTH}:6:10: issues[0]: licence type "firm-license" is not in {LICENCE_TYPES} '
            '(did you mean "firm-licence"?).'
        ),
        (
            "topics/gateway.ledger.yaml:4:13: partitions: 5 differs from the 4 of gateway.outbox; "
            "a slot is the same partition of all its topics."
        ),
    ]


def test_load_raises_all_findings(tmp_path: Path) -> None:
    root = tmp_path / "root"
    shutil.copytree(ROOT, root)
    (root / NORTH).write_text("name: north\n")
    with pytest.raises(DefinitionError) as caught:
        load(root)
    assert caught.value.findings == findings(root)
    message = 'key "chinese" is missing: the Chinese name.'
    assert caught.value.findings[0] == found(NORTH, 1, 1, message, Code.MISSING_KEY)
    assert len(caught.value.findings) == 6


def test_what_could_not_be_read_is_not_asked_after(problems: Problems) -> None:
    assert problems((LICENCE_TYPES, "licence_types:", "licence_types: [")) == [
        (
            f"{LICENCE_TYPES}:2:3: the file is not YAML 1.2: while parsing a flow node, "
            "did not find expected node content."
        )
    ]


def test_name_of_an_entry_that_is_wrong_in_something_else_is_known(problems: Problems) -> None:
    assert problems((LICENCE_TYPES, "holders: [person]", "holders: [people]")) == [
        (
            f'{LICENCE_TYPES}:15:15: licence_types[1].holders[0]: holder "people" is not one of '
            "person, organisation, vehicle, property."
        )
    ]


def test_missing_files_are_said(problems: Problems, world: dict[str, bytes]) -> None:
    for path in ("regions/definitions.yaml", "topics/gateway.state.yaml", "regions/catalog/codes.yaml"):
        del world[path]
    assert problems() == [
        "regions/catalog/codes.yaml:1:1: the file is missing.",
        "regions/definitions.yaml:1:1: the file is missing.",
        "topics/gateway.state.yaml:1:1: the file is missing.",
    ]


def test_files_that_nobody_would_read_are_said(problems: Problems, world: dict[str, bytes]) -> None:
    world["regions/east/regions.yaml"] = world[NORTH]
    world["avro/note-sent/v01.avsc"] = world["avro/note-sent/v1.avsc"]
    world["topics/gateway.outbox.yml"] = world["topics/gateway.outbox.yaml"]
    assert problems() == [
        "avro/note-sent/v01.avsc:1:1: no definition file has this name; nobody would read it.",
        (
            "regions/east/regions.yaml:1:1: no definition file has this name; nobody would read it "
            '(did you mean "regions/east/region.yaml"?).'
        ),
        (
            "topics/gateway.outbox.yml:1:1: no definition file has this name; nobody would read it "
            '(did you mean "topics/gateway.outbox.yaml"?).'
        ),
    ]


def test_more_files_than_are_read_are_refused_unread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folders, "MOST_FILES", 3)
    with pytest.raises(DefinitionError, match=r"\d+ definition files lie here; at most 3 are read\."):
        load(ROOT)


def test_more_bytes_than_are_read_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folders, "MOST_BYTES", 100)
    with pytest.raises(
        DefinitionError, match=r"the definition files have more than the 100 bytes that are read\."
    ):
        load(ROOT)


def test_of_a_file_that_is_too_large_no_more_than_shows_it_is_read(tmp_path: Path) -> None:
    root = tmp_path / "root"
    shutil.copytree(ROOT, root)
    (root / NORTH).write_bytes(b"#" * 5_000_000)
    assert len(folders.snapshot(root)[NORTH]) == 1_048_577
