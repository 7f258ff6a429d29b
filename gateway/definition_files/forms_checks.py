"""Whether a region's own form makes sense beside the catalogue: nothing unknown, nothing two ways at once."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from gateway.definition_files import forms_cases
from gateway.definition_files.codes import Code
from gateway.definition_files.entries import Entry
from gateway.definition_files.fields import did_you_mean
from gateway.definition_files.forms import (
    DivisionsForm,
    FieldNamesForm,
    FieldsForm,
    FormsEntry,
    FormsFile,
    PairForm,
    StatesForm,
    Words,
    forms,
)
from gateway.definitions.forms import DATE_FORMATS
from gateway.errors import Finding
from gateway.forms import is_date

_REQUESTED, _ANSWERED = "licence-verification-requested", "licence-verification-answered"
_SUBMITTED, _PROGRESSED = "application-submitted", "application-progressed"

USED_BY: Final[Mapping[str, tuple[str, ...]]] = {
    "items": (_REQUESTED, _SUBMITTED),
    "licence_types": (_REQUESTED, _SUBMITTED),
    "fields": (_REQUESTED, _ANSWERED),
    "dates": (_REQUESTED, _ANSWERED),
    "licence_states": (_ANSWERED,),
    "application_states": (_PROGRESSED,),
    "divisions": (_SUBMITTED,),
}
"""The contracts that each table of a forms.yaml is for."""
SHOWN_BY: Final[Mapping[str, tuple[str, ...]]] = {
    "items": ("item",),
    "licence_types": ("licence_type", "materials"),
    "fields": ("fields", "claims", "matched", "mismatched", "returned"),
    "dates": ("claims", "returned"),
    "licence_states": ("raw_state",),
    "application_states": ("original_code",),
    "divisions": ("division",),
}
"""What a case says that shows a table at work."""


def check(entry: FormsEntry, words: Words) -> Iterator[Finding]:
    """Say what is wrong with the tables; if nothing is, run the cases."""
    if entry.head is None:
        return
    found = [*_check_tables(entry.head, words), *_check_use(entry.head, entry.cases)]
    yield from found
    if not found:
        own = forms(entry.head, words)
        for case in entry.cases:
            yield from forms_cases.check(case, own)


def _check_tables(head: Entry[FormsFile], words: Words) -> Iterator[Finding]:
    form = head.form
    if form.items:
        yield from _check_pairs(head, form.items.codes, words.items, "items")
    if form.licence_types:
        yield from _check_pairs(
            head, form.licence_types.codes, frozenset(words.licence_types), "licence_types"
        )
    if form.fields:
        yield from _check_fields(head, form.fields, words)
    if form.licence_states:
        yield from _check_states(
            head, form.licence_states, form.licence_states.codes, words, "licence_states"
        )
    if form.application_states:
        states = form.application_states
        yield from _check_states(head, states, states.codes, words, "application_states")
    if form.divisions:
        yield from _check_divisions(head, form.divisions, words)
    yield from _check_dates(head)


def _check_pairs(
    head: Entry[FormsFile], pairs: Sequence[PairForm], known: frozenset[str], *steps: str | int
) -> Iterator[Finding]:
    """What would make a code mean two things, or two codes one on the way back."""
    back: dict[str, str] = {}
    seen: dict[str, str] = {}
    for index, pair in enumerate(pairs):
        here = (*steps, "codes", index)
        if pair.local in seen:
            yield head.finding(
                f'code "{pair.local}" already means "{seen[pair.local]}".',
                *here,
                "local",
                code=Code.FORM_MAPPING,
            )
        elif pair.local in known and pair.local != pair.common:
            yield head.finding(
                f'"{pair.local}" is itself a common code; a code may not mean two things.',
                *here,
                "local",
                code=Code.FORM_MAPPING,
            )
        elif pair.back and pair.common in back:
            yield head.finding(
                f'"{back[pair.common]}" leads back from "{pair.common}" too; write back: false beside one.',
                *here,
                "common",
                code=Code.FORM_MAPPING,
            )
        elif pair.back:
            back[pair.common] = pair.local
        seen.setdefault(pair.local, pair.common)


def _check_fields(head: Entry[FormsFile], fields: FieldsForm, words: Words) -> Iterator[Finding]:
    known = frozenset(name for licence_type in words.licence_types.values() for name in licence_type.fields)
    types = [table.licence_type for table in fields.tables]
    for index, table in enumerate(fields.tables):
        here = ("fields", "tables", index)
        if table.licence_type in types[:index]:
            yield head.finding(
                f'licence type "{table.licence_type}" has a table already.',
                *here,
                "licence_type",
                code=Code.FORM_MAPPING,
            )
        yield from _check_pairs(head, table.codes, known, *here)
        if table.licence_type in words.licence_types:
            yield from _check_field_names(head, table, words, here)


def _check_field_names(
    head: Entry[FormsFile], table: FieldNamesForm, words: Words, here: tuple[str | int, ...]
) -> Iterator[Finding]:
    fields = words.fields(table.licence_type)
    for index, pair in enumerate(table.codes):
        if pair.common not in fields:
            hint = did_you_mean(pair.common, fields)
            yield head.finding(
                f'licence type "{table.licence_type}" has no field "{pair.common}"{hint}.',
                *(*here, "codes", index, "common"),
                code=Code.FORM_MAPPING,
            )


def _check_states(
    head: Entry[FormsFile], states: StatesForm, pairs: Sequence[PairForm], words: Words, key: str
) -> Iterator[Finding]:
    yield from _check_pairs(head, pairs, frozenset(), key)
    listed = words.codes(states.code_list)
    for index, pair in enumerate(pairs):
        if listed and pair.local not in listed:
            yield head.finding(
                f'code "{pair.local}" is not in {states.code_list} (regions/catalog/codes.yaml).',
                *(key, "codes", index, "local"),
                code=Code.FORM_MAPPING,
            )
    missing = sorted(listed - {pair.local for pair in pairs})
    if missing:
        yield head.finding(
            f"{', '.join(missing)} of {states.code_list}: not mapped.", key, "codes", code=Code.FORM_MAPPING
        )


def _check_divisions(head: Entry[FormsFile], divisions: DivisionsForm, words: Words) -> Iterator[Finding]:
    listed = words.codes(divisions.code_list)
    yield from _check_pairs(head, divisions.codes, listed, "divisions")
    for index, pair in enumerate(divisions.codes):
        if listed and pair.common not in listed:
            yield head.finding(
                f'code "{pair.common}" is not in {divisions.code_list} (regions/catalog/codes.yaml).',
                *("divisions", "codes", index, "common"),
                code=Code.FORM_MAPPING,
            )


def _check_dates(head: Entry[FormsFile]) -> Iterator[Finding]:
    dates, fields = head.form.dates, head.form.fields
    marked = [
        ("fields", "tables", number, "codes", index, "date")
        for number, table in enumerate(fields.tables if fields else ())
        for index, pair in enumerate(table.codes)
        if pair.date
    ]
    if marked and dates is None:
        yield head.finding(
            "it is a date, and the file does not say how dates are written (dates).",
            *marked[0],
            code=Code.FORM_MAPPING,
        )
    if dates is None:
        return
    if not marked:
        yield head.finding("no field is marked with date: true.", "dates", code=Code.FORM_MAPPING)
    if dates.open_end is not None and is_date(dates.open_end, DATE_FORMATS[dates.format]):
        yield head.finding(
            f'"{dates.open_end}" is a day like others; take a word.',
            "dates",
            "open_end",
            code=Code.FORM_MAPPING,
        )


def _check_use(head: Entry[FormsFile], cases: tuple[Entry[forms_cases.CaseForm], ...]) -> Iterator[Finding]:
    """Every table has a contract that needs it and a case that shows it, every contract a table."""
    form = head.form
    tables = [key for key in USED_BY if getattr(form, key) is not None]
    for key in tables:
        if not set(USED_BY[key]) & set(form.contracts):
            yield head.finding(
                f"no contract of this file uses it ({', '.join(USED_BY[key])}).", key, code=Code.FORM_MAPPING
            )
        shown = {step for case in cases for step in case.form.local.model_fields_set}
        if not shown & set(SHOWN_BY[key]):
            yield head.finding(f"no case shows it ({', '.join(SHOWN_BY[key])}).", key, code=Code.FORM_MAPPING)
    for index, contract in enumerate(form.contracts):
        if not any(contract in USED_BY[key] for key in tables):
            yield head.finding(
                f"no table of this file is for {contract}.", "contracts", index, code=Code.FORM_MAPPING
            )


def reach_table() -> str:
    """What a translation reaches, as a table for docs/wire.md: one row per table of a forms.yaml."""
    rows = ["| Table of forms.yaml | Contract | What is translated |", "|---|---|---|"]
    for table, contracts in USED_BY.items():
        for contract in contracts:
            places = (f"`{key}`" for key in SHOWN_BY[table] if key in forms_cases.KEYS[contract])
            rows.append(f"| `{table}` | `{contract}` | {', '.join(places)} |")
    return "\n".join(rows)
