"""Reads `avro/`: every released version of every contract, linted."""

import json
import re
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

from gateway.definitions.lint import lint, lint_change
from gateway.definitions.schema_ids import schema_id
from gateway.definitions.shapes import Shape, shapes_of

_FILE_NAME: Final = re.compile(r"v([1-9][0-9]*)\.avsc")


@dataclass(frozen=True)
class Version:
    """One released schema file of a contract."""

    contract: str
    number: int
    schema: dict[str, Any]
    fields: tuple[Shape, ...]

    @property
    def schema_id(self) -> int:
        return schema_id(self.schema)

    @property
    def is_event(self) -> bool:
        """Whether it travels through outboxes and inboxes; else the gateway writes it for itself."""
        return bool(self.schema["kind"] == "event")


def read_contracts(avro: Path) -> dict[str, list[Version]]:
    """Read every `<contract>/v<n>.avsc`; per contract the versions ascend.

    Raises ValueError with one line per finding if a schema does not pass the lint.
    """
    contracts: dict[str, list[Version]] = {}
    findings: list[str] = []
    for path in sorted(avro.glob("*/*.avsc")):
        number = _FILE_NAME.fullmatch(path.name)
        if number is None:
            findings.append(f"{path}: a schema file is called v<n>.avsc, n from 1.")
            continue
        schema = json.loads(path.read_text("utf-8"))
        findings += [f"{path}: {message}" for message in lint(schema)]
        version = Version(path.parent.name, int(number[1]), schema, shapes_of(schema))
        contracts.setdefault(version.contract, []).append(version)
    for contract, versions in contracts.items():
        versions.sort(key=lambda version: version.number)
        for older, newer in pairwise(versions):
            changes = lint_change(older.schema, newer.schema)
            findings += [f"{avro}/{contract}/v{newer.number}.avsc: {message}" for message in changes]
    if findings:
        raise ValueError("\n".join(findings))
    return contracts
