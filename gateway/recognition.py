"""What an agreement allows (互认规则): deny by default.

A question is judged by the one rule whose scope fits it most closely: a named item before any item,
then the narrower issuing scope, then the narrower recognising scope; deny beats allow at equal scope.
The checks of that rule run in the fixed order purpose, fields, consent, quota, use kind, holder,
conditions. The answer is judged under the rule that its request was granted by, or under the version
that is in force by then where the rule lets running cases take the more favourable one. It is
recognised (yes), not recognised (no), or left to a clerk (review, 人工复核).
"""

from typing import Final, NoReturn

from mypy_extensions import mypyc_attr

from gateway.definitions import FAVOURABLE, NO, REVIEW, TRUST_LEVELS, YES, RecognitionRule, ServiceRule
from gateway.definitions.book import Book
from gateway.definitions.conditions import Condition, Facts
from gateway.errors import Reason, Refused, RuleRef

_TRUST_RANK: Final = {level: rank for rank, level in enumerate(TRUST_LEVELS)}
_FAVOUR: Final = {YES: 2, REVIEW: 1, NO: 0}


@mypyc_attr(acyclic=True)
class Question:
    """A verification as the rules see it: no names, no values.

    asking_division, issuing_division: 6-digit division codes of the asking department and of the
        licence's issuer. fields: everything asked for or claimed. holder: person or organisation.
    """

    __slots__ = (
        "arrived_at",
        "asking",
        "asking_division",
        "fields",
        "has_consent",
        "holder",
        "issuing",
        "issuing_division",
        "item",
        "legal_basis",
        "licence_type",
        "purpose",
        "use_kind",
    )

    def __init__(
        self,
        asking: str,
        issuing: str,
        asking_division: str,
        issuing_division: str,
        licence_type: str,
        item: str,
        use_kind: str,
        purpose: str,
        legal_basis: str,
        has_consent: bool,
        fields: tuple[str, ...],
        holder: str,
        arrived_at: int,
    ) -> None:
        self.asking = asking
        self.issuing = issuing
        self.asking_division = asking_division
        self.issuing_division = issuing_division
        self.licence_type = licence_type
        self.item = item
        self.use_kind = use_kind
        self.purpose = purpose
        self.legal_basis = legal_basis
        self.has_consent = has_consent
        self.fields = fields
        self.holder = holder
        self.arrived_at = arrived_at


def check_pair(book: Book, source: str, target: str) -> None:
    """Refuse an addressee we do not know, and a pair that never agreed anything."""
    if target not in book.regions:
        refuse_addressee()
    if (source, target) not in book.pairs:
        raise Refused(
            Reason.NO_AGREEMENT,
            f"{source} and {target} have no agreement",
            chinese=f"{source} 与 {target} 未签订互认协议",
        )


def refuse_addressee() -> NoReturn:
    """Refuse an addressee that the definitions do not know."""
    raise Refused(
        Reason.UNKNOWN_ADDRESSEE,
        "the target is not a region of these definitions",
        chinese="目标不是本网关定义中的节点",
    )


def rule_for(book: Book, question: Question) -> RecognitionRule:
    """The one rule that speaks on this question; raises `Refused` if none allows it."""
    at = question.arrived_at
    for placed in book.recognition_rules(
        question.asking, question.issuing, question.licence_type, question.item
    ):
        rule = placed.rule
        if (
            _in_force(rule.effective_from, rule.effective_to, at)
            and question.issuing_division.startswith(placed.issuing_prefixes)
            and question.asking_division.startswith(placed.recognising_prefixes)
        ):
            if rule.effect == "deny":
                raise Refused(
                    Reason.NOT_RECOGNISED,
                    f"the agreement excludes {question.licence_type} for {question.item} in this scope",
                    ref(rule),
                    chinese=f"协议在此范围内不认可将 {question.licence_type} 用于 {question.item}",
                )
            return rule
    raise Refused(
        Reason.NOT_RECOGNISED,
        f"no rule in force lets {question.asking} rely on {question.licence_type} "
        f"of {question.issuing} for {question.item}",
        chinese=f"没有生效的规则允许 {question.asking} 将 {question.issuing} 的 "
        f"{question.licence_type} 用于 {question.item}",
    )


def check_question(rule: RecognitionRule, question: Question) -> None:
    """Hold a question against the rule that speaks on it, quota aside."""
    if question.purpose not in rule.purposes:
        agreed = _listed(rule.purposes)
        raise Refused(
            Reason.PURPOSE_NOT_AGREED,
            f"the purpose is not agreed (agreed: {agreed})",
            ref(rule),
            chinese=f"用途不在约定之内 (约定: {agreed})",
        )
    _check_legal_basis(rule, question.legal_basis)
    if not rule.fields.issuperset(question.fields):
        _refuse_fields(question.fields, rule.fields, ref(rule))
    _check_consent(rule, question.legal_basis, question.has_consent)


def check_use(rule: RecognitionRule, question: Question) -> None:
    """Refuse a use kind that the rule does not list."""
    if question.use_kind not in rule.use_kinds:
        raise Refused(
            Reason.NOT_RECOGNISED,
            f"use kind {question.use_kind} is not agreed (agreed: {_listed(rule.use_kinds)})",
            ref(rule),
            chinese=f"用证方式 {question.use_kind} 不在约定之内 (约定: {_listed(rule.use_kinds)})",
        )


def check_holder(rule: RecognitionRule, question: Question) -> None:
    """Refuse a kind of holder that the rule does not speak of; a rule that lists none speaks of all."""
    if rule.holders and question.holder not in rule.holders:
        raise Refused(
            Reason.NOT_RECOGNISED,
            f"a licence held by a {question.holder} is not agreed (agreed: {_listed(rule.holders)})",
            ref(rule),
            chinese=f"持证主体 {question.holder} 不在约定之内 (约定: {_listed(rule.holders)})",
        )


def check_conditions(rule: RecognitionRule, facts: Facts) -> None:
    """Refuse a request that a condition of the rule does not hold for, or does not tell what it reads.

    Only for rules that have conditions on requests.
    """
    for number, condition in enumerate(rule.asked_when, start=1):
        values, missing = condition.values(facts)
        if missing is not None:
            raise Refused(
                Reason.NOT_RECOGNISED,
                f"condition {number} reads {missing}, which the request does not tell: {condition.text}",
                ref(rule),
                chinese=f"第 {number} 项条件需要 {missing}, 申请未提供: {condition.text}",
            )
        if not _holds(rule, condition, values):
            raise Refused(
                Reason.NOT_RECOGNISED,
                f"condition {number} does not hold: {condition.text}",
                ref(rule),
                chinese=f"第 {number} 项条件不成立: {condition.text}",
            )


def service_for(book: Book, receiving: str, deciding: str, item: str, arrived_at: int) -> ServiceRule:
    """The rule by which `deciding` decides this item for `receiving`; raises `Refused` if none does."""
    for rule in book.service_rules(receiving, deciding, item):
        if _in_force(rule.effective_from, rule.effective_to, arrived_at):
            return rule
    raise Refused(
        Reason.NOT_RECOGNISED,
        f"no rule in force lets {deciding} decide {item} for {receiving}",
        chinese=f"没有生效的规则允许 {deciding} 为 {receiving} 办理 {item}",
    )


def check_application(rule: ServiceRule, legal_basis: str, has_consent: bool) -> None:
    """Hold an application against its service rule, quota aside."""
    _check_legal_basis(rule, legal_basis)
    _check_consent(rule, legal_basis, has_consent)


def check_mode(rule: ServiceRule, mode: str) -> None:
    """Refuse a mode of handling that the rule does not list."""
    if mode not in rule.modes:
        raise Refused(
            Reason.NOT_RECOGNISED,
            f"mode {mode} is not agreed (agreed: {_listed(rule.modes)})",
            ref(rule),
            chinese=f"办理方式 {mode} 不在约定之内 (约定: {_listed(rule.modes)})",
        )


def check_quota(rule: RecognitionRule | ServiceRule, used: int, slots: int) -> None:
    """Refuse what goes beyond this slot's share of the rule's daily cap."""
    share = rule.daily_cap // slots
    if used >= share:
        raise Refused(
            Reason.OVER_QUOTA,
            f"the daily cap of {rule.daily_cap} ({share} per slot) is used up until midnight, Shanghai time",
            ref(rule),
            chinese=f"当日限额 {rule.daily_cap} 次 (每槽 {share} 次) 已用完, 次日零时 (北京时间) 恢复",
        )


def check_granted(fields: tuple[str, ...], granted: tuple[str, ...], rule_id: str, rule_version: int) -> None:
    """Refuse an answer that carries a field its request, under this rule, was not granted."""
    for field in fields:
        if field not in granted:
            _refuse_fields(fields, frozenset(granted), RuleRef(rule_id, rule_version))


def judge_answer(
    book: Book,
    rule: RecognitionRule,
    licence_state: str | None,
    trust_level: str,
    days_in_state: int | None,
    facts: Facts,
    at: int,
) -> tuple[str | None, RecognitionRule]:
    """Whether the licence an answer found is recognised: "yes", "no", "review", or None if it found none.

    rule: the version that granted the request. days_in_state: since the state began, if the answer says.
    Returns the version that says so too: the newer one where it is more favourable and the rule lets it.
    """
    if licence_state is None:
        return None, rule
    judged = _judged(rule, licence_state, trust_level, days_in_state, facts)
    if judged != YES and rule.running == FAVOURABLE:
        newer = book.version_in_force(rule.id, at)
        if newer is not None and newer.version != rule.version and newer.effect != "deny":
            other = _judged(newer, licence_state, trust_level, days_in_state, facts)
            if _FAVOUR[other] > _FAVOUR[judged]:
                return other, newer
    return judged, rule


def _judged(
    rule: RecognitionRule, licence_state: str, trust_level: str, days_in_state: int | None, facts: Facts
) -> str:
    if _TRUST_RANK[trust_level] > _TRUST_RANK[rule.least_trust]:
        return NO
    found = YES
    if not _accepts_state(rule, licence_state, days_in_state):
        if licence_state not in rule.review_states:
            return NO
        found = REVIEW
    for condition in rule.answered_when:
        values, missing = condition.values(facts)
        if missing is not None:
            if rule.missing_is == NO:
                return NO
            found = REVIEW
        elif not _holds(rule, condition, values):
            return NO
    return REVIEW if rule.effect == REVIEW else found


def _accepts_state(rule: RecognitionRule, licence_state: str, days_in_state: int | None) -> bool:
    """An expired licence is accepted as a valid one while its days of grace run."""
    if licence_state in rule.accepted_states:
        return True
    in_grace = days_in_state is not None and 0 <= days_in_state < rule.grace_days
    return licence_state == "EXPIRED" and in_grace and "VALID" in rule.accepted_states


def _holds(rule: RecognitionRule, condition: Condition, values: dict[str, object]) -> bool:
    """Run the compiled condition; whatever it raises is our fault, never the sender's."""
    try:
        return condition.program(values)
    except Exception as fault:
        raise Refused(
            Reason.RULE_FAULT,
            f"a condition of rule {ref(rule)} cannot be judged ({condition.place})",
            chinese=f"规则 {ref(rule)} 的条件无法判断 ({condition.place})",
        ) from fault


def ref(rule: RecognitionRule | ServiceRule) -> RuleRef:
    """How a decision names the rule that made it."""
    return RuleRef(rule.id, rule.version, rule.place)


def _in_force(effective_from: int, effective_to: int | None, at: int) -> bool:
    return effective_from <= at and (effective_to is None or at < effective_to)


def _check_legal_basis(rule: RecognitionRule | ServiceRule, legal_basis: str) -> None:
    if legal_basis not in rule.legal_bases:
        raise Refused(
            Reason.PURPOSE_NOT_AGREED,
            f"legal basis {legal_basis} is not agreed (agreed: {_listed(rule.legal_bases)})",
            ref(rule),
            chinese=f"依据 {legal_basis} 不在约定之内 (约定: {_listed(rule.legal_bases)})",
        )


def _refuse_fields(fields: tuple[str, ...], agreed: frozenset[str], rule: RuleRef) -> NoReturn:
    position = next(number for number, field in enumerate(fields, start=1) if field not in agreed)
    raise Refused(
        Reason.FIELD_NOT_AGREED,
        f"field {position} of {len(fields)} is not agreed (agreed: {_listed(agreed)})",
        rule,
        chinese=f"共 {len(fields)} 个字段, 第 {position} 个不在约定之内 (约定: {_listed(agreed)})",
    )


def _check_consent(rule: RecognitionRule | ServiceRule, legal_basis: str, has_consent: bool) -> None:
    if not has_consent and (rule.consent_required or legal_basis == "CONSENT"):
        raise Refused(
            Reason.CONSENT_MISSING,
            "a consent reference is required and none is given",
            ref(rule),
            chinese="需要授权凭证编号, 未提供",
        )


def _listed(names: frozenset[str]) -> str:
    return ", ".join(sorted(names))
