"""Put a region's signature beside an agreement, and tell how every agreement stands."""

import datetime
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from gateway import signatures
from gateway.definition_files import folders, loading, signing
from gateway.definition_files.entries import Entry
from gateway.definition_files.keys import KeyForm
from gateway.definition_files.reading import Document, read
from gateway.definition_files.regions import RegionForm
from gateway.definition_files.signing import SignatureForm
from gateway.errors import DefinitionError, Finding
from gateway.signatures import PrivateKey


class CannotSign(Exception):
    """Why this region cannot sign this agreement with this key, and what to do."""


@dataclass(frozen=True)
class Standing:
    """How one agreement stands. path: of the agreement. signed: what holds. findings: what does not."""

    path: str
    version: int
    regions: tuple[str, ...]
    signed: tuple[SignatureForm, ...]
    findings: tuple[Finding, ...]

    @property
    def missing(self) -> tuple[str, ...]:
        """The parties whose signature is not there."""
        return tuple(region for region in self.regions if region not in {one.region for one in self.signed})


def standings(root: Path) -> tuple[Standing, ...]:
    """Every agreement under the root, in the order of the files.

    Raises `DefinitionError` where something else than a signature is wrong.
    """
    files = folders.snapshot(root)
    parts, found = loading.inspect(files)
    _refuse_other(found)
    signed = {one.document.path: one for one in parts.signed}
    return tuple(
        _standing(_document(path, files), signed.get(signing.beside(path)), found)
        for path in files
        if folders.AGREEMENT.fullmatch(path)
    )


def _standing(agreement: Document, signed: signing.Signed | None, found: tuple[Finding, ...]) -> Standing:
    beside = signing.beside(agreement.path)
    findings = tuple(finding for finding in found if finding.path == beside)
    wrong = {finding.line for finding in findings}
    holds = tuple(entry.form for entry in signed.entries if not wrong & _lines(entry)) if signed else ()
    return Standing(
        agreement.path, signing.version_of(agreement), signing.parties(agreement), holds, findings
    )


def _lines(entry: Entry[SignatureForm]) -> set[int]:
    """The lines an entry stands in."""
    keys = (*SignatureForm.model_fields, None)
    steps = (entry.location if key is None else (*entry.location, key) for key in keys)
    return {place.line for place in map(entry.document.place, steps) if place is not None}


def sign(root: Path, path: str, region: str, key: PrivateKey, today: datetime.date) -> Path:
    """Sign the agreement at `path` (relative to the root) for a region; returns the signatures file.

    Signatures over another text than today's are left out of it. Raises `CannotSign`, and
    `DefinitionError` where something else than a signature is wrong.
    """
    files = folders.snapshot(root)
    parts, found = loading.inspect(files)
    _refuse_other(found)
    if not folders.AGREEMENT.fullmatch(path) or path not in files:
        raise CannotSign(f"{path} is no agreement under {root} (regions/agreements/<a>--<b>.yaml).")
    agreement = _document(path, files)
    if region not in signing.parties(agreement):
        raise CannotSign(f"{region} is not a party of {path} ({', '.join(signing.parties(agreement))}).")
    form = next(one.form for one in parts.regions if one.form.name == region)
    made = _signature(agreement, region, _registered(form, key, today), key, today)
    beside = signing.beside(path)
    signed = next((one for one in parts.signed if one.document.path == beside), None)
    kept = [one.form for one in signed.entries if _stays(one.form, made)] if signed else []
    target = root / beside
    target.write_text(_written(path, sorted([*kept, made], key=lambda one: one.region)), "utf-8")
    return target


def _registered(region: RegionForm, key: PrivateKey, today: datetime.date) -> KeyForm:
    """The entry of this key in its region's file."""
    public = signatures.in_base64(key.public)
    place = f"keys of regions/{region.name}/region.yaml"
    found = next((one for one in region.keys if one.public_key == public), None)
    if found is None:
        raise CannotSign(f"this key is not in {place}; its public_key would be {public}.")
    if found.revoked_on is not None:
        raise CannotSign(f'key "{found.id}" was revoked on {found.revoked_on} ({place}).')
    if today < found.valid_from:
        raise CannotSign(f'key "{found.id}" is valid from {found.valid_from} ({place}).')
    return found


def _signature(
    agreement: Document, region: str, key: KeyForm, private: PrivateKey, today: datetime.date
) -> SignatureForm:
    try:
        text = signing.text_to_sign(agreement, region, key.id, key.algorithm, str(today))
        digest = signing.digest(agreement)
    except signatures.NotCanonical as fault:
        raise CannotSign(f"{agreement.path} has no canonical text: {fault}.") from fault
    return SignatureForm(
        region=region,
        key=key.id,
        algorithm=key.algorithm,
        version=signing.version_of(agreement),
        digest=digest,
        signed_on=today,
        signature=signatures.in_base64(private.sign(text)),
    )


def _stays(old: SignatureForm, made: SignatureForm) -> bool:
    return old.region != made.region and (old.version, old.digest) == (made.version, made.digest)


def _written(agreement: str, entries: list[SignatureForm]) -> str:
    return "".join(_lines_of(agreement, entries))


def _lines_of(agreement: str, entries: list[SignatureForm]) -> Iterator[str]:
    yield "# yaml-language-server: $schema=../signatures.schema.json\n"
    yield f"# Who signed {agreement}. Written by `gateway agreements sign`; never by hand.\n"
    yield "signatures:\n"
    for one in entries:
        yield f"  - region: {one.region}\n"
        yield f"    key: {one.key}\n"
        yield f"    algorithm: {one.algorithm}\n"
        yield f"    version: {one.version}\n"
        yield f'    digest: "{one.digest}"\n'
        yield f'    signed_on: "{one.signed_on}"\n'
        yield f'    signature: "{one.signature}"\n'


def _document(path: str, files: folders.Snapshot) -> Document:
    document, _ = read(path, files[path])
    assert document is not None  # it was inspected without findings
    return document


def _refuse_other(found: tuple[Finding, ...]) -> None:
    other = tuple(finding for finding in found if not finding.path.endswith(signing.SUFFIX))
    if other:
        raise DefinitionError(other)
