"""The shared catalogue: licence types, items, purposes and code lists (regions/catalog/).

An official type code is 21 characters: the 统一社会信用代码 of the authority that defines the type and a
three-digit sequence (GB/T 36904). Where none is known the code is null; none is ever invented.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Final

from pydantic import Field

from gateway.definition_files import folders
from gateway.definition_files.codes import Code
from gateway.definition_files.entries import Entry, F, Intake, repeated, without_lists
from gateway.definition_files.fields import (
    Division,
    FieldName,
    Form,
    HolderKind,
    LegalBasis,
    LicenceTypeRef,
    Mode,
    Name,
    OneOf,
    Sentence,
    TypeCode,
    did_you_mean,
)
from gateway.definition_files.reading import Document
from gateway.definitions import (
    LEGAL_BASES,
    LICENCE_STATES,
    TRUST_LEVELS,
    USE_KINDS,
    Item,
    ItemName,
    LicenceType,
    LicenceTypeName,
)
from gateway.definitions.conditions import DATE, NUMBER, TEXT
from gateway.errors import Finding

Kind = Annotated[str, OneOf("kind", (DATE, NUMBER))]


class LicenceTypeForm(Form):
    """A kind of electronic licence (证照类型)."""

    name: Name = Field(description="the common name, which every other file uses")
    chinese: Sentence = Field(description="the official Chinese name")
    english: Sentence = Field(description="the English name")
    code: TypeCode | None = Field(description="the official 21-character type code (GB/T 36904), or null")
    holders: tuple[HolderKind, ...] = Field(min_length=1, description="who or what a licence is about")
    issuer: Sentence = Field(description="the kind of authority that issues it")
    validity: Sentence = Field(description="how long it is valid, in words")
    fields: tuple[FieldName, ...] = Field(min_length=1, description="the data fields a rule may let move")
    kinds: dict[FieldName, Kind] = Field(
        default={},
        description="date or number for the fields that are no plain text; conditions read them so",
    )
    source: Sentence = Field(description="where this entry comes from, with its mark")


class ItemForm(Form):
    """A service that can be applied for across regions (跨省通办事项)."""

    name: Name = Field(description="the common name, which every other file uses")
    chinese: Sentence = Field(description="the official Chinese name")
    english: Sentence = Field(description="the English name")
    modes: tuple[Mode, ...] = Field(min_length=1, description="how it can be handled across regions")
    materials: tuple[LicenceTypeRef, ...] = Field(description="the licences that may serve as material")
    results: tuple[LicenceTypeRef, ...] = Field(
        default=(), description="the licences its decision issues; left out, none that is catalogued"
    )
    time: Sentence = Field(description="how long it takes, in words")
    accepts: Sentence = Field(description="who accepts the application")
    decides: Sentence = Field(description="who has the legal power to decide")
    source: Sentence = Field(description="where this entry comes from, with its mark")


class PurposeForm(Form):
    """What a question may be asked for (用途)."""

    name: Name = Field(description="the common name, which agreements use")
    chinese: Sentence = Field(description="the Chinese term")
    english: Sentence = Field(description="the purpose in one English phrase")
    legal_bases: tuple[LegalBasis, ...] = Field(min_length=1, description="the legal bases that can carry it")
    source: Sentence = Field(description="where this entry comes from, with its mark")


class CodeForm(Form):
    """One code of a code list."""

    code: Sentence = Field(description="the code as it is written in records, in quotes if it is a number")
    chinese: Sentence = Field(description="the Chinese term")
    english: Sentence = Field(description="the English term")
    meaning: Sentence | None = Field(
        default=None, description="what follows from it, where that needs saying"
    )


class CodeListForm(Form):
    """A closed list of codes (代码表)."""

    name: Name = Field(description="the name of the list")
    chinese: Sentence = Field(description="the Chinese name")
    source: Sentence = Field(description="where this list comes from, with its mark")
    codes: tuple[CodeForm, ...] = Field(min_length=1, description="the codes, in their official order")


class BlocForm(Form):
    """Regions, prefectures or counties that act as one in an agreement (协作区)."""

    name: Name = Field(description="the name a rule uses as its scope")
    chinese: Sentence = Field(description="the Chinese name")
    english: Sentence = Field(description="the English name")
    members: tuple[Division, ...] = Field(min_length=2, description="the division codes of its members")
    source: Sentence = Field(description="where this entry comes from, with its mark")


class LicenceTypesFile(Form):
    """regions/catalog/licence-types.yaml"""

    licence_types: tuple[LicenceTypeForm, ...] = Field(description="every licence type")


class ItemsFile(Form):
    """regions/catalog/items.yaml"""

    items: tuple[ItemForm, ...] = Field(description="every item")


class PurposesFile(Form):
    """regions/catalog/purposes.yaml"""

    purposes: tuple[PurposeForm, ...] = Field(description="every purpose")


class BlocsFile(Form):
    """regions/catalog/blocs.yaml"""

    blocs: tuple[BlocForm, ...] = Field(description="every bloc")


class CodeListsFile(Form):
    """regions/catalog/codes.yaml"""

    code_lists: tuple[CodeListForm, ...] = Field(description="every code list")


@dataclass(frozen=True)
class Catalogue:
    """The entries of the catalogue that fit their forms."""

    licence_types: tuple[Entry[LicenceTypeForm], ...]
    items: tuple[Entry[ItemForm], ...]
    purposes: tuple[Entry[PurposeForm], ...]
    code_lists: tuple[Entry[CodeListForm], ...]
    blocs: tuple[Entry[BlocForm], ...]


def read(documents: Mapping[str, Document], intake: Intake) -> Catalogue:
    """Take in the files of the catalogue, as far as they are there."""

    def entries(path: str, file: type[Form], form: type[F]) -> tuple[Entry[F], ...]:
        document = documents.get(path)
        if document is None:
            return ()
        (key,) = file.model_fields
        intake.one(without_lists(document, key), file)
        return intake.each(document, key, form)

    return Catalogue(
        licence_types=entries(folders.LICENCE_TYPES, LicenceTypesFile, LicenceTypeForm),
        items=entries(folders.ITEMS, ItemsFile, ItemForm),
        purposes=entries(folders.PURPOSES, PurposesFile, PurposeForm),
        code_lists=entries(folders.CODES, CodeListsFile, CodeListForm),
        blocs=entries(folders.BLOCS, BlocsFile, BlocForm),
    )


_LISTS_OF_THE_CODE: Final = {
    "use-kinds": USE_KINDS,
    "trust-levels": TRUST_LEVELS,
    "legal-bases": LEGAL_BASES,
    "licence-states": LICENCE_STATES,
}
"""Code lists that the gateway's own code knows; the file explains them and may not differ."""


def check(catalogue: Catalogue) -> Iterator[Finding]:
    """What no single entry shows: names and codes that stand twice, code lists that differ from the code."""
    yield from repeated(catalogue.licence_types, "licence type", lambda form: form.name, "name")
    yield from repeated(catalogue.licence_types, "licence type code", lambda form: form.code, "code")
    yield from repeated(catalogue.items, "item", lambda form: form.name, "name")
    yield from repeated(catalogue.purposes, "purpose", lambda form: form.name, "name")
    yield from repeated(catalogue.code_lists, "code list", lambda form: form.name, "name")
    yield from repeated(catalogue.blocs, "bloc", lambda form: form.name, "name")
    for entry in catalogue.licence_types:
        yield from _check_kinds(entry)
    for code_list in catalogue.code_lists:
        yield from _check_codes(code_list)


def _check_kinds(entry: Entry[LicenceTypeForm]) -> Iterator[Finding]:
    for field in entry.form.kinds:
        if field not in entry.form.fields:
            message = f'licence type "{entry.form.name}" has no field "{field}"'
            hint = did_you_mean(field, entry.form.fields)
            yield entry.finding(f"{message}{hint}.", "kinds", field, code=Code.UNKNOWN_FIELD)


def kinds(form: LicenceTypeForm) -> dict[str, str]:
    """The kind of every field; a field without one is a text."""
    return {field: form.kinds.get(field, TEXT) for field in form.fields}


def _check_codes(code_list: Entry[CodeListForm]) -> Iterator[Finding]:
    codes = [code.code for code in code_list.form.codes]
    for index, code in enumerate(codes):
        if code in codes[:index]:
            yield code_list.finding(
                f'code "{code}" is listed twice.', "codes", index, "code", code=Code.LISTED_TWICE
            )
    wanted = _LISTS_OF_THE_CODE.get(code_list.form.name, tuple(codes))
    if set(codes) != set(wanted):
        yield code_list.finding(
            f"the codes must be exactly {', '.join(wanted)}.", "codes", code=Code.CODE_LIST_DIFFERS
        )


def licence_type(form: LicenceTypeForm) -> LicenceType:
    return LicenceType(
        name=LicenceTypeName(form.name),
        chinese=form.chinese,
        english=form.english,
        code=form.code,
        holders=form.holders,
        fields=form.fields,
    )


def item(form: ItemForm) -> Item:
    return Item(
        name=ItemName(form.name),
        chinese=form.chinese,
        english=form.english,
        modes=form.modes,
        materials=tuple(LicenceTypeName(name) for name in form.materials),
        results=tuple(LicenceTypeName(name) for name in form.results),
    )
