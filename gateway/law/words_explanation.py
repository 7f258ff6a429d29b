"""An explanation as lines of text, in one language: what was decided, the rules, the checks, the change."""

from collections.abc import Iterator
from typing import Final

from gateway.definitions import Instrument
from gateway.law.explanation_asked import Asked
from gateway.law.explanation_changes import Change, Suggestion
from gateway.law.explanation_steps import Check, Explanation, Judgement, Look, Rule
from gateway.law.words import Said, Vocabulary, day, listed
from gateway.law.words_conditions import Phrasing, failing
from gateway.reasons import MEANINGS

_MARKS: Final = {"yes": "✓", "no": "✗", "review": "?", "unknown": "·"}
_ROOM: Final = 17
COLUMN: Final = _ROOM + 5
"""Where what is told of a check begins, behind its mark and name."""

_LOOKS: Final[dict[str, Said]] = {
    "speaks": ("speaks on this question", "适用于本次核验"),
    "excludes": ("excludes this", "明确不予认可"),
    "not-yet": ("not in force before {}", "自 {} 起生效"),
    "lapsed": ("no longer in force since {}", "自 {} 起失效"),
    "elsewhere-issued": ("speaks of licences issued in {}", "仅适用于{}签发的证照"),
    "elsewhere-asked": ("speaks of departments in {}", "仅适用于{}的用证部门"),
    "other-item": ("speaks of other items: {}", "适用于其他事项：{}"),
    "behind": ("ranks behind", "顺位在后"),
}
_NAMES: Final[dict[str, Said]] = {
    "addressee": ("addressee", "目标节点"),
    "pair": ("agreement", "互认协议"),
    "rule": ("rule in force", "生效规则"),
    "excluded": ("result", "结果"),
    "purpose": ("purpose", "用途"),
    "legal basis": ("legal basis", "依据"),
    "fields": ("fields", "字段"),
    "consent": ("consent", "授权"),
    "quota": ("daily cap", "当日限额"),
    "use kind": ("use kind", "用证方式"),
    "holder": ("holder", "持证主体"),
    "mode": ("mode", "办理方式"),
    "condition": ("condition", "条件"),
    "granted": ("fields granted", "准予字段"),
    "trust level": ("trust level", "可信等级"),
    "licence state": ("licence state", "证照状态"),
    "effect": ("result", "结果"),
}
_CHANGES: Final[dict[str, Said]] = {
    "consent": ("the holder's consent were given", "已取得持证人授权"),
    "use kind": ("the use kind were {}", "用证方式为 {}"),
    "mode": ("it were handled by {}", "办理方式为 {}"),
    "fields": ("fewer fields were asked, without {}", "少查字段，不含 {}"),
    "claimed": ("the stated {name} were {}", "所填{name}为 {}"),
    "returned": ("the returned {name} were {}", "返回的{name}为 {}"),
    "mismatched": ("no stated value differed", "所填内容全部一致"),
    "days": ("the state had lasted less than {} days", "该状态持续未满 {} 天"),
    "days in state": ("the state had lasted {} days", "该状态已持续 {} 天"),
    "answered": ("the answer left out {}", "答复不含 {}"),
    "outcome": ("the result of the verification were {}", "核验结果为 {}"),
    "purpose": ("the purpose were {}", "用途为 {}"),
    "legal basis": ("the legal basis were {}", "依据为 {}"),
    "day": ("it arrived on {}", "于 {} 到达"),
    "licence state": ("the licence were {}", "证照状态为 {}"),
    "trust level": ("the trust level were {}", "可信等级为 {}"),
    "holder": ("the holder were {}", "持证主体为 {}"),
    "item": ("the item were {}", "事项为 {}"),
    "asking division": ("the department sat in {}", "用证部门位于 {}"),
    "issuing division": ("the licence were issued in {}", "证照由 {} 签发"),
}
_RESULTS: Final[dict[str, Said]] = {
    "yes": ("recognised", "予以认可"),
    "no": ("not recognised", "不予认可"),
    "review": ("left to a clerk (manual review)", "由人工复核"),
}


class Teller:
    """Writes explanations in one language. language: `ENGLISH` or `CHINESE`."""

    def __init__(self, vocabulary: Vocabulary, language: int) -> None:
        self._vocabulary = vocabulary
        self._language = language

    def lines(
        self,
        explanation: Explanation,
        suggestions: tuple[Suggestion, ...],
        instruments: tuple[Instrument, ...] = (),
    ) -> Iterator[str]:
        """The whole explanation. instruments: those of the agreement the rule stands in."""
        yield from self._verdict(explanation)
        if explanation.matter.asked is not None:
            yield self._question(explanation.matter.asked)
        if explanation.looks:
            yield ""
            yield self._say("Rules, the closest first", "规则（按适用顺位）")
            for look in explanation.looks:
                yield from self._look(look)
        yield from self._section(explanation)
        for judgement in explanation.judgements:
            yield from self._judgement(judgement)
        if isinstance(explanation.rule, Rule):
            yield from self._instrument(explanation.rule, instruments)
        yield from self._suggested(explanation, suggestions)

    def _say(self, english: str, chinese: str) -> str:
        return (english, chinese)[self._language]

    def _pick(self, said: Said) -> str:
        return said[self._language]

    def _verdict(self, explanation: Explanation) -> Iterator[str]:
        failed = explanation.failed
        if failed is not None:
            meaning = MEANINGS[failed.reason]
            words = self._say(
                f"{failed.reason.value}: {meaning.english}", f"{failed.reason.value} {meaning.chinese}"
            )
            if failed.name == "granted":
                yield self._say(f"Delivered; its answer is refused, {words}.", f"送达；其答复退回：{words}。")
            else:
                yield self._say(f"Refused, {words}.", f"退回：{words}。")
        elif explanation.recognised is not None:
            yield (
                self._say("Delivered, ", "送达，")
                + self._pick(_RESULTS[explanation.recognised])
                + self._say(".", "。")
            )
        elif explanation.matter.found is not None:
            yield self._say("Delivered; it found no licence to recognise.", "送达；未查到可供认可的证照。")
        else:
            yield self._say("Delivered: the rule allows it.", "送达：规则允许。")

    def _question(self, asked: Asked) -> str:
        region, word = self._vocabulary.word, self._vocabulary.shown
        known = [self._pick(region("region", one)) for one in (asked.asking, asked.issuing)]
        what = [self._pick(word(one)) for one in (("licence type", asked.licence_type), ("item", asked.item))]
        on = day(asked.arrived_at)
        return self._say(
            f"{known[0]} asks {known[1]} about {what[0]} for {what[1]}, {on}.",
            f"{known[0]}就{what[0]}向{known[1]}核验，用于{what[1]}，{on}。",
        )

    def _look(self, look: Look) -> Iterator[str]:
        about = self._pick(self._vocabulary.listed(look.about))
        mark = {"speaks": "▸", "excludes": "▸"}.get(look.why, " ")
        yield f"  {mark} {look.rule.id}@{look.rule.version}  {look.rule.place}"
        yield f"      {self._pick(_LOOKS[look.why]).format(about)}"

    def _section(self, explanation: Explanation) -> Iterator[str]:
        rule = explanation.rule
        yield ""
        if rule is None:
            yield self._say("Checks", "检查")
        else:
            yield self._say(f"Checks by {rule.id}@{rule.version}", f"按 {rule.id}@{rule.version} 检查")
        for check in explanation.checks:
            yield from self._check(check)

    def _judgement(self, judgement: Judgement) -> Iterator[str]:
        rule = judgement.rule
        yield ""
        yield self._say(
            f"The answer, judged by {rule.id}@{rule.version}", f"答复，按 {rule.id}@{rule.version} 判断"
        )
        for check in judgement.checks:
            yield from self._check(check)

    def _check(self, check: Check) -> Iterator[str]:
        name = self._padded(self._pick(_NAMES[check.name]))
        found = self._pick(listed(self._vocabulary.shown(one) for one in check.found))
        if check.condition is not None:
            said = self._pick(Phrasing(check.condition, self._vocabulary).sentence)
            found = f"{said}{self._say(': ', '：')}{found}"
        if check.result not in ("no", "review") and check.name in ("consent", "quota"):
            agreed = self._pick(self._vocabulary.listed(check.agreed))
            found += self._say(f" ({agreed})", f"（{agreed}）")
        yield f"  {_MARKS[check.result]} {name} {found}".rstrip()
        if check.result in ("no", "review"):
            yield from self._expected(check)

    def _expected(self, check: Check) -> Iterator[str]:
        indent = " " * COLUMN
        if check.agreed:
            agreed = self._pick(self._vocabulary.listed(check.agreed))
            yield f"{indent}{self._say('agreed: ', '约定: ')}{agreed}"
        if check.condition is not None and check.part is not None:
            yield f"{indent}{check.condition.text}"
            phrasing = Phrasing(check.condition, self._vocabulary)
            for part in failing(check.part):
                if part is check.part:
                    continue  # it is the whole sentence
                value = (
                    ""
                    if part.found is None
                    else self._say(": ", "：") + self._pick(self._vocabulary.shown(part.found))
                )
                yield f"{indent}✗ {self._pick(phrasing.clause(part.node))}{value}"
        if check.place:
            yield f"{indent}{check.place}"

    def _instrument(self, rule: Rule, instruments: tuple[Instrument, ...]) -> Iterator[str]:
        found = next((one for one in instruments if one.id == getattr(rule, "instrument", "")), None)
        if found is not None:
            lapses = ""
            if found.lapses_at is not None:
                on = day(found.lapses_at)
                lapses = self._say(f" (lapses on {on})", f"（自 {on} 起失效）")
            yield ""
            yield (
                self._say("Legal instrument: ", "法律依据：")
                + (found.english, found.chinese)[self._language]
                + lapses
            )

    def _suggested(self, explanation: Explanation, suggestions: tuple[Suggestion, ...]) -> Iterator[str]:
        said_no = explanation.failed is not None or explanation.recognised not in (None, "yes")
        if said_no and not suggestions:
            yield ""
            yield self._say(
                "No one or two changes of it would be recognised; the agreement itself would have to change.",
                "改动其中一两项仍不予认可；需协商修改协议。",
            )
        if suggestions:
            yield ""
            yield self._say("Would be recognised if", "若有下列变化之一，将予以认可")
        for suggestion in suggestions:
            changes = [self._change(change) for change in suggestion]
            yield "  → " + self._say(" and ", "，且").join(changes)

    def _change(self, change: Change) -> str:
        is_of_sender = change.dimension == "fields"  # those to leave out; all else is what a rule lists
        said = (
            listed(map(self._vocabulary.shown, change.to))
            if is_of_sender
            else self._vocabulary.listed(change.to)
        )
        to = self._pick(said)
        name = self._pick(self._vocabulary.word("field", change.name))
        return self._pick(_CHANGES[change.dimension]).format(to, name=name)

    def _padded(self, name: str) -> str:
        """Chinese characters are two columns wide."""
        width = sum(2 if ord(letter) > 0x2E7F else 1 for letter in name)
        return name + " " * max(0, _ROOM - width)
