"""The agreements: one file per pair of regions, both directions inside, with the examples that test it.

Here stands what a file looks like and what it becomes; whether it makes sense is for `agreement_checks`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Final

from pydantic import Field, WithJsonSchema

from gateway.definition_files.entries import Entry, Intake, texts_in, without_lists
from gateway.definition_files.examples import ExampleForm
from gateway.definition_files.fields import (
    Count,
    Date,
    Division,
    FieldName,
    Form,
    ItemRef,
    LegalBasis,
    LicenceState,
    LicenceTypeRef,
    Mode,
    Name,
    NameOf,
    OneOf,
    PurposeRef,
    RegionRef,
    Sentence,
    TrustLevel,
    UseKind,
    midnight,
)
from gateway.definition_files.reading import Document
from gateway.definitions import (
    ANY_ITEM,
    TRUST_LEVELS,
    Agreement,
    ItemName,
    LicenceTypeName,
    PurposeName,
    RecognitionRule,
    Region,
    RegionName,
    RuleId,
    ServiceRule,
)

AnyItem = Annotated[str, NameOf("item", "regions/catalog/items.yaml", also=(ANY_ITEM,))]
Effect = Annotated[str, OneOf("effect", ("allow", "deny"))]

_WHY: Final = "one sentence: why this rule is as it is, or differs from other pairs'"
_DAILY_CAP: Final = "deliveries per Shanghai day of arrival, over all slots"


class RuleForm(Form):
    """What every rule has."""

    id: Name = Field(description="the rule's name in every decision; unique over all agreements")
    version: Count = Field(description="raised with each change of the rule")
    effective_from: Date = Field(description="the first day it is in force, from 00:00 in Shanghai")
    effective_to: Date | None = Field(default=None, description="the first day it is no longer in force")
    why: Sentence = Field(description=_WHY)


class RecognitionForm(RuleForm):
    """One region accepts what another issues (互认规则): what allowing and denying rules share."""

    recognising: RegionRef = Field(description="the region that relies on the licence (用证地)")
    issuing: RegionRef = Field(description="the region that issued it (发证地)")
    effect: Effect = Field(description="allow or deny; deny beats allow at equal scope")
    recognising_scope: Division | None = Field(
        default=None, description="who may rely: a division code; left out, the whole region"
    )
    issuing_scope: Division | None = Field(
        default=None, description="whose licences: a division code; left out, the whole region"
    )
    licence_types: tuple[LicenceTypeRef, ...] = Field(min_length=1, description="the licence types")
    items: tuple[AnyItem, ...] = Field(min_length=1, description='the items, or "*" alone for any item')


class AllowForm(RecognitionForm):
    """A rule that allows, within these limits."""

    effect: Annotated[Effect, WithJsonSchema({"const": "allow"})] = Field(description="allow")
    use_kinds: tuple[UseKind, ...] = Field(min_length=1, description="how a licence may be used (用证方式)")
    purposes: tuple[PurposeRef, ...] = Field(min_length=1, description="what for (用途)")
    legal_bases: tuple[LegalBasis, ...] = Field(min_length=1, description="on what legal basis (依据)")
    fields: tuple[FieldName, ...] = Field(min_length=1, description="the fields that may be asked and move")
    consent_required: bool = Field(description="whether a consent reference is needed on any legal basis")
    least_trust: TrustLevel = Field(description="the lowest trust level that is recognised")
    accepted_states: tuple[LicenceState, ...] = Field(min_length=1, description="the states recognised")
    answer_within_seconds: int = Field(ge=1, le=7_776_000, description="how long the answer may take")
    daily_cap: Count = Field(description=_DAILY_CAP)


class DenyForm(RecognitionForm):
    """A rule that takes something out of a wider rule."""

    effect: Annotated[Effect, WithJsonSchema({"const": "deny"})] = Field(description="deny")


class ServiceForm(RuleForm):
    """One region takes applications that another decides (跨省通办)."""

    receiving: RegionRef = Field(description="the region that takes the papers (收件地)")
    deciding: RegionRef = Field(description="the region with the legal power (办理地)")
    items: tuple[ItemRef, ...] = Field(min_length=1, description="the items")
    modes: tuple[Mode, ...] = Field(min_length=1, description="how they are handled")
    legal_bases: tuple[LegalBasis, ...] = Field(min_length=1, description="on what legal basis (依据)")
    consent_required: bool = Field(description="whether a consent reference is needed on any legal basis")
    daily_cap: Count = Field(description=_DAILY_CAP)


class TitleForm(Form):
    """The title of an agreement."""

    chinese: Sentence = Field(description="in Chinese")
    english: Sentence = Field(description="in English")


class AgreementForm(Form):
    """What two regions agreed, both directions (互认协议)."""

    regions: tuple[RegionRef, ...] = Field(
        min_length=2, max_length=2, description="the two regions, in alphabetical order"
    )
    title: TitleForm = Field(description="the title of the agreement")
    basis: Sentence = Field(description="the legal instruments behind it, with their marks")
    recognition: tuple[AllowForm | DenyForm, ...] = Field(description="who accepts whose licences")
    services: tuple[ServiceForm, ...] = Field(description="who decides what for whom")
    examples: tuple[ExampleForm, ...] = Field(description="the agreement's tests")


@dataclass(frozen=True)
class AgreementFile:
    """The parts of an agreement that fit their forms; `head` has none of the lists.

    rule_ids: of all rules, also of those that are wrong in something else.
    """

    rule_ids: frozenset[str]
    head: Entry[AgreementForm] | None
    recognition: tuple[Entry[RecognitionForm], ...]
    services: tuple[Entry[ServiceForm], ...]
    examples: tuple[Entry[ExampleForm], ...]


def read(document: Document, intake: Intake) -> AgreementFile:
    return AgreementFile(
        rule_ids=frozenset((*texts_in(document, "recognition", "id"), *texts_in(document, "services", "id"))),
        head=intake.one(without_lists(document, "recognition", "services", "examples"), AgreementForm),
        recognition=intake.each(document, "recognition", RecognitionForm, kind=_rule_kind),
        services=intake.each(document, "services", ServiceForm),
        examples=intake.each(document, "examples", ExampleForm),
    )


def _rule_kind(value: object) -> type[RecognitionForm]:
    if not isinstance(value, dict) or value.get("effect") == "allow":
        return AllowForm
    return DenyForm if value.get("effect") == "deny" or "fields" not in value else AllowForm


def agreement(head: AgreementForm, file: AgreementFile, regions: Mapping[RegionName, Region]) -> Agreement:
    """The plain value of an agreement; a scope that is left out is the region's whole division."""
    first, second = head.regions
    return Agreement(
        regions=(RegionName(first), RegionName(second)),
        recognition=tuple(_recognition_rule(rule.form, regions) for rule in file.recognition),
        services=tuple(_service_rule(rule.form) for rule in file.services),
    )


def _recognition_rule(form: RecognitionForm, regions: Mapping[RegionName, Region]) -> RecognitionRule:
    recognising, issuing = RegionName(form.recognising), RegionName(form.issuing)
    allowed = form if isinstance(form, AllowForm) else None
    return RecognitionRule(
        id=RuleId(form.id),
        version=form.version,
        recognising=recognising,
        issuing=issuing,
        allows=allowed is not None,
        effective_from=midnight(form.effective_from),
        effective_to=None if form.effective_to is None else midnight(form.effective_to),
        recognising_scope=form.recognising_scope or regions[recognising].division,
        issuing_scope=form.issuing_scope or regions[issuing].division,
        licence_types=frozenset(map(LicenceTypeName, form.licence_types)),
        items=frozenset(map(ItemName, form.items)),
        use_kinds=frozenset(allowed.use_kinds if allowed else ()),
        purposes=frozenset(map(PurposeName, allowed.purposes if allowed else ())),
        legal_bases=frozenset(allowed.legal_bases if allowed else ()),
        fields=frozenset(allowed.fields if allowed else ()),
        consent_required=allowed.consent_required if allowed else False,
        least_trust=allowed.least_trust if allowed else TRUST_LEVELS[0],
        accepted_states=frozenset(allowed.accepted_states if allowed else ()),
        answer_within_seconds=allowed.answer_within_seconds if allowed else 0,
        daily_cap=allowed.daily_cap if allowed else 0,
    )


def _service_rule(form: ServiceForm) -> ServiceRule:
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
    )
