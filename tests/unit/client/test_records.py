"""Events are completed, checked with the gateway's own decoders, and read back."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from gateway.client import event_of, new_case_id, pack, unpack
from gateway.client.records import _INNER, complete
from gateway.codec import ApplicationProgressed, ApplicationSubmitted, Claim, LicenceVerificationRequested
from gateway.identifiers import split_case_id
from tests import world
from tests.conftest import interpreted_core_only

PROGRESS = {"case_id": world.CASE, "target": "west", "state": "RECEIVED"}


def test_case_ids_have_their_grammar_and_differ() -> None:
    ids = {new_case_id("310000") for _ in range(1000)}
    assert len(ids) == 1000
    for case_id in ids:
        parts = split_case_id(case_id)
        assert parts is not None
        assert (parts.division, len(parts.serial)) == ("310000", 20)


def test_blanks_are_filled_and_the_rest_is_kept() -> None:
    event = event_of("application-progressed", PROGRESS)
    complete(event, "east", "310000")
    assert isinstance(event, ApplicationProgressed)
    assert (event.source, event.case_id) == ("east", world.CASE)
    assert re.fullmatch("[0-9a-f-]{36}", event.event_id)
    assert event.made_at > world.NOW
    assert len(event.salt) == 16


def test_completed_event_is_not_changed_again() -> None:
    event = world.request(event_id="", case_id="", source="", made_at=0, salt=b"")
    complete(event, "east", "310000")
    first = pack(event)
    complete(event, "east", "310000")
    assert pack(event) == first


def test_salts_and_event_ids_are_fresh() -> None:
    one, other = (event_of("application-progressed", PROGRESS) for _ in range(2))
    for event in (one, other):
        complete(event, "east", "310000")
    assert isinstance(one, ApplicationProgressed)
    assert isinstance(other, ApplicationProgressed)
    assert one.event_id != other.event_id
    assert one.salt != other.salt


def test_new_case_needs_the_division() -> None:
    with pytest.raises(ValueError, match="division"):
        complete(world.request(case_id=""), "east", "")


def test_packed_event_is_framed_in_the_newest_version_and_read_back() -> None:
    value = pack(world.request(use_text="办理变更"))
    newest = [contract for contract in world.contracts() if contract.name == "licence-verification-requested"]
    assert value[:5] == b"\x00" + newest[-1].schema_id.to_bytes(4, "big")
    event = unpack(value)
    assert isinstance(event, LicenceVerificationRequested)
    assert (event.use_text, event.claims[0].field) == ("办理变更", "unified_code")


def test_older_version_is_read_too() -> None:
    asked = world.request()
    oldest = next(c for c in world.contracts() if c.name == "licence-verification-requested")
    from gateway.codec import encode_licence_verification_requested_v1

    frame = b"\x00" + oldest.schema_id.to_bytes(4, "big")
    event = unpack(frame + encode_licence_verification_requested_v1(asked))
    assert event.event_id == asked.event_id


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        pytest.param({"officer": None}, "None: officer$", marks=interpreted_core_only),
        ({"licence_id": world.LICENCE[:-1] + "8"}, 'bad-identifier.*"licence_id"'),
        ({"officer": "x" * 129}, "officer has 129 bytes, at most 128"),
        ({"use_kind": "READ"}, "use_kind has no such symbol"),
        ({"fields": ("Name",)}, 'bad-identifier.*"fields"'),
        ({"salt": b"short"}, "salt has 5 bytes"),
    ],
)
def test_what_the_gateway_would_not_read_is_not_published(changed: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        pack(world.request(**changed))


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        (None, "byte 0"),
        (b"{}", "byte 0"),
        (b"\x00\x00\x00\x00\x01x", "schema id 1 is none"),
        (pack(world.request())[:-1], "malformed"),
    ],
)
def test_what_cannot_be_read_says_why(value: bytes | None, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        unpack(value)


def test_entries_of_the_gateway_are_no_events() -> None:
    desk = world.Desk()
    decision = desk.send(world.request())
    with pytest.raises(ValueError, match="ledger-entry is not an event"):
        unpack(decision.entry_value)


def test_dict_may_leave_out_what_is_optional() -> None:
    event = event_of(
        "application-submitted",
        {
            "target": "west",
            "item": "company-change",
            "mode": "REMOTE_COLLECTION",
            "handling": "PROMISED",
            "purpose": "application-handling",
            "legal_basis": "CONSENT",
            "applicant_type": "001",
            "applicant_name": "测试公司",
            "applicant_code": "91330100Y99900021L",
            "division": "310151",
            "local_number": "SH-1",
            "agent": {"name": "测试人", "code": "x", "phone": "1"},
            "materials": [
                {"kind": "COMMITMENT", "licence_type": None, "reference": None, "digest": None},
            ],
        },
    )
    complete(event, "east", "310000")
    read = unpack(pack(event))
    assert isinstance(read, ApplicationSubmitted)
    assert read.agent is not None
    assert (read.agent.name, read.materials[0].kind, read.consent_ref) == ("测试人", "COMMITMENT", None)


def test_dict_with_another_field_or_contract_is_refused() -> None:
    with pytest.raises(ValueError, match="application-progressed has no field sate"):
        event_of("application-progressed", {"sate": "RECEIVED"})
    with pytest.raises(ValueError, match='contract "progress" is none of application-progressed'):
        event_of("progress", {})


@pytest.mark.parametrize(
    ("left_out", "sentence"),
    [("state", "None: state$"), ("target", "None: target$")],
)
def test_dict_without_a_required_field_says_so(left_out: str, sentence: str) -> None:
    given = {name: value for name, value in PROGRESS.items() if name != left_out}
    with pytest.raises(ValueError, match=sentence):
        event_of("application-progressed", given)


def test_value_of_another_type_says_so() -> None:
    def publish() -> None:
        event = event_of("application-progressed", PROGRESS | {"reason": 7})
        complete(event, "east", "")
        pack(event)

    with pytest.raises(ValueError, match="of another type; None: nothing"):
        publish()


def records_within(fields: list[dict[str, Any]]) -> Iterator[tuple[str, str]]:
    for field in fields:
        kinds = field["type"] if isinstance(field["type"], list) else [field["type"]]
        for kind in kinds:
            inner = kind["items"] if isinstance(kind, dict) and kind["type"] == "array" else kind
            if isinstance(inner, dict) and inner["type"] == "record":
                yield field["name"], inner["name"]


def test_every_record_within_a_regions_contract_can_be_a_dict() -> None:
    schemas = [json.loads(contract.schema) for contract in world.contracts() if contract.writers == "regions"]
    found = {pair for schema in schemas for pair in records_within(schema["fields"])}
    assert found == {(name, made.__name__) for name, made in _INNER.items()}
    assert _INNER["claims"] is Claim


def test_province_needs_no_settings_and_no_definition_files() -> None:
    heavy = ("pydantic", "yaml", "faust", "fastavro", "gateway.settings", "gateway.definition_files")
    listed = "import sys, gateway.client; print([name for name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", listed], capture_output=True, text=True, check=True)
    assert [name for name in heavy if f"'{name}'" in done.stdout] == []
