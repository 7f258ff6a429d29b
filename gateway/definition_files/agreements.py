"""The agreements: one file per pair of regions, both directions inside, with the examples that test it.

Here stands what a file looks like; what its rules become is in `rules`, whether they make sense for
`agreement_checks` to say.
"""

from dataclasses import dataclass
from typing import Annotated, Final

from pydantic import Field, WithJsonSchema

from gateway.definition_files.entries import Entry, Intake, listed, texts_in, without_lists
from gateway.definition_files.examples import ExampleForm
from gateway.definition_files.fields import (
    Count,
    Date,
    FieldName,
    Form,
    Holder,
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
    Written,
)
from gateway.definition_files.reading import Document
from gateway.definitions import ANY_ITEM, EFFECTS, EVIDENCE, FAVOURABLE, KEEP, NO, REVIEW

AnyItem = Annotated[str, NameOf("item", "regions/catalog/items.yaml", also=(ANY_ITEM,))]
Effect = Annotated[str, OneOf("effect", EFFECTS)]
Evidence = Annotated[str, OneOf("evidence", EVIDENCE)]
Running = Annotated[str, OneOf("running", (KEEP, FAVOURABLE))]
Missing = Annotated[str, OneOf("when_missing", (NO, REVIEW))]
Scope = Annotated[str, Written("scope", "[1-9][0-9]{5}|[a-z][a-z0-9-]{0,62}", "a division code, or a bloc")]

_WHY: Final = "one sentence: why this rule is as it is, or differs from other pairs'"
_DAILY_CAP: Final = "deliveries per Shanghai day of arrival, over all slots"


class RuleForm(Form):
    """What every rule has."""

    id: Name = Field(description="the rule's name in every decision; its versions share it, nobody else")
    version: Count = Field(description="raised with each change of the rule; the newest in force speaks")
    effective_from: Date = Field(description="the first day it is in force, from 00:00 in Shanghai")
    effective_to: Date | None = Field(default=None, description="the first day it is no longer in force")
    why: Sentence = Field(description=_WHY)
    agreed_on: Date | None = Field(default=None, description="the day it was agreed, else the agreement's")
    instrument: Name | None = Field(default=None, description="the legal instrument it rests on, by its id")


class RecognitionForm(RuleForm):
    """One region accepts what another issues (互认规则): what allowing and denying rules share."""

    recognising: RegionRef = Field(description="the region that relies on the licence (用证地)")
    issuing: RegionRef = Field(description="the region that issued it (发证地)")
    effect: Effect = Field(description="allow, deny or review (by a clerk); deny beats both at equal scope")
    recognising_scope: Scope | None = Field(
        default=None, description="who may rely: a division code or a bloc; left out, the whole region"
    )
    issuing_scope: Scope | None = Field(
        default=None, description="whose licences: a division code or a bloc; left out, the whole region"
    )
    licence_types: tuple[LicenceTypeRef, ...] = Field(min_length=1, description="the licence types")
    items: tuple[AnyItem, ...] = Field(min_length=1, description='the items, or "*" alone for any item')


class AllowForm(RecognitionForm):
    """A rule that allows, or leaves to a clerk, within these limits."""

    effect: Annotated[Effect, WithJsonSchema({"enum": ["allow", "review"]})] = Field(
        description="allow: recognised; review: a clerk of the asking region decides (人工复核)"
    )
    use_kinds: tuple[UseKind, ...] = Field(min_length=1, description="how a licence may be used (用证方式)")
    purposes: tuple[PurposeRef, ...] = Field(min_length=1, description="what for (用途)")
    legal_bases: tuple[LegalBasis, ...] = Field(min_length=1, description="on what legal basis (依据)")
    fields: tuple[FieldName, ...] = Field(min_length=1, description="the fields that may be asked and move")
    consent_required: bool = Field(description="whether a consent reference is needed on any legal basis")
    least_trust: TrustLevel = Field(description="the lowest trust level that is recognised")
    accepted_states: tuple[LicenceState, ...] = Field(min_length=1, description="the states recognised")
    answer_within_seconds: int = Field(ge=1, le=7_776_000, description="how long the answer may take")
    daily_cap: Count = Field(description=_DAILY_CAP)
    holders: tuple[Holder, ...] = Field(default=(), description="whose licences; left out, every holder's")
    review_states: tuple[LicenceState, ...] = Field(default=(), description="states left to a clerk")
    grace_days: int = Field(default=0, ge=0, le=3660, description="days an expired licence counts as valid")
    evidence: tuple[Evidence, ...] = Field(
        default=(), description="what the asking side may keep; left out, what its use kinds leave"
    )
    running: Running = Field(default=KEEP, description="the version by which running cases are judged")
    when: tuple[Sentence, ...] = Field(default=(), description="conditions in CEL; all of them must hold")
    when_missing: Missing = Field(
        default=NO, description="what an answer without a value that a condition reads is: no or review"
    )
    one_sided: Sentence | None = Field(
        default=None, description="why the other direction has no such rule, where it has none"
    )


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


class InstrumentForm(Form):
    """A legal instrument that rules rest on (法律依据)."""

    id: Name = Field(description="the name rules use")
    chinese: Sentence = Field(description="in Chinese, with its article")
    english: Sentence = Field(description="in English, with its article")
    lapses_on: Date | None = Field(default=None, description="the first day it is no longer in force")


class TitleForm(Form):
    """The title of an agreement."""

    chinese: Sentence = Field(description="in Chinese")
    english: Sentence = Field(description="in English")


class AgreementForm(Form):
    """What two regions agreed, both directions (互认协议)."""

    regions: tuple[RegionRef, ...] = Field(
        min_length=2, max_length=2, description="the two regions, in alphabetical order"
    )
    version: Count = Field(default=1, description="raised with each change of this file; signed with it")
    title: TitleForm = Field(description="the title of the agreement")
    basis: Sentence = Field(description="the legal instruments behind it, with their marks")
    agreed_on: Date | None = Field(default=None, description="the day it was agreed; a rule may name its own")
    instruments: tuple[InstrumentForm, ...] = Field(default=(), description="the instruments rules rest on")
    recognition: tuple[AllowForm | DenyForm, ...] = Field(description="who accepts whose licences")
    services: tuple[ServiceForm, ...] = Field(description="who decides what for whom")
    examples: tuple[ExampleForm, ...] = Field(description="the agreement's tests")


@dataclass(frozen=True)
class AgreementFile:
    """The parts of an agreement that fit their forms; `head` has none of the lists.

    rule_ids: of all rules, also of those that are wrong in something else.
    has_examples: also if they are wrong.
    """

    rule_ids: frozenset[str]
    has_examples: bool
    head: Entry[AgreementForm] | None
    recognition: tuple[Entry[RecognitionForm], ...]
    services: tuple[Entry[ServiceForm], ...]
    examples: tuple[Entry[ExampleForm], ...]


def read(document: Document, intake: Intake) -> AgreementFile:
    return AgreementFile(
        rule_ids=frozenset((*texts_in(document, "recognition", "id"), *texts_in(document, "services", "id"))),
        has_examples=bool(listed(document, "examples")),
        head=intake.one(without_lists(document, "recognition", "services", "examples"), AgreementForm),
        recognition=intake.each(document, "recognition", RecognitionForm, kind=_rule_kind),
        services=intake.each(document, "services", ServiceForm),
        examples=intake.each(document, "examples", ExampleForm),
    )


def _rule_kind(value: object) -> type[RecognitionForm]:
    if not isinstance(value, dict) or value.get("effect") in ("allow", "review"):
        return AllowForm
    return DenyForm if value.get("effect") == "deny" or "fields" not in value else AllowForm
