"""Conditions and rules as sentences, in both languages."""

from dataclasses import replace

import pytest

from gateway.definition_files.conditions import compiled
from gateway.definitions import FAVOURABLE, REVIEW, Agreement, Instrument
from gateway.definitions.conditions import DATE
from gateway.definitions.texts import AgreementText, ExampleText, RuleText
from gateway.law.card import CHANGED, PUT_IN, SAME, STRUCK, Page, page
from gateway.law.card_html import Typesetter, article_number
from gateway.law.card_text import text
from gateway.law.words import CHINESE, ENGLISH, duration
from gateway.law.words_conditions import sentence
from gateway.law.words_rules import Drafting
from tests.unit.law.test_explanation import WORDS
from tests.world import EAST, NOW, WEST, rule, service

KINDS = {"unified_code": "text", "valid_to": DATE, "points": "number"}


@pytest.mark.parametrize(
    ("cel", "english", "chinese"),
    [
        ("request.consent", "consent is given", "已取得授权"),
        ("!request.consent", "no consent is given", "未取得授权"),
        ("request.consent == false", "no consent is given", "未取得授权"),
        ("true != request.consent", "no consent is given", "未取得授权"),
        ('request.holder == "person"', "the holder is a person", "持证主体为自然人"),
        ('request.use_kind != "VERIFY"', "the use kind is not values compared", "用证方式不为信息核验"),
        (
            'claimed.valid_to >= "2026-01-01"',
            "the stated valid_to is on or after 2026-01-01",
            "不早于 2026-01-01",
        ),
        ('"2026-01-01" > claimed.valid_to', "the stated valid_to is before 2026-01-01", "早于 2026-01-01"),
        ("returned.points <= 11", "the returned points is at most 11", "返回的points不超过 11"),
        ('claimed.unified_code == "A1"', 'the stated unified code is "A1"', "所填统一社会信用代码为“A1”"),
        ('claimed.unified_code.endsWith("X")', 'the stated unified code ends with "X"', "以“X”结尾"),
        ('claimed.unified_code.contains("X")', 'the stated unified code contains "X"', "包含“X”"),
        (
            'request.asking_division.startsWith("31")',
            "the division of the asking department lies in the area of East",
            "用证部门所在区划位于东省范围",
        ),
        (
            'answer.licence_state in ["VALID", "EXPIRED"]',
            "the state of the licence is one of valid, expired",
            "证照状态为有效、过期之一",
        ),
        (
            '!(answer.trust_level in ["A"])',
            "the trust level is none of issued",
            "可信等级不为发证机关制发之一",
        ),
        ('"name" in answer.matched', "the fields that match include name", "一致的字段包括名称"),
        (
            '!("name" in answer.mismatched)',
            "the fields that differ do not include name",
            "不一致的字段不包括名称",
        ),
        ("size(answer.mismatched) == 0", "there are none of the fields that differ", "没有不一致的字段"),
        ("size(answer.mismatched) > 0", "there are some of the fields that differ", "有不一致的字段"),
        (
            "size(request.fields) < 3",
            "the number of the fields asked for is less than 3",
            "所查字段的个数小于 3",
        ),
        (
            'request.consent && (request.holder == "person" || request.day < "2027-01-01")',
            "consent is given and (the holder is a person or the day of the request is before 2027-01-01)",
            "已取得授权，且（持证主体为自然人，或申请日早于 2027-01-01）",
        ),
        (
            "!(request.consent || size(request.fields) == 1)",
            "it is not so that consent is given or the number of the fields asked for is 1",
            "并非（已取得授权，或所查字段的个数为1）",
        ),
        (
            '(request.consent && true) == (request.holder == "person")',
            "(consent is given and always) exactly if (the holder is a person)",
            "（已取得授权，且恒成立）当且仅当（持证主体为自然人）",
        ),
    ],
)
def test_a_condition_is_a_clause(cel: str, english: str, chinese: str) -> None:
    said = sentence(compiled(cel, KINDS, "here:1"), WORDS)
    assert said[ENGLISH] == english
    assert chinese in said[CHINESE]


def test_durations_are_told_in_their_largest_whole_unit() -> None:
    assert [duration(seconds)[ENGLISH] for seconds in (86_400, 7200, 5400, 61)] == [
        "1 day",
        "2 hours",
        "90 minutes",
        "61 seconds",
    ]
    assert duration(172_800)[CHINESE] == "2 天"


def test_articles_are_numbered_in_both_languages() -> None:
    assert [article_number(number)[1] for number in (1, 10, 11, 20, 34, 100)] == [
        "第一条",
        "第十条",
        "第十一条",
        "第二十条",
        "第三十四条",
        "第100条",
    ]
    assert article_number(11)[0] == "Article 11"


FULL = rule(
    effective_to=NOW,
    recognising_scope=("310151",),
    holders=frozenset({"person"}),
    evidence=frozenset({"data"}),
    legal_bases=frozenset({"CONSENT"}),
    review_states=frozenset({"EXPIRED"}),
    grace_days=30,
    running=FAVOURABLE,
    instrument="law-1",
    asked_when=(compiled("request.consent", KINDS, "here:1"),),
    answered_when=(compiled("size(answer.mismatched) == 0", KINDS, "here:2"),),
    missing_is=REVIEW,
    place="regions/agreements/east--west.yaml:9",
)
LAW = Instrument("law-1", "某法第一条", "Law, art. 1", NOW + 86_400_000)
TEXTS = {("east-accepts-west", 1): RuleText("because <it> is so", "the other side issues none", "2024-01-02")}


def test_every_clause_of_a_rule_is_said_in_both_languages() -> None:
    article = Drafting(WORDS, (LAW,), TEXTS).article(FULL)
    said = {clause.key: clause.text for clause in article.clauses}
    assert article.sentence == (
        "East recognises, if issued in West: Business licence. For: Company change.",
        "东认可西签发的营业执照，用于：企业变更登记。",
    )
    assert said == {
        "force": (
            "from 2026-01-19 19:00:00, no longer from 2026-03-02 11:00:00",
            "自 2026-01-19 19:00:00 起，至 2026-03-02 11:00:00 失效",
        ),
        "asking": ("Island", "岛县"),
        "uses": ("values compared, fields retrieved", "信息核验、数据调取"),
        "evidence": ("data", "data"),
        "purposes": ("handling", "办件办理"),
        "bases": ("consent", "同意"),
        "fields": ("name, unified code, address", "名称、统一社会信用代码、address"),
        "consent": ("needed where the legal basis is consent", "以同意为依据的，须取得"),
        "holders": ("a person", "自然人"),
        "trust": ("at least B: checked", "不低于 B 级（窗口核对）"),
        "states": ("valid", "有效"),
        "grace": (
            "an expired licence counts as valid for 30 days after its last day",
            "过期后 30 天内仍视为有效",
        ),
        "review": ("expired", "过期"),
        "asked 1": ("consent is given", "已取得授权"),
        "answered 1": ("there are none of the fields that differ", "没有不一致的字段"),
        "missing": ("left to a clerk", "由人工复核"),
        "time": ("within 1 hour; at most 4,000 a day", "1 小时内答复；每日不超过 4,000 次"),
        "running": ("are judged by the more favourable version", "适用较为有利的版本"),
        "instrument": (
            "Law, art. 1 (lapses on 2026-03-03 11:00:00)",
            "某法第一条（自 2026-03-03 11:00:00 起失效）",
        ),
        "agreed": ("2024-01-02", "2024-01-02"),
        "why": ("because <it> is so", "because <it> is so"),
        "one-sided": ("the other side issues none", "the other side issues none"),
    }


def test_rules_that_deny_leave_to_a_clerk_or_serve_say_so() -> None:
    drafting = Drafting(WORDS, (), {})
    assert drafting.article(rule(effect="deny")).sentence[1] == "东不认可西签发的营业执照用于：企业变更登记。"
    assert drafting.article(rule(effect=REVIEW)).sentence[0].startswith("A clerk of East decides")
    served = drafting.article(service())
    assert served.sentence == (
        "East takes applications that West decides: Company change.",
        "东收件、西办理：企业变更登记。",
    )
    assert [clause.key for clause in served.clauses] == ["force", "modes", "bases", "consent", "cap"]


def agreement(*rules: object, basis: str = "a law & its annex") -> AgreementText:
    agreed = Agreement((EAST, WEST), rules, (service(),), (LAW,), signed_by=(EAST,))  # type: ignore[arg-type]
    examples = (ExampleText("an example", 40, "refused", "field-not-agreed", None),)
    path = "regions/agreements/east--west.yaml"
    return AgreementText(path, "East and West", "东西协议", basis, None, agreed, TEXTS, examples)


def blocks(shown: Page) -> dict[str, str]:
    return {block.name: block.status for section in shown.sections for block in section.blocks}


def test_a_page_needs_nothing_from_elsewhere_and_escapes_what_it_shows() -> None:
    html = Typesetter().html(page(agreement(FULL), WORDS))
    assert html.startswith("<!doctype html>")
    for outside in ("http", "<script", "src=", "@import", "url("):
        assert outside not in html
    assert "because &lt;it&gt; is so" in html
    assert "a law &amp; its annex" in html
    assert "东认可西签发的营业执照" in html
    assert "<del>" not in html
    assert "第一条 · Article 1" in html


def test_a_page_in_one_language_has_no_other() -> None:
    english = Typesetter((ENGLISH,)).html(page(agreement(FULL), WORDS))
    chinese = Typesetter((CHINESE,)).html(page(agreement(FULL), WORDS))
    assert "营业执照" not in english
    assert "Business licence" not in chinese
    assert '<html lang="zh-CN">' in chinese


def test_a_change_marks_what_was_struck_and_what_was_put_in() -> None:
    old = agreement(FULL, rule(id="gone"), rule(id="kept"), basis="an old law of another time and place")
    newer = replace(FULL, version=2, grace_days=0, fields=frozenset({"name", "valid_to"}))
    shown = page(agreement(FULL, newer, rule(id="kept"), rule(id="added")), WORDS, old)
    assert blocks(shown) == {
        "east-accepts-west@1": SAME,
        "east-accepts-west@2": CHANGED,
        "kept@1": SAME,
        "added@1": PUT_IN,
        "gone@1": STRUCK,
        "west-decides-for-east@1": SAME,
    }
    written = text(shown, ENGLISH)
    assert "[-an old law of another time and place-]{+a law & its annex+}" in written
    assert "name,[- unified code, address-]{+ valid_to+}" in written
    assert "[-an expired licence counts as valid for 30 days after its last day-]" in written
    assert "+ Article 4  added@1" in written
    html = Typesetter().html(shown)
    assert "<del> unified code, address</del>" in html
    assert "<ins> valid_to</ins>" in html
    assert "新增 · new" in html


def test_prose_that_stays_alike_is_compared_word_by_word() -> None:
    shown = page(agreement(basis="a law and its annex"), WORDS, agreement(basis="a law and its appendix"))
    assert "a law and its [-appendix-]{+annex+}" in text(shown, ENGLISH)


def test_text_in_chinese_lists_the_examples() -> None:
    written = text(page(agreement(FULL), WORDS), CHINESE)
    assert "── 示例 ──" in written
    assert "an example: 退回、字段不在互认规则内" in written
    assert "签署                      东" in written
