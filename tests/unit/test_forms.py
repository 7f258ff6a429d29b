"""A region that writes in its own form: what is judged, what is delivered, what is written down."""

from hashlib import sha256
from typing import Any

import pytest

from gateway import forms
from gateway.app import explaining
from gateway.codec import DECODERS, Material, encode_licence_verification_requested_v1
from gateway.definitions.forms import CodeTable, DateForm, FieldTable, Forms, StateTable
from tests import world
from tests.own_form import ALL, FORMS, ITEMS, STATES
from tests.world import (
    CASE,
    EAST,
    WEST,
    Claim,
    Desk,
    Value,
    answer,
    application,
    progress,
    receipt_of,
    request,
)

CASES = [
    case
    for case in (f"310000-2026-{n}" for n in range(1, 60))
    if world.slot_of(case, 4) == world.slot_of(CASE, 4)
]
RULE = world.rule(fields=frozenset({"name", "unified_code", "established_date"}))


def desk(**own: Forms) -> Desk:
    found = {name: form for name, form in ((EAST, own.get("east")), (WEST, own.get("west"))) if form}
    return Desk(world.definitions(recognition=(RULE,), forms=found))


def delivered(decision: Any) -> Any:
    """The event in the inbox, read strictly; its digest must stand in the entry."""
    entry, value = decision.entry, decision.outputs[0].value
    assert entry.outcome == "delivered", entry.reason
    assert entry.hash_out == sha256(value).digest()
    return DECODERS[entry.contract, entry.contract_version](value[5:])


def asked(**changed: Any) -> world.LicenceVerificationRequested:
    """A question in the region's own form."""
    claims = (Claim("clrq", "20200501"), Claim("unified_code", "91330100Y99900021L"))
    given = {"item": "gs-bg", "licence_type": "yyzz", "fields": ("mc",), "claims": claims}
    return request(**{**given, **changed})


def test_a_question_in_the_senders_form_is_judged_and_delivered_in_the_common_one() -> None:
    decision = desk(east=FORMS).send(asked())
    event = delivered(decision)
    assert (event.item, event.licence_type, event.fields) == ("company-change", "business-licence", ("name",))
    assert [(claim.field, claim.value) for claim in event.claims] == [
        ("established_date", "2020-05-01"),
        ("unified_code", "91330100Y99900021L"),
    ]
    assert (decision.entry.item, decision.entry.licence_type) == ("company-change", "business-licence")


def test_a_common_question_is_delivered_in_the_receivers_form() -> None:
    claims = (Claim("established_date", "9999-12-31"), Claim("name", "2020-05-01"))
    event = delivered(desk(west=FORMS).send(request(claims=claims)))
    assert (event.item, event.licence_type, event.fields) == ("gs-bg", "yyzz", ("mc",))
    assert [(claim.field, claim.value) for claim in event.claims] == [("clrq", "长期"), ("mc", "2020-05-01")]


def test_both_digests_are_written_down_and_the_frame_is_kept() -> None:
    at = desk(east=FORMS)
    value = at.frame(asked())
    decision = at.send(value, "east.outbox")
    assert decision.entry.hash_in == sha256(value).digest()
    assert decision.outputs[0].value is not None
    assert decision.outputs[0].value[:5] == value[:5]
    assert decision.outputs[0].value != value


def test_without_a_form_the_bytes_are_kept_and_no_second_digest_is_written() -> None:
    at = desk()
    value = at.frame(request())
    decision = at.send(value, "east.outbox")
    assert (decision.outputs[0].value, decision.entry.hash_out) == (value, None)


def test_a_contract_the_region_does_not_list_is_forwarded_as_it_is() -> None:
    at = desk(east=Forms("regions/x/forms.yaml", frozenset({"application-submitted"}), ITEMS))
    value = at.frame(request())
    decision = at.send(value, "east.outbox")
    assert (decision.outputs[0].value, decision.entry.hash_out) == (value, None)


def test_an_answer_is_read_by_the_licence_type_of_its_request() -> None:
    at = desk(west=FORMS)
    question = request(fields=("name", "established_date"), claims=())
    at.send(question)
    reply = answer(
        question,
        raw_state="02",
        licence_state=None,
        matched=(),
        returned=(Value("mc", "测试公司"), Value("clrq", "20200501")),
    )
    decision = at.send(reply)
    event = delivered(decision)
    assert [(value.field, value.value) for value in event.returned] == [
        ("name", "测试公司"),
        ("established_date", "2020-05-01"),
    ]
    assert (event.raw_state, event.licence_state) == ("02", "EXPIRED")
    assert (decision.entry.licence_state, decision.entry.recognised) == ("EXPIRED", False)


def test_an_answer_comes_back_in_the_askers_form() -> None:
    at = desk(east=FORMS)
    at.send(asked())
    reply = answer(
        asked(event_id="again"), matched=("unified_code",), mismatched=("established_date",), raw_state="01"
    )
    reply.in_reply_to = world.entry_of(at.entries[0]).event_id or ""
    event = delivered(at.send(reply))
    assert (event.matched, event.mismatched) == (("unified_code",), ("clrq",))
    assert [value.field for value in event.returned] == ["mc"]
    assert (event.raw_state, event.licence_state) == ("10", "VALID"), "east's own code, not west's"


def test_a_state_code_nobody_mapped_is_unknown_whatever_state_stands_with_it() -> None:
    at = desk(west=FORMS)
    question = request()
    at.send(question)
    decision = at.send(answer(question, raw_state="77", licence_state="VALID"))
    assert (delivered(decision).licence_state, decision.entry.recognised) == ("UNKNOWN", False)


def test_an_answer_without_a_state_comes_without_a_code() -> None:
    at = desk(east=FORMS, west=FORMS)
    question = asked()
    at.send(question)
    reply = answer(question, raw_state=None, licence_state=None, outcome="NOT_FOUND", matched=(), returned=())
    event = delivered(at.send(reply))
    assert (event.raw_state, event.licence_state) == (None, None)


def test_an_answer_nobody_asked_for_is_refused_as_such() -> None:
    assert desk(west=FORMS).outcome(answer(request())) == "no-request"


def test_an_application_is_translated_with_its_materials() -> None:
    materials = (material("yyzz"), material(None))
    event = delivered(
        desk(east=FORMS).send(application(item="gs-bg", division="310230", materials=materials))
    )
    assert (event.item, event.division) == ("company-change", "310151")
    assert [one.licence_type for one in event.materials] == ["business-licence", None]


def material(licence_type: str | None) -> Material:
    return Material("E_LICENCE", licence_type, "kept/1", bytes(32))


def test_the_code_of_a_step_says_its_state() -> None:
    at = desk(east=FORMS)
    at.send(application(item="gs-bg"))
    received = at.send(progress("ARCHIVED", "east", original_code="1"))
    assert (received.entry.state_reported, delivered(received).original_code) == ("RECEIVED", "1")
    taken = delivered(at.send(progress("TAKEN_OVER", "west", original_code="97")))
    assert (taken.state, taken.original_code) == ("TAKEN_OVER", None), "east has no code of its own for it"


def test_a_step_without_a_code_says_its_state_itself() -> None:
    at = desk(east=FORMS)
    at.send(application(item="gs-bg"))
    assert delivered(at.send(progress("RECEIVED", "east"))).state == "RECEIVED"


def test_an_answer_without_a_table_of_states_keeps_code_and_state() -> None:
    at = desk(west=Forms("regions/x/forms.yaml", ALL))
    question = request()
    at.send(question)
    event = delivered(at.send(answer(question, raw_state="77", licence_state="EXPIRED")))
    assert (event.raw_state, event.licence_state) == ("77", "EXPIRED")
    at.send(application(case_id=CASES[1]))
    step = delivered(at.send(progress("RECEIVED", "east", original_code="77", case_id=CASES[1])))
    assert (step.original_code, step.state) == ("77", "RECEIVED")


def test_the_sources_code_stays_where_the_receiver_wants_it() -> None:
    step = StateTable({"1": "RECEIVED"}, {"RECEIVED": "1"})
    at = desk(west=Forms("regions/x/forms.yaml", ALL, application_states=step, licence_states=None))
    at.send(application())
    assert delivered(at.send(progress("RECEIVED", "east", original_code="R-7"))).original_code == "R-7"


REFUSED = [
    pytest.param({"item": "gs-xx"}, "bad-enum", 'field "item" has a code', id="item"),
    pytest.param({"licence_type": "xx"}, "bad-enum", 'field "licence_type" has a code', id="licence_type"),
    pytest.param({"fields": ("xx",)}, "bad-enum", 'field "fields" has a code', id="field"),
    pytest.param({"claims": (Claim("xx", "1"),)}, "bad-enum", 'field "claims.field" has a code', id="claim"),
    pytest.param(
        {"claims": (Claim("clrq", "20200230"),)},
        "out-of-range",
        'field "claims.value" has a date',
        id="no-such-day",
    ),
    pytest.param({"claims": (Claim("clrq", "2020501"),)}, "out-of-range", "has a date", id="too-short"),
    pytest.param(
        {"claims": (Claim("clrq", "２０２００５０１"),)}, "out-of-range", "has a date", id="wide-digits"
    ),
    pytest.param(
        {"claims": (Claim("mc", "a"), Claim("name", "a"))},
        "duplicate-key",
        'two names in field "claims" are one field by regions/x/forms.yaml',
        id="twice",
    ),
]


@pytest.mark.parametrize(("changed", "reason", "said"), REFUSED)
def test_what_the_tables_refuse_is_told_to_its_sender(
    changed: dict[str, Any], reason: str, said: str
) -> None:
    decision = desk(east=FORMS).send(asked(**changed))
    receipt = receipt_of(decision)
    assert (decision.entry.outcome, receipt.reason, receipt.resend) == ("refused", reason, True)
    assert said in receipt.explanation
    assert decision.entry.hash_out is None


def test_a_refused_code_is_not_repeated_in_the_receipt() -> None:
    """What is no code may be anything: also a name."""
    receipt = receipt_of(desk(east=FORMS).send(asked(item="zhang-san")))
    assert "zhang-san" not in receipt.explanation
    assert receipt.explanation == (
        f"bad-enum: east.outbox[{desk().partition}]@0: licence-verification-requested: "
        'field "item" has a code that is neither mapped in regions/x/forms.yaml nor one of the common form. '
        "Not delivered; correct it and publish with a new event id."
    )


def test_a_date_already_in_the_common_form_passes_a_table_that_refuses_others() -> None:
    event = delivered(desk(east=FORMS).send(asked(claims=(Claim("clrq", "2020-05-01"),))))
    assert event.claims[0].value == "2020-05-01"


def test_a_refusal_is_told_in_chinese_too() -> None:
    at = desk(east=FORMS)
    for changed, said in (
        ({"item": "gs-xx"}, "字段 item 的代码既不在 regions/x/forms.yaml 中，也不是通用代码"),
        ({"claims": (Claim("clrq", "soon"),)}, "字段 claims.value 的日期既不符合 regions/x/forms.yaml"),
        ({"claims": (Claim("mc", "a"), Claim("name", "a"))}, "字段 claims 中的两个名称按"),
    ):
        assert said in receipt_of(at.send(asked(**changed))).explanation_chinese


def test_an_event_in_own_words_is_explained_by_what_it_means() -> None:
    book = desk(east=FORMS).book
    event = explaining.event_in(book, desk(east=FORMS).frame(asked()))
    assert isinstance(event, world.LicenceVerificationRequested)
    assert (event.item, event.licence_type) == ("company-change", "business-licence")
    with pytest.raises(explaining.Unexplained, match=r"Refused, bad-enum: .*regions/x/forms\.yaml"):
        explaining.event_in(book, desk(east=FORMS).frame(asked(item="gs-xx")))


def test_a_state_code_may_be_refused() -> None:
    strict = StateTable(STATES.inward, STATES.outward, True, None)
    at = desk(west=Forms("regions/x/forms.yaml", ALL, licence_states=strict))
    question = request()
    at.send(question)
    assert at.outcome(answer(question, raw_state="77")) == "bad-enum"


def test_kept_values_reach_the_agreement_as_they_are() -> None:
    kept = Forms("regions/x/forms.yaml", ALL, CodeTable({"gs-bg": "company-change"}), dates=DateForm())
    at = desk(east=kept)
    assert at.outcome(request(item="gs-xx")) == "not-recognised"
    table = FieldTable(CodeTable(), frozenset({"established_date"}))
    dates = Forms(
        "regions/x/forms.yaml", ALL, fields={"business-licence": table}, dates=DateForm(("", "", ""))
    )
    event = delivered(desk(east=dates).send(request(claims=(Claim("established_date", "soon"),))))
    assert event.claims[0].value == "soon"


def test_a_refused_code_is_decided_anew_when_it_comes_again() -> None:
    """Its id is not remembered: once the table has the code, the same bytes will do."""
    at = desk(east=FORMS)
    value = at.frame(asked(item="gs-xx"))
    assert [at.outcome(value, "east.outbox") for _ in range(2)] == ["bad-enum", "bad-enum"]


def test_a_translated_event_sent_again_is_a_repeat() -> None:
    at = desk(east=FORMS, west=FORMS)
    value = at.frame(asked())
    assert at.outcome(value, "east.outbox") == "delivered"
    again = at.send(value, "east.outbox")
    assert (again.entry.outcome, again.entry.hash_out, again.outputs) == ("duplicate", None, [])


def test_an_older_version_is_delivered_in_that_version() -> None:
    at = desk(east=FORMS)
    frame = next(frame for frame, contract in at.book.framed.items() if is_old(contract))
    decision = at.send(frame + encode_licence_verification_requested_v1(asked()), "east.outbox")
    assert decision.entry.contract_version == 1
    assert delivered(decision).item == "company-change"
    assert decision.outputs[0].value[:5] == frame  # type: ignore[index]


def is_old(contract: Any) -> bool:
    return (contract.name, contract.version) == ("licence-verification-requested", 1)


def test_the_translation_follows_from_the_record_alone() -> None:
    at = desk(east=FORMS, west=FORMS)
    value = at.frame(asked())
    decision = at.send(value, "east.outbox")
    contract = at.book.framed[value[:5]]
    translation = at.book.translations["east", "west", contract.name]
    assert forms.translated(value, contract, translation, "") == decision.outputs[0].value


def test_a_question_opens_its_case_by_common_names() -> None:
    at = desk(east=FORMS)
    question = asked()
    at.send(question)
    kept = at.slot.requests.find(CASE, question.event_id)
    assert kept is not None
    assert (kept.licence_type, kept.fields) == (
        "business-licence",
        ("name", "established_date", "unified_code"),
    )


@pytest.mark.parametrize(
    ("behind", "text"),
    [(("", "", ""), "20240229"), (("/", "/", ""), "2024/02/29"), (("年", "月", "日"), "2024年02月29日")],
)
def test_a_date_is_read_as_the_region_writes_it(behind: tuple[str, str, str], text: str) -> None:
    own = Forms(
        "f",
        ALL,
        fields={"business-licence": FieldTable(CodeTable(), frozenset({"name"}))},
        dates=DateForm(behind),
    )
    event = request(claims=(Claim("name", text),))
    forms.to_common(own, "licence-verification-requested", event, "")
    assert event.claims[0].value == "2024-02-29"
    forms.to_local(own, "licence-verification-requested", event, "")
    assert event.claims[0].value == text
    assert forms.is_date(text, behind)
    assert not forms.is_date(text.replace("29", "30"), behind)
