"""From the files to one frozen, cross-checked, numbered `Definitions`, or to all that is wrong with them."""

import gc
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field

from gateway.definition_files import (
    agreement_checks,
    agreements,
    catalogue,
    contracts,
    example_checks,
    examples,
    folders,
    forms,
    forms_checks,
    limit_checks,
    regions,
    rule_checks,
    rules,
    signing,
    topics,
)
from gateway.definition_files.agreement_checks import World
from gateway.definition_files.entries import Entry, F, Intake, texts_in
from gateway.definition_files.fields import Count, Form, Names, OneOf, Sentence
from gateway.definition_files.folders import Snapshot
from gateway.definition_files.reading import Document, read
from gateway.definition_files.regions import RegionForm
from gateway.definition_files.topics import TopicForm
from gateway.definitions import Agreement, Definitions, PurposeName, RegionName
from gateway.errors import DefinitionError, Finding


class NumberFile(Form):
    """The number of the definitions as a whole, and whether agreements must be signed."""

    number: Count = Field(description="raised with each change of any definition file")
    signatures: Annotated[str, OneOf("signatures", ("required", "none"))] = Field(
        description="required: an agreement is in force only when both regions signed it; none: without"
    )
    signatures_why: Sentence = Field(description="one sentence: why agreements need signatures here, or none")
    lead_time_days: int = Field(
        default=0, ge=0, le=366, description="days between what is agreed and the day it takes effect"
    )


@dataclass(frozen=True)
class Parts:
    """Everything that could be read and fits its form."""

    number: Entry[NumberFile] | None
    catalogue: catalogue.Catalogue
    regions: tuple[Entry[RegionForm], ...]
    forms: tuple[forms.FormsEntry, ...]
    agreements: tuple[agreements.AgreementFile, ...]
    signed: tuple[signing.Signed, ...]
    topics: tuple[Entry[TopicForm], ...]
    texts: tuple[Document, ...]
    schemas: tuple[contracts.SchemaFile, ...]


@dataclass(frozen=True)
class Loaded:
    """Definitions with their examples. texts: agreements and the file of the number, as they are written."""

    definitions: Definitions
    examples: tuple[examples.Example, ...]
    texts: tuple[Document, ...]


def loaded(files: Snapshot) -> Loaded:
    """Everything of these files at once. Raises `DefinitionError` as `load` does."""
    with collecting_nothing():
        parts = _faultless(files)
        return Loaded(build(parts, folders.digest(files)), examples_of(parts), parts.texts)


def load(root: Path) -> Definitions:
    """Read the definitions under `root`, which holds topics/, avro/ and regions/.

    Raises `DefinitionError` with every finding of all files if there is one.
    """
    files = folders.snapshot(root)
    with collecting_nothing():
        return build(_faultless(files), folders.digest(files))


@contextmanager
def collecting_nothing() -> Iterator[None]:
    """Millions of values are made and none holds a cycle: looking for some would double the time."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def load_examples(root: Path) -> tuple[examples.Example, ...]:
    """The examples of all agreements, in file order; raises `DefinitionError` as `load` does."""
    return examples_of(_faultless(folders.snapshot(root)))


def examples_of(parts: Parts) -> tuple[examples.Example, ...]:
    """The examples of the agreements among these parts, in file order."""
    divisions = {region.form.name: region.form.division for region in parts.regions}
    return tuple(examples.example(one, divisions) for file in parts.agreements for one in file.examples)


def plain(root: Path) -> dict[str, Any]:
    """What each YAML file under `root` holds, by its path, as YAML gives it."""
    files = folders.snapshot(root)
    documents = {path: read(path, files[path])[0] for path in files if path.endswith(".yaml")}
    return {path: document.value for path, document in documents.items() if document}


def findings(root: Path) -> tuple[Finding, ...]:
    """Everything that is wrong with the definitions under `root`, in file order; empty if nothing is."""
    return inspect(folders.snapshot(root))[1]


def _faultless(files: Snapshot) -> Parts:
    parts, found = inspect(files)
    if found:
        raise DefinitionError(found)
    return parts


def inspect(files: Snapshot) -> tuple[Parts, tuple[Finding, ...]]:
    """Everything that could be read, and everything that is wrong, in file order."""
    found = list(folders.check(files))
    parts = _parts(files, found)
    found.extend(_check(parts))
    return parts, tuple(sorted(found, key=lambda finding: (finding.path, finding.line, finding.column)))


def _parts(files: Snapshot, found: list[Finding]) -> Parts:
    documents = _documents(files, found)
    intake = Intake(_names(files, documents), found)
    number = documents.get(folders.NUMBER)
    schemas = (contracts.read(path, files[path], found) for path in files if path.endswith(".avsc"))
    return Parts(
        number=intake.one(number, NumberFile) if number else None,
        catalogue=catalogue.read(documents, intake),
        regions=_each(documents, folders.REGION, RegionForm, intake),
        forms=tuple(
            forms.read(document, intake)
            for path, document in documents.items()
            if folders.FORMS.fullmatch(path)
        ),
        agreements=tuple(
            agreements.read(document, intake)
            for path, document in documents.items()
            if folders.AGREEMENT.fullmatch(path)
        ),
        signed=signing.read(documents, files, intake),
        texts=tuple(
            document
            for path, document in documents.items()
            if path == folders.NUMBER or folders.AGREEMENT.fullmatch(path)
        ),
        topics=_each(documents, folders.TOPIC, TopicForm, intake),
        schemas=tuple(schema for schema in schemas if schema is not None),
    )


def _documents(files: Snapshot, found: list[Finding]) -> dict[str, Document]:
    documents = {}
    for path, content in files.items():
        if not path.endswith(".avsc"):
            document, problems = read(path, content)
            found.extend(problems)
            if document is not None:
                documents[path] = document
    return documents


def _each(
    documents: Mapping[str, Document], place: re.Pattern[str], form: type[F], intake: Intake
) -> tuple[Entry[F], ...]:
    """The files of one kind that hold one entry each."""
    entries = (intake.one(document, form) for path, document in documents.items() if place.fullmatch(path))
    return tuple(entry for entry in entries if entry is not None)


def _names(files: Snapshot, documents: Mapping[str, Document]) -> Names:
    """What may be referred to: also the names of entries that are wrong in something else."""
    folder_names = (place[1] for place in map(folders.REGION.fullmatch, files) if place)
    names = {"region": frozenset(folder_names)}
    for kind, path, key in (
        ("licence type", folders.LICENCE_TYPES, "licence_types"),
        ("item", folders.ITEMS, "items"),
        ("purpose", folders.PURPOSES, "purposes"),
        ("code list", folders.CODES, "code_lists"),
    ):
        if path in documents:
            names[kind] = frozenset(texts_in(documents[path], key, "name"))
    return names


def _check(parts: Parts) -> Iterator[Finding]:
    world = _world(parts)
    yield from catalogue.check(parts.catalogue)
    yield from regions.check(parts.regions)
    yield from topics.check(parts.topics, contracts.largest_body(parts.schemas))
    yield from contracts.check(parts.schemas)
    yield from agreement_checks.check(parts.agreements, world)
    lead_time_days = parts.number.form.lead_time_days if parts.number else 0
    for file in parts.agreements:
        yield from limit_checks.check(file, lead_time_days)
        yield from rule_checks.check(file, world)
        yield from example_checks.check(file, world)
    for entry in parts.forms:
        yield from forms_checks.check(entry, _words(parts.catalogue))
    yield from signing.check(parts.signed, world.regions)


def _world(parts: Parts) -> World:
    return World(
        regions={region.form.name: region.form for region in parts.regions},
        licence_types={entry.form.name: entry.form for entry in parts.catalogue.licence_types},
        items={entry.form.name: entry.form for entry in parts.catalogue.items},
        purposes={entry.form.name: entry.form for entry in parts.catalogue.purposes},
        blocs={entry.form.name: entry.form for entry in parts.catalogue.blocs},
        code_lists={entry.form.name: entry.form for entry in parts.catalogue.code_lists},
        slots=topics.slots(parts.topics),
    )


def _words(parts: catalogue.Catalogue) -> forms.Words:
    return forms.Words(
        items=frozenset(entry.form.name for entry in parts.items),
        licence_types={entry.form.name: entry.form for entry in parts.licence_types},
        code_lists={entry.form.name: entry.form for entry in parts.code_lists},
    )


def build(parts: Parts, digest: str) -> Definitions:
    """The plain values of parts without findings."""
    built = {region.name: region for region in map(regions.region, (entry.form for entry in parts.regions))}
    types = map(catalogue.licence_type, (entry.form for entry in parts.catalogue.licence_types))
    items = map(catalogue.item, (entry.form for entry in parts.catalogue.items))
    known = rules.Known(
        regions=built,
        blocs={entry.form.name: entry.form.members for entry in parts.catalogue.blocs},
        kinds={entry.form.name: catalogue.kinds(entry.form) for entry in parts.catalogue.licence_types},
    )
    released = tuple(contracts.contract(schema) for schema in parts.schemas)
    agreed = tuple(_agreements(parts, known))
    unsigned_will_do = parts.number is not None and parts.number.form.signatures == "none"
    return Definitions(
        number=parts.number.form.number if parts.number else 0,
        digest=digest,
        regions=built,
        licence_types={licence_type.name: licence_type for licence_type in types},
        items={item.name: item for item in items},
        purposes=frozenset(PurposeName(entry.form.name) for entry in parts.catalogue.purposes),
        agreements=tuple(one for one in agreed if unsigned_will_do or one.signed_by_both),
        contracts=released,
        topics=tuple(topic for entry in parts.topics for topic in topics.expanded(entry.form, built)),
        by_schema_id={contract.schema_id: contract for contract in released},
        forms={
            RegionName(entry.region): forms.forms(entry.head, _words(parts.catalogue))
            for entry in parts.forms
            if entry.head
        },
        proposals=tuple(one for one in agreed if not (unsigned_will_do or one.signed_by_both)),
    )


def _agreements(parts: Parts, known: rules.Known) -> Iterator[Agreement]:
    signers = {signed.document.path: signing.signers(signed) for signed in parts.signed}
    for file in parts.agreements:
        if file.head is not None:
            by = signers.get(signing.beside(file.head.document.path), ())
            yield rules.agreement(file.head.form, file, known, tuple(map(RegionName, by)))
