"""The cases of a forms.yaml, its tests: what a platform says, what it means, and how that comes back.

They are run by the same functions that translate on the line, so a table that does something else than
its region meant is a finding before it decides anything.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Annotated, Final

from pydantic import Field

from gateway import forms
from gateway.cases import STATES
from gateway.codec import (
    ApplicationProgressed,
    ApplicationSubmitted,
    Claim,
    Event,
    LicenceVerificationAnswered,
    LicenceVerificationRequested,
    Material,
    Value,
)
from gateway.definition_files.codes import Code
from gateway.definition_files.entries import Entry
from gateway.definition_files.fields import (
    Division,
    Form,
    LicenceState,
    LicenceTypeRef,
    OneOf,
    Sentence,
    Written,
)
from gateway.definitions.forms import Forms
from gateway.errors import Finding, Reason, Refused

ANSWERED: Final = "licence-verification-answered"
Said = dict[str, object]
"""What an event says, as far as it can be translated; what it leaves out is not there."""

Contract = Annotated[str, OneOf("contract", tuple(forms.TRANSLATED))]
LicenceCode = Annotated[
    str, Written("state code", "[0-9A-Za-z_-]{1,32}", 'letters, digits, "_" and "-", at most 32')
]
ApplicationCode = Annotated[
    str, Written("state code", "[0-9A-Za-z_-]{1,16}", 'letters, digits, "_" and "-", at most 16')
]
ApplicationState = Annotated[str, OneOf("application state", tuple(STATES))]
RefusedWith = Annotated[
    str, OneOf("reason", (Reason.BAD_ENUM.value, Reason.OUT_OF_RANGE.value, Reason.DUPLICATE_KEY.value))
]


class SaidForm(Form):
    """What an event says, as far as it can be translated."""

    item: str | None = Field(default=None, description="item")
    licence_type: str | None = Field(default=None, description="licence_type")
    fields: tuple[str, ...] | None = Field(default=None, description="fields")
    claims: dict[str, str] | None = Field(default=None, description="claims: value by field")
    matched: tuple[str, ...] | None = Field(default=None, description="matched")
    mismatched: tuple[str, ...] | None = Field(default=None, description="mismatched")
    returned: dict[str, str] | None = Field(default=None, description="returned: value by field")
    raw_state: LicenceCode | None = Field(default=None, description="raw_state")
    licence_state: LicenceState | None = Field(default=None, description="licence_state")
    division: Division | None = Field(default=None, description="division")
    materials: tuple[str, ...] | None = Field(default=None, description="the licence types of materials")
    original_code: ApplicationCode | None = Field(default=None, description="original_code")
    state: ApplicationState | None = Field(default=None, description="state")


class CaseForm(Form):
    """One case: what the region's platform says, what it means, and how that comes back to the region."""

    name: Sentence = Field(description="what the case shows, in a sentence")
    contract: Contract = Field(description="the contract of the event")
    licence_type: LicenceTypeRef | None = Field(
        default=None, description="for an answer: the licence type of its request, by its common name"
    )
    local: SaidForm = Field(description="as the region's platform writes it")
    common: SaidForm | None = Field(default=None, description="the same in the common form")
    back: SaidForm | None = Field(
        default=None, description="the common form as it is delivered to the region; left out, `local`"
    )
    refused: RefusedWith | None = Field(default=None, description="in place of common: the reason code")


KEYS: Final[Mapping[str, tuple[str, ...]]] = {
    "licence-verification-requested": ("item", "licence_type", "fields", "claims"),
    ANSWERED: ("matched", "mismatched", "returned", "raw_state", "licence_state"),
    "application-submitted": ("item", "division", "materials"),
    "application-progressed": ("original_code", "state"),
}
"""What events of each contract say that can be translated."""
ALWAYS: Final[Mapping[str, tuple[str, ...]]] = {
    "licence-verification-requested": ("item", "licence_type"),
    ANSWERED: (),
    "application-submitted": ("item", "division"),
    "application-progressed": ("state",),
}
"""What each of these events says."""
_MEANT: Final = ("licence_state", "state")
"""Said in the common form only; it comes back beside the region's code."""


def check(case: Entry[CaseForm], own: Forms) -> Iterator[Finding]:
    """Say what is wrong with a case, or else where it does not hold."""
    found = list(_check_parts(case, own))
    yield from found or _run(case, own)


def _check_parts(case: Entry[CaseForm], own: Forms) -> Iterator[Finding]:
    form = case.form
    if form.contract not in own.contracts:
        yield case.finding(
            f"{form.contract} is not in contracts of this file.", "contract", code=Code.FORM_CASE
        )
    if (form.common is None) == (form.refused is None):
        yield case.finding("either common or refused is wanted.", code=Code.FORM_CASE)
    if form.back is not None and form.common is None:
        yield case.finding("only what is not refused comes back.", "back", code=Code.FORM_CASE)
    if form.licence_type is not None and form.contract != ANSWERED:
        yield case.finding(
            "an answer has its licence type from its request; other events say it.",
            "licence_type",
            code=Code.FORM_CASE,
        )
    for part, said in (("local", form.local), ("common", form.common), ("back", form.back)):
        for key in said.model_fields_set if said else ():
            if key not in KEYS[form.contract]:
                known = ", ".join(KEYS[form.contract])
                yield case.finding(
                    f"an event of {form.contract} says nothing of it (known: {known}).",
                    part,
                    key,
                    code=Code.FORM_CASE,
                )
    for key in ALWAYS[form.contract]:
        if getattr(form.local, key) is None:
            yield case.finding(
                f"{key} is missing; every event of {form.contract} has it.", "local", code=Code.FORM_CASE
            )


def _run(case: Entry[CaseForm], own: Forms) -> Iterator[Finding]:
    form = case.form
    event = _MAKE[form.contract](form.local)
    try:
        forms.to_common(own, form.contract, event, form.licence_type or "")
    except Refused as refusal:
        if refusal.reason.value != form.refused:
            yield case.finding(f'case "{form.name}": it is refused ({refusal}).', code=Code.FORM_CASE)
        return
    common = _said(form.contract, event)
    if form.common is None:
        yield case.finding(
            f'case "{form.name}": it is not refused; it means {_spelled(common)}.',
            "refused",
            code=Code.FORM_CASE,
        )
        return
    yield from _compare(case, "common", common, _given(form.common))
    forms.to_local(own, form.contract, event, form.licence_type or "")
    meant = {key: common[key] for key in _MEANT if key in common}
    back = _given(form.local) | meant if form.back is None else _given(form.back)
    yield from _compare(case, "back", _said(form.contract, event), back)


def _compare(case: Entry[CaseForm], part: str, found: Said, wanted: Said) -> Iterator[Finding]:
    for key in dict.fromkeys((*found, *wanted)):
        if found.get(key) != wanted.get(key):
            yield case.finding(
                f'case "{case.form.name}": {key} becomes {_word(found.get(key))}, '
                f"expected {_word(wanted.get(key))}.",
                part,
                key,
                code=Code.FORM_CASE,
            )


def _given(form: SaidForm) -> Said:
    return {key: value for key, value in form if value}


def _said(contract: str, event: Event) -> Said:
    values = {key: _plain(getattr(event, key)) for key in KEYS[contract]}
    return {key: value for key, value in values.items() if value}


def _plain(value: object) -> object:
    """Claims and returned values as a mapping, materials as their licence types."""
    if not isinstance(value, tuple):
        return value
    pairs = [one for one in value if isinstance(one, Claim | Value)]
    if pairs:
        return {one.field: one.value for one in pairs}
    return tuple(one.licence_type if isinstance(one, Material) else one for one in value)


def _word(value: object) -> str:
    if isinstance(value, tuple):
        return f"[{', '.join(map(str, value))}]"
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{key}: {inner}' for key, inner in value.items())}}}"
    return "nothing" if value is None else f'"{value}"'


def _spelled(said: Said) -> str:
    return ", ".join(f"{key} {_word(value)}" for key, value in said.items()) or "nothing"


# An event of each contract that says this, and nothing else that matters here.


def _requested(said: SaidForm) -> Event:
    return LicenceVerificationRequested(
        *("", "", "", "", 0, b""),
        item=said.item or "",
        licence_type=said.licence_type or "",
        licence_id="",
        use_kind="VERIFY",
        purpose="",
        legal_basis="CONSENT",
        holder_type="",
        holder_code="",
        department="",
        officer="",
        fields=said.fields or (),
        claims=tuple(Claim(*pair) for pair in (said.claims or {}).items()),
    )


def _answered(said: SaidForm) -> Event:
    return LicenceVerificationAnswered(
        *("", "", "", "", 0, b""),
        in_reply_to="",
        outcome="MATCH_VALID",
        trust_level="A",
        source_at=0,
        matched=said.matched or (),
        mismatched=said.mismatched or (),
        returned=tuple(Value(*pair) for pair in (said.returned or {}).items()),
        licence_state=said.licence_state,
        raw_state=said.raw_state,
    )


def _submitted(said: SaidForm) -> Event:
    return ApplicationSubmitted(
        *("", "", "", "", 0, b""),
        item=said.item or "",
        mode="ALL_ONLINE",
        handling="OTHER",
        purpose="",
        legal_basis="CONSENT",
        applicant_type="",
        applicant_name="",
        applicant_code="",
        division=said.division or "",
        local_number="",
        materials=tuple(Material("E_LICENCE", name) for name in said.materials or ()),
    )


def _progressed(said: SaidForm) -> Event:
    return ApplicationProgressed(
        *("", "", "", "", 0, b""),
        state=said.state or "",
        original_code=said.original_code,
    )


_MAKE: Final[Mapping[str, Callable[[SaidForm], Event]]] = {
    "licence-verification-requested": _requested,
    ANSWERED: _answered,
    "application-submitted": _submitted,
    "application-progressed": _progressed,
}
