"""All that is wrong with the definition files, and what is sound nevertheless.

Whoever corrects files wants every finding of one run. So the examples of an agreement are run also while
something else is wrong: its own file, its two regions and the catalogue must be without findings.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from gateway.definition_files import examples, folders, loading
from gateway.definition_files.agreements import AgreementFile
from gateway.definition_files.folders import Snapshot
from gateway.definition_files.forms import FormsEntry
from gateway.definition_files.loading import Parts
from gateway.definitions import Definitions
from gateway.errors import Finding


@dataclass(frozen=True)
class Survey:
    """findings: of all files, in file order. definitions, examples: of what is sound."""

    findings: tuple[Finding, ...]
    definitions: Definitions
    examples: tuple[examples.Example, ...]


def survey(root: Path) -> Survey:
    """Look at every file under `root`. Raises `DefinitionError` only where no definitions are at all."""
    return survey_of(folders.snapshot(root))


def survey_of(files: Snapshot) -> Survey:
    """The same of files that were read already."""
    with loading.collecting_nothing():
        parts, findings = loading.inspect(files)
        sound = _sound(parts, {finding.path for finding in findings})
        definitions = loading.build(sound, folders.digest(files))
    return Survey(findings, definitions, loading.examples_of(sound))


def _sound(parts: Parts, faulty: set[str]) -> Parts:
    """Without the files that have findings, and without what hangs on them."""
    regions = tuple(entry for entry in parts.regions if entry.document.path not in faulty)
    names = {entry.form.name for entry in regions}
    is_catalogue_sound = not any(path.startswith("regions/catalog/") for path in faulty)
    return replace(
        parts,
        regions=regions,
        forms=tuple(_sound_forms(parts, faulty, names)) if is_catalogue_sound else (),
        agreements=tuple(_sound_agreements(parts, faulty, names)) if is_catalogue_sound else (),
        signed=tuple(entry for entry in parts.signed if entry.document.path not in faulty),
        topics=tuple(entry for entry in parts.topics if entry.document.path not in faulty),
        schemas=tuple(schema for schema in parts.schemas if schema.path not in faulty),
    )


def _sound_forms(parts: Parts, faulty: set[str], regions: set[str]) -> Iterator[FormsEntry]:
    for form in parts.forms:
        if form.head and form.head.document.path not in faulty and form.region in regions:
            yield form


def _sound_agreements(parts: Parts, faulty: set[str], regions: set[str]) -> Iterator[AgreementFile]:
    for file in parts.agreements:
        if file.head and file.head.document.path not in faulty and regions.issuperset(file.head.form.regions):
            yield file
