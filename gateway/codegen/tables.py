"""The table of contracts, printed for the documentation."""

from gateway.codegen.contracts import read_contracts
from gateway.codegen.files import AVRO


def contracts_table() -> str:
    """One Markdown row per version of every contract, by name."""
    rows = [
        "| Contract | Version | Schema id | Written by | Largest body, bytes | Purpose |",
        "|---|---|---|---|---|---|",
    ]
    for contract, versions in sorted(read_contracts(AVRO).items()):
        for version in versions:
            schema = version.schema
            cells = [
                f"`{contract}`",
                str(version.number),
                str(version.schema_id),
                schema["writers"],
                str(schema["maxBytes"]),
                schema["doc"],
            ]
            rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(rows) + "\n"
