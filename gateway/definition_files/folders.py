"""The definition files on disk: topics/, avro/ and regions/ under one root.

All of them are read at once, so that what is checked, what is built and what the digest says is the
same. READMEs, JSON schemas and examples of contracts lie beside them and decide nothing.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from gateway.definition_files import contracts, signing, topics
from gateway.definition_files.codes import Code
from gateway.definition_files.fields import did_you_mean
from gateway.definition_files.meanings import found
from gateway.definition_files.reading import MAX_BYTES
from gateway.errors import DefinitionError, Finding

Snapshot = Mapping[str, bytes]
"""The bytes of every definition file by its path relative to the root, in the order of the paths."""

NUMBER: Final = "regions/definitions.yaml"
LICENCE_TYPES: Final = "regions/catalog/licence-types.yaml"
ITEMS: Final = "regions/catalog/items.yaml"
PURPOSES: Final = "regions/catalog/purposes.yaml"
CODES: Final = "regions/catalog/codes.yaml"
BLOCS: Final = "regions/catalog/blocs.yaml"

TOPIC: Final = re.compile(r"topics/[^/]+\.yaml")
REGION: Final = re.compile(r"regions/(?!catalog/|agreements/)([^/]+)/region\.yaml")
FORMS: Final = re.compile(r"regions/(?!catalog/|agreements/)([^/]+)/forms\.yaml")
AGREEMENT: Final = re.compile(r"regions/agreements/[^/.]+\.yaml")

MOST_FILES: Final = 20_000
MOST_BYTES: Final = 256 * 1024 * 1024
"""Together; 22 000 rules take a tenth of it."""

_FOLDERS: Final = ("topics", "avro", "regions")
_SUFFIXES: Final = (".yaml", ".yml", ".avsc")
_WANTED: Final = (NUMBER, LICENCE_TYPES, ITEMS, PURPOSES, CODES, BLOCS, *map(topics.file_of, topics.TOPICS))
_PLACES: Final = (TOPIC, REGION, FORMS, AGREEMENT, signing.PLACE, contracts.PATH)


def snapshot(root: Path) -> Snapshot:
    """Read every definition file under the root.

    Of a file that is too large for one, no more than shows it. Raises `DefinitionError` where none of the
    folders is, or too much lies there.
    """
    if not any((root / folder).is_dir() for folder in _FOLDERS):
        sentence = (
            "there are no definitions here (topics/, avro/, regions/): go to the folder that holds them, or "
            "name it in GATEWAY_DEFINITIONS_ROOT."
        )
        raise DefinitionError((found(str(root.absolute()), 1, 1, sentence, Code.NO_DEFINITIONS),))
    paths = (path for folder in _FOLDERS for path in (root / folder).rglob("*"))
    files = {path.relative_to(root).as_posix(): path for path in paths if path.suffix in _SUFFIXES}
    if len(files) > MOST_FILES:
        raise _too_much(root, f"{len(files)} definition files lie here; at most {MOST_FILES} are read.")
    read: dict[str, bytes] = {}
    total = 0
    for name in sorted(files):
        with files[name].open("rb") as file:
            read[name] = file.read(MAX_BYTES + 1)
        total += len(read[name])
        if total > MOST_BYTES:
            raise _too_much(
                root, f"the definition files have more than the {MOST_BYTES} bytes that are read."
            )
    return read


def _too_much(root: Path, sentence: str) -> DefinitionError:
    return DefinitionError((found(str(root.absolute()), 1, 1, sentence, Code.FILE_TOO_LARGE),))


def digest(files: Snapshot) -> str:
    """SHA-256 over paths and bytes: each preceded by its length, so that nothing can shift between them."""
    total = hashlib.sha256()
    for path, content in files.items():
        for part in (path.encode(), content):
            total.update(len(part).to_bytes(8, "big") + part)
    return total.hexdigest()


def check(files: Snapshot) -> Iterator[Finding]:
    """Say which files are missing, and which have a name that nobody reads."""
    for path in _WANTED:
        if path not in files:
            yield found(path, 1, 1, "the file is missing.", Code.FILE_MISSING)
    folders = {path.rpartition("/")[0] for path in files if path.startswith("regions/")}
    regions = {f"{folder}/{name}" for folder in folders for name in ("region.yaml", "forms.yaml")}
    for path in files:
        if FORMS.fullmatch(path) and path.replace("/forms.yaml", "/region.yaml") not in files:
            message = "there is no region.yaml beside it: the form of which region is it?"
            yield found(path, 1, 1, message, Code.WRONG_PLACE)
        if path not in _WANTED and not any(place.fullmatch(path) for place in _PLACES):
            hint = did_you_mean(path, {*_WANTED, *regions})
            message = f"no definition file has this name; nobody would read it{hint}."
            yield found(path, 1, 1, message, Code.FILE_NOT_READ)
