"""The Avro contracts: avro/<contract>/v<n>.avsc, one file per released version (数据规范).

Whether a schema is fit for the line is the lint's matter (`definitions.lint`); here stands what hangs
on the file: that it is JSON, what it is called, and that no two of them share a schema id.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from gateway.definition_files.codes import Code
from gateway.definition_files.meanings import found
from gateway.definitions import Contract
from gateway.definitions.lint import lint, lint_change
from gateway.definitions.schema_ids import schema_id
from gateway.errors import Finding

PATH: Final = re.compile(r"avro/([a-z][a-z0-9-]*)/v([1-9][0-9]*)\.avsc")
_FIELD_PATH: Final = re.compile(r"([a-z0-9_]+(?:\.[a-z0-9_]+)*): ")
_MAX_BYTES: Final = 1024 * 1024
"""No contract may allow more; 64 KiB is usual. Bigger things go by reference and digest."""


@dataclass(frozen=True)
class SchemaFile:
    """One schema file that is a JSON object."""

    path: str
    contract: str
    version: int
    text: str
    schema: dict[str, Any]


def read(path: str, content: bytes, findings: list[Finding]) -> SchemaFile | None:
    """Read one schema file; what is wrong is added to `findings`, and a misfit gives None."""
    named = PATH.fullmatch(path)
    if named is None:
        return None  # the check of the folders says that nobody reads it
    try:
        text = content.decode("utf-8")
        schema = json.loads(text, object_pairs_hook=_object)
    except json.JSONDecodeError as error:
        message = f"the file is not JSON: {error.msg}."
        findings.append(found(path, error.lineno, error.colno, message, Code.NOT_JSON))
        return None
    except (ValueError, RecursionError) as error:
        findings.append(found(path, 1, 1, f"the file is not JSON: {error}.", Code.NOT_JSON))
        return None
    if not isinstance(schema, dict):
        message = "a schema file holds one JSON object, a record."
        findings.append(found(path, 1, 1, message, Code.NOT_JSON))
        return None
    return SchemaFile(path, named[1], int(named[2]), text, schema)


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    keys = [key for key, _ in pairs]
    twice = {key for key in keys if keys.count(key) > 1}
    if twice:
        raise ValueError(f'the key "{min(twice)}" is written twice in one object')
    return dict(pairs)


def largest_body(files: tuple[SchemaFile, ...]) -> int:
    """Bytes of the largest body that any of these contracts allows."""
    allowed = (file.schema.get("maxBytes") for file in files)
    return max((size for size in allowed if type(size) is int and size <= _MAX_BYTES), default=0)


def check(files: tuple[SchemaFile, ...]) -> Iterator[Finding]:
    """Hold each schema against its lint and its file name, and all of them against one another."""
    by_version = {(file.contract, file.version): file for file in files}
    owners: dict[int, str] = {}
    for file in files:
        problems = [*lint(file.schema), *_head_problems(file)]
        if not problems:
            owner = owners.setdefault(schema_id(file.schema), file.path)
            if owner != file.path:
                problems.append(f"its schema id is that of {owner} already.")
        if file.version > 1:
            problems += _change_problems(file, by_version.get((file.contract, file.version - 1)))
        yield from (_finding(file, problem) for problem in problems)


def _head_problems(file: SchemaFile) -> Iterator[str]:
    schema = file.schema
    name = "".join(word.capitalize() for word in file.contract.split("-"))
    if schema.get("name") != name:
        yield f'the record is named "{schema.get("name")}"; the folder asks for "{name}".'
    if schema.get("kind") not in ("event", "entry"):
        yield f'kind is "{schema.get("kind")}"; event or entry is wanted.'
    if schema.get("writers") not in ("regions", "gateway"):
        yield f'writers is "{schema.get("writers")}"; regions or gateway is wanted.'
    max_bytes = schema.get("maxBytes")
    if type(max_bytes) is int and max_bytes > _MAX_BYTES:
        yield f"maxBytes is {max_bytes}; at most {_MAX_BYTES} are allowed."


def _change_problems(file: SchemaFile, before: SchemaFile | None) -> list[str]:
    if before is None:
        return [f"there is no v{file.version - 1}.avsc before it."]
    return lint_change(before.schema, file.schema)


def _finding(file: SchemaFile, problem: str) -> Finding:
    """Put a problem where the field it begins with is named: `claims.value: has ...`."""
    position = 0
    named = _FIELD_PATH.match(problem)
    for name in named[1].split(".") if named else ():
        field = re.compile(rf'"name"\s*:\s*"{name}"').search(file.text, position)
        position = field.start() if field else position
    before = file.text[:position]
    line, column = before.count("\n") + 1, position - before.rfind("\n")
    return found(file.path, line, column, problem, Code.SCHEMA)


def contract(file: SchemaFile) -> Contract:
    """The plain value of a file without problems."""
    return Contract(
        name=file.contract,
        version=file.version,
        schema_id=schema_id(file.schema),
        kind=file.schema["kind"],
        writers=file.schema["writers"],
        max_bytes=file.schema["maxBytes"],
        schema=file.text,
    )
