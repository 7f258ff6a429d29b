"""The ids a registry gave, noted beside the process: it can start again while the registry is away.

An id is given for life, so a note is never wrong; it may lack what was registered since.
"""

import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from gateway.definitions import Contract

FILE = "schema-ids.json"


def keep(folder: Path, url: str, ids: Mapping[int, Contract]) -> None:
    """Write down what the registry at this address said; another address's note is replaced."""
    folder.mkdir(parents=True, exist_ok=True)
    part = folder / f"{FILE}.{os.getpid()}"
    given = {str(schema_id): [contract.name, contract.version] for schema_id, contract in ids.items()}
    part.write_text(json.dumps({"url": url, "ids": given}, indent=1))
    part.rename(folder / FILE)


def kept(folder: Path, url: str, contracts: Iterable[Contract]) -> dict[int, Contract] | None:
    """What was written down for this address; None if it has no id for one of these contracts."""
    by_version = {(contract.name, contract.version): contract for contract in contracts}
    try:
        note = json.loads((folder / FILE).read_text())
    except FileNotFoundError:
        return None
    if note["url"] != url:
        return None
    named = {
        int(schema_id): by_version.get((name, version)) for schema_id, (name, version) in note["ids"].items()
    }
    ids = {schema_id: contract for schema_id, contract in named.items() if contract is not None}
    return ids if set(ids.values()) == set(by_version.values()) else None
