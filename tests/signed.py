"""Definitions whose agreements both regions signed, with keys made for the test."""

import datetime
from pathlib import Path

from gateway import definition_files, signatures

SIGNED_ON = datetime.date(2026, 3, 2)
PRIVATE = {
    region: signatures.generate(signatures.ED25519)
    for region in ("anhui", "jiangsu", "north", "shanghai", "south", "zhejiang")
}


def key_entry(key_id: str, pem: bytes, **changed: str) -> str:
    """A key as it stands in a region.yaml."""
    key = signatures.private_key(pem)
    given = {
        "algorithm": key.algorithm,
        "public_key": signatures.in_base64(key.public),
        "use": "agreements",
        "valid_from": '"2026-01-01"',
        "revoked_on": "null",
        **changed,
    }
    return f"  - id: {key_id}\n" + "".join(f"    {name}: {value}\n" for name, value in given.items())


def give_keys(root: Path) -> None:
    """Every region gets the key `<region>-2026`, and signatures are required from now on."""
    for path in sorted(root.glob("regions/*/region.yaml")):
        region = path.parent.name
        text = path.read_text("utf-8")
        path.write_text(f"{text}keys:\n{key_entry(f'{region}-2026', PRIVATE[region])}", "utf-8")
    number = root / "regions" / "definitions.yaml"
    number.write_text(number.read_text("utf-8").replace("signatures: none", "signatures: required"), "utf-8")


def sign(root: Path, path: str, *regions: str) -> None:
    """These regions sign one agreement."""
    for region in regions:
        key = signatures.private_key(PRIVATE[region])
        definition_files.sign(root, path, region, key, SIGNED_ON)


def sign_all(root: Path) -> None:
    """Both regions sign every agreement."""
    for standing in definition_files.standings(root):
        sign(root, standing.path, *standing.regions)
