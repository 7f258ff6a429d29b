"""The words of the files: what codes mean, and what agreements say of themselves beside their rules."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from gateway.definition_files import folders, signing
from gateway.definition_files.agreements import AgreementFile, AllowForm, RuleForm
from gateway.definition_files.entries import Entry
from gateway.definition_files.examples import Example, ExampleForm
from gateway.definition_files.loading import Parts, build, examples_of, inspect
from gateway.definitions import Agreement, Definitions, RegionName
from gateway.definitions.texts import AgreementText, ExampleText, RuleText, Words
from gateway.errors import DefinitionError

_DIVISIONS: Final = "-divisions"
"""Code lists of places end so; they are read as one."""


class _Named(Protocol):
    @property
    def name(self) -> str: ...
    @property
    def english(self) -> str: ...
    @property
    def chinese(self) -> str: ...


@dataclass(frozen=True)
class Texts:
    """Definitions with all that they say for people. agreements, examples: in file order, proposals too."""

    definitions: Definitions
    words: Words
    agreements: tuple[AgreementText, ...]
    examples: tuple[Example, ...]


def load_texts(root: Path, instead: tuple[str, bytes] | None = None) -> Texts:
    """The definitions with their words, from one reading.

    instead: path and content of one file to read in place of what lies there, for an earlier version of it.
    Raises `DefinitionError` as `load` does.
    """
    files = dict(folders.snapshot(root))
    if instead is not None:
        files[instead[0]] = instead[1]
        files.pop(signing.beside(instead[0]), None)  # it signs what lies there today
    parts, found = inspect(files)
    if found:
        raise DefinitionError(found)
    definitions = build(parts, folders.digest(files))
    known = definitions.with_proposals().agreements
    agreements = {tuple[RegionName, ...](one.regions): one for one in known}
    texts = tuple(_text(file, agreements) for file in parts.agreements)
    return Texts(definitions, _words(parts), texts, examples_of(parts))


def _words(parts: Parts) -> Words:
    catalogue = parts.catalogue
    words: dict[str, dict[str, tuple[str, str]]] = {
        "licence type": _named(entry.form for entry in catalogue.licence_types),
        "item": _named(entry.form for entry in catalogue.items),
        "purpose": _named(entry.form for entry in catalogue.purposes),
        "region": {one.form.name: (one.form.name.title(), one.form.chinese) for one in parts.regions},
        "division": {one.form.division: (one.form.name.title(), one.form.chinese) for one in parts.regions},
    }
    for entry in catalogue.code_lists:
        codes = {code.code: (code.english, code.chinese) for code in entry.form.codes}
        words[entry.form.name] = codes
        if entry.form.name.endswith(_DIVISIONS):
            words["division"].update(codes)
    return words


def _named(forms: Iterable[_Named]) -> dict[str, tuple[str, str]]:
    return {form.name: (form.english, form.chinese) for form in forms}


def _text(file: AgreementFile, agreements: Mapping[tuple[RegionName, ...], Agreement]) -> AgreementText:
    assert file.head is not None  # without one there is a finding
    form = file.head.form
    return AgreementText(
        path=file.head.document.path,
        english=form.title.english,
        chinese=form.title.chinese,
        basis=form.basis,
        agreed_on=_day(form.agreed_on),
        agreement=agreements[tuple(map(RegionName, form.regions))],
        texts={
            (rule.form.id, rule.form.version): _rule_text(rule)
            for rule in (*file.recognition, *file.services)
        },
        examples=tuple(map(_example_text, file.examples)),
    )


def _rule_text(rule: Entry[RuleForm]) -> RuleText:
    form = rule.form
    one_sided = form.one_sided if isinstance(form, AllowForm) else None
    return RuleText(form.why, one_sided, _day(form.agreed_on))


def _day(day: object) -> str | None:
    return None if day is None else str(day)


def _example_text(entry: Entry[ExampleForm]) -> ExampleText:
    expect, answer = entry.form.expect, entry.form.expect_answer
    last = expect if answer is None else answer
    answers = answer is not None
    return ExampleText(entry.form.name, entry.line, last.outcome, last.reason, last.recognised, answers)
