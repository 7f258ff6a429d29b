"""Rules as articles a lawyer reads: clauses in English and Chinese, generated from the rule."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from gateway.definitions import FAVOURABLE, REVIEW, Instrument, RecognitionRule, ServiceRule
from gateway.definitions.texts import RuleText
from gateway.law.words import Said, Vocabulary, day, duration, listed
from gateway.law.words_conditions import sentence

Rule = RecognitionRule | ServiceRule
_NO_TEXT: Final = RuleText("", None, None)


@dataclass(frozen=True)
class Clause:
    """One clause of an article. key: what it is about, the same in every version of a rule."""

    key: str
    label: Said
    text: Said


@dataclass(frozen=True)
class Article:
    """A rule in sentences. sentence: what it says at all; clauses: its limits."""

    rule: Rule
    sentence: Said
    clauses: tuple[Clause, ...]


class Drafting:
    """Writes the articles of one agreement."""

    def __init__(
        self,
        vocabulary: Vocabulary,
        instruments: tuple[Instrument, ...],
        texts: Mapping[tuple[str, int], RuleText],
    ) -> None:
        self._vocabulary = vocabulary
        self._instruments = {one.id: one for one in instruments}
        self._texts = texts

    def article(self, rule: Rule) -> Article:
        """One rule as an article."""
        text = self._texts.get((rule.id, rule.version), _NO_TEXT)
        if isinstance(rule, RecognitionRule):
            clauses = [*self._recognition(rule), *self._reasons(rule, text)]
            return Article(rule, self._recognises(rule), tuple(clauses))
        return Article(rule, self._decides(rule), (*self._service(rule), *self._reasons(rule, text)))

    # ── recognition ──────────────────────────────────────────────────────────────────────────────

    def _recognises(self, rule: RecognitionRule) -> Said:
        say = self._vocabulary
        who, whose = say.word("region", rule.recognising), say.word("region", rule.issuing)
        what, items = say.words("licence type", rule.licence_types), say.words("item", rule.items)
        english, chinese = {
            "allow": (
                "{0} recognises, if issued in {1}: {2}. For: {3}.",
                "{0}认可{1}签发的{2}，用于：{3}。",
            ),
            "deny": (
                "{0} does not recognise, if issued in {1}: {2}. For: {3}.",
                "{0}不认可{1}签发的{2}用于：{3}。",
            ),
            "review": (
                "A clerk of {0} decides, if issued in {1}, on: {2}. For: {3}.",
                "{1}签发的{2}用于下列事项的，由{0}人工复核：{3}。",
            ),
        }[rule.effect]
        pairs = [who, whose, what, items]
        return english.format(*(one[0] for one in pairs)), chinese.format(*(one[1] for one in pairs))

    def _recognition(self, rule: RecognitionRule) -> Iterator[Clause]:
        yield _force(rule)
        yield from self._scopes(rule)
        if rule.effect != "deny":
            yield from self._uses(rule)
            yield from self._persons(rule)
            yield from self._acceptance(rule)
            yield from self._conditions(rule)
            yield _time(rule)

    def _scopes(self, rule: RecognitionRule) -> Iterator[Clause]:
        """Only where a scope is narrower than its region."""
        for key, label, scope in (
            ("asking", ("Departments in", "用证部门所在地"), rule.recognising_scope),
            ("issued", ("Licences issued in", "证照签发地"), rule.issuing_scope),
        ):
            if any(not division.endswith("0000") for division in scope):
                yield Clause(key, label, listed(self._vocabulary.place(one) for one in scope))

    def _uses(self, rule: RecognitionRule) -> Iterator[Clause]:
        say = self._vocabulary
        yield Clause("uses", ("Use", "用证方式"), say.words("use kind", rule.use_kinds))
        if rule.evidence:
            yield Clause("evidence", ("May be kept", "可留存"), say.words("evidence", rule.evidence))
        yield Clause("purposes", ("Purpose", "用途"), say.words("purpose", rule.purposes))
        yield Clause("bases", ("Legal basis", "依据"), say.words("legal basis", rule.legal_bases))
        yield Clause("fields", ("Fields that may move", "可交换的字段"), say.words("field", rule.fields))

    def _persons(self, rule: RecognitionRule) -> Iterator[Clause]:
        yield _consent(rule)
        if rule.holders:
            yield Clause("holders", ("Holders", "持证主体"), self._vocabulary.words("holder", rule.holders))

    def _acceptance(self, rule: RecognitionRule) -> Iterator[Clause]:
        say = self._vocabulary
        level = say.word("trust level", rule.least_trust)
        yield Clause(
            "trust",
            ("Trust", "可信等级"),
            (f"at least {rule.least_trust}: {level[0]}", f"不低于 {rule.least_trust} 级（{level[1]}）"),
        )
        yield Clause(
            "states", ("Recognised states", "认可的状态"), say.words("licence state", rule.accepted_states)
        )
        if rule.grace_days:
            days = rule.grace_days
            yield Clause(
                "grace",
                ("Days of grace", "宽限期"),
                (
                    f"an expired licence counts as valid for {days} days after its last day",
                    f"过期后 {days} 天内仍视为有效",
                ),
            )
        if rule.review_states:
            states = say.words("licence state", rule.review_states)
            yield Clause("review", ("Left to a clerk", "由人工复核的状态"), states)

    def _conditions(self, rule: RecognitionRule) -> Iterator[Clause]:
        asked, answered = ("Condition on the request", "申请条件"), ("Condition on the answer", "答复条件")
        for key, label, conditions in (
            ("asked", asked, rule.asked_when),
            ("answered", answered, rule.answered_when),
        ):
            for number, condition in enumerate(conditions, start=1):
                yield Clause(f"{key} {number}", label, sentence(condition, self._vocabulary))
        if rule.answered_when:
            missing = (
                ("left to a clerk", "由人工复核")
                if rule.missing_is == REVIEW
                else ("not recognised", "不予认可")
            )
            yield Clause("missing", ("If the answer lacks such a value", "答复缺少所需内容的"), missing)

    # ── services ─────────────────────────────────────────────────────────────────────────────────

    def _decides(self, rule: ServiceRule) -> Said:
        say = self._vocabulary
        takes, decides = say.word("region", rule.receiving), say.word("region", rule.deciding)
        items = say.words("item", rule.items)
        return (
            f"{takes[0]} takes applications that {decides[0]} decides: {items[0]}.",
            f"{takes[1]}收件、{decides[1]}办理：{items[1]}。",
        )

    def _service(self, rule: ServiceRule) -> Iterator[Clause]:
        say = self._vocabulary
        yield _force(rule)
        yield Clause("modes", ("Handling", "办理方式"), say.words("mode", rule.modes))
        yield Clause("bases", ("Legal basis", "依据"), say.words("legal basis", rule.legal_bases))
        yield _consent(rule)
        yield Clause("cap", ("Daily cap", "当日限额"), _cap(rule))

    # ── reasons ──────────────────────────────────────────────────────────────────────────────────

    def _reasons(self, rule: Rule, text: RuleText) -> Iterator[Clause]:
        if isinstance(rule, RecognitionRule) and rule.running == FAVOURABLE:
            yield Clause(
                "running",
                ("Running cases", "在办件"),
                ("are judged by the more favourable version", "适用较为有利的版本"),
            )
        found = self._instruments.get(rule.instrument) if isinstance(rule, RecognitionRule) else None
        if found is not None:
            yield Clause("instrument", ("Legal instrument", "法律依据"), _instrument(found))
        if text.agreed_on is not None:
            yield Clause("agreed", ("Agreed on", "约定日期"), (text.agreed_on, text.agreed_on))
        for key, label, words in (
            ("why", ("Reason", "理由"), text.why),
            ("one-sided", ("Why one-sided", "单向原因"), text.one_sided),
        ):
            if words:
                yield Clause(key, label, (words, words))


def _force(rule: Rule) -> Clause:
    begins = day(rule.effective_from)
    if rule.effective_to is None:
        text = f"from {begins}", f"自 {begins} 起"
    else:
        ends = day(rule.effective_to)
        text = f"from {begins}, no longer from {ends}", f"自 {begins} 起，至 {ends} 失效"
    return Clause("force", ("In force", "效力"), text)


def _consent(rule: Rule) -> Clause:
    if rule.consent_required:
        text = "needed on any legal basis", "不论何种依据均须取得"
    elif "CONSENT" in rule.legal_bases:
        text = "needed where the legal basis is consent", "以同意为依据的，须取得"
    else:
        text = "not needed", "不需要"
    return Clause("consent", ("The holder's consent", "持证人授权"), text)


def _time(rule: RecognitionRule) -> Clause:
    within, cap = duration(rule.answer_within_seconds), _cap(rule)
    return Clause(
        "time",
        ("Answer and cap", "答复与限额"),
        (f"within {within[0]}; {cap[0]}", f"{within[1]}内答复；{cap[1]}"),
    )


def _cap(rule: Rule) -> Said:
    return f"at most {rule.daily_cap:,} a day", f"每日不超过 {rule.daily_cap:,} 次"


def _instrument(one: Instrument) -> Said:
    if one.lapses_at is None:
        return one.english, one.chinese
    lapses = day(one.lapses_at)
    return f"{one.english} (lapses on {lapses})", f"{one.chinese}（自 {lapses} 起失效）"
