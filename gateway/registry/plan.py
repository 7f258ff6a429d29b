"""What a registry lacks of our contracts, as values and in words; no I/O."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final

from gateway.definitions import Contract
from gateway.definitions.schema_ids import canonical_form
from gateway.registry.asking import Version

WANTED: Final = "BACKWARD"
"""The newest schema reads what an older one wrote: a receiver may go first."""


@dataclass(frozen=True)
class Found:
    """A subject as it stands in the registry. compatibility: None where none is set for it."""

    versions: tuple[Version, ...] = ()
    compatibility: str | None = None


@dataclass(frozen=True)
class Register:
    """A released schema that the registry does not have."""

    subject: str
    contract: Contract

    def __str__(self) -> str:
        return f"+ {self.subject}  {self.contract.name} v{self.contract.version}"


@dataclass(frozen=True)
class Compatibility:
    """New versions of the subject are not held against the older ones as they should be."""

    subject: str
    found: str | None

    def __str__(self) -> str:
        return f"~ {self.subject}  compatibility {self.found or 'unset'} -> {WANTED}"


@dataclass(frozen=True)
class Differs:
    """Something is registered that is not as released; what is registered cannot be altered."""

    subject: str
    version: Version
    why: str

    def __str__(self) -> str:
        return f"! {self.subject}  version {self.version.number} (id {self.version.schema_id}) {self.why}"


Change = Register | Compatibility | Differs


def subject_of(contract: Contract) -> str:
    """The subject of a contract: the full name of its record."""
    schema = json.loads(contract.schema)
    return f"{schema['namespace']}.{schema['name']}"


def form_of(schema: str) -> str | None:
    """What decides how bytes are read; None for what is no schema of a record."""
    try:
        return canonical_form(json.loads(schema))
    except (ValueError, KeyError, TypeError):
        return None


def plan(contracts: tuple[Contract, ...], found: Mapping[str, Found]) -> tuple[Change, ...]:
    """What has to change so that the registry holds every released schema, in the order to do it in."""
    changes: list[Change] = []
    ordered = sorted(contracts, key=lambda contract: (contract.name, contract.version))
    for subject, versions in groupby(ordered, subject_of):
        changes += _changes(subject, tuple(versions), found.get(subject, Found()))
    return tuple(changes)


def _changes(subject: str, contracts: tuple[Contract, ...], there: Found) -> Iterator[Change]:
    forms = {form_of(version.schema) for version in there.versions}
    missing = [contract for contract in contracts if form_of(contract.schema) not in forms]
    needed = [Compatibility(subject, there.compatibility)] if there.compatibility != WANTED else []
    before = 0 if there.versions else 1  # once the subject is there, and before anything is held against it
    yield from (Register(subject, contract) for contract in missing[:before])
    yield from needed
    yield from (Register(subject, contract) for contract in missing[before:])
    yield from _differences(subject, contracts, there)


def _differences(subject: str, contracts: tuple[Contract, ...], there: Found) -> Iterator[Differs]:
    by_form = {form_of(contract.schema): contract for contract in contracts}
    for version in there.versions:
        contract = by_form.get(form_of(version.schema))
        if contract is None:
            why = "is no released schema of avro/: events in it are refused as unknown-schema"
            yield Differs(subject, version, why)
            continue
        where = difference(json.loads(contract.schema), json.loads(version.schema))
        if where is not None:
            why = f"differs from avro/{contract.name}/v{contract.version}.avsc in {where}; the file holds"
            yield Differs(subject, version, why)


def difference(released: Any, registered: Any, place: str = "") -> str | None:
    """Where two schemas first differ, as fields.item.maxLength; None if they say the same."""
    if isinstance(released, dict) and isinstance(registered, dict):
        for key in (*released, *registered):
            if key not in released or key not in registered:
                return f"{place}{key}"
            inner = difference(released[key], registered[key], f"{place}{key}.")
            if inner is not None:
                return inner
        return None
    if isinstance(released, list) and isinstance(registered, list) and len(released) == len(registered):
        pairs = zip(released, registered, strict=True)
        return next(filter(None, (difference(*pair, _named(place, pair[0])) for pair in pairs)), None)
    return None if released == registered else place.rstrip(".") or "its whole"


def _named(place: str, item: Any) -> str:
    return f"{place}{item['name']}." if isinstance(item, dict) and "name" in item else place
