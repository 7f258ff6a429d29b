"""One record, one outcome: every reason of the line from a record that deserves it."""

from hashlib import sha256

import pytest

from gateway import pipeline
from gateway.definitions.book import Book
from gateway.errors import CoreFault, Reason, Refused
from gateway.slot import Slot
from tests import world
from tests.world import CASE, HOUR, NOW, Desk, answer, application, progress, receipt_of, request, rule


@pytest.fixture
def desk() -> Desk:
    return Desk()


def applied(desk: Desk, *states: tuple[str, str]) -> None:
    """An application that went through these (state, sender) steps."""
    assert desk.outcome(application()) == "delivered"
    for state, source in states:
        assert desk.outcome(progress(state, source, reason="material 3 is missing")) == "delivered"


IN_REVIEW = (("RECEIVED", "east"), ("TAKEN_OVER", "west"), ("ACCEPTED", "west"), ("IN_REVIEW", "west"))


def test_a_question_and_its_answer_pass(desk: Desk) -> None:
    asked = request()
    question = desk.send(asked)
    [inbox] = question.outputs
    assert (inbox.topic, question.key) == ("west.inbox", CASE.encode())
    assert inbox.value == desk.frame(asked)
    assert inbox.header == f"1 east.outbox {desk.partition} 0 0 1 - east-accepts-west@1 7".encode()
    assert (question.entry.due, question.entry.ball) == (NOW + HOUR, "west")
    reply = desk.send(answer(asked))
    assert reply.outputs[0].topic == "east.inbox"
    assert (reply.entry.recognised, reply.entry.number, reply.entry.licence_type) == (
        True,
        2,
        "business-licence",
    )


@pytest.mark.parametrize(
    ("changed", "recognised"),
    [
        ({"licence_state": "EXPIRED", "outcome": "MATCH_INVALID"}, False),
        ({"trust_level": "C"}, False),
        ({"trust_level": "B"}, True),
        ({"licence_state": None, "outcome": "NOT_FOUND"}, None),
    ],
)
def test_an_answer_the_rule_does_not_accept_is_delivered_and_marked(
    desk: Desk, changed: dict[str, str | None], recognised: bool | None
) -> None:
    asked = request()
    desk.send(asked)
    entry = desk.send(answer(asked, **changed)).entry
    assert (entry.outcome, entry.recognised, entry.rule_id) == ("delivered", recognised, "east-accepts-west")


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (None, "empty-value"),
        (b"", "empty-value"),
        (b"\x01\x00\x00\x00\x01x", "bad-frame"),
        (b"\x00\x01\x02", "bad-frame"),
        (b"\x00\xff\xff\xff\xff\x00", "unknown-schema"),
        (b"\x00" * 1_048_577, "too-large"),
    ],
)
def test_a_bad_frame_is_refused(desk: Desk, value: bytes | None, reason: str) -> None:
    decision = desk.send(value, topic="east.outbox")
    assert decision.entry.reason == reason
    receipt = receipt_of(decision)
    assert (receipt.case_id, receipt.reason, receipt.resend) == ("000000-0000-0", reason, True)
    assert receipt.digest == sha256(value or b"").digest()


def test_a_body_beyond_its_contract_is_too_large(desk: Desk) -> None:
    frame = desk.book.frames["licence-verification-requested"]
    assert desk.outcome(frame + bytes(70_000), topic="east.outbox") == "too-large"


def test_too_many_headers_are_over_the_limit(desk: Desk) -> None:
    assert desk.outcome(request(), header_count=33, header_bytes=99) == "over-limit"
    assert desk.outcome(request(), header_count=1, header_bytes=9000) == "over-limit"


def test_a_contract_of_the_gateway_is_not_for_regions(desk: Desk) -> None:
    frame = desk.book.frames["ledger-entry"]
    assert desk.outcome(frame + b"x", topic="east.outbox") == "schema-not-for-topic"
    frame = desk.book.frames["event-receipt"]
    assert desk.outcome(frame + b"x", topic="east.outbox") == "schema-not-for-topic"
    assert desk.outcome(desk.frame(request()), topic="gateway.outbox") == "schema-not-for-topic"


def test_bytes_that_are_no_record_are_refused_with_the_decoder_s_reason(desk: Desk) -> None:
    assert desk.outcome(desk.frame(request()) + b"\x00", topic="east.outbox") == "trailing-bytes"
    assert desk.outcome(desk.frame(request())[:-3], topic="east.outbox") == "malformed"


def test_an_event_for_another_region_s_outbox_is_refused_and_told_to_the_owner(desk: Desk) -> None:
    decision = desk.send(request(), topic="south.outbox")
    assert decision.entry.reason == "wrong-source"
    assert decision.outputs[0].topic == "south.receipts"
    assert desk.outcome(request(event_id=decision.entry.event_id)) == "delivered", "its id is still free"


def test_a_case_on_another_partition_is_refused(desk: Desk) -> None:
    wrong = (desk.partition + 1) % world.SLOTS
    assert desk.outcome(request(), partition=wrong) == "wrong-partition"


def test_the_same_event_again_is_a_duplicate_without_a_second_receipt(desk: Desk) -> None:
    asked = request()
    desk.send(asked)
    again = desk.send(asked)
    assert (again.entry.outcome, again.entry.reason, again.entry.of) == ("duplicate", "repeat", 0)
    assert again.entry.first_outcome == "delivered"
    assert again.outputs == []
    refused = request(purpose="curiosity")
    desk.send(refused)
    entry = desk.send(refused).entry
    assert (entry.outcome, entry.first_outcome, entry.first_reason) == (
        "duplicate",
        "refused",
        "purpose-not-agreed",
    )


def test_another_body_under_a_known_id_is_a_conflict_and_the_first_stands(desk: Desk) -> None:
    asked = request()
    desk.send(asked)
    assert desk.outcome(request(event_id=asked.event_id, officer="officer-8")) == "conflict"
    assert desk.outcome(asked) == "repeat"


def test_an_id_is_forgotten_after_the_window(desk: Desk) -> None:
    asked = request()
    desk.send(asked)
    later = NOW + 27 * HOUR
    assert desk.outcome(asked, arrived_at=later) == "stale"
    fresh = request(event_id=asked.event_id, made_at=later, officer="officer-8")
    assert desk.outcome(fresh, arrived_at=later) == "conflict", "the stale copy entered the window"
    much_later = later + 26 * HOUR
    fresh = request(event_id=asked.event_id, made_at=much_later)
    assert desk.outcome(fresh, arrived_at=much_later) == "delivered"


@pytest.mark.parametrize(
    ("made_at", "expected"),
    [
        (NOW - 24 * HOUR, "delivered"),
        (NOW - 24 * HOUR - 1, "stale"),
        (NOW + 300_000, "delivered"),
        (NOW + 300_001, "clock-ahead"),
    ],
)
def test_freshness_is_judged_by_arrival(desk: Desk, made_at: int, expected: str) -> None:
    assert desk.outcome(request(made_at=made_at)) == expected


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"target": "x"}, "unknown-addressee"),
        ({"target": "gateway"}, "unknown-addressee"),
        ({"target": "east"}, "no-agreement"),
        ({"target": "south"}, "not-recognised"),
        ({"purpose": "curiosity"}, "purpose-not-agreed"),
        ({"legal_basis": "OTHER_LAW"}, "purpose-not-agreed"),
        ({"fields": ("name", "capital")}, "field-not-agreed"),
        ({"use_kind": "FILE"}, "not-recognised"),
        ({"licence_type": "id-card"}, "not-recognised"),
        ({"item": "household-move"}, "not-recognised"),
        ({"case_id": "330000-2026-5"}, "not-a-party"),
    ],
)
def test_a_question_outside_the_agreement_is_refused(
    desk: Desk, changed: dict[str, str], reason: str
) -> None:
    if "case_id" in changed:
        desk.partition = world.slot_of(changed["case_id"], world.SLOTS)
    decision = desk.send(request(**changed))
    assert decision.entry.reason == reason
    assert [output.topic for output in decision.outputs] == ["east.receipts"]


def test_a_refusal_by_rule_names_it(desk: Desk) -> None:
    receipt = receipt_of(desk.send(request(purpose="curiosity")))
    assert (receipt.rule_id, receipt.rule_version, receipt.definitions_number) == ("east-accepts-west", 1, 7)
    assert receipt.explanation.startswith(f"purpose-not-agreed: east.outbox[{desk.partition}]@0: ")
    assert "curiosity" not in receipt.explanation
    assert "用途或依据不在互认规则内" in receipt.explanation_chinese


@pytest.mark.parametrize(
    ("changed", "english", "chinese"),
    [
        (
            {"purpose": "curiosity"},
            "the purpose is not agreed (agreed: application-handling)",
            "用途不在约定之内（约定：application-handling）",
        ),
        (
            {"fields": ("name", "term")},
            "field 2 of 3 is not agreed (agreed: address, name, unified_code)",
            "共 3 个字段，第 2 个不在约定之内（约定：address, name, unified_code）",
        ),
        (
            {"legal_basis": "OTHER_LAW"},
            "legal basis OTHER_LAW is not agreed (agreed: STATUTORY_DUTY)",
            "依据 OTHER_LAW 不在约定之内（约定：STATUTORY_DUTY）",
        ),
        (
            {"use_kind": "FILE"},
            "use kind FILE is not agreed (agreed: RETRIEVE, VERIFY)",
            "用证方式 FILE 不在约定之内（约定：RETRIEVE, VERIFY）",
        ),
    ],
)
def test_a_refusal_says_the_same_in_both_languages(
    changed: dict[str, object], english: str, chinese: str
) -> None:
    placed = rule(place="regions/agreements/east--west.yaml:23")
    receipt = receipt_of(Desk(world.definitions(recognition=(placed,))).send(request(**changed)))
    place = "east-accepts-west@1, regions/agreements/east--west.yaml:23"
    assert f": {english} [rule {place}]. Not delivered; " in receipt.explanation
    assert f"：{chinese}（规则 {place.replace(', ', '，')}）。未送达；" in receipt.explanation_chinese


def test_words_that_are_too_long_keep_their_beginning_and_their_end() -> None:
    many = frozenset(f"a_long_field_name_{number}" for number in range(200))
    receipt = receipt_of(Desk(world.definitions(recognition=(rule(fields=many),))).send(request()))
    assert len(receipt.explanation.encode()) <= 1000
    assert 1900 < len(receipt.explanation_chinese.encode()) <= 2000
    assert receipt.explanation.startswith("field-not-agreed: ")
    assert receipt.explanation.endswith("or have it changed.")
    assert receipt.explanation_chinese.endswith("或协商修改协议。")


def test_two_regions_without_agreement_exchange_nothing(desk: Desk) -> None:
    desk.partition = world.slot_of("320000-2026-1", world.SLOTS)
    assert desk.outcome(request(source="south", case_id="320000-2026-1")) == "no-agreement"


def test_consent_is_demanded_by_rule_or_basis() -> None:
    by_rule = Desk(world.definitions((rule(consent_required=True),)))
    assert by_rule.outcome(request()) == "consent-missing"
    assert by_rule.outcome(request(consent_ref="c-1")) == "delivered"
    by_basis = Desk(world.definitions((rule(legal_bases=frozenset({"CONSENT"})),)))
    assert by_basis.outcome(request(legal_basis="CONSENT")) == "consent-missing"


def test_the_daily_cap_is_shared_by_the_slots_and_ends_at_midnight_in_shanghai() -> None:
    desk = Desk(world.definitions((rule(daily_cap=2 * world.SLOTS),)))
    assert [desk.outcome(request()) for _ in range(3)] == ["delivered", "delivered", "over-quota"]
    before_midnight = NOW + 13 * HOUR - 1
    assert desk.outcome(request(made_at=before_midnight), arrived_at=before_midnight) == "over-quota"
    midnight = before_midnight + 1
    assert desk.outcome(request(made_at=midnight), arrived_at=midnight) == "delivered"


def test_an_answer_fits_one_open_request(desk: Desk) -> None:
    asked = request()
    desk.send(asked)
    assert desk.outcome(answer(asked, in_reply_to="e-none")) == "no-request"
    assert desk.outcome(answer(asked, source="east", target="west")) == "not-addressee"
    assert desk.outcome(answer(asked, returned=(world.Value("capital", "1"),))) == "field-not-agreed"
    assert desk.outcome(answer(asked)) == "delivered"
    assert desk.outcome(answer(asked)) == "already-answered"


def test_an_answer_to_nothing_is_no_request(desk: Desk) -> None:
    assert desk.outcome(answer(request())) == "no-request"


def test_an_answer_addressed_to_a_third_region_is_not_a_party(desk: Desk) -> None:
    asked = request()
    desk.send(asked)
    south_too = Desk(world.definitions())
    south_too.book.pairs = south_too.book.pairs | {("west", "south")}
    south_too.send(asked)
    assert south_too.outcome(answer(asked, target="south")) == "not-a-party"


def test_an_answer_may_come_up_to_its_deadline(desk: Desk) -> None:
    for late, expected in ((0, "delivered"), (1, "deadline-passed")):
        asked = request()
        desk.send(asked)
        at = NOW + HOUR + late
        assert desk.outcome(answer(asked, made_at=at), arrived_at=at) == expected


def test_an_answer_whose_rule_is_gone_is_quarantined(desk: Desk) -> None:
    asked = request()
    desk.send(asked)
    desk.book.recognition_by_version = {}
    decision = desk.send(answer(asked))
    assert (decision.entry.outcome, decision.entry.reason) == ("quarantined", "rule-fault")
    assert [output.topic for output in decision.outputs] == ["gateway.quarantine", "west.receipts"]
    assert not receipt_of(decision).resend


def test_an_application_needs_a_service_rule() -> None:
    desk = Desk()
    assert desk.outcome(application(item="household-move")) == "not-recognised"
    assert desk.outcome(application(mode="ALL_ONLINE")) == "not-recognised"
    assert desk.outcome(application(legal_basis="OTHER_LAW")) == "purpose-not-agreed"
    assert desk.outcome(application(consent_ref=None)) == "consent-missing"
    expired = Desk(world.definitions(services=(world.service(effective_to=NOW),)))
    assert expired.outcome(application()) == "not-recognised"
    capped = Desk(world.definitions(services=(world.service(daily_cap=world.SLOTS),)))
    assert [capped.outcome(application()), capped.outcome(application(case_id=CASE))] == [
        "delivered",
        "over-quota",
    ]


def test_an_application_goes_its_way(desk: Desk) -> None:
    applied(desk, *IN_REVIEW)
    entry = desk.send(progress("APPROVED")).entry
    assert (entry.state_before, entry.state_after, entry.ball, entry.number) == (
        "IN_REVIEW",
        "APPROVED",
        "west",
        6,
    )
    assert entry.rule_id == "west-decides-for-east"


def test_receiving_forwards_in_the_same_decision(desk: Desk) -> None:
    applied(desk)
    entry = desk.send(progress("RECEIVED", "east")).entry
    assert (entry.state_before, entry.state_reported, entry.state_after) == (
        "SUBMITTED",
        "RECEIVED",
        "FORWARDED",
    )
    assert entry.ball == "west"


def test_an_illegal_step_names_what_is_allowed(desk: Desk) -> None:
    applied(desk, ("RECEIVED", "east"), ("TAKEN_OVER", "west"), ("SUPPLEMENT_REQUESTED", "west"))
    decision = desk.send(progress("APPROVED"))
    assert decision.entry.reason == "illegal-transition"
    receipt = receipt_of(decision)
    assert receipt.allowed == ("SUPPLEMENT_TIMEOUT", "NOT_ACCEPTED")
    assert '"APPROVED" cannot follow "SUPPLEMENT_REQUESTED"' in receipt.explanation
    assert '"SUPPLEMENT_REQUESTED" 之后不能由 west 报告 "APPROVED"' in receipt.explanation_chinese
    assert desk.slot.cases[CASE].state == "SUPPLEMENT_REQUESTED"


def test_a_decided_case_cannot_be_withdrawn(desk: Desk) -> None:
    applied(desk, *IN_REVIEW, ("APPROVED", "west"), ("DELIVERED", "west"))
    assert desk.outcome(progress("WITHDRAWN", "east")) == "after-delivery"


def test_a_second_application_in_one_case_is_illegal(desk: Desk) -> None:
    applied(desk)
    assert desk.outcome(application()) == "illegal-transition"


def test_only_the_opener_of_a_case_applies_in_it() -> None:
    both = (world.service(), world.service(id="back", receiving=world.WEST, deciding=world.EAST))
    desk = Desk(world.definitions(services=both))
    desk.send(request())
    assert desk.outcome(application(source="west", target="east")) == "illegal-transition"


def test_progress_of_a_case_without_application_is_no_request(desk: Desk) -> None:
    assert desk.outcome(progress("TAKEN_OVER")) == "no-request"
    desk.send(request())
    assert desk.outcome(progress("TAKEN_OVER")) == "no-request"


def test_a_third_region_is_not_a_party(desk: Desk) -> None:
    applied(desk)
    event = progress("TAKEN_OVER", "south", target="east")
    assert desk.outcome(event, topic="south.outbox") == "not-a-party"


def test_a_verification_inside_an_application_keeps_its_state(desk: Desk) -> None:
    applied(desk, *IN_REVIEW)
    entry = desk.send(request()).entry
    assert (entry.state_after, entry.number, entry.ball) == ("IN_REVIEW", 6, "west")


def test_a_case_is_forgotten_after_its_time_and_may_be_opened_anew(desk: Desk) -> None:
    asked = request()
    desk.send(asked)
    at = NOW + 32 * 24 * HOUR
    assert desk.outcome(answer(asked, made_at=at), arrived_at=at) == "no-request"
    entry = desk.send(request(made_at=at), arrived_at=at).entry
    assert entry.number == 1
    assert desk.slot.requests.of_case(CASE) == [entry.event_id], "what the old case asked is forgotten"


def test_a_forgotten_case_leaves_tombstones(desk: Desk) -> None:
    asked = request()
    desk.send(asked)
    at = NOW + 60 * 24 * HOUR
    desk.send(None, topic="east.outbox", arrived_at=at)
    assert desk.state[f"case/{CASE}"] is None
    assert desk.state[f"request/{CASE}/{asked.event_id}"] is None
    assert (desk.slot.cases, len(desk.slot.requests)) == ({}, 0)
    assert desk.slot.window_size() == 0


def test_an_application_case_stays_until_it_ended(desk: Desk) -> None:
    applied(desk, *IN_REVIEW)
    assert desk.slot.cases[CASE].expires_at is None
    desk.send(progress("REJECTED", reason="the address is outside the district"))
    assert desk.slot.cases[CASE].expires_at == NOW + 30 * 24 * HOUR
    due = NOW + 29 * 24 * HOUR
    desk.send(request(made_at=due), arrived_at=due)
    assert desk.slot.cases[CASE].expires_at == due + HOUR + 30 * 24 * HOUR


def test_the_ledger_is_dense_and_chained(desk: Desk) -> None:
    for event in (request(), request(purpose="curiosity"), application()):
        desk.send(event)
    previous = bytes(32)
    for number, value in enumerate(desk.entries):
        entry = world.entry_of(value)
        assert (entry.seq, entry.prev) == (number, previous)
        previous = sha256(value).digest()


def test_regions_that_ask_for_it_are_told_of_deliveries() -> None:
    desk = Desk(world.definitions(east_receipts="all"))
    receipt = receipt_of(desk.send(request()))
    assert (receipt.outcome, receipt.reason) == ("delivered", None)
    assert receipt.explanation.endswith("to west.")


def test_an_event_of_the_gateway_needs_no_agreement(desk: Desk) -> None:
    receipt = receipt_of(desk.send(request(purpose="curiosity")))
    receipt.source, receipt.target = "gateway", "south"
    value = desk.book.frames["event-receipt"] + pipeline.routing.encode_event_receipt_v1(receipt)
    delivered = desk.send(value, topic="gateway.outbox")
    assert delivered.outputs[0].topic == "south.inbox"
    receipt.target, receipt.event_id = "nowhere", "r-2"
    value = desk.book.frames["event-receipt"] + pipeline.routing.encode_event_receipt_v1(receipt)
    lost = desk.send(value, topic="gateway.outbox")
    assert (lost.entry.outcome, lost.entry.reason) == ("quarantined", "unknown-addressee")
    assert [output.topic for output in lost.outputs] == ["gateway.quarantine"]


def test_a_record_that_stopped_the_process_twice_is_quarantined(desk: Desk) -> None:
    record = desk.record(desk.frame(request()), "east.outbox")
    [decision] = desk.decide(record, suspects=frozenset({("east.outbox", 0)}))
    assert (decision.entry.outcome, decision.entry.reason) == ("quarantined", "crash-loop")


def test_a_record_whose_schema_the_registry_did_not_tell_in_time_is_quarantined(desk: Desk) -> None:
    record = desk.record(b"\x00\x00\x00\x00\x63body", "east.outbox")
    [decision] = desk.decide(record, unavailable=frozenset({("east.outbox", 0)}))
    assert (decision.entry.outcome, decision.entry.reason) == ("quarantined", "schema-unavailable")
    receipt = receipt_of(decision)
    assert (receipt.resend, receipt.outcome) == (False, "quarantined")
    assert "do not resend" in receipt.explanation


def test_a_book_with_a_registry_reads_both_ids_and_writes_the_registry_s() -> None:
    released = {contract.name: contract for contract in world.definitions().contracts}
    given = dict(enumerate(released.values(), start=1))
    book = Book(world.definitions(), world.SLOTS, given)
    for schema_id, contract in given.items():
        assert book.contracts[schema_id] == book.contracts[contract.schema_id] == contract
        assert book.frames[contract.name] == b"\x00" + schema_id.to_bytes(4, "big")


def test_a_bug_names_the_record_and_commits_nothing(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setitem(pipeline.HANDLERS, "licence-verification-requested", broken)
    with pytest.raises(CoreFault, match=r"east.outbox\[\d\]@0"):
        desk.send(request())


def test_a_slot_rebuilt_from_its_topics_equals_the_live_one(desk: Desk) -> None:
    asked = request()
    for event in (asked, answer(asked), application(case_id=CASE), request(purpose="curiosity"), asked):
        desk.send(event)
    rebuilt = Slot()
    for key, value in desk.state.items():
        rebuilt.fold_state(key, None if value is None else pipeline.DECODERS["state-entry", 1](value[5:]))
    for value in desk.entries:
        rebuilt.fold_entry(world.entry_of(value), sha256(value).digest())
    assert (rebuilt.seq, rebuilt.head, rebuilt.decided_at) == (
        desk.slot.seq,
        desk.slot.head,
        desk.slot.decided_at,
    )
    assert rebuilt.window_size() == desk.slot.window_size()
    assert {case: kept.last_number for case, kept in rebuilt.cases.items()} == {CASE: 3}
    twin, desk.slot = desk.slot, rebuilt
    follow_ups = [desk.outcome(event) for event in (asked, answer(asked), application())]
    assert follow_ups == ["repeat", "already-answered", "illegal-transition"]
    assert twin.seq == 5


def test_every_reason_has_its_place_in_the_order() -> None:
    assert [reason.value for reason in Reason][:3] == ["empty-value", "bad-frame", "too-large"]
    assert len(Reason) == 40


@pytest.mark.parametrize("reason", list(Reason))
def test_every_reason_can_be_written_down_and_explained(desk: Desk, reason: Reason) -> None:
    def refuse(matter: object) -> None:
        raise Refused(reason, "as this test wishes")

    pipeline.HANDLERS["licence-verification-requested"], kept = (
        refuse,
        pipeline.HANDLERS["licence-verification-requested"],
    )
    try:
        decision = desk.send(request())
    finally:
        pipeline.HANDLERS["licence-verification-requested"] = kept
    assert world.entry_of(decision.entry_value).reason == reason
    assert receipt_of(decision).explanation.startswith(f"{reason.value}: east.outbox[")
