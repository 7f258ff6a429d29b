"""Two readings of the same tables agree, and what is translated comes back, decodes and is written down."""

import json
from functools import cache
from hashlib import sha256
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway import definition_files, forms
from gateway.client import pack
from gateway.codec import DECODERS, LedgerEntry
from gateway.definitions import Contract, Definitions, RegionName
from gateway.definitions.book import Book
from gateway.definitions.forms import COMMON_OPEN_END, CodeTable, Forms, Translation
from gateway.demo.occasions import Scene
from gateway.errors import Reason, Refused
from tests import world
from tests.contracts import with_bytes
from tests.faults import checks, wire
from tests.faults import forms as second_reading
from tests.faults.evidence import Entry, Evidence, Handed, Outboxed

AVRO = Path(__file__).parents[2] / "avro"
REQUESTED = "licence-verification-requested"
REFUSALS = {Reason.BAD_ENUM, Reason.OUT_OF_RANGE, Reason.DUPLICATE_KEY}
DATES = ("20240229", "20230229", "2024-02-29", "9999-12-31", "99991231", "长期", "2024/02/29", "soon", "")


@cache
def shipped() -> Definitions:
    return definition_files.load(wire.ROOT)


@cache
def book() -> Book:
    return Book(shipped(), world.SLOTS)


@cache
def examples() -> dict[str, dict[str, Any]]:
    """One right event of each contract that is translated, newest version."""
    found = {}
    for contract in forms.TRANSLATED:
        path = max((AVRO / contract / "examples" / "valid").glob("*.json"))
        known = newest(contract)
        example = json.loads(path.read_text("utf-8"))
        found[contract] = with_bytes(example.get("record", example))
        assert wire.encode(wire.contract(contract, known.version), found[contract])
    return found


def newest(contract: str) -> Contract:
    return max(
        (one for one in book().contracts.values() if one.name == contract), key=lambda one: one.version
    )


def words(*tables: CodeTable) -> st.SearchStrategy[str]:
    """Codes of regions, common ones, and some of nobody."""
    codes = sorted({word for table in tables for word in (*table.inward, *table.outward, *table.known)})
    return st.sampled_from([*codes, "of-nobody"])


OWN = tuple(shipped().forms.values())
items = words(*(own.items for own in OWN))
types = words(*(own.licence_types for own in OWN))
divisions = words(*(own.divisions for own in OWN)).filter(lambda code: code.isdigit())
names = words(*(table.names for own in OWN for table in own.fields.values())).filter(
    lambda name: "-" not in name
)
several = st.lists(names, max_size=3)
distinct = st.lists(names, max_size=3, unique=True)
values = st.sampled_from(DATES)
codes = st.none() | st.sampled_from(("01", "02", "10", "99", "1", "8", "14", "16"))
regions = st.permutations(sorted(shipped().regions)).map(lambda found: (found[0], found[1]))


@st.composite
def events(draw: st.DrawFn) -> tuple[str, bytes, str]:
    """Contract, published value, and the licence type of the request, if it is an answer."""
    contract = draw(st.sampled_from(sorted(forms.TRANSLATED)))
    source, target = draw(regions)
    body = {**examples()[contract], "source": source, "target": target}
    pairs = [{"field": name, "value": draw(values)} for name in draw(distinct)]
    drawn: dict[str, Any] = {
        "item": draw(items),
        "licence_type": draw(types),
        "division": draw(divisions),
        "fields": draw(several),
        "matched": draw(several),
        "mismatched": draw(several),
        "claims": pairs,
        "returned": pairs,
        "raw_state": draw(codes),
        "original_code": draw(codes),
        "materials": [{"kind": "UPLOAD", "licence_type": draw(types), "reference": None, "digest": None}],
    }
    body |= {key: value for key, value in drawn.items() if key in body}
    licence_type = draw(st.sampled_from(sorted(shipped().licence_types)))
    return contract, wire.encode(wire.contract(contract, newest(contract).version), body), licence_type


def translated(contract: str, value: bytes, licence_type: str) -> bytes | Refused | None:
    """What the gateway makes of it; None where nothing is declared."""
    _, _, source, target = wire.routing(value)
    translation = book().translations.get((source, target, contract))
    if translation is None:
        return None
    try:
        return forms.translated(value, newest(contract), translation, licence_type)
    except Refused as refusal:
        return refusal


@given(events())
def test_two_readings_of_the_tables_agree(given_event: tuple[str, bytes, str]) -> None:
    contract, value, licence_type = given_event
    _, _, source, target = wire.routing(value)
    made = translated(contract, value, licence_type)
    assert (made is not None) == second_reading.declared(source, target, contract)
    if isinstance(made, Refused):
        assert made.reason in REFUSALS
    elif made is not None:
        assert made == second_reading.delivered(value, source, target, licence_type)


@given(events())
def test_what_is_translated_is_a_strict_record_of_the_same_event(given_event: tuple[str, bytes, str]) -> None:
    contract, value, licence_type = given_event
    made = translated(contract, value, licence_type)
    if isinstance(made, bytes):
        DECODERS[contract, newest(contract).version](made[5:])
        assert made[:5] == value[:5]
        assert wire.routing(made) == wire.routing(value)
        assert made == translated(contract, value, licence_type), "the same again"


@given(events(), st.sampled_from(sorted(shipped().forms)))
def test_the_common_form_comes_back_from_every_region(
    given_event: tuple[str, bytes, str], region: RegionName
) -> None:
    """From common to local to common is the identity, for what a sender of that region may say."""
    contract, value, licence_type = given_event
    own = shipped().forms[region]
    if contract not in own.contracts:
        return
    try:
        common = forms.translated(value, newest(contract), Translation(own, None), licence_type)
    except Refused:
        return
    local = forms.translated(common, newest(contract), Translation(None, own), licence_type)
    again = forms.translated(local, newest(contract), Translation(own, None), licence_type)
    assert plain(again, own) == plain(common, own)


def plain(value: bytes, own: Forms) -> dict[str, Any]:
    """Without the code beside a state, where the region gets its own."""
    body = wire.decode(value)[1]
    for table, code in ((own.licence_states, "raw_state"), (own.application_states, "original_code")):
        if table is not None and table.delivers_own:
            body.pop(code, None)
    return body


@pytest.mark.parametrize("region", sorted(shipped().forms))
def test_every_mapped_code_comes_back(region: RegionName) -> None:
    own = shipped().forms[region]
    tables = [own.items, own.licence_types, own.divisions, *(table.names for table in own.fields.values())]
    for inward, outward in [(table.inward, table.outward) for table in tables] + [
        (table.inward, table.outward) for table in (own.licence_states, own.application_states) if table
    ]:
        assert all(inward[local] == common for common, local in outward.items())
    assert own.dates.open_end is None or not forms.is_date(own.dates.open_end, own.dates.behind)
    assert forms.is_date(COMMON_OPEN_END, ("-", "-", ""))


def sent(desk: world.Desk, value: bytes, at: int) -> LedgerEntry:
    """The entry of a value that must be delivered, held against what was declared for it."""
    _, case_id, source, target = wire.routing(value)
    place = world.slot_of(case_id, world.SLOTS)
    decision = desk.send(value, f"{source}.outbox", at, partition=place)
    entry, delivered = decision.entry, decision.outputs[0].value
    assert (entry.outcome, entry.target, entry.hash_in) == ("delivered", target, sha256(value).digest())
    assert delivered is not None
    declared = second_reading.declared(source, target, entry.contract or "")
    assert entry.hash_out == (sha256(delivered).digest() if declared else None)
    wanted = second_reading.delivered(value, source, target, entry.licence_type) if declared else value
    assert delivered == wanted
    return entry


def in_own_words(event: Any, licence_type: str) -> bytes:
    """The value as the sender's platform writes it, by the second reading."""
    known, body = wire.decode(pack(event))
    return wire.encode(known, second_reading.local(event.source, known.name, body, licence_type))


def test_what_the_agreements_allow_passes_in_the_words_of_both_regions() -> None:
    """Every kind of question and application, its answer and its first step, with both digests."""
    scene = Scene(shipped(), Random(5), world.NOW)
    translated = 0
    for asking in [one for of_region in scene.askings.values() for under in of_region for one in under]:
        desk = world.Desk(shipped())
        licence = scene.licences(asking)[0]
        question = scene.request(asking, licence)
        entry = sent(desk, in_own_words(question, licence.type), question.made_at)
        assert (entry.item, entry.licence_type) == (asking.item, licence.type)
        returned = tuple(world.Value(name, licence.values[name]) for name in question.fields)
        matched = tuple(claim.field for claim in question.claims)
        reply = world.answer(
            question, matched=matched, returned=returned, licence_state="EXPIRED", raw_state=None
        )
        reply.made_at = question.made_at
        answered = sent(desk, in_own_words(reply, licence.type), question.made_at)
        assert answered.licence_state == "EXPIRED"
        translated += (entry.hash_out is not None) + (answered.hash_out is not None)
    for applying in [one for of_region in scene.applyings.values() for one in of_region]:
        desk = world.Desk(shipped())
        application = scene.application(applying)
        entry = sent(desk, in_own_words(application, ""), application.made_at)
        assert entry.item == applying.item
        step = world.progress(
            "RECEIVED", application.source, case_id=application.case_id, target=application.target
        )
        step.made_at = application.made_at
        assert sent(desk, in_own_words(step, ""), application.made_at).state_reported == "RECEIVED"
        translated += entry.hash_out is not None
    assert translated > 50


def evidence() -> Evidence:
    """One question of a region with a form of its own, and what became of it, as the topics hold it."""
    scene = Scene(shipped(), Random(5), world.NOW)
    region = next(name for name, own in shipped().forms.items() if REQUESTED in own.contracts)
    asking = scene.askings[region][0][0]
    licence = scene.licences(asking)[0]
    question = scene.request(asking, licence)
    value = in_own_words(question, licence.type)
    place = world.slot_of(question.case_id, world.SLOTS)
    decision = world.Desk(shipped()).send(value, f"{region}.outbox", question.made_at, partition=place)
    [output, *_] = decision.outputs
    assert output.value is not None
    found = Evidence()
    sent = Outboxed(question.made_at, b"", value, sha256(value).digest())
    found.outboxes[f"{region}.outbox", place, 0] = sent
    found.ledger[place] = [Entry(place, 0, wire.decode(decision.entry_value)[1], b"")]
    header = wire.read_header(output.header)
    found.inboxes.append(Handed(output.topic, place, 0, b"", output.value, header))
    return found


def test_the_checker_of_the_fault_runs_knows_a_translation_and_finds_a_wrong_one() -> None:
    found = evidence()
    [handed], [[entry]] = found.inboxes, found.ledger.values()
    told, value = entry.says["hash_out"], handed.value
    assert checks.bytes_kept(found).holds
    assert "1 translated as declared" in checks.bytes_kept(found).counted
    for wrong in (None, bytes(32), entry.says["hash_in"]):
        entry.says["hash_out"] = wrong
        assert not checks.bytes_kept(found).holds
    sent = found.outboxes[handed.about].value
    for other in (sent, value.replace("窗口".encode(), "窗户".encode())):
        assert other != value
        for entry.says["hash_out"] in (told, sha256(other).digest()):
            found.inboxes[0] = handed._replace(value=other)
            assert not checks.bytes_kept(found).holds
