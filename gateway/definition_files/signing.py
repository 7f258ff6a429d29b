"""Who signed which agreement: a file of signatures beside it, so that signing changes no byte of it.

What a region signs is the canonical text of the agreement's plain values together with who signs, with
which key and when. One region's signature makes a proposal, those of both put it in force. A signature
that does not hold is a finding, never a missing one: it says that somebody changed something.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Annotated, Final

from pydantic import Field

from gateway import signatures
from gateway.definition_files.codes import Code
from gateway.definition_files.entries import Entry, Intake, without_lists
from gateway.definition_files.fields import Count, Date, Form, Name, RegionRef, Written, did_you_mean
from gateway.definition_files.keys import Algorithm, KeyForm
from gateway.definition_files.reading import Document
from gateway.definition_files.regions import RegionForm
from gateway.errors import Finding

SUFFIX: Final = ".signatures.yaml"
PLACE: Final = re.compile(r"regions/agreements/[^/.]+\.signatures\.yaml")


class SignatureForm(Form):
    """One region's signature (签章)."""

    region: RegionRef = Field(description="who signed")
    key: Name = Field(description="with which of its keys (keys of its region.yaml)")
    algorithm: Algorithm = Field(description="how")
    version: Count = Field(description="the version of the agreement that was signed")
    digest: Annotated[str, Written("digest", "[0-9a-f]{64}", "64 digits and letters a to f")] = Field(
        description="SHA-256 of the canonical text (RFC 8785) of the agreement that was signed"
    )
    signed_on: Date = Field(description="the day it was signed, in Shanghai; signed as well")
    signature: str = Field(description="the signature itself, in base64 on one line")


class SignaturesFile(Form):
    """The signatures of one agreement."""

    signatures: tuple[SignatureForm, ...] = Field(description="one of each region that signed")


@dataclass(frozen=True)
class Signed:
    """The signatures file of one agreement. agreement: what was signed; None if it cannot be read.

    missing: there is no such agreement at all.
    """

    document: Document
    agreement: Document | None
    missing: bool
    entries: tuple[Entry[SignatureForm], ...]


def beside(path: str) -> str:
    """Where the signatures of the agreement at this path lie."""
    return str(PurePosixPath(path).with_suffix(SUFFIX))


def of(path: str) -> str:
    """The agreement that the signatures at this path speak of."""
    return path.removesuffix(SUFFIX) + ".yaml"


def read(documents: Mapping[str, Document], files: Collection[str], intake: Intake) -> tuple[Signed, ...]:
    """Every signatures file, with the agreement it speaks of. files: the paths of all, also unreadable."""
    return tuple(
        _read(document, documents.get(of(path)), of(path) not in files, intake)
        for path, document in documents.items()
        if PLACE.fullmatch(path)
    )


def _read(document: Document, agreement: Document | None, missing: bool, intake: Intake) -> Signed:
    intake.one(without_lists(document, "signatures"), SignaturesFile)
    return Signed(document, agreement, missing, intake.each(document, "signatures", SignatureForm))


def version_of(agreement: Document) -> int:
    """The version as it is written; 1 where none is."""
    value = agreement.value.get("version", 1) if isinstance(agreement.value, dict) else 1
    return value if isinstance(value, int) else 1


def parties(agreement: Document) -> tuple[str, ...]:
    """The two regions as they are written."""
    value = agreement.value.get("regions", ()) if isinstance(agreement.value, dict) else ()
    return tuple(map(str, value)) if isinstance(value, tuple) else ()


def digest(agreement: Document) -> str:
    """The digest of the agreement's canonical text. Raises `signatures.NotCanonical`."""
    return signatures.digest(signatures.canonical(agreement.value))


def text_to_sign(agreement: Document, region: str, key: str, algorithm: str, signed_on: str) -> bytes:
    """The canonical text that a region signs. Raises `signatures.NotCanonical`."""
    signed = {"region": region, "key": key, "algorithm": algorithm, "on": signed_on}
    return signatures.canonical({"agreement": agreement.value, "signed": signed})


def signers(signed: Signed) -> tuple[str, ...]:
    """Who signed, of a file without findings."""
    return tuple(sorted(entry.form.region for entry in signed.entries))


def check(all_signed: tuple[Signed, ...], regions: Mapping[str, RegionForm]) -> Iterator[Finding]:
    """Say which signatures do not hold, and why."""
    for signed in all_signed:
        if signed.missing:
            message = f"there is no agreement {of(signed.document.path)}; nothing is signed here."
            yield signed.document.finding((), message, Code.SIGNATURE)
        if signed.agreement is None:
            continue
        seen: set[str] = set()
        for entry in signed.entries:
            if entry.form.region in seen:
                yield entry.finding(
                    f"{entry.form.region} signed already; one signature counts.",
                    "region",
                    code=Code.SIGNATURE,
                )
            seen.add(entry.form.region)
            yield from _check(entry, signed.agreement, regions)


def _check(
    entry: Entry[SignatureForm], agreement: Document, regions: Mapping[str, RegionForm]
) -> Iterator[Finding]:
    form = entry.form
    between = parties(agreement)
    if form.region not in between:
        yield entry.finding(
            f'region "{form.region}" is not a party of this agreement ({", ".join(between)}).',
            "region",
            code=Code.SIGNATURE,
        )
    elif form.region in regions:
        yield from _check_key(entry, agreement, regions[form.region])


def _check_key(entry: Entry[SignatureForm], agreement: Document, region: RegionForm) -> Iterator[Finding]:
    form = entry.form
    key = next((key for key in region.keys if key.id == form.key), None)
    if key is None:
        hint = did_you_mean(form.key, [key.id for key in region.keys])
        yield entry.finding(
            f'key "{form.key}" is not in keys of regions/{region.name}/region.yaml{hint}.',
            "key",
            code=Code.SIGNATURE,
        )
    elif key.revoked_on is not None:
        yield entry.finding(
            f'key "{key.id}" of {region.name} was revoked on {key.revoked_on}; none of its signatures '
            f"counts. Let {region.name} sign with another key, or take this entry out.",
            "key",
            code=Code.SIGNATURE,
        )
    elif form.algorithm != key.algorithm:
        yield entry.finding(
            f'key "{key.id}" of {region.name} signs with {key.algorithm}, not {form.algorithm}.',
            "algorithm",
            code=Code.SIGNATURE,
        )
    elif form.signed_on < key.valid_from:
        yield entry.finding(
            f'key "{key.id}" of {region.name} is valid from {key.valid_from}.',
            "signed_on",
            code=Code.SIGNATURE,
        )
    else:
        yield from _check_text(entry, agreement, key)


def _check_text(entry: Entry[SignatureForm], agreement: Document, key: KeyForm) -> Iterator[Finding]:
    form = entry.form
    try:
        now = digest(agreement)
        text = text_to_sign(agreement, form.region, form.key, form.algorithm, str(form.signed_on))
        holds = signatures.is_signed(form.algorithm, key.public_key, text, form.signature)
    except signatures.NotCanonical as fault:
        yield entry.finding(f"the agreement has no canonical text: {fault}.", code=Code.SIGNATURE)
    except signatures.NotAvailable as fault:
        yield entry.finding(
            f"the signature cannot be verified here: {fault}.", "algorithm", code=Code.SIGNATURE
        )
    except signatures.BadKey:
        return  # said at the key
    else:
        if form.version != version_of(agreement):
            yield entry.finding(
                f"{form.region} signed version {form.version}; the agreement is version "
                f"{version_of(agreement)}. Both regions sign anew (gateway agreements sign).",
                "version",
                code=Code.SIGNATURE,
            )
        elif form.digest != now:
            yield entry.finding(
                f"the agreement was changed after {form.region} signed it (digest {form.digest[:12]} then, "
                f"{now[:12]} now). Undo the change; or raise its version and let both regions sign anew.",
                "digest",
                code=Code.SIGNATURE,
            )
        elif not holds:
            yield entry.finding(
                f'the signature is not one over this text by key "{form.key}" of {form.region}.',
                "signature",
                code=Code.SIGNATURE,
            )
