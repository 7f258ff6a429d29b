"""The examples of the agreements: what is asked, and what must come of it.

They are read here and run by those who have the rules; each knows its place, so that one that fails
is reported there.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from gateway.definition_files.codes import Code
from gateway.definition_files.entries import Entry
from gateway.definition_files.fields import (
    Date,
    Division,
    FieldName,
    Form,
    Holder,
    ItemRef,
    LegalBasis,
    LicenceState,
    LicenceTypeRef,
    Mode,
    Name,
    OneOf,
    PurposeRef,
    RegionRef,
    Sentence,
    TrustLevel,
    UseKind,
    midnight,
)
from gateway.definitions import NO, REVIEW, YES
from gateway.errors import Finding, Reason

Judged = Annotated[str, OneOf("recognised", (YES, NO, REVIEW))]
Outcome = Annotated[str, OneOf("outcome", ("delivered", "refused"))]
ReasonCode = Annotated[str, OneOf("reason", tuple(Reason))]


class RequestForm(Form):
    """A verification that is asked for."""

    asking: RegionRef = Field(alias="from", description="the region that asks (用证地)")
    issuing: RegionRef = Field(alias="to", description="the region that issued the licence (发证地)")
    licence_type: LicenceTypeRef = Field(description="the licence type")
    item: ItemRef = Field(description="the item the question is asked for")
    use_kind: UseKind = Field(description="how the licence is used (用证方式)")
    purpose: PurposeRef = Field(description="what for (用途)")
    legal_basis: LegalBasis = Field(description="on what legal basis (依据)")
    consent: bool = Field(description="whether a consent reference is given")
    fields: tuple[FieldName, ...] = Field(description="the fields that are asked for or claimed")
    on: Date = Field(description="the day it arrives, at 00:00 in Shanghai")
    asking_division: Division | None = Field(
        default=None, description="where the asking department sits; left out, the region"
    )
    issuing_division: Division | None = Field(
        default=None, description="where the licence was issued; left out, the region"
    )
    holder: Holder = Field(default="person", description="person (if left out) or organisation")
    claimed: dict[FieldName, Sentence] = Field(default={}, description="invented values to compare, by field")


class ApplicationForm(Form):
    """An application that is submitted."""

    receiving: RegionRef = Field(alias="from", description="the region that takes the papers (收件地)")
    deciding: RegionRef = Field(alias="to", description="the region with the legal power (办理地)")
    item: ItemRef = Field(description="the item applied for")
    mode: Mode = Field(description="how it is handled")
    legal_basis: LegalBasis = Field(description="on what legal basis (依据)")
    consent: bool = Field(description="whether a consent reference is given")
    on: Date = Field(description="the day it arrives, at 00:00 in Shanghai")


class AnswerForm(Form):
    """What the issuing region answers."""

    state: LicenceState = Field(description="the state of the licence")
    trust: TrustLevel = Field(description="the trust level of the information")
    returned: tuple[FieldName, ...] = Field(description="the fields that are returned")
    outcome: Sentence = Field(default="MATCH_VALID", description="what was found (verification-outcomes)")
    since: Date | None = Field(default=None, description="the first day of the state; left out, not told")
    on: Date | None = Field(default=None, description="the day it arrives; left out, that of the request")
    values: dict[FieldName, Sentence] = Field(default={}, description="invented values returned, by field")
    mismatched: tuple[FieldName, ...] = Field(default=(), description="claimed fields that differ")


class ExpectedForm(Form):
    """What must come of it."""

    outcome: Outcome = Field(description="delivered or refused")
    reason: ReasonCode | None = Field(default=None, description="the reason code of a refusal")
    rule: Name | None = Field(default=None, description="the id of the rule that decides; left out, any")
    recognised: Judged | None = Field(
        default=None, description="whether the answer is recognised: yes, no (in quotes) or review"
    )


class ExampleForm(Form):
    """One example: a request or an application, and what must come of it."""

    name: Sentence = Field(description="what the example shows, in a sentence")
    request: RequestForm | None = Field(default=None, description="a verification that is asked for")
    application: ApplicationForm | None = Field(default=None, description="an application that is submitted")
    expect: ExpectedForm = Field(description="what must come of it")
    answer: AnswerForm | None = Field(default=None, description="the answer, judged under the same rule")
    expect_answer: ExpectedForm | None = Field(default=None, description="what must come of the answer")


@dataclass(frozen=True)
class Request:
    """A verification as the rules see it. arrived_at: milliseconds since the epoch, UTC."""

    asking: str
    issuing: str
    licence_type: str
    item: str
    use_kind: str
    purpose: str
    legal_basis: str
    has_consent: bool
    fields: tuple[str, ...]
    arrived_at: int
    asking_division: str
    issuing_division: str
    holder: str = "person"
    claimed: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Application:
    """An application as the rules see it. arrived_at: milliseconds since the epoch, UTC."""

    receiving: str
    deciding: str
    item: str
    mode: str
    legal_basis: str
    has_consent: bool
    arrived_at: int


@dataclass(frozen=True)
class Answer:
    """An answer as the rules see it. since, arrived_at: milliseconds since the epoch, UTC."""

    state: str
    trust: str
    returned: tuple[str, ...]
    outcome: str = "MATCH_VALID"
    since: int | None = None
    arrived_at: int = 0
    values: tuple[tuple[str, str], ...] = ()
    mismatched: tuple[str, ...] = ()


@dataclass(frozen=True)
class Expected:
    """What must come of a question. A `rule` or `recognised` of None is not compared."""

    outcome: str
    reason: Reason | None
    rule: str | None
    recognised: str | None


@dataclass(frozen=True)
class Example:
    """One example of an agreement, and the entry to report if it does not hold.

    answer and expected_answer come together, behind a Request only.
    """

    entry: Entry[ExampleForm]
    name: str
    asked: Request | Application
    expected: Expected
    answer: Answer | None
    expected_answer: Expected | None

    @property
    def path(self) -> str:
        return self.entry.document.path

    @property
    def line(self) -> int:
        return self.entry.line

    def finding(self, message: str) -> Finding:
        return self.entry.finding(f'example "{self.name}": {message}', code=Code.EXAMPLE_FAILS)


def example(entry: Entry[ExampleForm], divisions: Mapping[str, str]) -> Example:
    """The plain value of an example that passed its checks."""
    form = entry.form
    return Example(
        entry=entry,
        name=form.name,
        asked=_asked(form, divisions),
        expected=_expected(form.expect),
        answer=_answer(form) if form.answer else None,
        expected_answer=_expected(form.expect_answer) if form.expect_answer else None,
    )


def _asked(form: ExampleForm, divisions: Mapping[str, str]) -> Request | Application:
    if form.request is not None:
        return _request(form.request, divisions)
    if form.application is not None:
        return _application(form.application)
    raise ValueError(f'example "{form.name}" asks nothing; check it first')


def _request(form: RequestForm, divisions: Mapping[str, str]) -> Request:
    return Request(
        asking=form.asking,
        issuing=form.issuing,
        licence_type=form.licence_type,
        item=form.item,
        use_kind=form.use_kind,
        purpose=form.purpose,
        legal_basis=form.legal_basis,
        has_consent=form.consent,
        fields=(*form.fields, *(field for field in form.claimed if field not in form.fields)),
        arrived_at=midnight(form.on),
        asking_division=form.asking_division or divisions[form.asking],
        issuing_division=form.issuing_division or divisions[form.issuing],
        holder=form.holder,
        claimed=tuple(form.claimed.items()),
    )


def _answer(form: ExampleForm) -> Answer:
    answer, request = form.answer, form.request
    assert answer is not None
    assert request is not None
    return Answer(
        state=answer.state,
        trust=answer.trust,
        returned=(*answer.returned, *(field for field in answer.values if field not in answer.returned)),
        outcome=answer.outcome,
        since=None if answer.since is None else midnight(answer.since),
        arrived_at=midnight(answer.on or request.on),
        values=tuple(answer.values.items()),
        mismatched=answer.mismatched,
    )


def _application(form: ApplicationForm) -> Application:
    return Application(
        receiving=form.receiving,
        deciding=form.deciding,
        item=form.item,
        mode=form.mode,
        legal_basis=form.legal_basis,
        has_consent=form.consent,
        arrived_at=midnight(form.on),
    )


def _expected(form: ExpectedForm) -> Expected:
    return Expected(
        outcome=form.outcome,
        reason=Reason(form.reason) if form.reason else None,
        rule=form.rule,
        recognised=form.recognised,
    )
