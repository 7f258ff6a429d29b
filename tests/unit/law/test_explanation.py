"""Every kind of step: what it says when it holds and when it does not, and that no value is repeated."""

from dataclasses import replace

import pytest

from gateway.definition_files.conditions import compiled
from gateway.definitions import FAVOURABLE, REVIEW, RecognitionRule
from gateway.definitions.book import Book
from gateway.definitions.conditions import DATE, Condition
from gateway.law.explanation import application_explained, explained
from gateway.law.explanation_asked import Applied, Asked, Found, Matter
from gateway.law.explanation_changes import smallest_changes
from gateway.law.explanation_steps import Explanation
from gateway.law.words import CHINESE, ENGLISH, Vocabulary
from gateway.law.words_explanation import Teller
from tests import world
from tests.laws import east_asks
from tests.world import HOUR, NOW, rule

KINDS = {"unified_code": "text", "valid_to": DATE, "points": "number"}
ASKED = east_asks("secret-value")
FOUND = Found("VALID", "A", 3, NOW, returned=(("name", "secret-name"),), named=("name",))
WORDS = Vocabulary(
    {
        "region": {"east": ("East", "东"), "west": ("West", "西")},
        "licence type": {"business-licence": ("Business licence", "营业执照")},
        "item": {
            "company-change": ("Company change", "企业变更登记"),
            "household-move": ("Household move", "户口迁移"),
        },
        "purpose": {"application-handling": ("handling", "办件办理")},
        "licence-fields": {"name": ("name", "名称"), "unified_code": ("unified code", "统一社会信用代码")},
        "use-kinds": {
            "VERIFY": ("values compared", "信息核验"),
            "RETRIEVE": ("fields retrieved", "数据调取"),
        },
        "legal-bases": {"STATUTORY_DUTY": ("statutory duty", "履行法定职责"), "CONSENT": ("consent", "同意")},
        "licence-states": {"VALID": ("valid", "有效"), "EXPIRED": ("expired", "过期")},
        "trust-levels": {
            "A": ("issued", "发证机关制发"),
            "B": ("checked", "窗口核对"),
            "C": ("uploaded", "上传"),
        },
        "holder-kinds": {"person": ("a person", "自然人"), "organisation": ("an organisation", "法人")},
        "division": {"310000": ("East", "东省"), "330000": ("West", "西省"), "310151": ("Island", "岛县")},
    }
)


def condition(text: str) -> Condition:
    return compiled(text, KINDS, "regions/agreements/east--west.yaml:40")


def told(asked: Asked | None, *rules: RecognitionRule, found: Found | None = None) -> tuple[str, str]:
    """The explanation in English and in Chinese."""
    book = Book(world.definitions(recognition=rules), world.SLOTS)
    return said(book, explained(book, Matter(asked, found)))


def said(book: Book, explanation: Explanation) -> tuple[str, str]:
    suggestions = smallest_changes(book, explanation.matter)
    english, chinese = (
        "\n".join(Teller(WORDS, language).lines(explanation, suggestions)) for language in (ENGLISH, CHINESE)
    )
    assert "secret" not in english + chinese
    return english, chinese


@pytest.mark.parametrize(
    ("asked", "by", "english", "chinese"),
    [
        ({}, {}, ["Delivered: the rule allows it."], ["送达：规则允许。"]),
        (
            {"purpose": "curiosity-of-mr-secret"},
            {},
            [
                "purpose-not-agreed",
                "✗ purpose           one that is not in the catalogue",
                "→ the purpose were application-handling",
            ],
            ["✗ 用途              目录以外的代码", "→ 用途为 办件办理 (application-handling)"],
        ),
        (
            {"legal_basis": "CONSENT", "has_consent": True},
            {},
            [
                "✗ legal basis       CONSENT",
                "agreed: STATUTORY_DUTY",
                "→ the legal basis were STATUTORY_DUTY",
            ],
            ["✗ 依据              同意 (CONSENT)", "约定: 履行法定职责 (STATUTORY_DUTY)"],
        ),
        (
            {"fields": ("name", "secret_field", "unified_code")},
            {},
            [
                "field-not-agreed",
                "✗ fields            one that is not in the catalogue",
                "→ fewer fields were asked",
            ],
            ["✗ 字段              目录以外的代码", "→ 少查字段"],
        ),
        (
            {},
            {"consent_required": True},
            ["consent-missing", "✗ consent           not given", "→ the holder's consent were given"],
            ["✗ 授权              未提供", "→ 已取得持证人授权"],
        ),
        (
            {"use_kind": "FILE"},
            {},
            ["✗ use kind", "→ the use kind were RETRIEVE", "→ the use kind were VERIFY"],
            ["✗ 用证方式", "→ 用证方式为 数据调取 (RETRIEVE)"],
        ),
        (
            {"holder": "person"},
            {"holders": frozenset({"organisation"})},
            ["✗ holder            person", "→ the holder were organisation"],
            ["✗ 持证主体          自然人 (person)"],
        ),
        (
            {"arrived_at": NOW - 2000 * HOUR},
            {},
            ["✗ rule in force     none", "not in force before 2026-01-19", "→ it arrived on 2026-01-19"],
            ["自 2026-01-19", "→ 于 2026-01-19"],
        ),
        (
            {},
            {"effective_to": NOW},
            ["no longer in force since 2026-03-02 11:00:00", "→ it arrived on 2026-03-01 11:00:00"],
            ["自 2026-03-02 11:00:00 起失效"],
        ),
        (
            {},
            {"recognising_scope": ("310151",)},
            ["speaks of departments in Island (310151)", "→ the department sat in Island (310151)"],
            ["仅适用于岛县 (310151)的用证部门"],
        ),
        (
            {"issuing_division": "340000"},
            {},
            ["speaks of licences issued in West (330000)", "→ the licence were issued in West (330000)"],
            ["仅适用于西省 (330000)签发的证照"],
        ),
        (
            {"item": "household-move"},
            {},
            ["speaks of other items: company-change", "→ the item were company-change"],
            ["适用于其他事项：企业变更登记 (company-change)"],
        ),
        (
            {},
            {"effect": "deny"},
            ["▸ east-accepts-west@1", "excludes this", "✗ result            excluded"],
            ["明确不予认可"],
        ),
        (
            {"issuing": "north"},
            {},
            ["unknown-addressee", "✗ addressee         unknown"],
            ["✗ 目标节点          未知"],
        ),
        (
            {"asking": "west", "issuing": "south"},
            {},
            ["no-agreement", "✗ agreement         none"],
            ["✗ 互认协议          无"],
        ),
        (
            {"licence_type": "id-card"},
            {},
            ["✗ rule in force     none", "the agreement itself would have to change"],
            ["需协商修改协议"],
        ),
    ],
)
def test_every_check_of_a_request(
    asked: dict[str, object], by: dict[str, object], english: list[str], chinese: list[str]
) -> None:
    words, same = told(replace(ASKED, **asked), rule(place="regions/agreements/east--west.yaml:23", **by))
    assert [line for line in english if line not in words] == [], words
    assert [line for line in chinese if line not in same] == [], same


@pytest.mark.parametrize(
    ("text", "english", "chinese"),
    [
        (
            'claimed.valid_to < "2020-01-01"',
            "valid_to is before 2020-01-01: missing",
            "早于 2020-01-01：缺失",
        ),
        (
            'claimed.unified_code == "x"',
            'the stated unified code is "x": does not hold',
            "所填统一社会信用代码为“x”：不成立",
        ),
        ("request.consent", "consent is given: does not hold", "已取得授权：不成立"),
        (
            'request.holder == "organisation" && request.day >= "2027-01-01"',
            "✗ the day of the request is on or after 2027-01-01: earlier",
            "✗ 申请日不早于 2027-01-01：更早",
        ),
        (
            "size(request.fields) == 1",
            "the number of the fields asked for is 1: does not hold",
            "所查字段的个数为1",
        ),
        ('"name" in request.fields && request.consent', "✗ consent is given: no", "✗ 已取得授权：否"),
    ],
)
def test_conditions_on_a_request_are_taken_apart(text: str, english: str, chinese: str) -> None:
    words, same = told(ASKED, rule(asked_when=(condition(text),)))
    assert english in words
    assert chinese in same
    assert text in words


def test_a_value_next_to_a_condition_is_suggested() -> None:
    until = rule(
        fields=frozenset({"name", "unified_code", "valid_to"}),
        asked_when=(condition('claimed.valid_to > "2026-03-02"'),),
    )
    assert "→ the stated valid_to were 2026-03-03" in told(ASKED, until)[0]


def test_two_changes_are_suggested_where_one_is_too_few() -> None:
    words, same = told(
        replace(ASKED, use_kind="FILE"), rule(use_kinds=frozenset({"VERIFY"}), consent_required=True)
    )
    assert "→ the use kind were VERIFY and the holder's consent were given" in words
    assert "→ 用证方式为 信息核验 (VERIFY)，且已取得持证人授权" in same


@pytest.mark.parametrize(
    ("found", "by", "english", "chinese"),
    [
        ({}, {}, ["Delivered, recognised."], ["送达，予以认可。"]),
        (
            {"trust": "C"},
            {},
            ["Delivered, not recognised.", "✗ trust level       C", "→ the trust level were B"],
            ["✗ 可信等级          上传 (C)"],
        ),
        (
            {"state": "EXPIRED", "days": 30},
            {"grace_days": 30},
            [
                "✗ licence state     EXPIRED, past its days of grace",
                "→ the state had lasted less than 30 days",
            ],
            ["✗ 证照状态          过期 (EXPIRED)、已过宽限期"],
        ),
        (
            {"state": "EXPIRED"},
            {"grace_days": 30},
            ["✓ licence state     EXPIRED, within its days"],
            ["在宽限期内"],
        ),
        (
            {"state": "EXPIRED"},
            {"review_states": frozenset({"EXPIRED"})},
            ["left to a clerk", "? licence state     EXPIRED", "→ the licence were VALID"],
            ["由人工复核", "→ 证照状态为 有效 (VALID)"],
        ),
        ({}, {"effect": REVIEW}, ["? result            left to a clerk"], ["? 结果              由人工复核"]),
        ({"state": None}, {}, ["it found no licence to recognise"], ["未查到可供认可的证照"]),
        ({"named": ("name", "address")}, {}, ["field-not-agreed", "✗ fields granted"], ["✗ 准予字段"]),
        (
            {},
            {"answered_when": (condition("answer.days_in_state < 2"),)},
            ["the days since that state began is less than 2: does not hold"],
            ["该状态已持续的天数小于 2：不成立"],
        ),
        (
            {},
            {"answered_when": (condition('returned.valid_to > "2026-01-01"'),), "missing_is": REVIEW},
            ["? condition", "→ the returned valid_to were 2026-01-02"],
            ["? 条件"],
        ),
        (
            {"mismatched": ("unified_code",)},
            {"answered_when": (condition('!("unified_code" in answer.mismatched)'),)},
            ["the fields that differ do not include unified code", "→ no stated value differed"],
            ["不一致的字段不包括统一社会信用代码", "→ 所填内容全部一致"],
        ),
    ],
)
def test_every_check_of_an_answer(
    found: dict[str, object], by: dict[str, object], english: list[str], chinese: list[str]
) -> None:
    words, same = told(ASKED, rule(**by), found=replace(FOUND, **found))
    assert [line for line in english if line not in words] == [], words
    assert [line for line in chinese if line not in same] == [], same


def test_a_running_case_shows_both_versions() -> None:
    newer = rule(version=2, effective_from=NOW + 1, accepted_states=frozenset({"VALID", "SUSPENDED"}))
    older = rule(running=FAVOURABLE, effective_to=NOW + 1)
    found = replace(FOUND, state="SUSPENDED", arrived_at=NOW + 2)
    words, _ = told(ASKED, older, newer, found=found)
    assert "judged by east-accepts-west@1" in words
    assert "judged by east-accepts-west@2" in words
    assert words.startswith("Delivered, recognised.")


def test_the_closest_rule_speaks_and_the_others_rank_behind() -> None:
    narrow = rule(id="narrow", recognising_scope=("310151",))
    words, _ = told(replace(ASKED, asking_division="310151"), rule(), narrow)
    assert words.index("▸ narrow@1") < words.index("east-accepts-west@1")
    assert "ranks behind" in words


@pytest.mark.parametrize(
    ("changed", "english"),
    [
        ({}, "Delivered: the rule allows it."),
        ({"mode": "ALL_ONLINE"}, "✗ mode"),
        ({"mode": "ALL_ONLINE"}, "→ it were handled by"),
        ({"has_consent": False}, "consent-missing"),
        ({"has_consent": False}, "→ the holder's consent were given"),
        (
            {"legal_basis": "OTHER_LAW", "mode": "ALL_ONLINE"},
            "→ it were handled by REMOTE_COLLECTION and the legal basis were CONSENT",
        ),
        ({"arrived_at": NOW - 2000 * HOUR}, "→ it arrived on 2026-01-19"),
        ({"item": "household-move"}, "✗ rule in force     none"),
        ({"deciding": "south"}, "✗ rule in force     none"),
        ({"deciding": "north"}, "unknown-addressee"),
        ({"arrived_at": NOW - 2000 * HOUR}, "not in force before"),
    ],
)
def test_applications_are_explained_by_their_service_rule(changed: dict[str, object], english: str) -> None:
    book = Book(world.definitions(), world.SLOTS)
    applied = Applied("east", "west", "company-change", "REMOTE_COLLECTION", "CONSENT", True, NOW)
    assert english in said(book, application_explained(book, replace(applied, **changed)))[0]
