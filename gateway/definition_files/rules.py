"""From the forms of an agreement to its plain rules: scopes become divisions, conditions are compiled."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TypeVar

from gateway.definition_files.agreements import (
    AgreementFile,
    AgreementForm,
    AllowForm,
    InstrumentForm,
    RecognitionForm,
    ServiceForm,
)
from gateway.definition_files.conditions import compiled
from gateway.definition_files.entries import Entry
from gateway.definition_files.fields import midnight
from gateway.definition_files.regions import covers
from gateway.definitions import (
    EVIDENCE_OF,
    TRUST_LEVELS,
    Agreement,
    Instrument,
    ItemName,
    LicenceTypeName,
    PurposeName,
    RecognitionRule,
    Region,
    RegionName,
    RuleId,
    ServiceRule,
)
from gateway.definitions.conditions import AT_ANSWER, AT_REQUEST

R = TypeVar("R", RecognitionRule, ServiceRule)


@dataclass(frozen=True)
class Known:
    """What rules are built from beside their own file: regions, blocs, and the fields of licence types."""

    regions: Mapping[RegionName, Region]
    blocs: Mapping[str, tuple[str, ...]]
    kinds: Mapping[str, Mapping[str, str]]


def agreement(
    head: AgreementForm, file: AgreementFile, known: Known, signed_by: tuple[RegionName, ...] = ()
) -> Agreement:
    """The plain value of an agreement; a scope that is left out is the region's whole division."""
    first, second = head.regions
    return Agreement(
        regions=(RegionName(first), RegionName(second)),
        recognition=_replaced(tuple(_recognition_rule(rule, known) for rule in file.recognition)),
        services=_replaced(tuple(_service_rule(rule) for rule in file.services)),
        instruments=tuple(_instrument(form) for form in head.instruments),
        version=head.version,
        signed_by=signed_by,
    )


def _replaced(rules: tuple[R, ...]) -> tuple[R, ...]:
    """A version ends at the latest when the next one of its id begins."""
    next_begins: dict[str, int] = {}
    ended: dict[int, R] = {}
    for index, rule in sorted(enumerate(rules), key=lambda one: -one[1].version):
        ends = [end for end in (rule.effective_to, next_begins.get(rule.id)) if end is not None]
        end = min(ends, default=None)
        ended[index] = rule if end == rule.effective_to else replace(rule, effective_to=end)
        next_begins[rule.id] = rule.effective_from
    return tuple(ended[index] for index in range(len(rules)))


def scope_of(written: str | None, region: Region, blocs: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """The divisions a scope stands for: of a bloc, the members that lie in the region."""
    if written is None:
        return (region.division,)
    if written[0].isdecimal():
        return (written,)
    return tuple(division for division in blocs[written] if covers(region.division, division))


def _recognition_rule(rule: Entry[RecognitionForm], known: Known) -> RecognitionRule:
    form = rule.form
    recognising, issuing = RegionName(form.recognising), RegionName(form.issuing)
    plain = RecognitionRule(
        id=RuleId(form.id),
        version=form.version,
        recognising=recognising,
        issuing=issuing,
        effect=form.effect,
        effective_from=midnight(form.effective_from),
        effective_to=None if form.effective_to is None else midnight(form.effective_to),
        recognising_scope=scope_of(form.recognising_scope, known.regions[recognising], known.blocs),
        issuing_scope=scope_of(form.issuing_scope, known.regions[issuing], known.blocs),
        licence_types=frozenset(map(LicenceTypeName, form.licence_types)),
        items=frozenset(map(ItemName, form.items)),
        use_kinds=frozenset(),
        purposes=frozenset(),
        legal_bases=frozenset(),
        fields=frozenset(),
        consent_required=False,
        least_trust=TRUST_LEVELS[0],
        accepted_states=frozenset(),
        answer_within_seconds=0,
        daily_cap=0,
        instrument=form.instrument or "",
        place=f"{rule.document.path}:{rule.line}",
    )
    return _with_limits(plain, rule, form, known) if isinstance(form, AllowForm) else plain


def _with_limits(
    plain: RecognitionRule, rule: Entry[RecognitionForm], form: AllowForm, known: Known
) -> RecognitionRule:
    kinds = kinds_of(form.licence_types, known.kinds)
    conditions = [compiled(text, kinds, place_of(rule, index)) for index, text in enumerate(form.when)]
    return replace(
        plain,
        use_kinds=frozenset(form.use_kinds),
        purposes=frozenset(map(PurposeName, form.purposes)),
        legal_bases=frozenset(form.legal_bases),
        fields=frozenset(form.fields),
        consent_required=form.consent_required,
        least_trust=form.least_trust,
        accepted_states=frozenset(form.accepted_states),
        answer_within_seconds=form.answer_within_seconds,
        daily_cap=form.daily_cap,
        holders=frozenset(form.holders),
        review_states=frozenset(form.review_states),
        grace_days=form.grace_days,
        evidence=frozenset(form.evidence or (EVIDENCE_OF[kind] for kind in form.use_kinds)),
        running=form.running,
        asked_when=tuple(one for one in conditions if one.stage == AT_REQUEST),
        answered_when=tuple(one for one in conditions if one.stage == AT_ANSWER),
        missing_is=form.when_missing,
        one_sided=form.one_sided or "",
    )


def place_of(rule: Entry[RecognitionForm], index: int) -> str:
    """Where a condition stands, file:line."""
    return f"{rule.document.path}:{rule.place('when', index).line}"


def kinds_of(licence_types: tuple[str, ...], kinds: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    """The fields that all of these licence types have, each of the same kind in all of them."""
    first, *others = [kinds.get(name, {}) for name in licence_types]
    return {field: kind for field, kind in first.items() if all(one.get(field) == kind for one in others)}


def _instrument(form: InstrumentForm) -> Instrument:
    lapses_at = None if form.lapses_on is None else midnight(form.lapses_on)
    return Instrument(form.id, form.chinese, form.english, lapses_at)


def _service_rule(rule: Entry[ServiceForm]) -> ServiceRule:
    form = rule.form
    return ServiceRule(
        id=RuleId(form.id),
        version=form.version,
        receiving=RegionName(form.receiving),
        deciding=RegionName(form.deciding),
        effective_from=midnight(form.effective_from),
        effective_to=None if form.effective_to is None else midnight(form.effective_to),
        items=frozenset(map(ItemName, form.items)),
        modes=frozenset(form.modes),
        legal_bases=frozenset(form.legal_bases),
        consent_required=form.consent_required,
        daily_cap=form.daily_cap,
        place=f"{rule.document.path}:{rule.line}",
    )
