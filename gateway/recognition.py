"""What an agreement allows (互认规则): deny by default.

A question is judged by the one rule whose scope fits it most closely: a named item before any item,
then the narrower issuing scope, then the narrower recognising scope; deny beats allow at equal scope.
The checks of that rule run in the fixed order purpose, fields, consent, quota, use kind.
The answer is judged under the rule that its request was granted by.
"""

from typing import Final, NoReturn

from mypy_extensions import mypyc_attr

from gateway.definitions import TRUST_LEVELS, RecognitionRule, ServiceRule
from gateway.definitions.book import Book
from gateway.errors import Reason, Refused, RuleRef

_TRUST_RANK: Final = {level: rank for rank, level in enumerate(TRUST_LEVELS)}


@mypyc_attr(acyclic=True)
class Question:
    """A verification as the rules see it: no names, no values.

    asking_division, issuing_division: 6-digit division codes of the asking department and of the
        licence's issuer. fields: everything asked for or claimed.
    """

    __slots__ = (
        "arrived_at",
        "asking",
        "asking_division",
        "fields",
        "has_consent",
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
        self.arrived_at = arrived_at


def check_pair(book: Book, source: str, target: str) -> None:
    """Refuse an addressee we do not know, and a pair that never agreed anything."""
    if target not in book.regions:
        raise Refused(Reason.UNKNOWN_ADDRESSEE, "the target is not a region of these definitions")
    if (source, target) not in book.pairs:
        raise Refused(Reason.NO_AGREEMENT, f"{source} and {target} have no agreement")


def rule_for(book: Book, question: Question) -> RecognitionRule:
    """The one rule that speaks on this question; raises `Refused` if none allows it."""
    at = question.arrived_at
    for placed in book.recognition_rules(
        question.asking, question.issuing, question.licence_type, question.item
    ):
        rule = placed.rule
        if (
            _in_force(rule.effective_from, rule.effective_to, at)
            and question.issuing_division.startswith(placed.issuing_prefix)
            and question.asking_division.startswith(placed.recognising_prefix)
        ):
            if not rule.allows:
                raise Refused(
                    Reason.NOT_RECOGNISED,
                    f"the agreement excludes {question.licence_type} for {question.item} in this scope",
                    ref(rule),
                )
            return rule
    raise Refused(
        Reason.NOT_RECOGNISED,
        f"no rule in force lets {question.asking} rely on {question.licence_type} "
        f"of {question.issuing} for {question.item}",
    )


def check_question(rule: RecognitionRule, question: Question) -> None:
    """Hold a question against the rule that speaks on it, quota aside."""
    if question.purpose not in rule.purposes:
        agreed = _listed(rule.purposes)
        raise Refused(Reason.PURPOSE_NOT_AGREED, f"the purpose is not agreed (agreed: {agreed})", ref(rule))
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
        )


def service_for(book: Book, receiving: str, deciding: str, item: str, arrived_at: int) -> ServiceRule:
    """The rule by which `deciding` decides this item for `receiving`; raises `Refused` if none does."""
    for rule in book.service_rules(receiving, deciding, item):
        if _in_force(rule.effective_from, rule.effective_to, arrived_at):
            return rule
    raise Refused(Reason.NOT_RECOGNISED, f"no rule in force lets {deciding} decide {item} for {receiving}")


def check_application(rule: ServiceRule, legal_basis: str, has_consent: bool) -> None:
    """Hold an application against its service rule, quota aside."""
    _check_legal_basis(rule, legal_basis)
    _check_consent(rule, legal_basis, has_consent)


def check_mode(rule: ServiceRule, mode: str) -> None:
    """Refuse a mode of handling that the rule does not list."""
    if mode not in rule.modes:
        raise Refused(
            Reason.NOT_RECOGNISED, f"mode {mode} is not agreed (agreed: {_listed(rule.modes)})", ref(rule)
        )


def check_quota(rule: RecognitionRule | ServiceRule, used: int, slots: int) -> None:
    """Refuse what goes beyond this slot's share of the rule's daily cap."""
    share = rule.daily_cap // slots
    if used >= share:
        raise Refused(
            Reason.OVER_QUOTA,
            f"the daily cap of {rule.daily_cap} ({share} per slot) is used up until midnight, Shanghai time",
            ref(rule),
        )


def check_granted(fields: tuple[str, ...], granted: tuple[str, ...], rule_id: str, rule_version: int) -> None:
    """Refuse an answer that carries a field its request, under this rule, was not granted."""
    for field in fields:
        if field not in granted:
            _refuse_fields(fields, frozenset(granted), RuleRef(rule_id, rule_version))


def is_recognised(rule: RecognitionRule, licence_state: str | None, trust_level: str) -> bool | None:
    """Whether the rule accepts what the answer found; None if it found no licence."""
    if licence_state is None:
        return None
    trusted = _TRUST_RANK[trust_level] <= _TRUST_RANK[rule.least_trust]
    return trusted and licence_state in rule.accepted_states


def ref(rule: RecognitionRule | ServiceRule) -> RuleRef:
    """How a decision names the rule that made it."""
    return RuleRef(rule.id, rule.version)


def _in_force(effective_from: int, effective_to: int | None, at: int) -> bool:
    return effective_from <= at and (effective_to is None or at < effective_to)


def _check_legal_basis(rule: RecognitionRule | ServiceRule, legal_basis: str) -> None:
    if legal_basis not in rule.legal_bases:
        raise Refused(
            Reason.PURPOSE_NOT_AGREED,
            f"legal basis {legal_basis} is not agreed (agreed: {_listed(rule.legal_bases)})",
            ref(rule),
        )


def _refuse_fields(fields: tuple[str, ...], agreed: frozenset[str], rule: RuleRef) -> NoReturn:
    position = next(number for number, field in enumerate(fields, start=1) if field not in agreed)
    raise Refused(
        Reason.FIELD_NOT_AGREED,
        f"field {position} of {len(fields)} is not agreed (agreed: {_listed(agreed)})",
        rule,
    )


def _check_consent(rule: RecognitionRule | ServiceRule, legal_basis: str, has_consent: bool) -> None:
    if not has_consent and (rule.consent_required or legal_basis == "CONSENT"):
        raise Refused(Reason.CONSENT_MISSING, "a consent reference is required and none is given", ref(rule))


def _listed(names: frozenset[str]) -> str:
    return ", ".join(sorted(names))
