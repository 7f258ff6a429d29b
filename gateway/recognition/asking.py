"""Whether a rule lets a question or an application pass: the checks, each in one place."""

from typing import NoReturn

from gateway.definitions import RecognitionRule, ServiceRule
from gateway.definitions.book import Book
from gateway.definitions.conditions import Facts
from gateway.errors import Reason, Refused
from gateway.recognition.questions import Question
from gateway.recognition.refusing import holds, listed, ref, refuse_fields


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
        agreed = listed(rule.purposes)
        raise Refused(
            Reason.PURPOSE_NOT_AGREED,
            f"the purpose is not agreed (agreed: {agreed})",
            ref(rule),
            chinese=f"用途不在约定之内（约定：{agreed}）",
        )
    _check_legal_basis(rule, question.legal_basis)
    if not rule.fields.issuperset(question.fields):
        refuse_fields(question.fields, rule.fields, ref(rule))
    _check_consent(rule, question.legal_basis, question.has_consent)


def check_use(rule: RecognitionRule, question: Question) -> None:
    """Refuse a use kind that the rule does not list."""
    if question.use_kind not in rule.use_kinds:
        raise Refused(
            Reason.NOT_RECOGNISED,
            f"use kind {question.use_kind} is not agreed (agreed: {listed(rule.use_kinds)})",
            ref(rule),
            chinese=f"用证方式 {question.use_kind} 不在约定之内（约定：{listed(rule.use_kinds)}）",
        )


def check_holder(rule: RecognitionRule, question: Question) -> None:
    """Refuse a kind of holder that the rule does not speak of; a rule that lists none speaks of all."""
    if rule.holders and question.holder not in rule.holders:
        raise Refused(
            Reason.NOT_RECOGNISED,
            f"a licence held by a {question.holder} is not agreed (agreed: {listed(rule.holders)})",
            ref(rule),
            chinese=f"持证主体 {question.holder} 不在约定之内（约定：{listed(rule.holders)}）",
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
                chinese=f"第 {number} 项条件需要 {missing}，申请未提供：{condition.text}",
            )
        if not holds(rule, condition, values):
            raise Refused(
                Reason.NOT_RECOGNISED,
                f"condition {number} does not hold: {condition.text}",
                ref(rule),
                chinese=f"第 {number} 项条件不成立：{condition.text}",
            )


def granting(book: Book, question: Question, facts: Facts) -> RecognitionRule:
    """The rule that lets a request pass, quota aside: that is counted by the line, in a slot.

    facts: of the question. Raises `Refused` if no rule does.
    """
    check_pair(book, question.asking, question.issuing)
    rule = rule_for(book, question)
    check_question(rule, question)
    check_use(rule, question)
    check_holder(rule, question)
    check_conditions(rule, facts)
    return rule


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
            f"mode {mode} is not agreed (agreed: {listed(rule.modes)})",
            ref(rule),
            chinese=f"办理方式 {mode} 不在约定之内（约定：{listed(rule.modes)}）",
        )


def granting_service(
    book: Book,
    receiving: str,
    deciding: str,
    item: str,
    mode: str,
    legal_basis: str,
    has_consent: bool,
    arrived_at: int,
) -> ServiceRule:
    """The rule that lets an application pass, quota aside. Raises `Refused` if none does."""
    check_pair(book, receiving, deciding)
    rule = service_for(book, receiving, deciding, item, arrived_at)
    check_application(rule, legal_basis, has_consent)
    check_mode(rule, mode)
    return rule


def check_quota(rule: RecognitionRule | ServiceRule, used: int, slots: int) -> None:
    """Refuse what goes beyond this slot's share of the rule's daily cap."""
    share = rule.daily_cap // slots
    if used >= share:
        raise Refused(
            Reason.OVER_QUOTA,
            f"the daily cap of {rule.daily_cap} ({share} per slot) is used up until midnight, Shanghai time",
            ref(rule),
            chinese=f"当日限额 {rule.daily_cap} 次（每槽 {share} 次）已用完，次日零时（北京时间）恢复",
        )


def _in_force(effective_from: int, effective_to: int | None, at: int) -> bool:
    return effective_from <= at and (effective_to is None or at < effective_to)


def _check_legal_basis(rule: RecognitionRule | ServiceRule, legal_basis: str) -> None:
    if legal_basis not in rule.legal_bases:
        raise Refused(
            Reason.PURPOSE_NOT_AGREED,
            f"legal basis {legal_basis} is not agreed (agreed: {listed(rule.legal_bases)})",
            ref(rule),
            chinese=f"依据 {legal_basis} 不在约定之内（约定：{listed(rule.legal_bases)}）",
        )


def _check_consent(rule: RecognitionRule | ServiceRule, legal_basis: str, has_consent: bool) -> None:
    if not has_consent and (rule.consent_required or legal_basis == "CONSENT"):
        raise Refused(
            Reason.CONSENT_MISSING,
            "a consent reference is required and none is given",
            ref(rule),
            chinese="需要授权凭证编号，未提供",
        )
