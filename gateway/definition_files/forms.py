"""A region's own form: regions/<region>/forms.yaml, how its platform writes codes, field names and dates.

Here stands what the file looks like and what it becomes; whether it makes sense is for `forms_checks`,
whether its cases hold for `forms_cases`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Final

from pydantic import Field

from gateway.definition_files.catalogue import CodeListForm, LicenceTypeForm
from gateway.definition_files.entries import Entry, Intake, without_lists
from gateway.definition_files.fields import (
    Division,
    FieldName,
    Form,
    ItemRef,
    LicenceState,
    LicenceTypeRef,
    Name,
    NameOf,
    OneOf,
    Sentence,
    Written,
)
from gateway.definition_files.forms_cases import (
    ApplicationCode,
    ApplicationState,
    CaseForm,
    Contract,
    LicenceCode,
)
from gateway.definition_files.reading import Document
from gateway.definitions.forms import DATE_FORMATS, CodeTable, DateForm, FieldTable, Forms, StateTable

UNKNOWN: Final = "UNKNOWN"
_BACK: Final = "false where another code of the region is the one that leads back; left out, true"
_LOCAL: Final = "the region's own code"
_UNMAPPED: Final = "what becomes of a code that is neither mapped nor a common one: refuse, or keep as it is"

CodeList = Annotated[str, NameOf("code list", "regions/catalog/codes.yaml")]
OpenEnd = Annotated[str, Written("word", r"\w{1,16}", "letters and digits, at most 16")]
Unmapped = Annotated[str, OneOf("unmapped", ("refuse", "keep"))]


class PairForm(Form):
    """One code of the region and the common one it means."""

    local: str
    common: str
    back: bool = Field(default=True, description=_BACK)


class ItemPairForm(PairForm):
    """An item."""

    local: Name = Field(description=_LOCAL)
    common: ItemRef = Field(description="the item in the catalogue")


class LicenceTypePairForm(PairForm):
    """A licence type."""

    local: Name = Field(description=_LOCAL)
    common: LicenceTypeRef = Field(description="the licence type in the catalogue")


class DivisionPairForm(PairForm):
    """A division."""

    local: Division = Field(description="the code the region writes, such as one of before a merger")
    common: Division = Field(description="today's code")


class FieldPairForm(PairForm):
    """A licence field."""

    local: FieldName = Field(description="the region's own name of the field")
    common: FieldName = Field(description="its name in the catalogue")
    date: bool = Field(default=False, description="whether its value is a date, written as `dates` says")


class LicenceStatePairForm(PairForm):
    """A licence state."""

    local: LicenceCode = Field(description=_LOCAL)
    common: LicenceState = Field(description="the common licence state")


class ApplicationStatePairForm(PairForm):
    """An application state."""

    local: ApplicationCode = Field(description=_LOCAL)
    common: ApplicationState = Field(description="the common application state")


class ItemsForm(Form):
    """The region's codes of items."""

    unmapped: Unmapped = Field(description=_UNMAPPED)
    codes: tuple[ItemPairForm, ...] = Field(min_length=1, description="one entry per code of the region")


class LicenceTypeCodesForm(Form):
    """The region's codes of licence types."""

    unmapped: Unmapped = Field(description=_UNMAPPED)
    codes: tuple[LicenceTypePairForm, ...] = Field(
        min_length=1, description="one entry per code of the region"
    )


class FieldNamesForm(Form):
    """The region's names of the fields of one licence type."""

    licence_type: LicenceTypeRef = Field(description="the licence type in the catalogue")
    codes: tuple[FieldPairForm, ...] = Field(min_length=1, description="one entry per name of the region")


class FieldsForm(Form):
    """The region's names of licence fields, by licence type."""

    unmapped: Unmapped = Field(description=_UNMAPPED)
    tables: tuple[FieldNamesForm, ...] = Field(min_length=1, description="one table per licence type")


class DatesForm(Form):
    """How the region writes dates."""

    format: Annotated[str, OneOf("date format", tuple(DATE_FORMATS))] = Field(
        description="how a date is written; the common form is 2026-03-02"
    )
    open_end: OpenEnd | None = Field(
        default=None, description="how an end that never comes is written; commonly 9999-12-31"
    )
    unmapped: Unmapped = Field(
        description="what becomes of a value that is no date: refuse, or keep as it is"
    )


class DivisionsForm(Form):
    """The region's division codes."""

    code_list: CodeList = Field(description="the code list that holds today's codes")
    unmapped: Unmapped = Field(description=_UNMAPPED)
    codes: tuple[DivisionPairForm, ...] = Field(min_length=1, description="one entry per code of the region")


class StatesForm(Form):
    """The region's codes of states."""

    code_list: CodeList = Field(description="the code list that holds the region's codes")
    delivers: Annotated[str, OneOf("delivers", ("own", "source"))] = Field(
        description="the code beside a state in its inbox: its own (null if it has none), or the source's"
    )


class LicenceStatesForm(StatesForm):
    """The region's codes of licence states, in raw_state."""

    unmapped: Annotated[str, OneOf("unmapped", ("unknown", "refuse"))] = Field(
        description="what becomes of a code that is not mapped: the state UNKNOWN, or refuse"
    )
    codes: tuple[LicenceStatePairForm, ...] = Field(
        min_length=1, description="one entry per code of the region"
    )


class ApplicationStatesForm(StatesForm):
    """The region's codes of application states, in original_code; one that is not mapped is refused."""

    codes: tuple[ApplicationStatePairForm, ...] = Field(
        min_length=1, description="one entry per code of the region"
    )


class FormsFile(Form):
    """How a region's own platform writes codes, field names and dates (标准转换)."""

    contracts: tuple[Contract, ...] = Field(min_length=1, description="the contracts it writes and reads so")
    source: Sentence = Field(description="where these tables come from, with their marks")
    items: ItemsForm | None = Field(default=None, description="items")
    licence_types: LicenceTypeCodesForm | None = Field(default=None, description="licence types")
    fields: FieldsForm | None = Field(default=None, description="licence fields")
    dates: DatesForm | None = Field(default=None, description="dates in claimed and returned values")
    licence_states: LicenceStatesForm | None = Field(default=None, description="licence states")
    application_states: ApplicationStatesForm | None = Field(default=None, description="application states")
    divisions: DivisionsForm | None = Field(default=None, description="divisions")
    cases: tuple[CaseForm, ...] = Field(description="the tests of these tables")


@dataclass(frozen=True)
class FormsEntry:
    """One forms.yaml, as far as it fits: `head` has no cases. region: the folder it lies in."""

    region: str
    head: Entry[FormsFile] | None
    cases: tuple[Entry[CaseForm], ...]


@dataclass(frozen=True)
class Words:
    """The common words of the catalogue, as far as it could be read."""

    items: frozenset[str]
    licence_types: Mapping[str, LicenceTypeForm]
    code_lists: Mapping[str, CodeListForm]

    def fields(self, licence_type: str) -> frozenset[str]:
        """The fields of a licence type; none where it could not be read."""
        found = self.licence_types.get(licence_type)
        return frozenset(found.fields) if found else frozenset()

    def codes(self, code_list: str) -> frozenset[str]:
        """The codes of a code list; none where it could not be read."""
        found = self.code_lists.get(code_list)
        return frozenset(code.code for code in found.codes) if found else frozenset()


def read(document: Document, intake: Intake) -> FormsEntry:
    return FormsEntry(
        region=document.path.split("/")[1],
        head=intake.one(without_lists(document, "cases"), FormsFile),
        cases=intake.each(document, "cases", CaseForm),
    )


def forms(head: Entry[FormsFile], words: Words) -> Forms:
    """The plain value of a forms.yaml that passed its checks."""
    form = head.form
    return Forms(
        path=head.document.path,
        contracts=frozenset(form.contracts),
        items=_table(form.items, words.items) if form.items else CodeTable(),
        licence_types=(
            _table(form.licence_types, frozenset(words.licence_types)) if form.licence_types else CodeTable()
        ),
        fields=_field_tables(form.fields, words) if form.fields else {},
        dates=_date_form(form.dates) if form.dates else DateForm(),
        divisions=(
            _table(form.divisions, words.codes(form.divisions.code_list)) if form.divisions else CodeTable()
        ),
        licence_states=_licence_states(form.licence_states) if form.licence_states else None,
        application_states=(
            _states(form.application_states, form.application_states.codes, None)
            if form.application_states
            else None
        ),
    )


def _table(form: ItemsForm | LicenceTypeCodesForm | DivisionsForm, known: frozenset[str]) -> CodeTable:
    return CodeTable(_inward(form.codes), _outward(form.codes), known, form.unmapped == "refuse")


def _inward(pairs: Iterable[PairForm]) -> dict[str, str]:
    return {pair.local: pair.common for pair in pairs}


def _outward(pairs: Iterable[PairForm]) -> dict[str, str]:
    return {pair.common: pair.local for pair in pairs if pair.back}


def _field_tables(form: FieldsForm, words: Words) -> dict[str, FieldTable]:
    return {table.licence_type: _field_table(table, form.unmapped, words) for table in form.tables}


def _field_table(table: FieldNamesForm, unmapped: str, words: Words) -> FieldTable:
    names = CodeTable(
        _inward(table.codes), _outward(table.codes), words.fields(table.licence_type), unmapped == "refuse"
    )
    return FieldTable(names, frozenset(pair.common for pair in table.codes if pair.date))


def _date_form(form: DatesForm) -> DateForm:
    return DateForm(DATE_FORMATS[form.format], form.open_end, form.unmapped == "refuse")


def _licence_states(form: LicenceStatesForm) -> StateTable:
    return _states(form, form.codes, UNKNOWN if form.unmapped == "unknown" else None)


def _states(form: StatesForm, pairs: Sequence[PairForm], otherwise: str | None) -> StateTable:
    return StateTable(_inward(pairs), _outward(pairs), form.delivers == "own", otherwise)
